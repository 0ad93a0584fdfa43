//! The command line: clap types only.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

mod advising;
mod diagnosing;
mod examples;
mod matrix;

pub(crate) use advising::{AdviseArgs, AdviseFormat};
pub(crate) use diagnosing::{DiagnoseArgs, Printed, ProbeArgs};
pub(crate) use examples::command;
pub(crate) use matrix::{MatrixCommand, MatrixFormat, NameKind};

use super::clock::moment;
use rolecall_access::cross::{PrincipalKind, Verdict};
use rolecall_app::config::waivers;
use rolecall_app::sources;
use rolecall_findings::severity::Severity;
use rolecall_matrix::Method;

/// A nightly permission audit for Genesys Cloud: who will get a 403, on which endpoint, exactly why, and what is the
/// smallest fix.
#[derive(Debug, Parser)]
#[command(name = "rolecall", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
}

/// What applies to every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more of what is done (twice: everything)
    #[arg(long, short, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// How log lines are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Colours: auto follows the terminal and NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// No progress lines
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// Where a terminal shows it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For machines.
    Json,
    /// For spreadsheets.
    Csv,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole job on two embedded orgs, over real HTTP on loopback
    Demo(DemoArgs),
    /// The nightly job: collect, cross, report, gate
    Run(RunArgs),
    /// Only collect: one snapshot an org
    Collect(CollectArgs),
    /// Everything after collection, offline, from snapshots
    Audit(AuditArgs),
    /// Compare two sides: what a promotion breaks, who gains power, what differs
    Drift(DriftArgs),
    /// Why may or may not this principal call this endpoint, and what would fix it
    Explain(ExplainArgs),
    /// Who can call this endpoint
    WhoCan(WhoCanArgs),
    /// What can this principal call
    Can(CanArgs),
    /// The least role that covers what a principal needs, and what can go today
    Advise(AdviseArgs),
    /// What an error body means: kind, cause and fix
    Diagnose(DiagnoseArgs),
    /// Real calls with a principal's own credentials: prediction beside outcome
    Probe(ProbeArgs),
    /// The endpoint-to-requirement matrix
    #[command(subcommand)]
    Matrix(MatrixVerb),
    /// Every check with its documentation
    Checks(ChecksArgs),
    /// Before the first night: credentials, reach, permissions, folders, clock
    Doctor(DoctorArgs),
    /// Accept one finding for a time: writes an entry of the waiver file
    Waive(WaiveArgs),
    /// Serve simulated orgs, for trying things out
    Simulate(SimulateArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where reports are written
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
    /// Take this as the time of the run instead of now
    #[arg(long, value_name = "RFC3339|DATE", value_parser = moment)]
    pub as_of: Option<Timestamp>,
}

/// `run`
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The configuration
    #[arg(long)]
    pub config: PathBuf,
    /// Where reports are written
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
    /// Only these orgs
    #[arg(long = "org", value_name = "NAME")]
    pub orgs: Vec<String>,
    /// Take this as the time of the run instead of now
    #[arg(long, value_name = "RFC3339|DATE", value_parser = moment)]
    pub as_of: Option<Timestamp>,
    /// Exit with 1 from this severity on, instead of the configured one
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
}

/// `collect`
#[derive(Debug, Args)]
pub(crate) struct CollectArgs {
    /// The configuration
    #[arg(long)]
    pub config: PathBuf,
    /// Where snapshots are written
    #[arg(long)]
    pub out: PathBuf,
    /// Only these orgs
    #[arg(long = "org", value_name = "NAME")]
    pub orgs: Vec<String>,
    /// Take this as the time of the run instead of now
    #[arg(long, value_name = "RFC3339|DATE", value_parser = moment)]
    pub as_of: Option<Timestamp>,
}

/// `audit`
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The configuration
    #[arg(long)]
    pub config: PathBuf,
    /// Snapshot files, one an org
    #[arg(long = "snapshot", value_name = "PATH", required = true, num_args = 1..)]
    pub snapshots: Vec<PathBuf>,
    /// Where reports are written
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
    /// Exit with 1 from this severity on, instead of the configured one
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
}

