//! What people say about a need: permissions and scopes that are said to be asked for, and whether a job without a
//! person makes the call.
//!
//! A claim decides no verdict: checks hold it against the matrix.

use rolecall_base::label;

/// What stands beside a need in the optional columns `permission`, `scope` and `headless`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Permissions that the call is said to need, as written.
    pub permissions: Vec<String>,
    /// Scopes that the call is said to need, as written.
    pub scopes: Vec<String>,
    /// Whether a job without a person makes the call; `None` where the column says nothing.
    pub headless: Option<bool>,
}

/// The scopes in a cell: apart by `;`, `,`, `|` or blanks.
pub fn scopes(cell: &str) -> Vec<String> {
    let parts = cell.split([';', ',', '|']).map(label::scope);
    parts.flat_map(|part| part.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Reads a cell that says yes or no; `None` where it says neither. An empty one says nothing.
pub fn yes_or_no(cell: &str) -> Option<Option<bool>> {
    match cell.to_lowercase().as_str() {
        "" => Some(None),
        "yes" | "true" | "y" | "1" | "x" => Some(Some(true)),
        "no" | "false" | "n" | "0" => Some(Some(false)),
        _ => None,
    }
}

/// Words of a free text that are written as permissions or scopes are: two or three names joined by colons. Whether one
/// is meant as such is for the reader to say: `owner:alice` is written so too.
pub fn names_in(text: &str) -> Vec<&str> {
    let is_end = |c: char| !c.is_alphanumeric() && c != '*';
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '|' | '(' | ')' | '`' | '"' | '\''));
    let is_name = |part: &str| {
        part == "*"
            || (part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
    };
    words
        .map(|word| word.trim_matches(is_end))
        .filter(|word| (2..=3).contains(&word.split(':').count()) && word.split(':').all(is_name))
        .collect()
}

/// Whether a free text says that the call is headless: it has the word, and no `not` or `non` before it.
pub fn says_headless(text: &str) -> bool {
    let mut before = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        if word == "headless" && !matches!(before.as_str(), "not" | "non" | "no" | "never") {
            return true;
        }
        before = word;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_free_text_and_times_and_addresses_are_not() {
        let text = "told: `analytics:read`, (routing:queue:view). See https://x.example/a:b at 10:30; a:b:c:d role:";
        assert_eq!(names_in(text), ["analytics:read", "routing:queue:view"]);
        assert_eq!(names_in("grants analytics:*:view."), ["analytics:*:view"]);
        assert!(names_in("").is_empty());
    }

    #[test]
    fn headless_is_said_by_the_word_and_unsaid_by_a_not() {
        assert!(says_headless("Headless job; claimed endpoint"));
        assert!(!says_headless("not headless"));
        assert!(!says_headless("a non-headless app"));
        assert!(!says_headless("headlessly"));
    }

    #[test]
    fn cells_hold_several_names_and_yes_or_no() {
        assert_eq!(scopes("a:b; c:d|e, f g"), ["a:b", "c:d", "e", "f", "g"]);
        assert_eq!(scopes("OAuth scope Analytics:Readonly"), ["analytics:readonly"]);
        assert_eq!(yes_or_no(""), Some(None));
        assert_eq!((yes_or_no("Yes"), yes_or_no("0")), (Some(Some(true)), Some(Some(false))));
        assert_eq!(yes_or_no("maybe"), None);
    }
}
