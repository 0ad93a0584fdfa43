//! A built-in org as it was the previous run: its files, with what has changed since then undone.
//!
//! `last-night.json` says what to undo, file by file. An entry is `{"where": {...}, "set": {...}}` (the one item that
//! has these fields gets those instead), `{"where": {...}, "absent": true}` (it was not there) or `{"add": {...}}` (one
//! that is there no more). A file that is no list takes `{"set": {...}}`. Fields are merged as by RFC 7396.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::embedded;
use super::error::SimulateError;
use super::file_name::FileName;
use super::fixture::{Parts, parse};

/// How long before a night the one before it was.
pub const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// The parts of a built-in org at `now`, a day before the run that its files describe.
///
/// # Errors
/// When there is no such org, or its `last-night.json` speaks of what is not there.
pub(super) fn parts(name: &str, now: Timestamp) -> Result<Parts, SimulateError> {
    let tonight = now.saturating_add(A_DAY).unwrap_or(Timestamp::MAX);
    let mut parts = Parts::embedded(name, tonight)?;
    let text = embedded::last_night(name).unwrap_or("{}");
    let Value::Object(undone) = parse(name, FileName::Simulator, text, tonight)? else {
        return Err(parts.wrong(FileName::Simulator, "`last-night.json` must hold an object"));
    };
    for (stem, entries) in undone {
        let file = FileName::ALL.into_iter().find(|file| file.as_str().strip_suffix(".json") == Some(stem.as_str()));
        let Some((file, entries)) = file.zip(entries.as_array()) else {
            return Err(parts.wrong(FileName::Simulator, format!("`last-night.json` has a list for no file `{stem}`")));
        };
        let mut value = parts.get(file).clone();
        for entry in entries {
            undo(&mut value, entry).map_err(|what| parts.wrong(file, format!("`last-night.json`: {what}: {entry}")))?;
        }
        parts.put(file, value);
    }
    let audits = parts.list(FileName::Audits)?.iter().filter(|audit| happened_by(audit, now)).cloned().collect();
    parts.put(FileName::Audits, Value::Array(audits));
    Ok(parts)
}

fn undo(value: &mut Value, entry: &Value) -> Result<(), &'static str> {
    let wanted = entry.get("where");
    let Value::Array(items) = value else {
        let set = entry.get("set").filter(|_| wanted.is_none()).ok_or("a file that is no list takes only `set`")?;
        merge(value, set);
        return Ok(());
    };
    if let Some(added) = entry.get("add") {
        items.push(added.clone());
        return Ok(());
    }
    let wanted = wanted.ok_or("an entry has `where` or `add`")?;
    let mut found = items.iter().enumerate().filter(|(_, item)| has(item, wanted)).map(|(at, _)| at);
    let (Some(at), None) = (found.next(), found.next()) else { return Err("not exactly one item fits `where`") };
    match (entry.get("set"), entry.get("absent")) {
        (Some(set), None) => items.get_mut(at).into_iter().for_each(|item| merge(item, set)),
        (None, Some(Value::Bool(true))) => drop(items.remove(at)),
        _ => return Err("an entry has `set` or `absent`"),
    }
    Ok(())
}

/// Whether an item has all these fields.
fn has(item: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Object(fields) => fields.iter().all(|(key, value)| item.get(key).is_some_and(|own| has(own, value))),
        other => item == other,
    }
}

fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(own) = value else { return };
    for (key, field) in fields {
        if field.is_null() {
            own.remove(key);
        } else {
            merge(own.entry(key.clone()).or_insert(Value::Null), field);
        }
    }
}

fn happened_by(audit: &Value, now: Timestamp) -> bool {
    let at = audit.get("eventDate").and_then(Value::as_str).and_then(|at| at.parse::<Timestamp>().ok());
    at.is_none_or(|at| at <= now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_change_remove_and_add_exactly_what_they_name() {
        let mut value = json!([{"id": 1, "a": {"b": 2, "c": 3}}, {"id": 2}]);
        undo(&mut value, &json!({"where": {"id": 1}, "set": {"a": {"b": 9, "c": null}}})).unwrap();
        undo(&mut value, &json!({"where": {"id": 2}, "absent": true})).unwrap();
        undo(&mut value, &json!({"add": {"id": 3}})).unwrap();
        assert_eq!(value, json!([{"id": 1, "a": {"b": 9}}, {"id": 3}]));
        assert!(undo(&mut value, &json!({"where": {"id": 7}, "absent": true})).is_err());
        assert!(undo(&mut value, &json!({"where": {}, "absent": true})).is_err(), "two items fit");
        assert!(undo(&mut value, &json!({"where": {"id": 3}})).is_err());
        let mut table = json!({"g": ["a"], "h": []});
        undo(&mut table, &json!({"set": {"g": ["a", "b"]}})).unwrap();
        assert_eq!(table, json!({"g": ["a", "b"], "h": []}));
    }

    #[test]
    fn each_built_in_org_was_another_one_the_night_before_and_nobody_knew_of_tomorrow() {
        let tonight: Timestamp = "2026-07-01T02:00:00Z".parse().unwrap();
        for name in embedded::embedded_orgs() {
            let before = parts(name, tonight.saturating_sub(A_DAY).unwrap()).unwrap();
            let after = Parts::embedded(name, tonight).unwrap();
            assert!(FileName::ALL.into_iter().any(|file| before.get(file) != after.get(file)), "{name}");
            let audits = |parts: &Parts| parts.list(FileName::Audits).unwrap().len();
            assert!(audits(&before) < audits(&after), "{name}: what changed since then was logged");
        }
    }
}
