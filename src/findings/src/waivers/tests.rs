//! What waivers do to findings, and what they do not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::finding::Subject;
use crate::judge::Override;
use crate::severity::Severity;

const AS_OF: &str = "2026-11-21T23:59:59Z";
const TODAY: Date = date(2026, 11, 21);

fn finding(id: &str, check: &'static str, org: &str, name: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        status: Status::New,
        severity: Severity::High,
        check,
        org: org.to_owned(),
        subject: Subject { kind: "oauth_client", id: format!("id of {name}"), name: name.to_owned() },
        cause: BTreeSet::new(),
        title: format!("{name} does it"),
        detail: "Seen.".to_owned(),
        fix: "stop it".to_owned(),
        facts: vec!["a fact".to_owned()],
        first_seen: AS_OF.parse().unwrap(),
        last_seen: AS_OF.parse().unwrap(),
        basis: crate::finding::Basis::SETTLED,
    }
}

fn night(overrides: &BTreeMap<String, Override>) -> NightSeen<'_> {
    NightSeen {
        as_of: AS_OF.parse().unwrap(),
        orgs: BTreeMap::from([("dev".to_owned(), true), ("staging".to_owned(), true)]),
        overrides,
        set_aside: BTreeSet::new(),
    }
}

fn by_id(id: &str, expires: Date) -> Waiver {
    waiver(Target::Finding(id.to_owned()), expires)
}

fn selector(check: &str, org: &str, subject: &str, expires: Date) -> Waiver {
    let part = |text: &str| (!text.is_empty()).then(|| Pattern::new(text).unwrap());
    let selector = Selector { check: part(check), org: part(org), subject: part(subject) };
    waiver(Target::Selector(Box::new(selector)), expires)
}

fn waiver(target: Target, expires: Date) -> Waiver {
    Waiver { target, reason: "moves in May".to_owned(), owner: "ops".to_owned(), expires, ticket: None, line: 3 }
}

fn file(waivers: Vec<Waiver>) -> WaiverFile {
    let numbered = waivers.into_iter().enumerate().map(|(at, waiver)| Waiver { line: 3 + 10 * at, ..waiver });
    WaiverFile { name: "waivers.toml".to_owned(), waivers: numbered.collect() }
}

/// What is said about the waivers: check and title.
fn said(findings: &[Finding]) -> Vec<(&str, &str)> {
    let about = findings.iter().filter(|finding| is_about_waivers(finding.check));
    about.map(|finding| (finding.check, finding.title.as_str())).collect()
}

fn laid(findings: &mut Vec<Finding>, waivers: Vec<Waiver>) -> Standing {
    laid_on(findings, waivers, &night(&BTreeMap::new()))
}

/// Relabels as the truth table of statuses does, and adds what is said.
fn laid_on(findings: &mut Vec<Finding>, waivers: Vec<Waiver>, night: &NightSeen<'_>) -> Standing {
    let (standing, about) = weigh(findings, &file(waivers), night);
    for finding in findings.iter_mut().filter(|finding| standing.waived.contains_key(&finding.id)) {
        assert!(can_be_waived(finding));
        finding.status = Status::Waived;
    }
    findings.extend(about);
    crate::judge::sort(findings);
    standing
}

const A: &str = "aaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbb";

#[test]
fn waived_finding_keeps_everything_but_its_status() {
    let before = finding(A, "gap.declared", "dev", "Dashboard");
    let mut findings = vec![before.clone(), finding(B, "gap.declared", "dev", "Other")];
    let standing = laid(&mut findings, vec![by_id(A, date(2027, 3, 1))]);
    assert_eq!(findings[0], Finding { status: Status::Waived, ..before });
    assert_eq!(findings[1].status, Status::New);
    assert_eq!(findings.len(), 2, "nothing is said of an entry that does its work: {:?}", said(&findings));
    let terms = &standing.waived[A];
    assert_eq!((terms.owner.as_str(), terms.until, terms.place.as_str()), ("ops", date(2027, 3, 1), "waivers.toml:3"));
    assert_eq!((standing.in_force, standing.expired, standing.unmatched, standing.too_wide), (1, 0, 0, 0));
}

