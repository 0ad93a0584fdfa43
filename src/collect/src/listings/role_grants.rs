//! `GET /api/v2/authorization/roles/{roleId}/subjectgrants` for every role: who holds it, and where.
//!
//! The only list that says what kind of thing a grant was given to. A role is asked for whatever its count of users
//! says: groups, OAuth clients and trustees are not in that count.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::Deserialize;

use crate::pager::{self, Entry, List};
use crate::record::{self, because};
use crate::session::Session;
use crate::wire::path;
use rolecall_base::coverage::{Listing, ListingRecord, Seen};
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::id::{RoleId, SubjectId};
use rolecall_base::role::Role;

use super::{Read, Reference};

const PAGE_SIZE: u32 = 100;

#[derive(Deserialize)]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    divisions: Vec<Reference>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

impl Entry for Raw {
    // The same subject may come once for each of its divisions, or directly and through a group.
    fn key(&self) -> String {
        let mut divisions: Vec<&str> = self.divisions.iter().filter_map(|division| division.id.as_deref()).collect();
        divisions.sort_unstable();
        format!("{}\n{}", self.id, divisions.join("\n"))
    }
}

/// Reads the grants of every role; `roles` says how much of the list of roles itself is known.
pub(crate) async fn read(session: &Session<'_>, roles: &[Role], of_roles: &ListingRecord) -> Read<Vec<Grant>> {
    session.begin(Listing::RoleGrants, u64::try_from(roles.len()).unwrap_or(0));
    if of_roles.seen == Seen::Nothing {
        let mut flaw = because("the roles themselves could not be listed");
        flaw.permissions = of_roles.unread.iter().flat_map(|unread| unread.missing_permissions.clone()).collect();
        return Read { data: Vec::new(), record: record::nothing(flaw, session.now()) };
    }
    let one = async |role: &Role| {
        let path = path(&["authorization", "roles", role.id.as_str(), "subjectgrants"]);
        let list = List { listing: Listing::RoleGrants, path: &path, query: &[], page_size: Some(PAGE_SIZE) };
        pager::by_numbers::<Raw>(session, list).await
    };
    let lists = join_all(roles.iter().map(one)).await;
    let mut record = record::whole(0, None, session.now());
    let (mut grants, mut failed) = (Vec::new(), 0);
    for (role, listed) in roles.iter().zip(lists) {
        match listed {
            Ok(listed) => {
                for flaw in listed.flaws {
                    record::miss(&mut record, Some(role.id.as_str()), flaw);
                }
                for raw in listed.entries {
                    if !push(&mut grants, &role.id, raw) {
                        let why = "a subject's grant does not say its division";
                        record::miss(&mut record, Some(role.id.as_str()), because(why));
                    }
                }
            }
            Err(failure) => {
                failed += 1;
                let failure = record::refused(failure, &["authorization:role:view"]);
                record::miss(&mut record, Some(role.id.as_str()), failure);
            }
        }
    }
    if failed > 0 && failed == roles.len() {
        record.seen = Seen::Nothing;
    }
    // A role that was not listed could not be asked who holds it. Keyed doubts about a listed role are not meant.
    for unread in of_roles.unread.iter().filter(|unread| unread.of.is_none()) {
        let why = format!("who holds the roles that were not listed is not known: {}", unread.why);
        record::miss(&mut record, None, because(why));
    }
    record.read = u64::try_from(grants.len()).unwrap_or(u64::MAX);
    Read { data: grants, record }
}

/// Adds a subject's grants of a role; says whether every one of them names its division.
fn push(grants: &mut Vec<Grant>, role: &RoleId, raw: Raw) -> bool {
    let kind = match raw.kind.as_deref() {
        Some("PC_OAUTH_CLIENT") => SubjectKind::OauthClient,
        Some("PC_USER") => SubjectKind::User,
        Some("PC_GROUP") => SubjectKind::Group,
        Some("PC_TRUSTEE_USER") => SubjectKind::TrusteeUser,
        Some("PC_TRUSTEE_GROUP") => SubjectKind::TrusteeGroup,
        _ => SubjectKind::Unknown,
    };
    let mut all_named = !raw.divisions.is_empty();
    for division in raw.divisions {
        let Some(id) = division.id else {
            all_named = false;
            continue;
        };
        grants.push(Grant {
            subject_kind: kind,
            subject: SubjectId::new(&raw.id),
            subject_name: raw.name.clone().filter(|name| !name.is_empty()),
            role: role.clone(),
            reach: Reach::parse(&id),
            granted_at: None,
            read_from: GrantSource::RoleSubjects,
        });
    }
    all_named
}

/// The kind of each subject that any grant states.
pub(crate) fn kinds(grants: &[Grant]) -> BTreeMap<SubjectId, SubjectKind> {
    let mut kinds = BTreeMap::new();
    for grant in grants.iter().filter(|grant| grant.subject_kind != SubjectKind::Unknown) {
        kinds.entry(grant.subject.clone()).or_insert(grant.subject_kind);
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_without_a_division_is_no_grant_but_is_noticed() {
        let mut grants = Vec::new();
        let role = RoleId::new("r1");
        let raw = |text: &str| serde_json::from_str::<Raw>(text).unwrap();
        assert!(push(&mut grants, &role, raw(r#"{"id":"u1","type":"PC_USER","divisions":[{"id":"*"},{"id":"d1"}]}"#)));
        assert!(!push(&mut grants, &role, raw(r#"{"id":"u2","type":"PC_USER","divisions":[]}"#)));
        assert!(!push(&mut grants, &role, raw(r#"{"id":"u3","type":"new","divisions":[{}]}"#)));
        assert_eq!(grants.len(), 2);
        assert_eq!(grants[0].reach, Reach::All);
        assert!(serde_json::from_str::<Raw>(r#"{"id":"u2","divisions":null}"#).is_err(), "null is not an empty list");
    }
}
