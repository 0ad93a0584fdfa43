//! `GET /api/v2/authorization/policies`: access policies, which may deny what roles grant. Read by cursor.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::FailureKind;
use crate::pager::{self, Entry, List};
use crate::record;
use crate::session::Session;
use rolecall_base::coverage::Listing;
use rolecall_base::id::PolicyId;
use rolecall_base::policy::{AccessPolicy, Effect, PolicySubject};

use super::Read;

/// The documented largest page.
const PAGE_SIZE: u32 = 200;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    target_resource: Option<String>,
    #[serde(default)]
    subject: Option<RawSubject>,
    #[serde(default)]
    effect: Option<String>,
    #[serde(default)]
    condition: Option<Value>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    apply_to_clients: Option<bool>,
}

#[derive(Deserialize)]
struct RawSubject {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// Reads the access policies. Where the feature is off there are none: whole and empty, with a note.
pub(crate) async fn read(session: &Session<'_>) -> (Read<Vec<AccessPolicy>>, Option<String>) {
    session.begin(Listing::Policies, 1);
    let list = List {
        listing: Listing::Policies,
        path: "/api/v2/authorization/policies",
        query: &[],
        page_size: Some(PAGE_SIZE),
    };
    match pager::by_cursor::<Raw>(session, list).await {
        Ok(listed) => {
            let record = record::listed(listed.entries.len(), listed.total, listed.flaws, session.now());
            (Read { data: listed.entries.into_iter().map(policy).collect(), record }, None)
        }
        Err(failure) if failure.kind == FailureKind::FeatureOff => {
            let note = format!("access policies are switched off in this org: {}", failure.why);
            (Read { data: Vec::new(), record: record::whole(0, None, session.now()) }, Some(note))
        }
        Err(failure) => {
            let failure = record::refused(failure, &["authorization:policy:view"]);
            (Read { data: Vec::new(), record: record::nothing(failure, session.now()) }, None)
        }
    }
}

fn policy(raw: Raw) -> AccessPolicy {
    let has_condition = match &raw.condition {
        None | Some(Value::Null) => false,
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(_) => true,
    };
    AccessPolicy {
        id: PolicyId::new(raw.id),
        name: raw.name.unwrap_or_default(),
        // A policy that does not say what it is about could be about anything.
        target: raw.target_resource.unwrap_or_else(|| "*:*:*".to_owned()),
        subject: raw.subject.map_or(PolicySubject::NotStated, subject),
        effect: match raw.effect.as_deref() {
            Some("ALLOW") => Effect::Allow,
            Some("DENY") => Effect::Deny,
            _ => Effect::NotStated,
        },
        // Documented: "If this value is false or null, the policy will be saved but will not be checked or enforced".
        active: raw.active.unwrap_or(false),
        // Not documented for null: it could be enforced.
        applies_to_clients: raw.apply_to_clients.unwrap_or(true),
        has_condition,
    }
}

fn subject(raw: RawSubject) -> PolicySubject {
    match (raw.kind.as_deref(), raw.id) {
        (Some("ALL"), _) => PolicySubject::All,
        (Some("USER"), Some(id)) => PolicySubject::User(id),
        (Some("CLIENT"), Some(id)) => PolicySubject::Client(id),
        (Some("GROUP"), Some(id)) => PolicySubject::Group(id),
        (Some("TEAM"), Some(id)) => PolicySubject::Team(id),
        _ => PolicySubject::NotStated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_leaves_out_is_read_as_what_could_deny_most() {
        let policy = policy(serde_json::from_str(r#"{"id":"p1","active":true}"#).unwrap());
        assert_eq!(policy.target, "*:*:*");
        assert_eq!((policy.subject, policy.effect), (PolicySubject::NotStated, Effect::NotStated));
        assert!(policy.active && policy.applies_to_clients && !policy.has_condition);
    }
}
