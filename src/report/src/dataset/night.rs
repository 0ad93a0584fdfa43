//! What a night could tell and what not, as rows: without them an absent row would look like good news.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::row::row;
use crate::view::{DriftCounts, ListingView, OrgCounts, OrgView, Report};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_findings::severity::Severity;

row! {
    /// An org on a night.
    pub(super) RunRow in "runs" {
        /// The org.
        org: String,
        /// Time of the run: ages and windows are counted from it.
        as_of: Timestamp,
        /// The program's version.
        version: String,
        /// Free text from the configuration.
        environment: String,
        /// The platform's id; empty when not read.
        platform_id: String,
        /// The platform's name; empty when not read.
        platform_name: String,
        /// Whether anything could be read of it.
        read: bool,
        /// Whether everything that was asked for was read.
        complete: bool,
        /// Why nothing could be read; empty otherwise.
        why: String,
        /// Whether everything was read of all orgs of the run.
        night_complete: bool,
        /// The run's gate: `passed`, `failed` or `not-known`.
        gate: String,
        /// Findings of this severity or a worse one fail it.
        fail_on: Severity,
        /// How many of the run there are.
        at_gate: u64,
        /// The earlier night that `changes` begins at; empty where the org was not compared with one.
        compared_with: Option<Timestamp>,
        /// Where the matrix in force is from.
        matrix_origin: String,
        /// The date of its facts.
        matrix_date: Option<Date>,
        /// What it requires, as a SHA-256.
        matrix_sha256: String,
        /// Whether the built-in one took the place of the org's own.
        matrix_fell_back: Option<bool>,
        /// Whether the org enforces scopes; empty: not known.
        scopes_enforced: Option<bool>,
        /// OAuth clients. This and all counts below are of what was read, and empty where nothing was.
        oauth_clients: Option<u64>,
        /// Service users.
        service_users: Option<u64>,
        /// Other users that were collected.
        users: Option<u64>,
        /// Groups.
        groups: Option<u64>,
        /// Roles.
        roles: Option<u64>,
        /// Permissions of the catalogue.
        permissions: Option<u64>,
        /// Divisions.
        divisions: Option<u64>,
        /// Direct grants.
        grants: Option<u64>,
        /// Calls that are needed.
        needed: Option<u64>,
        /// Rows of `gaps`.
        gaps: Option<u64>,
        /// Rows of `excess`.
        excess: Option<u64>,
        /// Principals of whose excess nothing can be said.
        excess_not_judged: Option<u64>,
        /// Open critical findings.
        findings_critical: Option<u64>,
        /// Open high findings.
        findings_high: Option<u64>,
        /// Open medium findings.
        findings_medium: Option<u64>,
        /// Open low findings.
        findings_low: Option<u64>,
        /// Open findings that are worth knowing.
        findings_info: Option<u64>,
        /// Authorizations of apps; empty where they were not asked for.
        authorizations: Option<u64>,
    }
}

row! {
    /// A list of an org on a night.
    pub(super) ListingRow in "listings" {
        /// The org.
        org: String,
        /// Which list.
        listing: String,
        /// `whole`, `in part`, `not read` or `not asked for`.
        seen: String,
        /// Items read.
        read: Option<u64>,
        /// Items that the platform counts, where it tells.
        expected: Option<u64>,
        /// Why something is missing.
        why: Vec<String>,
        /// What the auditor would need to hold to read it.
        missing_permissions: Vec<String>,
        /// Which verdicts cannot be trusted for it.
        affects: String,
    }
}

row! {
    /// A configured pair of orgs on a night.
    pub(super) PairRow in "pairs" {
        /// The left side.
        from: String,
        /// The right side.
        to: String,
        /// Whether both were read, so that they could be compared; the counts are empty where they were not.
        compared: bool,
        /// Needed calls that work on the left and fail on the right.
        blocked_calls: Option<u64>,
        /// Principals that make them.
        blocked_principals: Option<u64>,
        /// Needed calls that may fail on the right.
        may_fail: Option<u64>,
        /// Needed calls of which nobody can say.
        not_known: Option<u64>,
        /// Differences that break a needed call.
        breaks: Option<u64>,
        /// Differences of which the effect is not known.
        unknown: Option<u64>,
        /// Differences that widen access.
        widens: Option<u64>,
        /// Differences that narrow access.
        narrows: Option<u64>,
        /// Differences without an effect.
        none: Option<u64>,
        /// Lists that could not be compared, or only in part.
        not_compared: Option<u64>,
        /// Differences that an `ignore` glob left out.
        ignored: Option<u64>,
    }
}

/// One row an org that was asked, sorted.
pub(super) fn runs(report: &Report<'_>) -> Vec<RunRow> {
    let read = report.orgs.iter().map(|org| run_of(report, org));
    let failed = report.failed.iter().map(|org| RunRow {
        org: org.name.clone(),
        environment: org.environment.clone(),
        why: org.why.clone(),
        ..nothing_read(report)
    });
    let mut rows: Vec<RunRow> = read.chain(failed).collect();
    rows.sort();
    rows
}

