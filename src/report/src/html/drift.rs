//! What differs between the orgs of each pair, side by side: what a promotion breaks first, with what would fix it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::words::{self, Capped, Mark};
use crate::compared::{Remedies, counts};
use rolecall_access::drift::broken::{BrokenCall, Certainty};
use rolecall_access::drift::change::{Change, DriftKind, Effect, Items};
use rolecall_access::drift::{AccessDifference, Between, Drift, PairedPrincipal};
use rolecall_findings::drift_causes::{self, need};
use rolecall_findings::drift_severity;
use rolecall_findings::drift_words::{self, author, clause, missed_first, principals, sides, victims};
use rolecall_findings::evidence::{Evidence, PairEvidence};
use rolecall_findings::severity::Severity;

/// Causes of a pair that are shown, of each certainty.
const CAUSES_SHOWN: usize = 15;
/// Causes that are shown unfolded.
const CAUSES_OPEN: usize = 3;
/// Victims of a cause that are shown.
const VICTIMS_SHOWN: usize = 12;
/// Calls of a victim that are shown.
const CALLS_SHOWN: usize = 8;
/// Differences of a pair that are shown, of each list.
const ROWS_SHOWN: usize = 25;
/// Groups of principals with the same difference of access that are shown.
const GROUPS_SHOWN: usize = 20;
/// Items of a list that are shown in a cell.
pub const ITEMS_SHOWN: usize = 6;

/// One pair.
#[derive(Serialize)]
pub struct PairSection {
    /// Its address.
    pub anchor: String,
    /// The left side.
    pub from: String,
    /// The right side.
    pub to: String,
    /// Whether it could be compared at all.
    pub compared: bool,
    /// What a promotion does, in a line.
    pub headline: String,
    /// `bad`, `caution` or `good`.
    pub tone: &'static str,
    /// Lists that were asked for and could not be compared, or only in part.
    pub gaps: Vec<String>,
    /// Lists that nobody asked for.
    pub not_asked: Vec<String>,
    /// How many things of a kind were matched.
    pub paired: Vec<PairedRow>,
    /// Effects with how many differences have each, gravest first, without those of none.
    pub effects: Vec<(&'static str, usize)>,
    /// Differences that an `ignore` glob left out.
    pub ignored: usize,
    /// Needed calls that fail.
    pub blocked: usize,
    /// What makes them fail.
    pub blockers: Capped<CauseCard>,
    /// Needed calls that may fail or cannot be determined.
    pub doubtful: usize,
    /// What makes them doubtful.
    pub doubts: Capped<CauseCard>,
    /// The differences that do something, gravest first.
    pub rows: Capped<Difference>,
    /// The differences that change nobody's rights.
    pub harmless: Capped<Difference>,
    /// Principals whose access differs, those with the same difference together.
    pub access: Capped<AccessGroup>,
    /// How many principals these are.
    pub access_principals: usize,
}

/// How many things of a kind were matched.
#[derive(Serialize)]
pub struct PairedRow {
    /// The kind.
    pub kind: &'static str,
    /// On the left.
    pub left: usize,
    /// On the right.
    pub right: usize,
    /// On both.
    pub both: usize,
}

/// Needed calls that have one cause.
#[derive(Serialize)]
pub struct CauseCard {
    /// Its address.
    pub anchor: String,
    /// Whether it is shown unfolded.
    pub open: bool,
    /// How bad it is.
    pub severity: Mark,
    /// The cause in a clause.
    pub title: String,
    /// How much it hits: `3 calls of 2 OAuth clients`.
    pub hits: String,
    /// Which field differs; empty where no difference explains the calls.
    pub field: String,
    /// How that stands on the left.
    pub left: Capped<String>,
    /// How that stands on the right.
    pub right: Capped<String>,
    /// Who made the difference, where that is known.
    pub author: String,
    /// Who is hit.
    pub victims: Capped<Victim>,
    /// Further causes of some of these calls.
    pub besides: Vec<String>,
    /// What to do, in a sentence.
    pub fix: String,
    /// The same for CX as Code; may be empty.
    pub cx_as_code: String,
    /// The same as an API call; may be empty.
    pub api: String,
}

/// A principal that is hit.
#[derive(Serialize)]
pub struct Victim {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its calls.
    pub calls: Capped<Call>,
}

/// A needed call.
#[derive(Serialize)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The division it is needed in; empty: any.
    pub division: String,
    /// How it stands on the left.
    pub left: String,
    /// How it stands on the right.
    pub right: String,
    /// What is missing on the right.
    pub missing: Capped<String>,
    /// How the need is known.
    pub needs: Vec<String>,
}

