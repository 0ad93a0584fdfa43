//! `power.everywhere`: power in all divisions that a division could limit.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{
    Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE, count, label, named_roles, names, org_name, settled_by, subject,
};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::weighing;
use rolecall_access::cross::Principal;
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::needed::{Known, NeededIn};
use rolecall_base::grant::Reach;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "power.everywhere",
    title: "Power in all divisions",
    what: "Dangerous permissions that a division can limit, held in all divisions by clients and service users of orgs with several divisions: where needs are declared for single divisions only, and where nothing tells that all are needed.",
    why: "A grant in all divisions covers those of tomorrow, too; in one division the same mistake or theft costs a part instead of the whole.",
    remedy: "Grant the role in the divisions where it is needed.",
    severity: Severity::Low,
    reference: "GET /api/v2/authorization/permissions says of each permission whether a division limits it (`divisionAware`).",
    notes: "`medium` where every declared need of one of the permissions (critical or high in the catalogue) names a division; `low` where nothing is declared, for those that are critical. A permission that a declared need asks for without a division is not reported, and neither is one of which the catalogue does not say whether a division limits it. Usage data has no divisions: where calls were observed, the finding says that it is not known in which divisions they worked.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in evidence.orgs.iter().filter(|org| org.map.snapshot.divisions.len() > 1) {
        let principals = org.map.principals().iter().enumerate();
        let unattended = principals.filter(|(_, one)| weighing::is_unattended(one));
        found.extend(unattended.filter_map(|(at, principal)| describe(org, at, principal)));
    }
}

/// Where a permission is needed, for all that is known.
#[derive(Clone, Debug, Default)]
struct NeededWhere {
    /// Names of the divisions of declared needs.
    divisions: BTreeSet<String>,
    /// Whether a declared need is not limited to a division.
    anywhere: bool,
    /// Whether it is used by calls of which no division is known.
    observed: bool,
}

fn describe(org: &OrgEvidence<'_>, at: usize, principal: &Principal) -> Option<Found> {
    let map = &org.map;
    let held = map.holdings_of(principal)?;
    let rights = &map.rights;
    let needed = needed(org, at);
    let grants = map.grants_of(principal);
    let (mut facts, mut roles) = (BTreeSet::new(), BTreeSet::new());
    let (mut limited, mut listed): (BTreeSet<String>, Vec<&str>) = (BTreeSet::new(), Vec::new());
    for number in held.fully.ones() {
        // A permission of which the catalogue does not tell is not held against anybody.
        if !rights.awareness_known.contains(number) || rights.everywhere.contains(number) {
            continue;
        }
        let Some(name) = rights.index.names().get(number) else { continue };
        let Some(entry) = danger::catalogue().worst(name.as_str()).filter(|entry| entry.severity >= Severity::High)
        else {
            continue;
        };
        let known = needed.get(&number).cloned().unwrap_or_default();
        // What is no more than high is reported only where a declared division shows that it can be less.
        let too_little = entry.severity < Severity::Critical && known.divisions.is_empty();
        if known.anywhere || too_little {
            continue;
        }
        let wide = grants.iter().filter(|grant| grant.reach == Reach::All).filter(|grant| {
            grant.role.and_then(|role| rights.roles.get(role)).is_some_and(|role| role.always.contains(number))
        });
        let via: BTreeSet<String> = wide.map(|grant| role_name(map, grant)).collect();
        let need = match (known.divisions.is_empty(), known.observed) {
            (false, false) => format!("needed only in {}", names(known.divisions.iter().map(String::as_str), 5)),
            (false, true) => format!(
                "declared only for {}; in which divisions it is used is not known",
                names(known.divisions.iter().map(String::as_str), 5)
            ),
            (true, true) => "used, in which divisions is not known".to_owned(),
            (true, false) => "no known need".to_owned(),
        };
        facts.insert(format!(
            "{name} ({} {}): via {}; {need}",
            entry.class,
            entry.severity,
            names(via.iter().map(String::as_str), 5)
        ));
        limited.extend(known.divisions);
        roles.extend(via);
        listed.push(name.as_str());
    }
    if listed.is_empty() {
        return None;
    }
    listed.sort_unstable();
    let (severity, fix) = if limited.is_empty() {
        (Severity::Low, "in the divisions where they are needed instead of all, or declare a need without a division")
    } else {
        (Severity::Medium, "only where they are needed")
    };
    let places = if limited.is_empty() {
        String::new()
    } else {
        format!(": declared for {}", names(limited.iter().map(String::as_str), 5))
    };
    Some(Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::from(["everywhere".to_owned()]),
        title: format!(
            "{} holds {} in all divisions: {}",
            label(principal),
            count(listed.len(), "dangerous permission", "dangerous permissions"),
            names(listed.iter().copied(), 3)
        ),
        detail: format!(
            "The org has {} divisions, and a division would limit them. No declared need asks for them in all divisions.",
            map.snapshot.divisions.len()
        ),
        fix: format!("grant {} to {} in {} {fix}{places}", named_roles(&roles), label(principal), org_name(org)),
        facts,
        basis: settled_by(&org.map.snapshot.coverage, VERDICTS_AND_USAGE),
    })
}

