//! Third-party apps and lists of allowed addresses, from the org to the report.

use std::path::{Path, PathBuf};

use rolecall_simulate::OrgSource;
use serde_json::{Value, json};

use crate::program::{Ended, Stage, rolecall};

fn titles(stage: &Stage, check: &str) -> Vec<String> {
    let rows = stage.rows("findings.csv");
    let mut titles: Vec<String> =
        rows.iter().filter(|row| row["check"] == check).map(|row| row["title"].clone()).collect();
    titles.sort();
    titles
}

/// The embedded org `dev` in a folder of its own, with these lists of allowed addresses by client name.
fn dev_with_addresses(folder: &Path, lists: &[(&str, Value)]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/orgs/dev");
    let target = folder.join("dev");
    std::fs::create_dir(&target).unwrap();
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, target.join(path.file_name().unwrap())).unwrap();
    }
    let read = |name: &str| -> Value { serde_json::from_slice(&std::fs::read(target.join(name)).unwrap()).unwrap() };
    let (mut simulator, clients) = (read("simulator.json"), read("clients.json"));
    let id = |name: &str| {
        let client = clients.as_array().unwrap().iter().find(|client| client["name"] == name).unwrap();
        client["id"].as_str().unwrap().to_owned()
    };
    simulator["addressField"] = json!("ip_allow_list");
    simulator["addressLists"] = lists.iter().map(|(name, list)| (id(name), list.clone())).collect();
    std::fs::write(target.join("simulator.json"), simulator.to_string()).unwrap();
    target
}

fn stage_with_addresses(lists: &[(&str, Value)]) -> (Stage, Ended) {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::serving(vec![OrgSource::Folder(dev_with_addresses(folder.path(), lists))], "");
    let ended = stage.run();
    (stage, ended)
}

#[test]
fn apps_of_the_demo_orgs_are_listed_crossed_and_checked() {
    let stage = Stage::with_faults("");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    let ended = stage.run();
    assert_eq!(ended.code, 1, "{}", ended.err);
    let rows = stage.rows("authorizations.csv");
    let of = |org: &str, name: &str| rows.iter().find(|row| row["org"] == org && row["name"] == name).unwrap();
    assert_eq!(of("dev", "Example Console")["kind"], "built-in");
    assert_eq!(of("dev", "Supervisor Desktop")["kind"], "own");
    assert_eq!(of("dev", "Example Survey App")["can_act"], "no");
    let vault = of("staging", "Example Recording Vault");
    assert_eq!((vault["kind"].as_str(), vault["state"].as_str()), ("third-party", "Revoked"));
    assert!(vault["requests_observed"].parse::<u64>().unwrap() > 0 && !vault["last_used"].is_empty());

    let crossed = stage.rows("user_clients.csv");
    let kind = |name: &str| crossed.iter().find(|row| row["client_name"] == name).map(|row| row["client_kind"].clone());
    assert_eq!(kind("Example Voice App").as_deref(), Some("third-party"));
    assert_eq!((kind("Example Survey App"), kind("Supervisor Desktop").as_deref()), (None, Some("own")));

    assert!(titles(&stage, "app.third-party-power").iter().any(|title| title.contains("Example Provisioning App")));
    assert_eq!(
        titles(&stage, "app.unused"),
        ["dev", "staging"].map(|org| format!("third-party app `Example Old Dialler` is authorized and unused ({org})"))
    );
    assert_eq!(
        titles(&stage, "app.state-contradiction"),
        ["third-party app `Example Recording Vault` is revoked, and its calls succeed (staging)"]
    );
    assert!(titles(&stage, "app.scopes-beyond-use").iter().any(|title| title.contains("Example Voice App")));
    assert_eq!(titles(&stage, "app.one-org-only").len(), 2);
    assert_eq!(titles(&stage, "client.no-address-list"), Vec::<String>::new(), "no client has the field");
    let run = stage.json("run.json");
    assert_eq!(run["orgs"][0]["counts"]["authorizations"], 8);
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    assert!(page.contains("Third-party and built-in apps (15)") && !page.contains("<b>Third-party apps</b> of"));
}