/// One difference.
#[derive(Serialize)]
pub struct Difference {
    /// How bad it is.
    pub severity: Mark,
    /// What it does.
    pub effect: &'static str,
    /// What kind of thing differs.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Which of its fields.
    pub field: String,
    /// How it stands on the left.
    pub left: Capped<String>,
    /// How it stands on the right.
    pub right: Capped<String>,
    /// Whether these are items that only one side has, and not two values of one field.
    pub listed: bool,
    /// Whom it touches, in words.
    pub touches: Vec<String>,
    /// Who made it, where that is known.
    pub author: String,
}

/// Principals with the same difference of access.
#[derive(Serialize)]
pub struct AccessGroup {
    /// How many, in words.
    pub who: String,
    /// Their names.
    pub names: Capped<String>,
    /// Calls that only the left lets through.
    pub lost: Capped<String>,
    /// Calls that only the right lets through.
    pub gained: Capped<String>,
    /// Calls of which nobody can say on one side.
    pub not_known: Capped<String>,
    /// Permissions that are held wider on the left.
    pub lost_permissions: Capped<String>,
    /// Permissions that are held wider on the right.
    pub gained_permissions: Capped<String>,
}

/// One section a pair, in the order of the configuration.
pub fn of(evidence: &Evidence<'_>) -> Vec<PairSection> {
    evidence.pairs.iter().map(|pair| section(evidence, pair)).collect()
}

fn section(evidence: &Evidence<'_>, pair: &PairEvidence) -> PairSection {
    let nothing = Drift::default();
    let drift = pair.drift.as_ref().unwrap_or(&nothing);
    let remedies = Remedies::of(evidence, pair, drift);
    let fails = |call: &BrokenCall| call.certainty == Certainty::Fails;
    let counts = counts(drift);
    let (headline, tone) = headline(pair);
    let lists = |is_gap: bool| {
        let listed = drift.not_compared.iter().filter(move |listing| listing.is_gap == is_gap);
        listed.map(|listing| format!("{} of {}: {}", listing.listing.as_str(), listing.side, listing.why)).collect()
    };
    let effects = Effect::GRAVEST_FIRST.map(Effect::as_str).into_iter().zip(counts.effects);
    let (access, access_principals) = access(drift);
    PairSection {
        anchor: words::pair_anchor(&pair.from, &pair.to),
        from: pair.from.clone(),
        to: pair.to.clone(),
        compared: pair.drift.is_some(),
        headline,
        tone,
        gaps: lists(true),
        not_asked: lists(false),
        paired: drift
            .paired
            .iter()
            .map(|paired| PairedRow {
                kind: paired.kind.in_words(),
                left: paired.left,
                right: paired.right,
                both: paired.both,
            })
            .collect(),
        effects: effects.filter(|(_, number)| *number > 0).collect(),
        ignored: drift.ignored,
        blocked: counts.blocked_calls,
        blockers: causes(drift, fails, Severity::High, &remedies, &words::pair_anchor(&pair.from, &pair.to)),
        doubtful: counts.may_fail + counts.not_known,
        doubts: causes(
            drift,
            |call| !fails(call),
            Severity::Medium,
            &remedies,
            &format!("{}_doubt", words::pair_anchor(&pair.from, &pair.to)),
        ),
        rows: differences(drift, |change| change.effect != Effect::None),
        harmless: differences(drift, |change| change.effect == Effect::None),
        access,
        access_principals,
    }
}

