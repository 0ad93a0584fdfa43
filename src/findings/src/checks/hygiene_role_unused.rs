//! `hygiene.role-unused`: a role that nobody has.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, named, nothing_is_missing, org_name};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::parameters::{Globs, Parameter};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.role-unused",
    title: "Roles that nobody has",
    what: "Custom roles that are granted to no user, group, OAuth client or trustee; one finding an org.",
    why: "A role that nobody has is a right that nobody looks after: whoever grants it next gives what its author meant years ago.",
    remedy: "Delete the roles that are left over; name the ones that are kept on purpose in `ignore`.",
    severity: Severity::Info,
    reference: "`GET /api/v2/authorization/roles`, each with its `/subjectgrants`; `roleDivisions` of `GET /api/v2/oauth/clients`.",
    notes: "Default roles are the platform's and are not reported. A role whose holders were not all read is not called unused; a role that is granted to a group counts as used, whoever is in the group.",
    parameters: &PARAMETERS,
    reads: Reads::Lists(LISTS),
    ..CheckMeta::PLAIN
};

static IGNORE: Globs = Globs { key: "ignore", what: "Names of roles that may be without a holder.", default: &[] };

static PARAMETERS: [Parameter; 1] = [Parameter::Globs(&IGNORE)];

const LISTS: &[Listing] = &[Listing::OwnGrants, Listing::OauthClients, Listing::Roles, Listing::RoleGrants];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let ignore = evidence.parameters.globs(META.id, &IGNORE);
    for org in &evidence.orgs {
        let snapshot = org.map.snapshot;
        let Some(doubtful) = doubtful(snapshot) else { continue };
        let held: BTreeSet<&str> = held(snapshot).collect();
        let left_over = snapshot.roles.iter().filter(|role| {
            let id = role.id.as_str();
            role.kind() == "custom" && !held.contains(id) && !doubtful.contains(id) && !ignore.is_match(&role.name)
        });
        let facts: BTreeSet<String> = left_over.map(|role| fact(org, role)).collect();
        if facts.is_empty() {
            continue;
        }
        let detail = match doubtful.len() {
            0 => "The holders of every role were read.".to_owned(),
            n => format!("Of {} it is not known who holds them.", count(n, "other role", "other roles")),
        };
        let have = if facts.len() == 1 { "has" } else { "have" };
        found.push(Found {
            severity: META.severity,
            org: org_name(org),
            subject: named("org", org_name(org)),
            cause: BTreeSet::new(),
            title: format!(
                "{} {have} no holder ({})",
                count(facts.len(), "custom role", "custom roles"),
                org_name(org)
            ),
            detail,
            fix: format!("delete the roles listed below in {}, or name them in `ignore`", org_name(org)),
            facts,
            basis: Basis::SETTLED,
        });
    }
}

/// The ids of the roles whose holders were not all read; `None` where that can be every role.
fn doubtful(snapshot: &Snapshot) -> Option<BTreeSet<&str>> {
    let coverage = &snapshot.coverage;
    // A role list that was cut short hides roles, which is no harm; the other two hide holders of any role.
    if !nothing_is_missing(coverage, Listing::OwnGrants) || !nothing_is_missing(coverage, Listing::OauthClients) {
        return None;
    }
    let unread = coverage.unread_keys(Listing::RoleGrants)?;
    let listed: BTreeSet<&str> = snapshot.roles.iter().map(|role| role.id.as_str()).collect();
    let unread: BTreeSet<&str> = unread.into_iter().collect();
    // The grants of a user, group or client that were not read can be of any role.
    unread.is_subset(&listed).then_some(unread)
}

fn held(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let listed = snapshot.grants.iter().map(|grant| grant.role.as_str());
    let own = snapshot.oauth_clients.iter().flat_map(|client| client.role_divisions.iter().flatten());
    listed.chain(own.map(|pair| pair.role.as_str()))
}

fn fact(org: &OrgEvidence<'_>, role: &Role) -> String {
    let at = org.map.snapshot.roles.iter().position(|one| one.id == role.id);
    let rights = at.and_then(|at| org.map.rights.roles.get(at));
    let permissions: Vec<&str> = rights
        .map(|rights| {
            let numbers = rights.always.union(&rights.under_condition);
            numbers.filter_map(|number| Some(org.map.rights.index.names().get(number)?.as_str())).collect()
        })
        .unwrap_or_default();
    let grave = permissions
        .iter()
        .filter(|name| danger::catalogue().worst(name).is_some_and(|entry| entry.severity >= Severity::High));
    let grave = match grave.count() {
        0 => String::new(),
        n => format!(", {n} of them dangerous"),
    };
    let name = if role.name.is_empty() { role.id.as_str() } else { &role.name };
    format!("{name} ({}): {}{grave}", role.id, count(permissions.len(), "permission", "permissions"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::{Seen, Unread};
    use rolecall_base::grant::SubjectKind;

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "Template", &["oauth:client:edit"]);
        night.role("r3", "Shared", &["routing:queue:view"]).role("r4", "Partner", &["routing:queue:view"]);
        night.role("r5", "Employee", &["routing:queue:view"]);
        night.snapshot.roles[4].default_role_id = Some("employee".to_owned());
        night.client("c1", "Robot", &[("r1", "*")]).group("g1", "Empty", &[], &[("r3", "*")]);
        night.grants(SubjectKind::TrusteeUser, "t1", &[("r4", "*")]);
        night
    }

    #[test]
    fn custom_role_without_a_holder_is_reported_with_what_it_would_give() {
        let mut night = night();
        let reported = found(&CHECK, &night);
        assert_eq!(reported.len(), 1);
        assert_eq!(reported[0].title, "1 custom role has no holder (dev)");
        assert_eq!(reported[0].facts.iter().collect::<Vec<_>>(), ["Template (r2): 1 permission, 1 of them dangerous"]);
        night.parameters.set(META.id, "ignore", Value::Globs(vec!["template*".to_owned()]));
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn role_whose_holders_were_not_read_is_not_called_unused() {
        let part = |of: Option<&str>| {
            let mut night = night();
            night.unread(Listing::RoleGrants);
            let record = night.snapshot.coverage.listings.get_mut(&Listing::RoleGrants).unwrap();
            record.seen = Seen::Part;
            record.unread =
                vec![Unread { of: of.map(str::to_owned), why: String::new(), missing_permissions: Vec::new() }];
            found(&CHECK, &night)
        };
        assert!(part(Some("r2")).is_empty() && part(Some("u9")).is_empty() && part(None).is_empty());
        assert_eq!(part(Some("r1"))[0].detail, "Of 1 other role it is not known who holds them.");
        for list in [Listing::OwnGrants, Listing::OauthClients, Listing::RoleGrants] {
            let mut night = night();
            night.unread(list);
            assert!(found(&CHECK, &night).is_empty(), "{list:?}");
        }
    }
}
