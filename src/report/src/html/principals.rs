//! One section a principal: what it is, what it holds, what it can call, what it needs, what is too much.

use std::collections::BTreeMap;

use serde::Serialize;

use super::gaps::{self, GapRow, ReasonWord};
use super::night::Night;
use super::sections::{Sections, Who};
use super::words::{self, Capped, Mark};
use crate::tables::inventory::Used;
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::gap::answer_needed;
use rolecall_access::cross::needed::{NeededCall, NeededIn};
use rolecall_access::cross::{Principal, Verdict};
use rolecall_base::allowed_addresses::{AllowedAddresses, Limit};
use rolecall_base::grant::Reach;
use rolecall_base::id::ClientId;
use rolecall_findings::evidence::OrgEvidence;

/// Principals with excess that are shown.
const PRINCIPALS_SHOWN: usize = 40;
/// Rows of one principal's lists that are shown.
const ROWS_SHOWN: usize = 8;
/// Permissions of one principal's excess that are shown.
const EXCESS_SHOWN: usize = 20;
/// Principals of whose excess nothing can be said, that are shown by name.
const SILENT_SHOWN: usize = 100;

/// A principal's section.
#[derive(Serialize)]
pub struct PrincipalSection {
    /// Who.
    pub who: Who,
    /// Its address.
    pub anchor: String,
    /// Facts about it: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Whether it can act.
    pub state: String,
    /// Whether that state lets it act.
    pub active: bool,
    /// Its scopes, where it has any say in scopes.
    pub scopes: Option<Vec<String>>,
    /// What its grant type means.
    pub grant_meaning: &'static str,
    /// How many operations have each verdict.
    pub verdicts: Vec<VerdictCount>,
    /// Operations in all.
    pub operations: String,
    /// Its grants.
    pub grants: Capped<GrantRow>,
    /// Its gaps.
    pub gaps: Capped<GapRow>,
    /// What it needs.
    pub needs: Capped<NeedRow>,
    /// What it holds and does not use.
    pub excess: Option<ExcessOf>,
}

/// How many operations have a verdict.
#[derive(Serialize)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: Mark,
    /// How many.
    pub count: String,
    /// Where its part of the bar begins, in thousandths.
    pub x: usize,
    /// How wide it is, in thousandths.
    pub width: usize,
}

/// A grant.
#[derive(Serialize)]
pub struct GrantRow {
    /// The role's name.
    pub role: String,
    /// The address of the role's section.
    pub role_link: Option<String>,
    /// The division's name, or that it is all of them.
    pub division: String,
    /// `direct` or the group.
    pub via: String,
    /// When it was made; empty where not known.
    pub granted_at: String,
}

/// A needed call.
#[derive(Serialize)]
pub struct NeedRow {
    /// `declared` or `observed`.
    pub need: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// Where it is needed.
    pub division: String,
    /// The verdict there.
    pub verdict: Mark,
    /// Its reasons.
    pub reasons: Vec<ReasonWord>,
    /// Where the need is known from.
    pub evidence: String,
}

/// The excess of one principal.
#[derive(Serialize)]
pub struct ExcessOf {
    /// Whose.
    pub who: Who,
    /// Permissions that no known need uses.
    pub total: usize,
    /// Permissions that it holds.
    pub held: usize,
    /// Permissions that are shown.
    pub shown: usize,
    /// Those with the same way and the same evidence together.
    pub groups: Vec<ExcessGroup>,
    /// The roles they come from.
    pub roles: Vec<String>,
}

/// Permissions that came the same way and are known to be unused in the same way.
#[derive(Serialize)]
pub struct ExcessGroup {
    /// The roles.
    pub roles: Vec<String>,
    /// The divisions.
    pub divisions: Vec<String>,
    /// How it is known.
    pub evidence: String,
    /// The permissions.
    pub permissions: Vec<String>,
}

/// Excess of every principal, the most first, and those of whom nothing can be said.
#[derive(Serialize)]
pub struct ExcessList {
    /// By principal.
    pub rows: Capped<ExcessOf>,
    /// Permissions in all.
    pub permissions: usize,
    /// Principals whose needs are not known.
    pub silent: Capped<Who>,
}

/// The sections of the principals.
pub fn of(night: &Night<'_>, sections: &Sections) -> Vec<PrincipalSection> {
    sections
        .principals
        .iter()
        .filter_map(|(at, number)| {
            let org = night.orgs.get(*at)?;
            let principal = org.map.principals().get(*number)?;
            Some(section(org, sections, *number, principal))
        })
        .collect()
}

