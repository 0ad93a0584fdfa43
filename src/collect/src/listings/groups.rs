//! `GET /api/v2/groups`: the groups, whose members inherit what is granted to them.

use serde::Deserialize;

use crate::pager::{self, Entry, List};
use crate::record;
use crate::session::Session;
use rolecall_base::coverage::Listing;
use rolecall_base::group::Group;
use rolecall_base::id::GroupId;

use super::Read;

const PAGE_SIZE: u32 = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    roles_enabled: Option<bool>,
    #[serde(default)]
    member_count: Option<u64>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// Reads the groups.
pub async fn read(session: &Session<'_>) -> Read<Vec<Group>> {
    session.begin(Listing::Groups, 1);
    let list = List { listing: Listing::Groups, path: "/api/v2/groups", query: &[], page_size: Some(PAGE_SIZE) };
    match pager::by_numbers::<Raw>(session, list).await {
        Ok(listed) => {
            let record = record::listed(listed.entries.len(), listed.total, listed.flaws, session.now());
            let group = |raw: Raw| Group {
                id: GroupId::new(raw.id),
                name: raw.name.unwrap_or_default(),
                state: raw.state,
                roles_enabled: raw.roles_enabled,
                member_count: raw.member_count,
            };
            Read { data: listed.entries.into_iter().map(group).collect(), record }
        }
        Err(failure) => Read { data: Vec::new(), record: record::nothing(failure, session.now()) },
    }
}
