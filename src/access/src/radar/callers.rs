//! Who needs an operation: needed calls, placed in the old and in the new matrix.

use std::collections::HashMap;

use super::{Caller, Impact};
use crate::cross::gap::{self, answer_needed};
use crate::cross::needed::{Known, Needed, NeededCall};
use crate::cross::{AccessMap, Verdict};
use rolecall_matrix::Endpoint;

/// The needed calls of an org, by their operation on either side.
pub(super) struct Callers<'s, 'b, 'a> {
    before: &'s AccessMap<'b>,
    after: &'s AccessMap<'a>,
    calls: &'s [NeededCall<'a>],
    /// By position of the call: the operation of the old matrix that it meets.
    old: Vec<Option<usize>>,
    by_old: HashMap<usize, Vec<usize>>,
    by_new: HashMap<usize, Vec<usize>>,
}

impl<'s, 'b, 'a> Callers<'s, 'b, 'a> {
    pub(super) fn of(before: &'s AccessMap<'b>, after: &'s AccessMap<'a>, needed: &'s Needed<'a>) -> Self {
        let mut resolved: HashMap<Endpoint, Option<usize>> = HashMap::new();
        let mut old = Vec::with_capacity(needed.calls.len());
        let mut by_old: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut by_new: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, call) in needed.calls.iter().enumerate() {
            let written = as_written(call);
            let met = *resolved.entry(written).or_insert_with_key(|written| Some(before.matrix.resolve(written)?.0));
            old.push(met);
            if let Some(operation) = met {
                by_old.entry(operation).or_default().push(at);
            }
            if let Some(operation) = call.operation {
                by_new.entry(operation).or_default().push(at);
            }
        }
        Self { before, after, calls: &needed.calls, old, by_old, by_new }
    }

    /// Who calls an operation that has this position in the old and this one in the new matrix.
    pub(super) fn of_operation(&self, old: Option<usize>, new: Option<usize>) -> Vec<Caller<'a>> {
        let of = |list: &HashMap<usize, Vec<usize>>, at: Option<usize>| {
            at.and_then(|at| list.get(&at)).cloned().unwrap_or_default()
        };
        let mut calls = of(&self.by_old, old);
        calls.extend(of(&self.by_new, new));
        calls.sort_unstable();
        calls.dedup();
        calls.into_iter().filter_map(|at| self.caller(at, new.is_none())).collect()
    }

    fn caller(&self, at: usize, gone: bool) -> Option<Caller<'a>> {
        let call = self.calls.get(at)?;
        // One snapshot gives one list of principals, whatever the matrix.
        let (then, now) = (self.before.principals().get(call.principal)?, self.after.principals().get(call.principal)?);
        let old = NeededCall { operation: self.old.get(at).copied().flatten(), ..call.clone() };
        let (before, after) = (answer_needed(self.before, then, &old), answer_needed(self.after, now, call));
        Some(Caller {
            principal: call.principal,
            division: call.division.clone(),
            known: call.known,
            before,
            after,
            impact: if gone { Impact::Gone } else { Impact::of(before.verdict, after.verdict) },
            gap: (after.verdict != Verdict::Allowed).then(|| gap::of_call(self.after, now, call, after)),
        })
    }
}

/// The endpoint as the need or the usage data has it: the new matrix may know it by another template.
fn as_written(call: &NeededCall<'_>) -> Endpoint {
    match call.known {
        Known::Declared(need) => need.endpoint.clone(),
        Known::Observed(row) => {
            row.method.parse().map_or_else(|()| call.endpoint.clone(), |method| Endpoint::new(method, &row.template))
        }
    }
}
