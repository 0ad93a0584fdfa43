//! `GET /api/v2/authorization/divisions/{divisionId}/grants`: when grants were made, and a second witness for them.
//!
//! Whether grants in all divisions (`*`) are listed under each division, under `*` or nowhere is not documented, so
//! `*` is asked for only where dates are still missing, and a refusal of it costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Deserialize;

use crate::dates::lenient;
use crate::failure::FailureKind;
use crate::pager::{self, Entry, List};
use crate::record::{self, because};
use crate::session::Session;
use crate::wire::path;
use rolecall_base::coverage::{Listing, ListingRecord, Seen};
use rolecall_base::division::Division;
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::id::{RoleId, SubjectId};

use super::{Reference, role_grants};

/// The documented largest page.
const PAGE_SIZE: u32 = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    subject_id: String,
    #[serde(default)]
    division: Option<Reference>,
    role: RawRole,
    #[serde(default, deserialize_with = "lenient")]
    grant_made_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct RawRole {
    id: String,
}

impl Entry for Raw {
    fn key(&self) -> String {
        let division = self.division.as_ref().and_then(|division| division.id.as_deref()).unwrap_or_default();
        format!("{}\n{}\n{division}", self.subject_id, self.role.id)
    }
}

/// What the lists of grants by division changed.
pub(crate) struct Dated {
    /// Their record.
    pub record: ListingRecord,
    /// Roles that hold a grant which their own list does not have: that list is not whole.
    pub cut_roles: BTreeSet<RoleId>,
    /// Notes that cost no data.
    pub notes: Vec<String>,
}

/// Reads the grants of every division and dates those that are known; adds those that are not.
pub(crate) async fn read(
    session: &Session<'_>,
    divisions: &[Division],
    of_divisions: &ListingRecord,
    grants: &mut Vec<Grant>,
) -> Dated {
    session.begin(Listing::GrantDates, u64::try_from(divisions.len()).unwrap_or(0));
    let mut dated =
        Dated { record: record::whole(0, None, session.now()), cut_roles: BTreeSet::new(), notes: Vec::new() };
    if of_divisions.seen != Seen::Whole {
        record::miss(&mut dated.record, None, because("the divisions themselves could not be listed whole"));
    }
    let mut merge = Merge::new(grants);
    let lists = join_all(divisions.iter().map(|division| list(session, division.id.as_str()))).await;
    let mut failed = 0;
    for (division, listed) in divisions.iter().zip(lists) {
        match listed {
            Ok(listed) => {
                for flaw in listed.flaws {
                    record::miss(&mut dated.record, Some(division.id.as_str()), flaw);
                }
                for raw in listed.entries {
                    merge.take(raw, division.id.as_str());
                }
            }
            Err(failure) => {
                failed += 1;
                let failure = record::refused(failure, &["authorization:grant:view"]);
                record::miss(&mut dated.record, Some(division.id.as_str()), failure);
            }
        }
    }
    if failed == divisions.len() {
        dated.record.seen = Seen::Nothing;
        if divisions.is_empty() && dated.record.unread.is_empty() {
            record::miss(&mut dated.record, None, because("the org has no division to ask"));
        }
    } else if merge.undated_everywhere() {
        session.plan.add(Listing::GrantDates, 1);
        match list(session, "*").await {
            Ok(listed) => {
                for raw in listed.entries {
                    merge.take(raw, "*");
                }
            }
            Err(failure) if matches!(failure.kind, FailureKind::NoAnswer | FailureKind::WrongShape) => {
                record::miss(&mut dated.record, Some("*"), failure);
            }
            Err(failure) => dated.notes.push(format!(
                "the dates of grants in all divisions are not known: {} (the platform does not document this list)",
                failure.why
            )),
        }
    }
    dated.record.read = merge.read;
    dated.record.read_at = Some(session.now());
    dated.cut_roles = merge.finish();
    dated
}

