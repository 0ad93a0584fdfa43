//! Which rows `who-can` and `can` print, and how many there are of each verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use crate::cli::args::{AccessFilters, KindFilter};
use crate::cli::failure::Failure;
use rolecall_access::cross::{AccessMap, Principal, Verdict};
use rolecall_app::names::{self, Mapped};
use rolecall_base::id::DivisionId;

/// Which rows are asked for.
pub(super) struct Filter<'f> {
    kinds: &'f [KindFilter],
    verdicts: BTreeSet<&'static str>,
    divisions: Option<BTreeSet<DivisionId>>,
}

impl<'f> Filter<'f> {
    /// What the arguments ask for.
    pub(super) fn of(filters: &'f AccessFilters, maps: &[Mapped<'_>]) -> Result<Self, Failure> {
        let divisions = filters.division.as_deref().map(|wanted| names::divisions(maps, wanted)).transpose()?;
        let verdicts = filters.verdicts.iter().map(|one| one.verdict().as_str()).collect();
        Ok(Self { kinds: &filters.kinds, verdicts, divisions })
    }

    /// Whether a principal is of the kinds that are asked for.
    pub(super) fn takes(&self, principal: &Principal) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.kind() == principal.kind)
    }

    /// The divisions that are asked for; `None`: any.
    pub(super) fn divisions(&self) -> Option<&BTreeSet<DivisionId>> {
        self.divisions.as_ref()
    }

    /// Whether rows are chosen by their verdict.
    pub(super) fn asks_for_verdicts(&self) -> bool {
        !self.verdicts.is_empty()
    }

    /// Whether rows of a verdict are asked for.
    pub(super) fn has_verdict(&self, verdict: &str) -> bool {
        self.verdicts.is_empty() || self.verdicts.contains(verdict)
    }

    /// What is limited to other divisions says nothing about the one that is asked for.
    pub(super) fn reaches(&self, map: &AccessMap<'_>, principal: &Principal, operation: usize) -> bool {
        let Some(wanted) = &self.divisions else { return true };
        let answer = map.answer(principal, operation);
        answer.verdict != Verdict::Partial
            || map.divisions(principal, operation, answer).into_iter().any(|id| wanted.contains(id))
    }
}

/// How many rows have each verdict, on one line.
pub(super) fn print_counts<'v>(verdicts: impl Iterator<Item = &'v str>, out: &mut dyn Write) -> std::io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    verdicts.for_each(|verdict| *counts.entry(verdict).or_default() += 1);
    let count = |verdict: &Verdict| counts.get(verdict.as_str()).copied().unwrap_or(0);
    let line: Vec<String> =
        Verdict::ALL.iter().map(|verdict| format!("{} {}", count(verdict), verdict.as_str())).collect();
    writeln!(out, "{}", line.join(", "))
}