fn section(org: &OrgEvidence<'_>, sections: &Sections, number: usize, principal: &Principal) -> PrincipalSection {
    let map = &org.map;
    let name = &map.snapshot.org.name;
    let calls = org.needed.calls.iter().filter(|call| call.principal == number);
    let gaps = org.gaps.iter().filter(|gap| gap.principal == number);
    let client = map.client(principal);
    let user = client.is_none().then(|| map.snapshot.users.get(principal.at)).flatten();
    let state = client.map(|one| one.state.as_str()).or(user.map(|one| one.state.as_str())).unwrap_or("not known");
    PrincipalSection {
        who: sections.who(map, principal),
        anchor: words::principal_anchor(name, &principal.id),
        facts: facts(org, principal),
        state: state.to_owned(),
        active: principal.standing == rolecall_access::cross::principal::Standing::Active,
        scopes: client.and_then(|one| one.scopes.as_ref()).map(|all| all.iter().map(ToString::to_string).collect()),
        grant_meaning: principal.grant_type.as_ref().map_or("", words::grant_type),
        verdicts: verdicts(org, principal),
        operations: words::number(map.matrix.operations().len()),
        grants: Capped::of(map.grants_of(principal), ROWS_SHOWN, |grant| GrantRow {
            role: role_name(map, &grant),
            role_link: sections.role_link(name, grant.role_id.as_str()),
            division: division(org, &grant.reach),
            via: grant.via.as_ref().map_or_else(|| "direct".to_owned(), |id| group_name(org, id.as_str())),
            granted_at: grant.granted_at.map_or_else(String::new, words::time),
        }),
        gaps: Capped::of(gaps, ROWS_SHOWN, |gap| gaps::row(map, gap)),
        needs: Capped::of(calls, ROWS_SHOWN, |call| need(org, principal, call)),
        excess: excess_of(org, sections, number, principal),
    }
}

fn facts(org: &OrgEvidence<'_>, principal: &Principal) -> Vec<(&'static str, String)> {
    let map = &org.map;
    let mut facts = Vec::new();
    let mut tell = |label: &'static str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push((label, value));
        }
    };
    if let Some(client) = map.client(principal) {
        let by = |id: &Option<rolecall_base::id::UserId>| {
            let id = id.as_ref()?;
            let user = map.snapshot.users.iter().find(|user| user.id == *id);
            Some(user.map_or_else(|| id.to_string(), |user| user.name.clone()))
        };
        let when = |at: Option<jiff::Timestamp>, who: Option<String>| {
            at.map(|at| words::time(at) + &who.map_or_else(String::new, |who| format!(" by {who}")))
        };
        tell("Description", client.description.clone());
        tell("Created", when(client.created, by(&client.created_by)));
        tell("Modified", when(client.modified, by(&client.modified_by)));
        tell("Will be deleted", client.deletes_at.map(words::time));
        tell("Token validity", client.token_validity_seconds.map(|seconds| format!("{seconds} seconds")));
        tell("Allowed addresses", client.allowed_addresses.as_ref().map(addresses));
        tell("Redirects to", Some(client.redirect_uris.join(", ")));
        tell("Last call seen", last_call(org, &client.id));
    } else if let Some(user) = map.snapshot.users.get(principal.at) {
        tell("E-mail", user.email.clone());
        tell("Service user by rule", user.matched_by.clone());
        tell("Division", user.division.as_ref().map(|id| map.division_name(id).to_owned()));
        tell("Last login", user.last_login.map(words::time));
        tell("Last token", user.last_token.map(words::time));
        let groups = map.groups_of(principal);
        tell("Groups", Some(groups.iter().map(|id| group(org, id.as_str())).collect::<Vec<_>>().join(", ")));
    }
    facts
}

/// A list of allowed addresses in words.
fn addresses(list: &AllowedAddresses) -> String {
    match list.limit() {
        Limit::NoList => "no list: any address".to_owned(),
        Limit::NotKnown => format!("not known: {} could not be understood", list.not_understood.join(", ")),
        Limit::TooWide(_) => format!("{}, which is no limit", list.texts().join(", ")),
        Limit::Limited => list.texts().join(", "),
    }
}

fn last_call(org: &OrgEvidence<'_>, client: &ClientId) -> Option<String> {
    let usage = org.map.snapshot.usage.as_ref()?;
    Some(match Used::of(&org.map).last(client) {
        Some(day) => day.to_string(),
        None if usage.complete => format!("none from {} to {}", usage.from, usage.to),
        None => "not known: the usage data was not read completely".to_owned(),
    })
}

