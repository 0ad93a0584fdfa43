//! `GET /api/v2/authorization/divisions`: the parts of the org that a grant can be limited to.

use serde::Deserialize;

use crate::pager::{self, Entry, List};
use crate::record;
use crate::session::Session;
use rolecall_base::coverage::Listing;
use rolecall_base::division::Division;
use rolecall_base::id::DivisionId;

use super::Read;

const PAGE_SIZE: u32 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    home_division: Option<bool>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// Reads the divisions.
pub async fn read(session: &Session<'_>) -> Read<Vec<Division>> {
    session.begin(Listing::Divisions, 1);
    let list = List {
        listing: Listing::Divisions,
        path: "/api/v2/authorization/divisions",
        query: &[],
        page_size: Some(PAGE_SIZE),
    };
    match pager::by_numbers::<Raw>(session, list).await {
        Ok(listed) => {
            let record = record::listed(listed.entries.len(), listed.total, listed.flaws, session.now());
            let division = |raw: Raw| Division {
                id: DivisionId::new(raw.id),
                name: raw.name.unwrap_or_default(),
                home: raw.home_division.unwrap_or(false),
            };
            // `*` stands for all divisions and is none of them.
            Read { data: listed.entries.into_iter().filter(|raw| raw.id != "*").map(division).collect(), record }
        }
        Err(failure) => Read { data: Vec::new(), record: record::nothing(failure, session.now()) },
    }
}
