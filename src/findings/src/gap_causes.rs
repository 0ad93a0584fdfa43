//! Gaps grouped by cause: what one change would close is reported once, whatever the number of calls.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::check::{Found, label, names, nothing_is_missing, org_name, subject};
use super::evidence::{Evidence, OrgEvidence};
use super::finding::Basis;
use super::severity::Severity;
use rolecall_access::cross::gap::Gap;
use rolecall_access::cross::needed::{Known, NeededIn};
use rolecall_access::cross::{Answer, Principal, Reason, Verdict};
use rolecall_base::coverage::{Coverage, Listing};
use rolecall_base::oauth_client::GrantType;
use rolecall_base::usage::UsageRow;
use rolecall_matrix::{Endpoint, Match};

/// Gaps of one principal that have one cause.
type Causes<'g, 'a> = BTreeMap<(usize, BTreeSet<String>), Vec<&'g Gap<'a>>>;

/// The check that reports a gap: each is reported by one, since each is fixed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportingCheck {
    /// `gap.declared` or `gap.observed`: something is missing, or nobody can say.
    Gap,
    /// `gap.needs-user-context`: no permission helps, only a user behind the token.
    NeedsUserContext,
    /// `grant.headless-need`: no scope and no user helps, only another grant type.
    HeadlessNeed,
    /// `need.limited-by-division`: the call succeeds and returns less.
    LimitedByDivision,
    /// `need.conditional`: a condition or an access policy decides in the single call.
    Conditional,
}

impl ReportingCheck {
    fn of(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> Self {
        let has = |reason: Reason| gap.answer.reasons.has(reason);
        if has(Reason::NeedsUserContext) {
            return Self::NeedsUserContext;
        }
        let Known::Declared(need) = gap.known else { return Self::Gap };
        let waits_for_a_person = need.is_headless()
            && org.map.principals().get(gap.principal).is_some_and(|one| person_of(one).is_some())
            && (gap.answer.verdict == Verdict::DependsOnUser
                || has(Reason::MissingScope)
                || has(Reason::ScopeNotPublished));
        match gap.answer.verdict {
            _ if waits_for_a_person => Self::HeadlessNeed,
            Verdict::Partial => Self::LimitedByDivision,
            // Where nothing but an unread list could decide, no condition is known.
            Verdict::Conditional if has(Reason::DataIncomplete) && !decider_known(org, gap) => Self::Gap,
            Verdict::Conditional => Self::Conditional,
            Verdict::Allowed | Verdict::DependsOnUser | Verdict::Denied | Verdict::Unknown => Self::Gap,
        }
    }
}

/// Whether a condition or a policy is known that decides about a gap.
fn decider_known(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> bool {
    let policies = || {
        let principal = org.map.principals().get(gap.principal)?;
        Some(!org.map.policies(principal, gap.operation?).is_empty())
    };
    gap.answer.reasons.has(Reason::ConditionsApply) || policies() == Some(true)
}

/// How a client that acts for users comes by its token, in words that follow "needs"; `None` for every other principal,
/// and where the platform's word for the grant is not known.
pub fn person_of(principal: &Principal) -> Option<&'static str> {
    match principal.grant_type.as_ref()? {
        GrantType::Code | GrantType::Token => Some("a person who logs in"),
        GrantType::Saml2Bearer => Some("a person's sign-on at the identity provider"),
        GrantType::Password => Some("a person's password"),
        GrantType::ClientCredentials | GrantType::Other(_) | GrantType::NotStated => None,
    }
}

/// What else bears on which check reports a gap.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The check.
    pub by: ReportingCheck,
    /// Whether the same call of the same principal is declared as needed: an observed one is then reported with it.
    pub is_declared: bool,
}

/// What adds to a finding what only its check knows.
type Add<'t> = &'t dyn Fn(&OrgEvidence<'_>, &Principal, &[&Gap<'_>], &mut Found);

/// Which gaps a check reports, and how.
pub struct GapReport<'t> {
    /// Whether a gap is one of its own.
    pub wanted: &'t dyn Fn(&Gap<'_>, Route) -> bool,
    /// How bad a gap is; the worst of a cause is that of the finding.
    pub severity: &'t dyn Fn(&Gap<'_>) -> Severity,
    /// Whether the lists that it rests on besides those of the verdicts were read.
    pub known: &'t dyn Fn(&Coverage) -> bool,
    /// What it adds.
    pub add: Add<'t>,
}

