//! What a simulated region is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::faults::Faults;
use super::generate::GenerateSpec;

/// How `--generate` is written.
pub const GENERATE_HELP: &str = "\
key=value pairs joined by commas, all optional:
  name=NAME         the org's name (generated)
  clients=N         OAuth clients, the auditor's own included (40)
  users=N           users, one in twenty a service user (500)
  roles=N           roles (60)
  divisions=N       divisions, Home included (5)
  groups=N          groups, half of them carrying roles (10)
  seed=N            the same seed gives the same org (7)
for example clients=40,users=500,roles=60,divisions=5,groups=10,seed=7";

/// Everything a simulated region needs to start.
#[derive(Clone, Debug)]
pub struct SimulateOptions {
    /// The orgs of the region; their names differ.
    pub orgs: Vec<OrgSource>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What shall go wrong.
    pub faults: Faults,
    /// Rates, lifetimes and sizes.
    pub limits: Limits,
    /// The clock that dates usage data, grants and tokens: the same clock gives the same answers.
    pub now: Timestamp,
}

/// Where an org comes from.
#[derive(Clone, Debug)]
pub enum OrgSource {
    /// One that is built in: see [`super::embedded_orgs`].
    Embedded(String),
    /// One that is built in, as it was a day before the run that its files describe; the clock stands at that day.
    LastNight(String),
    /// A folder with the files of a fixture; the folder's name is the org's.
    Folder(PathBuf),
    /// One made up from numbers.
    Generated(GenerateSpec),
}

/// Rates, lifetimes and sizes. The default is the platform's.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests a minute and token.
    pub requests_per_minute: u32,
    /// The longest a token lives; a client's own shorter validity wins.
    pub token_seconds: u32,
    /// How long each answer takes.
    pub latency: Duration,
    /// A page size above which every listing is cut, below the documented ones.
    pub max_page_size: Option<u32>,
    /// How often a query job says `Queued`, then how often `Running`, before it has its results.
    pub job_polls: (u32, u32),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 300,
            token_seconds: 86_400,
            latency: Duration::ZERO,
            max_page_size: None,
            job_polls: (1, 1),
        }
    }
}
