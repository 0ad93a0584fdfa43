//! `GET /api/v2/organizations/me`: the platform's own id and name of the org.

use serde::Deserialize;

use crate::failure::Failure;
use crate::record;
use crate::session::Session;
use rolecall_base::coverage::Listing;
use rolecall_base::id::OrgId;

use super::Read;

#[derive(Deserialize)]
struct Organization {
    id: String,
    #[serde(default)]
    name: Option<String>,
}

/// Reads id and name of the org.
pub(crate) async fn read(session: &Session<'_>) -> (Read<Option<(OrgId, Option<String>)>>, Option<Failure>) {
    session.begin(Listing::Organization, 1);
    match session.get::<Organization>("/api/v2/organizations/me", &[]).await {
        Ok(org) => {
            let read =
                Read { data: Some((OrgId::new(org.id), org.name)), record: record::whole(1, None, session.now()) };
            (read, None)
        }
        Err(failure) => {
            let read = Read { data: None, record: record::nothing(failure.clone(), session.now()) };
            (read, Some(failure))
        }
    }
}
