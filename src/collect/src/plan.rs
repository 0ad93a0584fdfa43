//! How many calls an org needs: a sum over its lists, exact as soon as their first pages are there.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rolecall_base::coverage::Listing;

/// The calls that are needed, list by list. Retries and looks at a query that is not done are not part of it.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    /// What every org needs, before anything is known of this one.
    foreseen: BTreeMap<Listing, u64>,
    /// What the lists turned out to need.
    found: BTreeMap<Listing, u64>,
    documents: u64,
}

impl Calls {
    fn of(&self, listing: Listing) -> u64 {
        let calls = |map: &BTreeMap<Listing, u64>| map.get(&listing).copied().unwrap_or(0);
        calls(&self.foreseen).max(calls(&self.found))
    }
}

impl Plan {
    /// Says that a list needs at least so many calls.
    pub(crate) fn foresee(&self, listing: Listing, calls: u64) {
        self.lock().foreseen.insert(listing, calls);
    }

    /// Adds calls that a list turned out to need.
    pub(crate) fn add(&self, listing: Listing, calls: u64) {
        *self.lock().found.entry(listing).or_insert(0) += calls;
    }

    /// Adds the call for the region's own document.
    pub(crate) fn add_document(&self) {
        self.lock().documents += 1;
    }

    /// Calls in all, the token's included.
    pub(crate) fn total(&self) -> u64 {
        let calls = self.lock();
        1 + calls.documents + Listing::ALL.iter().map(|listing| calls.of(*listing)).sum::<u64>()
    }

    /// The sum, written out: `1 token + 2 roles + 640 role grants`.
    pub(crate) fn formula(&self) -> String {
        let calls = self.lock();
        let mut formula = String::from("1 token");
        if calls.documents > 0 {
            formula.push_str(&format!(" + {} API document", calls.documents));
        }
        for listing in Listing::ALL {
            let number = calls.of(listing);
            if number > 0 {
                formula.push_str(&format!(" + {number} {}", listing.as_str()));
            }
        }
        formula
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Minutes that so many calls take.
pub(crate) fn minutes(calls: u64, per_minute: u32) -> f64 {
    calls as f64 / f64::from(per_minute.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_is_the_sum_it_writes_out() {
        let plan = Plan::default();
        plan.add(Listing::RoleGrants, 640);
        plan.add(Listing::Roles, 1);
        plan.add(Listing::Roles, 1);
        plan.add(Listing::Users, 0);
        plan.foresee(Listing::Roles, 1);
        plan.foresee(Listing::Groups, 1);
        assert_eq!(plan.formula(), "1 token + 2 roles + 640 role grants + 1 groups");
        assert_eq!(plan.total(), 644);
        assert!((minutes(643, 300) - 2.143).abs() < 0.001);
    }
}
