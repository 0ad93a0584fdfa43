//! Waivers and earlier nights together: what is waived, what that does to the gate, and what becomes of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use rolecall_base::coverage::Listing;
use rolecall_findings::finding::{Basis, Status, Subject};
use rolecall_findings::severity::Severity;
use rolecall_findings::testing::Night;
use rolecall_findings::waivers::{Pattern, Selector, Target, Waiver, is_about_waivers};
use rolecall_report::assemble::assemble;
use rolecall_report::settings::{AccessRows, ReportSettings};

fn night_of(as_of: &str) -> Night {
    let mut night = Night::new();
    night.snapshot.as_of = as_of.parse().unwrap();
    night
}

fn found(id: u64, check: &'static str, severity: Severity, at: Timestamp) -> Finding {
    Finding {
        id: format!("{id:016x}"),
        status: Status::New,
        severity,
        check,
        org: "dev".to_owned(),
        subject: Subject { kind: "oauth_client", id: format!("c{id}"), name: format!("Client {id}") },
        cause: BTreeSet::new(),
        title: format!("client {id}"),
        detail: "Seen.".to_owned(),
        fix: "fix it".to_owned(),
        facts: vec!["a fact".to_owned()],
        first_seen: at,
        last_seen: at,
        basis: Basis::SETTLED,
    }
}

fn until(target: Target, expires: &str) -> Waiver {
    let (reason, owner) = ("moves in May".to_owned(), "ops".to_owned());
    Waiver { target, reason, owner, expires: expires.parse().unwrap(), ticket: None, line: 1 }
}

fn by_id(id: u64, expires: &str) -> Waiver {
    until(Target::Finding(format!("{id:016x}")), expires)
}

fn file(waivers: Vec<Waiver>) -> WaiverFile {
    WaiverFile { name: "waivers.toml".to_owned(), waivers }
}

/// Follows one night; the gate is what the report counts.
fn follow_night(
    night: &Night,
    judged: Vec<Finding>,
    before: Option<&NightRecord>,
    waivers: Option<&WaiverFile>,
) -> (Advanced, Standing, usize) {
    let evidence = night.evidence();
    let overrides = BTreeMap::new();
    let known = Known { orgs: &["dev"], overrides: &overrides, before, waivers };
    let (advanced, standing) = follow(&evidence, judged, &known);
    let settings = ReportSettings {
        version: "0.0.0".to_owned(),
        fail_on: Severity::High,
        access: AccessRows::None,
        csv_bom: false,
        checks_off: BTreeSet::new(),
        waivers: standing.clone(),
        trend: advanced.record.trend.clone(),
    };
    let report = assemble(&evidence, advanced.findings.clone(), None, &settings);
    let at_gate = report.run.gate.at_or_above;
    (advanced, standing, at_gate)
}

fn status_of(advanced: &Advanced, id: u64) -> Option<Status> {
    let id = format!("{id:016x}");
    advanced.findings.iter().find(|finding| finding.id == id).map(|finding| finding.status)
}

/// Check and status of what is said about waivers.
fn said(advanced: &Advanced) -> Vec<(&str, &str)> {
    let about = advanced.findings.iter().filter(|finding| is_about_waivers(finding.check));
    about.map(|finding| (finding.check, finding.status.as_str())).collect()
}

#[test]
fn waived_finding_comes_back_on_the_day_after_its_end_with_its_history() {
    let waivers = file(vec![by_id(1, "2026-12-02")]);
    let nights = ["2026-12-01T02:00:00Z", "2026-12-02T23:59:59Z", "2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z"];
    let mut before: Option<NightRecord> = None;
    let mut reported = Vec::new();
    for as_of in nights {
        let night = night_of(as_of);
        let judged = vec![found(1, "gap.declared", Severity::High, as_of.parse().unwrap())];
        let (advanced, _, at_gate) = follow_night(&night, judged, before.as_ref(), Some(&waivers));
        let first_seen = advanced.findings.iter().find(|finding| finding.check == "gap.declared").unwrap().first_seen;
        assert_eq!(first_seen, nights[0].parse::<Timestamp>().unwrap());
        reported.push((
            status_of(&advanced, 1).unwrap().as_str(),
            at_gate,
            said(&advanced).iter().map(|(check, status)| format!("{check} {status}")).collect::<Vec<_>>().join(", "),
        ));
        before = Some(advanced.record);
    }
    let expected = [
        ("waived", 0, "waiver.expires-soon new"),
        ("waived", 0, "waiver.expires-soon persisting"),
        ("persisting", 1, "waiver.expired new, waiver.expires-soon resolved"),
        ("persisting", 1, "waiver.expired persisting"),
    ];
    assert_eq!(reported, expected.map(|(status, gate, said)| (status, gate, said.to_owned())));
}