/// What a promotion does, in a line, and how that looks.
fn headline(pair: &PairEvidence) -> (String, &'static str) {
    let Some(drift) = &pair.drift else {
        return ("not known: one of the two could not be read, so nothing was compared".to_owned(), "caution");
    };
    let counts = counts(drift);
    let fails = drift.broken.iter().filter(|call| call.certainty == Certainty::Fails);
    let mut parts = vec![match counts.blocked_calls {
        0 => "no needed call is known to fail".to_owned(),
        number => format!("{} of {} will fail", words::count(number, "needed call", "needed calls"), victims(fails)),
    }];
    let doubtful = counts.may_fail + counts.not_known;
    if doubtful > 0 {
        parts.push(format!(
            "{} may fail or cannot be determined",
            words::count(doubtful, "needed call", "needed calls")
        ));
    }
    if counts.not_compared > 0 {
        parts.push(format!(
            "{} compared completely",
            words::count(counts.not_compared, "list was not", "lists were not")
        ));
    }
    let tone = match (counts.blocked_calls, parts.len()) {
        (0, 1) => "good",
        (0, _) => "caution",
        _ => "bad",
    };
    (parts.join("; "), tone)
}

fn causes(
    drift: &Drift,
    wanted: impl Fn(&BrokenCall) -> bool,
    severity: Severity,
    remedies: &Remedies<'_>,
    anchor: &str,
) -> Capped<CauseCard> {
    let mut number = 0;
    Capped::of(drift_causes::first(drift, wanted), CAUSES_SHOWN, |cause| {
        number += 1;
        let calls: Vec<&BrokenCall> = cause.calls.iter().filter_map(|at| drift.broken.get(*at)).collect();
        let change = cause.change.and_then(|at| drift.changes.get(at));
        let card = card(drift, change, &calls, severity, remedies, number <= CAUSES_OPEN);
        CauseCard { anchor: format!("{anchor}_cause_{number}"), ..card }
    })
}

fn card(
    drift: &Drift,
    change: Option<&Change>,
    calls: &[&BrokenCall],
    severity: Severity,
    remedies: &Remedies<'_>,
    open: bool,
) -> CauseCard {
    let besides: BTreeSet<usize> = calls.iter().flat_map(|call| call.causes.iter().skip(1)).copied().collect();
    let besides = besides.into_iter().filter_map(|at| drift.changes.get(at));
    let remedy = change.map(|change| remedies.remedy(change)).unwrap_or_default();
    let change = change.map(|change| missed_first(change, calls));
    let change = change.as_ref();
    let (left, right) = change.map(sides).unwrap_or_default();
    CauseCard {
        anchor: String::new(),
        open,
        severity: words::severity(severity),
        title: change.map_or_else(
            || "no difference that was seen explains these calls".to_owned(),
            |change| clause(change, Between::Orgs),
        ),
        hits: format!("{} of {}", words::count(calls.len(), "call", "calls"), victims(calls.iter().copied())),
        field: change.map(|change| change.field.replace('_', " ")).unwrap_or_default(),
        left: capped(left),
        right: capped(right),
        author: change.and_then(|change| author(&change.author)).unwrap_or_default(),
        victims: victims_of(calls),
        besides: besides.map(|change| clause(&missed_first(change, calls), Between::Orgs)).collect(),
        fix: remedy.what,
        cx_as_code: remedy.cx_as_code,
        api: remedy.api,
    }
}

fn victims_of(calls: &[&BrokenCall]) -> Capped<Victim> {
    let mut by_principal: BTreeMap<(DriftKind, &str, &str), Vec<&BrokenCall>> = BTreeMap::new();
    for call in calls {
        by_principal.entry((call.kind, &call.name, &call.from_id)).or_default().push(call);
    }
    Capped::of(by_principal, VICTIMS_SHOWN, |((kind, name, _), calls)| Victim {
        name: name.to_owned(),
        kind: kind.in_words(),
        calls: Capped::of(calls, CALLS_SHOWN, self::call),
    })
}

fn call(call: &BrokenCall) -> Call {
    let scopes = call.missing_scopes.iter().map(|scope| format!("scope {scope}"));
    Call {
        method: call.endpoint.method.to_string(),
        path: call.endpoint.path.to_string(),
        division: call.division.clone().unwrap_or_default(),
        left: call.describe_left(),
        right: call.describe_right(),
        missing: Capped::of(call.missing_permissions.iter().cloned().chain(scopes), ITEMS_SHOWN, |name| name),
        needs: call.needs.iter().map(need).collect(),
    }
}

