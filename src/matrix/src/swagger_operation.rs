//! What one operation of a Swagger document requires.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::requirement::{Match, Provenance, Requirement, UserContext};
use super::unproven::unproven;
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;

/// The sentence in an operation's description that says that a user must stand behind the token.
const NOT_FOR_CLIENTS: &str = "not valid when using the client credentials";

/// The sentence that says that client credentials are what it takes.
const FOR_CLIENTS: &str = "token generated using oauth client credentials";

/// An operation as read.
pub(super) struct Read {
    /// `None` when the operation is elsewhere.
    pub requirement: Option<Requirement>,
    /// Whether it is deprecated.
    pub deprecated: Option<bool>,
    /// Remarks for the row's source.
    pub notes: Vec<String>,
    /// What could not be read.
    pub unread: Vec<String>,
}

/// The document's security schemes.
pub(super) struct Schemes {
    /// By name, whether it is OAuth.
    oauth: BTreeMap<String, bool>,
    default: Option<Value>,
}

impl Schemes {
    pub(super) fn new(definitions: Option<&Value>, default: Option<&Value>) -> Self {
        let oauth = definitions
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, scheme)| (name.clone(), scheme.get("type").and_then(Value::as_str) == Some("oauth2")))
            .collect();
        Self { oauth, default: default.cloned() }
    }

    /// The platform uses schemes that it does not define (`Webmessaging JWT`); then the name decides.
    fn is_oauth(&self, name: &str) -> bool {
        self.oauth.get(name).copied().unwrap_or_else(|| name.to_lowercase().contains("oauth"))
    }
}

/// A remark on a call that needs no token ends so.
const NO_TOKEN: &str = "no token needed";

/// A remark on a call that takes another token than an OAuth one begins so.
const OTHER_TOKEN: &str = "scheme ";

/// Whether a call takes an OAuth token, by the remarks that reading its `security` left.
pub(super) fn takes_token<'a>(mut notes: impl Iterator<Item = &'a str>) -> bool {
    !notes.any(|note| note.ends_with(NO_TOKEN) || note.starts_with(OTHER_TOKEN))
}

pub(super) fn read(endpoint: &Endpoint, fields: &Map<String, Value>, schemes: &Schemes) -> Read {
    let mut unread = Vec::new();
    let mut notes = Vec::new();
    if fields.contains_key("$ref") {
        unread.push("the operation stands elsewhere (`$ref`)".to_owned());
        return Read { requirement: None, deprecated: None, notes, unread };
    }
    let (permissions_match, permissions) =
        permissions(fields.get("x-inin-requires-permissions")).unwrap_or_else(|why| {
            notes.push(format!("published permissions cannot be read: {why}"));
            unread.push(format!("its permissions are not known: {why}"));
            (Match::Unknown, Vec::new())
        });
    let (scopes, scopes_known) = match scopes(fields.get("security").or(schemes.default.as_ref()), schemes) {
        Ok((scopes, note)) => {
            notes.extend(note);
            (scopes, Provenance::Published)
        }
        Err(why) => {
            notes.push(format!("published scopes cannot be read: {why}"));
            unread.push(format!("its scopes are not known: {why}"));
            (Vec::new(), Provenance::Unknown)
        }
    };
    let user_context = user_context(fields, &mut notes);
    let deprecated = match fields.get("deprecated") {
        None => Some(false),
        Some(Value::Bool(deprecated)) => Some(*deprecated),
        Some(other) => {
            unread.push(format!("`deprecated` is {}, not true or false", kind(other)));
            None
        }
    };
    let unproven = unproven(endpoint, permissions_match, takes_token(notes.iter().map(String::as_str)));
    let requirement = Requirement { permissions_match, permissions, scopes, scopes_known, user_context, unproven };
    Read { requirement: Some(requirement), deprecated, notes, unread }
}

