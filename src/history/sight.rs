//! What tonight could see: whether a finding that is not there tonight would have been found if it were.

use std::collections::BTreeMap;

use crate::findings::check::{Reads, names, nothing_is_missing};
use crate::findings::evidence::Evidence;
use crate::model::coverage::{Coverage, Listing};

/// Whether a finding could be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// Everything that bears on it was read.
    Yes,
    /// Something was not: what.
    No(String),
    /// One of its orgs was not asked tonight.
    NotAsked,
}

/// The orgs of a night and what was read of each.
pub struct Sight<'a> {
    /// `None`: nothing could be read.
    orgs: BTreeMap<&'a str, Option<&'a Coverage>>,
    everything: Result<(), String>,
}

impl<'a> Sight<'a> {
    /// What this night could see.
    pub fn of(evidence: &'a Evidence<'_>) -> Self {
        let mut orgs: BTreeMap<&str, Option<&Coverage>> = BTreeMap::new();
        for org in &evidence.orgs {
            orgs.insert(&org.map.snapshot.org.name, Some(&org.map.snapshot.coverage));
        }
        for org in &evidence.failed {
            orgs.entry(&org.name).or_insert(None);
        }
        let everything = orgs.iter().try_for_each(|(name, coverage)| of_org(name, *coverage, &Listing::ALL));
        Self { orgs, everything }
    }

    /// Whether a check that reads this would have found something about these orgs.
    pub fn evaluated<'o>(&self, reads: Reads, orgs: impl IntoIterator<Item = &'o str>) -> Evaluated {
        let mut result = Evaluated::Yes;
        // What is about no single org names those that it rests on beside it.
        for org in orgs.into_iter().filter(|org| !org.is_empty()) {
            let Some(coverage) = self.orgs.get(org) else { return Evaluated::NotAsked };
            let seen = match reads {
                Reads::Nothing => Ok(()),
                Reads::Lists(lists) => of_org(org, *coverage, lists),
                Reads::Everything => self.everything.clone(),
            };
            if let (Evaluated::Yes, Err(why)) = (&result, seen) {
                result = Evaluated::No(why);
            }
        }
        result
    }
}

fn of_org(name: &str, coverage: Option<&Coverage>, lists: &[Listing]) -> Result<(), String> {
    let Some(coverage) = coverage else { return Err(format!("nothing could be read of `{name}`")) };
    let missing: Vec<&str> =
        lists.iter().filter(|list| !nothing_is_missing(coverage, **list)).map(|list| list.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("not read whole of `{name}`: {}", names(missing, 3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::testing::{Night, evidence};

    #[test]
    fn only_what_a_check_reads_decides_whether_it_could_see() {
        let (mut dev, staging) = (Night::of_org("dev"), Night::of_org("staging"));
        dev.unread(Listing::Roles).failed("prod", "refused");
        let evidence = evidence(&[&dev, &staging]);
        let sight = Sight::of(&evidence);
        let roles = Reads::Lists(&[Listing::Users, Listing::Roles]);
        assert_eq!(sight.evaluated(roles, ["dev"]), Evaluated::No("not read whole of `dev`: `roles`".to_owned()));
        assert_eq!(sight.evaluated(roles, ["staging"]), Evaluated::Yes);
        assert!(matches!(sight.evaluated(roles, ["staging", "dev"]), Evaluated::No(_)));
        assert_eq!(sight.evaluated(Reads::Lists(&[Listing::Users]), ["dev"]), Evaluated::Yes);
        assert!(matches!(sight.evaluated(Reads::Lists(&[]), ["prod"]), Evaluated::No(_)));
        assert_eq!(sight.evaluated(Reads::Nothing, ["prod"]), Evaluated::Yes);
        assert!(matches!(sight.evaluated(Reads::Everything, ["staging"]), Evaluated::No(_)));
        assert_eq!(sight.evaluated(Reads::Nothing, ["dev", "gone"]), Evaluated::NotAsked);
    }
}
