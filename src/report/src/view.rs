//! The final report, sorted: what every format prints.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::row::{Missing, row};
use super::settings::AccessRows;
use rolecall_base::coverage::{Listing, Seen, Unread};
use rolecall_base::snapshot::CollectionRecord;
use rolecall_findings::evidence::{Evidence, FailedOrg, MatrixUsed};
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;
use rolecall_findings::trend::NightCounts;
use rolecall_findings::waivers::Standing;

/// A night, ready to print. Lists are sorted; nothing here depends on the order in which anything was read.
pub struct Report<'a> {
    /// The evidence, for those who ask it single questions (`access.csv`, a page a principal).
    pub evidence: &'a Evidence<'a>,
    /// The run.
    pub run: RunView,
    /// The verdict of the night in one sentence.
    pub sentence: String,
    /// Orgs, sorted by name.
    pub orgs: Vec<OrgView>,
    /// Orgs of which nothing could be read, sorted by name.
    pub failed: Vec<FailedOrg>,
    /// Findings: worst first, then by check, org, subject and id.
    pub findings: Vec<Finding>,
    /// The rows of the CSV files.
    pub tables: Tables,
    /// Which rows of `access.csv` are written.
    pub access: AccessPlan,
    /// The pairs that were to be compared.
    pub pairs: Vec<PairView>,
    /// The orgs that were compared with their last night.
    pub since: Vec<SinceView>,
    /// How the waivers stand.
    pub waivers: Standing,
    /// How many findings the last nights had, this run included, oldest first.
    pub trend: Vec<NightCounts>,
    /// The night that this one was compared with; `None` where there is none before it.
    pub last_night: Option<LastNight>,
    /// The ids of the checks that are turned off.
    pub checks_off: BTreeSet<String>,
    /// Whether CSV files begin with a byte order mark.
    pub csv_bom: bool,
}

/// A pair of orgs that was to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairView {
    /// The left side.
    pub from: String,
    /// The right side.
    pub to: String,
    /// What comparing came to; `None` where one of the sides was not read, so that they could not be compared at all.
    pub counts: Option<DriftCounts>,
}

/// An org that was compared with its last night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinceView {
    /// The org.
    pub org: String,
    /// The time that the earlier night is counted from.
    pub before: Timestamp,
    /// What comparing came to.
    pub counts: DriftCounts,
}

/// How much a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftCounts {
    /// Needed calls that work on the left and fail on the right.
    pub blocked_calls: usize,
    /// Principals that make them.
    pub blocked_principals: usize,
    /// Needed calls that may fail on the right.
    pub may_fail: usize,
    /// Needed calls of which nobody can say.
    pub not_known: usize,
    /// Differences by effect, gravest first, as [`rolecall_access::drift::change::Effect::GRAVEST_FIRST`].
    pub effects: [usize; 5],
    /// Lists that could not be compared, or only in part, although they were asked for.
    pub not_compared: usize,
    /// Differences that an `ignore` glob left out.
    pub ignored: usize,
}

/// What comparing came to.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The pairs, in the order of the configuration.
    pub pairs: Vec<PairView>,
    /// The orgs that were compared with their last night, by name.
    pub since: Vec<SinceView>,
    /// The rows of `drift.csv`, sorted.
    pub rows: Vec<DriftRow>,
    /// The rows of `blockers.csv`, sorted.
    pub blockers: Vec<BlockerRow>,
    /// The rows of `changes.csv`, sorted.
    pub changes: Vec<ChangeRow>,
}

/// The night that this one was compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastNight {
    /// The id of its run.
    pub run_id: String,
    /// The time it is counted from.
    pub as_of: Timestamp,
    /// How many nights before this one the history holds.
    pub nights_kept: usize,
}

/// The run as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunView {
    /// The program's version.
    pub version: String,
    /// The run's id: its time in a form that is a folder name.
    pub id: String,
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// Whether everything that was asked for was read.
    pub complete: bool,
    /// The gate.
    pub gate: Gate,
}

