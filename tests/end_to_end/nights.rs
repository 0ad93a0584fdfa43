//! Whole nights: what a complete one leaves, and that an audit of its snapshots leaves the same.

use std::io::Read as _;

use crate::program::{AS_OF, Stage, files, rolecall};

const FILES: [&str; 14] = [
    "access.csv",
    "drift.csv",
    "endpoints.csv",
    "excess.csv",
    "findings.csv",
    "findings.json",
    "gaps.csv",
    "grants.csv",
    "oauth_clients.csv",
    "permissions.csv",
    "report.html",
    "roles.csv",
    "run.json",
    "service_users.csv",
];

#[test]
fn complete_night_writes_every_file_and_exits_by_the_gate() {
    let stage = Stage::with_faults("");
    let ended = stage.run();
    assert_eq!(ended.code, 1, "findings at the gate: {}", ended.err);
    for file in FILES.iter().chain(&["summary.md"]) {
        assert!(stage.path("out/latest").join(file).is_file(), "{file} is missing");
    }
    assert!(ended.out.contains("2026-11-20T02-00-00Z"), "{}", ended.out);
    let run = stage.json("run.json");
    assert!(run.to_string().contains("bundled") || run.to_string().contains("127.0.0.1"), "{run}");
    assert!(stage.rows("access.csv").len() > 200_000);
}

#[test]
fn gate_that_nothing_reaches_exits_fine() {
    let stage = Stage::of(&["dev"], "");
    stage.configure(
        "[needs]\n"
            .replace("[needs]\n", "[gate]\nfail_on = \"critical\"\n[checks]\n\"power.dangerous-permission\" = false\n")
            .as_str(),
    );
    let ended = stage.run();
    let critical = stage.rows("findings.csv").iter().filter(|row| row["severity"] == "critical").count();
    assert_eq!(ended.code, i32::from(critical > 0), "{}", ended.err);
}

#[test]
fn audit_of_the_snapshots_gives_the_same_bytes_as_the_run() {
    let stage = Stage::with_faults("");
    assert_eq!(stage.run().code, 1);
    let snapshots: Vec<String> = ["dev", "staging"]
        .iter()
        .map(|org| stage.text(&format!("history/{org}/2026-11-20T02-00-00Z.snapshot.json.gz")))
        .collect();
    let ended = rolecall(&[
        "audit",
        "--config",
        &stage.text("rolecall.toml"),
        "--snapshot",
        &snapshots[1],
        "--snapshot",
        &snapshots[0],
        "--out",
        &stage.text("again"),
    ]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    let (first, second) = (files(&stage.path("out/latest")), files(&stage.path("again/latest")));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{} differs", name.display());
    }
}

#[test]
fn collected_snapshot_audits_like_the_run_and_is_private() {
    let stage = Stage::of(&["dev"], "");
    let ended = rolecall(&[
        "collect",
        "--config",
        &stage.text("rolecall.toml"),
        "--out",
        &stage.text("snapshots"),
        "--as-of",
        AS_OF,
    ]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let path = ended.out.trim().to_owned();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let audit =
        rolecall(&["audit", "--config", &stage.text("rolecall.toml"), "--snapshot", &path, "--out", &stage.text("a")]);
    assert_eq!(audit.code, stage.run().code);
    let (mut one, mut other) = (files(&stage.path("a/latest")), files(&stage.path("out/latest")));
    // How long the collection took and how many calls were repeated is the snapshot's own.
    for files in [&mut one, &mut other] {
        files.remove(std::path::Path::new("run.json"));
        files.remove(std::path::Path::new("report.html"));
        files.remove(std::path::Path::new("summary.md"));
    }
    assert!(one == other);
}

#[test]
fn nothing_that_could_change_an_org_is_ever_sent() {
    let stage = Stage::with_faults("");
    stage.run();
    let requests = stage.requests();
    assert!(requests.len() > 50);
    assert!(requests.iter().all(|request| !request.mutates()), "{requests:?}");
    let tokens = requests.iter().filter(|request| request.uri.starts_with("/oauth/token")).count();
    assert_eq!(tokens, 2, "one token an org and run");
}

#[test]
fn no_secret_reaches_any_file_or_message() {
    let stage = Stage::with_faults("");
    let ended = stage.run();
    let secrets = stage.secrets();
    for secret in &secrets {
        assert!(!ended.out.contains(secret) && !ended.err.contains(secret));
    }
    let mut all = files(&stage.path("out"));
    for (path, bytes) in files(&stage.path("history")) {
        let mut text = Vec::new();
        if path.extension().is_some_and(|ending| ending == "gz") {
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        } else {
            text = bytes;
        }
        all.insert(path, text);
    }
    for (path, bytes) in all {
        let text = String::from_utf8_lossy(&bytes);
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a secret is in {}", path.display());
        }
        assert!(!text.contains("\"secret\""), "{}", path.display());
    }
}

#[test]
fn doctor_finds_the_demo_auditor_fit() {
    let stage = Stage::with_faults("");
    let ended = rolecall(&["doctor", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out")]);
    assert!(ended.out.contains("holds nothing that it does not need"), "{}{}", ended.out, ended.err);
    assert!(!ended.out.contains("wrong "), "{}", ended.out);
}

#[test]
fn doctor_names_a_wrong_secret_without_showing_it() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("dev.secret"), "not-the-secret").unwrap();
    let ended = rolecall(&["doctor", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out")]);
    assert_eq!(ended.code, 3, "{}", ended.out);
    assert!(ended.out.contains("secret is wrong"), "{}", ended.out);
    assert!(!ended.out.contains("not-the-secret") && !ended.err.contains("not-the-secret"));
}

#[test]
fn committed_sample_is_what_the_demo_writes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let ended = rolecall(&["demo", "--quiet", "--as-of", AS_OF, "--out", out]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    // The page names the port that was free, the tables do not.
    let files = [
        "action-plan.csv",
        "drift.csv",
        "findings.csv",
        "gaps.csv",
        "junit.xml",
        "oauth_clients.csv",
        "service_users.csv",
    ];
    for file in files {
        let (kept, made) = (
            std::fs::read(sample.join(file)).unwrap(),
            std::fs::read(folder.path().join("latest").join(file)).unwrap(),
        );
        assert!(kept == made, "{file} differs: write it again with `tests/golden`");
    }
}
