//! `GET /api/v2/authorization/permissions`: what exists in this org and can be granted, a collection a domain.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::pager::{self, Entry, List};
use crate::record;
use crate::session::Session;
use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::Listing;
use rolecall_base::permission::Permission;

use super::Read;

const PAGE_SIZE: u32 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    domain: String,
    permission_map: BTreeMap<String, Vec<RawPermission>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPermission {
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    entity_type: Option<String>,
    action: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    allows_conditions: Option<bool>,
    #[serde(default)]
    division_aware: Option<bool>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.domain.clone()
    }
}

/// Reads the permission catalogue. The platform counts domains, so the record has no expected number of permissions.
pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<CataloguePermission>> {
    session.begin(Listing::Permissions, 1);
    let list = List {
        listing: Listing::Permissions,
        path: "/api/v2/authorization/permissions",
        query: &[],
        page_size: Some(PAGE_SIZE),
    };
    match pager::by_numbers::<Raw>(session, list).await {
        Ok(listed) => {
            let data: Vec<CataloguePermission> = listed.entries.into_iter().flat_map(permissions).collect();
            let record = record::listed(data.len(), None, listed.flaws, session.now());
            Read { data, record }
        }
        Err(failure) => Read { data: Vec::new(), record: record::nothing(failure, session.now()) },
    }
}

fn permissions(collection: Raw) -> Vec<CataloguePermission> {
    let mut permissions = Vec::new();
    for (entity, raw) in collection.permission_map {
        for permission in raw {
            permissions.push(CataloguePermission {
                permission: Permission::from_parts(
                    permission.domain.as_deref().unwrap_or(&collection.domain),
                    permission.entity_type.as_deref().unwrap_or(&entity),
                    &permission.action,
                ),
                division_aware: permission.division_aware,
                allows_conditions: permission.allows_conditions,
                label: permission.label.filter(|label| !label.is_empty()),
            });
        }
    }
    permissions
}
