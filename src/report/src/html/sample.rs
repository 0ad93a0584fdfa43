//! A hand-made night for the tests: two orgs, hostile names, a list that was cut, gaps of several kinds.

use std::collections::BTreeSet;

use rolecall_access::cross::AccessMap;
use rolecall_access::cross::contradiction::contradictions;
use rolecall_access::cross::excess::excess;
use rolecall_access::cross::gap::gaps;
use rolecall_access::cross::needed::Needed;
use rolecall_base::coverage::{Coverage, Listing, ListingRecord, Seen, Unread};
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::id::{ClientId, DivisionId, GroupId, OrgId, RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient, RoleDivision};
use rolecall_base::snapshot::{CollectionRecord, Snapshot};
use rolecall_base::usage::{Usage, UsageRow};
use rolecall_findings::evidence::{Evidence, FailedOrg, MatrixUsed, OrgEvidence};
use rolecall_findings::finding::{Basis, Finding, Status, Subject};
use rolecall_findings::severity::Severity;
use rolecall_matrix::Matrix;
use rolecall_matrix::needs::Need;

/// A name that is an attack on the page and on its reader.
pub(super) const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&\u{202E}gnp\u{200B}";

pub(super) const AS_OF: &str = "2026-03-01T02:00:00Z";

fn text<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn client(id: &str, name: &str, grant: GrantType, roles: &[(&str, Reach)], scopes: &[&str]) -> OauthClient {
    OauthClient {
        id: ClientId::new(id),
        name: name.to_owned(),
        description: Some("Feeds the wallboard every 15 minutes.".to_owned()),
        grant_type: grant,
        state: ClientState::Active,
        scopes: Some(scopes.iter().map(rolecall_base::scope::Scope::new).collect()),
        role_divisions: Some(
            roles.iter().map(|(role, reach)| RoleDivision { role: RoleId::new(role), reach: reach.clone() }).collect(),
        ),
        token_validity_seconds: Some(86_400),
        redirect_uris: Vec::new(),
        created: Some("2025-06-01T09:00:00Z".parse().unwrap()),
        modified: None,
        created_by: Some(UserId::new("u-ops")),
        modified_by: None,
        deletes_at: None,
        allowed_addresses: None,
    }
}

