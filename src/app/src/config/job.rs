//! The valid configuration: what a run is to do. Every value is checked, defaults are filled in, paths are resolved
//! against the configuration file's folder; credentials are still references, because an audit offline needs none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::notify::settings::Channel;
use rolecall_collect::settings::CollectSettings;
use rolecall_findings::history::settings::Keep;
use rolecall_findings::parameters::Value;
use rolecall_findings::separation::Duties;
use rolecall_findings::severity::Severity;
use rolecall_matrix::overlay::OverlayFile;

/// Where a credential comes from. Never the configuration file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file whose content, without the trailing line end, is the value.
    File(PathBuf),
    /// A command, run without a shell, whose standard output is the value.
    Command(Vec<String>),
}

/// One `[[org]]`.
#[derive(Clone, Debug)]
pub struct OrgConfig {
    /// Its name, unique.
    pub name: String,
    /// Free text; empty when not given.
    pub environment: String,
    /// Base of the API, no trailing slash.
    pub api_url: String,
    /// Base of the login service, no trailing slash.
    pub login_url: String,
    /// The auditor's client id.
    pub client_id: SecretRef,
    /// The auditor's client secret.
    pub client_secret: SecretRef,
    /// Whether the org enforces scopes; `None`: not known.
    pub scopes_enforced: Option<bool>,
}

/// One `[[drift]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftPair {
    /// Left side: an org's name.
    pub from: String,
    /// Right side: an org's name.
    pub to: String,
    /// Globs over `kind:name` that are left out.
    pub ignore: Vec<String>,
    /// Declared pairs of things that no name shows to be the same.
    pub map: Vec<MappedPair>,
}

/// One entry of `map` in a `[[drift]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedPair {
    /// One of the kinds that can be mapped.
    pub kind: String,
    /// Name, id or e-mail address on the left.
    pub from: String,
    /// Name, id or e-mail address on the right.
    pub to: String,
}

/// `[matrix] source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatrixChoice {
    /// The org's own region's document, cached.
    Org,
    /// The built-in table.
    Bundled,
    /// A Swagger document or a matrix CSV.
    File(PathBuf),
}

/// `[matrix]`.
#[derive(Clone, Debug)]
pub struct MatrixConfig {
    /// Which matrix.
    pub source: MatrixChoice,
    /// Older than this many days is warned about.
    pub max_age_days: u32,
    /// Where fetched documents are kept.
    pub cache_dir: PathBuf,
    /// The overlay file.
    pub overrides: Option<PathBuf>,
    /// What it says; empty where there is none.
    pub overlay: OverlayFile,
}

/// `[checks."id"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOverride {
    /// `false` turns the check off.
    pub enabled: bool,
    /// Another severity.
    pub severity: Option<Severity>,
    /// What is set of the check's own parameters, by key.
    pub parameters: BTreeMap<String, Value>,
}

/// `[report] access`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRows {
    /// Principals, unless that is over a million rows: then none, and said so.
    Auto,
    /// No rows.
    None,
    /// OAuth clients and service users.
    Principals,
    /// These and all users that were collected.
    AllUsers,
}

/// `[report]`.
#[derive(Clone, Debug)]
pub struct ReportConfig {
    /// Names of formats, each known to the registry.
    pub formats: Vec<String>,
    /// Which rows `access.csv` holds.
    pub access: AccessRows,
    /// Whether CSV files begin with a byte order mark.
    pub csv_bom: bool,
    /// The folder of the lasting dataset, where there is to be one.
    pub dataset: Option<PathBuf>,
    /// The address at which people open the folder of reports, without a trailing slash.
    pub base_url: Option<String>,
}

/// One `[[notify]]`.
#[derive(Clone, Debug)]
pub struct NotifyConfig {
    /// The channel.
    pub channel: Channel,
    /// Its secret: the URL of a webhook, the password of a mail server that asks for one.
    pub secret: Option<SecretRef>,
}

/// How a probed principal gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeCredentials {
    /// Client credentials: id and secret.
    Client(SecretRef, SecretRef),
    /// A token that somebody signed in for.
    Token(SecretRef),
}

/// One `[[probe]]`: the own credentials of a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeConfig {
    /// Name or id of the principal.
    pub principal: String,
    /// The org's name.
    pub org: String,
    /// How it gets in.
    pub credentials: ProbeCredentials,
}

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Job {
    /// The configuration file.
    pub path: PathBuf,
    /// The orgs, in the order of the file.
    pub orgs: Vec<OrgConfig>,
    /// Pairs to compare.
    pub drift: Vec<DriftPair>,
    /// Needs files.
    pub needs_files: Vec<PathBuf>,
    /// How to collect, `observed_days` included.
    pub collect: CollectSettings,
    /// Which matrix.
    pub matrix: MatrixConfig,
    /// Overrides by check id.
    pub checks: BTreeMap<String, CheckOverride>,
    /// Open findings at or above this severity exit with 1.
    pub fail_on: Severity,
    /// The waiver file.
    pub waivers: Option<PathBuf>,
    /// What to write.
    pub report: ReportConfig,
    /// Where nights are kept.
    pub history_dir: PathBuf,
    /// How many of them.
    pub history_keep: Keep,
    /// Who is notified of a run.
    pub notify: Vec<NotifyConfig>,
    /// Duties that nobody should hold together; none: the built-in pairs.
    pub separation: Vec<Duties>,
    /// The principals that can be probed.
    pub probes: Vec<ProbeConfig>,
}
