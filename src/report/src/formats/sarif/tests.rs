//! What a night looks like to a code-scanning page.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::assemble::assemble;
use crate::settings::{AccessRows, ReportSettings};
use rolecall_base::coverage::Listing;
use rolecall_findings::evidence::Evidence;
use rolecall_findings::judge::judge;
use rolecall_findings::testing::Night;
use rolecall_findings::waivers::Standing;

fn night() -> Night {
    let mut night = Night::new();
    night.division("d1", "Home").role("r1", "Reporting", &["routing:queue:view"]);
    night.client("c1", "../[x](http://y)", &[("r1", "d1")]).client("c2", "Robot", &[]);
    for name in ["../[x](http://y)", "Robot", "Nobody"] {
        night.need(name, "PUT /api/v2/routing/queues/{queueId}", "");
    }
    night
}

fn report<'a>(evidence: &'a Evidence<'a>, change: impl FnOnce(&mut [Finding], &mut ReportSettings)) -> Report<'a> {
    let mut settings = ReportSettings {
        version: "0.0.0".to_owned(),
        fail_on: Severity::High,
        access: AccessRows::None,
        csv_bom: false,
        checks_off: BTreeSet::from(["grant.implicit".to_owned()]),
        waivers: Standing::default(),
        trend: Vec::new(),
    };
    let mut findings = judge(evidence, &BTreeMap::new());
    assert!(findings.len() >= 3);
    change(&mut findings, &mut settings);
    assemble(evidence, findings, None, &settings)
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn result_stands_where_its_status_says() {
    let night = night();
    let evidence = night.evidence();
    let earlier: jiff::Timestamp = "2026-10-01T02:00:00Z".parse().unwrap();
    for (status, kind, baseline, suppressed) in [
        (Status::New, "fail", "new", false),
        (Status::Reopened, "fail", "new", false),
        (Status::Worse, "fail", "updated", false),
        (Status::Better, "fail", "updated", false),
        (Status::Persisting, "fail", "unchanged", false),
        (Status::Incomparable, "open", "unchanged", false),
        (Status::Resolved, "pass", "absent", true),
        (Status::Waived, "fail", "unchanged", true),
    ] {
        let report = report(&evidence, |findings, settings| {
            findings[0].status = status;
            findings[0].first_seen = earlier;
            if status == Status::Waived {
                let terms = Terms {
                    reason: "agreed".to_owned(),
                    owner: "the platform team".to_owned(),
                    ticket: None,
                    until: "2026-12-31".parse().unwrap(),
                    place: "waivers.toml:1".to_owned(),
                };
                settings.waivers.waived.insert(findings[0].id.clone(), terms);
            }
        });
        let changed = report.findings.iter().find(|finding| finding.status == status && finding.first_seen == earlier);
        let id = changed.unwrap().id.clone();
        let log = log(&report, MOST);
        let found = results(&log).iter().find(|one| one["partialFingerprints"]["rolecallFinding/v1"] == id.as_str());
        let found = found.unwrap();
        assert_eq!((found["kind"].as_str(), found["baselineState"].as_str()), (Some(kind), Some(baseline)));
        assert_eq!(found["level"] == "none", kind != "fail", "{status:?}");
        let accepted = found["suppressions"][0]["status"] == "accepted";
        assert_eq!(accepted, suppressed, "{status:?}");
        if status == Status::Waived {
            let why = found["suppressions"][0]["justification"].as_str().unwrap();
            assert_eq!(why, "waived until 2026-12-31: owner the platform team; reason: agreed");
        }
    }
}

#[test]
fn rule_of_a_result_is_its_check_and_as_grave_as_the_worst_it_found() {
    let night = night();
    let evidence = night.evidence();
    let report = report(&evidence, |findings, _| findings[0].severity = Severity::Critical);
    let log = log(&report, MOST);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), checks::metas().count());
    for result in results(&log) {
        assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
    }
    let worst = results(&log)[0]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(rules[worst]["properties"]["security-severity"], "9.5");
    let off = rules.iter().find(|rule| rule["id"] == "grant.implicit").unwrap();
    assert_eq!(off["defaultConfiguration"]["enabled"], false);
}

#[test]
fn name_of_an_object_makes_no_link_and_no_path() {
    let night = night();
    let evidence = night.evidence();
    let report = report(&evidence, |_, _| {});
    let log = log(&report, MOST);
    let text = log.to_string();
    assert!(text.contains("[x] (http://y)"), "{text}");
    for result in results(&log) {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("]("), "{message}");
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place.as_str().unwrap().split('/').filter(|part| !part.is_empty()).count(), 3, "{place}");
    }
}

#[test]
fn what_is_not_known_makes_the_run_unsuccessful() {
    let mut night = night();
    night.unread(Listing::Policies);
    night.failed("prod", "the client was refused (invalid_client)");
    let evidence = night.evidence();
    let report = report(&evidence, |_, _| {});
    let log = log(&report, MOST);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&json!(false), &json!(3)));
    let notes = invocation["toolExecutionNotifications"].to_string();
    assert!(notes.contains("nothing is known of org prod") && notes.contains("policies of org dev"), "{notes}");
}

#[test]
fn of_too_many_results_the_gravest_stay_and_the_rest_is_reported() {
    let night = night();
    let evidence = night.evidence();
    let report = report(&evidence, |findings, _| {
        findings[0].status = Status::Resolved;
        findings[1].severity = Severity::Critical;
    });
    let log = log(&report, 1);
    assert_eq!(results(&log).len(), 1);
    assert_eq!(results(&log)[0]["properties"]["severity"], "critical");
    let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("left out: findings.json has them all"), "{notes}");
}