/// The permissions and how they combine. An error where the text could mean more than one thing: the requirement is
/// then unknown as a whole, because half a requirement would let too many through or too few.
fn permissions(extension: Option<&Value>) -> Result<(Match, Vec<Permission>), String> {
    let Some(extension) = extension else {
        return Ok((Match::None, Vec::new()));
    };
    let Value::Object(extension) = extension else {
        return Err(format!("`x-inin-requires-permissions` is {}, not an object", kind(extension)));
    };
    let texts: Vec<&str> = match extension.get("permissions") {
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| format!("a permission is {}, not a text", kind(item))))
            .collect::<Result<_, _>>()?,
        Some(Value::String(text)) if legible(text.trim()).is_err() && !text.contains([',', ';']) => {
            return Err(format!("`{}` is not a permission", text.trim()));
        }
        Some(Value::String(text)) => text.split([',', ';']).collect(),
        Some(other) => return Err(format!("`permissions` is {}, not a list", kind(other))),
        None => return Err("`x-inin-requires-permissions` has no `permissions`".to_owned()),
    };
    let mut permissions: Vec<Permission> = Vec::with_capacity(texts.len());
    for text in texts {
        let permission = Permission::new(legible(text.trim())?);
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    let matching = match extension.get("type") {
        Some(Value::String(word)) if word.trim().eq_ignore_ascii_case("any") => Match::Any,
        Some(Value::String(word)) if word.trim().eq_ignore_ascii_case("all") => Match::All,
        Some(Value::String(word)) if word.trim().eq_ignore_ascii_case("none") && permissions.is_empty() => Match::None,
        // For one permission ANY and ALL are the same.
        None if permissions.len() < 2 => Match::Any,
        None => return Err(format!("{} permissions without `type` (ANY or ALL)", permissions.len())),
        Some(other) => return Err(format!("`type` is `{}`, not ANY or ALL", text_of(other))),
    };
    Ok((if permissions.is_empty() { Match::None } else { matching }, permissions))
}

/// A permission is letters, digits and a few signs. Anything else is prose, or a pattern that names no one permission.
fn legible(text: &str) -> Result<&str, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-' | '.');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(fits) {
        Ok(text)
    } else {
        Err(format!("`{text}` is not a permission"))
    }
}

/// The scopes, any of which is enough, and a remark. No scope: any token will do, or none is needed at all.
fn scopes(security: Option<&Value>, schemes: &Schemes) -> Result<(Vec<Scope>, Option<String>), String> {
    let no_token = || Ok((Vec::new(), Some(format!("no security block: {NO_TOKEN}"))));
    let Some(security) = security else { return no_token() };
    let Value::Array(alternatives) = security else {
        return Err(format!("`security` is {}, not a list", kind(security)));
    };
    if alternatives.is_empty() {
        return no_token();
    }
    let mut scopes: Vec<Scope> = Vec::new();
    let mut others: Vec<&str> = Vec::new();
    let mut oauth = false;
    let mut any_token = false;
    for alternative in alternatives {
        let Value::Object(named) = alternative else {
            return Err(format!("an entry of `security` is {}, not an object", kind(alternative)));
        };
        if named.is_empty() {
            return Ok((Vec::new(), Some(format!("security is optional: {NO_TOKEN}"))));
        }
        if named.keys().filter(|name| schemes.is_oauth(name)).count() > 1 {
            return Err("an entry of `security` asks for two OAuth schemes at once".to_owned());
        }
        for (name, list) in named {
            let Value::Array(list) = list else {
                return Err(format!("the scopes of `{name}` are {}, not a list", kind(list)));
            };
            if !schemes.is_oauth(name) {
                others.push(name);
                continue;
            }
            oauth = true;
            any_token |= list.is_empty();
            for item in list {
                let text = item.as_str().map(str::trim).unwrap_or("");
                if legible(text).is_err() {
                    return Err(format!("`{}` is not a scope", text_of(item)));
                }
                let scope = Scope::new(text);
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        }
    }
    Ok(match (oauth, any_token) {
        (false, _) => (Vec::new(), Some(format!("{OTHER_TOKEN}{}", others.join(", ")))),
        (true, true) => (Vec::new(), Some("empty scope list: any token".to_owned())),
        (true, false) => (scopes, None),
    })
}

fn user_context(fields: &Map<String, Value>, notes: &mut Vec<String>) -> UserContext {
    let refused = fields.get("responses").and_then(Value::as_object).into_iter().flatten().any(|(status, response)| {
        status.starts_with('4') && response.get("x-inin-error-codes").is_some_and(|codes| names(codes, "not.a.user"))
    });
    let says = |sentence: &str| {
        ["description", "summary"].iter().any(|key| {
            let text = fields.get(*key).and_then(Value::as_str).unwrap_or("");
            text.to_ascii_lowercase().contains(sentence)
        })
    };
    let said = "user context: said in its description".to_owned();
    if refused {
        notes.push("user context: error code not.a.user".to_owned());
        UserContext::Yes
    } else if says(NOT_FOR_CLIENTS) {
        notes.push(said);
        UserContext::Yes
    } else if says(FOR_CLIENTS) {
        notes.push(said);
        UserContext::No
    } else {
        UserContext::Unknown
    }
}

/// Error codes are the keys of an object; a list of codes says the same.
fn names(codes: &Value, code: &str) -> bool {
    match codes {
        Value::Object(codes) => codes.contains_key(code),
        Value::Array(codes) => codes.iter().any(|item| item.as_str() == Some(code)),
        _ => false,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| kind(value).to_owned(), str::to_owned)
}
