//! What of a configuration file must not be repeated in an error, on a terminal or in a log.
//!
//! Bytes are replaced by `*` one for one, so that every span still points at its place.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::words::SECRET_KEYS;

/// Keys whose values are taken for secrets, wherever they stand and however they were mistyped around these words.
const SECRET_WORDS: [&str; 6] = ["secret", "client_id", "clientid", "passw", "token", "credential"];

/// Hides values under secret keys and URLs with credentials.
pub(super) fn in_document(text: &str, document: &DeTable<'_>) -> String {
    let mut spans = Vec::new();
    in_table(document, false, &mut spans);
    hidden(text, &spans)
}

/// Whether a name can be that of an environment variable. What is not, may be the secret itself.
pub(super) fn is_variable_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    // The address of a webhook is all that is needed to write into its channel.
    key == "url" || SECRET_WORDS.iter().any(|word| key.contains(word))
}

fn in_table(table: &DeTable<'_>, secret: bool, spans: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        let reference = secret && SECRET_KEYS.contains(&key);
        match value.get_ref() {
            // A reference is shown, except where it is not one.
            DeValue::String(name) if reference && (key != "env" || is_variable_name(name)) => {}
            DeValue::Array(_) if reference && key == "command" => {}
            other => in_value(other, value.span(), secret || is_secret_key(key), spans),
        }
    }
}

fn in_value(value: &DeValue<'_>, span: Range<usize>, secret: bool, spans: &mut Vec<Range<usize>>) {
    match value {
        DeValue::Table(table) => in_table(table, secret, spans),
        DeValue::Array(items) => {
            for item in items.iter() {
                in_value(item.get_ref(), item.span(), secret, spans);
            }
        }
        DeValue::String(text) if has_user_info(text) => spans.push(span),
        _ if secret => spans.push(span),
        _ => {}
    }
}

/// `https://name:password@host`, also without the scheme. An e-mail address has no colon before its `@`.
fn has_user_info(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(before, _)| before.contains(':'))
}

/// Hides by line where the text could not be parsed: what follows a secret key up to the end of the line, or of the
/// multi-line string that begins there, and lines with credentials in a URL.
pub(super) fn in_broken_text(text: &str) -> String {
    let mut spans = Vec::new();
    let lower = text.to_ascii_lowercase();
    let mut start = 0;
    while let Some(line) = lower.get(start..).and_then(|rest| rest.split_inclusive('\n').next()) {
        let mut end = start + line.len();
        if let Some(word) = SECRET_WORDS.iter().filter_map(|word| line.find(word)).chain(url_key(line)).min() {
            let from = line.get(word..).and_then(|rest| rest.find('=')).map_or(word, |equals| word + equals + 1);
            let value = line.get(from..).unwrap_or_default();
            if let Some(quotes) = ["\"\"\"", "'''"].into_iter().find(|quotes| value.matches(quotes).count() == 1) {
                let rest = lower.get(end..).unwrap_or_default();
                end += rest.find(quotes).unwrap_or(rest.len());
            } else if value.trim().is_empty() {
                let rest = lower.get(end..).unwrap_or_default();
                end += rest.split_inclusive('\n').next().map_or(0, str::len);
            }
            spans.push(start + from..end);
        } else if has_user_info(line) {
            spans.push(start..end);
        }
        if line.is_empty() {
            break;
        }
        start = end;
    }
    hidden(text, &spans)
}

/// Where the key `url` stands, which is none of `api_url` and the like.
fn url_key(line: &str) -> Option<usize> {
    let is_of_a_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    line.match_indices("url").map(|(at, _)| at).find(|at| {
        let (before, after) = (line.get(..*at).unwrap_or_default(), line.get(at + 3..).unwrap_or_default());
        !before.ends_with(is_of_a_word) && !after.starts_with(is_of_a_word)
    })
}

fn hidden(text: &str, spans: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        for byte in bytes.get_mut(span.clone()).unwrap_or_default() {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    // Spans begin and end between characters, so this cannot fail; if it could, nothing is better than a secret.
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (document, faults) = DeTable::parse_recoverable(text);
        assert!(faults.is_empty(), "{faults:?}");
        in_document(text, document.get_ref())
    }

    #[test]
    fn value_of_a_secret_key_is_hidden_in_every_writing() {
        for text in [
            "client_secret = \"hunter2\"",
            "client-secret = 'hunter2'",
            "Client_Secrett = \"\"\"\nhunter2\"\"\"",
            "client_secret = { value = \"hunter2\" }",
            "client_secret = { env = \"hunter2 with-blanks\" }",
            "client_secret = [\"hunter2\"]",
            "client_secret.plain = \"hunter2\"",
            "client_id = \"hunter2\"",
            "org = [{ name = \"dev\", client_secret = \"hunter2\", x = 1 }]",
            "[secret]\na = { b = 'hunter2' }",
            "api_url = \"https://anna:hunter2@example.com\"",
            "password = \"é hunter2\"",
            "region = \"anna:hunter2@example.com\"",
            "url = \"https://hooks.example.com/hunter2\"",
            "[[notify]]\nurl = 'hunter2'",
        ] {
            let shown = shown(text);
            assert!(!shown.contains("hunter2"), "{shown}");
            assert_eq!(shown.len(), text.len());
        }
    }

    #[test]
    fn references_stay_readable() {
        for text in [
            "client_secret = { env = \"DEV_SECRET\" }",
            "client_secret = { file = \"/run/secrets/dev\" }",
            "client_secret = { command = [\"pass\", \"show\", \"dev\"] }",
            "name = \"dev\"",
            "url = { env = \"WEBHOOK\" }",
            "api_url = \"https://api.example.com\"",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn broken_text_hides_what_follows_a_secret_key() {
        for text in [
            "client_secret = \"hunter2",
            "url = \"https://hooks.example.com/hunter2",
            "x = { 'url' = 'hunter2' ",
            "client_secret = hunter2\nname = 1",
            "client_secret \"hunter2\"",
            "client_secret =\n\"hunter2\"\n",
            "client_secret = \"\"\"\nab\nhunter2\n",
            "org = [{ client_secret = 'hunter2', name }",
            "api_url = https://anna:hunter2@example.com",
            "CLIENT_SECRET = 'é\nhunter2'''".trim_end_matches("\nhunter2'''"),
        ] {
            let shown = in_broken_text(text);
            assert!(!shown.contains("hunter2"), "{shown}");
            assert_eq!(shown.len(), text.len());
        }
        assert_eq!(in_broken_text("name = \n[[org]\n"), "name = \n[[org]\n");
    }
}
