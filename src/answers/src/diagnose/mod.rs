//! What an error body of the API means: its kind, its cause and its fix.
//!
//! The input is whatever people have: a body, an HTTP transcript, a line of a log, of Terraform or of an SDK, a web
//! page, a part of one of these. What a body says is evidence and never matrix: real ones name permissions that do
//! not exist. [`support`] weighs it against what the data says of a principal and an endpoint.

mod advice;
mod body;
pub mod catalogue;
mod classify;
mod foreign;
mod in_words;
mod input;
pub mod kind;
mod known;
mod letters;
mod names;
mod nested;
mod recognise;
pub mod redact;
mod salvage;
pub mod support;
mod template;
#[cfg(test)]
mod tests;
mod transcript;
mod unwrap;

use serde::Serialize;

use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::{Endpoint, Matrix, nearest, table};

use body::Body;
use catalogue::catalogue;
pub use kind::Kind;
use nested::Explaining;
use recognise::{Said, recognised};
use support::Supported;
use transcript::Surroundings;

/// How much of a message is kept, in characters.
const LONGEST_MESSAGE: usize = 1000;
/// How much of something unrecognised is shown, in characters.
const LONGEST_EXCERPT: usize = 300;
/// How many real names are listed for an unknown one.
const NEAREST: usize = 3;

/// A permission or scope in the body that nothing knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotKnownName {
    /// `permission`, `scope`, or `illegible` for what is neither.
    pub what: &'static str,
    /// The name as the body has it.
    pub name: String,
    /// Real names that are near.
    pub nearest: Vec<String>,
    /// What follows, in a sentence.
    pub says: String,
}

/// The diagnosis, in the keys that machines rely on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The kind.
    pub kind: Kind,
    /// The platform's code, or the token endpoint's word; empty where there is none.
    pub code: String,
    /// `ANY` or `ALL` of the permissions; empty where it is not about permissions.
    #[serde(rename = "match")]
    pub combined: &'static str,
    /// The permissions that the body names.
    pub permissions: Vec<String>,
    /// The scopes that the body names; any one of them is enough.
    pub scopes: Vec<String>,
    /// The divisions that the body names, ids or names.
    pub divisions: Vec<String>,
    /// By which the platform's support finds the call; empty where there is none.
    pub correlation_id: String,
    /// Why it happened.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// The HTTP status; null where it is unknown.
    pub status: Option<u16>,
    /// The message, as the body has it.
    pub message: Option<String>,
    /// What the input was taken for: `body`, `body-in-text`, `transcript`, `error-line`, `web-page`, `text`, `empty`,
    /// `binary`.
    pub form: &'static str,
    /// Whether the body was cut off.
    pub cut: bool,
    /// Whether the code is in the platform's published catalogue; null where there is no code.
    pub code_published: Option<bool>,
    /// Access policies that the body names.
    pub policies: Vec<String>,
    /// Seconds to wait, where the answer states them.
    pub retry_after_seconds: Option<u64>,
    /// The limit that was exceeded, where the body names it.
    pub limit: Option<String>,
    /// The call, where the input names it.
    pub endpoint: Option<String>,
    /// Names in the body that nothing knows, with the nearest real ones.
    pub names_not_known: Vec<NotKnownName>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// The beginning of what was given, where it is not the platform's.
    pub excerpt: Option<String>,
    /// What the data says: one entry for each principal asked for.
    pub support: Vec<Supported>,
}

/// Diagnoses what was pasted.
pub fn diagnose(bytes: &[u8]) -> Diagnosis {
    let pasted = input::read(bytes);
    let mut diagnosis = if pasted.text.trim().is_empty() {
        let mut empty = foreign_of(String::new(), "empty", None);
        empty.cause = "Nothing was given: the input is empty. An empty answer with an error status comes from a proxy \
                       or load balancer more often than from the platform."
            .to_owned();
        empty.excerpt = None;
        empty
    } else if pasted.binary {
        let mut binary = foreign_of(String::new(), "binary", None);
        binary.cause = "It is not text. A compressed answer has to be unpacked first (`curl --compressed`).".to_owned();
        binary.excerpt = None;
        binary
    } else {
        of_text(&pasted.text)
    };
    if pasted.cut {
        diagnosis.notes.push("the input is longer than a megabyte; only its beginning was looked at".to_owned());
    }
    diagnosis.notes.extend(pasted.note.map(str::to_owned));
    diagnosis
}

