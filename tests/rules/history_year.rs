//! A year of nights: orgs that change, lists and orgs that fail now and then. What the history says is held against
//! what a night with perfect sight would have found.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that reaches beyond a list, or for what is not there, fails as it should"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::losses;
use crate::orgs;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::contradiction::contradictions;
use rolecall_access::cross::excess::excess;
use rolecall_access::cross::gap::gaps;
use rolecall_access::cross::needed::Needed;
use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::id::{ClientId, RoleId, SubjectId};
use rolecall_base::oauth_client::{ClientState, RoleDivision};
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::snapshot::Snapshot;
use rolecall_base::usage::{Usage, UsageRow};
use rolecall_findings::evidence::{Evidence, FailedOrg, MatrixUsed, OrgEvidence};
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::history::advance::{Advanced, Rules, advance};
use rolecall_findings::history::ledger::NightRecord;
use rolecall_findings::judge::judge;
use rolecall_findings::severity::Severity;
use rolecall_matrix::Matrix;
use rolecall_matrix::needs::Need;

use losses::{Loss, lose, loss};
use orgs::{World, grant, set, world};

/// Permissions of the catalogue of dangerous ones: one of each sort, one that is dangerous only beside another.
const POWER: [&str; 5] = [
    "authorization:grant:add",
    "authorization:role:edit",
    "oauth:client:edit",
    "oauth:client:view",
    "directory:user:setPassword",
];

/// Something that people do to an org between two nights.
#[derive(Clone, Debug)]
enum Change {
    Grant(Grant),
    Revoke(usize),
    RolePermission(usize, usize),
    RoleWithout(usize),
    Client(usize, ClientState),
    Use(usize, usize, u64, u64),
    UseEnds(usize),
    Rename(usize),
}

/// What goes wrong on a night.
#[derive(Clone, Debug)]
enum Outage {
    Lost(Vec<Loss>),
    Usage,
    GrantDates,
    Org,
}

#[derive(Clone, Debug)]
struct NightPlan {
    changes: [Vec<Change>; 2],
    outages: [Option<Outage>; 2],
}

fn change() -> impl Strategy<Value = Change> {
    let power = (0..POWER.len(), 0..5_usize).prop_map(|(role, client)| {
        Change::Grant(Grant {
            subject_kind: SubjectKind::OauthClient,
            subject: SubjectId::new(format!("c{client}")),
            subject_name: None,
            role: RoleId::new(format!("power{role}")),
            reach: Reach::All,
            granted_at: None,
            read_from: GrantSource::RoleSubjects,
        })
    });
    prop_oneof![
        3 => grant(true).prop_map(Change::Grant),
        2 => power,
        3 => any::<usize>().prop_map(Change::Revoke),
        2 => (any::<usize>(), 0..7_usize).prop_map(|(role, permission)| Change::RolePermission(role, permission)),
        1 => any::<usize>().prop_map(Change::RoleWithout),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(client, active)| {
            Change::Client(client, if active { ClientState::Active } else { ClientState::Inactive })
        }),
        2 => (0..5_usize, 0..9_usize, 0..3_u64, 0..3_u64).prop_map(|(c, op, good, bad)| Change::Use(c, op, good, bad)),
        1 => any::<usize>().prop_map(Change::UseEnds),
        1 => any::<usize>().prop_map(Change::Rename),
    ]
}

fn outage() -> impl Strategy<Value = Outage> {
    prop_oneof![
        6 => vec(loss(), 1..4).prop_map(Outage::Lost),
        1 => Just(Outage::Usage),
        1 => Just(Outage::GrantDates),
        1 => Just(Outage::Org),
    ]
}

fn plan() -> impl Strategy<Value = NightPlan> {
    let changes = || prop_oneof![2 => Just(Vec::new()), 1 => vec(change(), 1..3)];
    let outages = || prop_oneof![5 => Just(None), 2 => outage().prop_map(Some)];
    ([changes(), changes()], [outages(), outages()]).prop_map(|(changes, outages)| NightPlan { changes, outages })
}

/// An org of the small world, ready for a year: with usage data, and roles that are dangerous.
fn prepare(world: &mut World, name: &str) {
    let snapshot = &mut world.snapshot;
    snapshot.org.name = name.to_owned();
    snapshot.usage = Some(Usage { from: date(2026, 1, 1), to: date(2026, 1, 30), complete: true, rows: Vec::new() });
    for (at, name) in POWER.into_iter().enumerate() {
        snapshot.permissions.push(CataloguePermission {
            permission: Permission::new(name),
            division_aware: Some(true),
            allows_conditions: Some(false),
            label: None,
        });
        snapshot.roles.push(Role {
            id: RoleId::new(format!("power{at}")),
            name: format!("Power {at}"),
            description: None,
            default_role_id: None,
            is_default: Some(false),
            base: None,
            policies: vec![line(name)],
            general_permissions: Vec::new(),
            unused_permissions: None,
        });
    }
}

