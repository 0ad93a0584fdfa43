//! How an org's fixture is read: one JSON file a list, in the platform's own shapes.
//!
//! A date may be written as an offset from the clock the server was started with: `now-3d`, `now-3d4h`, `now+90d`.
//! Everything else is taken as it stands.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::embedded;
use super::error::SimulateError;
use super::file_name::FileName;
use rolecall_base::nearest::did_you_mean;

/// An optional file of a fixture: how the region's document differs from the built-in matrix.
pub(super) const SWAGGER_CHANGES: &str = "swagger-changes.json";

/// An org as its files say, before anything in it is checked.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// The org's name.
    pub name: String,
    files: BTreeMap<FileName, Value>,
    /// [`SWAGGER_CHANGES`]; null where the fixture has none.
    pub swagger_changes: Value,
}

impl Parts {
    /// Parts put together by hand.
    pub(super) fn new(name: impl Into<String>, files: impl IntoIterator<Item = (FileName, Value)>) -> Self {
        Self { name: name.into(), files: files.into_iter().collect(), swagger_changes: Value::Null }
    }

    /// Reads a built-in org.
    pub(super) fn embedded(name: &str, now: Timestamp) -> Result<Self, SimulateError> {
        let texts = embedded::files(name)
            .ok_or_else(|| SimulateError::UnknownOrg { name: name.to_owned(), known: embedded::embedded_orgs() })?;
        let mut files = BTreeMap::new();
        for (file, text) in FileName::ALL.into_iter().zip(texts) {
            files.insert(file, parse(name, file, text, now)?);
        }
        Ok(Self { name: name.to_owned(), files, swagger_changes: Value::Null })
    }

    pub(super) fn folder(folder: &Path, now: Timestamp) -> Result<Self, SimulateError> {
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| !name.is_empty())
            .ok_or_else(|| SimulateError::Orgs(format!("`{}` names no fixture folder", folder.display())))?;
        let mut files = BTreeMap::new();
        for file in FileName::ALL {
            let path = folder.join(file.as_str());
            let text = std::fs::read_to_string(&path).map_err(|error| SimulateError::Read {
                org: name.clone(),
                file: path.display().to_string(),
                why: error.to_string(),
            })?;
            files.insert(file, parse(&name, file, &text, now)?);
        }
        let path = folder.join(SWAGGER_CHANGES);
        let swagger_changes = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| SimulateError::Fixture {
                org: name.clone(),
                file: SWAGGER_CHANGES,
                what: format!("not JSON: {error}"),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Value::Null,
            Err(error) => {
                let file = path.display().to_string();
                return Err(SimulateError::Read { org: name, file, why: error.to_string() });
            }
        };
        Ok(Self { name, files, swagger_changes })
    }

    pub(super) fn get(&self, file: FileName) -> &Value {
        self.files.get(&file).unwrap_or(&Value::Null)
    }

    /// Takes another content for a file.
    pub(super) fn put(&mut self, file: FileName, value: Value) {
        self.files.insert(file, value);
    }

    /// One file that is a list.
    pub(super) fn list(&self, file: FileName) -> Result<&[Value], SimulateError> {
        match self.get(file) {
            Value::Array(items) => Ok(items),
            _ => Err(self.wrong(file, "it must hold a list `[...]`")),
        }
    }

    /// The error of one file.
    pub(super) fn wrong(&self, file: FileName, what: impl Into<String>) -> SimulateError {
        SimulateError::Fixture { org: self.name.clone(), file: file.as_str(), what: what.into() }
    }

    /// A text field that must be there.
    pub(super) fn text<'v>(
        &self,
        file: FileName,
        at: usize,
        item: &'v Value,
        field: &str,
    ) -> Result<&'v str, SimulateError> {
        item.pointer(field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.wrong(file, format!("item {} has no text at `{field}`", at + 1)))
    }

    /// Complains of a reference to something that is not there.
    pub(super) fn dangling<'a>(
        &self,
        file: FileName,
        kind: &str,
        id: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> SimulateError {
        self.wrong(file, format!("there is no {kind} `{id}`{}", did_you_mean(id, known)))
    }
}

/// The text of a file, its offsets made dates.
pub(super) fn parse(org: &str, file: FileName, text: &str, now: Timestamp) -> Result<Value, SimulateError> {
    let fixture = |what: String| SimulateError::Fixture { org: org.to_owned(), file: file.as_str(), what };
    let mut value: Value = serde_json::from_str(text).map_err(|error| fixture(format!("not JSON: {error}")))?;
    place_in_time(&mut value, now).map_err(fixture)?;
    Ok(value)
}

/// Replaces offsets by dates, everywhere in the value.
fn place_in_time(value: &mut Value, now: Timestamp) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if let Some(offset) = text.strip_prefix("now").filter(|rest| rest.starts_with(['-', '+'])) {
                let at = offset_seconds(offset)
                    .and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok())
                    .ok_or_else(|| format!("`{text}` is not an offset; write `now-3d` or `now-3d4h`"))?;
                *text = date_time(at);
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| place_in_time(item, now)),
        Value::Object(fields) => fields.values_mut().try_for_each(|item| place_in_time(item, now)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn offset_seconds(offset: &str) -> Option<i64> {
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let mut seconds = 0i64;
    let mut digits = String::new();
    for letter in offset.get(1..)?.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && seconds > 0).then_some(sign * seconds)
}

/// A date-time as the platform writes it.
pub(super) fn date_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_dates_and_other_texts_stay() {
        let now: Timestamp = "2026-07-01T02:00:00Z".parse().unwrap();
        let mut value = serde_json::json!({"a": ["now-1d2h"], "b": "now or never", "c": "2024-01-01T00:00:00Z"});
        place_in_time(&mut value, now).unwrap();
        assert_eq!(value["a"][0], "2026-06-30T00:00:00.000Z");
        assert_eq!((value["b"].as_str(), value["c"].as_str()), (Some("now or never"), Some("2024-01-01T00:00:00Z")));
        let mut wrong = serde_json::json!(["now-3x"]);
        assert!(place_in_time(&mut wrong, now).unwrap_err().contains("`now-3x`"));
    }

    #[test]
    fn broken_file_says_which_one_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let error = Parts::folder(&folder.path().join("acme"), Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.contains("organization.json") && error.contains("`acme`"), "{error}");
        let error = parse("dev", FileName::Roles, "[{]", Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.contains("`roles.json`") && error.contains("line 1"), "{error}");
    }
}
