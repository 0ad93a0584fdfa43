//! What is wrong with a file and where, as people read it.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// After this many the rest is counted only: such a file is not a configuration.
const MOST_SHOWN: usize = 100;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// The bytes of the file it is about; `None` when it is about the file as a whole.
    pub at: Option<Range<usize>>,
    /// Another place that belongs to it, with what is there.
    pub related: Option<(Range<usize>, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(at: Option<Range<usize>>, message: String) -> Self {
        Self { message, at, related: None, help: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }

    /// Points at another place that belongs to it.
    #[must_use]
    pub fn related(mut self, at: Range<usize>, what: &str) -> Self {
        self.related = Some((at, what.to_owned()));
        self
    }
}

/// Every problem of one file, in the order of the file. [`fmt::Display`] shows all of them with their lines.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    path: String,
    source: String,
    problems: Vec<Problem>,
}

impl ConfigErrors {
    /// Problems in the text of a file. `source` is shown to people: whatever is secret in it has been hidden before,
    /// without moving a byte.
    pub fn new(path: &Path, source: String, problems: Vec<Problem>) -> Self {
        Self { path: path.display().to_string(), source, problems }
    }

    /// A problem with a file that could not be read at all.
    pub fn of_file(path: &Path, problem: Problem) -> Self {
        Self::new(path, String::new(), vec![problem])
    }

    /// The problems.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Line and column of a problem, both from 1, columns in characters; `None` for the file as a whole.
    pub fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        let before = self.source.get(..self.floor(problem.at.as_ref()?.start))?;
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((line, column))
    }

    /// All problems as text for a terminal, with colors or without.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut parts: Vec<String> =
            self.problems.iter().take(MOST_SHOWN).map(|problem| renderer.render(&[self.group(problem)])).collect();
        if let Some(more @ 1..) = self.problems.len().checked_sub(MOST_SHOWN) {
            parts.push(format!("and {more} more problems in `{}`", self.path));
        }
        parts.join("\n\n")
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let mut group = Group::with_title(Level::ERROR.primary_title(&problem.message));
        if let Some(at) = &problem.at {
            let mut snippet = Snippet::source(&self.source)
                .path(&self.path)
                .annotation(AnnotationKind::Primary.span(self.first_line_of(at)));
            if let Some((related, what)) = &problem.related {
                snippet =
                    snippet.annotation(AnnotationKind::Context.span(self.first_line_of(related)).label(what.as_str()));
            }
            group = group.element(snippet);
        }
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help));
        }
        group
    }

    /// A span that lies within the text, between characters, and on one line: a table that is wrong as a whole is
    /// shown by where it starts.
    fn first_line_of(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.floor(span.start);
        let rest = self.source.get(start..self.floor(span.end).max(start)).unwrap_or_default();
        let first = rest.split(['\n', '\r']).next().unwrap_or_default();
        start..start + first.len()
    }

    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.source.len());
        while !self.source.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Debug for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_is_shown_with_line_column_and_help() {
        let source = "[collect]\nrequests_per_minutes = 200\n";
        let problem = Problem::new(Some(10..30), "unknown key `requests_per_minutes` in [collect]".to_owned())
            .help("did you mean `requests_per_minute`?".to_owned());
        let errors = ConfigErrors::new(Path::new("rolecall.toml"), source.to_owned(), vec![problem]);
        assert_eq!(
            errors.to_string(),
            "\
error: unknown key `requests_per_minutes` in [collect]
 --> rolecall.toml:2:1
  |
2 | requests_per_minutes = 200
  | ^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `requests_per_minute`?"
        );
        assert_eq!(errors.position(&errors.problems()[0]), Some((2, 1)));
    }

    #[test]
    fn spans_beyond_the_text_or_inside_a_character_are_shown_all_the_same() {
        for span in [0..0, 1..2, 2..900, 900..901, Range { start: 5, end: 1 }, usize::MAX..usize::MAX] {
            for source in ["", "\n", "é = 1\r\n", "a\u{202e}b\u{0}\t= 1"] {
                let problem = Problem::new(Some(span.clone()), "wrong".to_owned()).related(3..4, "here");
                let errors = ConfigErrors::new(Path::new("x"), source.to_owned(), vec![problem]);
                assert!(errors.to_string().starts_with("error: wrong"));
                assert!(errors.position(&errors.problems()[0]).is_some());
            }
        }
    }

    #[test]
    fn problems_beyond_a_hundred_are_counted() {
        let problems = vec![Problem::new(None, "wrong".to_owned()); 103];
        let errors = ConfigErrors::new(Path::new("x"), String::new(), problems);
        assert!(errors.to_string().ends_with("and 3 more problems in `x`"));
    }
}
