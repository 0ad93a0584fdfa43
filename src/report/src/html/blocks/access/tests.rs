//! Do the blocks of the access data point where they say?

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::tables;
use crate::view::Comparison;
use rolecall_base::coverage::Listing;
use rolecall_findings::testing::Night as Planted;

fn planted() -> Planted {
    let mut night = Planted::new();
    night
        .division("d1", "Sales")
        .role("r1", "Queues", &["routing:queue:view", "routing:queue:edit"])
        .role("r2", "Everything", &["*:*:*"])
        .client("c1", "Machine", &[("r1", "d1"), ("r2", "*")])
        .client("c2", "Twin", &[("r2", "*"), ("r1", "d1")])
        .client("c3", "Idle", &[])
        .user("u1", "Person", false, &[("r1", "*")])
        .user("u2", "svc", true, &[("r1", "*")]);
    night
}

fn json_of(columns: &Columns) -> Value {
    serde_json::to_value(columns).unwrap()
}

fn tables_of(evidence: &Evidence<'_>) -> Tables {
    tables::tables(evidence, &[], Comparison::default(), &BTreeMap::new())
}

/// Codes from ages, as the script does it.
fn codes(ages: &Value) -> Vec<usize> {
    let mut next = 0;
    let ages = ages.as_array().unwrap().iter().map(|age| usize::try_from(age.as_u64().unwrap()).unwrap());
    ages.map(|age| {
        next += usize::from(age == 0);
        next - usize::from(age == 0) - age
    })
    .collect()
}

/// The lists of a column of numbers, row by row.
fn lists(block: &Value, column: &str) -> Vec<Vec<i64>> {
    let column = &block["columns"][column];
    let numbers = |of: &Value| of.as_array().unwrap().iter().map(|one| one.as_i64().unwrap()).collect::<Vec<i64>>();
    let items = numbers(&column["items"]);
    let mut from = 0;
    let distinct: Vec<Vec<i64>> = numbers(&column["lengths"])
        .into_iter()
        .map(|length| {
            from += usize::try_from(length).unwrap();
            items[from - usize::try_from(length).unwrap()..from].to_vec()
        })
        .collect();
    codes(&column["ages"]).into_iter().map(|code| distinct[code].clone()).collect()
}

fn numbers(block: &Value, column: &str) -> Vec<i64> {
    block["columns"][column]["values"].as_array().unwrap().iter().map(|one| one.as_i64().unwrap()).collect()
}

#[test]
fn principals_stand_in_the_order_of_their_tables_and_share_holdings() {
    let night = planted();
    let evidence = night.evidence();
    let tables = tables_of(&evidence);
    let block = json_of(&principals(&evidence, &tables));
    assert_eq!(block["rows"], json!(tables.oauth_clients.len() + tables.service_users.len() + 1));
    let names: Vec<&str> = tables.oauth_clients.iter().map(|one| one.name.as_str()).collect();
    let at = |name: &str| names.iter().position(|one| *one == name).unwrap();
    let held = numbers(&block, "holdings");
    assert_eq!(held[at("Machine")], held[at("Twin")], "the same grants in another order are the same holdings");
    assert_ne!(held[at("Machine")], held[at("Idle")]);
    let service = tables.oauth_clients.len();
    assert_eq!(held[service], held[service + 1], "service user and user hold the same");
}

#[test]
fn holdings_name_rows_of_roles_and_divisions() {
    let night = planted();
    let evidence = night.evidence();
    let tables = tables_of(&evidence);
    let held = numbers(&json_of(&principals(&evidence, &tables)), "holdings");
    let block = json_of(&holdings(&evidence, &tables));
    let (roles, reaches) = (lists(&block, "roles"), lists(&block, "reaches"));
    let machine = tables.oauth_clients.iter().position(|one| one.name == "Machine").unwrap();
    let key = usize::try_from(held[machine]).unwrap();
    let named: Vec<&str> =
        roles[key].iter().map(|row| tables.roles[usize::try_from(*row - 1).unwrap()].name.as_str()).collect();
    assert_eq!(named, ["Queues", "Everything"]);
    let places = json_of(&divisions(&evidence, &tables));
    let reach = usize::try_from(reaches[key][0]).unwrap();
    let code = codes(&places["columns"]["id"]["ages"])[reach - 1];
    assert_eq!(places["columns"]["id"]["values"][code], "d1");
    assert_eq!(reaches[key][1], 0, "all divisions");
}

#[test]
fn unread_role_grants_leave_anything_possible_and_are_said() {
    let mut night = planted();
    night.unread(Listing::RoleGrants);
    let evidence = night.evidence();
    let tables = tables_of(&evidence);
    let held = numbers(&json_of(&principals(&evidence, &tables)), "holdings");
    let anything = numbers(&json_of(&holdings(&evidence, &tables)), "anything");
    let user = usize::try_from(*held.last().unwrap()).unwrap();
    assert_eq!(anything[user], 1);
    let said = json_of(&orgs(&evidence, &tables))["columns"]["not_read"]["values"].to_string();
    assert!(said.contains("role grants"), "{said}");
}

#[test]
fn wildcards_are_reported_as_written_and_rows_of_roles_stay_beside_them() {
    let night = planted();
    let evidence = night.evidence();
    let tables = tables_of(&evidence);
    let block = json_of(&roles(&evidence, &tables));
    assert_eq!(block["rows"], json!(tables.roles.len()));
    assert_eq!(block["columns"]["wildcards"]["values"], json!(["*:*:*"]));
    assert!(numbers(&block, "open").iter().all(|open| *open == 0));
}
