//! `[checks]`: what is turned off, weighed otherwise, or set, by the id of a check.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::job::CheckOverride;
use super::orgs::compiles;
use super::read::{At, Problems, Section, meant_or_all, type_words};
use super::words::{CHECK_KEYS, severities};
use rolecall_base::named;
use rolecall_findings::parameters::{Configurable, Parameter, Value, WholeNumber};
use rolecall_findings::severity::Severity;

/// The entries of the section by id. Without a catalogue ids are taken as they are, and no check has parameters.
pub(super) fn overrides(
    top: &Section<'_>,
    catalogue: Option<&[Configurable]>,
    problems: &mut Problems,
) -> BTreeMap<String, CheckOverride> {
    let mut overrides = BTreeMap::new();
    for (span, id, value) in top.child("checks", "[checks]", problems).entries() {
        let unquoted = match value.get_ref() {
            // A key with a dot in it was quoted.
            DeValue::Table(table) if !id.contains('.') => unquoted_rest(table),
            _ => None,
        };
        if let Some(rest) = unquoted {
            let help = format!("an id with a dot stands in quotes: `\"{id}.{rest}\"`");
            problems.add_with_help(&span, format!("`{id}` in [checks] is not the id of a check"), help);
            continue;
        }
        let known = catalogue.and_then(|checks| {
            let meant = named::one_of(checks.iter().map(|check| check.id), id)?;
            checks.iter().find(|check| check.id == meant)
        });
        if let (Some(checks), None) = (catalogue, known) {
            let ids: Vec<&str> = checks.iter().map(|check| check.id).collect();
            problems.add_with_help(&span, format!("unknown check `{id}` in [checks]"), meant_or_all(id, &ids));
        }
        let parameters = known.map_or(&[][..], |check| check.parameters);
        let id = known.map_or(id, |check| check.id);
        overrides.insert(id.to_owned(), check(id, value, parameters, problems));
    }
    overrides
}

/// The next part of an id that was written without quotes, so that TOML made tables of its dots.
fn unquoted_rest<'a>(table: &'a DeTable<'_>) -> Option<&'a str> {
    if table.iter().any(|(key, _)| CHECK_KEYS.contains(&key.get_ref().as_ref())) {
        return None;
    }
    let (key, value) = table.iter().next()?;
    matches!(value.get_ref(), DeValue::Table(_) | DeValue::Boolean(_) | DeValue::String(_))
        .then_some(key.get_ref().as_ref())
}

fn check(id: &str, value: &Spanned<DeValue<'_>>, parameters: &[Parameter], problems: &mut Problems) -> CheckOverride {
    let mut result = CheckOverride { enabled: true, severity: None, parameters: BTreeMap::new() };
    match value.get_ref() {
        DeValue::Boolean(enabled) => result.enabled = *enabled,
        DeValue::String(word) => {
            result.severity = severity(id, &At { value: word.as_ref(), span: value.span() }, problems);
        }
        DeValue::Table(table) => {
            for (key, inner) in table {
                match (key.get_ref().as_ref(), inner.get_ref()) {
                    ("enabled", DeValue::Boolean(enabled)) => result.enabled = *enabled,
                    ("severity", DeValue::String(word)) => {
                        result.severity = severity(id, &At { value: word.as_ref(), span: inner.span() }, problems);
                    }
                    ("enabled", other) => {
                        let message =
                            format!("`enabled` of check `{id}` must be true or false, not {}", type_words(other));
                        problems.add(&inner.span(), message);
                    }
                    ("severity", other) => {
                        let message = format!("`severity` of check `{id}` must be a text, not {}", type_words(other));
                        problems.add(&inner.span(), message);
                    }
                    (word, _) => match parameters.iter().find(|parameter| parameter.key() == word) {
                        Some(parameter) => {
                            if let Some(value) = parameter_value(id, *parameter, inner, problems) {
                                result.parameters.insert(word.to_owned(), value);
                            }
                        }
                        None => {
                            let mut known: Vec<&str> = CHECK_KEYS.to_vec();
                            known.extend(parameters.iter().map(|parameter| parameter.key()));
                            let message = format!("unknown key `{word}` of check `{id}`");
                            problems.add_with_help(&key.span(), message, meant_or_all(word, &known));
                        }
                    },
                }
            }
        }
        other => problems.add_with_help(
            &value.span(),
            format!("check `{id}` must be a severity, false or a table, not {}", type_words(other)),
            "write `\"low\"`, `false` or `{ severity = \"low\", enabled = true }`".to_owned(),
        ),
    }
    result
}

fn severity(id: &str, word: &At<&str>, problems: &mut Problems) -> Option<Severity> {
    match word.value.parse() {
        Ok(severity) => Some(severity),
        Err(_) => {
            let mut help = meant_or_all(word.value, &severities().map(|(word, _)| word));
            if matches!(word.value, "off" | "none" | "ignore" | "disabled" | "false") {
                help = format!("to turn the check off write `\"{id}\" = false`");
            }
            problems.add_with_help(&word.span, format!("`{}` is not a severity", word.value), help);
            None
        }
    }
}

fn parameter_value(
    id: &str,
    parameter: Parameter,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<Value> {
    let key = parameter.key();
    let wrong =
        |wanted: &str, found: &DeValue<'_>| format!("`{key}` of check `{id}` must {wanted}, not {}", type_words(found));
    match (parameter, value.get_ref()) {
        (Parameter::Number(of), DeValue::Integer(number)) => match u32::from_str_radix(number.as_str(), number.radix())
        {
            Ok(number) if is_within(of, number) => Some(Value::Number(number)),
            _ => {
                let message =
                    format!("`{key}` of check `{id}` must be between {} and {}, not {number}", of.least, of.most);
                problems.add(&value.span(), message);
                None
            }
        },
        (Parameter::Number(_), other) => {
            problems.add(&value.span(), wrong("be a whole number", other));
            None
        }
        (Parameter::Globs(_), DeValue::Array(items)) => {
            let mut globs = Vec::new();
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::String(text) if text.trim().is_empty() => {
                        problems.add(&item.span(), format!("`{key}` of check `{id}` holds an empty text"));
                    }
                    DeValue::String(text) => {
                        if compiles(&At { value: text.as_ref(), span: item.span() }, problems) {
                            globs.push(text.to_string());
                        }
                    }
                    other => problems.add(&item.span(), wrong("hold texts", other)),
                }
            }
            Some(Value::Globs(globs))
        }
        (Parameter::Globs(_), other) => {
            problems.add_with_help(
                &value.span(),
                wrong("be a list of texts", other),
                format!("write `{key} = [\"Name*\"]`"),
            );
            None
        }
    }
}

fn is_within(of: &WholeNumber, number: u32) -> bool {
    (of.least..=of.most).contains(&number)
}
