//! Published messages as templates: fixed text with `%s` where the platform puts a value.

/// A message with its places for values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template<'a> {
    pieces: Vec<&'a str>,
}

impl<'a> Template<'a> {
    /// Takes a published message.
    pub fn new(message: &'a str) -> Self {
        Self { pieces: message.split("%s").collect() }
    }

    /// How many letters of it are fixed: how much it says when it fits.
    pub fn letters(&self) -> usize {
        self.pieces.iter().map(|piece| piece.chars().filter(|c| c.is_alphanumeric()).count()).sum()
    }

    /// The values, where the whole text is this message.
    pub fn fit(&self, text: &str) -> Option<Vec<String>> {
        let text = text.trim();
        let first = self.pieces.first()?;
        let last = self.pieces.last()?;
        if !text.starts_with(first) {
            return None;
        }
        if self.pieces.len() == 1 {
            return (text == *first).then(Vec::new);
        }
        let (values, rest) = self.values_after(text.get(first.len()..)?)?;
        // Without a fixed end the last value takes the rest.
        (last.is_empty() || rest.is_empty()).then_some(values)
    }

    /// The values, where the message stands somewhere in the text.
    pub fn find(&self, text: &str) -> Option<Vec<String>> {
        let first = self.pieces.first()?;
        let (_, after) = text.split_once(first.trim_end())?;
        self.values_after(after).map(|(values, _)| values)
    }

    /// The values in the text behind the first piece, and what follows the last piece.
    fn values_after<'t>(&self, after: &'t str) -> Option<(Vec<String>, &'t str)> {
        let mut values = Vec::new();
        let mut rest = after;
        for piece in self.pieces.iter().skip(1) {
            if piece.is_empty() {
                let (value, after) = last_value(rest);
                values.push(value.to_owned());
                rest = after;
            } else {
                let (value, after) = rest.split_once(piece)?;
                values.push(value.trim().to_owned());
                rest = after;
            }
        }
        Some((values, rest))
    }
}

/// A value without a fixed end: a bracketed list, else the rest of the line.
fn last_value(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = if text.starts_with('[') {
        text.find(']').map_or(text.len(), |at| at + 1)
    } else {
        // An id in brackets behind it is the tool's that printed the message.
        let line = text.find(['\n', '\r']).unwrap_or(text.len());
        text.get(..line).and_then(|line| line.find(" (")).unwrap_or(line)
    };
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_from_their_places() {
        let template = Template::new("maximum [%s] requests within [%s] seconds");
        assert_eq!(template.fit("maximum [300] requests within [60] seconds"), Some(vec!["300".into(), "60".into()]));
        assert_eq!(template.find("say: maximum [3] requests within [6] seconds."), Some(vec!["3".into(), "6".into()]));
        assert_eq!(template.fit("maximum [300] requests"), None);
    }

    #[test]
    fn open_end_takes_a_list_or_the_rest_of_the_line() {
        let template = Template::new("use scope %s");
        assert_eq!(template.find("403 use scope [a, b] (id)\nx"), Some(vec!["[a, b]".into()]));
        assert_eq!(template.find("use scope a\nnext"), Some(vec!["a".into()]));
        assert_eq!(template.find("use scope a.B (id)\nnext"), Some(vec!["a.B".into()]));
        assert_eq!(template.find("use scope"), Some(vec!["".into()]));
    }

    #[test]
    fn message_without_values_fits_only_itself() {
        assert_eq!(Template::new("Bad.").fit("Bad."), Some(Vec::new()));
        assert_eq!(Template::new("Bad.").fit("Bad. Worse."), None);
    }
}
