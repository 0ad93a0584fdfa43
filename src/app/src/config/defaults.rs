//! What holds where the configuration says nothing: every default once, with its reason.

use super::job::{AccessRows, MatrixChoice};
use crate::notify::settings::{Heartbeat, Security, Shape};
use rolecall_collect::settings::UsersWanted;
use rolecall_findings::severity::Severity;

/// `needs.observed_days`: a month shows weekly and monthly jobs, and costs one query an org.
pub const OBSERVED_DAYS: u32 = 30;

/// `matrix.source`: the org's own document is the only one that is certainly of the org's own day.
pub const MATRIX_SOURCE: MatrixChoice = MatrixChoice::Org;

/// `matrix.max_age_days`: the platform changes requirements with its weekly releases.
pub const MATRIX_MAX_AGE_DAYS: u32 = 7;

/// Name of the folder for fetched matrices, in the history folder: it lives and is backed up with the nights.
pub const MATRIX_CACHE: &str = "matrix";

/// `collect.requests_per_minute`: the platform's own usual limit for one token.
pub const REQUESTS_PER_MINUTE: u32 = 300;

/// `collect.users`: people outnumber machines a thousandfold, and the audit is about machines.
pub const USERS: UsersWanted = UsersWanted::Service;

/// `collect.grant_dates`: one more listing a division; affordable, and an old grant is a finding of its own.
pub const GRANT_DATES: bool = true;

/// `collect.default_roles`: off, because it costs a call for each default role and decides no verdict.
pub const DEFAULT_ROLES: bool = false;

/// `collect.third_party_apps`: off, because the list asks for `oauth:client:authorize`, which can also approve apps: the
/// auditor's client would not be one that only looks any more.
pub const THIRD_PARTY_APPS: bool = false;

/// `collect.audit_days`: off, because the audit log is slow to query and decides no verdict.
pub const AUDIT_DAYS: u32 = 0;

/// `gate.fail_on`: worth fixing this week is worth a red night.
pub const FAIL_ON: Severity = Severity::High;

/// `report.formats`: one for people, one for spreadsheets, one for programs.
pub const FORMATS: [&str; 3] = ["html", "csv", "json"];

/// `report.access`: complete where that is still a file that opens.
pub const ACCESS: AccessRows = AccessRows::Auto;

/// `report.csv_bom`: programs stumble over the mark more often than Excel needs it.
pub const CSV_BOM: bool = false;

/// `history.keep_nights`: a year and a month, so that a year's end can be compared with the one before.
pub const KEEP_NIGHTS: u32 = 400;

/// `history.keep_snapshots`: a month, and the days that people are late in looking.
pub const KEEP_SNAPSHOTS: u32 = 35;

/// `history.dir`: beside the configuration, where its owner looks.
pub const HISTORY_DIR: &str = "history";

/// `notify.shape`: the one that no vendor has a say in.
pub const SHAPE: Shape = Shape::Json;

/// `notify.security`: what port 587 of a mail server speaks.
pub const SECURITY: Security = Security::StartTls;

/// `notify.min_severity`: what asks for nothing need not wake anybody.
pub const MIN_SEVERITY: Severity = Severity::Low;

/// `notify.heartbeat`: without it nobody could tell peace from a job that does not run any more.
pub const HEARTBEAT: Heartbeat = Heartbeat::Weekly;

/// `notify.port` by `security`: submission (RFC 6409), submission over TLS (RFC 8314), a server on this machine.
pub const fn port(security: Security) -> u16 {
    match security {
        Security::StartTls => 587,
        Security::Tls => 465,
        Security::None => 25,
    }
}