/// An org with everything read.
pub(super) fn snapshot(name: &str) -> Snapshot {
    let whole = |listing| {
        let record = ListingRecord { seen: Seen::Whole, read: 12, expected: Some(12), unread: vec![], read_at: None };
        (listing, record)
    };
    let in_sales = Reach::In(DivisionId::new("d-sales"));
    let roles = [
        ("r-queues", "Queue Reader", "routing", "queue", "view"),
        ("r-analytics", "Analytics Reader", "analytics", "queueObservation", "view"),
        ("r-all", "Everything", "*", "*", "*"),
        ("r-hostile", HOSTILE, "directory", "user", "view"),
    ];
    let permissions: Vec<serde_json::Value> = rolecall_matrix::bundled::matrix()
        .operations()
        .iter()
        .flat_map(|operation| &operation.requirement.permissions)
        .filter(|permission| !permission.is_general() && !permission.as_str().starts_with("recording:recording:v"))
        .map(|permission| serde_json::json!({"permission": permission, "division_aware": true}))
        .collect();
    let mut snapshot = Snapshot {
        org: rolecall_base::org::Org {
            name: name.to_owned(),
            environment: if name == "dev" { "development".to_owned() } else { String::new() },
            api_url: "https://api.mypurecloud.ie".to_owned(),
            id: Some(OrgId::new("0f9d7c3a")),
            platform_name: Some("Example Ltd".to_owned()),
            auditor: ClientId::new("c-auditor"),
            settings: rolecall_base::org::OrgSettings::default(),
        },
        as_of: AS_OF.parse().unwrap(),
        collected_by: "rolecall 0.1.0".to_owned(),
        collection: CollectionRecord { notes: vec!["waited once for the rate limit".to_owned()], ..Default::default() },
        coverage: Coverage { listings: Listing::ALL.into_iter().map(whole).collect() },
        divisions: text(serde_json::json!([
            {"id": "d-home", "name": "Home", "home": true}, {"id": "d-sales", "name": "Sales"}, {"id": "d-care", "name": "Care"}
        ])),
        permissions: text(serde_json::Value::Array(permissions)),
        roles: roles
            .iter()
            .map(|(id, name, domain, entity, action)| {
                text(serde_json::json!({"id": id, "name": name, "policies": [
                    {"domain": domain, "entity": entity, "actions": [action]}]}))
            })
            .collect(),
        oauth_clients: vec![
            client(
                "c-board",
                "Queue Dashboard",
                GrantType::ClientCredentials,
                &[("r-queues", in_sales.clone())],
                &["routing:readonly"],
            ),
            client("c-admin", "Nightly Sync", GrantType::ClientCredentials, &[("r-all", Reach::All)], &[]),
            client("c-web", "Agent Desktop Panel", GrantType::Token, &[("r-queues", Reach::All)], &["routing"]),
            client("c-bad", HOSTILE, GrantType::ClientCredentials, &[("r-hostile", Reach::All)], &[]),
            OauthClient {
                state: ClientState::Inactive,
                ..client("c-old", "Old Exporter", GrantType::ClientCredentials, &[("r-queues", Reach::All)], &[])
            },
        ],
        apps: Vec::new(),
        users: text(serde_json::json!([
            {"id": "u-svc", "name": "svc-reporting", "email": "svc-reporting@svc.example.com", "state": "active",
             "matched_by": "names:svc-*", "division": "d-home"},
            {"id": "u-svc2", "name": "svc-wfm", "state": "inactive", "matched_by": "names:svc-*"}
        ])),
        groups: text(serde_json::json!([
            {"id": "g-report", "name": "Reporting", "state": "active", "roles_enabled": true, "member_count": 1}])),
        group_members: [(GroupId::new("g-report"), vec![UserId::new("u-svc")])].into(),
        grants: vec![Grant {
            subject_kind: SubjectKind::Group,
            subject: SubjectId::new("g-report"),
            subject_name: Some("Reporting".to_owned()),
            role: RoleId::new("r-analytics"),
            reach: Reach::All,
            granted_at: Some("2025-11-03T10:15:00Z".parse().unwrap()),
            read_from: GrantSource::RoleSubjects,
        }],
        policies: Vec::new(),
        trustees: text(serde_json::json!([
            {"id": "t-1", "name": "Partner Ltd", "enabled": true, "has_full_access": false, "uses_default_role": true,
             "is_trusted_user": null, "created": "2024-01-01T00:00:00Z", "expires": null,
             "users": [{"id": "x", "name": "Partner support"}], "groups": []}])),
        usage: Some(usage()),
        matrix: None,
        matrix_notes: Vec::new(),
        audit: Vec::new(),
    };
    snapshot.sort();
    snapshot
}

fn usage() -> Usage {
    let row = |client: &str, method: &str, template: &str, ok: u64, bad: u64| UsageRow {
        client: Some(ClientId::new(client)),
        user: None,
        method: method.to_owned(),
        template: template.to_owned(),
        first: "2026-02-01".parse().unwrap(),
        last: "2026-02-27".parse().unwrap(),
        last_success: None,
        requests: ok + bad,
        status_2xx: ok,
        status_3xx: 0,
        status_4xx: bad,
        status_429: 0,
        status_5xx: 0,
    };
    Usage {
        from: "2026-01-30".parse().unwrap(),
        to: "2026-02-28".parse().unwrap(),
        complete: true,
        rows: vec![
            row("c-admin", "GET", "/api/v2/users", 4_310, 3),
            row("c-admin", "GET", "/api/v2/groups", 0, 17),
            row("c-board", "GET", "/api/v2/routing/queues", 2_880, 0),
            row("c-board", "POST", "/api/v2/analytics/queues/observations/query", 0, 2_880),
            row("c-bad", "GET", "/api/v2/authorization/roles", 12, 0),
        ],
    }
}

/// The same org with its grants of one role and its policies not read.
pub(super) fn cut_short(name: &str) -> Snapshot {
    let mut snapshot = snapshot(name);
    snapshot.coverage.listings.insert(
        Listing::RoleGrants,
        ListingRecord {
            seen: Seen::Part,
            read: 3,
            expected: Some(12),
            unread: vec![Unread {
                of: Some("r-hostile".to_owned()),
                why: "page 2 was lost: 503 after 5 attempts".to_owned(),
                missing_permissions: Vec::new(),
            }],
            read_at: None,
        },
    );
    snapshot.coverage.listings.insert(
        Listing::Policies,
        ListingRecord {
            seen: Seen::Nothing,
            read: 0,
            expected: None,
            unread: vec![Unread {
                of: None,
                why: "403: the auditor's client may not read it".to_owned(),
                missing_permissions: vec!["authorization:policy:view".to_owned()],
            }],
            read_at: None,
        },
    );
    snapshot
}

