//! Users. Some of their fields are only there when they are asked for.

use serde_json::{Value, json};

use super::{Call, subjects, with_self, within};
use crate::answer::Answer;
use crate::org::{Object, SimOrg};
use crate::paging::Numbered;

/// Fields that need `expand`, with its word.
const EXPANDABLE: [(&str, &str); 2] = [("lastTokenIssued", "lasttokenissued"), ("dateLastLogin", "dateLastLogin")];

/// A user with what `expand` asks for.
pub(super) fn show(org: &SimOrg, user: &Object, expand: &[&str]) -> Value {
    let mut shown = with_self(&user.value, &format!("/api/v2/users/{}", user.id));
    if let Some(fields) = shown.as_object_mut() {
        for (field, word) in EXPANDABLE {
            if !expand.contains(&word) {
                fields.remove(field);
            }
        }
        fields.insert("division".to_owned(), within::division(org, org.division_of(&user.id)));
        if expand.contains(&"groups") {
            let groups: Vec<Value> =
                org.groups_of(&user.id).iter().filter_map(|id| org.group(id)).map(within::group).collect();
            fields.insert("groups".to_owned(), json!(groups));
        }
        if expand.iter().any(|word| *word == "authorization" || word.starts_with("authorization.")) {
            fields.insert("authorization".to_owned(), subjects::authorization(org, &user.id));
        }
    }
    shown
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    let ids = call.values("id");
    if ids.len() > 100 {
        return Answer::error(400, "max.user.ids", "Only 100 users can be requested by id at a time.", &[]);
    }
    let state = call.query("state").unwrap_or("active");
    if !matches!(state, "active" | "inactive" | "deleted" | "any") {
        return Answer::error(
            400,
            "invalid.query.param.value",
            "Value [{value}] is not valid for parameter [state]. Allowable values are: active, inactive, deleted, any",
            &[("value", state)],
        );
    }
    let expand = call.values("expand");
    let users: Vec<&Object> = call
        .org
        .users
        .iter()
        .filter(|user| ids.is_empty() || ids.contains(&user.id.as_str()))
        .filter(|user| state == "any" || user.text("state") == state)
        .filter(|user| call.sight.sees(call.org.division_of(&user.id)))
        .collect();
    Numbered { max: 500, links: true }.page(call, &users, |user| show(call.org, user, &expand))
}

pub(super) fn one(call: &Call<'_>) -> Answer {
    let expand = call.values("expand");
    call.org
        .user(call.object)
        .filter(|user| call.sight.sees(call.org.division_of(&user.id)))
        .map_or_else(Answer::not_found, |user| Answer::ok(show(call.org, user, &expand)))
}
