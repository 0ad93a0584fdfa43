//! What changed in each org since its last night: who gained power, who lost what, through what, when and by whom.

use jiff::Timestamp;
use serde::Serialize;

use super::drift::{capped, touches};
use super::night::Night;
use super::words::{self, Capped, Mark};
use rolecall_access::drift::broken::BrokenCall;
use rolecall_access::drift::change::{Change, Effect, Items};
use rolecall_access::drift::{Between, Drift};
use rolecall_findings::drift_gains::{describe_grant_time, gravest_first};
use rolecall_findings::drift_severity::{self, gained};
use rolecall_findings::drift_words::{author, clause};
use rolecall_findings::evidence::{Evidence, SinceEvidence};
use rolecall_findings::severity::Severity;

/// Changes of an effect that are shown.
const CHANGES_SHOWN: usize = 40;
/// Principals of a change that are shown.
const NAMES_SHOWN: usize = 8;

/// One org.
#[derive(Serialize)]
pub struct SinceSection {
    /// The org.
    pub org: String,
    /// Its address.
    pub anchor: String,
    /// The night it was compared with; `None`: there is none.
    pub before: Option<String>,
    /// What happened since, in a line.
    pub headline: String,
    /// `bad`, `caution` or `good`.
    pub tone: &'static str,
    /// Changes in all.
    pub total: usize,
    /// Lists that were asked for and could not be compared, or only in part.
    pub gaps: Vec<String>,
    /// The changes by what they do, gravest first, without those that do nothing.
    pub groups: Vec<Group>,
    /// The changes that change nobody's rights.
    pub harmless: Capped<ChangeRow>,
}

/// Changes that do the same.
#[derive(Serialize)]
pub struct Group {
    /// What they do, as a heading.
    pub title: &'static str,
    /// The changes, gravest first.
    pub changes: Capped<ChangeRow>,
}

/// One change.
#[derive(Serialize)]
pub struct ChangeRow {
    /// How bad it is.
    pub severity: Mark,
    /// What changed, in a clause.
    pub what: String,
    /// Whom it touches, in words.
    pub touches: Vec<String>,
    /// Their names.
    pub names: Capped<String>,
    /// Permissions that somebody gained or lost by it, the dangerous ones first.
    pub permissions: Capped<String>,
    /// Calls that it breaks.
    pub calls: Capped<String>,
    /// When it was granted, in words.
    pub granted: String,
    /// Who changed it, and when.
    pub author: String,
}

/// One section an org, by name.
pub fn of(night: &Night<'_>, evidence: &Evidence<'_>) -> Vec<SinceSection> {
    let section = |org: &str| match evidence.since.iter().find(|since| since.org == org) {
        Some(since) => section(since),
        None => SinceSection {
            org: org.to_owned(),
            anchor: words::since_anchor(org),
            before: None,
            headline: String::new(),
            tone: "good",
            total: 0,
            gaps: Vec::new(),
            groups: Vec::new(),
            harmless: Capped { rows: Vec::new(), total: 0 },
        },
    };
    night.orgs.iter().map(|org| section(&org.map.snapshot.org.name)).collect()
}

fn section(since: &SinceEvidence) -> SinceSection {
    let drift = &since.drift;
    let groups = [
        (Effect::Breaks, "Needed calls that fail since"),
        (Effect::Widens, "Gained power"),
        (Effect::Unknown, "Cannot be determined"),
        (Effect::Narrows, "Lost rights that no known need uses"),
    ];
    let groups =
        groups.into_iter().map(|(effect, title)| Group { title, changes: changes(drift, since.before, effect) });
    let gaps = drift.not_compared.iter().filter(|listing| listing.is_gap);
    let (headline, tone) = headline(drift);
    SinceSection {
        org: since.org.clone(),
        anchor: words::since_anchor(&since.org),
        headline,
        tone,
        before: Some(words::time(since.before)),
        total: drift.changes.len(),
        gaps: gaps.map(|listing| format!("{} ({}): {}", listing.listing.as_str(), listing.side, listing.why)).collect(),
        groups: groups.filter(|group| group.changes.total > 0).collect(),
        harmless: changes(drift, since.before, Effect::None),
    }
}

/// Whether anybody gained power or lost what is needed, in a line, and how that looks.
fn headline(drift: &Drift) -> (String, &'static str) {
    let of = |effect: Effect| drift.changes.iter().filter(move |change| change.effect == effect);
    let worst = of(Effect::Widens).map(|change| drift_severity::of(change, drift)).max();
    let (gains, breaks, open) = (of(Effect::Widens).count(), of(Effect::Breaks).count(), of(Effect::Unknown).count());
    let mut parts = vec![match worst {
        Some(worst) => {
            format!("{} more power, the gravest `{worst}`", words::count(gains, "change gave", "changes gave"))
        }
        None => "nobody is seen to have gained power".to_owned(),
    }];
    if breaks > 0 {
        parts.push(format!("{} needed calls", words::count(breaks, "change broke", "changes broke")));
    }
    if open > 0 {
        parts.push(format!("{} be determined", words::count(open, "change cannot", "changes cannot")));
    }
    let gaps = drift.not_compared.iter().filter(|listing| listing.is_gap).count();
    if gaps > 0 {
        parts.push(format!("{} compared completely", words::count(gaps, "list was not", "lists were not")));
    }
    let tone = match (worst, parts.len()) {
        (Some(worst), _) if worst >= Severity::High => "bad",
        _ if breaks > 0 => "bad",
        (None, 1) => "good",
        _ => "caution",
    };
    (parts.join("; "), tone)
}

fn changes(drift: &Drift, before: Timestamp, effect: Effect) -> Capped<ChangeRow> {
    let mut rows: Vec<_> = drift
        .changes
        .iter()
        .filter(|change| change.effect == effect)
        .map(|change| (drift_severity::of(change, drift), change))
        .collect();
    rows.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    Capped::of(rows, CHANGES_SHOWN, |(severity, change)| {
        let who = change.affected.iter().filter_map(|at| drift.principals.get(*at));
        let calls = change.broken.iter().filter_map(|at| drift.broken.get(*at));
        let call = |call: &BrokenCall| format!("{}: {} ({})", call.name, call.endpoint, call.describe_right());
        ChangeRow {
            severity: words::severity(severity),
            what: clause(change, Between::Nights),
            touches: touches(drift, change),
            names: Capped::of(who, NAMES_SHOWN, |one| format!("{} ({})", one.name, one.kind.in_words())),
            permissions: capped(permissions(drift, change)),
            calls: Capped::of(calls, NAMES_SHOWN, call),
            granted: describe_grant_time(change, before).unwrap_or_default(),
            author: author(&change.author).unwrap_or_default(),
        }
    })
}

/// The permissions that somebody gained by a change, or that those it touches hold less of.
fn permissions(drift: &Drift, change: &Change) -> Vec<String> {
    let names = match (&change.items, change.effect) {
        (_, Effect::Widens) => gained(change, drift),
        (Items::Permissions(items), _) => items.iter().map(String::as_str).collect(),
        (Items::Value | Items::Grants(_) | Items::Scopes(_) | Items::Groups(_), _) => {
            let of = |at: &usize| drift.differences.get(drift.principals.get(*at)?.difference?);
            let lost = change.affected.iter().filter_map(of).flat_map(|difference| &difference.lost_permissions);
            lost.map(String::as_str).collect()
        }
    };
    let risk = |name: &str| match rolecall_findings::danger::catalogue().risk(name) {
        risk if risk.is_empty() => name.to_owned(),
        risk => format!("{name} ({risk})"),
    };
    gravest_first(&names).into_iter().map(risk).collect()
}
