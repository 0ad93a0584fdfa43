//! Trusts between orgs: who may act here from elsewhere, and where this org may act.

use serde_json::Value;

use super::{Call, with_self};
use crate::answer::Answer;
use crate::org::list_at;
use crate::paging::Numbered;

const PAGES: Numbered = Numbered { max: 100, links: true };

fn id(value: &Value) -> &str {
    value.get("id").and_then(Value::as_str).unwrap_or("")
}

pub(super) fn trustees(call: &Call<'_>) -> Answer {
    PAGES.page(call, &list_at(&call.org.trusts, "/trustees"), |trustee| {
        with_self(trustee, &format!("/api/v2/orgauthorization/trustees/{}", id(trustee)))
    })
}

pub(super) fn trustors(call: &Call<'_>) -> Answer {
    PAGES.page(call, &list_at(&call.org.trusts, "/trustors"), |trustor| {
        with_self(trustor, &format!("/api/v2/orgauthorization/trustors/{}", id(trustor)))
    })
}

/// The users or groups of a trusted org: `/users` or `/groups` of `trusts.json`, by the org's id.
pub(super) fn people(call: &Call<'_>, which: &str) -> Answer {
    if !list_at(&call.org.trusts, "/trustees").iter().any(|trustee| id(trustee) == call.object) {
        return Answer::not_found();
    }
    PAGES.page(call, &list_at(&call.org.trusts, &format!("{which}/{}", call.object)), Value::clone)
}