/// Whether the night passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Open findings at or above this severity fail it.
    pub fail_on: Severity,
    /// How many there are.
    pub at_or_above: usize,
    /// The exit code: 0 passed, 1 failed, 3 something is not known.
    pub exit_code: u8,
}

impl Gate {
    /// `passed`, `failed` or `not-known`.
    pub fn as_str(&self) -> &'static str {
        match self.exit_code {
            0 => "passed",
            1 => "failed",
            _ => "not-known",
        }
    }
}

/// Whether a finding can fail the gate: it was found in this run, and nobody accepted it.
pub fn is_at_gate(finding: &Finding) -> bool {
    finding.status.is_at_gate()
}

/// Whether a finding still asks for something: neither gone nor waived.
pub fn is_open(finding: &Finding) -> bool {
    !matches!(finding.status, Status::Resolved | Status::Waived)
}

/// One org.
#[derive(Clone, Debug)]
pub struct OrgView {
    /// Position in the evidence.
    pub at: usize,
    /// Its name in the configuration.
    pub name: String,
    /// Free text from the configuration.
    pub environment: String,
    /// The platform's id; empty when not read.
    pub platform_id: String,
    /// The platform's name; empty when not read.
    pub platform_name: String,
    /// Where its API was read from.
    pub api_url: String,
    /// Whether everything that was asked for was read.
    pub complete: bool,
    /// One line a list, in the order of reports.
    pub listings: Vec<ListingView>,
    /// Which matrix was used.
    pub matrix: MatrixUsed,
    /// How the collection went.
    pub collection: CollectionRecord,
    /// Whether the org enforces scopes; `None`: not known.
    pub scopes_enforced: Option<bool>,
    /// How much there is of everything.
    pub counts: OrgCounts,
    /// Names of the principals of whose excess nothing can be said, sorted.
    pub not_judged: Vec<String>,
}

/// The completeness of one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingView {
    /// Which list.
    pub listing: Listing,
    /// How much was seen.
    pub seen: Seen,
    /// Items read.
    pub read: u64,
    /// Items the platform counts, where it tells.
    pub expected: Option<u64>,
    /// What is missing.
    pub unread: Vec<Unread>,
}

impl ListingView {
    /// Whether something that was asked for is missing.
    pub fn is_missing(&self) -> bool {
        matches!(self.seen, Seen::Part | Seen::Nothing)
    }
}

/// Counts of one org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgCounts {
    /// OAuth clients.
    pub oauth_clients: usize,
    /// Authorizations of apps; `None` where the configuration does not ask for them.
    pub authorizations: Option<usize>,
    /// Service users.
    pub service_users: usize,
    /// Other users that were collected.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Roles.
    pub roles: usize,
    /// Permissions of the catalogue.
    pub permissions: usize,
    /// Divisions.
    pub divisions: usize,
    /// Direct grants.
    pub grants: usize,
    /// Calls that are needed, declared and observed.
    pub needed: usize,
    /// Rows of `gaps.csv`.
    pub gaps: usize,
    /// Rows of `excess.csv`.
    pub excess: usize,
    /// Open findings by severity, worst first, as [`Severity::WORST_FIRST`].
    pub findings: [usize; 5],
}

/// Which rows of `access.csv` are written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPlan {
    /// What was asked for.
    pub asked: AccessRows,
    /// What is done: never `Auto`.
    pub chosen: AccessRows,
    /// Rows that are written.
    pub rows: u64,
    /// Why there are none although some were asked for; empty otherwise.
    pub note: String,
}

