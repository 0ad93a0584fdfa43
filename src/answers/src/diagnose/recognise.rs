//! Whether the platform wrote it, and if so what it said: by its code, its published messages, or its ids.

use super::body::{self, Body};
use super::catalogue::{ByText, Published, catalogue};
use super::classify;
use super::clip;
use super::in_words;
use super::kind::Kind;
use super::known;
use super::transcript::Surroundings;

/// How many letters of a message show that it is the platform's, wherever they stand.
const TELLING: usize = 24;
/// How many show it where nothing else is there.
const TELLING_ALONE: usize = 16;
/// How much of a text is looked through for a message, in characters.
const HEAD: usize = 16_384;

/// What the platform said, and how that is known.
pub(super) struct Said {
    pub kind: Kind,
    pub code: String,
    pub status: Option<u16>,
    pub message: Option<String>,
    pub values: Vec<String>,
    pub notes: Vec<String>,
}

/// What the platform said; `None` where nothing shows that it was the platform.
pub(super) fn recognised(text: &str, body: Option<&Body>, around: &Surroundings, status: Option<u16>) -> Option<Said> {
    // Ids that only the platform writes.
    let marked = body.is_some_and(|body| body.context.is_some()) || around.correlation.is_some();
    let message = body.and_then(|body| body.message.as_deref());
    let by_code = || by_code(body?, around, status, marked);
    // A whole body with a code in another manner is another API's, however familiar its sentences are.
    let foreign = !marked && body.is_some_and(|body| !body.cut && speaks_otherwise(body));
    let by_text = || {
        by_message(text, message, status, around, marked)
            .or_else(|| by_code_in_text(text, message, status))
            .or_else(|| by_permissions_in_words(text, message, status))
            .or_else(|| by_marks(message, status, around, marked))
    };
    by_code().or_else(|| if foreign { None } else { by_text() })
}

/// Whether a body has a code that the platform would not write.
fn speaks_otherwise(body: &Body) -> bool {
    let word = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.contains(' '));
    word(&body.code) || word(&body.error) || body.has("errorCode") || body.has("error_code")
}

/// Recognises the platform by the body's code.
fn by_code(body: &Body, around: &Surroundings, status: Option<u16>, marked: bool) -> Option<Said> {
    let code = body.code.clone()?;
    let message = body.message.clone();
    let published = catalogue().published(&code);
    let text = message.as_deref().unwrap_or("");
    let fits = || {
        catalogue().publishes(&code, text)
            || catalogue().by_text(text, None).is_some_and(|found| found.fit.is_complete() && found.fit.alone)
    };
    let dotted = body::is_dotted(&code);
    // One word alone (`forbidden`, `locked`) is everybody's; then the body has to be the platform's in other ways.
    let known = !published.is_empty() && (dotted || marked || fits());
    let shaped = dotted && (marked || status.is_some() && message.is_some());
    if !known && !shaped && around.correlation.is_none() {
        return None;
    }
    let mut notes = Vec::new();
    if published.is_empty() {
        let date = catalogue().date().map_or_else(String::new, |date| format!(" of {date}"));
        notes.push(format!(
            "the code `{}` is not in the platform's published catalogue{date}; its kind is read from its words",
            clip(&code, 80)
        ));
    } else if let Some(status) = status.filter(|status| published.iter().all(|one| one.status != *status)) {
        notes.push(format!("the code is published for status {}, not for {status}", statuses(published)));
    }
    let status = status.or_else(|| published.first().map(|one| one.status));
    let values = catalogue().values(&code, text);
    let kind = classify::classify(&code, status, text);
    Some(Said { kind, code, status, message, values, notes })
}