fn line(permission: &str) -> PermissionPolicy {
    let parts: Vec<&str> = permission.split(':').collect();
    PermissionPolicy {
        domain: parts[0].to_owned(),
        entity: parts[1].to_owned(),
        actions: vec![parts[2].to_owned()],
        condition: None,
        named_resources: Vec::new(),
    }
}

fn apply(snapshot: &mut Snapshot, change: &Change, night: usize) {
    match change {
        Change::Grant(grant) => {
            if snapshot.grants.contains(grant) {
                return;
            }
            snapshot.grants.push(grant.clone());
            let client = snapshot.oauth_clients.iter_mut().find(|one| one.id.as_str() == grant.subject.as_str());
            if let Some(own) = client.and_then(|client| client.role_divisions.as_mut()) {
                own.push(RoleDivision { role: grant.role.clone(), reach: grant.reach.clone() });
            }
        }
        Change::Revoke(at) => {
            if snapshot.grants.is_empty() {
                return;
            }
            let gone = snapshot.grants.remove(at % snapshot.grants.len());
            let client = snapshot.oauth_clients.iter_mut().find(|one| one.id.as_str() == gone.subject.as_str());
            if let Some(own) = client.and_then(|client| client.role_divisions.as_mut()) {
                own.retain(|pair| pair.role != gone.role || pair.reach != gone.reach);
            }
        }
        Change::RolePermission(at, permission) => {
            let count = snapshot.roles.len();
            snapshot.roles[at % count].policies.push(line(orgs::PERMISSIONS[*permission]));
        }
        Change::RoleWithout(at) => {
            let count = snapshot.roles.len();
            snapshot.roles[at % count].policies.pop();
        }
        Change::Client(at, state) => {
            let count = snapshot.oauth_clients.len();
            snapshot.oauth_clients[at % count].state = state.clone();
        }
        Change::Use(client, operation, good, bad) => {
            let rows = &mut snapshot.usage.as_mut().unwrap().rows;
            let (client, template) = (ClientId::new(format!("c{client}")), format!("/api/v2/things/{operation}"));
            rows.retain(|row| row.client.as_ref() != Some(&client) || row.template != template);
            rows.push(UsageRow {
                client: Some(client),
                user: None,
                method: "GET".to_owned(),
                template,
                first: date(2026, 1, 1),
                last: date(2026, 1, 30),
                last_success: (*good > 0).then(|| date(2026, 1, 20)),
                requests: good + bad,
                status_2xx: *good,
                status_3xx: 0,
                status_4xx: *bad,
                status_429: 0,
                status_5xx: 0,
            });
        }
        Change::UseEnds(at) => {
            let rows = &mut snapshot.usage.as_mut().unwrap().rows;
            if !rows.is_empty() {
                rows.remove(at % rows.len());
            }
        }
        Change::Rename(at) => {
            let (clients, roles) = (snapshot.oauth_clients.len(), snapshot.roles.len());
            snapshot.oauth_clients[at % clients].name = format!("renamed on night {night}");
            snapshot.roles[at % roles].name = format!("renamed on night {night}");
        }
    }
}

fn strike(snapshot: &mut Snapshot, outage: &Outage) {
    match outage {
        Outage::Lost(losses) => losses.iter().for_each(|loss| lose(snapshot, loss)),
        Outage::Usage => {
            snapshot.usage = None;
            set(&mut snapshot.coverage, Listing::Usage, Seen::Nothing, vec![None]);
        }
        Outage::GrantDates => set(&mut snapshot.coverage, Listing::GrantDates, Seen::Part, vec![None]),
        Outage::Org => {}
    }
}

fn needs() -> Vec<Need> {
    let ids = ["c0", "c1", "c2", "c3", "u0", "u1", "somebody else"];
    let of_one = |(at, id): (usize, &str)| {
        let id = id.to_owned();
        (0..9).filter(move |operation| (operation + at) % 3 != 0).map(move |operation| Need {
            principal: id.clone(),
            endpoint: format!("GET /api/v2/things/{operation}").parse().unwrap(),
            division: match operation % 4 {
                0 => Some("d0".to_owned()),
                1 => Some("d9".to_owned()),
                _ => None,
            },
            note: String::new(),
            org: None,
            claims: rolecall_matrix::needs::Claims::default(),
            file: PathBuf::from("needs.csv"),
            line: u64::try_from(operation).unwrap(),
        })
    };
    ids.into_iter().enumerate().flat_map(of_one).collect()
}

