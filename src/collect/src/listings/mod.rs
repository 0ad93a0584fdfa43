//! The lists of an org: one file each, small enough to read beside the platform's own page about it.

pub(crate) mod allowed_addresses;
pub(crate) mod audit_log;
pub(crate) mod default_roles;
pub(crate) mod divisions;
pub(crate) mod grant_dates;
pub(crate) mod group_members;
pub(crate) mod groups;
pub(crate) mod oauth_clients;
pub(crate) mod organization;
pub(crate) mod own_grants;
pub(crate) mod permissions;
pub(crate) mod policies;
pub(crate) mod role_grants;
pub(crate) mod roles;
pub(crate) mod settings;
pub(crate) mod third_party_apps;
pub(crate) mod trustees;
pub(crate) mod usage;
pub(crate) mod usage_rows;
pub(crate) mod users;

use serde::Deserialize;

use crate::pager::{self, Entry, List};
use crate::record;
use crate::session::Session;
use rolecall_base::coverage::ListingRecord;

/// What was read of a list, with the record of what was not.
#[derive(Clone, Debug)]
pub(crate) struct Read<T> {
    /// What was read.
    pub data: T,
    /// How much of it that is.
    pub record: ListingRecord,
}

/// A reference of the platform to another object.
#[derive(Clone, Debug, Deserialize)]
struct Reference {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// A list of the org that is read page by page: an entry as the platform writes it becomes an item of the snapshot.
trait PagedListing: Entry {
    /// What an entry becomes.
    type Item;

    const LIST: List<'static>;

    /// The permissions that a refusal means, where the platform does not say so itself.
    const NEEDS: &'static [&'static str] = &[];

    /// The item; `None` where the entry stands for none. What of it is doubtful goes into the record.
    fn item(self, record: &mut ListingRecord) -> Option<Self::Item>;
}

/// Reads such a list.
async fn read_pages<L: PagedListing>(session: &Session<'_>) -> Read<Vec<L::Item>> {
    session.begin(L::LIST.listing, 1);
    match pager::by_numbers::<L>(session, L::LIST).await {
        Ok(listed) => {
            let mut record = record::listed(listed.entries.len(), listed.total, listed.flaws, session.now());
            let data = listed.entries.into_iter().filter_map(|entry| entry.item(&mut record)).collect();
            Read { data, record }
        }
        Err(failure) => {
            let failure = record::refused(failure, L::NEEDS);
            Read { data: Vec::new(), record: record::nothing(failure, session.now()) }
        }
    }
}
