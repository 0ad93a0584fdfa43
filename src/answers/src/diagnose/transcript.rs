//! What stands around a body: status lines, headers, request lines and the error lines of tools.

use super::letters::Letters;
use rolecall_matrix::{Endpoint, Method};

/// What a text holds apart from a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// The status of an HTTP status line, of the last answer in the text that is an error, else of the last one.
    pub status_line: Option<u16>,
    /// A status that the text names in passing: `API Error: 403 -`, `(403)`, `status code 401`.
    pub status_said: Option<u16>,
    /// `ININ-Correlation-Id`, or `contextId`: only the platform sends them.
    pub correlation: Option<String>,
    /// The id in brackets at the end of a provider's error line.
    pub trailing_id: Option<String>,
    /// `WWW-Authenticate`
    pub authenticate: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Server`
    pub server: Option<String>,
    /// The call, where its request line or URL is there.
    pub endpoint: Option<Endpoint>,
    /// The error line of the platform's SDK as the Terraform provider prints it.
    pub api_error: Option<ApiError>,
}

/// `API Error: 403 - message (id)`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ApiError {
    /// The status.
    pub status: u16,
    /// The message, without the id behind it.
    pub message: String,
}

/// Reads what stands around a body.
pub(super) fn read(text: &str) -> Surroundings {
    let api_error = api_error(text);
    let seconds = field(text, "retry-after").and_then(|value| value.trim().parse().ok());
    Surroundings {
        status_line: status_line(text),
        status_said: api_error.as_ref().map(|line| line.status).or_else(|| status_said(text)),
        // `contextId` of a body that is no JSON any more is the same id.
        correlation: ["inin-correlation-id", "contextid"]
            .into_iter()
            .find_map(|name| field(text, name).filter(|id| is_id(id))),
        trailing_id: trailing_id(text),
        authenticate: field_line(text, "www-authenticate"),
        retry_after: seconds,
        content_type: field(text, "content-type"),
        server: field(text, "server").filter(|value| value.len() < 60),
        endpoint: endpoint(text),
        api_error,
    }
}

/// Ids are printed: nothing else may come along.
fn is_id(text: &str) -> bool {
    !matches!(text, "" | "null" | "None" | "undefined")
        && text.len() <= 80
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn status_line(text: &str) -> Option<u16> {
    let statuses: Vec<u16> = text
        .match_indices("HTTP/")
        .filter_map(|(at, mark)| {
            let rest = text.get(at + mark.len()..)?;
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').strip_prefix(' ')?;
            number_of_three(rest)
        })
        .collect();
    statuses.iter().rev().find(|status| **status >= 400).or(statuses.last()).copied()
}

fn number_of_three(text: &str) -> Option<u16> {
    let digits = text.get(..3)?;
    let ends = text.get(3..)?.chars().next().is_none_or(|c| !c.is_alphanumeric());
    (ends && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// A number from 400 to 599 that stands alone, where the words around it say that it is a status.
fn status_said(text: &str) -> Option<u16> {
    const BEFORE: [&str; 8] = ["error", "status", "http", "code", "returned", "got", "failed", "response"];
    const AFTER: [&str; 14] = [
        "forbidden",
        "unauthorized",
        "not found",
        "bad request",
        "too many",
        "internal",
        "bad gateway",
        "service unavailable",
        "gateway timeout",
        "conflict",
        "-",
        "\u{2013}",
        "\u{2014}",
        "`",
    ];
    let lower = text.to_ascii_lowercase();
    lower.match_indices(['4', '5']).find_map(|(at, _)| {
        let status = number_of_three(lower.get(at..)?)?;
        let before = lower.get(..at)?;
        if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '/')) {
            return None;
        }
        let tail_start = before.char_indices().rev().nth(23).map_or(0, |(at, _)| at);
        let tail = before.get(tail_start..)?;
        let after = lower.get(at + 3..)?.trim_start();
        let starts = before.trim().is_empty() || before.ends_with('(') || before.ends_with('[');
        let is_status =
            starts || BEFORE.iter().any(|word| tail.contains(word)) || AFTER.iter().any(|word| after.starts_with(word));
        is_status.then_some(status)
    })
}

