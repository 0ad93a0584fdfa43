//! Who is the same on both sides.

use std::collections::BTreeMap;

/// Things of both sides under one key. Several of one key on a side are kept together: they are reported, not guessed.
pub struct Pairs<'a, 'b, T> {
    /// By key: those of the left and those of the right.
    pub by_key: BTreeMap<String, (Vec<&'a T>, Vec<&'b T>)>,
}

impl<'a, 'b, T> Pairs<'a, 'b, T> {
    /// Pairs by the key that each thing has.
    pub fn by(
        left: impl IntoIterator<Item = &'a T>,
        right: impl IntoIterator<Item = &'b T>,
        key: impl Fn(&T) -> String,
    ) -> Self {
        let mut by_key: BTreeMap<String, (Vec<&'a T>, Vec<&'b T>)> = BTreeMap::new();
        for thing in left {
            by_key.entry(key(thing)).or_default().0.push(thing);
        }
        for thing in right {
            by_key.entry(key(thing)).or_default().1.push(thing);
        }
        Self { by_key }
    }
}

/// Two sorted lists of words, told apart: only on the left, only on the right.
pub fn apart(left: &[String], right: &[String]) -> (Vec<String>, Vec<String>) {
    let only = |these: &[String], those: &[String]| {
        let mut rest: Vec<String> = these.iter().filter(|word| !those.contains(word)).cloned().collect();
        rest.sort();
        rest.dedup();
        rest
    };
    (only(left, right), only(right, left))
}