fn differences(drift: &Drift, wanted: impl Fn(&Change) -> bool) -> Capped<Difference> {
    let rank = |effect: Effect| Effect::GRAVEST_FIRST.iter().position(|one| *one == effect);
    let mut rows: Vec<(Severity, &Change)> = drift
        .changes
        .iter()
        .filter(|change| wanted(change))
        .map(|change| (drift_severity::of(change, drift), change))
        .collect();
    // The rows themselves are sorted: a stable sort keeps kind, name and field in order.
    rows.sort_by_key(|(severity, change)| (std::cmp::Reverse(*severity), rank(change.effect)));
    Capped::of(rows, ROWS_SHOWN, |(severity, change)| {
        let (left, right) = sides(change);
        Difference {
            severity: words::severity(severity),
            effect: change.effect.as_str(),
            kind: change.kind.in_words(),
            name: change.name.clone(),
            field: change.field.replace('_', " "),
            left: capped(left),
            right: capped(right),
            listed: !matches!(change.items, Items::Value),
            touches: touches(drift, change),
            author: author(&change.author).unwrap_or_default(),
        }
    })
}

/// Whom a row touches: calls it breaks, principals whose access it changes.
pub fn touches(drift: &Drift, change: &Change) -> Vec<String> {
    let mut reported = Vec::new();
    let sure = |at: &&usize| drift.broken.get(**at).is_some_and(|call| call.certainty == Certainty::Fails);
    let fails = change.broken.iter().filter(sure).count();
    if fails > 0 {
        reported.push(format!("breaks {}", words::count(fails, "needed call", "needed calls")));
    }
    let doubtful = change.broken.len() - fails;
    if doubtful > 0 {
        reported.push(format!("may break {}", words::count(doubtful, "needed call", "needed calls")));
    }
    if !change.affected.is_empty() {
        reported.push(format!("changes the access of {}", drift_words::affected(change, drift)));
    }
    reported
}

/// The items of a list, as many as a reader can take in.
pub fn capped(items: impl IntoIterator<Item = String>) -> Capped<String> {
    Capped::of(items, ITEMS_SHOWN, |item| item)
}

/// Principals by what they can do on one side only: most calls lost first.
fn access(drift: &Drift) -> (Capped<AccessGroup>, usize) {
    let mut groups: BTreeMap<usize, Vec<&PairedPrincipal>> = BTreeMap::new();
    for principal in &drift.principals {
        if let Some(at) = principal.difference {
            groups.entry(at).or_default().push(principal);
        }
    }
    let together = groups.values().map(Vec::len).sum();
    let mut groups: Vec<(&AccessDifference, Vec<&PairedPrincipal>)> =
        groups.into_iter().filter_map(|(at, who)| Some((drift.differences.get(at)?, who))).collect();
    groups.sort_by_key(|(difference, who)| {
        let first = who.first().map(|one| (one.kind, one.name.clone(), one.from_id.clone()));
        let most = |length: usize| std::cmp::Reverse(length);
        (most(difference.lost.len()), most(difference.gained.len()), most(who.len()), first)
    });
    let reported = Capped::of(groups, GROUPS_SHOWN, |(difference, who)| {
        let calls = |list: &[usize]| {
            let listed = list.iter().filter_map(|at| drift.endpoints.get(*at));
            Capped::of(listed, CALLS_SHOWN, ToString::to_string)
        };
        AccessGroup {
            who: principals(who.iter().map(|one| one.kind)),
            names: capped(who.iter().map(|one| one.name.clone())),
            lost: calls(&difference.lost),
            gained: calls(&difference.gained),
            not_known: calls(&difference.not_known),
            lost_permissions: Capped::of(&difference.lost_permissions, CALLS_SHOWN, Clone::clone),
            gained_permissions: Capped::of(&difference.gained_permissions, CALLS_SHOWN, Clone::clone),
        }
    });
    (reported, together)
}
