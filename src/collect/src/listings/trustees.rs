//! `GET /api/v2/orgauthorization/trustees` and each one's `/users` and `/groups`: people of other orgs who may act here.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Deserialize;

use crate::dates::lenient;
use crate::pager::{self, Entry, List};
use crate::record;
use crate::session::Session;
use crate::wire::path;
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::trustee::{Trustee, TrusteeMember};

use super::{Read, Reference};

const PAGE_SIZE: u32 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    uses_default_role: Option<bool>,
    #[serde(default)]
    has_full_access: Option<bool>,
    #[serde(default)]
    is_trusted_user: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    date_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    date_expired: Option<Timestamp>,
    #[serde(default)]
    organization: Option<Reference>,
}

#[derive(Deserialize)]
struct RawMember {
    id: String,
    #[serde(default)]
    name: Option<String>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl Entry for RawMember {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// Reads the trustees with their people.
pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<Trustee>> {
    session.begin(Listing::Trustees, 1);
    let list = List {
        listing: Listing::Trustees,
        path: "/api/v2/orgauthorization/trustees",
        query: &[],
        page_size: Some(PAGE_SIZE),
    };
    let listed = match pager::by_numbers::<Raw>(session, list).await {
        Ok(listed) => listed,
        Err(failure) => {
            let failure = record::refused(failure, &["authorization:orgTrustee:view"]);
            return Read { data: Vec::new(), record: record::nothing(failure, session.now()) };
        }
    };
    session.plan.add(Listing::Trustees, 2 * u64::try_from(listed.entries.len()).unwrap_or(0));
    let mut record = record::listed(listed.entries.len(), listed.total, listed.flaws, session.now());
    let members = join_all(listed.entries.iter().map(|raw| async {
        tokio::join!(
            members(session, &raw.id, "users", "authorization:orgTrusteeUser:view"),
            members(session, &raw.id, "groups", "authorization:orgTrusteeGroup:view"),
        )
    }))
    .await;
    let mut trustees = Vec::new();
    for (raw, (users, groups)) in listed.entries.into_iter().zip(members) {
        let users = keep(users, &raw.id, &mut record);
        let groups = keep(groups, &raw.id, &mut record);
        trustees.push(Trustee {
            id: raw.id,
            name: raw.organization.and_then(|organization| organization.name).unwrap_or_default(),
            enabled: raw.enabled,
            has_full_access: raw.has_full_access,
            uses_default_role: raw.uses_default_role,
            is_trusted_user: raw.is_trusted_user,
            created: raw.date_created,
            expires: raw.date_expired,
            users,
            groups,
        });
    }
    record.read_at = Some(session.now());
    Read { data: trustees, record }
}

type Members = Result<pager::Listed<RawMember>, crate::failure::Failure>;

async fn members(session: &Session<'_>, org: &str, what: &str, needed: &str) -> Members {
    let path = path(&["orgauthorization", "trustees", org, what]);
    let list = List { listing: Listing::Trustees, path: &path, query: &[], page_size: Some(PAGE_SIZE) };
    pager::by_numbers(session, list).await.map_err(|failure| record::refused(failure, &[needed]))
}

fn keep(members: Members, org: &str, record: &mut ListingRecord) -> Option<Vec<TrusteeMember>> {
    match members {
        Ok(listed) => {
            for flaw in listed.flaws {
                record::miss(record, Some(org), flaw);
            }
            let member = |raw: RawMember| TrusteeMember { id: raw.id, name: raw.name.unwrap_or_default() };
            let mut members: Vec<TrusteeMember> = listed.entries.into_iter().map(member).collect();
            members.sort();
            Some(members)
        }
        Err(failure) => {
            record::miss(record, Some(org), failure);
            None
        }
    }
}