/// The rows of the CSV files, each list sorted.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// `findings.csv`
    pub findings: Vec<FindingRow>,
    /// `gaps.csv`
    pub gaps: Vec<GapRow>,
    /// `excess.csv`
    pub excess: Vec<ExcessRow>,
    /// `drift.csv`
    pub drift: Vec<DriftRow>,
    /// `blockers.csv`
    pub blockers: Vec<BlockerRow>,
    /// `changes.csv`
    pub changes: Vec<ChangeRow>,
    /// `oauth_clients.csv`
    pub oauth_clients: Vec<OauthClientRow>,
    /// `authorizations.csv`
    pub authorizations: Vec<AuthorizationRow>,
    /// `service_users.csv`
    pub service_users: Vec<ServiceUserRow>,
    /// `roles.csv`
    pub roles: Vec<RoleRow>,
    /// `permissions.csv`
    pub permissions: Vec<PermissionRow>,
    /// `grants.csv`
    pub grants: Vec<GrantRow>,
    /// `endpoints.csv`
    pub endpoints: Vec<EndpointRow>,
}

row! {
    /// A finding.
    pub FindingRow in "findings.csv" {
        /// Stable across nights.
        finding_id: String,
        /// How it stands against earlier nights.
        status: Status,
        /// How bad it is.
        severity: Severity,
        /// The check that found it.
        check: String,
        /// The org.
        org: String,
        /// What kind of thing it is about.
        subject_kind: String,
        /// That thing's id.
        subject_id: String,
        /// That thing's name.
        subject_name: String,
        /// The finding in one line.
        title: String,
        /// What was seen.
        detail: String,
        /// What to do.
        fix: String,
        /// The first night it was seen.
        first_seen: Timestamp,
        /// The last night it was seen.
        last_seen: Timestamp,
        /// Until when it is waived; empty when it is not.
        waived_until: Option<Date>,
        /// How many facts stand behind it.
        fact_count: u64,
    }
}

row! {
    /// A needed call that is not allowed.
    pub GapRow in "gaps.csv" {
        /// The org.
        org: String,
        /// The principal's kind.
        principal_kind: String,
        /// Its id.
        principal_id: String,
        /// Its name.
        principal_name: String,
        /// How the client obtains tokens; empty for users.
        grant_type: String,
        /// `declared` or `observed`.
        need: String,
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The verdict.
        verdict: String,
        /// Why.
        reasons: Vec<String>,
        /// How the permissions combine; empty where the endpoint is not in the matrix.
        permissions_match: String,
        /// What is held nowhere.
        missing_permissions: Missing,
        /// Scopes of which one is enough.
        missing_scopes: Vec<String>,
        /// Names of the divisions in which it is not allowed.
        missing_divisions: Vec<String>,
        /// What to do.
        fix: String,
        /// The division it is needed in; empty: any.
        division: String,
        /// What people noted about the need.
        note: String,
        /// How the need is known.
        evidence: String,
    }
}

row! {
    /// A permission that no known need uses.
    pub ExcessRow in "excess.csv" {
        /// The org.
        org: String,
        /// The principal's kind.
        principal_kind: String,
        /// Its id.
        principal_id: String,
        /// Its name.
        principal_name: String,
        /// The permission.
        permission: String,
        /// Class and severity, where it is dangerous.
        risk: String,
        /// Names of the roles that grant it.
        via_roles: Vec<String>,
        /// Names of the divisions it is held in; `*` for all.
        divisions: Vec<String>,
        /// How it is known to be unused.
        evidence: String,
    }
}

row! {
    /// A difference between two sides.
    pub DriftRow in "drift.csv" {
        /// The left side.
        from: String,
        /// The right side.
        to: String,
        /// What kind of thing differs.
        kind: String,
        /// Its name.
        name: String,
        /// Which of its fields.
        field: String,
        /// The value on the left.
        from_value: String,
        /// The value on the right.
        to_value: String,
        /// `breaks`, `widens`, `narrows`, `none` or `unknown`.
        effect: String,
        /// How bad it is.
        severity: Severity,
        /// Its id on the left; empty where it is not there.
        from_id: String,
        /// Its id on the right; empty where it is not there.
        to_id: String,
        /// Needed calls that this breaks, for sure or perhaps.
        breaks: u64,
        /// Principals whose access this changes.
        affected: u64,
        /// Who made the difference; `platform`, or empty where it is not known.
        author: String,
        /// When that was.
        changed_at: Option<Timestamp>,
    }
}

