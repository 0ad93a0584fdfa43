//! Tests of the built-in overlay.

use std::collections::BTreeMap;

use super::*;
use crate::{bundled, csv};

const LATE: Date = Date::constant(2026, 11, 30);

fn laid(today: Date) -> (Matrix, Laid) {
    let mut matrix = bundled::matrix().clone();
    let laid = lay(&mut matrix, today);
    (matrix, laid)
}

fn requirement(matrix: &Matrix, call: &str) -> (String, String, Option<Arc<str>>) {
    let (_, operation) = matrix.resolve(&call.parse().unwrap()).unwrap();
    let names: Vec<&str> = operation.requirement.permissions.iter().map(Permission::as_str).collect();
    let said = format!("{} {}", operation.requirement.permissions_match.as_str(), names.join(";"));
    (operation.endpoint.to_string(), said.trim().to_owned(), operation.overridden.clone())
}

#[test]
fn built_in_overlay_is_clean_against_the_built_in_matrix() {
    assert_eq!(lint(bundled::matrix()), []);
    let (_, laid) = laid(LATE);
    assert!(laid.rows.iter().all(|one| one.outcome != RowOutcome::NoOperation), "{:#?}", laid.rows);
    assert_eq!(laid.coming, []);
    let twice = rows().iter().enumerate().filter(|(at, row)| {
        let mut before = rows().iter().take(*at);
        before.any(|other| {
            same_call(&other.endpoint, &row.endpoint) && other.requires.is_some() == row.requires.is_some()
        })
    });
    assert_eq!(twice.count(), 0, "an operation has one row that decides");
    for row in rows() {
        assert!(row.requires.is_some() || row.note.is_some(), "{}", row.endpoint);
        assert!(row.before.is_none() || row.effective.is_some(), "{}", row.endpoint);
        assert!(row.source.url.starts_with("https://"), "{}", row.source.url);
    }
}

#[test]
fn concrete_path_is_an_operation_of_its_own_and_the_template_stays() {
    let (matrix, _) = laid(LATE);
    let (template, user) = (
        "POST /api/v2/authorization/divisions/{divisionId}/objects/{objectType}",
        "POST /api/v2/authorization/divisions/{divisionId}/objects/USER",
    );
    for asked in [
        user,
        "POST /api/v2/authorization/divisions/{id}/objects/user",
        "POST /authorization/divisions/6f1b2a60-0000-4000-8000-000000000001/objects/User",
        "POST https://api.example.com/api/v2/authorization/divisions/x/objects/USER?a=b",
    ] {
        let (endpoint, said, mark) = requirement(&matrix, asked);
        assert_eq!((endpoint.as_str(), said.as_str()), (user, "ANY directory:user:edit"), "{asked}");
        let mark = mark.unwrap();
        assert!(mark.contains("announcement of 2025-12-01") && mark.contains("https://"), "{mark}");
    }
    for asked in [
        template,
        "POST /authorization/divisions/{id}/objects/{type}",
        "POST /authorization/divisions/x/objects/SCRIPT",
    ] {
        assert_eq!(requirement(&matrix, asked), (template.to_owned(), "NONE".to_owned(), None), "{asked}");
    }
    let own = matrix.get(&user.parse().unwrap()).unwrap().1;
    let from = matrix.get(&template.parse().unwrap()).unwrap().1;
    assert_eq!(own.requirement.scopes, from.requirement.scopes);
    assert_eq!(own.requirement.user_context, from.requirement.user_context);
    assert_eq!(matrix.concretes_of(&from.endpoint).count(), 10);
}

#[test]
fn document_that_publishes_a_requirement_wins() {
    let text = "method,path,permissions_match,permissions,scopes,user_context\n\
        POST,/api/v2/authorization/divisions/{divisionId}/objects/{objectType},ANY,authorization:division:edit,,\n\
        POST,/api/v2/groups/{groupId}/members,ALL,directory:group:edit;directory:group:view,,\n\
        PATCH,/api/v2/users/{userId},NONE,,,\n";
    let mut matrix = csv::read("newer", text).unwrap();
    let laid = lay(&mut matrix, LATE);
    let outcomes = |call: &str| laid.rows.iter().find(|one| one.row.endpoint == call.parse().unwrap()).unwrap().outcome;
    assert_eq!(outcomes("POST /api/v2/authorization/divisions/{divisionId}/objects/USER"), RowOutcome::Published);
    assert_eq!(outcomes("POST /api/v2/groups/{groupId}/members"), RowOutcome::Published);
    assert_eq!(outcomes("PATCH /api/v2/users/{userId}"), RowOutcome::Decides);
    assert_eq!(outcomes("DELETE /api/v2/groups/{groupId}/members"), RowOutcome::NoOperation);
    assert_eq!(matrix.operations().len(), 3);
    let user = requirement(&matrix, "POST /authorization/divisions/x/objects/USER");
    assert_eq!(user.1, "ANY authorization:division:edit");
}

#[test]
fn announced_requirement_decides_from_its_day_on() {
    let call = "GET /api/v2/users/{userId}/callforwarding";
    let day = Date::constant(2026, 3, 1);
    let (matrix, before) = laid(day.yesterday().unwrap());
    let (_, said, mark) = requirement(&matrix, call);
    assert_eq!(said, "NONE");
    assert!(mark.unwrap().contains("until 2026-03-01"));
    let coming = before.coming.iter().find(|one| one.endpoint == call.parse().unwrap()).unwrap();
    assert_eq!((coming.effective, coming.before.permissions_match), (day, Match::None));
    assert_eq!(coming.after.permissions[0].as_str(), "conversation:callForwarding:view");
    let mut announced: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &before.coming {
        *announced.entry(&one.cited).or_default() += 1;
    }
    assert_eq!(announced.values().copied().collect::<Vec<_>>(), [7], "one announcement of seven operations is ahead");
    let (matrix, after) = laid(day);
    assert_eq!(requirement(&matrix, call).1, "ANY conversation:callForwarding:view");
    assert!(after.coming.is_empty());
    assert!(requirement(&matrix, call).2.is_none(), "from then on the document's own requirement stands");
}

#[test]
fn document_of_its_own_time_stays_in_force_until_the_day() {
    let text = "method,path,permissions_match,permissions,scopes,user_context\n\
        DELETE,/api/v2/stations/{stationId}/associateduser,ANY,telephony:plugin:all,,\n";
    let mut matrix = csv::read("older", text).unwrap();
    let laid = lay(&mut matrix, Date::constant(2026, 2, 1));
    let call = "DELETE /api/v2/stations/{stationId}/associateduser";
    assert_eq!(requirement(&matrix, call).1, "ANY telephony:plugin:all");
    let coming = laid.coming.iter().find(|one| one.endpoint == call.parse().unwrap()).unwrap();
    assert_eq!(coming.after.permissions[0].as_str(), "telephony:station:disassociate");
}

#[test]
fn laying_twice_is_laying_once() {
    let (once, _) = laid(LATE);
    let mut twice = once.clone();
    lay(&mut twice, LATE);
    assert_eq!(once.operations(), twice.operations());
}
