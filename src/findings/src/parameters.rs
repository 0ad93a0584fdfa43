//! What of a check can be set: its parameters, typed, with bounds and defaults, and the values of a night.

use std::collections::BTreeMap;

/// A parameter that is a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeNumber {
    /// Its key in the configuration.
    pub key: &'static str,
    /// What it says, a sentence that names the unit.
    pub what: &'static str,
    /// The least value.
    pub least: u32,
    /// The largest value.
    pub most: u32,
    /// What holds where nothing is set.
    pub default: u32,
}

/// A parameter that is a list of globs over names; upper and lower case do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Globs {
    /// Its key in the configuration.
    pub key: &'static str,
    /// What it says, a sentence that names what the globs are matched with.
    pub what: &'static str,
    /// What holds where nothing is set.
    pub default: &'static [&'static str],
}

/// A parameter of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A whole number within bounds.
    Number(&'static WholeNumber),
    /// A list of globs.
    Globs(&'static Globs),
}

impl Parameter {
    /// Its key in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::Number(of) => of.key,
            Self::Globs(of) => of.key,
        }
    }

    /// What it says.
    pub fn what(self) -> &'static str {
        match self {
            Self::Number(of) => of.what,
            Self::Globs(of) => of.what,
        }
    }

    /// Which values it takes, in words.
    pub fn values(self) -> String {
        match self {
            Self::Number(of) => format!("a whole number, {} to {}", of.least, of.most),
            Self::Globs(_) => "a list of globs".to_owned(),
        }
    }

    /// Its default, as the configuration would write it.
    pub fn default(self) -> String {
        match self {
            Self::Number(of) => of.default.to_string(),
            Self::Globs(of) => {
                let quoted: Vec<String> = of.default.iter().map(|glob| format!("\"{glob}\"")).collect();
                format!("[{}]", quoted.join(", "))
            }
        }
    }
}

/// A value that the configuration gives a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a [`WholeNumber`].
    Number(u32),
    /// Of [`Globs`].
    Globs(Vec<String>),
}

/// A check as the configuration sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configurable {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What can be set of it.
    pub parameters: &'static [Parameter],
}

/// What the configuration sets: values by check and key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    set: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Parameters {
    /// Sets a value.
    pub fn set(&mut self, check: &str, key: &str, value: Value) {
        self.set.entry(check.to_owned()).or_default().insert(key.to_owned(), value);
    }

    fn value(&self, check: &str, key: &str) -> Option<&Value> {
        self.set.get(check)?.get(key)
    }

    /// The value of a number: what was set, or its default.
    pub fn number(&self, check: &str, of: &WholeNumber) -> u32 {
        match self.value(check, of.key) {
            Some(Value::Number(number)) => *number,
            Some(Value::Globs(_)) | None => of.default,
        }
    }

    /// The value of a list of globs: what was set, or its default.
    pub fn globs(&self, check: &str, of: &Globs) -> Matcher {
        match self.value(check, of.key) {
            Some(Value::Globs(globs)) => Matcher::new(globs.iter().map(String::as_str)),
            Some(Value::Number(_)) | None => Matcher::new(of.default.iter().copied()),
        }
    }
}

/// Globs, ready to match.
#[derive(Clone, Debug)]
pub struct Matcher(Vec<globset::GlobMatcher>);

impl Matcher {
    /// Makes the globs ready. One that is none matches nothing: the configuration refuses it beforehand.
    fn new<'a>(globs: impl Iterator<Item = &'a str>) -> Self {
        let build = |glob| globset::GlobBuilder::new(glob).case_insensitive(true).build();
        Self(globs.filter_map(|glob| Some(build(glob).ok()?.compile_matcher())).collect())
    }

    /// Whether one of them matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.iter().any(|glob| glob.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static HOURS: WholeNumber = WholeNumber { key: "hours", what: "Hours.", least: 1, most: 9, default: 3 };
    static NAMES: Globs = Globs { key: "names", what: "Names.", default: &["prod*"] };

    #[test]
    fn value_that_is_not_set_is_the_default_and_one_that_is_set_is_of_its_check_alone() {
        let mut parameters = Parameters::default();
        parameters.set("a.b", "hours", Value::Number(5));
        parameters.set("a.b", "names", Value::Globs(vec!["x?".to_owned()]));
        assert_eq!((parameters.number("a.b", &HOURS), parameters.number("a.c", &HOURS)), (5, 3));
        let is = |check: &str, text: &str| parameters.globs(check, &NAMES).is_match(text);
        assert!(is("a.c", "Production EU") && !is("a.c", "x1"));
        assert!(is("a.b", "X1") && !is("a.b", "prod"));
    }

    #[test]
    fn parameter_is_described_as_the_configuration_writes_it() {
        let number = Parameter::Number(&HOURS);
        assert_eq!((number.key(), number.values().as_str()), ("hours", "a whole number, 1 to 9"));
        assert_eq!((number.default().as_str(), number.what()), ("3", "Hours."));
        assert_eq!(Parameter::Globs(&NAMES).default(), "[\"prod*\"]");
    }
}