row! {
    /// A needed call that works on the left of a pair and not, or not surely, on the right.
    pub BlockerRow in "blockers.csv" {
        /// The left side.
        from: String,
        /// The right side.
        to: String,
        /// The principal's kind.
        principal_kind: String,
        /// Its name on the left.
        name: String,
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The division it is needed in; empty: any.
        division: String,
        /// `declared`, `observed`, or both.
        need: Vec<String>,
        /// The verdict on the left.
        from_verdict: String,
        /// The verdict on the right; `absent` where the principal is not there.
        to_verdict: String,
        /// `fails`, `may-fail` or `not-known`.
        certainty: String,
        /// What is missing on the right.
        missing_permissions: Vec<String>,
        /// Scopes of which one is enough.
        missing_scopes: Vec<String>,
        /// What kind of thing causes it first.
        cause_kind: String,
        /// Its name.
        cause_name: String,
        /// Which of its fields.
        cause_field: String,
        /// What to do.
        fix: String,
        /// Why the right side does not let it through for sure.
        to_reasons: Vec<String>,
        /// How the need is known.
        evidence: Vec<String>,
    }
}

row! {
    /// A change of an org since its last night.
    pub ChangeRow in "changes.csv" {
        /// The org.
        org: String,
        /// The time of the earlier night.
        since: Timestamp,
        /// What kind of thing changed.
        kind: String,
        /// Its name.
        name: String,
        /// Which of its fields.
        field: String,
        /// How it was.
        from_value: String,
        /// How it is.
        to_value: String,
        /// `breaks`, `widens`, `narrows`, `none` or `unknown`.
        effect: String,
        /// How bad it is.
        severity: Severity,
        /// Needed calls that this breaks, for sure or perhaps.
        breaks: u64,
        /// Principals whose access this changes.
        affected: u64,
        /// Who changed it; `platform`, or empty where it is not known.
        author: String,
        /// When that was.
        changed_at: Option<Timestamp>,
        /// When the newest of its grants was made.
        granted_at: Option<Timestamp>,
    }
}

row! {
    /// An OAuth client.
    pub OauthClientRow in "oauth_clients.csv" {
        /// The org.
        org: String,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its state.
        state: String,
        /// How it obtains tokens.
        grant_type: String,
        /// Its scopes.
        scopes: Vec<String>,
        /// Names of its roles.
        roles: Vec<String>,
        /// Names of the divisions they reach; `*` for all.
        divisions: Vec<String>,
        /// Seconds for which its tokens are valid.
        token_validity_seconds: Option<i64>,
        /// When it was created.
        created: Option<Timestamp>,
        /// When it was last modified.
        modified: Option<Timestamp>,
        /// The last day it called; empty when not known.
        last_used: Option<Date>,
        /// Calls in the usage window; empty when not known.
        requests_observed: Option<u64>,
        /// Ranges of addresses from which it may ask for tokens: empty where there is no list, `not known` among them where
        /// the list could not be understood.
        allowed_addresses: Vec<String>,
    }
}

