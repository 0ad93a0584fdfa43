//! Two sides, compared because somebody asked: one typed view, and a format a file.
//!
//! The nightly report tells the configured pairs among everything else; this is the answer to one question at a prompt
//! or in a pipeline. Every format prints the same view, and none of them decides anything.

pub mod csv;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rolecall_access::drift::broken::{BrokenCall, Certainty};
use rolecall_access::drift::change::{Change, DriftKind, Effect};
use rolecall_access::drift::remedy::Remedy;
use rolecall_access::drift::{AccessDifference, Between, Drift, NotCompared, PairedPrincipal};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::snapshot::Snapshot;
use rolecall_findings::check::{count, names};
use rolecall_findings::severity::Severity;
use rolecall_findings::{drift_causes, drift_severity, drift_words};

/// What of a comparison is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Everything.
    All,
    /// What principals can do: needed calls that break, and access that differs.
    Effective,
    /// What is configured: the rows.
    Configuration,
}

/// One side, as it was given and read.
pub struct SideView<'a> {
    /// What it is called in the answer.
    pub name: String,
    /// What it is, in words for people.
    pub what: String,
    /// Which matrix was in force for it, in words for people.
    pub matrix: String,
    /// Its data.
    pub snapshot: &'a Snapshot,
}

/// What is printed, and when it fails.
pub struct Asked {
    /// What the sides are.
    pub between: Between,
    /// What of it is shown.
    pub shown: Shown,
    /// From this severity on the gate fails.
    pub fail_on: Severity,
    /// What the sources could not tell, in words for people.
    pub not_known: Vec<String>,
    /// A file that a person could open at the place of a difference, for example a plan.
    pub artifact: Option<String>,
}

/// Needed calls with one cause.
pub struct CauseView<'a> {
    /// The row that causes them; `None`: no difference that was seen explains them.
    pub change: Option<(usize, &'a Change)>,
    /// How the right side stands, in a clause.
    pub clause: String,
    /// How sure it is that they fail.
    pub certainty: Certainty,
    /// How bad that is.
    pub severity: Severity,
    /// The calls.
    pub calls: Vec<&'a BrokenCall>,
    /// How many principals these are of, in words.
    pub victims: String,
    /// What would fix it; `None` where no row explains the calls.
    pub remedy: Option<Remedy>,
    /// Other rows that some of these calls have as a cause too.
    pub besides: Vec<Besides>,
}

/// Another row that causes calls, which are reported elsewhere.
pub struct Besides {
    /// Its position in the drift.
    pub at: usize,
    /// How the right side stands, in a clause.
    pub clause: String,
    /// How many of the calls have it as a cause.
    pub calls: usize,
    /// What would fix it, in a sentence.
    pub fix: String,
}

/// A line about a row, or about rows that differ in nothing but the name.
pub struct Line {
    /// How bad it is.
    pub severity: Severity,
    /// What it does.
    pub effect: Effect,
    /// What differs, in a clause, and for how many principals.
    pub text: String,
}

/// A row.
pub struct RowView<'a> {
    /// Its position in the drift.
    pub at: usize,
    /// The row itself.
    pub change: &'a Change,
    /// How bad it is.
    pub severity: Severity,
    /// How the right side stands, in a clause.
    pub clause: String,
}

/// What those who share it can do on one side only.
pub struct AccessView<'a> {
    /// The difference.
    pub difference: &'a AccessDifference,
    /// Who shares it, by kind, name and id.
    pub principals: Vec<&'a PairedPrincipal>,
    /// How bad it is.
    pub severity: Severity,
}

impl AccessView<'_> {
    /// Who shares the difference, and how much it comes to.
    pub fn sentence(&self) -> String {
        const NAMED: usize = 3;
        let name = |one: &&PairedPrincipal| {
            let side = match (one.is_new(), one.is_gone()) {
                (true, _) => " (new)",
                (_, true) => " (gone)",
                (false, false) => "",
            };
            format!("{} `{}`{side}", one.kind.in_words(), one.name)
        };
        let named: Vec<String> = self.principals.iter().take(NAMED).map(name).collect();
        let more = match self.principals.len().saturating_sub(named.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let difference = self.difference;
        let (endpoint, permission) = (["endpoint", "endpoints"], ["permission", "permissions"]);
        let numbers = [
            (difference.lost.len(), endpoint, "lost"),
            (difference.gained.len(), endpoint, "gained"),
            (difference.not_known.len(), endpoint, "not known"),
            (difference.lost_permissions.len(), permission, "lost"),
            (difference.gained_permissions.len(), permission, "gained"),
            (difference.gained_for_users.len(), permission, "usable by users through it"),
        ];
        let numbers = numbers.iter().filter(|(number, ..)| *number > 0);
        let numbers: Vec<String> = numbers
            .map(|(number, [one, several], words)| format!("{} {words}", count(*number, one, several)))
            .collect();
        format!("{}{more}: {}", named.join(", "), numbers.join(", "))
    }

    /// What stays the same for as long as the same principals differ in the same way.
    pub fn identity(&self) -> Vec<String> {
        let key = |one: &&PairedPrincipal| {
            let id = if one.to_id.is_empty() { &one.name } else { &one.to_id };
            format!("{}:{id}", one.kind.as_str())
        };
        let mut keys: Vec<String> = self.principals.iter().map(key).collect();
        keys.sort();
        keys
    }

    /// Whether somebody can do more.
    pub fn gives(&self) -> bool {
        !self.difference.gained.is_empty() || !self.difference.gained_permissions.is_empty()
    }
}

