//! Small words of the page: counts, times, addresses within it, marks beside words.

use jiff::Timestamp;
use rolecall_findings::check::plural;
use serde::Serialize;

use rolecall_access::cross::{PrincipalKind, Verdict};
use rolecall_base::coverage::Seen;
use rolecall_base::oauth_client::GrantType;
use rolecall_findings::severity::Severity;

/// The first rows of a list, and how many there are in all.
#[derive(Serialize)]
pub struct Capped<T> {
    /// The rows that are shown.
    pub rows: Vec<T>,
    /// How many there are.
    pub total: usize,
}

impl<T> Capped<T> {
    /// Keeps the first `most`; those behind are never made.
    pub fn of<S>(items: impl IntoIterator<Item = S>, most: usize, mut make: impl FnMut(S) -> T) -> Self {
        let mut rows = Vec::new();
        let mut total = 0;
        for item in items {
            if total < most {
                rows.push(make(item));
            }
            total += 1;
        }
        Self { rows, total }
    }
}

/// A word with a count before it: `1 call`, `2 calls`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(n), plural(n, one, many))
}

/// A number with thin spaces between its thousands would not be found by a search; commas are.
pub fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many calls were seen.
pub fn calls(n: u64) -> String {
    number(usize::try_from(n).unwrap_or(usize::MAX))
}

/// A time for people, to the minute, always UTC.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A day, UTC.
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The address of a principal's section.
pub fn principal_anchor(org: &str, id: &str) -> String {
    format!("p-{}-{}", slug(org), slug(id))
}

/// The address of a pair's section.
pub fn pair_anchor(from: &str, to: &str) -> String {
    format!("d-{}-{}", slug(from), slug(to))
}

/// The address of what happened in an org since its last night.
pub fn since_anchor(org: &str) -> String {
    format!("s-{}", slug(org))
}

/// The address of a role's section.
pub fn role_anchor(org: &str, id: &str) -> String {
    format!("r-{}-{}", slug(org), slug(id))
}

/// The address of a finding.
pub fn finding_anchor(id: &str) -> String {
    format!("f-{}", slug(id))
}

/// Letters, digits, `.` and `-` stay; everything else becomes its number, so that two ids never share an address.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-' {
            slug.push(char::from(byte));
        } else {
            slug.push_str(&format!("_{byte:02x}"));
        }
    }
    slug
}

/// The kind of a principal, for people.
pub fn kind(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::OauthClient => "OAuth client",
        PrincipalKind::ServiceUser => "service user",
        PrincipalKind::User => "user",
        PrincipalKind::ClientAsUser => "client as a user",
    }
}

/// What a grant type means for access.
pub fn grant_type(grant_type: &GrantType) -> &'static str {
    match grant_type {
        GrantType::ClientCredentials => "acts as itself: its roles decide, in their divisions; scopes play no part",
        GrantType::Code => "acts for a user: the user's permissions and the client's scopes both decide",
        GrantType::Token => "implicit, discouraged; acts for a user: the user's permissions and its scopes both decide",
        GrantType::Saml2Bearer => "acts for a user: the user's permissions and the client's scopes both decide",
        GrantType::Password => "acts for a user: the user's permissions and the client's scopes both decide",
        GrantType::Other(_) => "a grant type this program does not know; taken to act for a user",
        GrantType::NotStated => "the platform did not say how it obtains tokens, so its access is not known",
    }
}

/// A word with the sign that stands before it, so that neither colour nor sign speaks alone.
#[derive(Serialize, Clone, Copy)]
pub struct Mark {
    /// The word; also the end of the CSS class.
    pub word: &'static str,
    /// The sign.
    pub sign: &'static str,
}

/// A severity with its sign.
pub fn severity(severity: Severity) -> Mark {
    let sign = match severity {
        Severity::Critical => "◆",
        Severity::High => "▲",
        Severity::Medium => "■",
        Severity::Low => "●",
        Severity::Info => "○",
    };
    Mark { word: severity.as_str(), sign }
}

/// A verdict with its sign.
pub fn verdict(verdict: Verdict) -> Mark {
    let sign = match verdict {
        Verdict::Allowed => "✓",
        Verdict::Partial => "◐",
        Verdict::Conditional => "◇",
        Verdict::DependsOnUser => "↷",
        Verdict::Denied => "✕",
        Verdict::Unknown => "?",
    };
    Mark { word: verdict.as_str(), sign }
}

/// What a verdict means, for people.
pub fn verdict_meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "The call is let through.",
        Verdict::Partial => {
            "Let through in some divisions only. In the others it fails, or returns less without any error."
        }
        Verdict::Conditional => {
            "A condition on a role, or an access policy that could deny, decides in the single call. It cannot be \
             reported in advance."
        }
        Verdict::DependsOnUser => {
            "The client acts for a user and its own side is fine; the permissions of the user behind the token decide."
        }
        Verdict::Denied => "The call is refused: a 403, or the error that the reasons name.",
        Verdict::Unknown => {
            "Nobody can say: the requirement is not published, or something that bears on it was not read. It is \
             neither a pass nor a failure."
        }
    }
}

/// How much of a list was seen, with its sign and its CSS class.
pub fn seen(seen: Seen) -> (Mark, &'static str) {
    match seen {
        Seen::Whole => (Mark { word: "complete", sign: "●" }, "whole"),
        Seen::Part => (Mark { word: "in part", sign: "◐" }, "part"),
        Seen::Nothing => (Mark { word: "not read", sign: "✕" }, "nothing"),
        Seen::NotAsked => (Mark { word: "not asked for", sign: "–" }, "not-asked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let written: Vec<String> = [0, 999, 1000, 41_233, 1_234_567].into_iter().map(number).collect();
        assert_eq!(written, ["0", "999", "1,000", "41,233", "1,234,567"]);
        assert_eq!((count(1, "call", "calls").as_str(), count(2, "call", "calls").as_str()), ("1 call", "2 calls"));
    }

    #[test]
    fn different_ids_never_share_an_address() {
        assert_ne!(principal_anchor("a", "b c"), principal_anchor("a", "b_20c"));
        assert_eq!(finding_anchor("\"><script>"), "f-_22_3e_3cscript_3e");
    }
}
