//! What Terraform's own words inside a block do to what is read, and how states of older versions are read.

use serde_json::{Map, Value, json};

use super::*;

const READER: &str = "Queue Dashboard Reader";

fn declared(value: &Value) -> Source {
    written(&value.to_string()).unwrap()
}

fn reader(body: Value) -> Source {
    let mut role = json!({ "name": READER });
    role.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    declared(&json!({ "resource": { "genesyscloud_auth_role": { "reader": role } } }))
}

fn policies(of: &Role) -> Vec<Value> {
    let policy = |one: &rolecall_base::role::PermissionPolicy| json!({ "domain": one.domain, "entity_name": one.entity, "action_set": one.actions });
    of.policies.iter().map(policy).collect()
}

fn named(applied: &Applied) -> Vec<(&str, &str)> {
    applied.not_known.iter().map(|open| (open.address.as_str(), open.what.as_str())).collect()
}

#[test]
fn list_that_a_dynamic_block_builds_is_not_known_and_named() {
    for body in [
        json!({ "dynamic": { "permission_policies": { "for_each": "${var.x}", "content": {} } } }),
        json!({ "dynamic": { "permission_policies": [{ "for_each": "${var.x}", "content": {} }] } }),
        json!({ "dynamic": [{ "permission_policies": { "for_each": "${var.x}", "labels": ["a"], "content": {} } }] }),
        json!({ "dynamic": [{ "permission_policies": [{}, {}] }, { "permission_policies": {} }] }),
        json!({ "permission_policies": policies(role(staging(), READER)), "dynamic": { "permission_policies": {} } }),
        json!({ "permission_policies": policies(role(staging(), READER))[0], "dynamic": { "permission_policies": {} } }),
    ] {
        let applied = after_apply(&reader(body.clone()), staging());
        assert_eq!(named(&applied), [("genesyscloud_auth_role.reader", "permission_policies")], "{body}");
        let id = role(staging(), READER).id.to_string();
        assert_eq!(applied.snapshot.coverage.unread_keys(Listing::Roles), Some(vec![id.as_str()]), "{body}");
    }
}

#[test]
fn dynamic_block_of_something_that_is_not_read_costs_nothing() {
    let body = json!({ "permission_policies": policies(role(staging(), READER)), "dynamic": { "timeouts": {} } });
    let applied = after_apply(&reader(body), staging());
    assert_eq!(named(&applied), []);
    assert_eq!(role(&applied.snapshot, READER).policies, role(staging(), READER).policies);
}

#[test]
fn open_terms_leave_it_open_whether_there_is_a_condition() {
    for conditions in [
        json!({ "dynamic": { "conditions": { "for_each": "${var.x}" } } }),
        json!({ "conditions": [{ "conjunction": "AND", "dynamic": { "terms": { "for_each": "${var.x}" } } }] }),
    ] {
        let mut written = policies(role(staging(), READER));
        written[0].as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
        let applied = after_apply(&reader(json!({ "permission_policies": written })), staging());
        assert!(!applied.not_known.is_empty());
        assert_eq!(applied.snapshot.coverage.seen(Listing::Roles), Seen::Part, "{conditions}");
        let after = role(&applied.snapshot, READER);
        assert!(after.policies.iter().all(|policy| !policy.is_conditional()), "{conditions}");
    }
}

#[test]
fn roles_that_a_dynamic_block_grants_are_that_subjects_alone() {
    let client = json!({ "resource": { "genesyscloud_oauth_client": { "board": { "name": "Queue Dashboard",
        "authorized_grant_type": "CLIENT-CREDENTIALS", "dynamic": [{ "roles": { "for_each": "${var.x}" } }] } } } });
    let applied = after_apply(&declared(&client), staging());
    assert_eq!(named(&applied), [("genesyscloud_oauth_client.board", "roles")]);
    let id = super::client(staging(), "Queue Dashboard").id.to_string();
    assert_eq!(applied.snapshot.coverage.unread_keys(Listing::OauthClients), Some(vec![id.as_str()]));
    let user = user_id(staging(), "svc-release");
    let list =
        json!({ "resource": { "genesyscloud_user_roles": { "u": { "user_id": user, "dynamic": { "roles": {} } } } } });
    let applied = after_apply(&declared(&list), staging());
    assert_eq!(named(&applied), [("genesyscloud_user_roles.u", "roles")]);
    assert_eq!(applied.snapshot.coverage.unread_keys(Listing::RoleGrants), Some(vec![user.as_str()]));
}

