//! `run.json`: the record of the run: versions, gate, completeness, what the collection cost.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::findings_json::GateText;
use super::json;
use crate::error::ReportError;
use crate::format::Format;
use crate::view::{DriftCounts, ListingView, OrgView, Report};
use rolecall_access::radar::{Became, Radar};
use rolecall_findings::finding::Status;
use rolecall_matrix::announced::Coming;
use rolecall_matrix::overlay::{EntryOutcome, Laid, requirement_words};
use rolecall_matrix::reviewed;

/// The file.
pub const FILE: &str = "run.json";

/// `run.json`.
pub struct RunJson;

impl Format for RunJson {
    fn name(&self) -> &'static str {
        "run"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        json::write(&folder.join(FILE), &document(report))
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    rolecall: &'a str,
    run_id: &'a str,
    as_of: String,
    sentence: &'a str,
    complete: bool,
    gate: GateText<'a>,
    access: Access<'a>,
    orgs: Vec<Org<'a>>,
    failed_orgs: Vec<Failed<'a>>,
    drift: Vec<Pair<'a>>,
    since: Vec<Since<'a>>,
    waivers: Option<Waivers<'a>>,
    history: History<'a>,
}

#[derive(Serialize)]
struct Waivers<'a> {
    file: &'a str,
    in_force: usize,
    expired: usize,
    unmatched: usize,
    too_wide: usize,
    expire_soon: usize,
    findings_waived: usize,
}

#[derive(Serialize)]
struct History<'a> {
    previous_run: Option<&'a str>,
    previous_as_of: Option<String>,
    nights_kept: usize,
    #[serde(flatten)]
    by_status: std::collections::BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Pair<'a> {
    from: &'a str,
    to: &'a str,
    compared: bool,
    counts: Option<Compared>,
}

#[derive(Serialize)]
struct Since<'a> {
    org: &'a str,
    before: String,
    after: String,
    counts: Compared,
}

#[derive(Serialize)]
struct Compared {
    blocked_calls: usize,
    blocked_principals: usize,
    may_fail: usize,
    not_known: usize,
    breaks: usize,
    unknown: usize,
    widens: usize,
    narrows: usize,
    none: usize,
    not_compared: usize,
    ignored: usize,
}

impl Compared {
    fn of(counts: &DriftCounts) -> Self {
        let [breaks, unknown, widens, narrows, none] = counts.effects;
        Self {
            blocked_calls: counts.blocked_calls,
            blocked_principals: counts.blocked_principals,
            may_fail: counts.may_fail,
            not_known: counts.not_known,
            breaks,
            unknown,
            widens,
            narrows,
            none,
            not_compared: counts.not_compared,
            ignored: counts.ignored,
        }
    }
}

#[derive(Serialize)]
struct Access<'a> {
    asked: &'a str,
    written: &'a str,
    rows: u64,
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct Org<'a> {
    name: &'a str,
    environment: &'a str,
    platform_id: &'a str,
    platform_name: &'a str,
    api_url: &'a str,
    collected_by: &'a str,
    complete: bool,
    scopes_enforced: Option<bool>,
    matrix: Matrix<'a>,
    listings: Vec<Listing<'a>>,
    collection: Collection<'a>,
    counts: Counts,
    excess_not_judged: &'a [String],
}

#[derive(Serialize)]
struct Matrix<'a> {
    origin: &'a str,
    date: Option<String>,
    sha256: &'a str,
    published_sha256: &'a str,
    previous_sha256: Option<&'a str>,
    changes: Option<Changes>,
    operations: usize,
    notes: &'a [String],
    overrides: Vec<OverrideUsed<'a>>,
    reviewed: BTreeMap<&'static str, usize>,
    announced: Vec<Announced<'a>>,
}

/// A requirement that is announced and not in force yet.
#[derive(Serialize)]
struct Announced<'a> {
    effective: String,
    method: &'a str,
    path: &'a str,
    before: String,
    after: String,
    source: &'a str,
}

impl<'a> Announced<'a> {
    fn of(coming: &'a Coming) -> Self {
        Self {
            effective: coming.effective.to_string(),
            method: coming.endpoint.method.as_str(),
            path: &coming.endpoint.path,
            before: requirement_words(&coming.before),
            after: requirement_words(&coming.after),
            source: &coming.cited,
        }
    }
}

