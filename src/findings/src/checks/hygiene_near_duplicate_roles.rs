//! `hygiene.near-duplicate-roles`: roles that permit nearly the same.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, is_spelt_out, names, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Subject;
use crate::parameters::{Parameter, WholeNumber};
use crate::severity::Severity;
use rolecall_access::cross::rights::RoleRights;
use rolecall_base::coverage::Listing;
use rolecall_base::role::Role;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.near-duplicate-roles",
    title: "Roles that permit nearly the same",
    what: "Roles whose permissions, wildcards written out, are nearly the same: of all that two of them permit, at least `min_likeness_percent` is permitted by both; one finding for each cluster.",
    why: "Whoever fixes one of them forgets the others, and nobody can say which of them a new program should get.",
    remedy: "Keep one of them, move the holders of the others to it, and delete the others.",
    severity: Severity::Info,
    reference: "`GET /api/v2/authorization/roles` and the catalogue of `GET /api/v2/authorization/permissions`.",
    notes: "Default roles are compared with custom ones and not with each other: how alike they are is for the platform to say. Roles with conditions are compared only where their conditions are the same; roles that were not read completely are not compared. In a cluster every role is like at least one other.",
    parameters: &PARAMETERS,
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::Roles, Listing::Permissions]),
    ..CheckMeta::PLAIN
};

static LIKENESS: WholeNumber = WholeNumber {
    key: "min_likeness_percent",
    what: "Percent of what two roles permit together that both of them must permit.",
    least: 50,
    most: 100,
    default: 90,
};

static PERMISSIONS: WholeNumber = WholeNumber {
    key: "min_permissions",
    what: "Permissions that a role must have to be compared: small roles are alike by chance.",
    least: 1,
    most: 10_000,
    default: 5,
};

static PARAMETERS: [Parameter; 2] = [Parameter::Number(&LIKENESS), Parameter::Number(&PERMISSIONS)];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let percent = evidence.parameters.number(META.id, &LIKENESS) as usize;
    let least = evidence.parameters.number(META.id, &PERMISSIONS) as usize;
    for org in &evidence.orgs {
        let compared = compared(org, least);
        found.extend(clusters(&compared, percent).into_iter().filter_map(|cluster| describe(org, &cluster)));
    }
}

/// A role that can be compared.
struct Compared<'a> {
    role: &'a Role,
    rights: &'a RoleRights,
    conditions: BTreeSet<(Option<&'a str>, &'a [String])>,
    size: usize,
}

impl Compared<'_> {
    /// How many permissions both hold.
    fn both(&self, other: &Self) -> usize {
        let limited = self.rights.under_condition.intersection_count(&other.rights.under_condition);
        self.rights.always.intersection_count(&other.rights.always) + limited
    }

    fn all(&self) -> FixedBitSet {
        let mut all = self.rights.always.clone();
        all.union_with(&self.rights.under_condition);
        all
    }
}

/// The roles that were read completely and are large enough, smallest first.
fn compared<'a>(org: &'a OrgEvidence<'_>, least: usize) -> Vec<Compared<'a>> {
    let roles = org.map.snapshot.roles.iter().zip(&org.map.rights.roles);
    let mut compared: Vec<Compared<'_>> = roles
        .filter(|(role, rights)| is_spelt_out(org, role, rights))
        .map(|(role, rights)| Compared {
            role,
            rights,
            conditions: role
                .policies
                .iter()
                .filter(|policy| policy.is_conditional())
                .map(|policy| (policy.condition.as_deref(), policy.named_resources.as_slice()))
                .collect(),
            size: rights.always.count_ones(..) + rights.under_condition.count_ones(..),
        })
        .filter(|one| one.size >= least)
        .collect();
    compared.sort_by(|a, b| (a.size, &a.role.id).cmp(&(b.size, &b.role.id)));
    compared
}

/// Groups of roles that are alike, each with a custom one in it.
fn clusters<'c, 'a>(compared: &'c [Compared<'a>], percent: usize) -> Vec<Vec<&'c Compared<'a>>> {
    // Each role points at one that it is like, down to the first of its cluster.
    let mut like: Vec<usize> = (0..compared.len()).collect();
    for (at, one) in compared.iter().enumerate() {
        for (ahead, other) in compared.iter().enumerate().skip(at + 1) {
            // A larger role can share no more than the smaller one has.
            if one.size * 100 < percent * other.size {
                break;
            }
            let both = one.both(other);
            let together = one.size + other.size - both;
            let default = one.role.kind() == "default" && other.role.kind() == "default";
            if !default && one.conditions == other.conditions && both * 100 >= percent * together {
                let (a, b) = (first(&like, at), first(&like, ahead));
                if let Some(place) = like.get_mut(a.max(b)) {
                    *place = a.min(b);
                }
            }
        }
    }
    let mut clusters: BTreeMap<usize, Vec<&Compared<'_>>> = BTreeMap::new();
    for (at, one) in compared.iter().enumerate() {
        clusters.entry(first(&like, at)).or_default().push(one);
    }
    clusters.into_values().filter(|cluster| cluster.len() > 1).collect()
}

fn first(like: &[usize], mut at: usize) -> usize {
    while let Some(next) = like.get(at).filter(|next| **next != at) {
        at = *next;
    }
    at
}

