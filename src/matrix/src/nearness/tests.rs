//! Whether names are cut into words as the table of synonyms writes them.

use super::*;

#[test]
fn words_are_split_at_signs_and_capitals_and_made_singular() {
    let words: Vec<String> = words::split_at_signs("queueObservation:view-policies/QAs_status").collect();
    assert_eq!(words, ["queue", "observation", "view", "policy", "qas", "status"]);
}

#[test]
fn words_of_the_table_of_synonyms_are_singular() {
    for (written, synonyms) in synonyms::WITH_ACTIONS.iter() {
        let meant = synonyms.iter().flat_map(|synonym| synonym.written.iter().chain(synonym.meant.iter().flatten()));
        for word in meant {
            assert!(words::split_at_signs(word).eq([word.as_str()]), "{written}: {word}");
        }
    }
}
