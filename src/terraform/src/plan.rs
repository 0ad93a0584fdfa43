//! Plans: what `terraform show -json` of a saved plan says will happen.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Source;
use super::error::{CxError, broken};
use super::meta::Ignored;
use super::node::Node;
use super::object::{Action, Object, Type};
use super::plan_references::{self, Configuration};
use super::state::{SENSITIVE, Values, attributes, check_format};

/// Why a value of a plan is open.
pub(super) const LATER: &str = "it is known only after the apply";

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(default)]
    format_version: Option<String>,
    #[serde(default)]
    errored: bool,
    #[serde(default)]
    complete: Option<bool>,
    #[serde(borrow, default)]
    resource_changes: Vec<RawChange<'a>>,
    #[serde(borrow, default)]
    planned_values: Option<Values<'a>>,
    #[serde(borrow, default)]
    prior_state: Option<Prior<'a>>,
    #[serde(borrow, default)]
    configuration: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Prior<'a> {
    #[serde(borrow, default)]
    values: Option<Values<'a>>,
}

#[derive(Deserialize)]
struct RawChange<'a> {
    address: String,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(borrow)]
    change: &'a RawValue,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(default)]
    actions: Vec<String>,
    #[serde(borrow, default)]
    before: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(default)]
    after_unknown: Node,
    #[serde(default)]
    before_sensitive: Node,
    #[serde(default)]
    after_sensitive: Node,
}

/// Reads a plan.
///
/// # Errors
/// When it is not built as one, or of an unknown format.
pub(super) fn read(path: &Path, text: &str, mut source: Source) -> Result<Source, CxError> {
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|error| broken(path, &error))?;
    check_format(path, raw.format_version.as_deref())?;
    if raw.errored {
        source.not_known("plan", "object", "Terraform could not finish the plan: what it holds is not the whole");
    } else if raw.complete == Some(false) {
        source.not_known("plan", "object", "Terraform deferred a part of the plan: what it holds is not the whole");
    }
    let mut seen = BTreeSet::new();
    for raw in raw.resource_changes {
        let Some(kind) = Type::named(&raw.kind) else {
            source.others += 1;
            continue;
        };
        let change: Change<'_> = serde_json::from_str(raw.change.get()).map_err(|error| broken(path, &error))?;
        seen.insert(raw.address.clone());
        let mut before = attributes(kind, change.before);
        before.mask(&change.before_sensitive.only(&before), SENSITIVE);
        let mut after = attributes(kind, change.after);
        after.mask(&change.after_unknown.among(kind.attributes()), LATER);
        after.mask(&change.after_sensitive.only(&after), SENSITIVE);
        let id = before.get("id").text().known().or_else(|| after.get("id").text().known()).map(str::to_owned);
        let action = match action(&change.actions, raw.mode == "data") {
            Some(action) => action,
            None => {
                source.not_known(&raw.address, "object", "what the plan does to it is not one of the known actions");
                continue;
            }
        };
        let address = match raw.deposed {
            Some(deposed) => format!("{} (deposed {deposed})", raw.address),
            None => raw.address,
        };
        // What a plan ignores is worked out in it already.
        let ignored = Ignored::default();
        source.objects.push(Object { address, kind, action, id, before, after, ignored });
    }
    // Data sources that were read while planning are in the prior state alone; what does not change may be in the
    // planned values alone.
    let prior = raw.prior_state.and_then(|prior| prior.values);
    for (values, only_data) in [(raw.planned_values, false), (prior, true)] {
        for resource in values.map(|values| values.resources(path)).transpose()?.unwrap_or_default() {
            let Some((kind, is_data, node)) = resource.parse() else { continue };
            if is_data != only_data && only_data || !seen.insert(resource.address.clone()) {
                continue;
            }
            let id = node.get("id").text().known().map(str::to_owned);
            let action = if is_data { Action::Read } else { Action::Keep };
            source.objects.push(Object {
                address: resource.address,
                kind,
                action,
                id,
                before: node.clone(),
                after: node,
                ignored: Ignored::default(),
            });
        }
    }
    match raw.configuration.map(|text| serde_json::from_str::<Configuration>(text.get())) {
        Some(Ok(configuration)) => plan_references::fill(&mut source.objects, &configuration),
        Some(Err(_)) => {
            source.notes.push("the plan's configuration could not be read: references stay open".to_owned())
        }
        None => {}
    }
    Ok(source.finish())
}

fn action(actions: &[String], is_data: bool) -> Option<Action> {
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    match actions.as_slice() {
        _ if is_data => Some(Action::Read),
        ["no-op"] => Some(Action::Keep),
        ["create"] => Some(Action::Create),
        ["update"] => Some(Action::Update),
        ["delete"] => Some(Action::Delete),
        ["delete", "create"] | ["create", "delete"] => Some(Action::Replace),
        ["forget"] => Some(Action::Forget),
        ["create", "forget"] | ["forget", "create"] => Some(Action::Create),
        ["read"] => Some(Action::Read),
        _ => None,
    }
}
