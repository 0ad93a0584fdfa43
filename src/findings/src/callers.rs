//! Who needs an operation whose requirement changed, put into words: one line a principal, whatever the number of needs.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{count, name_of, names};
use super::evidence::{Evidence, OrgEvidence, RadarEvidence};
use rolecall_access::cross::needed::{Known, NeededIn};
use rolecall_access::radar::{Caller, Impact, Moved};
use rolecall_matrix::{Match, Requirement};

/// A finding's fix names no more than this: it is one cell of a table.
const MOST_FIXES: usize = 5;

/// One principal that needs an operation, with the worst of what becomes of its calls.
pub struct Affected<'r, 'a> {
    /// Its kind and id, which stay when its name does not.
    pub id: String,
    /// Its name; its id where it has none.
    pub name: String,
    /// The worst impact among its calls.
    pub impact: Impact,
    /// The call of that impact.
    pub worst: &'r Caller<'a>,
}

/// The org that a radar is of.
pub fn org_of<'e, 'a>(evidence: &'e Evidence<'a>, of: &RadarEvidence<'a>) -> Option<&'e OrgEvidence<'a>> {
    evidence.orgs.iter().find(|org| org.map.snapshot.org.name == of.org)
}

/// The principals that need an operation, each once, in the order of the access map.
pub fn affected<'r, 'a>(org: &OrgEvidence<'_>, moved: &'r Moved<'a>) -> Vec<Affected<'r, 'a>> {
    let mut worst: BTreeMap<usize, &Caller<'a>> = BTreeMap::new();
    for caller in &moved.callers {
        let known = worst.entry(caller.principal).or_insert(caller);
        // Fates stand in order, the worst first.
        if caller.impact < known.impact {
            *known = caller;
        }
    }
    let reported = worst.into_iter().filter_map(|(at, worst)| {
        let principal = org.map.principals().get(at)?;
        let id = format!("{} {}", principal.kind, principal.id);
        Some(Affected { id, name: name_of(principal).to_owned(), impact: worst.impact, worst })
    });
    reported.collect()
}

/// One line for each needed call of an operation.
pub fn facts<'r>(org: &'r OrgEvidence<'_>, moved: &'r Moved<'_>) -> impl Iterator<Item = String> + 'r {
    moved.callers.iter().filter_map(move |caller| {
        let principal = org.map.principals().get(caller.principal)?;
        let place = match &caller.division {
            NeededIn::Any => String::new(),
            NeededIn::Division(id) => format!(" in division `{}`", org.map.division_name(id)),
            NeededIn::NotListed(name) => format!(" in division `{name}`, which the org does not list"),
        };
        let reasons = caller.after.reasons.to_string();
        let reasons = if reasons.is_empty() { reasons } else { format!(" ({reasons})") };
        let fix = match &caller.gap {
            Some(gap) if !matches!(caller.impact, Impact::Same | Impact::Better) => format!("; {}", gap.fix),
            _ => String::new(),
        };
        Some(format!(
            "{}: `{}` ({}){place}: {} before, {} now{reasons}; {}{fix}",
            moved.endpoint,
            name_of(principal),
            principal.kind,
            caller.before.verdict,
            caller.after.verdict,
            known(caller.known)
        ))
    })
}

fn known(known: Known<'_>) -> String {
    match known {
        Known::Declared(need) => format!("declared in {}:{}", need.file_name(), need.line),
        Known::Observed(row) => format!(
            "observed from {} to {}: {} calls, {} answered 2xx",
            row.first, row.last, row.requests, row.status_2xx
        ),
    }
}

/// What the principals of one impact lack, where all of them lack the same; in words that follow `lacks`.
pub fn lacks(affected: &[&Affected<'_, '_>]) -> Option<String> {
    let said: BTreeSet<String> = affected.iter().map(|one| missing(one.worst).unwrap_or_default()).collect();
    said.into_iter().next().filter(|text| !text.is_empty() && affected.windows(2).all(same))
}

fn same(pair: &[&Affected<'_, '_>]) -> bool {
    match pair {
        [one, other] => missing(one.worst) == missing(other.worst),
        _ => true,
    }
}

fn missing(caller: &Caller<'_>) -> Option<String> {
    let gap = caller.gap.as_ref()?;
    if !gap.missing_permissions.is_empty() {
        return Some(names(gap.missing_permissions.iter().map(|name| name.as_str()), 3));
    }
    (!gap.missing_scopes.is_empty()).then(|| names(gap.missing_scopes.iter().map(|name| name.as_str()), 3))
}

/// The smallest fixes, each with the principals it is for; of many the first ones and how many more. The facts hold all.
pub fn fixes<'r, 'a: 'r>(affected: impl IntoIterator<Item = &'r Affected<'r, 'a>>) -> String {
    let mut fixes: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for one in affected {
        if let Some(gap) = &one.worst.gap {
            fixes.entry(gap.fix.to_string()).or_default().insert(&one.name);
        }
    }
    let mut reported: Vec<String> =
        fixes.into_iter().map(|(fix, who)| format!("for {}: {fix}", names(who, 3))).collect();
    reported.sort();
    let more = reported.len().saturating_sub(MOST_FIXES);
    reported.truncate(MOST_FIXES);
    if more > 0 {
        reported.push(format!("and {more} more, see the facts"));
    }
    reported.join("; ")
}

/// What a requirement asks for, in words that follow `needs`.
pub fn permissions(requirement: &Requirement) -> String {
    let list = names(requirement.permissions.iter().map(|name| name.as_str()), 5);
    match (requirement.permissions_match, requirement.permissions.len()) {
        (Match::None, _) => "no permission".to_owned(),
        (Match::Unknown, _) => "what is not published".to_owned(),
        (_, 1) => list,
        (Match::Any, _) => format!("one of {list}"),
        (Match::All, _) => format!("all of {list}"),
    }
}

/// `1 principal needs or uses`, `2 principals need or use`.
pub fn count_of(principals: usize) -> String {
    count(principals, "principal needs or uses", "principals need or use")
}

/// What there is to say where this run's matrix is from elsewhere; empty where it is not.
pub fn source_note(of: &RadarEvidence<'_>, now: &str) -> String {
    if of.new_source {
        format!(
            " The matrix is now from {now}, in the previous run from {}: a difference may be one of the two documents \
             and not a change of the platform.",
            of.before.origin
        )
    } else {
        String::new()
    }
}