/// The value of a header or key, however it is printed: `Name: v`, `'Name': 'v'`, `Name=[v]`, `"name":"v"`.
pub(super) fn field(text: &str, name: &str) -> Option<String> {
    let (quote, rest) = value_of(text, name)?;
    let value = match quote {
        Some(close) => rest.split(close).next().unwrap_or(rest),
        None => rest.split(['\n', '\r', ',', '}', ')', ']', ';', ' ']).next().unwrap_or(rest),
    };
    let value = value.trim();
    (!value.is_empty() && value.chars().count() <= 400).then(|| value.to_owned())
}

/// As [`field`], for headers whose value has commas and quotes of its own.
fn field_line(text: &str, name: &str) -> Option<String> {
    let (quote, rest) = value_of(text, name)?;
    let value = match quote {
        Some('\'') => rest.split('\'').next().unwrap_or(rest),
        _ => rest.split(['\n', '\r']).next().unwrap_or(rest),
    };
    let value: String = value.trim().chars().take(400).collect();
    (!value.is_empty()).then_some(value)
}

/// The closing sign, where the value is in quotes or brackets, and the text from the value on.
fn value_of<'t>(text: &'t str, name: &str) -> Option<(Option<char>, &'t str)> {
    // Lower case in ASCII keeps every position.
    let lower = text.to_ascii_lowercase();
    lower.match_indices(name).find_map(|(at, _)| {
        let before = lower.get(..at)?;
        if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            return None;
        }
        let after = text.get(at + name.len()..)?;
        let after = after.trim_start_matches(['"', '\'', '\\']).trim_start();
        let after = after.strip_prefix([':', '=', ','])?.trim_start_matches([' ', '\t']);
        let after = after.trim_start_matches(['[', '\\']).trim_start();
        Some(match after.chars().next()? {
            quote @ ('"' | '\'') => (Some(quote), after.get(1..)?),
            _ => (None, after),
        })
    })
}

fn trailing_id(text: &str) -> Option<String> {
    text.match_indices('(').rev().take(20).find_map(|(at, _)| id_in_brackets(text.get(at..)?))
}

/// The id in the brackets at the beginning of a text. Blanks in it are where a line was cut; so may be its end.
fn id_in_brackets(text: &str) -> Option<String> {
    let inside: String = text.strip_prefix('(')?.chars().take(80).take_while(|c| *c != ')').collect();
    let id: String = inside.split_whitespace().collect();
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    let hex = id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    (hex && lengths == [8, 4, 4, 4, 12]).then_some(id)
}