/// Recognises a code that stands alone in a line: `403 missing.any.permissions [a:b:c]`.
fn by_code_in_text(text: &str, message: Option<&str>, status: Option<u16>) -> Option<Said> {
    let code = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .map(|word| word.trim_matches('.'))
        .find(|word| body::is_dotted(word) && !catalogue().published(word).is_empty())?;
    let status = status.or_else(|| catalogue().published(code).first().map(|one| one.status));
    let rest = text.split_once(code).map(|(_, rest)| rest.trim_start_matches([' ', ':', '"', '\'']));
    let list = rest.filter(|rest| rest.starts_with('[')).and_then(|rest| rest.split_once(']'));
    Some(Said {
        kind: classify::classify(code, status, message.unwrap_or("")),
        code: code.to_owned(),
        status,
        message: message.map(str::to_owned),
        values: list.map(|(list, _)| format!("{list}]")).into_iter().collect(),
        notes: vec!["there is no whole body; the code stands in the text".to_owned()],
    })
}

/// Recognises a refusal that spells permissions of the platform out: domain, entity and actions.
fn by_permissions_in_words(text: &str, message: Option<&str>, status: Option<u16>) -> Option<Said> {
    let said = message.unwrap_or(text);
    let known = in_words::permissions(said).iter().any(|name| known::permission(name).is_some());
    let refused =
        ["permission", "forbidden", "denied", "authorized"].iter().any(|word| said.to_lowercase().contains(word));
    (known && refused && status.is_none_or(|status| matches!(status, 400..=404))).then(|| Said {
        kind: Kind::MissingPermission,
        code: String::new(),
        status,
        message: Some(said.trim().to_owned()),
        values: Vec::new(),
        notes: vec!["there is no code; the text names permissions of the platform in words".to_owned()],
    })
}

/// Recognises an answer of the platform that says nothing but its status, or something that nobody published.
fn by_marks(message: Option<&str>, status: Option<u16>, around: &Surroundings, marked: bool) -> Option<Said> {
    let line = around.api_error.as_ref();
    let status = status.filter(|status| *status >= 400 && (marked || line.is_some()))?;
    let message = message.or_else(|| line.map(|line| line.message.as_str()).filter(|message| !message.is_empty()));
    let notes = vec!["the answer is the platform's by its marks, and has no code".to_owned()];
    Some(Said {
        kind: classify::classify("", Some(status), message.unwrap_or("")),
        code: String::new(),
        status: Some(status),
        message: message.map(str::to_owned),
        values: Vec::new(),
        notes,
    })
}

/// Recognises the platform by the text of a message, or by a part of one that no other message has.
fn by_message(
    text: &str,
    message: Option<&str>,
    status: Option<u16>,
    around: &Surroundings,
    marked: bool,
) -> Option<Said> {
    let head = || text.char_indices().nth(HEAD).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    let (given, marked) = match (message, &around.api_error) {
        // A body that says something else is not overruled by what stands around it.
        (Some(message), _) => (message, marked),
        (None, Some(line)) => (line.message.as_str(), true),
        (None, None) => (head(), marked),
    };
    let found = catalogue().by_text(given, status)?;
    let fit = &found.fit;
    let (code, published) = *found.codes.first()?;
    let mut kinds: Vec<Kind> =
        found.codes.iter().map(|(code, one)| classify::classify(code, Some(one.status), one.message)).collect();
    kinds.dedup();
    let agrees = status == Some(published.status);
    let whole = fit.is_complete() && fit.alone;
    let accepted = if fit.is_complete() {
        fit.covered >= TELLING
            || whole && (marked || fit.covered >= TELLING_ALONE && (agrees || message.is_none() && is_sentence(given)))
            || agrees && marked && fit.covered >= TELLING_ALONE
            || agrees && without_status(given).is_some_and(|rest| stands_alone(rest, status))
    } else {
        // Part of a refusal is the platform's manner; part of a sentence on requests and servers is everybody's.
        let refusal = kinds.iter().all(|kind| kind.is_about_access() || *kind == Kind::IpNotAllowed);
        fit.covered >= TELLING && (marked || refusal) || fit.alone && fit.covered >= TELLING_ALONE && marked
    };
    if !accepted {
        return None;
    }
    let kind = if fit.is_complete() {
        classify::classify(code, status.or(Some(published.status)), published.message)
    } else {
        common_kind(&kinds)?
    };
    let one_code = fit.is_complete() || found.codes.iter().all(|(other, _)| *other == code);
    let code = if one_code { code } else { "" };
    let status = status
        .or_else(|| found.codes.iter().all(|(_, one)| one.status == published.status).then_some(published.status));
    // The message ends where it ends: neither the tool's id nor the rest of a body is part of it.
    let said = match message {
        Some(message) => message,
        None => given.get(fit.start..fit.end).unwrap_or(given).trim(),
    };
    Some(Said {
        kind,
        code: code.to_owned(),
        status: status.or(Some(published.status).filter(|_| one_code)),
        message: Some(said.to_owned()),
        values: fit.values.clone(),
        notes: vec![by_text_note(&found, one_code)],
    })
}

