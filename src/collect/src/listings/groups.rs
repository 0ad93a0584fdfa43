//! `GET /api/v2/groups`: the groups, whose members inherit what is granted to them.

use serde::Deserialize;

use crate::pager::{Entry, List};
use crate::session::Session;
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::group::Group;
use rolecall_base::id::GroupId;

use super::{PagedListing, Read, read_pages};

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

impl PagedListing for Raw {
    type Item = Group;

    const LIST: List<'static> =
        List { listing: Listing::Groups, path: "/api/v2/groups", query: &[], page_size: Some(PAGE_SIZE) };

    fn item(self, _: &mut ListingRecord) -> Option<Group> {
        Some(Group {
            id: GroupId::new(self.id),
            name: self.name.unwrap_or_default(),
            state: self.state,
            roles_enabled: self.roles_enabled,
            member_count: self.member_count,
        })
    }
}

pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<Group>> {
    read_pages::<Raw>(session).await
}
