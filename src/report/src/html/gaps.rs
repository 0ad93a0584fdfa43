//! What broke: needed calls that are not allowed, and contradictions between verdict and observation.

use serde::Serialize;

use super::night::Night;
use super::sections::{Sections, Who};
use super::words::{self, Mark};
use rolecall_access::cross::contradiction::{Contradiction, Disagreement};
use rolecall_access::cross::gap::Gap;
use rolecall_access::cross::needed::{Known, NeededIn};
use rolecall_access::cross::{AccessMap, Principal, Reasons, Verdict};
use rolecall_matrix::Match;
use rolecall_matrix::needs::Need;

/// Gaps that are shown of one kind of need.
const GAPS_SHOWN: usize = 30;
/// Contradictions that are shown.
const CONTRADICTIONS_SHOWN: usize = 60;

/// A reason with its meaning.
#[derive(Serialize, Clone, Copy)]
pub struct ReasonWord {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// A gap.
#[derive(Serialize)]
pub struct GapRow {
    /// `declared` or `observed`.
    pub need: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// Where it is needed; empty: anywhere.
    pub division: String,
    /// What will happen.
    pub verdict: Mark,
    /// Why.
    pub reasons: Vec<ReasonWord>,
    /// `one of` or `all of`; empty for a single one.
    pub how_many: &'static str,
    /// Permissions that are held nowhere.
    pub permissions: Vec<String>,
    /// Scopes of which it has none.
    pub scopes: Vec<String>,
    /// Divisions in which it is not allowed.
    pub divisions: Vec<String>,
    /// What to do.
    pub fix: String,
    /// Where the need is known from.
    pub evidence: String,
}

/// The gaps of one principal.
#[derive(Serialize)]
pub struct GapGroup {
    /// Whose.
    pub who: Who,
    /// Its gaps.
    pub rows: Vec<GapRow>,
}

/// The gaps of one kind of need, by principal.
#[derive(Serialize)]
pub struct GapList {
    /// By principal, in the order of org, kind and name.
    pub groups: Vec<GapGroup>,
    /// Gaps that are shown.
    pub shown: usize,
    /// Gaps in all.
    pub total: usize,
    /// Principals with such a gap.
    pub principals: usize,
    /// How many there are of each verdict that occurs.
    pub verdicts: Vec<(Mark, usize)>,
}

/// Declared gaps and observed ones.
#[derive(Serialize)]
pub struct Gaps {
    /// Needs that somebody declared.
    pub declared: GapList,
    /// Calls that were seen and are not, or will not be, let through.
    pub observed: GapList,
    /// Declared needs in all.
    pub needs: usize,
    /// Declared needs that name nobody.
    pub unplaced: Vec<UnplacedRow>,
}

/// A declared need that names nobody.
#[derive(Serialize)]
pub struct UnplacedRow {
    /// The org.
    pub org: String,
    /// The name as it was declared.
    pub principal: String,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// Where it was declared.
    pub place: String,
    /// Names that are near.
    pub nearest: Vec<String>,
}

/// A contradiction.
#[derive(Serialize)]
pub struct ContradictionRow {
    /// Whose call.
    pub who: Who,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// The verdict.
    pub verdict: Mark,
    /// Its reasons.
    pub reasons: Vec<ReasonWord>,
    /// What was observed.
    pub observed: String,
    /// What that means.
    pub meaning: &'static str,
}

/// The gaps of a night.
pub fn of(night: &Night<'_>, sections: &Sections) -> Gaps {
    Gaps {
        declared: list(night, sections, "declared"),
        observed: list(night, sections, "observed"),
        needs: night.needs,
        unplaced: unplaced(night),
    }
}

fn list(night: &Night<'_>, sections: &Sections, need: &str) -> GapList {
    let mut found = GapList { groups: Vec::new(), shown: 0, total: 0, principals: 0, verdicts: Vec::new() };
    for verdict in [Verdict::Denied, Verdict::Partial, Verdict::Conditional, Verdict::DependsOnUser, Verdict::Unknown] {
        let all = night.orgs.iter().copied().flat_map(|org| &org.gaps);
        let n = all.filter(|gap| gap.known.as_str() == need && gap.answer.verdict == verdict).count();
        if n > 0 {
            found.verdicts.push((words::verdict(verdict), n));
        }
    }
    for org in &night.orgs {
        let mut gaps: Vec<&Gap<'_>> = org.gaps.iter().filter(|gap| gap.known.as_str() == need).collect();
        let key = |gap: &Gap<'_>| org.map.principals().get(gap.principal).map(|one| (one.kind, &one.name, &one.id));
        gaps.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.endpoint.cmp(&b.endpoint)));
        found.total += gaps.len();
        for of_one in gaps.chunk_by(|a, b| a.principal == b.principal) {
            let Some(principal) = of_one.first().and_then(|gap| org.map.principals().get(gap.principal)) else {
                continue;
            };
            found.principals += 1;
            let rows: Vec<GapRow> =
                of_one.iter().take(GAPS_SHOWN.saturating_sub(found.shown)).map(|gap| row(&org.map, gap)).collect();
            if !rows.is_empty() {
                found.shown += rows.len();
                found.groups.push(GapGroup { who: sections.who(&org.map, principal), rows });
            }
        }
    }
    found
}