fn run_of(report: &Report<'_>, org: &OrgView) -> RunRow {
    let OrgCounts {
        oauth_clients,
        authorizations,
        service_users,
        users,
        groups,
        roles,
        permissions,
        divisions,
        grants,
        needed,
        gaps,
        excess,
        findings: [critical, high, medium, low, info],
    } = org.counts;
    RunRow {
        org: org.name.clone(),
        environment: org.environment.clone(),
        platform_id: org.platform_id.clone(),
        platform_name: org.platform_name.clone(),
        read: true,
        complete: org.complete,
        compared_with: report.since.iter().find(|since| since.org == org.name).map(|since| since.before),
        matrix_origin: org.matrix.origin.clone(),
        matrix_date: org.matrix.date,
        matrix_sha256: org.matrix.sha256.clone(),
        matrix_fell_back: Some(org.matrix.fell_back),
        scopes_enforced: org.scopes_enforced,
        oauth_clients: Some(oauth_clients as u64),
        service_users: Some(service_users as u64),
        users: Some(users as u64),
        groups: Some(groups as u64),
        roles: Some(roles as u64),
        permissions: Some(permissions as u64),
        divisions: Some(divisions as u64),
        grants: Some(grants as u64),
        needed: Some(needed as u64),
        gaps: Some(gaps as u64),
        excess: Some(excess as u64),
        excess_not_judged: Some(org.not_judged.len() as u64),
        findings_critical: Some(critical as u64),
        findings_high: Some(high as u64),
        findings_medium: Some(medium as u64),
        findings_low: Some(low as u64),
        findings_info: Some(info as u64),
        authorizations: authorizations.map(|count| count as u64),
        ..nothing_read(report)
    }
}

/// What is true of every org of a run, and nothing else.
fn nothing_read(report: &Report<'_>) -> RunRow {
    let gate = &report.run.gate;
    RunRow {
        org: String::new(),
        as_of: report.run.as_of,
        version: report.run.version.clone(),
        environment: String::new(),
        platform_id: String::new(),
        platform_name: String::new(),
        read: false,
        complete: false,
        why: String::new(),
        night_complete: report.run.complete,
        gate: gate.as_str().to_owned(),
        fail_on: gate.fail_on,
        at_gate: gate.at_or_above as u64,
        compared_with: None,
        matrix_origin: String::new(),
        matrix_date: None,
        matrix_sha256: String::new(),
        matrix_fell_back: None,
        scopes_enforced: None,
        oauth_clients: None,
        service_users: None,
        users: None,
        groups: None,
        roles: None,
        permissions: None,
        divisions: None,
        grants: None,
        needed: None,
        gaps: None,
        excess: None,
        excess_not_judged: None,
        findings_critical: None,
        findings_high: None,
        findings_medium: None,
        findings_low: None,
        findings_info: None,
        authorizations: None,
    }
}

/// One row a list of each org that was asked, sorted by org, in the order of reports.
pub(super) fn listings(report: &Report<'_>) -> Vec<ListingRow> {
    let read = report.orgs.iter().flat_map(|org| org.listings.iter().map(|listing| listing_row(&org.name, listing)));
    let failed = report.failed.iter().flat_map(|org| {
        Listing::ALL.into_iter().map(|listing| ListingRow {
            org: org.name.clone(),
            listing: listing.as_str().to_owned(),
            seen: Seen::Nothing.as_str().to_owned(),
            read: None,
            expected: None,
            why: vec![org.why.clone()],
            missing_permissions: Vec::new(),
            affects: listing.affects().to_owned(),
        })
    });
    read.chain(failed).collect()
}

fn listing_row(org: &str, listing: &ListingView) -> ListingRow {
    let why: BTreeSet<&String> = listing.unread.iter().map(|unread| &unread.why).collect();
    let missing: BTreeSet<&String> = listing.unread.iter().flat_map(|unread| &unread.missing_permissions).collect();
    ListingRow {
        org: org.to_owned(),
        listing: listing.listing.as_str().to_owned(),
        seen: listing.seen.as_str().to_owned(),
        read: Some(listing.read),
        expected: listing.expected,
        why: why.into_iter().cloned().collect(),
        missing_permissions: missing.into_iter().cloned().collect(),
        affects: if listing.is_missing() { listing.listing.affects().to_owned() } else { String::new() },
    }
}

/// One row a configured pair, sorted.
pub(super) fn pairs(report: &Report<'_>) -> Vec<PairRow> {
    let row = |pair: &crate::view::PairView| {
        let count = |of: fn(&DriftCounts) -> usize| pair.counts.as_ref().map(|counts| of(counts) as u64);
        let [breaks, unknown, widens, narrows, none] =
            pair.counts.as_ref().map_or([None; 5], |counts| counts.effects.map(|rows| Some(rows as u64)));
        PairRow {
            from: pair.from.clone(),
            to: pair.to.clone(),
            compared: pair.counts.is_some(),
            blocked_calls: count(|counts| counts.blocked_calls),
            blocked_principals: count(|counts| counts.blocked_principals),
            may_fail: count(|counts| counts.may_fail),
            not_known: count(|counts| counts.not_known),
            breaks,
            unknown,
            widens,
            narrows,
            none,
            not_compared: count(|counts| counts.not_compared),
            ignored: count(|counts| counts.ignored),
        }
    };
    let mut rows: Vec<PairRow> = report.pairs.iter().map(row).collect();
    rows.sort();
    rows
}
