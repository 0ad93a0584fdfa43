//! Gaps grouped by cause: what one change would close is told once, whatever the number of calls.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::check::{Basis, Found, names, nothing_is_missing, org_name, subject};
use super::evidence::{Evidence, OrgEvidence};
use super::severity::Severity;
use crate::cross::gap::Gap;
use crate::cross::needed::{Known, NeededIn};
use crate::cross::{Answer, Principal, Reason, Verdict};
use crate::matrix::{Endpoint, Match};
use crate::model::coverage::{Coverage, Listing};

/// Gaps of one principal that have one cause.
type Causes<'g, 'a> = BTreeMap<(usize, BTreeSet<String>), Vec<&'g Gap<'a>>>;

/// Whether the same call of the same principal is declared as needed: an observed one is then told with it.
#[derive(Clone, Copy, Debug)]
pub struct IsDeclared(pub bool);

/// Tells the gaps that `wanted` picks, one finding a principal and cause. Endpoints that the matrix does not have are
/// not among them: they are a cause of their own.
pub fn tell(
    evidence: &Evidence<'_>,
    wanted: impl Fn(&Gap<'_>, IsDeclared) -> bool,
    severity: impl Fn(Answer) -> Severity,
    known: impl Fn(&Coverage) -> bool,
    found: &mut Vec<Found>,
) {
    for org in &evidence.orgs {
        let mut causes: Causes<'_, '_> = BTreeMap::new();
        let mut declared: HashSet<(usize, &Endpoint)> = HashSet::new();
        let mut observed: HashMap<(usize, &Endpoint), Vec<&Gap<'_>>> = HashMap::new();
        for gap in &org.gaps {
            let call = (gap.principal, &gap.endpoint);
            match gap.known {
                Known::Declared(_) => drop(declared.insert(call)),
                Known::Observed(_) => observed.entry(call).or_default().push(gap),
            }
        }
        for gap in &org.gaps {
            let is_declared = IsDeclared(declared.contains(&(gap.principal, &gap.endpoint)));
            if wanted(gap, is_declared) && !gap.answer.reasons.has(Reason::EndpointNotInMatrix) {
                causes.entry((gap.principal, cause(org, gap))).or_default().push(gap);
            }
        }
        for ((principal, cause), mut gaps) in causes {
            let Some(principal) = org.map.principals().get(principal) else { continue };
            gaps.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
            if let Some(mut one) = told(org, principal, cause, &gaps, &severity) {
                // What the usage data shows of declared calls are facts of the same finding.
                let too = gaps.iter().filter_map(|gap| observed.get(&(gap.principal, &gap.endpoint))).flatten();
                one.facts.extend(too.map(|gap| fact(org, gap)));
                one.basis.settled &= known(&org.map.snapshot.coverage);
                found.push(one);
            }
        }
    }
}

fn cause(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> BTreeSet<String> {
    let mut cause = BTreeSet::from([format!("verdict {}", gap.answer.verdict)]);
    // Whether the org could grant it at all is told by another list than the gap is.
    let reasons = gap.answer.reasons.iter().filter(|reason| *reason != Reason::PermissionNotInOrg);
    cause.extend(reasons.map(|reason| format!("reason {reason}", reason = reason.as_str())));
    let one_is_enough = matching(org, gap) == Some(Match::Any) && gap.missing_permissions.len() > 1;
    let how = if one_is_enough { "one of" } else { "all of" };
    cause.extend(gap.missing_permissions.iter().map(|name| format!("{how} permission {name}")));
    cause.extend(gap.missing_scopes.iter().map(|name| format!("scope {name}")));
    match &gap.division {
        // Needed anywhere: which divisions are left over says more of the org than of the gap.
        NeededIn::Any => {}
        NeededIn::Division(_) | NeededIn::NotListed(_) => {
            cause.extend(gap.missing_divisions.iter().map(|id| format!("division {id}")));
        }
    }
    cause
}

/// Whether a gap is this one whatever stands in what was not read.
fn is_settled(org: &OrgEvidence<'_>, principal: &Principal, gap: &Gap<'_>) -> bool {
    if gap.answer.reasons.has(Reason::DataIncomplete) {
        return false;
    }
    // Denied for certain, but perhaps for less than it seems.
    let not_held = gap.operation.map(|at| org.map.not_held(principal, at)).unwrap_or_default();
    let all_certain = gap.missing_permissions.is_empty() || not_held.len() == gap.missing_permissions.len();
    let placed = match &gap.division {
        NeededIn::Any | NeededIn::Division(_) => true,
        NeededIn::NotListed(_) => nothing_is_missing(&org.map.snapshot.coverage, Listing::Divisions),
    };
    all_certain && placed
}

fn matching(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> Option<Match> {
    let operation = gap.operation.and_then(|at| org.map.matrix.operations().get(at));
    operation.map(|operation| operation.requirement.permissions_match)
}

fn told(
    org: &OrgEvidence<'_>,
    principal: &Principal,
    cause: BTreeSet<String>,
    gaps: &[&Gap<'_>],
    severity: impl Fn(Answer) -> Severity,
) -> Option<Found> {
    let first = gaps.first()?;
    let endpoints: BTreeSet<String> = gaps.iter().map(|gap| gap.endpoint.to_string()).collect();
    let more = endpoints.len() - 1;
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    let who = name_of(principal);
    let call = format!("{}{more}", first.endpoint);
    let title = match first.answer.verdict {
        Verdict::Denied => format!("{who} cannot call {call}: {}", what_is_missing(org, first)),
        Verdict::Partial => format!("{who} can call {call} in some divisions only: {}", what_is_missing(org, first)),
        Verdict::Conditional => format!("{who} can call {call} only where {}", decider(first.answer)),
        Verdict::DependsOnUser => format!("whether {who} can call {call} depends on the user behind its token"),
        Verdict::Unknown => format!("it is not known whether {who} can call {call}: {}", what_is_missing(org, first)),
        Verdict::Allowed => format!("{who} can call {call}"),
    };
    let grant_type =
        principal.grant_type.as_ref().map(|kind| format!(" (grant {})", kind.as_str())).unwrap_or_default();
    let meanings: Vec<&str> = first.answer.reasons.iter().map(Reason::meaning).collect();
    let detail = format!(
        "Verdict `{}` for {} of the {}{grant_type}: {}.",
        first.answer.verdict,
        super::check::count(endpoints.len(), "needed call", "needed calls"),
        principal.kind,
        if meanings.is_empty() { held_in(org, principal, first) } else { meanings.join("; ") }
    );
    let fixes: BTreeSet<String> = gaps.iter().map(|gap| gap.fix.to_string()).collect();
    Some(Found {
        severity: severity(first.answer),
        org: org_name(org),
        subject: subject(principal),
        cause,
        title,
        detail,
        fix: fixes.into_iter().collect::<Vec<_>>().join("; for others: "),
        facts: gaps.iter().map(|gap| fact(org, gap)).collect(),
        basis: Basis::settled_if(gaps.iter().all(|gap| is_settled(org, principal, gap))),
    })
}

/// The principal's name; its id where it has none.
pub fn name_of(principal: &Principal) -> &str {
    if principal.name.is_empty() { &principal.id } else { &principal.name }
}

fn what_is_missing(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> String {
    let has = |reason: Reason| gap.answer.reasons.has(reason);
    let plain = |items: Vec<&str>| {
        let more = items.len().saturating_sub(3);
        let shown = items.into_iter().take(3).collect::<Vec<_>>().join(", ");
        if more == 0 { shown } else { format!("{shown} and {more} more") }
    };
    let permissions = plain(gap.missing_permissions.iter().map(|name| name.as_str()).collect());
    let one_of = matching(org, gap) == Some(Match::Any) && gap.missing_permissions.len() > 1;
    if has(Reason::PermissionNotInOrg) {
        format!("no role of this org can grant {permissions}")
    } else if has(Reason::MissingPermission) {
        format!("missing {}{permissions}", if one_of { "one of " } else { "" })
    } else if has(Reason::MissingScope) {
        let scopes = plain(gap.missing_scopes.iter().map(|name| name.as_str()).collect());
        let enforced = if has(Reason::ScopeEnforcementNotKnown) { ", if this org enforces scopes" } else { "" };
        format!(
            "missing {} {scopes}{enforced}",
            if gap.missing_scopes.len() > 1 { "one of the scopes" } else { "scope" }
        )
    } else if gap.answer.verdict == Verdict::Partial || has(Reason::MissingDivision) {
        let divisions = gap.missing_divisions.iter().map(|id| org.map.division_name(id));
        format!("not in {}", names(divisions, 3))
    } else {
        let meanings: Vec<&str> = gap.answer.reasons.iter().map(Reason::meaning).collect();
        meanings.join("; ")
    }
}

fn decider(answer: Answer) -> &'static str {
    match (answer.reasons.has(Reason::ConditionsApply), answer.reasons.has(Reason::AccessPolicyMayDeny)) {
        (true, true) => "a role's condition lets it and no access policy denies it",
        (true, false) => "the condition of a role's policy lets it",
        (false, _) => "no access policy denies it",
    }
}

fn held_in(org: &OrgEvidence<'_>, principal: &Principal, gap: &Gap<'_>) -> String {
    let reached = gap.operation.map(|at| org.map.reached(principal, at)).unwrap_or_default();
    if reached.is_empty() {
        return "the client's side is fine, the user behind the token decides".to_owned();
    }
    let divisions = names(reached.into_iter().map(|id| org.map.division_name(id)), 5);
    format!("allowed in {divisions}; elsewhere it is refused, or returns less without an error")
}

fn fact(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> String {
    let place = match &gap.division {
        NeededIn::Any => String::new(),
        NeededIn::Division(id) => format!(" in division `{}`", org.map.division_name(id)),
        NeededIn::NotListed(name) => format!(" in division `{name}`, which the org does not list"),
    };
    let known = match gap.known {
        Known::Declared(need) if need.note.is_empty() => format!("declared in {}:{}", need.file_name(), need.line),
        Known::Declared(need) => format!("declared in {}:{} ({})", need.file_name(), need.line, need.note),
        Known::Observed(row) => format!(
            "observed from {} to {}: {} calls, {} answered 2xx, {} refused (4xx without 429)",
            row.first,
            row.last,
            row.requests,
            row.status_2xx,
            row.refusals()
        ),
    };
    format!("{}{place}: {known}", gap.endpoint)
}
