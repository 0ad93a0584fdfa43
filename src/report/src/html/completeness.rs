//! What was read and what was not: the part of the page that stands before everything else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::night::Night;
use super::words::{self, Capped, Mark};
use rolecall_base::coverage::{Listing, Seen, Unread};
use rolecall_base::snapshot::Snapshot;
use rolecall_findings::callers;
use rolecall_findings::evidence::OrgEvidence;
use rolecall_matrix::announced::Coming;
use rolecall_matrix::overlay::EntryOutcome;

/// Unread parts of one list that are shown by name.
const UNREAD_SHOWN: usize = 20;

/// The completeness of the night.
#[derive(Serialize)]
pub struct Completeness {
    /// Whether everything that was asked for was read completely. Never true when anything is missing.
    pub complete: bool,
    /// In one sentence.
    pub headline: String,
    /// Orgs of which nothing could be read.
    pub failed: Vec<Failed>,
    /// What is missing, list by list.
    pub problems: Vec<Problem>,
    /// The orgs that were read, in the order of the table's columns.
    pub orgs: Vec<String>,
    /// Every list, in every org.
    pub listings: Vec<ListingRow>,
    /// Which matrix was used.
    pub matrices: Vec<MatrixRow>,
    /// Requirements that are announced and not in force yet, announcement by announcement.
    pub announced: Vec<Announced>,
    /// Notes of the collection that cost no data.
    pub notes: Vec<Note>,
}

/// What is announced together for a day.
#[derive(Serialize)]
pub struct Announced {
    /// The day.
    pub day: String,
    /// The orgs.
    pub orgs: Vec<String>,
    /// Each operation with what it will require, in words.
    pub operations: Vec<String>,
    /// Who says so.
    pub cited: String,
}

/// An org of which nothing could be read.
#[derive(Serialize)]
pub struct Failed {
    /// Its name.
    pub org: String,
    /// Its environment.
    pub environment: String,
    /// Why.
    pub why: String,
}

/// A list that was not read completely.
#[derive(Serialize)]
pub struct Problem {
    /// The org.
    pub org: String,
    /// The list.
    pub listing: &'static str,
    /// How much was seen.
    pub seen: Mark,
    /// Its CSS class.
    pub class: &'static str,
    /// Items that were read, of how many.
    pub read: String,
    /// Why, one line a reason, with the parts that are missing for it.
    pub causes: Vec<Cause>,
    /// What the auditor would need to hold.
    pub missing_permissions: Vec<String>,
    /// Which verdicts cannot be trusted.
    pub affects: &'static str,
}

/// One reason why parts of a list are missing.
#[derive(Serialize)]
pub struct Cause {
    /// The reason.
    pub why: String,
    /// The parts; empty where the whole list is meant.
    pub parts: Capped<String>,
}

/// One list in all orgs.
#[derive(Serialize)]
pub struct ListingRow {
    /// The list.
    pub listing: &'static str,
    /// One cell an org.
    pub cells: Vec<ListingCell>,
}

/// How much of a list was read in one org.
#[derive(Serialize)]
pub struct ListingCell {
    /// How much was seen.
    pub seen: Mark,
    /// Its CSS class.
    pub class: &'static str,
    /// Items that were read, of how many.
    pub read: String,
}

/// The matrix of one org.
#[derive(Serialize)]
pub struct MatrixRow {
    /// The org.
    pub org: String,
    /// Where it came from.
    pub origin: String,
    /// Of which date.
    pub date: String,
    /// How many operations.
    pub operations: String,
    /// The first digits of its SHA-256.
    pub sha256: String,
    /// That it is old, or not the one that was asked for.
    pub notes: Vec<String>,
}

/// A note of an org.
#[derive(Serialize)]
pub struct Note {
    /// The org.
    pub org: String,
    /// The note.
    pub text: String,
}

/// The completeness of a night.
pub fn of(night: &Night<'_>) -> Completeness {
    let problems: Vec<Problem> = night.orgs.iter().copied().flat_map(problems).collect();
    let notes = |org: &OrgEvidence<'_>| -> Vec<Note> {
        let name = &org.map.snapshot.org.name;
        let texts = org.map.snapshot.collection.notes.iter();
        texts.map(|text| Note { org: name.clone(), text: text.clone() }).collect()
    };
    Completeness {
        complete: night.complete,
        headline: headline(night, problems.len()),
        failed: night
            .failed
            .iter()
            .map(|org| Failed { org: org.name.clone(), environment: org.environment.clone(), why: org.why.clone() })
            .collect(),
        problems,
        orgs: night.orgs.iter().copied().map(|org| org.map.snapshot.org.name.clone()).collect(),
        listings: Listing::ALL
            .into_iter()
            .map(|listing| ListingRow {
                listing: listing.as_str(),
                cells: night.orgs.iter().copied().map(|org| cell(org.map.snapshot, listing)).collect(),
            })
            .collect(),
        matrices: night.orgs.iter().copied().map(matrix).collect(),
        announced: announced(night),
        notes: night.orgs.iter().copied().flat_map(notes).collect(),
    }
}

fn announced(night: &Night<'_>) -> Vec<Announced> {
    let mut found: BTreeMap<(Date, &str), Vec<(&str, &Coming)>> = BTreeMap::new();
    for org in &night.orgs {
        for one in &org.matrix.announced {
            found.entry((one.effective, &one.cited)).or_default().push((&org.map.snapshot.org.name, one));
        }
    }
    let mut rows = Vec::new();
    for ((day, cited), of) in found {
        let orgs: BTreeSet<&str> = of.iter().map(|(org, _)| *org).collect();
        let words = |one: &Coming| format!("{}: {}", one.endpoint, callers::permissions(&one.after));
        let operations: BTreeSet<String> = of.iter().map(|(_, one)| words(one)).collect();
        rows.push(Announced {
            day: day.to_string(),
            orgs: orgs.into_iter().map(str::to_owned).collect(),
            operations: operations.into_iter().collect(),
            cited: cited.to_owned(),
        });
    }
    rows
}