/// How many rows of the built-in overlay there are, and what became of how many.
fn reviewed_counts(rows: &[reviewed::Standing]) -> BTreeMap<&'static str, usize> {
    let count =
        |outcome: reviewed::RowOutcome| (outcome.as_str(), rows.iter().filter(|one| one.outcome == outcome).count());
    reviewed::RowOutcome::ALL.into_iter().map(count).chain([("rows", rows.len())]).collect()
}

/// An entry of the overlay file.
#[derive(Serialize)]
struct OverrideUsed<'a> {
    method: &'a str,
    path: &'a str,
    fate: &'a str,
    requires: String,
    published: &'a str,
    reason: &'a str,
    evidence: &'a str,
    owner: &'a str,
    expires: String,
    effective: Option<String>,
    file: &'a str,
    line: usize,
}

impl<'a> OverrideUsed<'a> {
    fn of(laid: &'a Laid, matrix: &'a rolecall_matrix::Matrix) -> Self {
        let entry = &laid.entry;
        let operation = matrix.get(&laid.endpoint).filter(|_| laid.outcome == EntryOutcome::Applied);
        Self {
            method: laid.endpoint.method.as_str(),
            path: &laid.endpoint.path,
            fate: laid.outcome.as_str(),
            requires: operation.map(|(_, one)| requirement_words(&one.requirement)).unwrap_or_default(),
            published: &laid.before,
            reason: &entry.reason,
            evidence: &entry.evidence,
            owner: &entry.owner,
            expires: entry.expires.to_string(),
            effective: entry.effective.map(|day| day.to_string()),
            file: &laid.file,
            line: entry.line,
        }
    }
}

/// How many operations came, went or ask for something else, and how many of them somebody needs or uses.
#[derive(Serialize)]
struct Changes {
    added: usize,
    removed: usize,
    changed: usize,
    retold: usize,
    needed: usize,
}

impl Changes {
    fn of(radar: &Radar<'_>) -> Self {
        let count = |became| radar.which(became).count();
        Self {
            added: count(Became::Added),
            removed: count(Became::Removed),
            changed: count(Became::Changed),
            retold: count(Became::Reworded),
            needed: radar.operations.iter().filter(|one| !one.callers.is_empty()).count(),
        }
    }
}

#[derive(Serialize)]
struct Listing<'a> {
    listing: &'a str,
    seen: &'a str,
    read: u64,
    expected: Option<u64>,
    affects: Option<&'a str>,
    unread: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Unread<'a> {
    of: Option<&'a str>,
    why: &'a str,
    missing_permissions: &'a [String],
}

#[derive(Serialize)]
struct Collection<'a> {
    started: Option<String>,
    seconds: f64,
    calls_needed: u64,
    calls_made: u64,
    retries: u64,
    rate_limited: u64,
    tokens: u64,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Counts {
    oauth_clients: usize,
    authorizations: Option<usize>,
    service_users: usize,
    users: usize,
    groups: usize,
    roles: usize,
    permissions: usize,
    divisions: usize,
    grants: usize,
    needed_calls: usize,
    gaps: usize,
    excess: usize,
}

#[derive(Serialize)]
struct Failed<'a> {
    name: &'a str,
    environment: &'a str,
    why: &'a str,
}

