//! Objects in a text that is not all JSON: log lines, dictionaries as scripts print them, bodies that were cut off.
//!
//! Reads JSON, and what Python and JavaScript make of it: single quotes, keys without quotes, `None`, `True`, texts
//! joined by `+`. Where the text ends early, or stops making sense, what was read until there is kept and said to be
//! cut.

use serde_json::{Map, Value};

/// Deeper objects are not bodies.
const DEEPEST: usize = 48;
/// A longer key is no key.
const LONGEST_KEY: usize = 200;
/// More objects in one text are not looked at.
const MOST_OBJECTS: usize = 400;
/// The longest text, in bytes, in which objects are looked for within one that makes no sense.
const LONGEST_REREAD: usize = 1 << 16;

/// An object found in a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Salvaged {
    /// The object.
    pub value: Value,
    /// Whether all of it was there.
    pub whole: bool,
}

/// The outermost objects of a text, in order; those without any key are left out.
pub(super) fn objects(text: &str) -> Vec<Salvaged> {
    let mut found = Vec::new();
    let mut reader = Reader { rest: text, whole: true };
    while found.len() < MOST_OBJECTS {
        let Some(at) = reader.rest.find('{') else { break };
        let start = reader.rest.get(at..).unwrap_or("");
        reader = Reader { rest: start, whole: true };
        match reader.object(0) {
            Some(object) if !object.is_empty() => {
                found.push(Salvaged { value: Value::Object(object), whole: reader.whole });
                // Where quotes within a text were not escaped, it ends early and the object in it begins there.
                if !reader.whole && text.len() <= LONGEST_REREAD {
                    reader.rest = start.get(1..).unwrap_or("");
                }
            }
            // Not an object after all: on behind the brace.
            _ => reader.rest = start.get(1..).unwrap_or(""),
        }
    }
    found
}

/// A text in which quotes were escaped, with one level of escapes taken off; `None` where there is none.
pub(super) fn unescaped(text: &str) -> Option<String> {
    text.contains("\\\"").then(|| text.replace("\\\"", "\"").replace("\\\\", "\\"))
}