struct Org<'a> {
    snapshot: &'a Snapshot,
    matrix: &'a Matrix,
    scopes_enforced: Option<bool>,
    failed: bool,
}

fn evidence<'a>(orgs: &[Org<'a>], needs: &'a [Need], as_of: Timestamp) -> Evidence<'a> {
    let crossed = |org: &Org<'a>| {
        let map = AccessMap::of(org.snapshot, org.matrix, org.scopes_enforced);
        let needed = Needed::of(&map, needs);
        let (excess, not_judged) = excess(&map, &needed);
        OrgEvidence {
            gaps: gaps(&map, &needed),
            contradictions: contradictions(&map, &needed),
            matrix: MatrixUsed {
                published_sha256: "0".repeat(64),
                previous_sha256: None,
                origin: "made up".to_owned(),
                date: None,
                sha256: String::new(),
                operations: org.matrix.operations().len(),
                notes: Vec::new(),
                fell_back: false,
                overrides: Vec::new(),
                reviewed: Vec::new(),
                announced: Vec::new(),
            },
            excess,
            not_judged,
            needed,
            map,
        }
    };
    let failed = orgs.iter().filter(|org| org.failed).map(|org| FailedOrg {
        name: org.snapshot.org.name.clone(),
        environment: String::new(),
        why: "no answer".to_owned(),
    });
    Evidence {
        as_of,
        orgs: orgs.iter().filter(|org| !org.failed).map(crossed).collect(),
        failed: failed.collect(),
        needs,
        pairs: Vec::new(),
        since: Vec::new(),
        radar: Vec::new(),
        parameters: Default::default(),
        separation: &[],
    }
}

fn follow(evidence: &Evidence<'_>, before: Option<&NightRecord>) -> Advanced {
    let rules = Rules { off: &BTreeSet::new(), waived: &|_| false };
    advance(evidence, judge(evidence, &BTreeMap::new()), before, &rules)
}

/// Whether a finding is about the org and not about what could be read of it.
fn is_of_the_org(finding: &Finding) -> bool {
    !finding.check.starts_with("data.")
}

type Reported = BTreeMap<String, (Status, Severity)>;

fn describe(findings: &[Finding]) -> Reported {
    let about = findings.iter().filter(|one| is_of_the_org(one));
    about.map(|one| (one.id.clone(), (one.status, one.severity))).collect()
}

/// What is open after a night: by id, how bad.
fn open(findings: &[Finding]) -> BTreeMap<String, Severity> {
    let open = findings.iter().filter(|one| is_of_the_org(one) && one.status.is_at_gate());
    open.map(|one| (one.id.clone(), one.severity)).collect()
}