#[test]
fn waiver_of_what_was_fixed_is_unmatched_and_of_what_was_not_read_is_not() {
    let first = night_of("2026-11-21T02:00:00Z");
    let at = first.snapshot.as_of;
    let waivers = file(vec![by_id(1, "2027-03-01")]);
    let judged = vec![found(1, "gap.declared", Severity::High, at)];
    let (opened, _, _) = follow_night(&first, judged, None, Some(&waivers));
    assert_eq!(status_of(&opened, 1), Some(Status::Waived));

    let fixed = night_of("2026-11-22T02:00:00Z");
    let (whole, standing, _) = follow_night(&fixed, Vec::new(), Some(&opened.record), Some(&waivers));
    assert_eq!(status_of(&whole, 1), Some(Status::Resolved), "what is gone is gone, waived or not");
    assert_eq!((said(&whole), standing.unmatched), (vec![("waiver.unmatched", "new")], 1));

    let mut in_part = night_of("2026-11-22T02:00:00Z");
    in_part.unread(Listing::Roles);
    let (unread, standing, _) = follow_night(&in_part, Vec::new(), Some(&opened.record), Some(&waivers));
    assert_eq!(status_of(&unread, 1), Some(Status::Incomparable));
    assert_eq!((said(&unread), standing.unmatched), (vec![], 0));

    // What was said on a whole night is not taken back by one that could not look.
    let mut later = night_of("2026-11-23T02:00:00Z");
    later.unread(Listing::Roles);
    let (open, _, _) = follow_night(&later, Vec::new(), Some(&whole.record), Some(&waivers));
    assert_eq!(said(&open), [("waiver.unmatched", "incomparable")]);
}

#[test]
fn finding_that_rests_on_what_was_not_read_is_not_waived() {
    let mut night = night_of("2026-11-21T02:00:00Z");
    night.unread(Listing::Roles);
    let at = night.snapshot.as_of;
    let unsettled = Finding { basis: Basis::settled_if(false), ..found(1, "gap.declared", Severity::High, at) };
    let (advanced, standing, _) =
        follow_night(&night, vec![unsettled], None, Some(&file(vec![by_id(1, "2027-03-01")])));
    assert_eq!(status_of(&advanced, 1), Some(Status::Incomparable));
    assert!(standing.waived.is_empty() && said(&advanced).is_empty());
}

#[test]
fn entry_that_was_fixed_is_resolved() {
    let night = night_of("2026-11-21T02:00:00Z");
    let (before, _, _) = follow_night(&night, Vec::new(), None, Some(&file(vec![by_id(1, "2026-11-01")])));
    assert_eq!(said(&before), [("waiver.expired", "new")]);
    let next = night_of("2026-11-22T02:00:00Z");
    let (after, _, _) = follow_night(&next, Vec::new(), Some(&before.record), Some(&file(Vec::new())));
    assert_eq!(said(&after), [("waiver.expired", "resolved")]);
}

fn any_finding() -> impl Strategy<Value = (u64, &'static str, Severity, bool)> {
    let check = prop::sample::select(vec!["gap.declared", "gap.observed", "grant.implicit"]);
    (0..25_u64, check, prop::sample::select(Severity::WORST_FIRST.to_vec()), any::<bool>())
}