/// Diagnoses an answer whose status and correlation id are known as well as its body.
pub fn diagnose_answer(status: u16, correlation: Option<&str>, retry_after: Option<u64>, body: &[u8]) -> Diagnosis {
    let mut text = format!("HTTP/1.1 {status} \r\n");
    if let Some(id) = correlation {
        text.push_str(&format!("ININ-Correlation-Id: {id}\r\n"));
    }
    if let Some(seconds) = retry_after {
        text.push_str(&format!("Retry-After: {seconds}\r\n"));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    let pasted = input::read(body);
    bytes.extend_from_slice(if pasted.binary { b"" } else { pasted.text.as_bytes() });
    let mut diagnosis = diagnose(&bytes);
    if pasted.binary {
        diagnosis.notes.push(format!("the body is {} bytes that are not text", body.len()));
    }
    diagnosis
}

fn of_text(pasted: &str) -> Diagnosis {
    let text = &unwrap::unwrapped(pasted);
    let around = transcript::read(text);
    let explaining = nested::explaining(body::all(text));
    let body = explaining.as_ref().map(|found| &found.body);
    let form = form(text, body, &around);
    let said = around.status_line.or(around.status_said);
    // The status around the bodies is the outer one's.
    let within = explaining.as_ref().is_some_and(|found| found.outer.is_some());
    let status = body.and_then(|body| body.status).or(said.filter(|_| !within));
    if let Some(word) = foreign::token_endpoint(body, text) {
        return of_token_endpoint(word, status, form, body, &around);
    }
    match recognised(text, body, &around, status) {
        Some(platform) => of_platform(platform, form, explaining.as_ref(), &around, said),
        None => {
            let reason = foreign::reason(text, body, &around, status);
            let mut diagnosis = foreign_of(text.clone(), form, status);
            diagnosis.cause = format!("{reason}.");
            diagnosis.code = body.and_then(|body| body.code.clone()).map(|code| clip(&code, 80)).unwrap_or_default();
            diagnosis.code_published = (!diagnosis.code.is_empty()).then_some(false);
            diagnosis.message = body.and_then(|body| body.message.clone()).map(|message| shown(&message));
            diagnosis.cut = body.is_some_and(|body| body.cut);
            diagnosis.endpoint = around.endpoint.as_ref().map(Endpoint::to_string);
            diagnosis
        }
    }
}

fn form(text: &str, body: Option<&Body>, around: &Surroundings) -> &'static str {
    let trimmed = text.trim();
    let has_body = body.is_some_and(|body| !body.keys.is_empty());
    if around.status_line.is_some() {
        "transcript"
    } else if has_body && trimmed.starts_with('{') {
        "body"
    } else if around.api_error.is_some() && !has_body {
        "error-line"
    } else if has_body {
        "body-in-text"
    } else if trimmed.starts_with('<') {
        "web-page"
    } else if around.status_said.is_some() {
        "error-line"
    } else {
        "text"
    }
}

