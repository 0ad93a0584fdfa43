//! Which of several things somebody means by a name or an id that was typed: letter case, quotes and blanks around it
//! do not matter where only one thing is left.

use std::collections::BTreeSet;

/// A name without what people put around it: blanks and quotation marks.
pub fn trimmed(text: &str) -> &str {
    text.trim().trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»')
    })
}

/// A name in the form in which names are compared: letter case does not count in any script.
pub fn folded(text: &str) -> String {
    // Upper case first: `ß` and `ss`, `ς` and `σ` are the same then.
    trimmed(text).chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Whether two names are the same but for letter case and what stands around them.
pub fn same(one: &str, other: &str) -> bool {
    one == other || folded(one) == folded(other)
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a, T> {
    /// The things of this id or name: one, or several of exactly one name.
    Is(Vec<&'a T>),
    /// Nothing.
    Nothing,
    /// Things whose names differ in letter case alone, none of them written as asked.
    Several(Vec<&'a T>),
}

impl<'a, T> Found<'a, T> {
    /// The things that are meant; none where that is not certain.
    pub fn meant(self) -> Vec<&'a T> {
        match self {
            Self::Is(things) => things,
            Self::Nothing | Self::Several(_) => Vec::new(),
        }
    }
}

/// Looks a thing up: by its id as written, by its name as written, then by either in any letter case. `names` gives the
/// id first, then whatever else it is called by.
pub fn find<'a, T>(
    things: impl IntoIterator<Item = &'a T>,
    wanted: &str,
    names: impl Fn(&'a T) -> (&'a str, Vec<&'a str>),
) -> Found<'a, T> {
    let all: Vec<(&T, &str, Vec<&str>)> = things
        .into_iter()
        .map(|thing| {
            let (id, called) = names(thing);
            (thing, id, called)
        })
        .collect();
    for wanted in [wanted, trimmed(wanted)] {
        for by_id in [true, false] {
            let exact: Vec<&T> = all
                .iter()
                .filter(|(_, id, called)| if by_id { *id == wanted } else { called.contains(&wanted) })
                .map(|(thing, ..)| *thing)
                .collect();
            if !exact.is_empty() {
                return Found::Is(exact);
            }
        }
    }
    let wanted = folded(wanted);
    if wanted.is_empty() {
        return Found::Nothing;
    }
    let mut spellings: BTreeSet<&str> = BTreeSet::new();
    let mut alike: Vec<&T> = Vec::new();
    for (thing, id, called) in &all {
        if let Some(spelling) = std::iter::once(id).chain(called).find(|name| folded(name) == wanted) {
            spellings.insert(spelling);
            alike.push(thing);
        }
    }
    match (alike.len(), spellings.len()) {
        (0, _) => Found::Nothing,
        (_, 1) => Found::Is(alike),
        _ => Found::Several(alike),
    }
}

/// The one of these names that is meant, in any letter case.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>, wanted: &str) -> Option<&'a str> {
    let names: Vec<&str> = names.into_iter().collect();
    let clean = trimmed(wanted);
    if let Some(exact) =
        names.iter().find(|name| **name == wanted).or_else(|| names.iter().find(|name| **name == clean))
    {
        return Some(exact);
    }
    let wanted = folded(wanted);
    let mut alike = names.into_iter().filter(|name| folded(name) == wanted);
    let first = alike.next()?;
    alike.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THINGS: [(&str, &str); 6] = [
        ("aa-1", "Queue Dashboard"),
        ("aa-2", "svc-ÄRGER"),
        ("aa-3", "Twin"),
        ("aa-4", "TWIN"),
        ("aa-5", "Same"),
        ("aa-6", "Same"),
    ];

    fn ids(wanted: &str) -> Result<Vec<&'static str>, Vec<&'static str>> {
        let id = |things: Vec<&&(&'static str, &'static str)>| things.iter().map(|one| one.0).collect();
        static REFS: std::sync::LazyLock<Vec<&'static (&'static str, &'static str)>> =
            std::sync::LazyLock::new(|| THINGS.iter().collect());
        match find(REFS.iter(), wanted, |one| (one.0, vec![one.1])) {
            Found::Is(things) => Ok(id(things)),
            Found::Nothing => Ok(Vec::new()),
            Found::Several(things) => Err(id(things)),
        }
    }

    #[test]
    fn name_in_any_case_and_quotes_finds_the_one_thing() {
        for wanted in [
            "Queue Dashboard",
            "queue dashboard",
            "QUEUE DASHBOARD",
            " Queue Dashboard ",
            "\"Queue Dashboard\"",
            "'queue dashboard'",
            "`Queue Dashboard`",
            "“Queue Dashboard”",
            "AA-1",
            "aa-1",
        ] {
            assert_eq!(ids(wanted), Ok(vec!["aa-1"]), "{wanted}");
        }
        assert_eq!(ids("SVC-ärger"), Ok(vec!["aa-2"]));
        assert_eq!(folded("STRASSE ΟΔΟΣ"), folded("straße οδος"));
    }

    #[test]
    fn exact_spelling_wins_and_another_case_of_two_spellings_is_ambiguous() {
        assert_eq!(ids("Twin"), Ok(vec!["aa-3"]));
        assert_eq!(ids("TWIN"), Ok(vec!["aa-4"]));
        assert_eq!(ids("twin"), Err(vec!["aa-3", "aa-4"]));
        assert_eq!(ids("same"), Ok(vec!["aa-5", "aa-6"]));
        assert_eq!(ids("nobody"), Ok(Vec::new()));
        assert_eq!(ids(" "), Ok(Vec::new()));
    }

    #[test]
    fn word_of_a_list_is_found_in_any_case_where_it_is_one() {
        assert_eq!(one_of(["dev", "Staging"], "STAGING"), Some("Staging"));
        assert_eq!(one_of(["dev", "DEV"], "DEV"), Some("DEV"));
        assert_eq!(one_of(["dev", "DEV"], "Dev"), None);
    }
}
