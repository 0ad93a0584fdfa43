//! `matrix.new-permission-under-wildcard`: a permission that is new falls under a wildcard that somebody holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::callers;
use crate::check::{Check, CheckMeta, Found, count, name_of, named, names};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence, RadarEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::PrincipalKind;
use rolecall_access::radar::{CoveringRole, NewPermission};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.new-permission-under-wildcard",
    title: "New permission under a wildcard that is held",
    what: "Permissions that no operation asked for in the previous run, and that a wildcard in a role covers which somebody holds.",
    why: "A wildcard gives what comes later too: its holders gain power that nobody granted or looked at.",
    remedy: "Decide whether the holders should have it; if not, write the role's wildcard out as the permissions it is meant to give.",
    severity: Severity::Medium,
    reference: "docs/matrix.md tells what is compared; permissions.csv lists every permission with its holders.",
    notes: "Severity: `medium`, or that of the permission's class where it is graver; `low` where the org's catalogue does not list the permission, so that nobody holds it yet. Permissions under the same wildcards are one finding.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for of in &evidence.radar {
        let Some(org) = callers::org_of(evidence, of) else { continue };
        // One set of wildcards is one cause, however many permissions came under it.
        let mut causes: BTreeMap<(bool, BTreeSet<String>), Vec<&NewPermission>> = BTreeMap::new();
        for permission in &of.radar.permissions {
            let roles =
                permission.roles.iter().map(|role| format!("role {} by {}", role.role, role.patterns.join(";")));
            causes.entry((permission.listed != Some(false), roles.collect())).or_default().push(permission);
        }
        let reported = causes.into_iter().filter_map(|((_, cause), new)| describe(of, org, cause, &new));
        found.extend(reported);
    }
}

/// The check's own, or that of the permission's class where it is graver; low where the org's catalogue does not list it,
/// so that nobody holds it yet.
fn severity(new: &NewPermission) -> Severity {
    if new.listed == Some(false) {
        return Severity::Low;
    }
    let class = danger::catalogue().worst(new.permission.as_str()).map(|entry| entry.severity);
    class.map_or(META.severity, |class| class.max(META.severity))
}

fn describe(
    of: &RadarEvidence<'_>,
    org: &OrgEvidence<'_>,
    mut cause: BTreeSet<String>,
    new: &[&NewPermission],
) -> Option<Found> {
    let first = new.first()?;
    let listed = first.listed != Some(false);
    let holders: BTreeSet<usize> = first.roles.iter().flat_map(|role| role.holders.iter().copied()).collect();
    let roles = names(first.roles.iter().map(|role| role.name.as_str()), 3);
    let permissions = names(new.iter().map(|one| one.permission.as_str()), 3);
    let (are, fall) = if new.len() == 1 { ("is", "falls") } else { ("are", "fall") };
    let who = count(holders.len(), "principal", "principals");
    let gain = if listed {
        format!("{who} gain{}", if holders.len() == 1 { "s" } else { "" })
    } else {
        format!("{who} would gain")
    };
    cause.extend(new.iter().map(|one| one.permission.to_string()));
    let mut facts: BTreeSet<String> = first.roles.iter().map(|role| role_fact(org, role)).collect();
    facts.extend(new.iter().map(|one| permission_fact(one)));
    Some(Found {
        basis: Basis::SETTLED,
        severity: new.iter().map(|one| severity(one)).max()?,
        org: of.org.clone(),
        subject: named("permission", first.permission.as_str()),
        cause,
        title: format!("{permissions} {are} new and {fall} under a wildcard of {roles}: {gain}"),
        detail: format!(
            "No operation asked for {} in the previous run.{}{}",
            if new.len() == 1 { "it" } else { "them" },
            if listed { "" } else { " The org's catalogue does not list it yet: nobody holds it until it does." },
            callers::source_note(of, &org.matrix.origin)
        ),
        fix: format!(
            "if they should not have it, write the wildcard of {roles} out as the permissions it is meant to give"
        ),
        facts,
    })
}

fn role_fact(org: &OrgEvidence<'_>, role: &CoveringRole) -> String {
    let mut kinds: BTreeMap<PrincipalKind, Vec<&str>> = BTreeMap::new();
    for principal in role.holders.iter().filter_map(|at| org.map.principals().get(*at)) {
        kinds.entry(principal.kind).or_default().push(name_of(principal));
    }
    let held: Vec<String> =
        kinds.into_iter().map(|(kind, who)| format!("{} {kind}: {}", who.len(), names(who, 10))).collect();
    let condition = if role.conditional { " (only under a condition)" } else { "" };
    format!(
        "role `{}` by {}{condition}: held by {}",
        role.name,
        names(role.patterns.iter().map(String::as_str), 5),
        held.join("; ")
    )
}

fn permission_fact(new: &NewPermission) -> String {
    let risk = danger::catalogue().risk(new.permission.as_str());
    let risk = if risk.is_empty() { String::new() } else { format!(" ({risk})") };
    let listed = match new.listed {
        Some(true) => "",
        Some(false) => "; the org's catalogue does not list it",
        None => "; whether the org's catalogue lists it is not known",
    };
    let operations: Vec<String> = new.operations.iter().map(ToString::to_string).collect();
    format!("{}{risk}: asked for by {}{listed}", new.permission, names(operations.iter().map(String::as_str), 5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_matrix::{Matrix, csv};

    fn matrix(rows: &str) -> Option<Matrix> {
        Some(csv::read("h", &format!("method,path,permissions_match,permissions,scopes\n{rows}")).unwrap())
    }

    fn night(permissions: &str) -> Night {
        let mut night = Night::new();
        night.matrix_before = matrix("GET,/api/v2/x,ANY,routing:queue:view,\n");
        night.matrix = matrix(&format!("GET,/api/v2/x,ANY,routing:queue:view,\nGET,/api/v2/y,ANY,{permissions},\n"));
        night.role("r1", "Everything", &["*:*:*"]).client("c1", "Robot", &[("r1", "*")]);
        night
    }

    #[test]
    fn new_permissions_under_one_wildcard_are_one_finding_with_who_gains() {
        let found = found(&CHECK, &night("routing:skill:view;routing:wrapupCode:view"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Medium);
        assert_eq!(
            found[0].title,
            "`routing:skill:view`, `routing:wrapupCode:view` are new and fall under a wildcard of `Everything`: 1 principal gains"
        );
        assert!(found[0].facts.contains("role `Everything` by `*:*:*`: held by 1 oauth_client: `Robot`"));
    }

    #[test]
    fn dangerous_new_permission_is_as_grave_as_its_class() {
        let found = found(&CHECK, &night("authorization:role:edit"));
        assert_eq!(found[0].severity, Severity::Critical);
        assert!(found[0].facts.iter().any(|fact| fact.starts_with("authorization:role:edit (PE critical)")));
    }

    #[test]
    fn permission_that_the_catalogue_lacks_is_low_and_said_to_be_held_by_nobody_yet() {
        let found = found(&CHECK, &night("invented:thing:view"));
        assert_eq!(found[0].severity, Severity::Low);
        assert!(found[0].title.ends_with("1 principal would gain"), "{}", found[0].title);
    }

    #[test]
    fn permission_that_is_named_and_not_covered_is_not_reported() {
        let mut night = night("routing:queue:edit");
        night.snapshot.roles[0].policies[0].domain = "routing".to_owned();
        night.snapshot.roles[0].policies[0].entity = "queue".to_owned();
        night.snapshot.roles[0].policies[0].actions = vec!["edit".to_owned()];
        assert!(found(&CHECK, &night).is_empty());
    }
}
