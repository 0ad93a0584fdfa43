//! Why nothing at all could be read of an org.

/// Nothing of an org could be read. What could be read in part is never an error: it is in the snapshot's coverage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    /// The login service refused the auditor's own client.
    #[error(
        "org `{org}`: `{url}` refused OAuth client `{client_id}` ({why}): either the secret is wrong or the client \
         belongs to another region, the platform gives the same answer for both; check `client_id`, `client_secret` \
         and `region` of this org, and that the client is an active client-credentials client"
    )]
    BadClient {
        /// The org's name in the configuration.
        org: String,
        /// The auditor's client.
        client_id: String,
        /// The token endpoint.
        url: String,
        /// What the login service answered.
        why: String,
    },
    /// No answer came.
    #[error(
        "org `{org}`: no answer from `{url}` for OAuth client `{client_id}`: {why}; check the network, a proxy in \
         between, and `region` or `api_url` and `login_url` of this org"
    )]
    Unreachable {
        /// The org's name in the configuration.
        org: String,
        /// The auditor's client.
        client_id: String,
        /// What was called.
        url: String,
        /// What happened instead.
        why: String,
    },
    /// Something answered, but not as a token endpoint does.
    #[error(
        "org `{org}`: `{url}` did not answer as a token endpoint does when OAuth client `{client_id}` asked for a \
         token: {why}; check `region` or `login_url` of this org"
    )]
    TokenEndpoint {
        /// The org's name in the configuration.
        org: String,
        /// The auditor's client.
        client_id: String,
        /// The token endpoint.
        url: String,
        /// What it answered.
        why: String,
    },
    /// The login service gave a token and the API does not take it.
    #[error(
        "org `{org}`: `{url}` does not accept the token that OAuth client `{client_id}` was given: {why}; check that \
         `api_url` and `login_url` belong to the same region and that this machine's address is on the org's allow-list"
    )]
    TokenRefused {
        /// The org's name in the configuration.
        org: String,
        /// The auditor's client.
        client_id: String,
        /// The API.
        url: String,
        /// What it answered.
        why: String,
    },
    /// The program could not be made ready to send anything.
    #[error("org `{org}`: OAuth client `{client_id}` cannot call `{url}`: {why}; check the URL in the configuration")]
    Setup {
        /// The org's name in the configuration.
        org: String,
        /// The auditor's client.
        client_id: String,
        /// The API.
        url: String,
        /// What failed.
        why: String,
    },
}

impl CollectError {
    /// The org that it is about, by its name in the configuration.
    pub fn org(&self) -> &str {
        match self {
            Self::BadClient { org, .. }
            | Self::Unreachable { org, .. }
            | Self::TokenEndpoint { org, .. }
            | Self::TokenRefused { org, .. }
            | Self::Setup { org, .. } => org,
        }
    }
}
