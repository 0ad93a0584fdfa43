//! Secrets that people paste along with an error: taken out before anything of it is printed.

/// Words behind which a secret stands, in a header, a form or a body.
const INTRODUCED_BY: [&str; 12] = [
    "bearer ",
    "basic ",
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "clientsecret",
    "password",
    "assertion",
    "set-cookie:",
    "cookie:",
    "x-amz-security-token",
];

/// What stands in place of a secret.
const GONE: &str = "[not shown]";

/// The text without what looks like a secret.
pub fn redact(text: &str) -> String {
    let mut text = text.to_owned();
    for word in INTRODUCED_BY {
        text = behind(&text, word);
    }
    text
}

/// The text without a secret that is known.
pub fn without(text: &str, secret: &str) -> String {
    if secret.len() < 4 { text.to_owned() } else { text.replace(secret, GONE) }
}

fn behind(text: &str, word: &str) -> String {
    // Lower case in ASCII keeps every position.
    let lower = text.to_ascii_lowercase();
    let spaced = word.ends_with(' ');
    let name = word.trim_end();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(name)).map(|at| at + from) {
        let value = at + name.len();
        out.push_str(text.get(from..value).unwrap_or(""));
        from = value;
        let rest = text.get(value..).unwrap_or("");
        if spaced && !rest.starts_with(char::is_whitespace) {
            continue;
        }
        let lead = rest.len() - rest.trim_start_matches([' ', '"', '\'', '\\', ':', '=', '\t', '\n']).len();
        let secret = rest.get(lead..).unwrap_or("");
        let line = word.ends_with(':');
        let quoted = rest.get(..lead).is_some_and(|lead| lead.ends_with(['"', '\'']));
        let end = end_of_secret(secret, line, quoted);
        // A key needs a sign between itself and its value; without one it is a word in a sentence.
        let introduced = spaced || line || rest.get(..lead).is_some_and(|lead| lead.contains([':', '=']));
        let telling = !spaced || secret.get(..end).is_some_and(is_telling);
        if introduced && telling && end > 0 {
            out.push_str(rest.get(..lead).unwrap_or(""));
            out.push_str(GONE);
            from = value + lead + end;
        }
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

/// Where a secret ends: with its line or word, and where it fills its line, with what goes on in the next one.
fn end_of_secret(secret: &str, line: bool, quoted: bool) -> usize {
    let stops = |c: char| {
        if line { matches!(c, '\n' | '\r') } else { c.is_whitespace() || "\"'\\&,;}])<".contains(c) }
    };
    let length = |text: &str| text.find(stops).unwrap_or(text.len());
    let mut end = length(secret);
    while end > 0 {
        let rest = secret.get(end..).unwrap_or("");
        let Some(next) = rest.trim_start_matches(' ').strip_prefix(['\n', '\r']).map(str::trim_start) else { break };
        let run = next.find(stops).unwrap_or(next.len());
        let Some(word) = next.get(..run).filter(|word| !word.is_empty() && goes_on(word)) else { break };
        let behind = next.get(run..).unwrap_or("");
        let fills = behind.is_empty() || behind.starts_with(['\n', '\r']);
        if !(fills || quoted || has_signs(word)) {
            break;
        }
        end += rest.len() - next.len() + run;
    }
    end
}

/// Whether a word at the beginning of a line can be the rest of a secret, and not the beginning of something else.
fn goes_on(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=%".contains(&byte))
        && !word.starts_with("HTTP/")
        && !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&word)
}

/// Whether a word has what words of a language do not have in their middle: digits, capitals, signs.
fn has_signs(word: &str) -> bool {
    word.bytes().skip(1).any(|byte| !byte.is_ascii_lowercase())
}

/// Whether what stands behind `Bearer` or `Basic` is a token and no word of a sentence.
fn is_telling(token: &str) -> bool {
    let first = token.split_whitespace().next().unwrap_or("");
    let length: usize = token.split_whitespace().map(str::len).sum();
    first.len() >= 12 || length >= 12 && has_signs(&token.split_whitespace().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_wherever_they_stand() {
        for text in [
            "> Authorization: Bearer HUSHHUSHHUSH-1\r\nnext",
            "authorization: basic HUSHHUSHHUSH==",
            "grant_type=client_credentials&client_secret=HUSH&x=1",
            r#"{"access_token":"HUSH","token_type":"bearer"}"#,
            r#"{\"client_secret\": \"HUSH\"}"#,
            "Set-Cookie: session=HUSH; path=/\nnext",
            "{'password': 'HUSH'}",
        ] {
            let shown = redact(text);
            assert!(!shown.contains("HUSH"), "{shown}");
            assert!(shown.contains(GONE), "{shown}");
        }
    }

    #[test]
    fn secret_over_several_lines_is_taken_out_whole() {
        for text in [
            "Authorization: Bearer HUSH4711HUSH\nHUSHHUSH\nHUSH-1\nHost: x",
            "Authorization: Bearer\nHUSH4711HUSHHUSH\nHost: x",
            "\"access_token\":\"HUSHHUSH\nHUSHHUSH\",\"Host: x\":1",
            "client_secret=HUSH\nHUSH4711&Host: x",
        ] {
            let shown = redact(text);
            assert!(!shown.contains("HUSH") && shown.contains("Host: x"), "{shown}");
        }
    }

    #[test]
    fn sentences_about_secrets_stay() {
        for text in [
            "No authentication bearer token specified in authorization header.",
            "No authentication bearer token\nspecified in authorization header.",
            "the password is wrong",
            "bearer realm",
        ] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(without("a tok1 b", "tok1"), format!("a {GONE} b"));
    }
}
