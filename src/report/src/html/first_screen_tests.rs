//! Does the first screen say what is new, who can grant roles and what is not known, and do the pictures count right?

use std::collections::BTreeSet;

use super::sample;
use super::sections::Sections;
use super::tests::{about, between, compared};
use super::*;
use rolecall_base::coverage::Listing;
use rolecall_findings::finding::Status;
use rolecall_findings::severity::Severity;
use rolecall_findings::testing;
use rolecall_matrix::bundled;

fn first_screen(findings: &[Finding], last_night: &str) -> String {
    let snapshots = [sample::snapshot("dev"), sample::cut_short("staging")];
    let mut evidence = sample::evidence(&snapshots, bundled::matrix(), &[]);
    compared(&mut evidence);
    let input = Input {
        evidence: &evidence,
        findings,
        sentence: "a night",
        why: &|_| None,
        waivers: &Standing::default(),
        trend: &[],
        tables: &Tables::default(),
        about: About { last_night: last_night.to_owned(), ..about() },
    };
    between(&render(&input).unwrap(), "<section id=\"tonight\"", "</section>").to_owned()
}

fn finding(id: &str, check: &'static str, status: Status, severity: Severity) -> Finding {
    let title = format!("title of {id}");
    Finding { id: id.to_owned(), check, status, severity, title, ..sample::findings().remove(0) }
}

#[test]
fn what_is_new_is_named_and_what_was_there_before_stands_apart() {
    let findings = [
        finding("n1", "gap.declared", Status::New, Severity::High),
        finding("n2", "gap.declared", Status::New, Severity::Low),
        finding("w1", "gap.declared", Status::Worse, Severity::Critical),
        finding("p1", "gap.declared", Status::Persisting, Severity::Critical),
        finding("g1", "night.gained-power", Status::New, Severity::Critical),
        finding("r1", "gap.declared", Status::Resolved, Severity::High),
        finding("i1", "gap.declared", Status::Incomparable, Severity::Medium),
    ];
    let screen = first_screen(&findings, "2026-02-28 02:00 UTC");
    let new = between(&screen, "id=\"new-tonight\"", "id=\"breaks\"");
    let (worse, fresh) = (new.find("title of w1").unwrap(), new.find("title of n1").unwrap());
    assert!(worse < fresh, "worst first");
    for absent in ["title of n2", "title of p1", "title of g1", "title of r1"] {
        assert!(!new.contains(absent), "{absent}");
    }
    assert!(new.contains("1 new below high; 1 resolved; <b>1 not evaluated</b>"), "{new}");
    assert!(new.contains("Gained power") && new.contains("href=\"#s-dev\""), "{new}");
    let still = between(&screen, "id=\"gravest\"", "id=\"ticket\"");
    assert!(still.contains("title of p1") && !still.contains("title of n1"), "{still}");
}

#[test]
fn first_night_calls_nothing_new_and_says_why() {
    let screen = first_screen(&[finding("n1", "gap.declared", Status::New, Severity::High)], "");
    let new = between(&screen, "id=\"new-tonight\"", "id=\"breaks\"");
    assert!(new.contains("nobody can say what is new") && !new.contains("title of n1"), "{new}");
    assert!(between(&screen, "id=\"gravest\"", "id=\"ticket\"").contains("title of n1"));
}

#[test]
fn what_was_not_read_stands_before_everything_else_and_in_the_ticket() {
    let screen = first_screen(&[], "2026-02-28 02:00 UTC");
    let box_at = screen.find("completeness unknown").unwrap();
    assert!(box_at < screen.find("id=\"new-tonight\"").unwrap());
    let reported =
        "access policies of staging: not read. Affects everything allowed: a policy that was not read may deny it";
    assert_eq!(screen.matches(reported).count(), 2, "in the box and in the ticket: {screen}");
}

#[test]
fn ticket_holds_what_is_new_with_its_fix_and_what_a_promotion_breaks() {
    let new = finding("n1", "gap.declared", Status::New, Severity::High);
    let screen = first_screen(&[new], "2026-02-28 02:00 UTC");
    let ticket = between(&screen, "<pre data-copy tabindex=\"0\">", "</pre>");
    for part in
        ["new high ", "title of n1. Do this: ", "[n1]", "Breaks on promotion from dev to staging: 2 needed calls"]
    {
        assert!(ticket.contains(part), "{part}: {ticket}");
    }
}