/// How many of what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Needed calls that fail.
    pub fails: usize,
    /// Needed calls that may fail.
    pub may_fail: usize,
    /// Needed calls of which it is not known.
    pub not_known: usize,
    /// Rows by effect, in the order of [`Effect::GRAVEST_FIRST`].
    pub rows: [usize; 5],
    /// Principals that can do more on the right.
    pub gaining: usize,
    /// Principals that can do less on the right.
    pub losing: usize,
    /// Rows that an `ignore` glob left out.
    pub ignored: usize,
}

/// The answer.
pub struct ComparisonView<'a> {
    /// The left side.
    pub from: SideView<'a>,
    /// The right side.
    pub to: SideView<'a>,
    /// What was asked.
    pub asked: Asked,
    /// What differs.
    pub drift: &'a Drift,
    /// Needed calls by their first cause: surest first, then those with most calls.
    pub causes: Vec<CauseView<'a>>,
    /// Rows by consequence: worst first.
    pub rows: Vec<RowView<'a>>,
    /// Differences of access, worst first.
    pub access: Vec<AccessView<'a>>,
    /// What could not be compared, lists that one of the sides lacks included.
    pub not_compared: Vec<NotCompared>,
    /// Counts.
    pub counts: Counts,
    /// The answer in one sentence.
    pub verdict: String,
    /// Things shown that are at or above the gate.
    pub at_gate: usize,
}

impl<'a> ComparisonView<'a> {
    /// Puts the answer together.
    pub fn of(drift: &'a Drift, from: SideView<'a>, to: SideView<'a>, asked: Asked) -> Self {
        let mut causes = Vec::new();
        let sides = drift_causes::Sides {
            between: asked.between,
            left: &from.name,
            right: &to.name,
            snapshots: Some((from.snapshot, to.snapshot)),
        };
        for certainty in [Certainty::Fails, Certainty::MayFail, Certainty::NotKnown] {
            for cause in drift_causes::first(drift, |call| call.certainty == certainty) {
                causes.push(cause_view(drift, &cause, certainty, sides));
            }
        }
        let mut rows: Vec<RowView<'a>> = drift
            .changes
            .iter()
            .enumerate()
            .map(|(at, change)| RowView {
                at,
                change,
                severity: drift_severity::of(change, drift),
                clause: drift_words::clause(change, asked.between),
            })
            .collect();
        let grave = |effect: Effect| Effect::GRAVEST_FIRST.iter().position(|one| *one == effect);
        rows.sort_by_key(|row| (std::cmp::Reverse(row.severity), grave(row.change.effect), row.at));
        let access = access_views(drift);
        let not_compared = not_compared(drift, [&from, &to]);
        let mut view = Self {
            counts: counts(drift, &rows, &access),
            from,
            to,
            asked,
            drift,
            causes,
            rows,
            access,
            not_compared,
            verdict: String::new(),
            at_gate: 0,
        };
        view.at_gate = view.at_or_above();
        view.verdict = view.sentence();
        view
    }

    /// Whether everything that was asked for could be read.
    pub fn is_complete(&self) -> bool {
        self.asked.not_known.is_empty() && self.not_compared.iter().all(|listing| !listing.is_gap)
    }

    /// Whether needed calls and access are shown.
    pub fn shows_effective(&self) -> bool {
        self.asked.shown != Shown::Configuration
    }

    /// Whether rows are shown.
    pub fn shows_rows(&self) -> bool {
        self.asked.shown != Shown::Effective
    }

