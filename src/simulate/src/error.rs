//! What can keep a simulated org from starting.

use std::net::SocketAddr;

use thiserror::Error;

/// Why the simulated orgs could not be served.
#[derive(Debug, Error)]
pub enum SimulateError {
    /// No org of this name is built in.
    #[error("no embedded org is called `{name}`; there are {}", known.join(", "))]
    UnknownOrg {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// A fixture file could not be read.
    #[error("cannot read `{file}` of the fixture `{org}`: {why}")]
    Read {
        /// The fixture.
        org: String,
        /// The file.
        file: String,
        /// The system's words.
        why: String,
    },
    /// A fixture file says something impossible.
    #[error("fixture `{org}`, `{file}`: {what}")]
    Fixture {
        /// The fixture.
        org: String,
        /// The file.
        file: &'static str,
        /// What is wrong, and where.
        what: String,
    },
    /// Nothing to serve, or two of one kind.
    #[error("{0}")]
    Orgs(String),
    /// A fault specification cannot be understood.
    #[error("fault specification: {0}")]
    Faults(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {why}; choose another address or port 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        why: String,
    },
}