fn any_waiver() -> impl Strategy<Value = Waiver> {
    let check = prop::sample::select(vec!["*", "gap.*", "gap.observed", "grant.*"]);
    let subject = prop::sample::select(vec!["oauth_client:*", "oauth_client:Client 1?", "user:*"]);
    (prop::option::of(0..25_u64), check, subject, -3..400_i64).prop_map(|(id, check, subject, days)| {
        let day: Date = "2026-11-22".parse().unwrap();
        let expires = day.saturating_add(jiff::Span::new().days(days)).to_string();
        match id {
            Some(id) => by_id(id, &expires),
            None => {
                let part = |text| Some(Pattern::new(text).unwrap());
                let selector = Selector { check: part(check), org: None, subject: part(subject) };
                until(Target::Selector(Box::new(selector)), &expires)
            }
        }
    })
}

type Words = (String, Severity, String, String, String, Vec<String>, Timestamp, Timestamp);

/// Everything of the findings that are not about waivers, but their status.
fn words(advanced: &Advanced) -> Vec<Words> {
    let rest = advanced.findings.iter().filter(|finding| !is_about_waivers(finding.check)).cloned();
    // A waived finding does not say how it stood before; these sentences go with the status.
    let plain = |text: &str| text.split(" It was ").next().unwrap_or_default().to_owned();
    let mut all: Vec<Words> = rest
        .map(|one| {
            let detail = plain(&one.detail);
            (one.id, one.severity, one.title, detail, one.fix, one.facts, one.first_seen, one.last_seen)
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn waivers_relabel_what_was_found_and_nothing_else(
        earlier in prop::collection::btree_map(0..25_u64, any_finding(), 0..12),
        tonight in prop::collection::btree_map(0..25_u64, any_finding(), 0..12),
        waivers in prop::collection::vec(any_waiver(), 0..8),
        whole in any::<bool>(),
    ) {
        let first = night_of("2026-11-21T02:00:00Z");
        let mut night = night_of("2026-11-22T02:00:00Z");
        if !whole {
            night.unread(Listing::Roles);
        }
        let make = |all: &BTreeMap<u64, (u64, &'static str, Severity, bool)>, night: &Night| -> Vec<Finding> {
            // A check has its own ids, as the fingerprint gives them.
            let of = |(id, (_, check, severity, settled)): (&u64, &(u64, &'static str, Severity, bool))| {
                let check = if id % 2 == 0 { "gap.declared" } else { *check };
                let check = if check == "gap.observed" && id % 3 == 0 { "grant.implicit" } else { check };
                let basis = Basis::settled_if(*settled);
                Finding { basis, ..found(*id, check, *severity, night.snapshot.as_of) }
            };
            all.iter().map(of).collect()
        };
        let (before, _, _) = follow_night(&first, make(&earlier, &first), None, None);
        let judged = make(&tonight, &night);
        let (without, _, gate_without) = follow_night(&night, judged.clone(), Some(&before.record), None);
        let file = file(waivers);
        let (with, standing, gate_with) = follow_night(&night, judged, Some(&before.record), Some(&file));

        prop_assert_eq!(words(&with), words(&without), "the findings are the same but for their status");
        let status = |advanced: &Advanced| -> BTreeMap<String, Status> {
            let rest = advanced.findings.iter().filter(|finding| !is_about_waivers(finding.check));
            rest.map(|finding| (finding.id.clone(), finding.status)).collect()
        };
        let (plain, waived) = (status(&without), status(&with));
        for (id, now) in &waived {
            let expected = if standing.waived.contains_key(id) { Status::Waived } else { plain[id] };
            prop_assert_eq!(*now, expected);
            prop_assert!(*now != Status::Waived || plain[id].is_at_gate());
        }
        // The gate counts what is open and not waived, and nothing about waivers reaches it by itself.
        let fail = |finding: &&Finding| finding.severity >= Severity::High && finding.status.is_at_gate();
        prop_assert_eq!(gate_with, with.findings.iter().filter(fail).count());
        let freed = without.findings.iter().filter(fail).filter(|one| standing.waived.contains_key(&one.id)).count();
        prop_assert_eq!(gate_with + freed, gate_without);
        // Waiving is not part of what later nights compare with.
        let ledger = |advanced: &Advanced| -> Vec<_> {
            let rest = advanced.record.findings.iter().filter(|record| !is_about_waivers(&record.check));
            rest.map(|record| (record.id.clone(), record.standing, record.severity, record.first_seen)).collect()
        };
        prop_assert_eq!(ledger(&with), ledger(&without));
    }
}