#[test]
fn day_of_the_end_counts_and_the_day_after_does_not() {
    let mut findings = vec![finding(A, "gap.declared", "dev", "Dashboard")];
    laid(&mut findings, vec![by_id(A, TODAY)]);
    assert_eq!(findings[0].status, Status::Waived);
    assert_eq!(said(&findings), [("waiver.expires-soon", "the waiver of finding aaaaaaaaaaaaaaaa ends on 2026-11-21")]);

    let mut findings = vec![finding(A, "gap.declared", "dev", "Dashboard")];
    let standing = laid(&mut findings, vec![by_id(A, date(2026, 11, 20))]);
    assert_eq!(findings[0].status, Status::New);
    assert_eq!(said(&findings), [("waiver.expired", "the waiver of finding aaaaaaaaaaaaaaaa ended on 2026-11-20")]);
    assert!(findings[1].detail.starts_with("waivers.toml:3: owner ops; reason: moves in May. "));
    assert!(findings[1].detail.ends_with("1 finding that it was about is open."), "{}", findings[1].detail);
    assert_eq!((standing.in_force, standing.expired), (0, 1));
    assert!(standing.waived.is_empty());
}

#[test]
fn end_is_reported_thirty_days_ahead_and_not_thirty_one() {
    for (until, reported) in [(date(2026, 12, 21), 1), (date(2026, 12, 22), 0)] {
        let mut findings = vec![finding(A, "gap.declared", "dev", "Dashboard")];
        let standing = laid(&mut findings, vec![by_id(A, until)]);
        assert_eq!((said(&findings).len(), standing.expiring.len()), (reported, reported), "{until}");
    }
}

#[test]
fn of_several_waivers_the_one_that_ends_last_counts_and_then_the_first() {
    let late = || selector("gap.*", "dev", "", date(2027, 2, 1));
    for waivers in [
        vec![by_id(A, date(2027, 1, 1)), late(), late(), by_id(A, date(2026, 12, 30))],
        vec![by_id(A, date(2026, 1, 1)), late(), by_id(A, date(2027, 2, 1))],
    ] {
        let mut findings = vec![finding(A, "gap.declared", "dev", "Dashboard")];
        let standing = laid(&mut findings, waivers);
        let terms = &standing.waived[A];
        assert_eq!((terms.until, terms.place.as_str()), (date(2027, 2, 1), "waivers.toml:13"));
    }
}

#[test]
fn selector_covers_what_fits_all_its_parts_and_case_counts() {
    let covered = |check, org, subject| {
        let mut findings = vec![
            finding(A, "power.dangerous-permission", "dev", "Everything [old]"),
            finding(B, "gap.declared", "staging", "Dashboard"),
        ];
        let standing = laid(&mut findings, vec![selector(check, org, subject, date(2027, 3, 1))]);
        standing.waived.keys().map(|id| id[..1].to_owned()).collect::<String>()
    };
    assert_eq!(covered("power.*", "", ""), "a");
    assert_eq!(covered("", "staging", ""), "b");
    assert_eq!(covered("", "", "oauth_client:*"), "ab");
    assert_eq!(covered("power.*", "staging", ""), "");
    assert_eq!(covered("", "", "oauth_client:everything*"), "");
    assert_eq!(covered("", "", "oauth_client:Everything [old]"), "a", "a name fits itself");
    assert_eq!(covered("", "", "service_user:*"), "");
}

#[test]
fn finding_that_is_gone_or_was_not_evaluated_is_not_waived() {
    for status in [Status::Resolved, Status::Incomparable] {
        let mut findings = vec![Finding { status, ..finding(A, "gap.declared", "dev", "Dashboard") }];
        let standing =
            laid(&mut findings, vec![by_id(A, date(2027, 3, 1)), selector("gap.*", "dev", "", date(2027, 3, 1))]);
        assert_eq!(findings.iter().find(|finding| finding.id == A).unwrap().status, status);
        assert!(standing.waived.is_empty());
        let expected = if status == Status::Resolved { 2 } else { 0 };
        assert_eq!((standing.unmatched, said(&findings).len()), (expected, expected), "{status:?}");
    }
}

