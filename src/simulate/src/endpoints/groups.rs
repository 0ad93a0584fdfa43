//! Groups and their members.

use super::{Call, users, within};
use crate::answer::Answer;
use crate::org::Object;
use crate::paging::Numbered;

pub(super) fn list(call: &Call<'_>) -> Answer {
    let ids = call.values("id");
    let groups: Vec<&Object> = call
        .org
        .groups
        .iter()
        .filter(|group| ids.is_empty() || ids.contains(&group.id.as_str()))
        .filter(|group| call.sight.sees(call.org.division_of(&group.id)))
        .collect();
    Numbered { max: 500, links: true }.page(call, &groups, |group| within::group(group))
}

fn seen<'a>(call: &Call<'a>) -> Option<&'a Object> {
    call.org.group(call.object).filter(|group| call.sight.sees(call.org.division_of(&group.id)))
}

pub(super) fn one(call: &Call<'_>) -> Answer {
    seen(call).map_or_else(Answer::not_found, |group| Answer::ok(within::group(group)))
}

pub(super) fn members(call: &Call<'_>) -> Answer {
    let Some(group) = seen(call) else { return Answer::not_found() };
    let expand = call.values("expand");
    let members: Vec<&Object> = call
        .org
        .members
        .get(&group.id)
        .into_iter()
        .flatten()
        .filter_map(|id| call.org.user(id))
        .filter(|user| call.sight.sees(call.org.division_of(&user.id)))
        .collect();
    Numbered { max: 100, links: true }.page(call, &members, |user| users::show(call.org, user, &expand))
}
