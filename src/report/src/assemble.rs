//! Evidence and findings to a report: the one place that counts, sorts and groups.

use super::compared;
use super::sentence;
use super::settings::{AccessRows, ReportSettings};
use super::tables;
use super::view::{AccessPlan, Gate, LastNight, ListingView, OrgCounts, OrgView, Report, RunView, is_at_gate, is_open};
use rolecall_access::cross::PrincipalKind;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::run_id::run_id;
use rolecall_findings::evidence::{Evidence, OrgEvidence};
use rolecall_findings::finding::Finding;
use rolecall_findings::judge;
use rolecall_findings::severity::Severity;

/// More rows than this are not written unless they are asked for.
pub const MANY_ROWS: u64 = 1_000_000;

/// Puts a report together. Formats print it as it is.
pub fn assemble<'a>(
    evidence: &'a Evidence<'a>,
    mut findings: Vec<Finding>,
    last_night: Option<LastNight>,
    settings: &ReportSettings,
) -> Report<'a> {
    judge::sort(&mut findings);
    let comparison = compared::of(evidence);
    let complete = evidence.is_complete();
    let at_or_above = findings.iter().filter(|one| is_at_gate(one) && one.severity >= settings.fail_on).count();
    let exit_code = match (complete, at_or_above) {
        (false, _) => 3,
        (true, 0) => 0,
        (true, _) => 1,
    };
    let mut orgs: Vec<OrgView> =
        evidence.orgs.iter().enumerate().map(|(at, org)| org_view(at, org, &findings)).collect();
    orgs.sort_by(|a, b| a.name.cmp(&b.name));
    let mut failed = evidence.failed.clone();
    failed.sort_by(|a, b| a.name.cmp(&b.name));
    let mut report = Report {
        evidence,
        run: RunView {
            version: settings.version.clone(),
            id: run_id(evidence.as_of),
            as_of: evidence.as_of,
            complete,
            gate: Gate { fail_on: settings.fail_on, at_or_above, exit_code },
        },
        sentence: String::new(),
        orgs,
        failed,
        pairs: comparison.pairs.clone(),
        since: comparison.since.clone(),
        tables: tables::tables(evidence, &findings, comparison, &settings.waivers.waived),
        findings,
        access: access_plan(evidence, settings.access),
        waivers: settings.waivers.clone(),
        trend: settings.trend.clone(),
        last_night,
        checks_off: settings.checks_off.clone(),
        csv_bom: settings.csv_bom,
    };
    report.sentence = sentence::of_the_night(&report);
    report
}

fn org_view(at: usize, org: &OrgEvidence<'_>, findings: &[Finding]) -> OrgView {
    let snapshot = org.map.snapshot;
    let of_kind = |kind: PrincipalKind| org.map.principals().iter().filter(|one| one.kind == kind).count();
    let open = |severity: Severity| {
        let of_org = findings.iter().filter(|one| one.org == snapshot.org.name && is_open(one));
        of_org.filter(|one| one.severity == severity).count()
    };
    let listings = Listing::ALL.into_iter().map(|listing| {
        let record = snapshot.coverage.listings.get(&listing);
        let mut unread = record.map(|record| record.unread.clone()).unwrap_or_default();
        unread.sort();
        ListingView {
            listing,
            seen: record.map_or(Seen::Nothing, |record| record.seen),
            read: record.map_or(0, |record| record.read),
            expected: record.and_then(|record| record.expected),
            unread,
        }
    });
    let mut not_judged: Vec<String> = org
        .not_judged
        .iter()
        .filter_map(|(principal, _)| org.map.principals().get(*principal))
        .map(|principal| principal.name.clone())
        .collect();
    not_judged.sort();
    OrgView {
        at,
        name: snapshot.org.name.clone(),
        environment: snapshot.org.environment.clone(),
        platform_id: snapshot.org.id.as_ref().map(ToString::to_string).unwrap_or_default(),
        platform_name: snapshot.org.platform_name.clone().unwrap_or_default(),
        api_url: snapshot.org.api_url.clone(),
        complete: snapshot.coverage.is_complete(),
        listings: listings.collect(),
        matrix: org.matrix.clone(),
        collection: snapshot.collection.clone(),
        scopes_enforced: org.map.scopes_enforced,
        counts: OrgCounts {
            oauth_clients: of_kind(PrincipalKind::OauthClient),
            authorizations: match snapshot.coverage.seen(Listing::ThirdPartyApps) {
                Seen::NotAsked => None,
                Seen::Whole | Seen::Part | Seen::Nothing => Some(snapshot.apps.len()),
            },
            service_users: of_kind(PrincipalKind::ServiceUser),
            users: of_kind(PrincipalKind::User),
            groups: snapshot.groups.len(),
            roles: snapshot.roles.len(),
            permissions: snapshot.permissions.len(),
            divisions: snapshot.divisions.len(),
            grants: snapshot.grants.len(),
            needed: org.needed.calls.len(),
            gaps: org.gaps.len(),
            excess: org.excess.len(),
            findings: Severity::WORST_FIRST.map(open),
        },
        not_judged,
    }
}

fn access_plan(evidence: &Evidence<'_>, asked: AccessRows) -> AccessPlan {
    let rows = |which: AccessRows| -> u64 {
        let of_org = |org: &OrgEvidence<'_>| {
            let principals = org.map.principals().iter().filter(|one| is_written(one.kind, which)).count();
            principals as u64 * org.map.matrix.operations().len() as u64
        };
        evidence.orgs.iter().map(of_org).sum()
    };
    let (chosen, note) = match asked {
        AccessRows::Auto => {
            let wanted = rows(AccessRows::Principals);
            if wanted > MANY_ROWS {
                let note = format!(
                    "access.csv holds no rows: OAuth clients and service users would make {wanted}, more than \
                     {MANY_ROWS}; set `access = \"principals\"` under `[report]` to write them"
                );
                (AccessRows::None, note)
            } else {
                (AccessRows::Principals, String::new())
            }
        }
        AccessRows::None | AccessRows::Principals | AccessRows::AllUsers => (asked, String::new()),
    };
    AccessPlan { asked, chosen, rows: rows(chosen), note }
}

/// Whether a principal of this kind has rows in `access.csv`.
pub fn is_written(kind: PrincipalKind, rows: AccessRows) -> bool {
    match (rows, kind) {
        (AccessRows::None, _) => false,
        (AccessRows::Auto | AccessRows::Principals, PrincipalKind::OauthClient | PrincipalKind::ServiceUser) => true,
        (AccessRows::Auto | AccessRows::Principals, PrincipalKind::User | PrincipalKind::ClientAsUser) => false,
        (AccessRows::AllUsers, _) => true,
    }
}
