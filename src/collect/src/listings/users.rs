//! `GET /api/v2/users`: the users, and which of them the configuration calls service users.
//!
//! The platform lists active users unless asked otherwise, and has no type for machine users. Its dates of use come only
//! when asked for, and then by best effort.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;
use serde::Deserialize;

use crate::dates::lenient;
use crate::pager::{self, Entry, List, Listed};
use crate::record::{self, because};
use crate::session::Session;
use crate::settings::{CollectSettings, ServiceUserRules, UsersWanted};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::group::{Group, GroupMembers};
use rolecall_base::id::{DivisionId, GroupId, UserId};
use rolecall_base::user::User;

use super::{Read, Reference};

const PAGE_SIZE: u32 = 500;
/// The platform's limit of ids a call (`max.user.ids`).
const IDS_A_CALL: usize = 100;
const EXPAND: [(&str, &str); 3] = [("state", "any"), ("expand", "lasttokenissued"), ("expand", "dateLastLogin")];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    division: Option<Reference>,
    #[serde(default)]
    last_token_issued: Option<TokenIssued>,
    #[serde(default, deserialize_with = "lenient")]
    date_last_login: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenIssued {
    #[serde(default, deserialize_with = "lenient")]
    date_issued: Option<Timestamp>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// Which users the configuration asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// None.
    Nobody,
    /// Users whose ids are known before the list is read.
    ById,
    /// Users that show only when the whole list is read.
    Everybody,
}

impl Wanted {
    /// What the settings ask for.
    pub(crate) fn of(settings: &CollectSettings) -> Self {
        let rules = &settings.service_users;
        if settings.users == UsersWanted::All || !rules.names.is_empty() || !rules.emails.is_empty() {
            Self::Everybody
        } else if !rules.ids.is_empty() || !rules.groups.is_empty() {
            Self::ById
        } else {
            Self::Nobody
        }
    }
}

/// The rules by which users are service users, ready to match.
pub(crate) struct Rules {
    names: Vec<(String, GlobMatcher)>,
    emails: Vec<(String, GlobMatcher)>,
    groups: Vec<(String, BTreeSet<UserId>)>,
    ids: BTreeSet<UserId>,
    /// Rules that cannot be applied: without them nobody knows who else is a service user.
    pub broken: Vec<String>,
    /// Rules that name something that is not there.
    pub unmet: Vec<String>,
}

impl Rules {
    /// Makes the rules ready. `groups` and `members` are what was read of them, `groups_whole` whether all was.
    pub(crate) fn new(rules: &ServiceUserRules, groups: &[Group], groups_whole: bool, members: &GroupMembers) -> Self {
        let (mut broken, mut unmet) = (Vec::new(), Vec::new());
        let mut globs = |texts: &[String], what: &str| {
            let mut globs = Vec::new();
            for text in texts {
                match GlobBuilder::new(text).case_insensitive(true).build() {
                    Ok(glob) => globs.push((text.clone(), glob.compile_matcher())),
                    Err(error) => broken.push(format!("service users by {what} `{text}` are not known: {error}")),
                }
            }
            globs
        };
        let (names, emails) = (globs(&rules.names, "name"), globs(&rules.emails, "e-mail"));
        let mut by_group = Vec::new();
        for name in &rules.groups {
            let ids = groups_named(groups, name);
            if ids.is_empty() && groups_whole {
                unmet.push(format!("no group is called `{name}`, which `service_users.groups` names"));
            } else if ids.is_empty() || ids.iter().any(|id| !members.contains_key(id)) {
                broken.push(format!("service users by group `{name}` are not known: the group could not be read"));
            }
            let members = ids.iter().filter_map(|id| members.get(id)).flatten().cloned().collect();
            by_group.push((name.clone(), members));
        }
        let ids = rules.ids.iter().map(UserId::new).collect();
        Self { names, emails, groups: by_group, ids, broken, unmet }
    }

    /// The first rule that makes a user a service user.
    fn matching(&self, id: &UserId, name: &str, email: Option<&str>) -> Option<String> {
        let glob = |globs: &[(String, GlobMatcher)], text: &str| {
            globs.iter().find(|(_, glob)| glob.is_match(text)).map(|(rule, _)| rule.clone())
        };
        if let Some(rule) = glob(&self.names, name) {
            return Some(format!("names:{rule}"));
        }
        if let Some(rule) = email.and_then(|email| glob(&self.emails, email)) {
            return Some(format!("emails:{rule}"));
        }
        if let Some((rule, _)) = self.groups.iter().find(|(_, members)| members.contains(id)) {
            return Some(format!("groups:{rule}"));
        }
        self.ids.contains(id).then(|| format!("ids:{id}"))
    }

