//! A text by its letters and digits alone: how texts are compared that differ in blanks, line breaks, signs or case.

/// The letters and digits of a text (ASCII, in lower case), each with its place in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Letters {
    letters: Vec<u8>,
    places: Vec<usize>,
}

impl Letters {
    /// Takes the letters out of a text.
    pub(super) fn of(text: &str) -> Self {
        Self::kept(text, |byte| byte.is_ascii_alphanumeric())
    }

    /// Takes everything but blanks and line breaks out of a text.
    pub(super) fn and_signs_of(text: &str) -> Self {
        Self::kept(text, |byte| byte.is_ascii_graphic())
    }

    fn kept(text: &str, keep: impl Fn(u8) -> bool) -> Self {
        let (letters, places) = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| keep(*byte))
            .map(|(place, byte)| (byte.to_ascii_lowercase(), place))
            .unzip();
        Self { letters, places }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.letters
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    /// Where a run of letters begins, from the letter `from` on.
    pub(super) fn find(&self, wanted: &[u8], from: usize) -> Option<usize> {
        let first = wanted.first()?;
        let rest = self.letters.get(from..)?;
        rest.iter()
            .enumerate()
            .filter(|(_, letter)| *letter == first)
            .map(|(at, _)| at + from)
            .find(|at| self.letters.get(*at..at + wanted.len()) == Some(wanted))
    }

    /// The place in the text of a letter, counted in bytes; the end of the text's letters for one that is not there.
    pub(super) fn place(&self, letter: usize) -> usize {
        self.places.get(letter).copied().unwrap_or_else(|| self.places.last().map_or(0, |last| last + 1))
    }

    /// The place behind the last of the letters before `letter`.
    pub(super) fn place_behind(&self, letter: usize) -> usize {
        letter.checked_sub(1).and_then(|before| self.places.get(before)).map_or(0, |place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_across_blanks_and_signs() {
        let text = "“Un-\nable”, to per form.";
        let letters = Letters::of(text);
        assert_eq!(letters.as_slice(), b"unabletoperform");
        let at = letters.find(b"perform", 3).unwrap();
        assert_eq!(&text[letters.place(at)..letters.place_behind(at + 7)], "per form");
        assert_eq!(letters.find(b"perform", at + 1), None);
        assert_eq!(Letters::and_signs_of("API Err\nor: 4 03").as_slice(), b"apierror:403");
    }
}