/// Reports the gaps that a check wants, one finding a principal and cause. Endpoints that the matrix does not have are
/// not among them: they are a cause of their own.
pub fn report_gaps(evidence: &Evidence<'_>, report: &GapReport<'_>, found: &mut Vec<Found>) {
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
            let is_declared = declared.contains(&(gap.principal, &gap.endpoint));
            let route = Route { by: ReportingCheck::of(org, gap), is_declared };
            if !gap.answer.reasons.has(Reason::EndpointNotInMatrix) && (report.wanted)(gap, route) {
                causes.entry((gap.principal, cause(org, gap))).or_default().push(gap);
            }
        }
        for ((principal, cause), mut gaps) in causes {
            let Some(principal) = org.map.principals().get(principal) else { continue };
            gaps.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
            if let Some(mut one) = describe(org, principal, cause, &gaps, report.severity) {
                // What the usage data shows of declared calls are facts of the same finding.
                let too = gaps.iter().filter_map(|gap| observed.get(&(gap.principal, &gap.endpoint))).flatten();
                one.facts.extend(too.map(|gap| fact(org, gap)));
                one.basis.settled &= (report.known)(&org.map.snapshot.coverage);
                (report.add)(org, principal, &gaps, &mut one);
                found.push(one);
            }
        }
    }
}

fn cause(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> BTreeSet<String> {
    let mut cause = BTreeSet::from([format!("verdict {}", gap.answer.verdict)]);
    // Whether the org could grant it at all is reported by another list than the gap is.
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
    let all_certain = if gap.answer.reasons.has(Reason::MissingDivision) {
        // A permission that nobody was seen to hold could be missing as well, and would be the cause then.
        not_held.is_empty()
    } else {
        gap.missing_permissions.is_empty() || not_held.len() == gap.missing_permissions.len()
    };
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

fn describe(
    org: &OrgEvidence<'_>,
    principal: &Principal,
    cause: BTreeSet<String>,
    gaps: &[&Gap<'_>],
    severity: &dyn Fn(&Gap<'_>) -> Severity,
) -> Option<Found> {
    let first = gaps.first()?;
    let endpoints: BTreeSet<String> = gaps.iter().map(|gap| gap.endpoint.to_string()).collect();
    let more = endpoints.len() - 1;
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    let who = label(principal);
    let call = format!("{}{more}", first.endpoint);
    let title = match first.answer.verdict {
        Verdict::Denied => format!("{who} cannot call {call}: {}", what_is_missing(org, first)),
        Verdict::Partial => format!("{who} can call {call} in some divisions only: {}", what_is_missing(org, first)),
        Verdict::Conditional => format!("{who} can call {call} only where {}", decider(first.answer)),
        Verdict::DependsOnUser => format!("whether {who} can call {call} depends on the user behind its token"),
        Verdict::Unknown => format!("whether {who} can call {call} is unknown: {}", what_is_missing(org, first)),
        Verdict::Allowed => format!("{who} can call {call}"),
    };
    let grant_type =
        principal.grant_type.as_ref().map(|kind| format!(" (grant {})", kind.as_str())).unwrap_or_default();
    let mut meanings: Vec<String> = first.answer.reasons.iter().map(|reason| reason.meaning().to_owned()).collect();
    if meanings.is_empty() || first.answer.verdict == Verdict::Partial {
        meanings.insert(0, held_in(org, principal, first));
    }
    let detail = format!(
        "Verdict `{}` for {} of the {}{grant_type}: {}.",
        first.answer.verdict,
        super::check::count(endpoints.len(), "needed call", "needed calls"),
        principal.kind,
        meanings.join("; ")
    );
    let fixes: BTreeSet<String> = gaps.iter().map(|gap| gap.fix.to_string()).collect();
    Some(Found {
        severity: gaps.iter().map(|gap| severity(gap)).max()?,
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

/// One line for a gap: the call, where it is needed, and how that is known.
pub fn fact(org: &OrgEvidence<'_>, gap: &Gap<'_>) -> String {
    let place = match &gap.division {
        NeededIn::Any => String::new(),
        NeededIn::Division(id) => format!(" in division `{}`", org.map.division_name(id)),
        NeededIn::NotListed(name) => format!(" in division `{name}`, which the org does not list"),
    };
    let known = match gap.known {
        Known::Declared(need) if need.note.is_empty() => format!("declared in {}:{}", need.file_name(), need.line),
        Known::Declared(need) => format!("declared in {}:{} ({})", need.file_name(), need.line, need.note),
        Known::Observed(row) => observed(row),
    };
    // It does not prove what the call requires, but that this principal meets it.
    let too = gap.succeeded.map(|row| format!("; {}", observed(row))).unwrap_or_default();
    format!("{}{place}: {known}{too}", gap.endpoint)
}

fn observed(row: &UsageRow) -> String {
    format!(
        "observed from {} to {}: {} calls, {} answered 2xx, {} refused (4xx without 429)",
        row.first,
        row.last,
        row.requests,
        row.status_2xx,
        row.refusals()
    )
}
