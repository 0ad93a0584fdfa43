//! `GET /api/v2/authorization/divisions`: the parts of the org that a grant can be limited to.

use serde::Deserialize;

use crate::pager::{Entry, List};
use crate::session::Session;
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::division::Division;
use rolecall_base::id::DivisionId;

use super::{PagedListing, Read, read_pages};

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

impl PagedListing for Raw {
    type Item = Division;

    const LIST: List<'static> = List {
        listing: Listing::Divisions,
        path: "/api/v2/authorization/divisions",
        query: &[],
        page_size: Some(PAGE_SIZE),
    };

    fn item(self, _: &mut ListingRecord) -> Option<Division> {
        // `*` stands for all divisions and is none of them.
        (self.id != "*").then(|| Division {
            id: DivisionId::new(self.id),
            name: self.name.unwrap_or_default(),
            home: self.home_division.unwrap_or(false),
        })
    }
}

pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<Division>> {
    read_pages::<Raw>(session).await
}
