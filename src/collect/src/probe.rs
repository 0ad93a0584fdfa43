//! A few calls with a principal's own credentials: GETs only, each once, never more than allowed.
//!
//! Nothing is tried again and nothing is decided here: what came back is handed on as it came, without the secrets.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use rolecall_base::permission::Permission;
use rolecall_base::role::Role;

use super::listings::own_grants;
use super::reach::{Held, OwnReach};
use super::settings::OrgTarget;
use super::wire::{Answer, Bearer, Wire};

/// What stands in place of a secret in an answer.
const GONE: &str = "[not shown]";

/// How the principal gets in.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Client credentials.
    Client {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// A token that somebody signed in for.
    Token(SecretString),
}

/// Where to, and how to get in.
#[derive(Clone, Debug)]
pub struct ProbeTarget {
    /// The org's name in the configuration.
    pub org: String,
    /// Base of the API, without a trailing slash.
    pub api_url: String,
    /// Base of the login service, without a trailing slash.
    pub login_url: String,
    /// How to get in.
    pub credentials: Credentials,
}

/// A GET to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The path, every parameter filled in.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, without the secrets of this probe.
    pub body: Vec<u8>,
    /// `ININ-Correlation-Id`
    pub correlation: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// An answer came.
    Answered(Reply),
    /// None came; why, in words.
    NoAnswer(String),
    /// It was not made: the number of calls that may be made was used up.
    NotMade,
}

/// How far a token's own grants give what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// In all divisions.
    Everywhere,
    /// In some.
    InDivisions,
    /// Nowhere, or only under a condition.
    Nowhere,
}

/// Whose token it is.
#[derive(Debug, Default)]
pub struct Identity {
    /// The platform's name of the org.
    pub organization: Option<String>,
    /// The client's id.
    pub client_id: Option<String>,
    /// The client's name.
    pub client_name: Option<String>,
    /// The client's grant type.
    pub grant_type: Option<String>,
    /// The user behind the token: id and name; `None` for a client on its own.
    pub user: Option<(String, String)>,
    /// The scopes that the token has; `None` where they are unknown.
    pub scopes: Option<Vec<String>>,
    /// Its grants, as `role in division`, sorted; `None` where they could not be read.
    pub grants: Option<Vec<String>>,
    /// What could not be read of it.
    pub notes: Vec<String>,
    reach: Option<OwnReach>,
}

impl Identity {
    /// How far its grants give a permission; `None` where they could not be read.
    pub fn holds(&self, permission: &Permission) -> Option<Live> {
        let reach = self.reach.as_ref()?;
        Some(match reach.held(permission) {
            Held::Everywhere => Live::Everywhere,
            Held::In(_) => Live::InDivisions,
            Held::Nowhere => Live::Nowhere,
        })
    }
}

/// What came of a probe.
#[derive(Debug)]
pub struct Probed {
    /// The token endpoint's answer where it gave no token; `None` where there is one.
    pub no_token: Option<Ended>,
    /// Whose token it is; empty where there is none.
    pub identity: Identity,
    /// What became of each call, in the order they were asked for.
    pub ended: Vec<Ended>,
    /// Requests sent in all: the token's, those that inspect it, and these.
    pub calls: u32,
}

