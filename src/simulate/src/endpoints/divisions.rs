//! Divisions, and the grants made in one of them.
//!
//! Whether the platform lists all-division grants under each division, under `*` or nowhere is not published. Here they
//! are listed under `*` and nowhere else.

use serde_json::{Map, Value, json};

use super::{Call, roles, with_self};
use crate::answer::Answer;
use crate::gate::Sight;
use crate::org::{ALL_DIVISIONS, Grant, Object, SimOrg};
use crate::paging::{self, Numbered};

fn show(division: &Object) -> Value {
    with_self(&division.value, &format!("/api/v2/authorization/divisions/{}", division.id))
}

/// A division as grants show it: `AuthzDivision`.
pub(super) fn full(org: &SimOrg, id: &str) -> Value {
    org.division(id).map_or_else(
        || {
            json!({
                "id": id,
                "name": id,
                "description": "All divisions",
                "homeDivision": false,
                "selfUri": format!("/api/v2/authorization/divisions/{id}"),
            })
        },
        show,
    )
}

fn wanted<'a>(call: &Call<'a>) -> Vec<&'a Object> {
    let (ids, name) = (call.values("id"), call.query("name").map(str::to_lowercase));
    let name = name.as_deref().map(|name| name.trim_matches('*'));
    call.org
        .divisions
        .iter()
        .filter(|division| ids.is_empty() || ids.contains(&division.id.as_str()))
        .filter(|division| name.is_none_or(|name| division.name.to_lowercase().contains(name)))
        .collect()
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    Numbered { max: 100, links: true }.page(call, &wanted(call), |division| show(division))
}

pub(super) fn query(call: &Call<'_>) -> Answer {
    paging::after(call, &wanted(call), (25, 200), Map::new(), |division| show(division))
}

pub(super) fn home(call: &Call<'_>) -> Answer {
    call.org.home().map_or_else(Answer::not_found, |home| Answer::ok(show(home)))
}

pub(super) fn grants(call: &Call<'_>) -> Answer {
    let org = call.org;
    let seen = match call.object {
        ALL_DIVISIONS => call.sight == Sight::All,
        id => org.division(id).is_some() && call.sight.sees(id),
    };
    if !seen {
        return Answer::not_found();
    }
    let grants: Vec<&Grant> =
        org.grants_in_division(call.object).filter(|grant| call.sight.sees(org.division_of(&grant.subject))).collect();
    Numbered { max: 500, links: false }.page(call, &grants, |grant| show_grant(org, grant))
}

pub(super) fn show_grant(org: &SimOrg, grant: &Grant) -> Value {
    let mut shown = json!({
        "subjectId": grant.subject,
        "division": full(org, &grant.division),
        "role": roles::in_grant(org, &grant.role),
    });
    if let (Some(fields), false) = (shown.as_object_mut(), grant.made.is_null()) {
        fields.insert("grantMadeAt".to_owned(), grant.made.clone());
    }
    shown
}
