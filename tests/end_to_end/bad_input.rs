//! Malformed input of every kind: a clear error and the right exit code, never a panic, never a report that looks whole.

use crate::program::{Ended, Stage, rolecall};

fn refused(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, code, "{}{}", ended.out, ended.err);
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    for word in words {
        assert!(ended.err.contains(word), "`{word}` is not in: {}", ended.err);
    }
}

#[test]
fn broken_configurations_name_file_line_key_and_nearest() {
    let stage = Stage::of(&["dev"], "");
    stage.configure("[gate]\nfail_onn = \"high\"\n[report]\nformats = [\"htm\"]\n");
    refused(&stage.run(), 2, &["rolecall.toml", "fail_onn", "fail_on", "htm", "html"]);
    assert!(!stage.path("out").exists());
    std::fs::write(stage.path("rolecall.toml"), "[[org]\nname=").unwrap();
    refused(&stage.run(), 2, &["rolecall.toml:1"]);
    std::fs::write(stage.path("rolecall.toml"), [0xff, 0xfe, 0x00]).unwrap();
    refused(&stage.run(), 2, &["rolecall.toml"]);
    std::fs::remove_file(stage.path("rolecall.toml")).unwrap();
    refused(&stage.run(), 2, &["rolecall.toml"]);
}

#[test]
fn broken_needs_name_file_and_line() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("needs.csv"), "principal,method,path,division,note\nX,FETCH,/api/v2/users,,\nY,GET,,,\n")
        .unwrap();
    refused(&stage.run(), 2, &["needs.csv", "2", "FETCH", "3"]);
}

#[test]
fn missing_credentials_are_named_before_anything_is_sent() {
    let stage = Stage::of(&["dev"], "");
    std::fs::remove_file(stage.path("dev.secret")).unwrap();
    refused(&stage.run(), 2, &["client_secret", "dev"]);
    assert!(stage.requests().is_empty());
}

#[test]
fn broken_snapshots_are_refused() {
    let stage = Stage::of(&["dev"], "");
    let audit = |name: &str| {
        rolecall(&[
            "audit",
            "--config",
            &stage.text("rolecall.toml"),
            "--snapshot",
            &stage.text(name),
            "--out",
            &stage.text("o"),
        ])
    };
    refused(&audit("nowhere.gz"), 2, &["nowhere.gz"]);
    std::fs::write(stage.path("text.gz"), "not gzip").unwrap();
    refused(&audit("text.gz"), 2, &["text.gz"]);
    let collected = rolecall(&["collect", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("s")]);
    let whole = std::fs::read(collected.out.trim()).unwrap();
    std::fs::write(stage.path("cut.gz"), &whole[..whole.len() / 2]).unwrap();
    refused(&audit("cut.gz"), 2, &["cut.gz"]);
    assert!(!stage.path("o").exists());
}

#[test]
fn broken_matrices_are_refused() {
    let stage = Stage::of(&["dev"], "");
    for (name, text) in
        [("a.json", "{\"swagger\": \"2.0\"}"), ("b.csv", "method,path\n"), ("c.json", "{\"openapi\": \"3.0.0\"}")]
    {
        std::fs::write(stage.path(name), text).unwrap();
        refused(&rolecall(&["matrix", "import", &stage.text(name)]), 2, &[name]);
    }
    refused(&rolecall(&["matrix", "import", &stage.text("nowhere.json")]), 2, &["nowhere.json"]);
}

#[test]
fn unknown_orgs_principals_and_endpoints_name_the_nearest() {
    let stage = Stage::of(&["dev"], "");
    let config = stage.text("rolecall.toml");
    refused(
        &rolecall(&["run", "--config", &config, "--org", "devv", "--out", &stage.text("out")]),
        2,
        &["devv", "`dev`"],
    );
    stage.run();
    let explain = |principal: &str, endpoint: &str| {
        rolecall(&["explain", "--config", &config, "--principal", principal, "--endpoint", endpoint])
    };
    refused(&explain("Queue Dashbord", "GET /api/v2/users"), 2, &["Queue Dashboard"]);
    refused(&explain("Queue Dashboard", "users"), 2, &["GET /api/v2"]);
    let ask = |more: &[&str]| {
        let (command, rest) = (more[0], &more[1..]);
        let mut all = vec![command, "--config", &config];
        all.extend(rest);
        rolecall(&all)
    };
    const QUEUES: &str = "GET /api/v2/routing/queues";
    refused(&ask(&["who-can", QUEUES, "--division", "Salse"]), 2, &["Salse", "did you mean `Sales`?"]);
    refused(&ask(&["who-can", QUEUES, "--verdict", "alowed"]), 2, &["alowed", "'allowed'"]);
    refused(&ask(&["who-can", QUEUES, "--kind", "oauth_clients"]), 2, &["oauth_clients", "'oauth_client'"]);
    refused(&ask(&["can", "svc-reportin"]), 2, &["`svc-reporting`"]);
    let fetch = ask(&["explain", "--principal", "svc-reporting", "--endpoint", "GTE /api/v2/users"]);
    refused(&fetch, 2, &["`GTE` is not a method", "did you mean `GET`?"]);
    refused(&ask(&["drift", "dev", "dev", "--ignore", "rolle:Sandbox*"]), 2, &["did you mean `role`?"]);
    refused(&ask(&["can", "svc-reporting", "--method", "FETCH"]), 2, &["FETCH", "PATCH"]);
    let pair = |user: &str| ask(&["explain", "--principal", "Agent Desktop", "--user", user, "--endpoint", QUEUES]);
    refused(&pair("svc-reportin"), 2, &["no user `svc-reportin`", "did you mean `svc-reporting`?"]);
    refused(&pair("Queue Dashboard"), 2, &["that is a client"]);
    refused(
        &ask(&["explain", "--principal", "Queue Dashboard", "--endpoint", QUEUES, "--claimed", ""]),
        2,
        &["--claimed"],
    );
    let stray = ask(&["who-can", "GET /api/v2/routing/queu"]);
    refused(&stray, 1, &["not in the matrix", "nearest real ones", "GET /api/v2/routing/queues"]);
    let snapshot = stage.text("history/dev");
    let file = std::fs::read_dir(&snapshot).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|path| path.to_string_lossy().ends_with(".snapshot.json.gz")).unwrap();
    let other = rolecall(&["can", "svc-reporting", "--snapshot", file.to_str().unwrap(), "--org", "devv"]);
    refused(&other, 2, &["devv", "did you mean `dev`?"]);
    let ended = rolecall(&["matrix", "show", "GET /api/v2/analytics/queues/summary"]);
    assert_ne!(ended.code, 0);
    let text = format!("{}{}", ended.out, ended.err);
    assert!(text.contains("does not exist") || text.contains("no such"), "{text}");
    assert!(text.contains("/api/v2/analytics/queues/observations/query"), "{text}");
}