fn verdicts(org: &OrgEvidence<'_>, principal: &Principal) -> Vec<VerdictCount> {
    let total = org.map.matrix.operations().len();
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for operation in 0..total {
        *counts.entry(org.map.answer(principal, operation).verdict).or_default() += 1;
    }
    let mut before = 0;
    Verdict::ALL
        .into_iter()
        .map(|verdict| {
            let n = counts.get(&verdict).copied().unwrap_or(0);
            let x = before * 1000 / total.max(1);
            before += n;
            VerdictCount {
                verdict: words::verdict(verdict),
                count: words::number(n),
                x,
                width: (before * 1000 / total.max(1)).saturating_sub(x),
            }
        })
        .collect()
}

fn need(org: &OrgEvidence<'_>, principal: &Principal, call: &NeededCall<'_>) -> NeedRow {
    let answer = answer_needed(&org.map, principal, call);
    NeedRow {
        need: call.known.as_str(),
        method: call.endpoint.method.as_str(),
        path: call.endpoint.path.to_string(),
        division: match &call.division {
            NeededIn::Any => String::new(),
            NeededIn::Division(id) => org.map.division_name(id).to_owned(),
            NeededIn::NotListed(name) => format!("{name} (not listed in the org)"),
        },
        verdict: words::verdict(answer.verdict),
        reasons: gaps::reasons(answer.reasons),
        evidence: gaps::evidence_of(call.known),
    }
}

/// How permissions came and how they are known to be unused: roles, divisions, evidence.
type Way<'a> = (&'a [String], &'a [String], &'a str);

fn excess_of(org: &OrgEvidence<'_>, sections: &Sections, number: usize, principal: &Principal) -> Option<ExcessOf> {
    let mut groups: BTreeMap<Way<'_>, Vec<String>> = BTreeMap::new();
    let mut total = 0;
    let mut roles = std::collections::BTreeSet::new();
    for row in org.excess.iter().filter(|row| row.principal == number) {
        if total < EXCESS_SHOWN {
            groups.entry((&row.via_roles, &row.divisions, &row.evidence)).or_default().push(row.permission.to_string());
        }
        roles.extend(row.via_roles.iter().cloned());
        total += 1;
    }
    (total > 0).then(|| ExcessOf {
        who: sections.who(&org.map, principal),
        total,
        held: org.map.holdings_of(principal).map_or(0, |held| held.at_all.count_ones(..)),
        shown: total.min(EXCESS_SHOWN),
        groups: groups
            .into_iter()
            .map(|((roles, divisions, evidence), permissions)| ExcessGroup {
                roles: roles.to_vec(),
                divisions: divisions.iter().map(|name| all_divisions(name)).collect(),
                evidence: evidence.to_owned(),
                permissions,
            })
            .collect(),
        roles: roles.into_iter().collect(),
    })
}

/// The excess of a night, the most first.
pub fn excess(night: &Night<'_>, sections: &Sections) -> ExcessList {
    let mut all = Vec::new();
    let mut silent = Vec::new();
    for org in &night.orgs {
        let mut numbers: Vec<usize> = org.excess.iter().map(|row| row.principal).collect();
        numbers.dedup();
        for number in numbers {
            if let Some(principal) = org.map.principals().get(number) {
                all.extend(excess_of(org, sections, number, principal));
            }
        }
        let not_judged = org.not_judged.iter().filter_map(|(number, _)| org.map.principals().get(*number));
        silent.extend(not_judged.map(|principal| sections.who(&org.map, principal)));
    }
    all.sort_by(|a, b| {
        b.total
            .cmp(&a.total)
            .then_with(|| (&a.who.org, &a.who.name, &a.who.id).cmp(&(&b.who.org, &b.who.name, &b.who.id)))
    });
    ExcessList {
        permissions: all.iter().map(|one| one.total).sum(),
        rows: Capped::of(all, PRINCIPALS_SHOWN, |one| one),
        silent: Capped::of(silent, SILENT_SHOWN, |who| who),
    }
}

/// A grant's reach, for people.
pub fn division(org: &OrgEvidence<'_>, reach: &Reach) -> String {
    match reach {
        Reach::All => all_divisions("*"),
        Reach::In(id) => org.map.division_name(id).to_owned(),
    }
}

fn all_divisions(name: &str) -> String {
    if name == "*" { "all divisions".to_owned() } else { name.to_owned() }
}

fn group_name(org: &OrgEvidence<'_>, id: &str) -> String {
    format!("group {}", group(org, id))
}

fn group(org: &OrgEvidence<'_>, id: &str) -> String {
    let found = org.map.snapshot.groups.iter().find(|group| group.id.as_str() == id);
    found.map_or_else(|| id.to_owned(), |group| group.name.clone())
}