    /// The rows of an effect, worst first.
    pub fn rows_of(&self, effect: Effect) -> impl Iterator<Item = &RowView<'a>> {
        self.rows.iter().filter(move |row| row.change.effect == effect)
    }

    /// Rows by which whoever comes to have a role or a group can do more, and nobody is seen to have it: they belong to
    /// what principals can do although no principal is named.
    pub fn unheld(&self) -> impl Iterator<Item = &RowView<'a>> {
        self.rows_of(Effect::Widens).filter(|row| !row.change.gives.is_empty() && !row.change.is_idle)
    }

    /// A row that causes calls counts once.
    fn at_or_above(&self) -> usize {
        let reached = |severity: Severity| severity >= self.asked.fail_on;
        let row_reached = |at: usize| self.rows.iter().any(|row| row.at == at && reached(row.severity));
        let rows = self.rows.iter().filter(|row| reached(row.severity)).count();
        let causes = self.causes.iter().filter(|cause| reached(cause.severity));
        match self.asked.shown {
            Shown::Configuration => rows,
            Shown::Effective => {
                let access = self.access.iter().filter(|one| reached(one.severity)).count();
                causes.count() + access + self.unheld().filter(|row| reached(row.severity)).count()
            }
            Shown::All => rows + causes.filter(|cause| !cause.change.is_some_and(|(at, _)| row_reached(at))).count(),
        }
    }

    fn sentence(&self) -> String {
        let (left, right) = (self.from.name.as_str(), self.to.name.as_str());
        let failing: Vec<&CauseView<'_>> =
            self.causes.iter().filter(|cause| cause.certainty == Certainty::Fails).collect();
        let calls = failing.iter().flat_map(|cause| cause.calls.iter().copied());
        let unsure = self.counts.may_fail + self.counts.not_known;
        let mut out = match failing.first() {
            Some(first) => {
                let verb = match (self.asked.between, self.counts.fails) {
                    (Between::Orgs, 1) => format!("works in {left} and will break in {right}"),
                    (Between::Orgs, _) => format!("work in {left} and will break in {right}"),
                    (Between::Nights, _) => format!("worked in {left} and will break in {right}"),
                };
                let more = match failing.len() - 1 {
                    0 => String::new(),
                    more => format!(" (and {})", count(more, "more cause", "more causes")),
                };
                format!(
                    "{} of {} {verb}; cause: {}{more}",
                    count(self.counts.fails, "needed call", "needed calls"),
                    drift_words::victims(calls),
                    first.clause
                )
            }
            None if unsure > 0 => format!("no needed call is known to break in {right}"),
            None => format!("no needed call breaks in {right}"),
        };
        if unsure > 0 {
            out.push_str(&format!(
                "; {} may break or cannot be determined",
                count(unsure, "needed call", "needed calls")
            ));
        }
        if self.counts.gaining > 0 {
            let can = if self.counts.gaining == 1 { "principal can" } else { "principals can" };
            out.push_str(&format!("; {} {can} do more in {right}", self.counts.gaining));
        }
        if self.rows.is_empty() && self.causes.is_empty() && self.access.is_empty() {
            out = format!("{left} and {right} do not differ");
        }
        if !self.is_complete() {
            out.push_str("; not everything could be compared");
        }
        out
    }
}

/// Rows as lines. Permissions and endpoints that one side lacks come in dozens when a product is switched on: they stand
/// together.
pub fn lines<'v>(rows: impl IntoIterator<Item = &'v RowView<'v>>) -> Vec<Line> {
    const NAMED: usize = 3;
    let mut lines: Vec<(Line, Vec<&RowView<'_>>)> = Vec::new();
    for row in rows {
        let many =
            matches!(row.change.kind, DriftKind::Permission | DriftKind::Endpoint) && row.change.field == "presence";
        let alike = |other: &RowView<'_>| {
            other.change.kind == row.change.kind
                && other.change.field == row.change.field
                && other.change.from_value == row.change.from_value
                && other.change.to_value == row.change.to_value
        };
        let open = lines.iter_mut().find(|(line, rows)| {
            many && (line.severity, line.effect) == (row.severity, row.change.effect)
                && rows.first().is_some_and(|first| alike(first))
        });
        match open {
            Some((_, rows)) => rows.push(row),
            None => {
                let (severity, effect) = (row.severity, row.change.effect);
                lines.push((Line { severity, effect, text: String::new() }, vec![row]));
            }
        }
    }
    let reported = lines.into_iter().map(|(line, rows)| {
        let mut affected: Vec<usize> = rows.iter().flat_map(|row| row.change.affected.iter().copied()).collect();
        affected.sort_unstable();
        affected.dedup();
        let who = match affected.len() {
            0 => String::new(),
            number => format!(" ({})", count(number, "principal", "principals")),
        };
        let text = match rows.as_slice() {
            [one] => one.clause.clone(),
            several => {
                let what = several.first().map_or("", |row| kind_plural(row.change.kind));
                let side = match several.first().map(|row| drift_words::direction(row.change)) {
                    Some(drift_words::Direction::Lost) => "are not there",
                    Some(drift_words::Direction::Gained) => "are there, and not on the other side",
                    _ => "may not be on both sides",
                };
                let named = names(several.iter().map(|row| row.change.name.as_str()), NAMED);
                format!("{} {what} {side}: {named}", several.len())
            }
        };
        Line { text: format!("{text}{who}"), ..line }
    });
    reported.collect()
}