#[test]
fn what_is_ignored_keeps_the_value_of_the_snapshot() {
    for ignored in [
        json!(["permission_policies"]),
        json!(["${permission_policies}"]),
        json!(["permission_policies[0]"]),
        json!(["permission_policies[0].action_set"]),
        json!(["description", "permission_policies"]),
        json!("all"),
        json!(["all"]),
        json!(["*"]),
        json!("${all}"),
    ] {
        for lifecycle in [json!({ "ignore_changes": ignored }), json!([{ "ignore_changes": ignored }])] {
            let body = json!({ "permission_policies": [], "lifecycle": lifecycle });
            let applied = after_apply(&reader(body), staging());
            assert_eq!(named(&applied), [], "{lifecycle}");
            assert_eq!(role(&applied.snapshot, READER).policies, role(staging(), READER).policies, "{lifecycle}");
        }
    }
}

#[test]
fn what_is_not_ignored_is_applied() {
    let body = json!({ "permission_policies": [], "lifecycle": { "ignore_changes": ["description"], "prevent_destroy": true } });
    let applied = after_apply(&reader(body), staging());
    assert_eq!(role(&applied.snapshot, READER).policies, []);
}

#[test]
fn ignored_part_of_several_blocks_is_left_and_named() {
    let body = json!({ "permission_policies": [
        { "domain": "a", "entity_name": "b", "action_set": ["c"] }, { "domain": "d", "entity_name": "e", "action_set": ["f"] },
    ], "lifecycle": { "ignore_changes": ["permission_policies[1].action_set"] } });
    let applied = after_apply(&reader(body), staging());
    assert_eq!(named(&applied), [("genesyscloud_auth_role.reader", "permission_policies")]);
    assert_eq!(role(&applied.snapshot, READER).policies, role(staging(), READER).policies);
}

#[test]
fn open_value_of_an_ignored_attribute_costs_nothing() {
    let body =
        json!({ "permission_policies": "${var.nowhere}", "lifecycle": { "ignore_changes": ["permission_policies"] } });
    let applied = after_apply(&reader(body), staging());
    assert_eq!(named(&applied), []);
    assert!(applied.snapshot.coverage.is_whole(Listing::Roles));
}

#[test]
fn ignored_roles_and_members_keep_who_has_what() {
    let user = user_id(staging(), "svc-release");
    let group = &staging().groups[0];
    let ignore = |name: &str| json!({ "ignore_changes": [name] });
    let text = json!({ "resource": {
        "genesyscloud_oauth_client": { "board": { "name": "Queue Dashboard", "authorized_grant_type": "CLIENT-CREDENTIALS",
            "roles": [], "lifecycle": ignore("roles"), "provisioner": [{ "local-exec": { "command": "x" } }],
            "depends_on": ["genesyscloud_auth_role.x"], "provider": "genesyscloud.other" } },
        "genesyscloud_user_roles": { "u": { "user_id": user, "roles": [], "lifecycle": ignore("roles") } },
        "genesyscloud_group": { "g": { "name": group.name, "member_ids": [], "lifecycle": ignore("member_ids") } },
    } });
    let applied = after_apply(&declared(&text), staging());
    let (before, after) = (staging(), &applied.snapshot);
    assert_eq!(named(&applied), []);
    assert_eq!(granted(after, &user), granted(before, &user));
    assert_eq!(after.group_members, before.group_members);
    let (old, new) = (super::client(before, "Queue Dashboard"), super::client(after, "Queue Dashboard"));
    assert_eq!(new.role_divisions, old.role_divisions);
    assert_eq!(granted(after, new.id.as_str()), granted(before, old.id.as_str()));
}