/// Gets a token, inspects it, and makes the calls: one after the other, each once, at most `most_calls` requests in all.
///
/// # Errors
/// When a URL cannot be understood, or TLS cannot be set up.
pub async fn probe(target: &ProbeTarget, asked: &[Asked], most_calls: u32) -> Result<Probed, String> {
    let (client_id, client_secret) = match &target.credentials {
        Credentials::Client { id, secret } => (id.clone(), secret.clone()),
        Credentials::Token(_) => (String::new(), SecretString::from("")),
    };
    let wire = Wire::new(&OrgTarget {
        name: target.org.clone(),
        environment: String::new(),
        api_url: target.api_url.clone(),
        login_url: target.login_url.clone(),
        client_id: client_id.clone(),
        client_secret: client_secret.clone(),
    })
    .map_err(|error| error.to_string())?;
    let mut probed = Probed { no_token: None, identity: Identity::default(), ended: Vec::new(), calls: 0 };
    let mut secrets = vec![client_secret.expose_secret().to_owned()];
    let token = match &target.credentials {
        Credentials::Token(token) => token.clone(),
        Credentials::Client { .. } => {
            if most_calls == 0 {
                probed.no_token = Some(Ended::NotMade);
                return Ok(probed);
            }
            probed.calls += 1;
            match wire.token(&client_id, &client_secret).await {
                Ok(answer) => match token_of(&answer) {
                    Some(token) => SecretString::from(token),
                    None => {
                        probed.no_token = Some(Ended::Answered(reply(answer, &secrets)));
                        return Ok(probed);
                    }
                },
                Err(error) => {
                    probed.no_token = Some(Ended::NoAnswer(error.to_string()));
                    return Ok(probed);
                }
            }
        }
    };
    secrets.push(token.expose_secret().to_owned());
    let bearer = Bearer::new(token);
    let mut line = Line { wire: &wire, bearer: &bearer, secrets: &secrets, calls: probed.calls, most_calls };
    let identity = &mut probed.identity;
    // Looking at a token must not keep it alive beyond its idle time.
    match line.get("/api/v2/tokens/me", &[("preserveIdleTTL".to_owned(), "true".to_owned())]).await {
        Ended::Answered(reply) if reply.status == 200 => whose(identity, &reply.body),
        other => identity.notes.push(format!("`GET /api/v2/tokens/me`: {}", in_words(&other))),
    }
    match line.get("/api/v2/authorization/subjects/me", &[]).await {
        Ended::Answered(reply) if reply.status == 200 => held(identity, &reply.body),
        other => identity.notes.push(format!("`GET /api/v2/authorization/subjects/me`: {}", in_words(&other))),
    }
    for call in asked {
        let ended = line.get(&call.path, &call.query).await;
        probed.ended.push(ended);
    }
    probed.calls = line.calls;
    Ok(probed)
}

/// An answer that is no success, in a few words.
pub fn in_words(ended: &Ended) -> String {
    match ended {
        Ended::Answered(reply) => format!("status {}", reply.status),
        Ended::NoAnswer(why) => why.clone(),
        Ended::NotMade => "not called: no call was left".to_owned(),
    }
}

struct Line<'a> {
    wire: &'a Wire,
    bearer: &'a Bearer,
    secrets: &'a [String],
    calls: u32,
    most_calls: u32,
}

impl Line<'_> {
    async fn get(&mut self, path: &str, query: &[(String, String)]) -> Ended {
        if self.calls >= self.most_calls {
            return Ended::NotMade;
        }
        self.calls += 1;
        let query: Vec<(&str, &str)> = query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        match self.wire.get(path, &query, self.bearer).await {
            Ok(answer) => Ended::Answered(reply(answer, self.secrets)),
            Err(error) => Ended::NoAnswer(error.to_string()),
        }
    }
}

fn token_of(answer: &Answer) -> Option<String> {
    if !(200..300).contains(&answer.status) {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    Some(body.get("access_token")?.as_str()?.to_owned()).filter(|token| !token.is_empty())
}

fn reply(answer: Answer, secrets: &[String]) -> Reply {
    let body = match String::from_utf8(answer.body) {
        Ok(mut text) => {
            // Something between us and the platform may send back what it was sent.
            for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
                if text.contains(secret.as_str()) {
                    text = text.replace(secret.as_str(), GONE);
                }
            }
            text.into_bytes()
        }
        Err(error) => error.into_bytes(),
    };
    Reply { status: answer.status, body, correlation: answer.correlation, retry_after: answer.retry_after }
}

/// `TokenInfo`: the org, the client, the user, the scopes.
fn whose(identity: &mut Identity, body: &[u8]) {
    let Ok(info) = serde_json::from_slice::<Value>(body) else {
        identity.notes.push("`GET /api/v2/tokens/me`: the answer is not JSON".to_owned());
        return;
    };
    let text = |pointer: &str| info.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    identity.organization = text("/organization/name").or_else(|| text("/organization/thirdPartyOrgName"));
    identity.client_id = text("/OAuthClient/id");
    identity.client_name = text("/OAuthClient/name");
    identity.grant_type = text("/OAuthClient/authorizedGrantType");
    identity.user = text("/authenticatedUser/id")
        .or_else(|| text("/clonedUser/id"))
        .map(|id| (id, text("/authenticatedUser/name").or_else(|| text("/clonedUser/name")).unwrap_or_default()));
    let scopes = info.get("authorizedScope").or_else(|| info.pointer("/OAuthClient/scope")).and_then(Value::as_array);
    identity.scopes =
        scopes.map(|scopes| scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>());
}

