//! What this run could see: whether a finding that is not there in this run would have been found if it were.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::check::{CheckMeta, Reads, names, nothing_is_missing};
use crate::evidence::Evidence;
use rolecall_base::coverage::{Coverage, Listing, Seen};

/// Whether a finding could be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// Everything that bears on it was read.
    Yes,
    /// Something was not: what.
    No(String),
    /// It follows from what a matrix says, and this run's is another one than that of earlier nights: why.
    ByOtherMatrix(String),
    /// One of its orgs was not asked in this run.
    NotAsked,
}

/// For this long after an org's own matrix was last in force, the built-in one in its place settles nothing. When it stays
/// away for longer, what the built-in one says is reported as it is, so that nothing is hidden for good.
const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The orgs of a night and what was read of each.
pub struct Sight<'a> {
    /// `None`: nothing could be read.
    orgs: BTreeMap<&'a str, Option<&'a Coverage>>,
    /// Orgs by whose own matrix earlier nights judged, and for which this run has only the built-in one.
    other_matrix: BTreeSet<&'a str>,
    everything: Result<(), String>,
}

impl<'a> Sight<'a> {
    /// What this night could see. `own_matrix` tells by org when its own matrix was last in force.
    pub fn of(evidence: &'a Evidence<'_>, own_matrix: &BTreeMap<String, Timestamp>) -> Self {
        let fell_back = evidence.orgs.iter().filter(|org| org.matrix.fell_back);
        let names = fell_back.map(|org| org.map.snapshot.org.name.as_str());
        let lately = |at: &Timestamp| evidence.as_of.duration_since(*at) <= COUNTS_FOR;
        let other_matrix = names.filter(|name| own_matrix.get(*name).is_some_and(lately)).collect();
        let mut orgs: BTreeMap<&str, Option<&Coverage>> = BTreeMap::new();
        for org in &evidence.orgs {
            orgs.insert(&org.map.snapshot.org.name, Some(&org.map.snapshot.coverage));
        }
        for org in &evidence.failed {
            orgs.entry(&org.name).or_insert(None);
        }
        let everything = orgs.iter().try_for_each(|(name, coverage)| of_org(name, *coverage, &Listing::ALL));
        Self { orgs, other_matrix, everything }
    }

    /// Whether a check would have found something about these orgs.
    pub fn evaluated<'o>(&self, check: &CheckMeta, orgs: impl IntoIterator<Item = &'o str>) -> Evaluated {
        let mut result = Evaluated::Yes;
        // What is about no single org names those that it rests on beside it.
        for org in orgs.into_iter().filter(|org| !org.is_empty()) {
            let Some(coverage) = self.orgs.get(org) else { return Evaluated::NotAsked };
            if check.rests_on_matrix && self.other_matrix.contains(org) {
                result = Evaluated::ByOtherMatrix(format!(
                    "the matrix of `{org}` could not be had, and the built-in one may ask for something else"
                ));
            }
            let seen = match check.reads {
                Reads::Nothing => Ok(()),
                Reads::Lists(lists) => asked(org, *coverage, lists).and_then(|()| of_org(org, *coverage, lists)),
                Reads::Everything => self.everything.clone(),
            };
            if let (Evaluated::Yes, Err(why)) = (&result, seen) {
                result = Evaluated::No(why);
            }
        }
        result
    }
}

/// Whether the lists that only findings rest on were asked for: what is not listed any more is not gone for that.
fn asked(name: &str, coverage: Option<&Coverage>, lists: &[Listing]) -> Result<(), String> {
    let optional = [Listing::AllowedAddresses, Listing::ThirdPartyApps];
    let silent = |list: &&Listing| coverage.is_some_and(|known| known.seen(**list) == Seen::NotAsked);
    match lists.iter().filter(|list| optional.contains(list)).find(silent) {
        Some(list) => Err(format!("not asked for of `{name}`: {}", list.as_str())),
        None => Ok(()),
    }
}

fn of_org(name: &str, coverage: Option<&Coverage>, lists: &[Listing]) -> Result<(), String> {
    let Some(coverage) = coverage else { return Err(format!("nothing could be read of `{name}`")) };
    let missing: Vec<&str> =
        lists.iter().filter(|list| !nothing_is_missing(coverage, **list)).map(|list| list.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("not read completely of `{name}`: {}", names(missing, 3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, evidence};

    fn read(reads: Reads) -> CheckMeta {
        CheckMeta { reads, ..CheckMeta::PLAIN }
    }

    #[test]
    fn only_what_a_check_reads_decides_whether_it_could_see() {
        let (mut dev, staging) = (Night::of_org("dev"), Night::of_org("staging"));
        dev.snapshot.coverage.listings.remove(&Listing::ThirdPartyApps);
        dev.unread(Listing::Roles);
        dev.failed("prod", "refused");
        let evidence = evidence(&[&dev, &staging]);
        let sight = Sight::of(&evidence, &BTreeMap::new());
        let roles = Reads::Lists(&[Listing::Users, Listing::Roles]);
        assert_eq!(
            sight.evaluated(&read(roles), ["dev"]),
            Evaluated::No("not read completely of `dev`: `roles`".to_owned())
        );
        let apps = Reads::Lists(&[Listing::ThirdPartyApps]);
        assert_eq!(sight.evaluated(&read(apps), ["staging"]), Evaluated::Yes);
        assert_eq!(
            sight.evaluated(&read(apps), ["dev"]),
            Evaluated::No("not asked for of `dev`: third-party apps".to_owned()),
            "a list that is not asked for any more settles nothing"
        );
        assert_eq!(sight.evaluated(&read(roles), ["staging"]), Evaluated::Yes);
        assert!(matches!(sight.evaluated(&read(roles), ["staging", "dev"]), Evaluated::No(_)));
        assert_eq!(sight.evaluated(&read(Reads::Lists(&[Listing::Users])), ["dev"]), Evaluated::Yes);
        assert!(matches!(sight.evaluated(&read(Reads::Lists(&[])), ["prod"]), Evaluated::No(_)));
        assert_eq!(sight.evaluated(&read(Reads::Nothing), ["prod"]), Evaluated::Yes);
        assert!(matches!(sight.evaluated(&read(Reads::Everything), ["staging"]), Evaluated::No(_)));
        assert_eq!(sight.evaluated(&read(Reads::Nothing), ["dev", "gone"]), Evaluated::NotAsked);
    }
}
