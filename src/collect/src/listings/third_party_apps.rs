//! `GET /api/v2/oauth/authorizations`: the clients that the org authorized, was asked for, or revoked. Third-party and
//! built-in clients stand here and not in `GET /api/v2/oauth/clients`.
//!
//! Asked for only where the configuration says so: its permission can also approve apps. The operation has no paging
//! parameters. The client inside has a `secret` in the platform's model; there is no field for it here.

use jiff::Timestamp;
use serde::Deserialize;

use crate::dates::lenient;
use crate::pager::{Entry, List};
use crate::session::Session;
use rolecall_base::app::{App, AppState};
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::id::{ClientId, UserId};
use rolecall_base::oauth_client::GrantType;
use rolecall_base::scope::Scope;

use super::{PagedListing, Read, Reference, read_pages};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    client: RawClient,
    #[serde(default)]
    scope: Option<Vec<String>>,
    #[serde(default)]
    roles: Option<Vec<String>>,
    #[serde(default)]
    resource_owner: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    date_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    date_modified: Option<Timestamp>,
    #[serde(default)]
    created_by: Option<Reference>,
    #[serde(default)]
    modified_by: Option<Reference>,
    #[serde(default)]
    pending: Option<bool>,
    #[serde(default)]
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawClient {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    authorized_grant_type: Option<String>,
    #[serde(default)]
    registered_redirect_uri: Option<Vec<String>>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        let owner = self.resource_owner.as_ref().and_then(|owner| owner.id.as_deref());
        format!("{}/{}", self.client.id, owner.unwrap_or_default())
    }
}

impl PagedListing for Raw {
    type Item = App;

    const LIST: List<'static> =
        List { listing: Listing::ThirdPartyApps, path: "/api/v2/oauth/authorizations", query: &[], page_size: None };

    const NEEDS: &'static [&'static str] = &["oauth:client:authorize"];

    fn item(self, _: &mut ListingRecord) -> Option<App> {
        Some(app(self))
    }
}

pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<App>> {
    read_pages::<Raw>(session).await
}

fn app(raw: Raw) -> App {
    let id = |reference: Option<Reference>| reference.and_then(|reference| reference.id);
    App {
        client: ClientId::new(raw.client.id),
        name: raw.client.name.unwrap_or_default(),
        state: AppState::from(raw.state.unwrap_or_default()),
        pending: raw.pending,
        grant_type: GrantType::from(raw.client.authorized_grant_type.unwrap_or_default()),
        scopes: raw.scope.map(|scopes| {
            let mut scopes: Vec<Scope> = scopes.into_iter().map(Scope::new).collect();
            scopes.sort();
            scopes.dedup();
            scopes
        }),
        roles: raw.roles.map(|mut roles| {
            roles.sort();
            roles.dedup();
            roles
        }),
        redirect_uris: raw.client.registered_redirect_uri.unwrap_or_default(),
        owner: id(raw.resource_owner),
        created: raw.date_created,
        modified: raw.date_modified,
        created_by: id(raw.created_by).map(UserId::new),
        modified_by: id(raw.modified_by).map(UserId::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_goes_no_further_than_the_parser_and_null_is_not_an_empty_list() {
        let raw: Raw = serde_json::from_str(
            r#"{"client":{"id":"c1","name":"App","secret":"hush-hush"},"scope":null,"roles":["b","a","b"],
                "state":"Authorized","dateCreated":"soon","resourceOwner":{"id":"o1"}}"#,
        )
        .unwrap();
        assert_eq!(raw.key(), "c1/o1");
        let app = app(raw);
        assert!(!format!("{app:?}").contains("hush-hush"));
        assert_eq!((app.scopes.as_deref(), app.created, app.pending), (None, None, None));
        assert_eq!(app.roles.as_deref().unwrap(), ["a", "b"]);
        assert_eq!(app.can_act(), Some(true));
    }

    #[test]
    fn authorization_without_a_client_is_refused_rather_than_read_in_half() {
        for text in [r#"{"state":"Authorized"}"#, r#"{"client":{"name":"x"}}"#, r#"{"client":null}"#] {
            assert!(serde_json::from_str::<Raw>(text).is_err(), "{text}");
        }
    }
}