/// `drift`
#[derive(Debug, Args)]
#[command(after_long_help = SIDES_HELP)]
pub(crate) struct DriftArgs {
    /// Where things are as they should be: an org, an earlier night, a snapshot or a CX as Code source
    pub left: String,
    /// Where they are to work as well
    pub right: String,
    /// The configuration: names orgs, needs, and what the pair ignores and maps
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Needs files, in addition to those of the configuration
    #[arg(long, value_name = "FILE")]
    pub needs: Vec<PathBuf>,
    /// Exit with 1 from this severity on, instead of the configured one
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// Only what principals can do, or only what is configured
    #[arg(long, value_enum)]
    pub only: Option<Only>,
    /// Leave out what matches this glob over kind:name
    #[arg(long, value_name = "GLOB")]
    pub ignore: Vec<String>,
    /// The same on both sides although the names differ: 'oauth_client:Dialer=Outbound Dialer'
    #[arg(long, value_name = "KIND:LEFT=RIGHT")]
    pub map: Vec<String>,
    /// Collect the orgs now instead of reading the history
    #[arg(long, requires = "config")]
    pub live: bool,
    /// Another matrix for both sides: a matrix CSV or a Swagger document
    #[arg(long, value_name = "FILE")]
    pub matrix: Option<PathBuf>,
    /// Whether the orgs enforce scopes: true, false or unknown (the configuration decides where it is given)
    #[arg(long, value_name = "true|false|unknown")]
    pub scopes_enforced: Option<Enforced>,
    /// Compare by what is required at this time instead of now: announced requirements have a day
    #[arg(long, value_name = "RFC3339|DATE", value_parser = moment)]
    pub as_of: Option<Timestamp>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: DriftFormat,
}

/// How `drift` names its sides.
const SIDES_HELP: &str = "Sides:
  staging                    an org of the configuration: its newest snapshot in the history (with --live: now)
  staging@last-night         the run before that one
  staging@2026-11-20         the newest night of that day, or of any other beginning of its time
  staging.snapshot.json.gz   a snapshot file
  export/                    a CX as Code export: a folder, a .tf.json file
  terraform.tfstate          a Terraform state, or what `terraform show -json` prints of one
  plan.json@staging          what `terraform show -json PLAN` prints, applied to an org or a snapshot file

Exit codes: 0 nothing at or above the gate, 1 something is, 2 usage, 3 some data is not known, 4 failed.";

/// What of a comparison is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Needed calls that break, and access that differs.
    Effective,
    /// Differences of configuration.
    Config,
}

/// How `drift` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftFormat {
    /// For people.
    #[default]
    Table,
    /// For machines.
    Json,
    /// For spreadsheets.
    Csv,
    /// For a comment on a pull request.
    Markdown,
    /// For code-scanning pages.
    Sarif,
    /// For pipelines.
    Junit,
}

/// Where answers are looked up, and how they are printed.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("lookup").required(true).multiple(true).args(["snapshots", "config"])))]
pub(crate) struct Source {
    #[command(flatten)]
    pub lookup: Lookup,
    /// Answer by what is required at this time instead of now: announced requirements have a day
    #[arg(long, value_name = "RFC3339|DATE", value_parser = moment)]
    pub as_of: Option<Timestamp>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

impl Source {
    /// Where the question is looked up.
    pub(crate) fn sought(&self) -> sources::Source<'_> {
        sources::Source { as_of: self.as_of, ..self.lookup.sought() }
    }
}

/// The orgs that a question is asked of: what every question command takes.
#[derive(Debug, Args)]
pub(crate) struct Lookup {
    /// Snapshot files
    #[arg(long = "snapshot", value_name = "PATH", num_args = 1..)]
    pub snapshots: Vec<PathBuf>,
    /// The configuration: the newest snapshot of each org in its history
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Collect first instead of reading the history
    #[arg(long, requires = "config", conflicts_with = "snapshots")]
    pub live: bool,
    /// Only these orgs
    #[arg(long = "org", value_name = "NAME")]
    pub orgs: Vec<String>,
    /// Another matrix than the one in the snapshot: a matrix CSV or a Swagger document
    #[arg(long, value_name = "FILE")]
    pub matrix: Option<PathBuf>,
    /// Whether the orgs enforce scopes: true, false or unknown (the configuration decides where it is given)
    #[arg(long, value_name = "true|false|unknown")]
    pub scopes_enforced: Option<Enforced>,
}

