//! `GET /api/v2/oauth/clients`: every OAuth client of the org, those that are switched off included.
//!
//! The operation has no paging parameters: one answer holds all. The model of the platform has a `secret`; there is no
//! field for it here, so that it goes no further than the parser.

use jiff::Timestamp;
use serde::Deserialize;

use crate::dates::lenient;
use crate::pager::{Entry, List};
use crate::session::Session;
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::grant::Reach;
use rolecall_base::id::{ClientId, RoleId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient, RoleDivision};
use rolecall_base::scope::Scope;

use super::allowed_addresses::Field;
use super::{PagedListing, Read, Reference, read_pages};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    access_token_validity_seconds: Option<i64>,
    #[serde(default)]
    registered_redirect_uri: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    date_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    date_modified: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    date_to_delete: Option<Timestamp>,
    #[serde(default)]
    created_by: Option<Reference>,
    #[serde(default)]
    modified_by: Option<Reference>,
    #[serde(default)]
    authorized_grant_type: Option<String>,
    #[serde(default)]
    scope: Option<Vec<String>>,
    #[serde(default)]
    role_divisions: Option<Vec<RawRoleDivision>>,
    #[serde(default)]
    state: Option<String>,
    #[serde(flatten)]
    addresses: Field,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRoleDivision {
    role_id: String,
    division_id: String,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl PagedListing for Raw {
    type Item = OauthClient;

    const LIST: List<'static> =
        List { listing: Listing::OauthClients, path: "/api/v2/oauth/clients", query: &[], page_size: None };

    const NEEDS: &'static [&'static str] = &["oauth:client:view"];

    fn item(self, _: &mut ListingRecord) -> Option<OauthClient> {
        Some(client(self))
    }
}

/// Reads the OAuth clients.
pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<OauthClient>> {
    read_pages::<Raw>(session).await
}

fn client(raw: Raw) -> OauthClient {
    let user = |reference: Option<Reference>| reference.and_then(|reference| reference.id).map(UserId::new);
    OauthClient {
        id: ClientId::new(raw.id),
        name: raw.name.unwrap_or_default(),
        description: raw.description.filter(|text| !text.is_empty()),
        grant_type: GrantType::from(raw.authorized_grant_type.unwrap_or_default()),
        state: ClientState::from(raw.state.unwrap_or_default()),
        scopes: raw.scope.map(|scopes| {
            let mut scopes: Vec<Scope> = scopes.into_iter().map(Scope::new).collect();
            scopes.sort();
            scopes.dedup();
            scopes
        }),
        role_divisions: raw.role_divisions.map(|pairs| {
            let mut pairs: Vec<RoleDivision> = pairs
                .into_iter()
                .map(|pair| RoleDivision { role: RoleId::new(pair.role_id), reach: Reach::parse(&pair.division_id) })
                .collect();
            pairs.sort();
            pairs.dedup();
            pairs
        }),
        token_validity_seconds: raw.access_token_validity_seconds,
        redirect_uris: raw.registered_redirect_uri.unwrap_or_default(),
        created: raw.date_created,
        modified: raw.date_modified,
        created_by: user(raw.created_by),
        modified_by: user(raw.modified_by),
        deletes_at: raw.date_to_delete,
        allowed_addresses: raw.addresses.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_goes_no_further_than_the_parser_and_null_is_not_an_empty_list() {
        let raw: Raw = serde_json::from_str(
            r#"{"id":"c1","name":"Queue Dashboard","secret":"hush-hush","authorizedGrantType":"CLIENT-CREDENTIALS",
                "scope":null,"roleDivisions":[{"roleId":"r1","divisionId":"*"},{"roleId":"r1","divisionId":"d1"}],
                "dateCreated":"soon","createdBy":{"id":"u1"}}"#,
        )
        .unwrap();
        let client = client(raw);
        assert!(!format!("{client:?}").contains("hush-hush"));
        assert!(!serde_json::to_string(&client).unwrap().contains("hush-hush"));
        assert_eq!(client.scopes, None);
        assert_eq!(client.state, ClientState::Active);
        assert_eq!(client.created, None);
        let reaches: Vec<&str> =
            client.role_divisions.as_ref().unwrap().iter().map(|pair| pair.reach.as_str()).collect();
        assert_eq!(reaches, ["*", "d1"]);
    }

    #[test]
    fn client_with_half_a_grant_is_refused_rather_than_read_in_half() {
        assert!(serde_json::from_str::<Raw>(r#"{"id":"c1","roleDivisions":[{"roleId":"r1"}]}"#).is_err());
    }
}