fn headline(night: &Night<'_>, lists: usize) -> String {
    let failed = night.failed.len();
    if night.orgs.is_empty() && failed == 0 {
        return "Nothing was read: no org was audited.".to_owned();
    }
    if night.complete {
        let skipped: Vec<String> = Listing::ALL
            .into_iter()
            .filter_map(|listing| {
                let without: Vec<&str> = night
                    .orgs
                    .iter()
                    .map(|org| org.map.snapshot)
                    .filter(|snapshot| snapshot.coverage.seen(listing) == Seen::NotAsked)
                    .map(|snapshot| snapshot.org.name.as_str())
                    .collect();
                (!without.is_empty()).then(|| format!("{} ({})", listing.as_str(), without.join(", ")))
            })
            .collect();
        return if skipped.is_empty() {
            "All lists of every org were read completely.".to_owned()
        } else {
            format!("Every list that was asked for was read completely. Not asked for: {}.", skipped.join("; "))
        };
    }
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{} could not be read at all", words::count(failed, "org", "orgs")));
    }
    if lists > 0 {
        let verb = if lists == 1 { "was" } else { "were" };
        parts.push(format!("{} {verb} not read completely", words::count(lists, "list", "lists")));
    }
    format!(
        "Not complete: {}. What was not read is not known. It is not fine, it is not denied, and nothing of it counts \
         as resolved.",
        parts.join(" and ")
    )
}

fn problems(org: &OrgEvidence<'_>) -> Vec<Problem> {
    let snapshot = org.map.snapshot;
    Listing::ALL
        .into_iter()
        .filter(|listing| matches!(snapshot.coverage.seen(*listing), Seen::Part | Seen::Nothing))
        .map(|listing| {
            let ListingCell { seen, class, read } = cell(snapshot, listing);
            let unread = snapshot.coverage.listings.get(&listing).map_or(&[][..], |record| &record.unread);
            let mut missing: Vec<String> = unread.iter().flat_map(|one| one.missing_permissions.clone()).collect();
            missing.sort();
            missing.dedup();
            Problem {
                org: snapshot.org.name.clone(),
                listing: listing.as_str(),
                seen,
                class,
                read,
                causes: causes(snapshot, listing, unread),
                missing_permissions: missing,
                affects: listing.affects(),
            }
        })
        .collect()
}

/// The same reason for many parts is reported once.
fn causes(snapshot: &Snapshot, listing: Listing, unread: &[Unread]) -> Vec<Cause> {
    if unread.is_empty() {
        let why = "no record of it was kept, so it counts as not read".to_owned();
        return vec![Cause { why, parts: Capped { rows: Vec::new(), total: 0 } }];
    }
    let mut reasons: Vec<&str> = unread.iter().map(|one| one.why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
        .into_iter()
        .map(|why| {
            let parts = unread.iter().filter(|one| one.why == why).filter_map(|one| one.of.as_deref());
            Cause { why: why.to_owned(), parts: Capped::of(parts, UNREAD_SHOWN, |id| part_name(snapshot, listing, id)) }
        })
        .collect()
}

/// The name of a role, group or division of which a part of a list is missing; its id where the name is not known.
fn part_name(snapshot: &Snapshot, listing: Listing, id: &str) -> String {
    let name = match listing {
        Listing::RoleGrants => snapshot.roles.iter().find(|role| role.id.as_str() == id).map(|role| &role.name),
        Listing::GroupMembers => snapshot.groups.iter().find(|group| group.id.as_str() == id).map(|group| &group.name),
        Listing::GrantDates => {
            snapshot.divisions.iter().find(|division| division.id.as_str() == id).map(|division| &division.name)
        }
        Listing::Trustees => snapshot.trustees.iter().find(|trustee| trustee.id == id).map(|trustee| &trustee.name),
        _ => None,
    };
    name.filter(|name| !name.is_empty()).map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}

fn cell(snapshot: &Snapshot, listing: Listing) -> ListingCell {
    let (seen, class) = words::seen(snapshot.coverage.seen(listing));
    let record = snapshot.coverage.listings.get(&listing);
    let read = match record {
        None => String::new(),
        Some(record) => match (record.seen, record.expected) {
            (Seen::NotAsked, _) => String::new(),
            (_, Some(expected)) if expected != record.read => format!("{} of {expected}", record.read),
            _ => record.read.to_string(),
        },
    };
    ListingCell { seen, class, read }
}

/// The reviewed entries that decide what operations require, in words.
fn overrides(org: &OrgEvidence<'_>) -> impl Iterator<Item = String> {
    org.matrix.overrides.iter().filter(|laid| laid.outcome == EntryOutcome::Applied).map(|laid| {
        let entry = &laid.entry;
        format!(
            "{} is decided by {}:{} ({}, until {}): {}; published was {}",
            laid.endpoint, laid.file, entry.line, entry.owner, entry.expires, entry.reason, laid.before
        )
    })
}

fn matrix(org: &OrgEvidence<'_>) -> MatrixRow {
    MatrixRow {
        org: org.map.snapshot.org.name.clone(),
        origin: org.matrix.origin.clone(),
        date: org.matrix.date.map_or_else(|| "not known".to_owned(), |date| date.to_string()),
        operations: words::number(org.matrix.operations),
        sha256: org.matrix.sha256.chars().take(12).collect(),
        notes: org.matrix.notes.iter().cloned().chain(overrides(org)).collect(),
    }
}