fn held(identity: &mut Identity, body: &[u8]) {
    let subject: Option<Value> = serde_json::from_slice(body).ok();
    let (Some(subject), Some(own)) = (subject, own_grants::parse(body)) else {
        identity
            .notes
            .push("`GET /api/v2/authorization/subjects/me`: the answer does not say what it should".to_owned());
        return;
    };
    if identity.user.is_none() && text_of(&subject, "/type").is_some_and(|kind| kind.contains("USER")) {
        identity.user = text_of(&subject, "/id").map(|id| (id, text_of(&subject, "/name").unwrap_or_default()));
    }
    let grants = subject.get("grants").and_then(Value::as_array);
    let mut names: Vec<String> = grants
        .into_iter()
        .flatten()
        .map(|grant| {
            let of = |what: &str| {
                text_of(grant, &format!("/{what}/name")).or_else(|| text_of(grant, &format!("/{what}/id")))
            };
            format!("{} in {}", of("role").unwrap_or_default(), of("division").unwrap_or_default())
        })
        .collect();
    names.sort();
    names.dedup();
    identity.grants = Some(names);
    // A grant that does not list what its role permits says nothing of what is held.
    if own.iter().all(|grant| !grant.policies.is_empty()) {
        identity.reach = OwnReach::new(Some(&own), None, &[] as &[Role]);
    } else {
        identity.notes.push("its grants do not list what their roles permit".to_owned());
    }
}

fn text_of(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_tells_whose_it_is() {
        let mut identity = Identity::default();
        whose(&mut identity, br#"{"organization":{"name":"Acme"},"OAuthClient":{"id":"c1","name":"X","authorizedGrantType":"CODE","scope":["users"]},"authenticatedUser":{"id":"u1"},"authorizedScope":["routing"]}"#);
        assert_eq!(identity.organization.as_deref(), Some("Acme"));
        assert_eq!(identity.user, Some(("u1".to_owned(), String::new())));
        assert_eq!(identity.scopes, Some(vec!["routing".to_owned()]));
        whose(&mut identity, b"<html>");
        assert_eq!(identity.notes.len(), 1);
    }

    #[test]
    fn own_grants_tell_what_is_held() {
        let mut identity = Identity::default();
        held(&mut identity, br#"{"id":"c1","grants":[{"division":{"id":"*"},"role":{"id":"r","name":"R","policies":[{"domain":"routing","entityName":"queue","actions":["view"]}]}},{"division":{"id":"d1","name":"Sales"},"role":{"id":"s","name":"S","policies":[{"domain":"users","entityName":"*","actions":["*"]}]}}]}"#);
        assert_eq!(identity.grants.as_deref().unwrap(), ["R in *", "S in Sales"]);
        assert_eq!(identity.holds(&Permission::new("routing:queue:view")), Some(Live::Everywhere));
        assert_eq!(identity.holds(&Permission::new("users:a:b")), Some(Live::InDivisions));
        assert_eq!(identity.holds(&Permission::new("a:b:c")), Some(Live::Nowhere));
        held(&mut identity, b"[]");
        assert_eq!(identity.notes.len(), 1);
    }

    #[test]
    fn secrets_do_not_come_back_in_a_body() {
        let answer = Answer {
            status: 403,
            body: b"you sent Bearer tok-4711".to_vec(),
            retry_after: None,
            rate: super::super::wire::RateHeaders::default(),
            validators: super::super::wire::Validators::default(),
            correlation: None,
            date: None,
        };
        assert_eq!(reply(answer, &["tok-4711".to_owned()]).body, b"you sent Bearer [not shown]");
    }
}
