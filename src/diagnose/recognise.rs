//! Whether the platform wrote it, and if so what it said: by its code, its published messages, or its ids.

use super::body::{self, Body};
use super::catalogue::{self, catalogue};
use super::transcript::Surroundings;
use super::{LONGEST_MESSAGE, clip};

/// What the platform said, and how that is known.
pub(super) struct Told {
    pub code: String,
    pub status: Option<u16>,
    pub message: Option<String>,
    pub values: Vec<String>,
    pub notes: Vec<String>,
}

/// What the platform said; `None` where nothing shows that it was the platform.
pub(super) fn recognised(text: &str, body: Option<&Body>, around: &Surroundings, status: Option<u16>) -> Option<Told> {
    // Ids that only the platform writes.
    let marked = body.is_some_and(|body| body.context.is_some()) || around.correlation.is_some();
    let message = body.and_then(|body| body.message.as_deref());
    let by_code = || by_code(body?, around, status, marked);
    // A whole body with a code in another manner is another API's, however familiar its sentences are.
    let foreign = !marked && body.is_some_and(|body| !body.cut && speaks_otherwise(body));
    let by_text = || {
        by_message(text, message, status, around, marked)
            .or_else(|| by_code_in_text(text, message, status))
            .or_else(|| by_marks(message, status, marked || around.api_error_line))
    };
    by_code().or_else(|| if foreign { None } else { by_text() })
}

/// Whether a body has a code that the platform would not write.
fn speaks_otherwise(body: &Body) -> bool {
    let word = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.contains(' '));
    word(&body.code) || word(&body.error) || body.has("errorCode") || body.has("error_code")
}

/// Recognises the platform by the body's code.
fn by_code(body: &Body, around: &Surroundings, status: Option<u16>, marked: bool) -> Option<Told> {
    let code = body.code.clone()?;
    let message = body.message.clone();
    let published = catalogue().published(&code);
    let fits = || message.as_deref().is_some_and(|message| catalogue().by_text(message, None, true).is_some());
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
    let values = catalogue().values(&code, message.as_deref().unwrap_or(""));
    Some(Told { code, status, message, values, notes })
}

/// Recognises a code that stands alone in a line: `403 missing.any.permissions [a:b:c]`.
fn by_code_in_text(text: &str, message: Option<&str>, status: Option<u16>) -> Option<Told> {
    let code = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .map(|word| word.trim_matches('.'))
        .find(|word| body::is_dotted(word) && !catalogue().published(word).is_empty())?;
    let status = status.or_else(|| catalogue().published(code).first().map(|one| one.status));
    let rest = text.split_once(code).map(|(_, rest)| rest.trim_start_matches([' ', ':', '"', '\'']));
    let list = rest.filter(|rest| rest.starts_with('[')).and_then(|rest| rest.split_once(']'));
    Some(Told {
        code: code.to_owned(),
        status,
        message: message.map(str::to_owned),
        values: list.map(|(list, _)| format!("{list}]")).into_iter().collect(),
        notes: vec!["there is no whole body; the code stands in the text".to_owned()],
    })
}

/// Recognises an answer of the platform that says nothing but its status.
fn by_marks(message: Option<&str>, status: Option<u16>, marked: bool) -> Option<Told> {
    let status = status.filter(|status| *status >= 400 && marked)?;
    let notes = vec!["the answer is the platform's by its marks, and tells no code".to_owned()];
    Some(Told {
        code: String::new(),
        status: Some(status),
        message: message.map(str::to_owned),
        values: Vec::new(),
        notes,
    })
}

/// Recognises the platform by the text of a message.
fn by_message(
    text: &str,
    message: Option<&str>,
    status: Option<u16>,
    around: &Surroundings,
    marked: bool,
) -> Option<Told> {
    let find = |text: &str, whole: bool| {
        let with_status = status.and_then(|status| catalogue().by_text(text, Some(status), whole));
        with_status.or_else(|| catalogue().by_text(text, None, whole))
    };
    let from_message =
        message.and_then(|message| find(message, false).or_else(|| find(message, true).filter(|_| marked)));
    // A body that says something else is not overruled by what stands around it.
    let head: String = text.chars().take(16_384).collect();
    let found = from_message.or_else(|| if message.is_none() { find(&head, false) } else { None })?;
    let told = message.map(str::to_owned).unwrap_or_else(|| {
        // From where the message begins to the end of its line, without the id that a tool puts behind it.
        let rest = head.find(found.beginning).and_then(|at| head.get(at..)).unwrap_or(&head);
        let line = rest.lines().next().unwrap_or(rest);
        let id = around.trailing_id.as_ref().map(|id| format!("({id})")).unwrap_or_default();
        let line = line.trim().strip_suffix(&id).filter(|_| !id.is_empty()).unwrap_or(line);
        clip(line.trim(), LONGEST_MESSAGE)
    });
    let note = format!("there is no code; the message is the one that the platform publishes for `{}`", found.code);
    Some(Told {
        code: found.code.to_owned(),
        status: status.or(Some(found.status)),
        message: Some(told),
        values: found.values,
        notes: vec![note],
    })
}

fn statuses(published: &[catalogue::Published]) -> String {
    published.iter().map(|one| one.status.to_string()).collect::<Vec<_>>().join(", ")
}