fn year(mut worlds: [World; 2], plans: &[NightPlan]) -> Result<(), TestCaseError> {
    prepare(&mut worlds[0], "dev");
    prepare(&mut worlds[1], "staging");
    let needs = needs();
    let start: Timestamp = "2026-01-31T02:00:00Z".parse().unwrap();
    let mut record: Option<NightRecord> = None;
    // The history of somebody who slept through every night on which something went wrong.
    let mut reference: Option<NightRecord> = None;
    let mut known: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut calm_before = false;
    for (night, plan) in plans.iter().enumerate() {
        let as_of = start + SignedDuration::from_hours(24 * i64::try_from(night).unwrap());
        for (world, changes) in worlds.iter_mut().zip(&plan.changes) {
            changes.iter().for_each(|change| apply(&mut world.snapshot, change, night));
        }
        let mut seen: Vec<Snapshot> = worlds.iter().map(|world| world.snapshot.clone()).collect();
        for (snapshot, outage) in seen.iter_mut().zip(&plan.outages) {
            outage.iter().for_each(|outage| strike(snapshot, outage));
        }
        let org = |at: usize, snapshot| Org {
            snapshot,
            matrix: &worlds[at].matrix,
            scopes_enforced: worlds[at].scopes_enforced,
            failed: false,
        };
        let truth = evidence(&[org(0, &worlds[0].snapshot), org(1, &worlds[1].snapshot)], &needs, as_of);
        let true_now: BTreeMap<String, Severity> =
            judge(&truth, &BTreeMap::new()).into_iter().map(|one| (one.id.clone(), one.severity)).collect();
        let mut both: Vec<Org<'_>> = seen.iter().enumerate().map(|(at, snapshot)| org(at, snapshot)).collect();
        for (org, outage) in both.iter_mut().zip(&plan.outages) {
            org.failed = matches!(outage, Some(Outage::Org));
        }
        let tonight = evidence(&both, &needs, as_of);
        let advanced = follow(&tonight, record.as_ref());
        if night % 7 == 0 {
            both.reverse();
            let mirrored = follow(&evidence(&both, &needs, as_of), record.as_ref());
            prop_assert_eq!(&advanced.findings, &mirrored.findings, "the order of orgs matters");
            prop_assert_eq!(&advanced.record, &mirrored.record);
        }

        let last: BTreeMap<String, Severity> = record
            .iter()
            .flat_map(|record| &record.findings)
            .map(|record| (record.id.clone(), record.severity))
            .collect();
        for finding in advanced.findings.iter().filter(|one| is_of_the_org(one)) {
            let say = format!("night {night}: {finding:#?}");
            let truly = true_now.get(&finding.id);
            match finding.status {
                Status::Resolved => prop_assert!(truly.is_none(), "resolved and still there, {say}"),
                Status::Better => prop_assert!(truly < last.get(&finding.id), "better and is not, {say}"),
                Status::New | Status::Worse | Status::Persisting | Status::Reopened => {
                    prop_assert!(truly.is_some(), "reported for certain and is not there, {say}");
                }
                Status::Waived | Status::Incomparable => {}
            }
        }
        // What is true all along is there every night, under one id and since one day.
        known.retain(|id, _| true_now.contains_key(id));
        let shown: BTreeMap<&str, &Finding> = advanced.findings.iter().map(|one| (one.id.as_str(), one)).collect();
        for (id, since) in &known {
            let Some(finding) = shown.get(id.as_str()) else {
                return Err(TestCaseError::fail(format!("night {night}: {id} is true and not shown")));
            };
            prop_assert_eq!(finding.first_seen, *since, "night {}: {:#?}", night, finding);
            prop_assert!(
                !matches!(finding.status, Status::New | Status::Reopened | Status::Resolved),
                "night {night}: {finding:#?}"
            );
        }
        for finding in advanced.findings.iter().filter(|one| one.status.is_at_gate()) {
            known.entry(finding.id.clone()).or_insert(finding.first_seen);
        }

        let calm = plan.outages.iter().all(Option::is_none);
        if calm {
            let slept = follow(&tonight, reference.as_ref());
            prop_assert_eq!(open(&advanced.findings), open(&slept.findings), "night {}", night);
            prop_assert!(!advanced.findings.iter().any(|one| one.status == Status::Incomparable));
            if calm_before {
                let (mut with, mut without) = (describe(&advanced.findings), describe(&slept.findings));
                for reported in [&mut with, &mut without] {
                    // Whoever slept cannot know that it was there before.
                    reported.values_mut().filter(|one| one.0 == Status::Reopened).for_each(|one| one.0 = Status::New);
                }
                prop_assert_eq!(with, without, "night {}", night);
                if plan.changes.iter().flatten().all(|change| matches!(change, Change::Rename(_))) {
                    // A new name may look like another one's.
                    let by_name = |one: &Finding| one.check == "hygiene.look-alike-clients";
                    let all = advanced.findings.iter().all(|one| one.status == Status::Persisting || by_name(one));
                    prop_assert!(all, "nothing changed on night {night}: {:#?}", advanced.findings);
                }
            }
            reference = Some(slept.record);
        }
        calm_before = calm;
        record = Some(advanced.record);
    }
    Ok(())
}

/// The seeds of failures are kept and tried first.
fn config(cases: u32, max_shrink_iters: u32) -> ProptestConfig {
    let seeds = FileFailurePersistence::Direct("proptest-regressions/history_year.txt");
    ProptestConfig { cases, max_shrink_iters, failure_persistence: Some(Box::new(seeds)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(1, 200))]

    #[test]
    fn year_with_outages_neither_clears_nor_invents(
        worlds in [world(true), world(true)],
        plans in vec(plan(), 365),
    ) {
        year(worlds, &plans)?;
    }
}

proptest! {
    #![proptest_config(config(24, 4000))]

    #[test]
    fn month_with_outages_neither_clears_nor_invents(
        worlds in [world(true), world(true)],
        plans in vec(plan(), 1..30),
    ) {
        year(worlds, &plans)?;
    }
}