/// Several of a kind, in a sentence.
pub fn kind_plural(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Division => "divisions",
        DriftKind::Endpoint => "endpoints",
        DriftKind::Group => "groups",
        DriftKind::OauthClient => "OAuth clients",
        DriftKind::Permission => "permissions",
        DriftKind::Policy => "access policies",
        DriftKind::Role => "roles",
        DriftKind::ServiceUser => "service users",
        DriftKind::Trustee => "trusted orgs",
        DriftKind::User => "users",
    }
}

fn cause_view<'a>(
    drift: &'a Drift,
    cause: &drift_causes::Cause,
    certainty: Certainty,
    sides: drift_causes::Sides<'_>,
) -> CauseView<'a> {
    let calls: Vec<&BrokenCall> = cause.calls.iter().filter_map(|at| drift.broken.get(*at)).collect();
    let change = cause.change.and_then(|at| Some((at, drift.changes.get(at)?)));
    let mut others: BTreeMap<usize, Vec<&BrokenCall>> = BTreeMap::new();
    for call in &calls {
        for other in call.causes.iter().filter(|other| Some(**other) != cause.change) {
            others.entry(*other).or_default().push(call);
        }
    }
    let besides = others.into_iter().filter_map(|(at, calls)| {
        let change = drift.changes.get(at)?;
        Some(Besides {
            at,
            clause: drift_words::clause(change, sides.between),
            fix: sides.remedy(change, &calls).what,
            calls: calls.len(),
        })
    });
    CauseView {
        besides: besides.collect(),
        clause: match change {
            Some((_, change)) => drift_words::clause(change, sides.between),
            None => "no difference that was seen explains it".to_owned(),
        },
        certainty,
        severity: drift_severity::of_broken(certainty),
        victims: drift_words::victims(calls.iter().copied()),
        remedy: change.map(|(_, change)| sides.remedy(change, &calls)),
        change,
        calls,
    }
}

fn access_views(drift: &Drift) -> Vec<AccessView<'_>> {
    let mut sharing: BTreeMap<usize, Vec<&PairedPrincipal>> = BTreeMap::new();
    for principal in &drift.principals {
        if let Some(at) = principal.difference {
            sharing.entry(at).or_default().push(principal);
        }
    }
    let mut views: Vec<AccessView<'_>> = sharing
        .into_iter()
        .filter_map(|(at, principals)| {
            let difference = drift.differences.get(at)?;
            Some(AccessView { difference, principals, severity: drift_severity::of_access(difference) })
        })
        .collect();
    views.sort_by_key(|view| std::cmp::Reverse(view.severity));
    views
}

/// What the engine says of lists, and the lists of a side that it had no use for and that were not read completely.
fn not_compared(drift: &Drift, sides: [&SideView<'_>; 2]) -> Vec<NotCompared> {
    let mut all = drift.not_compared.clone();
    for side in sides {
        for listing in Listing::ALL {
            let reported = |one: &NotCompared| {
                one.listing == listing && (one.side == side.name || one.side == side.snapshot.org.name)
            };
            let seen = side.snapshot.coverage.seen(listing);
            if matches!(seen, Seen::Whole | Seen::NotAsked) || drift.not_compared.iter().any(reported) {
                continue;
            }
            let record = side.snapshot.coverage.listings.get(&listing);
            let why = record.and_then(|record| record.unread.first()).map_or("no record of it", |part| &part.why);
            let side = side.name.clone();
            all.push(NotCompared { listing, side, why: format!("{}: {why}", seen.as_str()), is_gap: true });
        }
    }
    all.sort();
    all.dedup();
    all
}

fn counts(drift: &Drift, rows: &[RowView<'_>], access: &[AccessView<'_>]) -> Counts {
    let of = |certainty: Certainty| drift.broken.iter().filter(|call| call.certainty == certainty).count();
    let who = |wanted: fn(&AccessDifference) -> bool| {
        access.iter().filter(|view| wanted(view.difference)).map(|view| view.principals.len()).sum()
    };
    Counts {
        fails: of(Certainty::Fails),
        may_fail: of(Certainty::MayFail),
        not_known: of(Certainty::NotKnown),
        rows: Effect::GRAVEST_FIRST.map(|effect| rows.iter().filter(|row| row.change.effect == effect).count()),
        gaining: who(|one| !one.gained.is_empty() || !one.gained_permissions.is_empty()),
        losing: who(|one| !one.lost.is_empty() || !one.lost_permissions.is_empty()),
        ignored: drift.ignored,
    }
}