/// By permission that a needed call of the principal asks for: where.
fn needed(org: &OrgEvidence<'_>, at: usize) -> BTreeMap<usize, NeededWhere> {
    let mut needed: BTreeMap<usize, NeededWhere> = BTreeMap::new();
    for call in org.needed.calls.iter().filter(|call| call.principal == at) {
        for number in call.operation.map_or(&[][..], |operation| org.map.demanded(operation)) {
            let known = needed.entry(*number).or_default();
            match (&call.known, &call.division) {
                (Known::Observed(row), _) => known.observed |= row.status_2xx > 0,
                (Known::Declared(_), NeededIn::Any) => known.anywhere = true,
                (Known::Declared(_), NeededIn::Division(id)) => {
                    known.divisions.insert(org.map.division_name(id).to_owned());
                }
                (Known::Declared(_), NeededIn::NotListed(name)) => {
                    known.divisions.insert(name.clone());
                }
            }
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    fn night() -> Night {
        let mut night = Night::new();
        night.division("d1", "Home").division("d2", "North");
        night.role("r1", "Export", &["recording:job:add", "routing:queue:view"]);
        night
    }

    #[test]
    fn power_in_all_divisions_that_is_declared_for_one_is_medium() {
        let mut night = night();
        night.client("c1", "Robot", &[("r1", "*")]).need("Robot", "POST /api/v2/recording/jobs", "North");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Medium);
        assert_eq!(
            found[0].title,
            "OAuth client `Robot` holds 1 dangerous permission in all divisions: `recording:job:add`"
        );
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.ends_with("via `Export`; needed only in `North`"), "{fact}");
    }

    #[test]
    fn power_of_which_no_need_is_known_is_low() {
        let mut night = night();
        night.client("c1", "Robot", &[("r1", "*")]);
        assert_eq!(found(&CHECK, &night)[0].severity, Severity::Low);
    }

    #[test]
    fn need_in_all_divisions_one_division_and_permissions_without_divisions_are_fine() {
        let mut night = night();
        night.client("c1", "Robot", &[("r1", "*")]).need("Robot", "POST /api/v2/recording/jobs", "");
        night.client("c2", "Local", &[("r1", "d2")]);
        assert!(found(&CHECK, &night).is_empty());
        night.needs.clear();
        for entry in &mut night.snapshot.permissions {
            entry.division_aware = Some(false);
        }
        assert!(found(&CHECK, &night).is_empty());
        for entry in &mut night.snapshot.permissions {
            entry.division_aware = None;
        }
        assert!(found(&CHECK, &night).is_empty(), "what the catalogue does not tell is not held against anybody");
    }

    #[test]
    fn org_of_one_division_has_nothing_to_limit() {
        let mut night = Night::new();
        night.division("d1", "Home").role("r1", "Export", &["recording:job:add"]).client("c1", "Robot", &[("r1", "*")]);
        assert!(found(&CHECK, &night).is_empty());
    }
}
