//! What a text that was typed or pasted names: a method and a path, in whatever order and dress, or an SDK method.

use super::{Asked, Target, command};
use crate::endpoint::{Method, normalise};
use rolecall_base::named::trimmed;
use rolecall_base::nearest::did_you_mean;

/// Longer texts are not repeated in errors.
const SHOWN: usize = 120;

/// Words that stand around a call and say nothing.
const FILLERS: [&str; 14] =
    ["-", "–", "—", "→", "->", "=>", "|", ":", "on", "to", "endpoint", "request", "call", "method"];

pub(super) fn read(text: &str) -> Result<Asked, String> {
    let bare = stripped(text);
    if let Some((method, url)) = command::read(bare)? {
        return Ok(asked(Some(method), Target::Path(normalise(url.trim())), text));
    }
    if let Some(words) = cli_words(bare) {
        return Ok(asked(None, Target::CliWords(words), text));
    }
    if let Some(name) = sdk_name(bare) {
        return Ok(asked(None, Target::SdkName(name), text));
    }
    let joined = without_inner_blanks(bare);
    let words: Vec<&str> = joined.split_whitespace().map(stripped).filter(|word| !word.is_empty()).collect();
    let mut method = None;
    let mut paths = Vec::new();
    for word in &words {
        let of_word = word.trim_end_matches(':').parse::<Method>().ok();
        if let (Some(read), None) = (of_word, method) {
            method = Some(read);
        } else if let (None, Some((read, path))) = (method, method_and_path(word)) {
            method = Some(read);
            paths.push(path);
        } else if is_http_version(word) || (words.len() > 1 && FILLERS.contains(&word.to_lowercase().as_str())) {
            continue;
        } else {
            paths.push(*word);
        }
    }
    match (method, paths.as_slice()) {
        (Some(_), [path]) => Ok(asked(method, Target::Path(normalise(path)), text)),
        (None, [path]) if path.contains('/') => Ok(asked(None, Target::Path(normalise(path)), text)),
        // A bare word that begins as the names of SDKs do; only a matrix decides whether it is one.
        (None, [name]) if begins_with_a_method(name) => Ok(asked(None, Target::SdkName((*name).to_owned()), text)),
        (None, [word, path]) if path.contains('/') && !word.contains('/') => {
            let near = did_you_mean(word, Method::ALL.map(Method::as_str));
            Err(format!(
                "`{}` is not a method; write one of GET, POST, PUT, PATCH, DELETE, HEAD, then the path{near}",
                shown(word)
            ))
        }
        _ => Err(format!("`{}` is not an endpoint; write it as 'GET /api/v2/routing/queues'", shown(text))),
    }
}

fn asked(method: Option<Method>, target: Target, text: &str) -> Asked {
    Asked { method, target, typed: text.trim().chars().take(SHOWN * 4).collect() }
}

/// What may be repeated of a text: no query, nothing that a token may stand in, not too long.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or(text).trim();
    let lower = text.to_lowercase();
    if ["bearer", "authorization", "secret", "token=", "password", "basic "].iter().any(|word| lower.contains(word)) {
        return "what was given".to_owned();
    }
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Without quotes, brackets, prompts and punctuation around it.
pub(super) fn stripped(text: &str) -> &str {
    let mut text = text;
    loop {
        let before = text;
        text = trimmed(text);
        // `/queues/...` ends in what stands for an id, not in full stops.
        if !text.ends_with("/...") {
            text = text.trim_end_matches(['.', ',', ';', '!']);
        }
        for lead in ["$ ", "> ", "* ", "- ", "PS> "] {
            text = text.strip_prefix(lead).unwrap_or(text);
        }
        // `[id]` alone is a placeholder; around a call brackets hold more than one word or a path.
        for (open, close) in [('[', ']'), ('(', ')'), ('<', '>')] {
            let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
            text = inner.filter(|inner| inner.contains(['/', ' '])).unwrap_or(text);
        }
        for (open, close) in [('[', ']'), ('(', ')')] {
            if text.matches(open).count() != text.matches(close).count() {
                text = text.strip_prefix(open).unwrap_or(text);
                text = text.strip_suffix(close).unwrap_or(text);
            }
        }
        if text == before {
            return text;
        }
    }
}

/// Blanks within `<queue id>`, `{{ id }}` do not end a word.
fn without_inner_blanks(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '{' => depth += 1,
            '>' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // `a > b` is a label and no bracket.
        out.push(if c.is_whitespace() && depth > 0 && text.contains('/') { '_' } else { c });
    }
    out
}

fn is_http_version(word: &str) -> bool {
    word.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("http/"))
        && word.get(5..).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn method_and_path(word: &str) -> Option<(Method, &str)> {
    let end = word.find(|c: char| !c.is_ascii_alphabetic())?;
    let (name, rest) = word.split_at(end);
    let method = name.parse().ok()?;
    let path = rest.trim_start_matches([':', ',', '|', '=', '-', '>']);
    (path.contains('/')).then_some((method, path))
}

fn begins_with_a_method(word: &str) -> bool {
    let lower = word.to_lowercase();
    let letters = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    letters
        && Method::ALL.iter().any(|method| {
            lower.strip_prefix(&method.as_str().to_lowercase()).is_some_and(|rest| rest.trim_matches('_').len() > 3)
        })
}

/// The name of an SDK's method in code: `await routingApi.getRoutingQueues({ pageSize: 25 })`.
fn sdk_name(text: &str) -> Option<String> {
    let is_code = text.contains('(') || (!text.contains('/') && !text.contains(char::is_whitespace));
    if !is_code || text.contains("/api/") {
        return None;
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    // A name in code has a second word: a capital or a low line after the method.
    words
        .filter(|word| begins_with_a_method(word))
        .find(|word| {
            Method::ALL.iter().any(|method| {
                let rest = word.get(method.as_str().len()..).unwrap_or_default();
                word.to_ascii_lowercase().starts_with(&method.as_str().to_lowercase())
                    && rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            })
        })
        .map(|word| word.trim_matches('_').to_owned())
}

/// The words of the platform's command line: `gc routing queues list --pageSize 25`.
fn cli_words(text: &str) -> Option<Vec<String>> {
    let mut words = text.split_whitespace();
    let program = words.next()?;
    if !["gc", "gc.exe", "genesys"].contains(&program.to_lowercase().as_str()) {
        return None;
    }
    let words: Vec<String> = words.take_while(|word| !word.starts_with('-')).map(str::to_owned).collect();
    (words.len() > 1).then_some(words)
}
