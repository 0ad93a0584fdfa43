//! OAuth clients: the machine identities of an org, and the apps that act for its users.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::allowed_addresses::AllowedAddresses;
use super::grant::Reach;
use super::id::{ClientId, RoleId, UserId};
use super::scope::Scope;

/// How a client obtains its tokens (`OAuthClient.authorizedGrantType`). PKCE is not a value of its own: it is `CODE`
/// with a challenge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(from = "String", into = "String")]
pub enum GrantType {
    /// `CLIENT-CREDENTIALS`: the client acts as itself; gated by its roles, never by scopes.
    ClientCredentials,
    /// `CODE`: acts for a user, with or without PKCE.
    Code,
    /// `TOKEN`: the implicit grant, deprecated by the platform.
    Token,
    /// `SAML2-BEARER`: acts for a user.
    Saml2Bearer,
    /// `PASSWORD`: acts for a user.
    Password,
    /// A word the facts do not know.
    Other(String),
    /// The platform did not say.
    NotStated,
}

impl GrantType {
    /// The platform's word; empty where it did not say.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ClientCredentials => "CLIENT-CREDENTIALS",
            Self::Code => "CODE",
            Self::Token => "TOKEN",
            Self::Saml2Bearer => "SAML2-BEARER",
            Self::Password => "PASSWORD",
            Self::Other(word) => word,
            Self::NotStated => "",
        }
    }
}

impl From<String> for GrantType {
    fn from(word: String) -> Self {
        match word.as_str() {
            "CLIENT-CREDENTIALS" => Self::ClientCredentials,
            "CODE" => Self::Code,
            "TOKEN" => Self::Token,
            "SAML2-BEARER" | "SAML2BEARER" => Self::Saml2Bearer,
            "PASSWORD" => Self::Password,
            "" => Self::NotStated,
            _ => Self::Other(word),
        }
    }
}

impl From<GrantType> for String {
    fn from(grant_type: GrantType) -> Self {
        grant_type.as_str().to_owned()
    }
}

/// Whether a client can be used (`OAuthClient.state`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(from = "String", into = "String")]
pub enum ClientState {
    /// The default state, also where the platform leaves the field out.
    Active,
    /// No token can be created; it will be deleted.
    Inactive,
    /// Its tokens are invalid; switched off by the platform's support.
    Disabled,
    /// A word the facts do not know.
    Other(String),
}

impl ClientState {
    /// The platform's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Disabled => "disabled",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for ClientState {
    fn from(word: String) -> Self {
        match word.as_str() {
            "active" | "" => Self::Active,
            "inactive" => Self::Inactive,
            "disabled" => Self::Disabled,
            _ => Self::Other(word),
        }
    }
}

impl From<ClientState> for String {
    fn from(state: ClientState) -> Self {
        state.as_str().to_owned()
    }
}

/// A role in a division, as the client itself lists it (`RoleDivision`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoleDivision {
    /// The role.
    pub role: RoleId,
    /// Where.
    pub reach: Reach,
}

/// An OAuth client. Its secret has no place here: the parser drops it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OauthClient {
    /// Its id.
    pub id: ClientId,
    /// Its name; not unique.
    pub name: String,
    /// What its owners wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How it obtains tokens.
    pub grant_type: GrantType,
    /// Whether it can be used.
    pub state: ClientState,
    /// The scopes it asks for; `None` where the platform left the field out. They mean nothing for client credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// Its roles; `None` where the platform left the field out. They mean nothing for any other grant type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_divisions: Option<Vec<RoleDivision>>,
    /// Seconds for which its tokens are valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_validity_seconds: Option<i64>,
    /// Where it may send people back to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last modified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Who created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// Who modified it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_by: Option<UserId>,
    /// When it will be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletes_at: Option<Timestamp>,
    /// From where it may ask for tokens; `None` where the platform's answer has no field for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_addresses: Option<AllowedAddresses>,
}