pub(super) fn needs() -> Vec<Need> {
    let need = |line, principal: &str, endpoint: &str, division: Option<&str>, note: &str| Need {
        principal: principal.to_owned(),
        endpoint: endpoint.parse().unwrap(),
        division: division.map(str::to_owned),
        note: note.to_owned(),
        org: None,
        claims: rolecall_matrix::needs::Claims::default(),
        file: "needs.csv".into(),
        line,
    };
    vec![
        need(2, "Queue Dashboard", "POST /api/v2/analytics/queues/observations/query", None, "wallboard"),
        need(3, "Queue Dashboard", "GET /api/v2/routing/queues", Some("Care"), ""),
        need(4, "Queue Dashboard", "GET /api/v2/analytics/queues/summary", None, "from an old wiki page"),
        need(5, "Agent Desktop Panel", "GET /api/v2/users", None, ""),
        need(6, "Old Exporter", "GET /api/v2/routing/queues", None, ""),
        need(7, "svc-reporting", "GET /api/v2/speechandtextanalytics/conversations/{conversationId}", None, ""),
        need(8, HOSTILE, "GET /api/v2/routing/queues", None, HOSTILE),
        need(9, "Queue Dashbord", "GET /api/v2/routing/queues", None, ""),
    ]
}

/// Crosses orgs with the built-in matrix.
pub(super) fn evidence<'a>(snapshots: &'a [Snapshot], matrix: &'a Matrix, needs: &'a [Need]) -> Evidence<'a> {
    let orgs = snapshots
        .iter()
        .map(|snapshot| {
            let map = AccessMap::of(snapshot, matrix, None);
            let needed = Needed::of(&map, needs);
            let gaps = gaps(&map, &needed);
            let (excess, not_judged) = excess(&map, &needed);
            let contradictions = contradictions(&map, &needed);
            let used = MatrixUsed {
                origin: matrix.origin.clone(),
                date: matrix.date,
                sha256: "5f1c0e9a7b3d".to_owned(),
                published_sha256: "0".repeat(64),
                previous_sha256: None,
                operations: matrix.operations().len(),
                notes: vec!["the built-in table was used, because the org's own document was not read".to_owned()],
                fell_back: true,
                overrides: Vec::new(),
                reviewed: Vec::new(),
                announced: Vec::new(),
            };
            OrgEvidence { map, matrix: used, needed, gaps, excess, not_judged, contradictions }
        })
        .collect();
    Evidence {
        as_of: AS_OF.parse().unwrap(),
        orgs,
        failed: Vec::new(),
        needs,
        pairs: Vec::new(),
        since: Vec::new(),
        radar: Vec::new(),
        parameters: Default::default(),
        separation: &[],
    }
}

pub(super) fn failed() -> FailedOrg {
    FailedOrg {
        name: "prod-eu".to_owned(),
        environment: "production".to_owned(),
        why: "the token endpoint said invalid_client: wrong id, wrong secret or wrong region".to_owned(),
    }
}

pub(super) fn findings() -> Vec<Finding> {
    let severities =
        [Severity::Critical, Severity::High, Severity::High, Severity::Medium, Severity::Low, Severity::Info];
    let at = AS_OF.parse().unwrap();
    severities
        .into_iter()
        .cycle()
        .take(24)
        .enumerate()
        .map(|(number, severity)| Finding {
            id: format!("{number:04x}a9c3"),
            status: if number % 3 == 0 { Status::New } else { Status::Persisting },
            severity,
            check: "client.grants-roles",
            org: if number % 2 == 0 { "dev".to_owned() } else { "staging".to_owned() },
            subject: Subject { kind: "oauth_client", id: "c-admin".to_owned(), name: "Nightly Sync".to_owned() },
            cause: BTreeSet::new(),
            title: format!("OAuth client `Nightly Sync` can grant roles to itself ({number})"),
            detail: "It holds `authorization:grant:add` in all divisions through role `Everything`.".to_owned(),
            fix: "Remove `authorization:grant:add` from role `Everything`, or move the job to its own client."
                .to_owned(),
            facts: vec!["POST /api/v2/authorization/roles/{roleId}".to_owned(), HOSTILE.to_owned()],
            first_seen: at,
            last_seen: at,
            basis: Basis::SETTLED,
        })
        .collect()
}
