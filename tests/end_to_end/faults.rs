//! Nights on which something goes wrong: what heals leaves no trace in the report, what does not is *not known*.

use std::collections::BTreeMap;

use crate::program::{Stage, files};

type Cells = BTreeMap<(String, String, String), (String, String)>;

fn cells(stage: &Stage) -> Cells {
    let key =
        |row: &BTreeMap<String, String>| (row["principal_id"].clone(), row["method"].clone(), row["path"].clone());
    stage
        .rows("access.csv")
        .into_iter()
        .map(|row| (key(&row), (row["verdict"].clone(), row["reasons"].clone())))
        .collect()
}

fn dev(faults: &str) -> (Stage, i32, String) {
    let stage = Stage::of(&["dev"], faults);
    let ended = stage.run();
    (stage, ended.code, ended.err)
}

#[test]
fn faults_that_pass_leave_the_same_report() {
    let (calm, code, _) = dev("");
    assert_eq!(code, 1);
    for faults in [
        "users=429x3",
        "roles:page=1=503x2",
        "oauth-clients=truncatex1",
        "groups=dropx2",
        "token:after=9=expire",
        "permissions:page=2=malformedx1",
        "users=grow",
        // Its own entry among the OAuth clients proves its reach just as well.
        "own-grants=403",
    ] {
        let (stage, code, err) = dev(faults);
        assert_eq!(code, 1, "{faults}: {err}");
        let (expected, found) = (files(&calm.path("out/latest")), files(&stage.path("out/latest")));
        for name in ["access.csv", "gaps.csv", "oauth_clients.csv", "roles.csv", "grants.csv"] {
            let path = std::path::Path::new(name);
            assert!(expected[path] == found[path], "{faults}: {name} differs");
        }
    }
}

#[test]
fn what_cannot_be_read_is_not_known_and_never_better_known() {
    let (calm, _, _) = dev("");
    let complete = cells(&calm);
    for faults in [
        "role-grants=403",
        "role-grants:role=Supervisor=403",
        "roles=500",
        "permissions:page=2=500",
        "users=403",
        "users=shift",
        "group-members=403",
        "policies=403",
        "oauth-clients=malformed",
        "divisions=wrong-shape",
        "usage-results=failed",
        "trustees=403",
        "organization=404",
        "settings=403",
    ] {
        let (stage, code, err) = dev(faults);
        assert_eq!(code, 3, "{faults}: {err}");
        let text = stage.json("run.json").to_string();
        assert!(text.contains("not read") || text.contains("nothing") || text.contains("part"), "{faults}: {text}");
        for (key, (verdict, reasons)) in cells(&stage) {
            let Some((was, why)) = complete.get(&key) else { panic!("{faults}: {key:?} came out of nowhere") };
            // A denial that stays certain may lose what only the lost part reported: that nothing here can grant it.
            let reported_less =
                *was == verdict && verdict == "denied" && reasons.split(';').all(|one| why.contains(one));
            assert!(
                (*was == verdict && *why == reasons) || reported_less || reasons.contains("data-incomplete"),
                "{faults}: {key:?} was {was} ({why}) and is {verdict} ({reasons})"
            );
        }
    }
}

#[test]
fn one_org_that_cannot_be_entered_does_not_stop_the_other() {
    let stage = Stage::with_faults("");
    std::fs::write(stage.path("staging.secret"), "wrong").unwrap();
    let ended = stage.run();
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(stage.rows("oauth_clients.csv").iter().all(|row| row["org"] == "dev"));
    let text = stage.json("run.json").to_string();
    assert!(text.contains("staging"), "{text}");
    let summary = std::fs::read_to_string(stage.path("out/latest/summary.md")).unwrap();
    assert!(summary.contains("staging"), "{summary}");
}

#[test]
fn matrix_that_cannot_be_fetched_falls_back_and_says_so() {
    let (stage, code, err) = dev("swagger=500");
    assert_eq!(code, 1, "{err}");
    let text = stage.json("run.json").to_string();
    assert!(text.contains("bundled"), "{text}");
    assert!(stage.rows("endpoints.csv").len() == 3397 + 10, "ten operations are of the built-in overlay");
}