fn document<'a>(report: &'a Report<'_>) -> Document<'a> {
    let access = &report.access;
    Document {
        schema_version: 1,
        rolecall: &report.run.version,
        run_id: &report.run.id,
        as_of: report.run.as_of.to_string(),
        sentence: &report.sentence,
        complete: report.run.complete,
        gate: GateText::of(report),
        access: Access {
            asked: access.asked.as_str(),
            written: access.chosen.as_str(),
            rows: access.rows,
            note: (!access.note.is_empty()).then_some(&access.note),
        },
        orgs: report.orgs.iter().map(|org| self::org(report, org)).collect(),
        failed_orgs: report
            .failed
            .iter()
            .map(|org| Failed { name: &org.name, environment: &org.environment, why: &org.why })
            .collect(),
        drift: report
            .pairs
            .iter()
            .map(|pair| Pair {
                from: &pair.from,
                to: &pair.to,
                compared: pair.counts.is_some(),
                counts: pair.counts.as_ref().map(Compared::of),
            })
            .collect(),
        since: report
            .since
            .iter()
            .map(|since| Since {
                org: &since.org,
                before: since.before.to_string(),
                after: report.run.as_of.to_string(),
                counts: Compared::of(&since.counts),
            })
            .collect(),
        waivers: report.waivers.file.as_deref().map(|file| Waivers {
            file,
            in_force: report.waivers.in_force,
            expired: report.waivers.expired,
            unmatched: report.waivers.unmatched,
            too_wide: report.waivers.too_wide,
            expire_soon: report.waivers.expiring.len(),
            findings_waived: report.waivers.waived.len(),
        }),
        history: history(report),
    }
}

fn history<'a>(report: &'a Report<'_>) -> History<'a> {
    let last = report.last_night.as_ref();
    let count = |status: Status| report.findings.iter().filter(|finding| finding.status == status).count();
    History {
        previous_run: last.map(|last| last.run_id.as_str()),
        previous_as_of: last.map(|last| last.as_of.to_string()),
        nights_kept: last.map_or(0, |last| last.nights_kept),
        by_status: Status::ALL.into_iter().map(|status| (status.as_str(), count(status))).collect(),
    }
}

fn org<'a>(report: &'a Report<'_>, org: &'a OrgView) -> Org<'a> {
    let counts = &org.counts;
    let collection = &org.collection;
    Org {
        name: &org.name,
        environment: &org.environment,
        platform_id: &org.platform_id,
        platform_name: &org.platform_name,
        api_url: &org.api_url,
        collected_by: report.evidence.orgs.get(org.at).map_or("", |one| &one.map.snapshot.collected_by),
        complete: org.complete,
        scopes_enforced: org.scopes_enforced,
        matrix: Matrix {
            origin: &org.matrix.origin,
            date: org.matrix.date.map(|date| date.to_string()),
            sha256: &org.matrix.sha256,
            published_sha256: &org.matrix.published_sha256,
            previous_sha256: org.matrix.previous_sha256.as_deref(),
            changes: report.evidence.radar.iter().find(|of| of.org == org.name).map(|of| Changes::of(&of.radar)),
            operations: org.matrix.operations,
            notes: &org.matrix.notes,
            overrides: report.evidence.orgs.get(org.at).map_or_else(Vec::new, |one| {
                one.matrix.overrides.iter().map(|laid| OverrideUsed::of(laid, one.map.matrix)).collect()
            }),
            reviewed: reviewed_counts(&org.matrix.reviewed),
            announced: org.matrix.announced.iter().map(Announced::of).collect(),
        },
        listings: org.listings.iter().map(listing).collect(),
        collection: Collection {
            started: collection.started.map(|at| at.to_string()),
            seconds: collection.seconds,
            calls_needed: collection.calls_needed,
            calls_made: collection.calls_made,
            retries: collection.retries,
            rate_limited: collection.rate_limited,
            tokens: collection.tokens,
            notes: &collection.notes,
        },
        counts: Counts {
            oauth_clients: counts.oauth_clients,
            authorizations: counts.authorizations,
            service_users: counts.service_users,
            users: counts.users,
            groups: counts.groups,
            roles: counts.roles,
            permissions: counts.permissions,
            divisions: counts.divisions,
            grants: counts.grants,
            needed_calls: counts.needed,
            gaps: counts.gaps,
            excess: counts.excess,
        },
        excess_not_judged: &org.not_judged,
    }
}

fn listing(listing: &ListingView) -> Listing<'_> {
    let unread = listing.unread.iter().map(|part| Unread {
        of: part.of.as_deref(),
        why: &part.why,
        missing_permissions: &part.missing_permissions,
    });
    Listing {
        listing: listing.listing.as_str(),
        seen: listing.seen.as_str(),
        read: listing.read,
        expected: listing.expected,
        affects: listing.is_missing().then(|| listing.listing.affects()),
        unread: unread.collect(),
    }
}