async fn list(session: &Session<'_>, division: &str) -> Result<pager::Listed<Raw>, crate::failure::Failure> {
    let path = path(&["authorization", "divisions", division, "grants"]);
    let list = List { listing: Listing::GrantDates, path: &path, query: &[], page_size: Some(PAGE_SIZE) };
    pager::by_numbers(session, list).await
}

/// Brings the two witnesses together.
struct Merge<'g> {
    grants: &'g mut Vec<Grant>,
    known: BTreeMap<(SubjectId, RoleId, Reach), usize>,
    kinds: BTreeMap<SubjectId, SubjectKind>,
    cut_roles: BTreeSet<RoleId>,
    read: u64,
}

impl<'g> Merge<'g> {
    fn new(grants: &'g mut Vec<Grant>) -> Self {
        let known = grants
            .iter()
            .enumerate()
            .map(|(index, grant)| ((grant.subject.clone(), grant.role.clone(), grant.reach.clone()), index))
            .collect();
        let kinds = role_grants::kinds(grants);
        Self { grants, known, kinds, cut_roles: BTreeSet::new(), read: 0 }
    }

    fn take(&mut self, raw: Raw, asked: &str) {
        self.read += 1;
        let division = raw.division.and_then(|division| division.id);
        let reach = Reach::parse(division.as_deref().unwrap_or(asked));
        let mut key = (SubjectId::new(raw.subject_id), RoleId::new(raw.role.id), reach);
        if !self.known.contains_key(&key) {
            // A grant in all divisions may be listed as one of the division that was asked for: that is nothing new.
            let everywhere = (key.0.clone(), key.1.clone(), Reach::All);
            if self.known.contains_key(&everywhere) {
                key = everywhere;
            }
        }
        match self.known.get(&key).and_then(|index| self.grants.get_mut(*index)) {
            Some(grant) => grant.granted_at = grant.granted_at.or(raw.grant_made_at),
            None => {
                self.known.insert(key.clone(), self.grants.len());
                let (subject, role, reach) = key;
                self.cut_roles.insert(role.clone());
                self.grants.push(Grant {
                    subject_kind: self.kinds.get(&subject).copied().unwrap_or(SubjectKind::Unknown),
                    subject,
                    subject_name: None,
                    role,
                    reach,
                    granted_at: raw.grant_made_at,
                    read_from: GrantSource::DivisionGrants,
                });
            }
        }
    }

    /// Whether grants in all divisions are still without a date.
    fn undated_everywhere(&self) -> bool {
        self.grants.iter().any(|grant| grant.reach == Reach::All && grant.granted_at.is_none())
    }

    fn finish(self) -> BTreeSet<RoleId> {
        self.cut_roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grant_that_no_role_lists_is_added_and_its_role_is_cut() {
        let mut grants = vec![Grant {
            subject_kind: SubjectKind::User,
            subject: SubjectId::new("u1"),
            subject_name: None,
            role: RoleId::new("r1"),
            reach: Reach::parse("d1"),
            granted_at: None,
            read_from: GrantSource::RoleSubjects,
        }];
        let mut merge = Merge::new(&mut grants);
        let raw = |text: &str| serde_json::from_str::<Raw>(text).unwrap();
        merge.take(raw(r#"{"subjectId":"u1","role":{"id":"r1"},"grantMadeAt":"2026-01-02T03:04:05Z"}"#), "d1");
        merge.take(raw(r#"{"subjectId":"u1","role":{"id":"r2"},"division":{"id":"*"}}"#), "d1");
        merge.take(raw(r#"{"subjectId":"u1","role":{"id":"r2"},"division":{"id":"*"}}"#), "d2");
        assert!(merge.undated_everywhere());
        assert_eq!(merge.finish().into_iter().map(|role| role.to_string()).collect::<Vec<_>>(), ["r2"]);
        assert_eq!(grants.len(), 2);
        assert!(grants[0].granted_at.is_some());
        assert_eq!(grants[1].subject_kind, SubjectKind::User, "the kind is known from the other grant");
    }
}