    /// The users that the rules know by id.
    fn known_ids(&self) -> BTreeSet<UserId> {
        self.groups.iter().flat_map(|(_, members)| members).chain(&self.ids).cloned().collect()
    }
}

/// The groups of a name; names ignore case, as the globs do.
pub(crate) fn groups_named(groups: &[Group], name: &str) -> BTreeSet<GroupId> {
    let name = name.to_lowercase();
    groups.iter().filter(|group| group.name.to_lowercase() == name).map(|group| group.id.clone()).collect()
}

/// The users that were read, before anybody asks who of them is a service user.
pub(crate) struct Everybody {
    raw: Vec<Raw>,
    record: rolecall_base::coverage::ListingRecord,
}

impl Everybody {
    /// The ids of all that were read, kept or not.
    pub(crate) fn ids(&self) -> BTreeSet<UserId> {
        self.raw.iter().map(|raw| UserId::new(&raw.id)).collect()
    }

    /// Keeps the users that are asked for.
    pub(crate) fn keep(mut self, wanted: UsersWanted, rules: &Rules) -> Read<Vec<User>> {
        for why in &rules.broken {
            record::miss(&mut self.record, None, because(why));
        }
        let mut users = Vec::new();
        for raw in self.raw {
            let id = UserId::new(&raw.id);
            let name = raw.name.unwrap_or_default();
            let matched_by = rules.matching(&id, &name, raw.email.as_deref());
            let state = raw.state.unwrap_or_else(|| "active".to_owned());
            if matched_by.is_none() && (wanted == UsersWanted::Service || state == "deleted") {
                continue;
            }
            users.push(User {
                id,
                name,
                email: raw.email,
                state,
                division: raw.division.and_then(|division| division.id).map(DivisionId::new),
                last_login: raw.date_last_login,
                last_token: raw.last_token_issued.and_then(|issued| issued.date_issued),
                matched_by,
            });
        }
        Read { data: users, record: self.record }
    }
}

pub(crate) async fn read_all(session: &Session<'_>) -> Everybody {
    session.begin(Listing::Users, 1);
    let list = List { listing: Listing::Users, path: "/api/v2/users", query: &EXPAND, page_size: Some(PAGE_SIZE) };
    match pager::by_numbers::<Raw>(session, list).await {
        Ok(listed) => {
            let record = record::listed(listed.entries.len(), listed.total, listed.flaws, session.now());
            Everybody { raw: listed.entries, record }
        }
        Err(failure) => Everybody { raw: Vec::new(), record: record::nothing(failure, session.now()) },
    }
}

/// Reads the users that the rules know by id, a hundred a call. An id that is nobody's is reported in `unmet`.
pub(crate) async fn read_by_id(session: &Session<'_>, rules: &mut Rules) -> Everybody {
    let ids: Vec<UserId> = rules.known_ids().into_iter().collect();
    let batches: Vec<&[UserId]> = ids.chunks(IDS_A_CALL).collect();
    session.begin(Listing::Users, u64::try_from(batches.len()).unwrap_or(0));
    let results = join_all(batches.iter().map(|batch| read_batch(session, batch))).await;
    let mut record = record::whole(0, Some(u64::try_from(ids.len()).unwrap_or(u64::MAX)), session.now());
    let mut found: BTreeMap<String, Raw> = BTreeMap::new();
    let (mut asked, mut failed) = (BTreeSet::new(), 0);
    for (batch, result) in batches.iter().zip(results) {
        match result {
            Ok(listed) => {
                // The total of an answer by ids is not documented: what counts is which of the ids came.
                asked.extend(batch.iter().cloned());
                found.extend(listed.entries.into_iter().map(|raw| (raw.id.clone(), raw)));
            }
            Err(failure) => {
                failed += 1;
                for id in *batch {
                    record::miss(&mut record, Some(id.as_str()), failure.clone());
                }
            }
        }
    }
    if failed > 0 && failed == batches.len() {
        record.seen = Seen::Nothing;
    }
    for id in asked.iter().filter(|id| !found.contains_key(id.as_str())) {
        if rules.ids.contains(id) {
            rules.unmet.push(format!("no user has the id `{id}`, which `service_users.ids` names"));
        } else {
            let why = format!("the group's member `{id}` was not found among the users");
            record::miss(&mut record, Some(id.as_str()), because(why));
        }
    }
    record.read = u64::try_from(found.len()).unwrap_or(u64::MAX);
    Everybody { raw: found.into_values().collect(), record }
}

