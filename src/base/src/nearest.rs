//! Which known word was probably meant by one that is not known.

/// How alike two words must be, from 0 to 1, before one is offered for the other.
const ALIKE: f64 = 0.72;

/// The known words most like `word`, best first, at most `limit`; none when nothing is alike. Case does not count.
/// Equally good ones come in order of the alphabet, so that the answer does not depend on the order of `known`.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let asked = word.to_lowercase();
    let mut found: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (likeness(&asked, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().take(limit).map(|(_, candidate)| candidate).collect()
}

/// ` (did you mean ...?)` for the end of a message; empty when nothing is alike.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known, 1).first().map(|best| format!("; did you mean `{best}`?")).unwrap_or_default()
}

/// Edits weigh more than a common beginning, but a common beginning breaks ties as people expect.
fn likeness(a: &str, b: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(a, b);
    let prefix = strsim::jaro_winkler(a, b);
    let both = f64::midpoint(edits, prefix);
    // One slip in a short word is a large share of it, and yet the likeliest of all.
    let one_slip = a.chars().count() >= 3 && strsim::damerau_levenshtein(a, b) == 1;
    if one_slip { both.max(ALIKE) } else { both }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 5] = ["region", "client_id", "client_secret", "api_url", "login_url"];

    #[test]
    fn slip_of_the_finger_finds_the_key() {
        assert_eq!(nearest("regoin", KEYS, 1), ["region"]);
        assert_eq!(nearest("Client_Secert", KEYS, 3).first(), Some(&"client_secret"));
        assert_eq!(did_you_mean("clientid", KEYS), "; did you mean `client_id`?");
    }

    #[test]
    fn one_slip_in_a_short_word_is_forgiven() {
        assert_eq!(nearest("gte", ["put", "get", "post"], 1), ["get"]);
        assert!(nearest("ab", ["ax"], 1).is_empty());
    }

    #[test]
    fn word_like_nothing_finds_nothing() {
        assert!(nearest("zebra", KEYS, 3).is_empty());
        assert_eq!(did_you_mean("", KEYS), "");
    }

    #[test]
    fn order_of_the_known_words_does_not_matter() {
        assert_eq!(nearest("ab1", ["ab3", "ab2"], 2), nearest("ab1", ["ab2", "ab3"], 2));
    }
}