impl Lookup {
    /// Where the question is looked up, for an answer about now.
    pub(crate) fn sought(&self) -> sources::Source<'_> {
        sources::Source {
            snapshots: &self.snapshots,
            config: self.config.as_deref(),
            live: self.live,
            orgs: &self.orgs,
            matrix: self.matrix.as_deref(),
            scopes_enforced: self.scopes_enforced.map(Enforced::said),
            as_of: None,
        }
    }
}

/// Whether an org enforces scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Enforced {
    /// It does.
    True,
    /// It does not.
    False,
    /// Nobody said.
    Unknown,
}

impl Enforced {
    /// The same, as a question takes it.
    pub(crate) fn said(self) -> sources::Enforced {
        sources::Enforced(match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Unknown => None,
        })
    }
}

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Name or id of an OAuth client or user
    #[arg(long, value_name = "NAME_OR_ID")]
    pub principal: String,
    /// The endpoint: 'METHOD /path'
    #[arg(long, value_name = "METHOD /path")]
    pub endpoint: String,
    /// For a client that acts for users: the user it acts for
    #[arg(long, value_name = "NAME_OR_ID")]
    pub user: Option<String>,
    /// A name that somebody believes in: a scope, permission, role or endpoint, or kind:name (scope:analytics:read). Says
    /// whether it exists, as what, and whether it matters here
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub claimed: Vec<String>,
    /// Make it an assertion: exit 0 as expected, 1 not, 3 not known. A verdict that is neither is not as expected
    #[arg(long, value_enum)]
    pub expect: Option<Expected>,
    /// Where to look it up
    #[command(flatten)]
    pub source: Source,
}

/// What `explain --expect` asserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expected {
    /// The call is let through.
    Allowed,
    /// The call is refused.
    Denied,
}

/// `who-can`
#[derive(Debug, Args)]
pub(crate) struct WhoCanArgs {
    /// The endpoint ('METHOD /path', a curl command, the name of an SDK method), or a permission
    /// ('routing:queue:view', 'Routing > Queue > View', 'routing:queue:*'): who holds it, where, through what
    #[arg(value_name = "METHOD /path|PERMISSION")]
    pub endpoint: String,
    /// Which rows
    #[command(flatten)]
    pub filters: AccessFilters,
    /// Where to look it up
    #[command(flatten)]
    pub source: Source,
}

/// `can`
#[derive(Debug, Args)]
pub(crate) struct CanArgs {
    /// Name or id of an OAuth client or user
    #[arg(value_name = "NAME_OR_ID")]
    pub principal: String,
    /// Only these methods
    #[arg(long = "method", value_name = "METHOD", value_delimiter = ',', value_parser = method)]
    pub methods: Vec<Method>,
    /// Which rows
    #[command(flatten)]
    pub filters: AccessFilters,
    /// Where to look it up
    #[command(flatten)]
    pub source: Source,
}

/// Which rows `who-can` and `can` print.
#[derive(Debug, Args)]
pub(crate) struct AccessFilters {
    /// In the table, also what is denied or unknown; json and csv always hold all
    #[arg(long)]
    pub all: bool,
    /// Leave out what is limited to other divisions than this one
    #[arg(long, value_name = "NAME_OR_ID")]
    pub division: Option<String>,
    /// Only principals of these kinds
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', value_enum)]
    pub kinds: Vec<KindFilter>,
    /// Only rows with these verdicts; the counts stay those of all
    #[arg(long = "verdict", value_name = "VERDICT", value_delimiter = ',', value_enum)]
    pub verdicts: Vec<VerdictFilter>,
}

/// The kinds of principals that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum KindFilter {
    /// OAuth clients.
    OauthClient,
    /// Users that a rule makes service users.
    ServiceUser,
    /// All other users.
    User,
}

impl KindFilter {
    /// The kind that is meant.
    pub(crate) fn kind(self) -> PrincipalKind {
        match self {
            Self::OauthClient => PrincipalKind::OauthClient,
            Self::ServiceUser => PrincipalKind::ServiceUser,
            Self::User => PrincipalKind::User,
        }
    }
}

/// The verdicts that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictFilter {
    /// Let through.
    Allowed,
    /// In some divisions only.
    Partial,
    /// A condition or a policy decides.
    Conditional,
    /// The user behind the token decides.
    DependsOnUser,
    /// Refused.
    Denied,
    /// Nobody can say.
    Unknown,
}