#[test]
fn apps_that_are_not_asked_for_leave_their_findings_open_and_one_line_in_the_report() {
    let stage = Stage::of(&["dev"], "");
    stage.run();
    assert!(!titles(&stage, "app.unused").is_empty());
    let config = std::fs::read_to_string(stage.path("rolecall.toml")).unwrap();
    std::fs::write(stage.path("rolecall.toml"), config.replace("third_party_apps = true\n", "")).unwrap();
    let ended = stage.run_as_of("2026-11-20T03:00:00Z");
    assert_eq!(ended.code, 1, "what is not asked for is not missing: {}", ended.err);
    assert!(stage.rows("authorizations.csv").is_empty());
    assert!(!stage.requests().iter().rev().take(20).any(|request| request.uri.contains("oauth/authorizations")));
    let statuses: Vec<String> = stage
        .rows("findings.csv")
        .iter()
        .filter(|row| row["check"].starts_with("app."))
        .map(|row| row["status"].clone())
        .collect();
    assert!(!statuses.is_empty() && statuses.iter().all(|status| status == "incomparable"), "{statuses:?}");
    assert!(!titles(&stage, "hygiene.auditor-excess").is_empty(), "its permission is excess then");
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    assert!(page.contains("<b>Third-party apps</b> of dev were not asked for"));
    assert!(stage.json("run.json")["orgs"][0]["counts"]["authorizations"].is_null());
}

#[test]
fn refused_list_of_apps_is_not_known_and_exits_with_3() {
    let stage = Stage::of(&["dev"], "oauth-authorizations=403");
    let ended = stage.run();
    assert_eq!(ended.code, 3, "{}", ended.err);
    let reported = titles(&stage, "data.not-known");
    assert_eq!(reported, ["the list of third-party apps of dev was not read"]);
    let doctor = rolecall(&["doctor", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out")]);
    assert!(
        doctor.out.contains("oauth:client:authorize in all divisions (third-party apps); it can also approve apps")
    );
}

#[test]
fn lists_of_addresses_are_shown_and_clients_without_one_are_reported() {
    let lists = [
        ("Queue Dashboard", json!(["203.0.113.0/24"])),
        ("Billing Exporter", json!([{ "cidr": "0.0.0.0/0" }])),
        ("Queue Validator", json!([])),
    ];
    let (stage, ended) = stage_with_addresses(&lists);
    assert_eq!(ended.code, 1, "{}", ended.err);
    let rows = stage.rows("oauth_clients.csv");
    let of = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap()["allowed_addresses"].clone();
    assert_eq!((of("Queue Dashboard"), of("Queue Validator")), ("203.0.113.0/24".to_owned(), String::new()));
    let reported = titles(&stage, "client.no-address-list");
    assert!(!reported.iter().any(|title| title.contains("`Queue Dashboard`")), "{reported:?}");
    assert!(reported.contains(
        &"OAuth client `Billing Exporter` has a list of allowed addresses that is no limit (dev)".to_owned()
    ));
    assert!(reported.contains(&"OAuth client `Queue Validator` has no list of allowed addresses (dev)".to_owned()));
    assert!(!reported.iter().any(|title| title.contains("`Agent Desktop`")), "it acts for users");
}

#[test]
fn list_of_addresses_that_is_not_understood_is_not_known_and_exits_with_3() {
    let (stage, ended) = stage_with_addresses(&[("Queue Dashboard", json!({ "zone": "office" }))]);
    assert_eq!(ended.code, 3, "{}", ended.err);
    let rows = stage.rows("oauth_clients.csv");
    let dashboard = rows.iter().find(|row| row["name"] == "Queue Dashboard").unwrap();
    assert_eq!(dashboard["allowed_addresses"], "not known");
    assert!(!titles(&stage, "client.no-address-list").iter().any(|title| title.contains("`Queue Dashboard`")));
    assert_eq!(titles(&stage, "data.not-known"), ["the list of allowed addresses of dev was read only in part"]);
}