#[test]
fn entry_is_said_to_match_nothing_only_where_it_was_looked_for() {
    let overrides = BTreeMap::new();
    let off = BTreeMap::from([("gap.declared".to_owned(), Override { enabled: false, severity: None })]);
    let unmatched = |waiver: &Waiver, night: &NightSeen<'_>| weigh(&[], &file(vec![waiver.clone()]), night).0.unmatched;
    let whole = night(&overrides);
    let mut in_part = whole.clone();
    in_part.orgs.insert("staging".to_owned(), false);
    let until = date(2027, 3, 1);
    let id = by_id(A, until);
    assert_eq!((unmatched(&id, &whole), unmatched(&id, &in_part)), (1, 0));
    let mut set_aside = whole.clone();
    set_aside.set_aside.insert(A.to_owned());
    assert_eq!(unmatched(&id, &set_aside), 0, "its check is turned off, or its org was not asked");
    assert_eq!(unmatched(&selector("gap.*", "staging", "", until), &in_part), 0);
    assert_eq!(unmatched(&selector("gap.*", "", "", until), &in_part), 0);
    assert_eq!(unmatched(&selector("gap.*", "dev", "", until), &in_part), 1);
    assert_eq!(unmatched(&selector("gap.*", "prod", "", until), &in_part), 1, "no such org: nothing is missing");
    let turned_off = NightSeen { overrides: &off, ..whole.clone() };
    assert_eq!(unmatched(&selector("gap.declared", "dev", "", until), &turned_off), 0);
    assert_eq!(unmatched(&selector("gap.*", "dev", "", until), &turned_off), 1, "gap.observed is on");
    assert_eq!(unmatched(&by_id(A, date(2026, 1, 1)), &whole), 0, "past its end it is expired and nothing else");
}

#[test]
fn unmatched_entry_names_the_org_that_was_meant() {
    let mut findings = Vec::new();
    laid(&mut findings, vec![selector("gap.*", "stagign", "", date(2027, 3, 1))]);
    assert!(findings[0].detail.ends_with("no org `stagign`; did you mean `staging`?"), "{}", findings[0].detail);
    assert_eq!((findings[0].org.as_str(), findings[0].subject.kind), ("", "waiver"));
}

#[test]
fn width_has_four_reasons() {
    let many = |org: &str| -> Vec<Finding> {
        (0..=MOST_FINDINGS).map(|n| finding(&format!("{n:016x}"), "gap.declared", org, &format!("c{n}"))).collect()
    };
    let width = |mut findings: Vec<Finding>, waiver: Waiver| {
        laid(&mut findings, vec![waiver]);
        let wide = findings.iter().find(|finding| finding.check == "waiver.too-wide");
        wide.map(|finding| finding.detail.split_once("tonight: ").unwrap().1.to_owned())
    };
    let until = date(2027, 3, 1);
    let two = || vec![finding(A, "gap.declared", "dev", "x"), finding(B, "gap.declared", "staging", "x")];
    assert_eq!(width(two(), selector("gap.*", "dev", "", until)), None);
    assert_eq!(width(two(), selector("", "dev", "", until)).unwrap(), "it does not name the checks it is about.");
    assert_eq!(width(two(), selector("g*", "dev", "", until)).unwrap(), "it does not name the checks it is about.");
    assert_eq!(
        width(two(), selector("gap.*", "*", "", until)).unwrap(),
        "it covers findings of 2 orgs (dev, staging)."
    );
    assert_eq!(
        width(many("dev"), selector("gap.*", "dev", "", until)).unwrap(),
        "it covers 26 findings, more than 25."
    );
    assert_eq!(width(many("dev").split_off(1), selector("gap.*", "dev", "", until)), None);
    assert_eq!(width(two(), by_id(A, date(2027, 11, 22))), None, "366 days");
    assert_eq!(width(two(), by_id(A, date(2027, 11, 23))).unwrap(), "it runs for 367 days more, more than 366.");
    assert_eq!(width(two(), selector("", "", "", date(2026, 1, 1))), None, "past its end it covers nothing");
}

#[test]
fn finding_about_a_waiver_cannot_be_waived() {
    let mut findings = Vec::new();
    laid(&mut findings, vec![by_id(A, date(2026, 1, 1))]);
    let id = findings[0].id.clone();
    let mut again = findings.clone();
    laid(&mut again, vec![by_id(&id, date(2027, 3, 1)), selector("*", "", "", date(2027, 3, 1))]);
    assert!(again.iter().all(|finding| finding.status != Status::Waived), "{again:?}");
}

#[test]
fn identity_of_what_is_said_does_not_hang_on_the_line() {
    let id_in = |waivers: Vec<Waiver>| {
        let mut findings = Vec::new();
        laid(&mut findings, waivers);
        findings.iter().find(|finding| finding.title.contains(A)).unwrap().id.clone()
    };
    let until = date(2027, 3, 1);
    assert_eq!(id_in(vec![by_id(A, until)]), id_in(vec![by_id(B, until), by_id(A, until)]));
}

