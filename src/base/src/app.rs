//! Authorizations of apps: what an org lets third-party and built-in clients do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{ClientId, UserId};
use super::oauth_client::GrantType;
use super::scope::Scope;

/// How an authorization stands (`OAuthAuthorization.state`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(from = "String", into = "String")]
pub enum AppState {
    /// Approved: the app can act.
    Authorized,
    /// Somebody asked for it, nobody approved it.
    Requested,
    /// Approved once, withdrawn since.
    Revoked,
    /// Neither asked for nor approved.
    Unauthorized,
    /// A word that the published document does not have.
    Other(String),
    /// The platform did not say.
    NotStated,
}

impl AppState {
    /// The platform's word; empty where it did not say.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Authorized => "Authorized",
            Self::Requested => "Requested",
            Self::Revoked => "Revoked",
            Self::Unauthorized => "Unauthorized",
            Self::Other(word) => word,
            Self::NotStated => "",
        }
    }
}

impl From<String> for AppState {
    fn from(word: String) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "authorized" => Self::Authorized,
            "requested" => Self::Requested,
            "revoked" => Self::Revoked,
            "unauthorized" => Self::Unauthorized,
            "" => Self::NotStated,
            _ => Self::Other(word),
        }
    }
}

impl From<AppState> for String {
    fn from(state: AppState) -> Self {
        state.as_str().to_owned()
    }
}

/// Whose client an authorization is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AppKind {
    /// The platform's own: every redirect address that it registers lies on one of the platform's domains. No field of
    /// the published document says so.
    BuiltIn,
    /// A client of this org, as `GET /api/v2/oauth/clients` lists it.
    Own,
    /// Any other.
    ThirdParty,
    /// Third-party or own: the list of the org's own clients was not read completely, and this one is not in what was read.
    Unknown,
}

impl AppKind {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Own => "own",
            Self::ThirdParty => "third-party",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is, or may be, run by somebody else than the org and the platform.
    pub fn is_foreign(self) -> bool {
        matches!(self, Self::ThirdParty | Self::Unknown)
    }
}

/// The authorization of a client by the org (`OAuthAuthorization`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct App {
    /// The client's id.
    pub client: ClientId,
    /// The client's name.
    pub name: String,
    /// How the authorization stands.
    pub state: AppState,
    /// Whether it waits for approval; `None` where the platform left the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<bool>,
    /// How the client obtains tokens.
    pub grant_type: GrantType,
    /// The scopes in the authorization; `None` where the platform left the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// The roles in the authorization, as the platform writes them: ids, or names; `None` where it left the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// Where the client may send people back to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// The id of the resource owner that authorized it, where the platform names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When the authorization was made or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last modified: approved, revoked, given other scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// Who modified it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_by: Option<UserId>,
}

impl App {
    /// Whether the app can act by this authorization; `None` where the platform's words do not decide it. Where an org does
    /// not enforce scopes, an app may work without one: observed calls show that, no field does.
    pub fn can_act(&self) -> Option<bool> {
        match (&self.state, self.pending) {
            (AppState::Authorized, None | Some(false)) => Some(true),
            (AppState::Authorized, Some(true)) => Some(false),
            (AppState::Requested | AppState::Revoked | AppState::Unauthorized, _) => Some(false),
            (AppState::Other(_) | AppState::NotStated, _) => None,
        }
    }

    /// Its name; its id where it has none.
    pub fn display_name(&self) -> &str {
        if self.name.is_empty() { self.client.as_str() } else { &self.name }
    }

    /// Whether it acts for users; one of which the grant type is not stated may.
    pub fn acts_for_users(&self) -> bool {
        self.grant_type != GrantType::ClientCredentials
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions::is_platform_uri;

    #[test]
    fn redirect_address_belongs_to_the_platform_only_by_its_host() {
        for uri in ["https://apps.mypurecloud.ie/x", "https://login.usw2.pure.cloud:443/cb?x=1"] {
            assert!(is_platform_uri(uri), "{uri}");
        }
        for uri in [
            "https://apps.example.com/mypurecloud.ie",
            "https://mypurecloud.ie@example.com/",
            "https://example.com\\@mypurecloud.ie",
            "http://apps.mypurecloud.ie/x",
            "https://evilmypurecloud.ie/",
            "mypurecloud.ie",
            "",
        ] {
            assert!(!is_platform_uri(uri), "{uri}");
        }
    }

    #[test]
    fn state_is_read_in_any_case_and_an_unknown_word_is_kept() {
        assert_eq!(AppState::from("AUTHORIZED".to_owned()), AppState::Authorized);
        assert_eq!(AppState::from(" Revoked ".to_owned()), AppState::Revoked);
        assert_eq!(AppState::from("Suspended".to_owned()).as_str(), "Suspended");
        assert_eq!(AppState::from(String::new()), AppState::NotStated);
    }
}