fn of_platform(
    platform: Said,
    form: &'static str,
    explaining: Option<&Explaining>,
    around: &Surroundings,
    said: Option<u16>,
) -> Diagnosis {
    let body = explaining.map(|found| &found.body);
    let outer = explaining.and_then(|found| found.outer.as_ref());
    let is_quoted = explaining.is_some_and(|found| found.is_quoted);
    // A failure may report a refusal in a sentence of its message.
    let reported = nested::explains_little(platform.kind)
        .then(|| recognise::reported(platform.message.as_deref()?, &platform.code))
        .flatten()
        .filter(|inner| nested::weight(inner.kind) > nested::weight(platform.kind));
    let mut notes = Vec::new();
    let outer_code = match (&reported, outer) {
        (Some(_), _) => Some(platform.code.clone()),
        (None, outer) => outer.map(|outer| outer.code.clone().unwrap_or_default()),
    };
    let Said { mut kind, code, status, message, values, notes: more } = reported.unwrap_or(platform);
    if let Some(outer) = outer_code.filter(|outer| *outer != code) {
        notes.push(format!(
            "the answer says `{}`; the error inside it says `{code}`, which is diagnosed",
            clip(&outer, 80)
        ));
    }
    notes.extend(more);
    let text = message.clone().unwrap_or_default();
    let params = body.map(|body| body.params.clone()).unwrap_or_default();
    // A refusal that spells permissions out is about them, whatever its code.
    if matches!(kind, Kind::NotAuthorized | Kind::BadRequest) && !in_words::permissions(&text).is_empty() {
        kind = Kind::MissingPermission;
    }
    let named = names::read(kind, &code, &text, &values, &params);
    // Where nothing but a division is named, the permission is held and the division is what is missing.
    if kind == Kind::MissingPermission
        && named.permissions.is_empty()
        && named.illegible.is_empty()
        && !named.divisions.is_empty()
    {
        kind = Kind::MissingDivision;
    }
    if named.left_out {
        notes.push("names are left out of the text (`...`)".to_owned());
    }
    if let (Some(body_status), Some(said), None) =
        (body.and_then(|body| body.status), around.status_line.or(said), outer)
        && body_status != said
    {
        notes.push(format!("the answer came with status {said}, its body says {body_status}"));
    }
    let cut = body.is_some_and(|body| body.cut);
    if cut {
        notes.push("the body is cut off: lists in it may be longer than what is here".to_owned());
    }
    for detail in body.map(|body| body.details.as_slice()).unwrap_or_default().iter().take(5) {
        notes.push(format!("detail: {}", shown(detail)));
    }
    if let Some(challenge) = around.authenticate.as_deref().filter(|challenge| challenge.contains("insufficient_scope"))
    {
        notes.push(format!(
            "`WWW-Authenticate: {}` is not the platform's manner; its body is believed",
            clip(challenge, 120)
        ));
    }
    // The id of the answer that is diagnosed; one that reports it has another.
    let own = body.and_then(|body| body.context.clone());
    let of_around = || around.correlation.clone().or_else(|| around.trailing_id.clone());
    let correlation = match (own, is_quoted) {
        (Some(own), _) => own,
        (None, false) => of_around().unwrap_or_default(),
        (None, true) => {
            if let Some(id) = outer.and_then(|outer| outer.context.clone()).or_else(of_around) {
                notes.push(format!("the answer around it has the correlation id {}", clip(&id, 80)));
            }
            String::new()
        }
    };
    let waits = around.retry_after.or_else(|| {
        let seconds = if code == "too.many.requests.retry.after" { values.first() } else { values.get(1) };
        seconds.filter(|_| kind == Kind::RateLimit)?.parse().ok()
    });
    let mut diagnosis = Diagnosis {
        kind,
        combined: named.combined,
        permissions: named.permissions,
        scopes: named.scopes,
        divisions: named.divisions,
        correlation_id: clip(&correlation, 80),
        cause: String::new(),
        fix: String::new(),
        status,
        message: message.map(|message| shown(&message)),
        form,
        cut,
        code_published: (!code.is_empty()).then(|| !catalogue().published(&code).is_empty()),
        code,
        policies: named.policies,
        retry_after_seconds: waits.filter(|_| kind == Kind::RateLimit),
        limit: body.and_then(|body| body.limit.clone()).map(|limit| clip(&limit, 200)),
        endpoint: around.endpoint.as_ref().map(Endpoint::to_string),
        names_not_known: Vec::new(),
        notes,
        excerpt: None,
        support: Vec::new(),
    };
    for name in named.illegible {
        diagnosis.names_not_known.push(NotKnownName {
            what: "illegible",
            says: format!(
                "`{}` stands in place of a permission and is none: the body does not say what is missing",
                clip(&name, 120)
            ),
            name: clip(&name, 120),
            nearest: Vec::new(),
        });
    }
    (diagnosis.cause, diagnosis.fix) = advice::of(&diagnosis);
    diagnosis
}

fn of_token_endpoint(
    word: String,
    status: Option<u16>,
    form: &'static str,
    body: Option<&Body>,
    around: &Surroundings,
) -> Diagnosis {
    let mut diagnosis = foreign_of(String::new(), form, status);
    diagnosis.kind = if status == Some(429) { Kind::RateLimit } else { Kind::BadClient };
    diagnosis.code = word;
    diagnosis.message =
        body.and_then(|body| body.description.clone().or_else(|| body.message.clone())).map(|text| shown(&text));
    diagnosis.correlation_id = around.correlation.clone().unwrap_or_default();
    diagnosis.retry_after_seconds = around.retry_after.filter(|_| diagnosis.kind == Kind::RateLimit);
    diagnosis.cut = body.is_some_and(|body| body.cut);
    diagnosis.excerpt = None;
    diagnosis.notes.push(
        "every OAuth login service answers in this form: make sure that it is the platform's, `login.<region>`"
            .to_owned(),
    );
    (diagnosis.cause, diagnosis.fix) = advice::of(&diagnosis);
    diagnosis
}