#[test]
fn configuration_turns_off_and_weighs_what_is_said() {
    let overrides = BTreeMap::from([
        ("waiver.too-wide".to_owned(), Override { enabled: true, severity: Some(Severity::High) }),
        ("waiver.expires-soon".to_owned(), Override { enabled: false, severity: None }),
    ]);
    let mut findings = vec![finding(A, "gap.declared", "dev", "x")];
    let wide = selector("", "dev", "", TODAY);
    let standing = laid_on(&mut findings, vec![wide], &night(&overrides));
    let reported: Vec<_> = findings.iter().map(|finding| (finding.check, finding.severity)).collect();
    assert_eq!(reported, [("gap.declared", Severity::High), ("waiver.too-wide", Severity::High)]);
    assert_eq!(standing.expiring.len(), 1, "it is listed all the same");
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let check = prop::sample::select(vec!["gap.declared", "gap.observed", "power.dangerous-permission"]);
    let status = prop::sample::select(vec![Status::New, Status::Persisting, Status::Resolved, Status::Incomparable]);
    let org = prop::sample::select(vec!["dev", "staging"]);
    let severity = prop::sample::select(Severity::WORST_FIRST.to_vec());
    (0..40_u64, check, org, "[a-c*]{1,2}", status, severity).prop_map(|(id, check, org, name, status, severity)| {
        Finding { status, severity, ..finding(&format!("{id:016x}"), check, org, &name) }
    })
}

fn any_waiver() -> impl Strategy<Value = Waiver> {
    let part = |texts: &'static [&'static str]| prop::sample::select(texts);
    let selecting = (
        part(&["", "*", "gap.*", "gap.declared", "power.*"]),
        part(&["", "*", "dev", "s*"]),
        part(&["oauth_client:*", "oauth_client:a?", "user:*", "oauth_client:b"]),
    );
    let days = -3..500_i64;
    (prop::option::of(0..40_u64), selecting, days).prop_map(|(id, (check, org, subject), days)| {
        let expires = TODAY.saturating_add(jiff::Span::new().days(days));
        match id {
            Some(id) => by_id(&format!("{id:016x}"), expires),
            None => selector(check, org, subject, expires),
        }
    })
}

/// Whether it counts for the gate, written down a second time.
fn counts(finding: &Finding) -> bool {
    ["new", "worse", "persisting", "better", "reopened"].contains(&finding.status.as_str())
}

proptest! {
    #[test]
    fn waivers_relabel_and_nothing_else(
        found in prop::collection::vec(any_finding(), 0..30),
        waivers in prop::collection::vec(any_waiver(), 0..12),
    ) {
        // Ids are unique on every night.
        let found: Vec<Finding> =
            found.into_iter().map(|finding| (finding.id.clone(), finding)).collect::<BTreeMap<_, _>>().into_values().collect();
        let mut after = found.clone();
        let standing = laid(&mut after, waivers.clone());

        let (said, mut rest): (Vec<Finding>, Vec<Finding>) =
            after.into_iter().partition(|finding| is_about_waivers(finding.check));
        rest.sort_by(|a, b| a.id.cmp(&b.id));
        prop_assert_eq!(rest.len(), found.len());
        for (now, before) in rest.iter().zip(&found) {
            let running = waivers.iter().filter(|waiver| waiver.expires >= TODAY && waiver.fits(before));
            let last = running.map(|waiver| waiver.expires).max();
            let waived = counts(before) && last.is_some();
            let status = if waived { Status::Waived } else { before.status };
            prop_assert_eq!(now, &Finding { status, ..before.clone() });
            prop_assert_eq!(standing.waived.get(&now.id).map(|terms| terms.until), last.filter(|_| waived));
        }
        prop_assert!(said.iter().all(|finding| finding.status == Status::New));
        prop_assert_eq!(standing.in_force + standing.expired, waivers.len());

        // The order of the file decides nothing but which of two equal entries is cited.
        let mut turned = found.clone();
        let mut backwards = waivers;
        backwards.reverse();
        let other = laid(&mut turned, backwards);
        let status = |findings: &[Finding]| -> BTreeMap<String, Status> {
            findings.iter().map(|finding| (finding.id.clone(), finding.status)).collect()
        };
        let mut all = said;
        all.extend(rest);
        prop_assert_eq!(status(&all), status(&turned));
        prop_assert_eq!(standing.waived.keys().collect::<Vec<_>>(), other.waived.keys().collect::<Vec<_>>());
    }
}