/// The first error line of the platform's SDK, wherever lines were broken in it.
fn api_error(text: &str) -> Option<ApiError> {
    const MARK: &[u8] = b"apierror";
    let signs = Letters::and_signs_of(text);
    let mut from = 0;
    while let Some(at) = signs.find(MARK, from) {
        from = at + MARK.len();
        let rest = signs.as_slice().get(from..)?;
        let colon = usize::from(rest.first() == Some(&b':'));
        let digits = rest.get(colon..colon + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(status) = digits.and_then(|digits| digits.parse().ok()).filter(|status| (100..600).contains(status))
        else {
            continue;
        };
        let message = text.get(signs.place_behind(from + colon + 3)..)?.trim_start();
        let message = message.trim_start_matches(['-', ':', '\u{2013}', '\u{2014}']).trim_start();
        let id = message.match_indices('(').find(|(at, _)| message.get(*at..).and_then(id_in_brackets).is_some());
        let end = id.map(|(at, _)| at).or_else(|| message.find('\n')).unwrap_or(message.len());
        return Some(ApiError { status, message: message.get(..end)?.trim().to_owned() });
    }
    None
}

/// The call: a request line (`> GET /api/v2/x HTTP/1.1`), or a method in front of a path or URL of the API.
fn endpoint(text: &str) -> Option<Endpoint> {
    text.match_indices("/api/v2/").find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>)],;\\?".contains(c)).unwrap_or(rest.len());
        let path = rest.get(..end)?.trim_end_matches(['.', ':']);
        if path.len() > 300 {
            return None;
        }
        // The method stands before the path, or before the URL that ends in it.
        let line = text.get(..at)?.rsplit(['\n', '\r']).next()?;
        let line = line
            .rsplit_once("://")
            .map_or(line, |(before, _)| before.trim_end_matches("https").trim_end_matches("http"));
        let words = line.split(|c: char| !c.is_ascii_alphabetic()).rev();
        let method = words.filter(|word| !word.is_empty()).take(3).find_map(|word| {
            (word.chars().all(|c| c.is_ascii_uppercase())).then(|| word.parse::<Method>().ok()).flatten()
        })?;
        Some(Endpoint::new(method, path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcript_tells_status_headers_and_call() {
        let text = "> GET /api/v2/routing/queues?pageSize=1 HTTP/1.1\r\n> Host: api.example.com\r\n< HTTP/1.1 200 \
                    Connection established\r\n\r\n< HTTP/2 403 \r\n< inin-correlation-id: ab-12\r\n< Retry-After: 7\r\n\
                    < WWW-Authenticate: Bearer realm=\"x\", error=\"y\"\r\n";
        let read = read(text);
        assert_eq!((read.status_line, read.retry_after), (Some(403), Some(7)));
        assert_eq!(read.correlation.as_deref(), Some("ab-12"));
        assert_eq!(read.authenticate.as_deref(), Some("Bearer realm=\"x\", error=\"y\""));
        assert_eq!(read.endpoint.unwrap().to_string(), "GET /api/v2/routing/queues");
    }

    #[test]
    fn headers_are_found_however_they_are_printed() {
        for text in [
            "HTTPHeaderDict({'Content-Type': 'application/json', 'ININ-Correlation-Id': 'ab-12', 'x': 'y'})",
            "headers: { 'inin-correlation-id': 'ab-12' }",
            r#"{"headers":{"inin-correlation-id":"ab-12"}}"#,
            "map[Inin-Correlation-Id:[ab-12] Date:[x]]",
            "ININ-Correlation-Id=ab-12, x",
            r#"{\"inin-correlation-id\":\"ab-12\"}"#,
        ] {
            let found = field(text, "inin-correlation-id").unwrap();
            assert_eq!(found.trim_end_matches('\\'), "ab-12", "{text}");
        }
    }

    #[test]
    fn status_is_distinguished_from_other_numbers() {
        for (text, status) in [
            ("API Error: 403 - Unable", Some(403)),
            ("(403)\nReason: Forbidden", Some(403)),
            ("403 \u{2014} App not authorized", Some(403)),
            ("oauth2: cannot fetch token: 401 Unauthorized", Some(401)),
            ("ApiException: status code 429", Some(429)),
            ("took 450 ms over 500 rows", None),
            ("v4.403.1", None),
            ("", None),
        ] {
            assert_eq!(status_said(text), status, "{text}");
        }
    }

    #[test]
    fn call_is_read_from_lines_of_tools() {
        for (text, call) in [
            ("GET https://api.mypurecloud.de/api/v2/users/me failed", Some("GET /api/v2/users/me")),
            (
                "Error: POST /api/v2/analytics/conversations/details/query: 403",
                Some("POST /api/v2/analytics/conversations/details/query"),
            ),
            ("https://api.mypurecloud.de/api/v2/users/me", None),
        ] {
            assert_eq!(endpoint(text).map(|call| call.to_string()).as_deref(), call, "{text}");
        }
    }

    #[test]
    fn provider_line_ends_with_its_id() {
        let line = "API Error: 403 - x: [a:b:c] (c5fad4cb-d540-4913-be4a-761b3dec1281)";
        assert_eq!(trailing_id(line).as_deref(), Some("c5fad4cb-d540-4913-be4a-761b3dec1281"));
        let read = read(line);
        let message = "x: [a:b:c]".to_owned();
        assert_eq!(read.api_error, Some(ApiError { status: 403, message: message.clone() }));
        assert_eq!(read.status_said, Some(403));
        let cut = "API Err\nor: 4\n03 - x: [a:b:c] (c5fad4cb-d540-4913-\nbe4a-761b3dec1281";
        assert_eq!(api_error(cut), Some(ApiError { status: 403, message }));
        assert_eq!(trailing_id(cut).as_deref(), Some("c5fad4cb-d540-4913-be4a-761b3dec1281"));
        assert_eq!(api_error("API Error: none"), None);
        assert_eq!(trailing_id("missing the following permission(s): x"), None);
    }
}
