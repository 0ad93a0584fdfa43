//! Waivers: what they do to the gate, what is said about them, and the command that writes one.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::program::{AS_OF, Ended, Stage, rolecall};

const CONFIGURED: &str = "[waivers]\nfile = \"waivers.toml\"\n";

/// A stage with one org and an empty waiver file.
fn stage() -> Stage {
    let stage = Stage::of(&["dev"], "");
    write(&stage, "");
    stage.configure(CONFIGURED);
    stage
}

fn write(stage: &Stage, waivers: &str) {
    std::fs::write(stage.path("waivers.toml"), waivers).unwrap();
}

fn run_at(stage: &Stage, as_of: &str) -> Ended {
    rolecall(&["run", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out"), "--as-of", as_of])
}

fn entry(what: &str, expires: &str) -> String {
    format!("[[waiver]]\n{what}\nreason = \"</script><b>\"\nowner = \"=ops\"\nexpires = {expires}\n")
}

fn by_check(stage: &Stage) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in stage.rows("findings.csv") {
        found.entry(row["check"].clone()).or_default().push(row);
    }
    found
}

#[test]
fn gate_trips_without_waivers_passes_with_them_and_trips_again_after_their_end() {
    let stage = stage();
    assert_eq!(stage.run().code, 1);
    let grave: Vec<_> = stage
        .rows("findings.csv")
        .into_iter()
        .filter(|row| row["severity"] == "high" || row["severity"] == "critical")
        .collect();
    assert!(grave.len() > 2);
    let before = stage.rows("findings.csv").len();

    let entries: String =
        grave.iter().map(|row| entry(&format!("finding = \"{}\"", row["finding_id"]), "2026-11-20")).collect();
    write(&stage, &entries);
    let ended = stage.run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    let found = by_check(&stage);
    assert_eq!(stage.rows("findings.csv").len(), before + grave.len(), "all are there, and what ends soon is reported");
    for row in grave.iter().map(|row| &row["finding_id"]) {
        let now = stage.rows("findings.csv").into_iter().find(|now| now["finding_id"] == *row).unwrap();
        assert_eq!((now["status"].as_str(), now["waived_until"].as_str()), ("waived", "2026-11-20"));
    }
    assert_eq!(found["waiver.expires-soon"].len(), grave.len());
    let run = stage.json("run.json");
    assert_eq!(run["waivers"]["in_force"], grave.len());
    assert_eq!(run["waivers"]["findings_waived"], grave.len());
    let findings = stage.json("findings.json");
    let waived = findings["findings"].as_array().unwrap().iter().find(|one| one["status"] == "waived").unwrap();
    assert_eq!(waived["waiver"]["owner"], "=ops");
    assert_eq!(waived["waiver"]["until"], "2026-11-20");
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    assert!(page.contains("2026-11-20</td><td>=ops</td><td>&lt;") && !page.contains("</script><b>"));
    let summary = std::fs::read_to_string(stage.path("out/latest/summary.md")).unwrap();
    assert!(summary.contains("&lt;/script&gt;&lt;b&gt;"), "{summary}");

    let ended = run_at(&stage, "2026-11-21T02:00:00Z");
    assert_eq!(ended.code, 1, "{}", ended.err);
    let found = by_check(&stage);
    assert_eq!(found["waiver.expired"].len(), grave.len());
    assert!(found["waiver.expires-soon"].iter().all(|row| row["status"] == "resolved"));
    let open = stage.rows("findings.csv");
    let back = open.iter().find(|row| row["finding_id"] == grave[0]["finding_id"]).unwrap();
    assert_eq!((back["status"].as_str(), back["first_seen"].as_str()), ("persisting", AS_OF));
    assert_eq!(stage.json("run.json")["waivers"]["expired"], grave.len());
}

#[test]
fn waivers_that_match_nothing_or_accept_too_much_are_reported_with_their_line() {
    let stage = stage();
    write(
        &stage,
        &format!(
            "# Ours.\n{}\n{}\n{}",
            entry("finding = \"0000000000000000\"", "2027-03-01"),
            entry("subject = \"*:*\"", "2027-03-01"),
            entry("check = \"gap.*\"\norg = \"dve\"", "2027-03-01")
        ),
    );
    let ended = stage.run();
    assert_eq!(ended.code, 0, "everything is waived, and that is reported: {}", ended.err);
    let found = by_check(&stage);
    let details = |check: &str| found[check].iter().map(|row| row["detail"].clone()).collect::<Vec<_>>().join("\n");
    let unmatched = details("waiver.unmatched");
    assert!(unmatched.contains("waivers.toml:2: ") && unmatched.contains("did you mean `dev`?"), "{unmatched}");
    let wide = details("waiver.too-wide");
    assert!(wide.contains("waivers.toml:8: ") && wide.contains("does not name the checks"), "{wide}");
    assert!(
        found["waiver.too-wide"].iter().all(|row| row["status"] == "new"),
        "a waiver does not waive what is said of it"
    );

    // The gate can be made to see it.
    stage.configure(&format!("{CONFIGURED}[checks]\n\"waiver.too-wide\" = {{ severity = \"high\" }}\n"));
    assert_eq!(stage.run().code, 1);
}

#[test]
fn broken_waiver_file_ends_the_run_before_anything_is_read() {
    let stage = stage();
    write(&stage, "[[waiver]]\nfindnig = \"28d603f90793c43e\"\nreason = \"r\"\nexpires = 2026-12-31\n");
    for command in ["run", "audit"] {
        let (config, out) = (stage.text("rolecall.toml"), stage.text("out"));
        let mut arguments = vec![command, "--config", &config, "--out", &out];
        if command == "audit" {
            arguments.extend(["--snapshot", "none.json.gz"]);
        }
        let ended = rolecall(&arguments);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""));
        for part in ["waivers.toml:2:1", "did you mean `finding`?", "has no `owner`", "does not say what it accepts"] {
            assert!(ended.err.contains(part), "{part}: {}", ended.err);
        }
    }
    assert!(stage.requests().is_empty() && !stage.path("out").exists());
}