/// Says which codes have the message, or the part of it that is there.
fn by_text_note(found: &ByText, one_code: bool) -> String {
    let mut codes: Vec<String> = found.codes.iter().map(|(code, _)| format!("`{code}`")).collect();
    codes.dedup();
    let others = codes.len().saturating_sub(1);
    let part = if found.fit.is_complete() { "the message is" } else { "the text is a part of" };
    if one_code {
        let also = if others == 0 { String::new() } else { format!(" ({others} other codes have it too)") };
        format!(
            "there is no code; {part} the one that the platform publishes for {}{also}",
            codes.first().map_or("", String::as_str)
        )
    } else {
        codes.truncate(6);
        format!("there is no code; {part} messages that the platform publishes for {}", codes.join(", "))
    }
}

/// The kind of a part that messages of several kinds have. A permission is missing where it is missing in a division.
fn common_kind(kinds: &[Kind]) -> Option<Kind> {
    let first = *kinds.first()?;
    if kinds.iter().all(|kind| *kind == first) {
        Some(first)
    } else if kinds.iter().all(|kind| matches!(kind, Kind::MissingPermission | Kind::MissingDivision)) {
        Some(Kind::MissingPermission)
    } else if kinds.iter().all(|kind| kind.is_about_access()) {
        Some(Kind::NotAuthorized)
    } else {
        None
    }
}

/// Whether a text has words enough to be recognised by itself.
fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() >= 3
}

/// The text behind a status: `401 - Invalid login credentials.`, `Error 401: ...`.
fn without_status(text: &str) -> Option<&str> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (lead, rest) = text.split_at_checked(at)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let leads = lead.len() < 40;
    (digits == 3 && leads).then(|| rest.get(3..).unwrap_or("").trim_start_matches(|c: char| !c.is_alphanumeric()))
}

/// Whether a text is a published message and nothing more.
fn stands_alone(text: &str, status: Option<u16>) -> bool {
    catalogue().by_text(text, status).is_some_and(|found| found.fit.is_complete() && found.fit.alone)
}

fn statuses(published: &[Published]) -> String {
    let mut statuses: Vec<String> = published.iter().map(|one| one.status.to_string()).collect();
    statuses.sort();
    statuses.dedup();
    statuses.join(", ")
}

/// A refusal that a message of another answer reports, in a published sentence rather than in a body.
pub(super) fn reported(message: &str, code: &str) -> Option<Said> {
    let refusal = |inner: &str, one: &Published| inner != code && matches!(one.status, 401 | 403 | 429);
    let found = catalogue().by_text_among(message, None, refusal)?;
    let (inner, published) = *found.codes.first()?;
    let said = message.get(found.fit.start..found.fit.end)?;
    // The same sentence may be published for the answer's own code.
    if !found.fit.is_complete() || found.fit.covered < TELLING_ALONE || catalogue().publishes(code, said) {
        return None;
    }
    Some(Said {
        kind: classify::classify(inner, Some(published.status), published.message),
        code: inner.to_owned(),
        status: Some(published.status),
        message: Some(said.to_owned()),
        values: found.fit.values,
        notes: Vec::new(),
    })
}
