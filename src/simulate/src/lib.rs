//! A simulated platform region: orgs served over HTTP as Genesys Cloud serves them, for the demo and the tests.
//!
//! One server on one port holds several orgs, as the platform's regions do; the token decides the org. It answers the
//! operations that an auditor reads (`operations`), ENFORCES what the matrix says each of them requires, limits the
//! rate per token, and fails on purpose where a [`Faults`] specification says so. Nothing it serves can be changed:
//! every method that would is refused and recorded.
//!
//! Deliberately absent: everything that an auditor does not read, and tokens for anything but client credentials.

mod answer;
mod call;
mod catalogue;
mod connection;
mod embedded;
mod endpoints;
mod error;
mod faults;
mod file_name;
mod fixture;
mod gate;
mod generate;
mod guid;
mod jobs;
mod last_night;
mod operations;
mod options;
mod org;
mod paging;
mod record;
mod region;
mod serve;
mod session;
mod swagger;
#[cfg(test)]
mod tests;
mod token;

pub use embedded::embedded_orgs;
pub use error::SimulateError;
pub use faults::{FAULTS_HELP, Faults};
pub use generate::GenerateSpec;
pub use last_night::A_DAY;
pub use options::{GENERATE_HELP, Limits, OrgSource, SimulateOptions};
pub use record::RequestRecord;
pub use serve::{Running, RunningOrg, start};