fn describe(org: &OrgEvidence<'_>, cluster: &[&Compared<'_>]) -> Option<Found> {
    let mut union = FixedBitSet::with_capacity(org.map.rights.index.len());
    cluster.iter().for_each(|one| union.union_with(&one.all()));
    let mut sorted: Vec<&&Compared<'_>> = cluster.iter().collect();
    sorted.sort_by(|a, b| (&a.role.name, &a.role.id).cmp(&(&b.role.name, &b.role.id)));
    // The same role speaks for its cluster for as long as it is in it.
    let speaker = cluster.iter().min_by_key(|one| &one.role.id)?.role;
    let same = cluster.windows(2).all(|pair| match pair {
        [a, b] => a.rights.always == b.rights.always && a.rights.under_condition == b.rights.under_condition,
        _ => true,
    });
    let how = if same { "the same" } else { "nearly the same" };
    let listed = names(sorted.iter().map(|one| one.role.name.as_str()), 4);
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: Subject { kind: "role", id: speaker.id.to_string(), name: speaker.name.clone() },
        cause: BTreeSet::new(),
        title: format!("{} permit {how}: {listed} ({})", count(cluster.len(), "role", "roles"), org_name(org)),
        detail: format!("Together they permit {}.", count(union.count_ones(..), "permission", "permissions")),
        fix: format!(
            "keep one of the roles {listed} in {}, move the holders of the others to it, and delete the others",
            org_name(org)
        ),
        facts: cluster.iter().map(|one| fact(org, one, &union)).collect(),
        basis: settled_by(&org.map.snapshot.coverage, &[Listing::Roles, Listing::Permissions]),
    })
}

fn fact(org: &OrgEvidence<'_>, one: &Compared<'_>, union: &FixedBitSet) -> String {
    let all = one.all();
    let lacks = union.difference(&all).filter_map(|number| org.map.rights.index.names().get(number));
    let mut lacks: Vec<&str> = lacks.map(|name| name.as_str()).collect();
    lacks.sort_unstable();
    let role = one.role;
    let without = if lacks.is_empty() { "all of it".to_owned() } else { format!("without {}", names(lacks, 5)) };
    format!("{} ({}, {}): {}, {without}", role.name, role.kind(), role.id, count(one.size, "permission", "permissions"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;
    use crate::testing::{Night, found};

    const TEN: [&str; 10] = [
        "routing:queue:view",
        "routing:queue:edit",
        "routing:queue:add",
        "routing:queue:delete",
        "directory:user:view",
        "directory:user:edit",
        "oauth:client:view",
        "architect:flow:view",
        "recording:recording:view",
        "analytics:queueObservation:view",
    ];

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Ten", &TEN).role("r2", "Nine", &TEN[..9]).role("r3", "Eight", &TEN[..8]);
        night.role("r4", "Half", &TEN[..5]).role("r5", "Few", &TEN[..2]).role("r6", "Few Too", &TEN[..2]);
        night
    }

    fn titles(night: &Night) -> Vec<String> {
        found(&CHECK, night).into_iter().map(|one| one.title).collect()
    }

    #[test]
    fn roles_that_are_nearly_the_same_are_one_finding_with_what_each_lacks() {
        let mut night = night();
        night.role("r0", "Queues All", &["routing:queue:*"]).role("r7", "Queues Written", &[]);
        let reported = found(&CHECK, &night);
        assert_eq!(reported.len(), 1, "{reported:?}");
        assert_eq!(reported[0].title, "2 roles permit nearly the same: `Nine`, `Ten` (dev)");
        assert_eq!((reported[0].subject.id.as_str(), reported[0].severity), ("r1", Severity::Info));
        assert_eq!(
            reported[0].facts.iter().collect::<Vec<_>>(),
            [
                "Nine (custom, r2): 9 permissions, without `analytics:queueObservation:view`",
                "Ten (custom, r1): 10 permissions, all of it"
            ]
        );
        night.parameters.set(META.id, "min_likeness_percent", Value::Number(88));
        assert_eq!(titles(&night), ["3 roles permit nearly the same: `Eight`, `Nine`, `Ten` (dev)"]);
        night.parameters.set(META.id, "min_likeness_percent", Value::Number(100));
        night.parameters.set(META.id, "min_permissions", Value::Number(2));
        assert_eq!(titles(&night), ["2 roles permit the same: `Few`, `Few Too` (dev)"]);
    }

    #[test]
    fn wildcard_and_its_expansion_are_the_same() {
        let mut night = Night::new();
        let written: Vec<String> = night
            .snapshot
            .permissions
            .iter()
            .map(|one| one.permission.as_str().to_owned())
            .filter(|name| name.starts_with("routing:"))
            .collect();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        night.role("r1", "Short", &["routing:*:*"]).role("r2", "Long", &written);
        assert_eq!(titles(&night), ["2 roles permit the same: `Long`, `Short` (dev)"]);
        night.unread(Listing::Permissions);
        assert!(titles(&night).is_empty(), "what a wildcard gives is not known");
    }

    #[test]
    fn default_roles_other_conditions_and_different_roles_are_not_reported() {
        let mut night = night();
        for role in &mut night.snapshot.roles[..2] {
            role.default_role_id = Some(role.name.to_lowercase());
        }
        assert!(titles(&night).is_empty());
        let mut limited = self::night();
        limited.snapshot.roles[0].policies[0].condition = Some(r#"{"queue":"a"}"#.to_owned());
        limited.snapshot.roles[1].policies[0].condition = Some(r#"{"queue":"b"}"#.to_owned());
        assert!(titles(&limited).is_empty());
    }
}
