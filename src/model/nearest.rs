//! Which known words a mistyped one was probably meant to be.

/// The candidates that are near to `word`, nearest first, at most `most` of them.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(2);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, candidate)| candidate).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_comes_first_and_far_words_are_left_out() {
        assert_eq!(nearest("colect", ["report", "collect", "select"], 2), ["collect", "select"]);
        assert!(nearest("zzzz", ["report", "collect"], 2).is_empty());
        assert!(nearest("", ["id"], 2).is_empty());
    }
}
