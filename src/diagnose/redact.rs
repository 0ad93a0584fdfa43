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
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(word)).map(|at| at + from) {
        let value = at + word.len();
        out.push_str(text.get(from..value).unwrap_or(""));
        let rest = text.get(value..).unwrap_or("");
        let lead = rest.len() - rest.trim_start_matches([' ', '"', '\'', '\\', ':', '=', '\t']).len();
        let secret = rest.get(lead..).unwrap_or("");
        let line = word.ends_with(':');
        let end = secret
            .find(
                |c: char| if line { matches!(c, '\n' | '\r') } else { c.is_whitespace() || "\"'\\&,;}])<".contains(c) },
            )
            .unwrap_or(secret.len());
        // A key needs a sign between itself and its value; without one it is a word in a sentence.
        let introduced = word.ends_with([' ', ':']) || rest.get(..lead).is_some_and(|lead| lead.contains([':', '=']));
        let telling = word != "bearer " && word != "basic " || end >= 12;
        if introduced && telling && end > 0 {
            out.push_str(rest.get(..lead).unwrap_or(""));
            out.push_str(GONE);
            from = value + lead + end;
        } else {
            from = value;
        }
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
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
    fn sentences_about_secrets_stay() {
        for text in [
            "No authentication bearer token specified in authorization header.",
            "the password is wrong",
            "bearer realm",
        ] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(without("a tok1 b", "tok1"), format!("a {GONE} b"));
    }
}