/// A gap as a row.
pub fn row(map: &AccessMap<'_>, gap: &Gap<'_>) -> GapRow {
    let matching = gap
        .operation
        .and_then(|at| map.matrix.operations().get(at))
        .map(|operation| operation.requirement.permissions_match);
    GapRow {
        need: gap.known.as_str(),
        method: gap.endpoint.method.as_str(),
        path: gap.endpoint.path.to_string(),
        division: match &gap.division {
            NeededIn::Any => String::new(),
            NeededIn::Division(id) => map.division_name(id).to_owned(),
            NeededIn::NotListed(name) => format!("{name} (not listed in the org)"),
        },
        verdict: words::verdict(gap.answer.verdict),
        reasons: reasons(gap.answer.reasons),
        how_many: match (gap.missing_permissions.len(), matching) {
            (0 | 1, _) => "",
            (_, Some(Match::Any)) => "one of",
            (_, _) => "all of",
        },
        permissions: gap.missing_permissions.iter().map(ToString::to_string).collect(),
        scopes: gap.missing_scopes.iter().map(ToString::to_string).collect(),
        divisions: gap.missing_divisions.iter().map(|id| map.division_name(id).to_owned()).collect(),
        fix: gap.fix.to_string(),
        evidence: match gap.succeeded {
            Some(row) => format!("{}; {}", evidence_of(gap.known), evidence_of(Known::Observed(row))),
            None => evidence_of(gap.known),
        },
    }
}

/// Where a need is known from.
pub fn evidence_of(known: Known<'_>) -> String {
    match known {
        Known::Declared(need) if need.note.is_empty() => place(need),
        Known::Declared(need) => format!("{}, {}", place(need), need.note),
        Known::Observed(row) => format!(
            "{} from {} to {}: {} let through, {} refused",
            counted(row.requests, "call", "calls"),
            row.first,
            row.last,
            row.status_2xx,
            row.refusals()
        ),
    }
}

/// File and line of a declared need; the folder is left out, so that the page is the same wherever it is made.
fn place(need: &Need) -> String {
    let file = need.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    format!("{file}:{}", need.line)
}

fn counted(n: u64, one: &str, many: &str) -> String {
    words::count(usize::try_from(n).unwrap_or(usize::MAX), one, many)
}

/// Reasons with their meanings.
pub fn reasons(reasons: Reasons) -> Vec<ReasonWord> {
    reasons.iter().map(|reason| ReasonWord { word: reason.as_str(), meaning: reason.meaning() }).collect()
}

fn unplaced(night: &Night<'_>) -> Vec<UnplacedRow> {
    let mut rows = Vec::new();
    for org in &night.orgs {
        for unplaced in &org.needed.unplaced {
            rows.push(UnplacedRow {
                org: org.map.snapshot.org.name.clone(),
                principal: unplaced.need.principal.clone(),
                method: unplaced.need.endpoint.method.as_str(),
                path: unplaced.need.endpoint.path.to_string(),
                place: place(unplaced.need),
                nearest: unplaced.nearest.clone(),
            });
        }
    }
    rows
}

/// The contradictions of a night.
pub fn contradictions(night: &Night<'_>, sections: &Sections) -> words::Capped<ContradictionRow> {
    let all = night.orgs.iter().copied().flat_map(|org| {
        org.contradictions.iter().filter_map(move |found| {
            org.map.principals().get(found.principal).map(|principal| (&org.map, principal, found))
        })
    });
    words::Capped::of(all, CONTRADICTIONS_SHOWN, |(map, principal, found)| {
        contradiction(sections, map, principal, found)
    })
}

fn contradiction(
    sections: &Sections,
    map: &AccessMap<'_>,
    principal: &Principal,
    found: &Contradiction<'_>,
) -> ContradictionRow {
    let row = found.row;
    ContradictionRow {
        who: sections.who(map, principal),
        method: found.endpoint.method.as_str(),
        path: found.endpoint.path.to_string(),
        verdict: words::verdict(found.answer.verdict),
        reasons: reasons(found.answer.reasons),
        observed: format!(
            "{} from {} to {}: {} let through, {} refused",
            counted(row.requests, "call", "calls"),
            row.first,
            row.last,
            row.status_2xx,
            row.refusals()
        ),
        meaning: match found.disagreement {
            Disagreement::SucceedsThoughDenied => {
                "Calls succeed although the verdict is denied: the matrix asks for more than the platform does, a \
                 grant was removed or the principal switched off since, or our data is wrong."
            }
            Disagreement::RefusedThoughAllowed => {
                "Nothing but 4xx although the verdict is allowed: the matrix asks for too little, the calls fail for \
                 another reason (404, 409, bad token), or our data is wrong."
            }
        },
    }
}