struct Reader<'a> {
    rest: &'a str,
    whole: bool,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn next_is(&self, wanted: char) -> bool {
        self.rest.starts_with(wanted)
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn cut(&mut self) {
        self.whole = false;
    }

    /// Reads an object; `None` where there is none.
    fn object(&mut self, depth: usize) -> Option<Map<String, Value>> {
        if depth > DEEPEST || !self.take('{') {
            return None;
        }
        let mut object = Map::new();
        loop {
            self.skip_space();
            if self.take('}') {
                return Some(object);
            }
            if self.take(',') {
                continue;
            }
            let Some(key) = self.key() else {
                self.cut();
                return Some(object);
            };
            self.skip_space();
            if !self.take(':') {
                self.cut();
                return Some(object);
            }
            match self.value(depth + 1) {
                Some(value) => {
                    // Of a key that stands twice the first counts, so that nothing behind a cut can replace it.
                    object.entry(key).or_insert(value);
                }
                None => self.cut(),
            }
            if !self.whole {
                return Some(object);
            }
        }
    }

    fn key(&mut self) -> Option<String> {
        if self.next_is('"') || self.next_is('\'') {
            let mut ahead = Reader { rest: self.rest, whole: true };
            let key = ahead.quoted(LONGEST_KEY)?;
            if !ahead.whole {
                return None;
            }
            self.rest = ahead.rest;
            return Some(key);
        }
        let end = self
            .rest
            .char_indices()
            .take(LONGEST_KEY)
            .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '$')))
            .map(|(at, _)| at)?;
        let (key, rest) = self.rest.split_at_checked(end)?;
        if key.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(key.to_owned())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.rest.chars().next()? {
            '{' => self.object(depth).map(Value::Object),
            '[' => self.array(depth).map(Value::Array),
            '"' | '\'' => self.texts().map(Value::String),
            _ => self.bare(),
        }
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Value>> {
        if depth > DEEPEST || !self.take('[') {
            return None;
        }
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.take(']') {
                return Some(items);
            }
            if self.take(',') {
                continue;
            }
            match self.value(depth + 1) {
                Some(value) => items.push(value),
                None => self.cut(),
            }
            if !self.whole {
                return Some(items);
            }
        }
    }

    /// A quoted text, and those that are joined to it by `+`.
    fn texts(&mut self) -> Option<String> {
        let mut text = self.quoted(usize::MAX)?;
        loop {
            let joined = self.rest.trim_start().strip_prefix('+').map(str::trim_start);
            match joined.filter(|rest| rest.starts_with(['"', '\''])) {
                Some(rest) if self.whole => {
                    self.rest = rest;
                    text.push_str(&self.quoted(usize::MAX)?);
                }
                _ => return Some(text),
            }
        }
    }

    fn quoted(&mut self, longest: usize) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = self.rest.get(at + c.len_utf8()..).unwrap_or("");
                return Some(text);
            }
            if at > longest {
                return None;
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    text.push(code.unwrap_or('\u{fffd}'));
                }
                Some(other) => text.push(other),
                None => {}
            }
        }
        self.rest = "";
        self.cut();
        Some(text)
    }

    /// A number or a word, up to what ends it.
    fn bare(&mut self) -> Option<Value> {
        let mut end = self.rest.find([',', '}', ']', '\n', '\r']).unwrap_or(self.rest.len());
        let sign = self.rest.find([',', '}', ']']).unwrap_or(self.rest.len());
        // A number or a word that is cut over two lines goes on to the next sign.
        if self.rest.get(end..sign).is_some_and(|rest| rest.chars().all(|c| c.is_alphanumeric() || c.is_whitespace())) {
            end = sign;
        }
        let (word, rest) = self.rest.split_at_checked(end)?;
        let word: String = word.split_whitespace().collect();
        if word.is_empty() {
            return None;
        }
        self.rest = rest;
        if rest.is_empty() {
            self.cut();
        }
        Some(match word.as_str() {
            "null" | "None" | "undefined" | "nil" => Value::Null,
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            _ => match word.parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) => Value::String(word),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (Value, bool) {
        let found = objects(text);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].value.clone(), found[0].whole)
    }

    #[test]
    fn json_is_read_as_json() {
        let text = r#"{"a":"b\"c\u0041\n","n":403,"l":[1,{"x":null}],"t":true,"e":{}}"#;
        let (value, whole) = one(text);
        assert_eq!((value, whole), (serde_json::from_str(text).unwrap(), true));
    }

    #[test]
    fn what_scripts_print_is_read_too() {
        let python = "{'message': 'it is', 'status': 403, 'entityId': None, 'ok': True}";
        assert_eq!(one(python).0, serde_json::json!({"message":"it is","status":403,"entityId":null,"ok":true}));
        let javascript =
            "Error {\n  status: 403,\n  body: {\n    message: 'one ' +\n      'two',\n    details: [ [Object] ] } }";
        assert_eq!(
            one(javascript).0,
            serde_json::json!({"status":403,"body":{"message":"one two","details":[["Object"]]}})
        );
    }

    #[test]
    fn cut_object_keeps_what_is_there() {
        let text = r#"{"message":"Unable to perf","code":"missing.permissions","status":403,"contextId":"9f"#;
        for end in 12..text.len() {
            let (value, whole) = one(&text[..end]);
            assert!(!whole, "{end}");
            assert!(value["message"].as_str().is_some_and(|kept| "Unable to perf".starts_with(kept)), "{end}: {value}");
        }
        assert_eq!(one(text).0["code"], "missing.permissions");
    }

    #[test]
    fn braces_that_open_nothing_are_passed_over() {
        assert!(objects("{ } {{ }} {nothing} {\"a\"} {").is_empty());
        assert_eq!(objects("{{\"a\":1}} x {b: 2}").len(), 2);
    }

    #[test]
    fn number_over_two_lines_is_one() {
        assert_eq!(one("{\"status\":4\n03,\"x\":nu ll}").0, serde_json::json!({"status":403,"x":null}));
        assert_eq!(one("{\n status: 403\n}").0, serde_json::json!({"status":403}));
    }

    #[test]
    fn object_in_a_text_without_escapes_is_found() {
        let found = objects(r#"{"message":"it failed: {"code":"inner","status":403}","code":"outer"}"#);
        assert!(found.iter().any(|one| one.value["code"] == "inner"), "{found:?}");
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "{\"a\":".repeat(5000);
        assert!(objects(&deep).len() <= MOST_OBJECTS);
        assert!(objects(&"{\"a\":[".repeat(5000)).len() <= MOST_OBJECTS);
    }

    #[test]
    fn one_level_of_escapes_is_taken_off() {
        assert_eq!(unescaped(r#"{\"code\":\"x\"}"#).as_deref(), Some(r#"{"code":"x"}"#));
        assert_eq!(unescaped("{}"), None);
    }
}