/// Reads users by their ids. A server that gives fewer a page than were asked for is asked for the others, until
/// nobody else comes.
async fn read_batch(session: &Session<'_>, ids: &[UserId]) -> Result<Listed<Raw>, crate::failure::Failure> {
    let size = u32::try_from(IDS_A_CALL).unwrap_or(100);
    let mut all = Listed { entries: Vec::<Raw>::new(), total: None, flaws: Vec::new() };
    let mut pending: Vec<&UserId> = ids.iter().collect();
    while !pending.is_empty() {
        let mut query = EXPAND.to_vec();
        query.extend(pending.iter().map(|id| ("id", id.as_str())));
        let list = List { listing: Listing::Users, path: "/api/v2/users", query: &query, page_size: Some(size) };
        let listed = pager::one_page::<Raw>(session, list).await?;
        let came: BTreeSet<&str> = listed.entries.iter().map(|raw| raw.id.as_str()).collect();
        let before = pending.len();
        pending.retain(|id| !came.contains(id.as_str()));
        let progress = pending.len() < before;
        let came_all = listed.total.is_some_and(|total| u64::try_from(came.len()).is_ok_and(|came| came >= total));
        all.flaws.extend(listed.flaws);
        all.entries.extend(listed.entries);
        if came_all || !progress {
            break;
        }
        if !pending.is_empty() {
            session.plan.add(Listing::Users, 1);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let rules = ServiceUserRules {
            names: vec!["svc-*".to_owned(), "*integration*".to_owned(), "bad[".to_owned()],
            emails: vec!["*@svc.example.com".to_owned()],
            groups: vec!["service accounts".to_owned(), "Nobody".to_owned()],
            ids: vec!["u9".to_owned()],
        };
        let groups = [Group {
            id: GroupId::new("g1"),
            name: "Service Accounts".to_owned(),
            state: None,
            roles_enabled: None,
            member_count: None,
        }];
        let members = GroupMembers::from([(GroupId::new("g1"), vec![UserId::new("u5")])]);
        Rules::new(&rules, &groups, true, &members)
    }

    #[test]
    fn first_rule_that_matches_is_named_whatever_the_case() {
        let rules = rules();
        let by = |id: &str, name: &str, email: Option<&str>| rules.matching(&UserId::new(id), name, email);
        assert_eq!(by("u1", "SVC-Reporting", Some("a@svc.example.com")).as_deref(), Some("names:svc-*"));
        assert_eq!(by("u1", "Data Integration/2", None).as_deref(), Some("names:*integration*"));
        assert_eq!(by("u1", "x", Some("A@SVC.example.com")).as_deref(), Some("emails:*@svc.example.com"));
        assert_eq!(by("u5", "x", None).as_deref(), Some("groups:service accounts"));
        assert_eq!(by("u9", "x", None).as_deref(), Some("ids:u9"));
        assert_eq!(by("u2", "a person", Some("a@example.com")), None);
    }

    #[test]
    fn broken_rules_and_rules_about_nothing_are_distinguished() {
        let rules = rules();
        assert!(rules.broken.len() == 1 && rules.broken[0].contains("`bad[`"), "{:?}", rules.broken);
        assert!(rules.unmet.len() == 1 && rules.unmet[0].contains("`Nobody`"), "{:?}", rules.unmet);
    }

    #[test]
    fn deleted_users_are_kept_only_where_a_rule_names_them() {
        let raw = |text: &str| serde_json::from_str::<Raw>(text).unwrap();
        let everybody = || Everybody {
            raw: vec![
                raw(r#"{"id":"u1","name":"svc-a","state":"deleted"}"#),
                raw(r#"{"id":"u2","name":"b","state":"deleted"}"#),
                raw(r#"{"id":"u3","name":"c","lastTokenIssued":{"dateIssued":"2026-01-01T00:00:00Z"}}"#),
            ],
            record: record::whole(3, Some(3), Timestamp::UNIX_EPOCH),
        };
        let names = |wanted| {
            let users = everybody().keep(wanted, &rules()).data;
            users.iter().map(|user| user.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(UsersWanted::Service), ["svc-a"]);
        assert_eq!(names(UsersWanted::All), ["svc-a", "c"]);
    }
}
