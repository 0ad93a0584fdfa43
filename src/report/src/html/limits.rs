//! The limits of our own knowledge: what the platform does not publish, and what no published operation needs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::apps;
use super::night::Night;
use super::words::{self, Capped};
use rolecall_base::permission::Permission;
use rolecall_findings::evidence::OrgEvidence;
use rolecall_matrix::{Match, Operation, Provenance, UserContext};

/// Operations of a list that are shown.
const OPERATIONS_SHOWN: usize = 40;
/// Domains of permissions that are shown.
const DOMAINS_SHOWN: usize = 40;
/// Permissions of one domain that are shown.
const NAMES_SHOWN: usize = 12;

/// What is not known.
#[derive(Serialize)]
pub struct Limits {
    /// Org by org.
    pub orgs: Vec<OrgLimits>,
    /// Orgs whose authorized apps the configuration does not ask for.
    pub apps_not_asked: Vec<String>,
    /// Matrix by matrix: orgs with the same one together.
    pub matrices: Vec<MatrixLimits>,
}

/// What is not known in one org.
#[derive(Serialize)]
pub struct OrgLimits {
    /// The org.
    pub org: String,
    /// Whether the org enforces scopes, in words.
    pub scopes_enforced: &'static str,
    /// OAuth clients whose verdicts rest on scopes.
    pub scoped_clients: usize,
    /// The usage data: from when until when, and whether all of it was read.
    pub usage: String,
    /// Observed rows of clients that are not the org's own.
    pub foreign_rows: String,
    /// Permissions of the catalogue.
    pub catalogue: String,
    /// Whether the catalogue was read completely.
    pub catalogue_whole: bool,
    /// Those that no published operation needs.
    pub needless: usize,
    /// These by domain, most first.
    pub needless_by_domain: Capped<NeedlessDomain>,
}

/// Permissions of one domain that no published operation needs.
#[derive(Serialize)]
pub struct NeedlessDomain {
    /// The domain.
    pub domain: String,
    /// The permissions, without their domain.
    pub names: Capped<String>,
}

/// What a matrix does not tell.
#[derive(Serialize)]
pub struct MatrixLimits {
    /// The orgs it is in force for.
    pub orgs: Vec<String>,
    /// Where it came from.
    pub origin: String,
    /// The date its facts are of, and how old that is.
    pub age: String,
    /// Operations it holds.
    pub operations: String,
    /// Operations whose requirement is not published.
    pub unpublished: Capped<String>,
    /// Operations that list no permission: whether the platform checks something else there is not published.
    pub unlisted: Capped<String>,
    /// Those of them that change something, so that nothing is proven by it.
    pub unproven: Capped<String>,
    /// Operations whose scopes are only derived from their neighbours.
    pub scopes_derived: String,
    /// Operations whose scopes nobody tells.
    pub scopes_unknown: Capped<String>,
    /// Operations of which nobody tells whether they need a user.
    pub user_context_unknown: String,
}

/// The limits of a night.
pub fn of(night: &Night<'_>) -> Limits {
    let mut matrices: BTreeMap<(&str, &str), Vec<&OrgEvidence<'_>>> = BTreeMap::new();
    for org in &night.orgs {
        matrices.entry((&org.matrix.sha256, &org.matrix.origin)).or_default().push(org);
    }
    Limits {
        apps_not_asked: apps::not_asked(night),
        orgs: night.orgs.iter().copied().map(of_org).collect(),
        matrices: matrices.into_values().filter_map(|orgs| of_matrix(night, &orgs)).collect(),
    }
}

fn of_org(org: &OrgEvidence<'_>) -> OrgLimits {
    let map = &org.map;
    let required: BTreeSet<&Permission> =
        map.matrix.operations().iter().flat_map(|operation| &operation.requirement.permissions).collect();
    let listed: BTreeSet<&Permission> = map.snapshot.permissions.iter().map(|entry| &entry.permission).collect();
    let mut by_domain: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for permission in listed.difference(&required) {
        let (domain, rest) = permission.as_str().split_once(':').unwrap_or((permission.as_str(), ""));
        by_domain.entry(domain).or_default().push(rest);
    }
    let needless = by_domain.values().map(Vec::len).sum();
    let mut by_domain: Vec<(&str, Vec<&str>)> = by_domain.into_iter().collect();
    by_domain.sort_by_key(|(domain, names)| (std::cmp::Reverse(names.len()), *domain));
    OrgLimits {
        org: map.snapshot.org.name.clone(),
        scopes_enforced: match map.scopes_enforced {
            Some(true) => "enforced (the configuration says so)",
            Some(false) => "not enforced (the configuration says so)",
            None => "not known",
        },
        scoped_clients: map.principals().iter().filter(|principal| principal.acts_for_users()).count(),
        usage: match &map.snapshot.usage {
            None => "none was read".to_owned(),
            Some(usage) if usage.complete => format!("{} to {}, all of it", usage.from, usage.to),
            Some(usage) => format!("{} to {}, not all of it: nothing is called unused", usage.from, usage.to),
        },
        foreign_rows: words::number(org.needed.foreign_rows),
        catalogue: words::number(listed.len()),
        catalogue_whole: map.rights.catalogue_whole,
        needless,
        needless_by_domain: Capped::of(by_domain, DOMAINS_SHOWN, |(domain, names)| NeedlessDomain {
            domain: domain.to_owned(),
            names: Capped::of(names, NAMES_SHOWN, str::to_owned),
        }),
    }
}

fn of_matrix(night: &Night<'_>, orgs: &[&OrgEvidence<'_>]) -> Option<MatrixLimits> {
    let first = orgs.first()?;
    let operations = || first.map.matrix.operations().iter();
    let reported = |wanted: &dyn Fn(&Operation) -> bool| {
        Capped::of(operations().filter(|one| wanted(one)), OPERATIONS_SHOWN, |one| one.endpoint.to_string())
    };
    let count = |wanted: &dyn Fn(&Operation) -> bool| words::number(operations().filter(|one| wanted(one)).count());
    let unlisted = |one: &Operation| one.requirement.permissions_match == Match::None;
    let today = night.as_of.to_zoned(jiff::tz::TimeZone::UTC).date();
    let age = first.matrix.date.map(|date| (date, today.since(date).map_or(0, |span| span.get_days())));
    Some(MatrixLimits {
        orgs: orgs.iter().map(|org| org.map.snapshot.org.name.clone()).collect(),
        origin: first.matrix.origin.clone(),
        age: match age {
            None => "of a date that is not known".to_owned(),
            Some((date, 0)) => format!("of {date}, the day of this night"),
            Some((date, days)) if days > 0 => {
                let days = words::count(usize::try_from(days).unwrap_or(0), "day", "days");
                format!("of {date}, {days} old")
            }
            Some((date, _)) => format!("of {date}, later than this night"),
        },
        operations: words::number(operations().count()),
        unpublished: reported(&|one| one.requirement.permissions_match == Match::Unknown),
        unlisted: reported(&unlisted),
        unproven: reported(&|one| one.requirement.unproven),
        scopes_derived: count(&|one| one.requirement.scopes_known == Provenance::Derived),
        scopes_unknown: reported(&|one| one.requirement.scopes_known == Provenance::Unknown),
        user_context_unknown: count(&|one| one.requirement.user_context == UserContext::Unknown),
    })
}
