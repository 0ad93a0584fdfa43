//! Facts shown beside a step of a plan: when it was last used, what to consider, what to watch.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::known::day;
use super::plan::{Work, first};
use rolecall_access::cross::needed::Known;
use rolecall_access::cross::principal::HeldGrant;
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;

impl Work<'_, '_> {
    /// The numbers of what these grants bring, conditions included.
    pub(super) fn rights(&self, grants: &[HeldGrant]) -> BTreeSet<usize> {
        let roles = grants.iter().filter_map(|grant| self.map.rights.roles.get(grant.role?));
        roles.flat_map(|role| role.always.ones().chain(role.under_condition.ones())).collect()
    }

    /// The permissions' names, sorted.
    pub(super) fn names(&self, numbers: &[usize]) -> Vec<String> {
        let names = self.map.rights.index.names();
        let mut names: Vec<String> =
            numbers.iter().filter_map(|at| names.get(*at)).map(Permission::to_string).collect();
        names.sort();
        names
    }

    /// What to think of before these permissions are lost.
    pub(super) fn cautions(&self, lost: &[usize]) -> Vec<String> {
        let mut cautions = Vec::new();
        let mut asked: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for call in self.needed.calls.iter().filter(|call| call.principal == self.at) {
            let demanded = call.operation.map_or(&[][..], |operation| self.map.demanded(operation));
            for number in demanded.iter().filter(|number| lost.contains(number)) {
                if let Some(name) = self.map.rights.index.names().get(*number) {
                    asked.entry(call.endpoint.to_string()).or_default().insert(name.as_str());
                }
            }
        }
        for (endpoint, names) in asked.iter().take(3) {
            cautions.push(format!(
                "{} is one of several that {endpoint} accepts, and another one stays; such lists sometimes stand for \
                 fields and not for alternatives: look at what the call returns",
                first(names.iter().copied(), 3)
            ));
        }
        if asked.len() > 3 {
            cautions.push(format!("the same holds for {} more calls", asked.len() - 3));
        }
        let demands = &self.map.outcomes().demands;
        let required: BTreeSet<usize> = demands.iter().flat_map(|demand| &demand.permissions).copied().collect();
        let unseen = lost.iter().filter(|number| !required.contains(number)).count();
        if unseen > 0 {
            cautions.push(format!(
                "{unseen} of these permissions are required by no published operation: no API usage can show their use"
            ));
        }
        cautions
    }

    /// Whether the audit log shows a change to this role within the window.
    pub(super) fn changed_lately(&self, id: &str) -> Option<String> {
        let start = self.start?;
        let entries = self.map.snapshot.audit.iter().filter(|entry| entry.entity_id.as_deref() == Some(id));
        let last = entries.filter_map(|entry| entry.at).filter(|at| *at > start).max()?;
        Some(format!(
            "its role was changed on {}, within the window: what was added then had less time to be used",
            day(last)
        ))
    }

    /// What shows soonest that a removal was wrong.
    pub(super) fn watch(&self, lost: &[usize]) -> Vec<String> {
        let mut watch = Vec::new();
        let mut near: BTreeSet<String> = BTreeSet::new();
        let names = self.map.rights.index.names();
        let domains: BTreeSet<&str> =
            lost.iter().filter_map(|at| names.get(*at)?.parts()).map(|(domain, _, _)| domain).collect();
        for call in self.needed.calls.iter().filter(|call| call.principal == self.at) {
            let demanded = call.operation.map_or(&[][..], |operation| self.map.demanded(operation));
            let mut parts = demanded.iter().filter_map(|at| names.get(*at)?.parts());
            if parts.any(|(domain, _, _)| domains.contains(domain)) {
                near.insert(call.endpoint.to_string());
            }
        }
        if !near.is_empty() {
            watch.push(format!("4xx of its calls nearest to what goes: {}", first(near.iter().map(String::as_str), 5)));
        }
        watch.push(
            "the findings `gap.observed` and `contradiction.refused-though-allowed` of the next nights, until the window \
             has passed once; the change itself takes up to five minutes"
                .to_owned(),
        );
        watch
    }

    /// The last day with a call of the principal that one of these permissions could have let through.
    pub(super) fn last_used(&self, permissions: &[usize]) -> Option<Date> {
        let calls = self.needed.calls.iter().filter(|call| call.principal == self.at);
        calls
            .filter_map(|call| match (call.known, call.operation) {
                (Known::Observed(row), Some(operation)) => {
                    let used = self.map.demanded(operation).iter().any(|number| permissions.contains(number));
                    used.then(|| row.last_success.unwrap_or(row.last))
                }
                _ => None,
            })
            .max()
    }

    pub(super) fn last_listing(&self, scope: &Scope) -> Option<Date> {
        let calls = self.needed.calls.iter().filter(|call| call.principal == self.at);
        calls
            .filter_map(|call| match (call.known, call.operation) {
                (Known::Observed(row), Some(operation)) => {
                    let found = self.map.matrix.operations().get(operation)?;
                    found.requirement.scopes.contains(scope).then_some(row.last_success.unwrap_or(row.last))
                }
                _ => None,
            })
            .max()
    }
}