#[test]
fn new_object_takes_what_is_declared_although_changes_of_it_are_ignored() {
    let text = json!({ "resource": { "genesyscloud_auth_role": { "x": { "name": "Made Here",
        "permission_policies": [{ "domain": "a", "entity_name": "b", "action_set": ["c"] }],
        "lifecycle": { "ignore_changes": "all" } } } } });
    let applied = after_apply(&declared(&text), staging());
    assert_eq!(role(&applied.snapshot, "Made Here").policies.len(), 1);
}

#[test]
fn ignored_attribute_of_a_source_by_itself_is_not_known() {
    let body = json!({ "permission_policies": [], "lifecycle": { "ignore_changes": ["permission_policies"] } });
    let alone = snapshot(&reader(body), "alone", as_of());
    let unread = &alone.coverage.listings[&Listing::Roles].unread;
    assert_eq!(unread.len(), 1);
    assert!(unread[0].why.starts_with("genesyscloud_auth_role.reader, permission_policies:"), "{unread:?}");
}

#[test]
fn count_and_for_each_stand_for_none_one_or_an_unknown_number() {
    for (body, roles, open) in [
        (json!({ "count": 0 }), 0, 0),
        (json!({ "count": "${var.none}" }), 0, 0),
        (json!({ "for_each": {} }), 0, 0),
        (json!({ "for_each": [] }), 0, 0),
        (json!({ "count": 1 }), 1, 0),
        (json!({ "count": 2 }), 0, 1),
        (json!({ "count": "${length(var.x)}" }), 0, 1),
        (json!({ "for_each": "${toset([])}" }), 0, 1),
        (json!({ "for_each": { "a": 1 } }), 0, 1),
    ] {
        let mut role = json!({ "name": "Made Here" });
        role.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let text = json!({ "variable": { "none": { "default": 0 } }, "resource": { "genesyscloud_auth_role": { "x": role } } });
        let source = declared(&text);
        assert_eq!((source.objects.len(), source.not_known.len()), (roles, open), "{body}");
    }
}

#[test]
fn reference_to_the_only_one_of_a_count_is_followed() {
    let text = json!({ "resource": {
        "genesyscloud_auth_role": { "r": { "name": "Made Here", "count": 1 } },
        "genesyscloud_oauth_client": { "c": { "name": "Fresh", "authorized_grant_type": "CLIENT-CREDENTIALS",
            "roles": [{ "role_id": "${genesyscloud_auth_role.r[0].id}", "division_id": "*" }] } },
    } });
    let alone = snapshot(&declared(&text), "x", as_of());
    let id = super::client(&alone, "Fresh").id.to_string();
    assert_eq!(granted(&alone, &id), texts(&["Made Here in *"]));
}

#[test]
fn blocks_about_the_state_do_not_confuse_what_is_declared() {
    let id = role(staging(), READER).id.to_string();
    let body = json!({ "name": "Renamed", "permission_policies": policies(role(staging(), READER)) });
    let text = json!({
        "resource": { "genesyscloud_auth_role": { "reader": body } },
        "moved": [{ "from": "genesyscloud_auth_role.old", "to": "genesyscloud_auth_role.reader" }],
        "import": { "to": "${genesyscloud_auth_role.reader}", "id": id },
        "removed": [{ "from": "genesyscloud_auth_role.gone", "lifecycle": { "destroy": false } }],
    });
    let applied = after_apply(&declared(&text), staging());
    assert_eq!(named(&applied), []);
    assert_eq!(role(&applied.snapshot, "Renamed").id.to_string(), id);
    let text = json!({
        "resource": { "genesyscloud_auth_role": { "reader": { "name": "Made Here" } } },
        "removed": { "from": "genesyscloud_oauth_client.gone" },
    });
    let applied = after_apply(&declared(&text), staging());
    assert_eq!(named(&applied), [("genesyscloud_oauth_client.gone", "object")]);
    assert_eq!(applied.snapshot.oauth_clients.len(), staging().oauth_clients.len());
}

/// Attributes as a flat map, with hashes for the places in sets.
fn flat(path: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Null => {}
        Value::Array(items) => {
            into.insert(format!("{path}.#"), json!(items.len().to_string()));
            for (at, item) in items.iter().enumerate() {
                flat(&format!("{path}.{}", (at + 1) * 2_654_435_761 % 4_294_967_291), item, into);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flat(&below, item, into);
            }
        }
        Value::String(text) => drop(into.insert(path.to_owned(), json!(text))),
        Value::Bool(_) | Value::Number(_) => drop(into.insert(path.to_owned(), json!(value.to_string()))),
    }
}