fn foreign_of(text: String, form: &'static str, status: Option<u16>) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        kind: Kind::NotFromThePlatform,
        code: String::new(),
        combined: "",
        permissions: Vec::new(),
        scopes: Vec::new(),
        divisions: Vec::new(),
        correlation_id: String::new(),
        cause: String::new(),
        fix: String::new(),
        status,
        message: None,
        form,
        cut: false,
        code_published: None,
        policies: Vec::new(),
        retry_after_seconds: None,
        limit: None,
        endpoint: None,
        names_not_known: Vec::new(),
        notes: Vec::new(),
        excerpt: Some(shown(&clip(text.trim(), LONGEST_EXCERPT))),
        support: Vec::new(),
    };
    (diagnosis.cause, diagnosis.fix) = advice::of(&diagnosis);
    diagnosis
}

/// Text of the body, as far as it may be printed: without secrets, and not endless.
fn shown(text: &str) -> String {
    clip(&redact::redact(text), LONGEST_MESSAGE)
}

fn clip(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        text.to_owned()
    } else {
        text.chars().take(longest).chain("...".chars()).collect()
    }
}

impl Diagnosis {
    /// The address in a refusal of addresses.
    fn address(&self) -> Option<&str> {
        let (_, list) = self.message.as_deref()?.rsplit_once('[')?;
        let address = list.split(']').next()?.trim();
        (!address.is_empty() && !address.contains('%') && address.len() < 60).then_some(address)
    }

    fn with_correlation(&self) -> String {
        if self.correlation_id.is_empty() {
            " the correlation id of the answer (header `ININ-Correlation-Id`, `contextId` in the body) is needed"
                .to_owned()
        } else {
            format!(" keep the correlation id {}", self.correlation_id)
        }
    }

    /// Whether the message speaks of an agent, assignee or owner rather than of the caller.
    fn is_about_somebody_else(&self) -> bool {
        const OTHERS: [&str; 8] = [
            "agent",
            "assignee",
            "owner must",
            "evaluator",
            "calibrator",
            "participants",
            "requires the user",
            "general calibrator",
        ];
        let begins = |text: &str| OTHERS.iter().any(|who| text.starts_with(who) || text.contains(&format!(" {who}")));
        ["agent.", "assignee.", "owner."].iter().any(|who| self.code.starts_with(who))
            || self.message.as_deref().is_some_and(|text| begins(&text.to_lowercase()))
    }

    /// Looks up which of the named permissions and scopes the matrix, and the catalogue of each org, know.
    pub fn check_names(&mut self, matrix: &Matrix, matrix_phrase: &str, snapshots: &[&Snapshot]) {
        let in_matrix = table::permissions_of(matrix);
        let in_orgs = |name: &str| {
            snapshots.iter().any(|snapshot| snapshot.permissions.iter().any(|known| known.permission.as_str() == name))
        };
        let scopes = table::scopes_of(matrix);
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        for name in &self.permissions {
            if name.contains('*') || in_matrix.contains(name.as_str()) || in_orgs(name) {
                continue;
            }
            let nearest = owned(nearest::permissions(matrix, name, NEAREST));
            let says = format!(
                "no operation of {matrix_phrase} requires `{name}`{}: it may not exist, or belong to a product that is \
                 not there. A body is not proof of a requirement{}",
                if snapshots.is_empty() { "" } else { ", and no org's catalogue has it" },
                near(&nearest)
            );
            self.names_not_known.push(NotKnownName { what: "permission", name: name.clone(), nearest, says });
        }
        for name in &self.scopes {
            if scopes.contains(name.as_str()) {
                continue;
            }
            let nearest = owned(nearest::scopes(matrix, name, NEAREST));
            let says = format!("no operation of {matrix_phrase} lists the scope `{name}`{}", near(&nearest));
            self.names_not_known.push(NotKnownName { what: "scope", name: name.clone(), nearest, says });
        }
        for snapshot in snapshots {
            let catalogue = &snapshot.permissions;
            if catalogue.is_empty() || !snapshot.coverage.is_whole(rolecall_base::coverage::Listing::Permissions) {
                continue;
            }
            for name in self.permissions.iter().filter(|name| in_matrix.contains(name.as_str()) && !name.contains('*'))
            {
                if catalogue.iter().all(|known| known.permission.as_str() != name.as_str()) && name.contains(':') {
                    self.notes.push(format!(
                        "org `{}` does not have the permission {name} in its catalogue: nothing can grant it there; a \
                         product or feature is missing",
                        snapshot.org.name
                    ));
                }
            }
        }
    }
}

fn near(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; near to it: {}", names.join(", ")) }
}
