//! `GET /api/v2/groups/{groupId}/members`: who is in the groups that carry grants or name service users.
//!
//! The list holds individual, owning and dynamic members alike.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::Deserialize;

use crate::pager::{self, Entry, List};
use crate::record::{self, because};
use crate::session::Session;
use crate::wire::path;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::group::GroupMembers;
use rolecall_base::id::{GroupId, UserId};

use super::Read;

const PAGE_SIZE: u32 = 100;

#[derive(Deserialize)]
struct Raw {
    id: String,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// Reads the members of groups; `counts` is what the list of groups says of their number.
pub(crate) async fn read(
    session: &Session<'_>,
    wanted: &BTreeSet<GroupId>,
    counts: &BTreeMap<GroupId, u64>,
) -> Read<GroupMembers> {
    session.begin(Listing::GroupMembers, u64::try_from(wanted.len()).unwrap_or(0));
    let one = async |group: &GroupId| {
        let path = path(&["groups", group.as_str(), "members"]);
        let list = List { listing: Listing::GroupMembers, path: &path, query: &[], page_size: Some(PAGE_SIZE) };
        pager::by_numbers::<Raw>(session, list).await
    };
    let lists = join_all(wanted.iter().map(one)).await;
    let mut record = record::whole(0, None, session.now());
    let (mut members, mut read, mut failed) = (GroupMembers::new(), 0, 0);
    for (group, listed) in wanted.iter().zip(lists) {
        match listed {
            Ok(listed) => {
                let found = listed.entries.len();
                let whole = listed.flaws.is_empty();
                for flaw in listed.flaws {
                    record::miss(&mut record, Some(group.as_str()), flaw);
                }
                // The two counts come from different services; only the smaller list can be a cut one.
                if let Some(expected) = counts.get(group).filter(|_| whole)
                    && u64::try_from(found).unwrap_or(u64::MAX) < *expected
                {
                    let why = format!("{found} members came, the list of groups counts {expected}");
                    record::miss(&mut record, Some(group.as_str()), because(why));
                }
                read += found;
                members.insert(group.clone(), listed.entries.into_iter().map(|raw| UserId::new(raw.id)).collect());
            }
            Err(failure) => {
                failed += 1;
                record::miss(&mut record, Some(group.as_str()), failure);
            }
        }
    }
    if failed > 0 && failed == wanted.len() {
        record.seen = Seen::Nothing;
    }
    record.read = u64::try_from(read).unwrap_or(u64::MAX);
    Read { data: members, record }
}