fn flattened(attributes: &Value) -> Value {
    let mut into = Map::new();
    flat("", attributes, &mut into);
    Value::Object(into)
}

fn state() -> Value {
    serde_json::from_str(&fs::read_to_string(fixture("terraform.tfstate")).unwrap()).unwrap()
}

#[test]
fn lifted_state_with_flat_attributes_says_the_same_as_the_ordinary_form() {
    let mut lifted = state();
    for instance in
        lifted["resources"].as_array_mut().unwrap().iter_mut().flat_map(|one| one["instances"].as_array_mut().unwrap())
    {
        let attributes = instance["attributes"].take();
        instance["attributes_flat"] = flattened(&attributes);
    }
    let (plain, lifted) = (read("terraform.tfstate"), declared(&lifted));
    let alone = |source: &Source| content(snapshot(source, "x", as_of()));
    assert_eq!(alone(&plain), alone(&lifted));
    assert_eq!(content(after_apply(&plain, staging()).snapshot), content(after_apply(&lifted, staging()).snapshot));
}

#[test]
fn state_of_version_3_says_the_same_as_the_lifted_one() {
    let mut modules: std::collections::BTreeMap<Vec<String>, Map<String, Value>> = std::collections::BTreeMap::new();
    for resource in state()["resources"].as_array().unwrap() {
        let module = resource["module"].as_str().unwrap_or_default();
        let path: Vec<String> = std::iter::once("root")
            .chain(module.split('.').filter(|part| !part.is_empty() && *part != "module"))
            .map(str::to_owned)
            .collect();
        let data = if resource["mode"] == "data" { "data." } else { "" };
        let kind = resource["type"].as_str().unwrap();
        for instance in resource["instances"].as_array().unwrap() {
            let index = match &instance["index_key"] {
                Value::Number(index) => format!(".{index}"),
                // Version 3 knows no `for_each`.
                Value::String(_) => continue,
                _ => String::new(),
            };
            let key = format!("{data}{kind}.{}{index}", resource["name"].as_str().unwrap());
            let attributes = flattened(&instance["attributes"]);
            let primary = json!({ "id": instance["attributes"]["id"], "attributes": attributes, "meta": { "schema_version": 0 } });
            let entry = json!({ "type": kind, "depends_on": [], "primary": primary, "deposed": [], "provider": "provider.genesyscloud" });
            modules.entry(path.clone()).or_default().insert(key, entry);
        }
    }
    let modules: Vec<Value> =
        modules.into_iter().map(|(path, resources)| json!({ "path": path, "resources": resources })).collect();
    let old = declared(&json!({ "version": 3, "serial": 1, "lineage": "x", "modules": modules }));
    let plain = read("terraform.tfstate");
    let addresses = |source: &Source| source.objects.iter().map(|one| one.address.clone()).collect::<BTreeSet<_>>();
    let expected: BTreeSet<String> = addresses(&plain).into_iter().filter(|address| !address.contains("[\"")).collect();
    assert_eq!(addresses(&old), expected);
    for object in &old.objects {
        let same = plain.objects.iter().find(|one| one.address == object.address).unwrap();
        assert_eq!((object.name(), &object.id, object.action), (same.name(), &same.id, same.action));
    }
}

#[test]
fn object_of_a_state_without_attributes_is_not_known() {
    for text in [
        r#"{"version":4,"serial":1,"resources":[{"mode":"managed","type":"genesyscloud_auth_role","name":"x","instances":[{"attributes":null}]}]}"#,
        r#"{"version":3,"serial":1,"modules":[{"path":["root"],"resources":{"genesyscloud_auth_role.x":{"type":"genesyscloud_auth_role","primary":{"id":"1","attributes":null}}}}]}"#,
    ] {
        let source = written(text).unwrap();
        let open: Vec<_> = source.not_known.iter().map(|open| (open.address.as_str(), open.what.as_str())).collect();
        assert_eq!(open, [("genesyscloud_auth_role.x", "object")]);
        assert!(source.objects.is_empty());
    }
}