fn night_with_powers() -> testing::Night {
    let mut night = testing::Night::new();
    night
        .division("d1", "Home")
        .role("r1", "Access", &["authorization:grant:add"])
        .role("r2", "Queues", &["routing:queue:view"])
        .role("r3", "Clients", &["oauth:client:add"])
        .client("c1", "Robot", &[("r1", "*")])
        .client("c2", "Dialler", &[("r2", "*")])
        .client("c3", "Minter", &[("r3", "*")])
        .user("u1", "A Person", false, &[])
        .group("g1", "Admins", &["u1"], &[("r1", "d1")]);
    night
}

#[test]
fn holders_are_reported_with_the_chain_by_which_they_hold_it() {
    let night = night_with_powers();
    let evidence = night.evidence();
    let ordered = night::Night::of(&evidence);
    let power = power::of(&ordered, &Sections::of(&ordered, &BTreeSet::new()));
    let reported: Vec<(&str, bool, &str)> =
        power.holders.rows.iter().map(|one| (one.who.name.as_str(), one.grants, one.chain.rows[0].as_str())).collect();
    assert_eq!(
        reported,
        [
            ("Robot", true, "role Access in all divisions, granted directly"),
            ("A Person", true, "role Access in Home, through group Admins"),
            ("Minter", false, "role Clients in all divisions, granted directly"),
        ]
    );
    assert_eq!((power.grantors, power.not_known), (2, 0));
    assert_eq!(power.kinds, ["2 OAuth clients", "1 user"]);
}

#[test]
fn principals_that_may_hold_it_are_counted_where_a_list_was_not_read() {
    let mut night = night_with_powers();
    night.user("u2", "Somebody", false, &[]).unread(Listing::RoleGrants);
    let evidence = night.evidence();
    let ordered = night::Night::of(&evidence);
    let power = power::of(&ordered, &Sections::of(&ordered, &BTreeSet::new()));
    assert!(power.not_known > 0, "not seen is not absent");
}

#[test]
fn heat_map_counts_what_is_held_and_marks_what_is_dangerous() {
    let night = night_with_powers();
    let evidence = night.evidence();
    let ordered = night::Night::of(&evidence);
    let map = heat::of(&ordered, &Sections::of(&ordered, &BTreeSet::new()));
    let domains: Vec<&str> = map.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(domains, ["authorization", "oauth", "routing"], "those with dangerous permissions first");
    let names: Vec<&str> = map.rows.iter().map(|row| row.who.name.as_str()).collect();
    assert_eq!(names, ["Minter", "Robot", "Dialler"], "a person is no row of it");
    let held: Vec<Vec<(usize, usize)>> =
        map.rows.iter().map(|row| row.cells.iter().map(|cell| (cell.held, cell.critical)).collect()).collect();
    assert_eq!(held, [[(0, 0), (1, 1), (0, 0)], [(1, 1), (0, 0), (0, 0)], [(0, 0), (0, 0), (1, 0)]]);
    assert_eq!(map.critical.matches('M').count(), 2);
    assert_eq!(map.shades.iter().map(|path| path.matches('M').count()).sum::<usize>(), 3);
}

#[test]
fn limits_count_what_no_published_operation_needs() {
    let mut night = testing::Night::new();
    let before = limits::of(&night::Night::of(&night.evidence())).orgs.remove(0).needless;
    let mut odd = night.snapshot.permissions[0].clone();
    odd.permission = rolecall_base::permission::Permission::new("zeppelin:mooring:view");
    night.snapshot.permissions.push(odd);
    let limits = limits::of(&night::Night::of(&night.evidence()));
    let org = &limits.orgs[0];
    assert_eq!(org.needless, before + 1);
    let reported = org.needless_by_domain.rows.iter().find(|row| row.domain == "zeppelin").unwrap();
    assert_eq!(reported.names.rows, ["mooring:view"]);
    let unlisted = bundled::matrix().operations().iter();
    let unlisted = unlisted.filter(|one| one.requirement.permissions_match == rolecall_matrix::Match::None).count();
    assert_eq!(limits.matrices[0].unlisted.total, unlisted);
    let unproven = bundled::matrix().operations().iter().filter(|one| one.requirement.unproven).count();
    assert!(unproven > 0 && limits.matrices[0].unproven.total == unproven);
}