row! {
    /// The authorization of an app.
    pub AuthorizationRow in "authorizations.csv" {
        /// The org.
        org: String,
        /// The id of the app's client.
        id: String,
        /// Its name.
        name: String,
        /// `third-party`, `built-in`, `own`, or `unknown` where the org's own clients were not read completely.
        kind: String,
        /// `Authorized`, `Requested`, `Revoked` or `Unauthorized`, as the platform says.
        state: String,
        /// Whether it waits for approval; empty where the platform does not say.
        pending: Option<bool>,
        /// How the client obtains tokens.
        grant_type: String,
        /// The scopes in the authorization.
        scopes: Vec<String>,
        /// Names of the roles in it; their ids where no role of this id was read.
        roles: Vec<String>,
        /// When it was made or asked for.
        created: Option<Timestamp>,
        /// When it was last modified: approved, revoked, given other scopes.
        modified: Option<Timestamp>,
        /// Calls in the usage window; empty when not known.
        requests_observed: Option<u64>,
        /// The last day it called; empty when not known.
        last_used: Option<Date>,
        /// Whether it can act: `yes`, `no`, or `unknown` where the platform's word for its state is no published one.
        can_act: String,
        /// The id of who authorized it, where the platform names one.
        resource_owner: String,
    }
}

row! {
    /// A service user.
    pub ServiceUserRow in "service_users.csv" {
        /// The org.
        org: String,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its e-mail address.
        email: String,
        /// Its state.
        state: String,
        /// The rule that makes it a service user.
        matched_by: String,
        /// Names of its roles, those through groups included.
        roles: Vec<String>,
        /// Names of the divisions they reach; `*` for all.
        divisions: Vec<String>,
        /// When it last logged in.
        last_login: Option<Timestamp>,
    }
}

row! {
    /// A role.
    pub RoleRow in "roles.csv" {
        /// The org.
        org: String,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// `default` or `custom`.
        kind: String,
        /// What it grants, wildcards expanded.
        permissions: Vec<String>,
        /// Direct subjects; empty where not all of its grants were read.
        members: Option<u64>,
        /// What the platform says is unused; empty where it does not say.
        unused_permissions: Vec<String>,
        /// How many permissions it grants.
        permission_count: u64,
        /// Direct subjects that were seen.
        members_seen: u64,
    }
}

row! {
    /// A permission.
    pub PermissionRow in "permissions.csv" {
        /// The org.
        org: String,
        /// The permission.
        permission: String,
        /// Whether a division limits it; empty where the catalogue does not say.
        division_aware: Option<bool>,
        /// Whether a role may hold it under a condition; empty where the catalogue does not say.
        allows_conditions: Option<bool>,
        /// Class and severity, where it is dangerous.
        risk: String,
        /// How many roles grant it.
        roles: u64,
        /// How many principals hold it.
        principals: u64,
        /// Whether the org's catalogue lists it; empty where it does not but was not read completely.
        in_catalogue: Option<bool>,
        /// How many operations of the org's matrix name it.
        operations: u64,
    }
}

row! {
    /// A grant.
    pub GrantRow in "grants.csv" {
        /// The org.
        org: String,
        /// The holder's kind: a principal kind, or `group`, `trustee_user`, `trustee_group`, `unknown`.
        principal_kind: String,
        /// Its id.
        principal_id: String,
        /// Its name; empty where no list states it.
        principal_name: String,
        /// The role's id.
        role_id: String,
        /// The role's name; empty where it was not read.
        role_name: String,
        /// The division's id; `*` for all.
        division_id: String,
        /// The division's name; `*` for all.
        division_name: String,
        /// `direct`, or `group:` and the group's name.
        via: String,
        /// When it was made.
        granted_at: Option<Timestamp>,
    }
}

row! {
    /// An endpoint of a matrix in force.
    pub EndpointRow in "endpoints.csv" {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// How the permissions combine.
        permissions_match: String,
        /// What it requires.
        permissions: Vec<String>,
        /// The scopes it lists.
        scopes: Vec<String>,
        /// Whether it needs a user behind the token.
        user_context: String,
        /// Where this is known from.
        source: String,
        /// How well the scopes are known.
        scope_source: String,
        /// `yes`, `no`, or empty.
        deprecated: String,
        /// The org whose matrix says so; empty where all agree.
        org: String,
        /// `yes` where nothing is published of a call that changes something, else `no`.
        nothing_published: String,
    }
}