impl VerdictFilter {
    /// The verdict that is meant.
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Allowed => Verdict::Allowed,
            Self::Partial => Verdict::Partial,
            Self::Conditional => Verdict::Conditional,
            Self::DependsOnUser => Verdict::DependsOnUser,
            Self::Denied => Verdict::Denied,
            Self::Unknown => Verdict::Unknown,
        }
    }
}

fn method(text: &str) -> Result<Method, String> {
    text.parse().map_err(|()| format!("it is none of {}", Method::ALL.map(Method::as_str).join(", ")))
}

/// `matrix`
#[derive(Debug, Subcommand)]
pub(crate) enum MatrixVerb {
    /// Fetch the own document of each org's region into the cache, and say what changed
    Update(UpdateArgs),
    /// Everything that needs no org.
    #[command(flatten)]
    Look(MatrixCommand),
}

/// `matrix update`
#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// The configuration
    #[arg(long)]
    pub config: PathBuf,
    /// Only these orgs
    #[arg(long = "org", value_name = "NAME")]
    pub orgs: Vec<String>,
}

/// `checks`
#[derive(Debug, Args)]
pub(crate) struct ChecksArgs {
    /// The id of a check, to read all about it, or an area such as `hygiene`; without one every check is listed
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: ChecksFormat,
}

/// How `checks` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChecksFormat {
    /// For people.
    #[default]
    Table,
    /// For machines.
    Json,
    /// For spreadsheets.
    Csv,
    /// For a documentation page: what docs/checks.md holds.
    Markdown,
}

/// `doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The configuration
    #[arg(long)]
    pub config: PathBuf,
    /// Where reports are going to be written
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
    /// Only these orgs
    #[arg(long = "org", value_name = "NAME")]
    pub orgs: Vec<String>,
    /// Send a test message to every notification channel
    #[arg(long)]
    pub notify: bool,
}

/// `waive`
#[derive(Debug, Args)]
pub(crate) struct WaiveArgs {
    /// The finding's id
    #[arg(value_name = "FINDING_ID")]
    pub finding: String,
    /// The last day on which it is accepted, in UTC; at most 366 days ahead
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub until: Date,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    pub owner: String,
    /// Where it was decided
    #[arg(long, value_name = "TEXT")]
    pub ticket: Option<String>,
    /// The configuration, which names the waiver file and the history
    #[arg(long, required_unless_present = "file", conflicts_with = "file")]
    pub config: Option<PathBuf>,
    /// The waiver file; made if it is missing
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Where reports are written: the id is looked up in the newest, unless the history has it
    #[arg(long, default_value = "reports")]
    pub out: PathBuf,
}

fn day(text: &str) -> Result<Date, String> {
    waivers::day(text).ok_or_else(|| "write a day, for example 2026-12-31".to_owned())
}

/// `simulate`
#[derive(Debug, Args)]
#[command(after_long_help = rolecall_simulate::FAULTS_HELP)]
pub(crate) struct SimulateArgs {
    /// Folders with an org each; without any (and without --generate) the embedded orgs `dev` and `staging`
    #[arg(long = "fixture", value_name = "DIR", num_args = 1..)]
    pub fixtures: Vec<PathBuf>,
    /// A generated org: clients=40,users=500,roles=60,divisions=5,groups=10,seed=7
    #[arg(long, value_name = "SPEC")]
    pub generate: Vec<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// What goes wrong, and where: users:page=2,attempt=1=500;role-grants:role=ID=403
    #[arg(long, value_name = "SPEC")]
    pub faults: Option<String>,
    /// Requests a minute and token
    #[arg(long, default_value_t = 300)]
    pub requests_per_minute: u32,
    /// Seconds for which a token is good
    #[arg(long, default_value_t = 86_400)]
    pub token_seconds: u32,
    /// Milliseconds that each answer takes
    #[arg(long, default_value_t = 0)]
    pub latency_ms: u64,
    /// The largest page of any list, instead of each list's own
    #[arg(long, value_name = "N")]
    pub max_page_size: Option<u32>,
    /// Count usage, grants and tokens from this time instead of now
    #[arg(long, value_name = "RFC3339|DATE", value_parser = moment)]
    pub as_of: Option<Timestamp>,
}

/// `schema`
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The configuration file.
    Config,
    /// `findings.json`
    Findings,
    /// A snapshot file.
    Snapshot,
}
