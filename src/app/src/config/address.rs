//! Which URLs credentials may be sent to.

use reqwest::Url;

use rolecall_base::loopback::is_loopback;

/// A base URL without a trailing slash, or what is wrong with it and what to do. The text itself is never repeated:
/// it may hold a password.
pub(super) fn base_url(text: &str) -> Result<String, (String, Option<&'static str>)> {
    let url = Url::parse(text)
        .map_err(|error| (format!("is not a URL: {error}"), Some("write it like `https://api.mypurecloud.ie`")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "holds credentials".to_owned(),
            Some("remove what stands before the `@`; credentials go into `client_id` and `client_secret`"),
        ));
    }
    match url.scheme() {
        "https" => {}
        "http" if url.host_str().is_some_and(is_loopback) => {}
        "http" => {
            return Err((
                "is not https".to_owned(),
                Some("write `https://`; plain `http` is for loopback addresses only"),
            ));
        }
        other => {
            return Err((format!("has the scheme `{other}`"), Some("write it like `https://api.mypurecloud.ie`")));
        }
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(("has a query or a fragment".to_owned(), Some("write only the base, up to the host or its path")));
    }
    let path = url.path().trim_end_matches('/');
    if path.ends_with("/api/v2") || path.ends_with("/oauth/token") {
        return Err(("is more than the base".to_owned(), Some("leave `/api/v2` and `/oauth/token` out")));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_are_taken_without_their_trailing_slash() {
        for (text, base) in [
            ("https://api.mypurecloud.ie/", "https://api.mypurecloud.ie"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.8.9.1:8080/dev/", "http://127.8.9.1:8080/dev"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:99", "http://[::1]:99"),
        ] {
            assert_eq!(base_url(text).as_deref(), Ok(base));
        }
    }

    #[test]
    fn everything_else_is_refused_without_repeating_it() {
        for (text, why) in [
            ("http://api.mypurecloud.ie", "is not https"),
            ("http://127.0.0.1.example.com", "is not https"),
            ("http://localhost.example.com", "is not https"),
            ("http://10.0.0.1", "is not https"),
            ("https://anna:hunter2@api.mypurecloud.ie", "holds credentials"),
            ("https://hunter2@api.mypurecloud.ie", "holds credentials"),
            ("ftp://api.mypurecloud.ie", "has the scheme `ftp`"),
            ("https://api.mypurecloud.ie/?token=hunter2", "has a query or a fragment"),
            ("https://api.mypurecloud.ie/#hunter2", "has a query or a fragment"),
            ("https://api.mypurecloud.ie/api/v2", "is more than the base"),
            ("api.mypurecloud.ie", "is not a URL: relative URL without a base"),
            ("https://", "is not a URL: empty host"),
            ("", "is not a URL: relative URL without a base"),
        ] {
            let (message, help) = base_url(text).unwrap_err();
            assert_eq!(message, why, "{text}");
            assert!(!format!("{message}{help:?}").contains("hunter2"));
        }
    }
}