#[test]
fn waive_writes_an_entry_that_the_next_run_obeys() {
    let stage = stage();
    write(&stage, "# Reviewed every quarter.\n");
    assert_eq!(stage.run().code, 1);
    let rows = stage.rows("findings.csv");
    let worst = rows.iter().find(|row| row["check"] == "power.dangerous-permission").unwrap();
    let id = worst["finding_id"].as_str();
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let night: Date = AS_OF[..10].parse().unwrap();
    let day = |from: Date, days: i64| from.saturating_add(jiff::Span::new().days(days)).to_string();
    let until = day(today.max(night), 5);
    let config = stage.text("rolecall.toml");
    let waive = |id: &str, until: &str, owner: &str| {
        rolecall(&["waive", id, "--config", &config, "--until", until, "--reason", "moves in May", "--owner", owner])
    };

    // What is refused leaves the file as it is.
    let near = format!("{}{}", &id[..15], if id.ends_with('0') { '1' } else { '0' });
    for (id, until, owner, said) in [
        (near.as_str(), until.as_str(), "ops", format!("did you mean {id}")),
        ("28d6", &until, "ops", "is not the id of a finding".to_owned()),
        (id, &day(today, -1), "ops", "has passed".to_owned()),
        (id, &day(today, 400), "ops", "at most 366 days".to_owned()),
        (id, "soon", "ops", "write a day".to_owned()),
        (id, &until, " ", "`--owner` is empty".to_owned()),
    ] {
        let ended = waive(id, until, owner);
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains(&said), "{said}: {}", ended.err);
    }
    assert_eq!(std::fs::read_to_string(stage.path("waivers.toml")).unwrap(), "# Reviewed every quarter.\n");

    let ended = waive(id, &until, "ops");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let text = std::fs::read_to_string(stage.path("waivers.toml")).unwrap();
    assert_eq!(text, format!("# Reviewed every quarter.\n\n{}", ended.out));
    assert!(ended.out.contains(&format!("[[waiver]]\nfinding = \"{id}\"\n")), "{}", ended.out);
    assert!(ended.out.contains("power.dangerous-permission, dev: "), "{}", ended.out);
    let again = waive(id, &until, "ops");
    assert!(again.code == 2 && again.err.contains("is waived until"), "{}", again.err);

    assert_eq!(stage.run().code, 1, "others are open");
    let rows = stage.rows("findings.csv");
    let waived: Vec<_> = rows.iter().filter(|row| row["status"] == "waived").collect();
    assert_eq!((waived.len(), waived[0]["finding_id"].as_str()), (1, id));

    // What is said of the waiver cannot be waived.
    let about = rows.iter().find(|row| row["check"].starts_with("waiver."));
    if let Some(about) = about {
        let ended = waive(&about["finding_id"], &until, "ops");
        assert!(ended.code == 2 && ended.err.contains("cannot be waived"), "{}", ended.err);
    }
}

#[test]
fn waive_without_findings_at_hand_takes_the_id_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/waivers.toml");
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let (file, out) = (file.to_str().unwrap(), folder.path().to_str().unwrap());
    let id = "28d603f90793c43e";
    let ended =
        rolecall(&["waive", id, "--file", file, "--out", out, "--until", &today, "--reason", "r", "--owner", "o"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("no findings are at hand"), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(file).unwrap(), ended.out);

    let neither = rolecall(&["waive", id, "--until", &today, "--reason", "r", "--owner", "o"]);
    assert_eq!(neither.code, 2, "{}", neither.err);
}
