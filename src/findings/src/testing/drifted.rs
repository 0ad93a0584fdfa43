//! Comparisons made by hand, for tests.

use crate::check::{Check, Found};
use crate::evidence::{Evidence, PairEvidence, SinceEvidence};
use crate::parameters::Parameters;
use rolecall_access::cross::{Answer, Reason, Verdict};
use rolecall_access::drift::broken::{BrokenCall, Certainty, NeedSource};
use rolecall_access::drift::change::{Author, Change, DriftKind, Effect, Items, ShownGrant};
use rolecall_access::drift::{AccessDifference, Drift, NotCompared, Paired, PairedPrincipal};
use rolecall_base::coverage::Listing;

/// A comparison that is put together row by row; rows stay in the order in which they are added.
#[derive(Default)]
pub struct Drifted {
    /// What has been put together.
    pub drift: Drift,
}

impl Drifted {
    /// Two sides that are the same.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row whose difference is a value; gives its position.
    pub fn row(&mut self, kind: DriftKind, name: &str, field: &str, from: &str, to: &str, effect: Effect) -> usize {
        let mut change = Change::new(kind, name, field, from, to, effect);
        let id = name.to_lowercase().replace(' ', "-");
        change.from_id = format!("left-{id}");
        change.to_id = format!("right-{id}");
        if field == "presence" {
            (if from == "present" { &mut change.to_id } else { &mut change.from_id }).clear();
        }
        self.drift.changes.push(change);
        self.drift.changes.len() - 1
    }

    /// Adds a row of a role's permissions.
    pub fn permissions(&mut self, role: &str, lost: &[&str], gained: &[&str], effect: Effect) -> usize {
        let row = self.row(DriftKind::Role, role, "permissions", &lost.join(";"), &gained.join(";"), effect);
        let items = lost.iter().chain(gained).map(|name| (*name).to_owned()).collect();
        self.drift.changes[row].items = Items::Permissions(items);
        row
    }

    /// Adds a row of a holder's grants: role and division, without one: all divisions. They were made a day before.
    pub fn grants(
        &mut self,
        kind: DriftKind,
        name: &str,
        lost: &[(&str, Option<&str>)],
        gained: &[(&str, Option<&str>)],
        effect: Effect,
    ) -> usize {
        let reported = |grants: &[(&str, Option<&str>)]| -> Vec<ShownGrant> {
            let grant = |(role, division): &(&str, Option<&str>)| ShownGrant {
                role: (*role).to_owned(),
                division: division.map(str::to_owned),
                granted_at: Some("2026-11-20T15:04:00Z".parse().unwrap()),
            };
            grants.iter().map(grant).collect()
        };
        let (lost, gained) = (reported(lost), reported(gained));
        let text = |grants: &[ShownGrant]| grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(";");
        let row = self.row(kind, name, "grants", &text(&lost), &text(&gained), effect);
        self.drift.changes[row].items = Items::Grants(lost.into_iter().chain(gained).collect());
        row
    }

    /// Says who made a difference.
    pub fn by(&mut self, row: usize, author: Author) -> &mut Self {
        self.drift.changes[row].author = author;
        self
    }

    /// Adds a principal of both sides with the permissions it loses and gains; gives its position.
    pub fn principal(&mut self, kind: DriftKind, name: &str, lost: &[&str], gained: &[&str]) -> usize {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.drift.differences.push(AccessDifference {
            lost_permissions: texts(lost),
            gained_permissions: texts(gained),
            ..AccessDifference::default()
        });
        let id = name.to_lowercase().replace(' ', "-");
        self.drift.principals.push(PairedPrincipal {
            kind,
            name: name.to_owned(),
            from_id: format!("left-{id}"),
            to_id: format!("right-{id}"),
            difference: Some(self.drift.differences.len() - 1),
        });
        self.drift.principals.len() - 1
    }

    /// Says whose access a row changes.
    pub fn affects(&mut self, row: usize, principals: &[usize]) -> &mut Self {
        self.drift.changes[row].affected = principals.to_vec();
        self
    }

    /// Adds a declared call that works on the left and is not sure to on the right, with its causes.
    pub fn broken(&mut self, name: &str, endpoint: &str, certainty: Certainty, causes: &[usize]) -> usize {
        let at = self.drift.broken.len();
        let id = name.to_lowercase().replace(' ', "-");
        self.drift.broken.push(BrokenCall {
            certainty,
            kind: DriftKind::OauthClient,
            name: name.to_owned(),
            from_id: format!("left-{id}"),
            to_id: format!("right-{id}"),
            endpoint: endpoint.parse().unwrap(),
            division: None,
            needs: vec![NeedSource::Declared { place: format!("needs.csv:{}", at + 2), note: String::new() }],
            left: Answer::plain(Verdict::Allowed),
            right: Some(match certainty {
                Certainty::Fails => Answer::because(Verdict::Denied, Reason::MissingPermission),
                Certainty::MayFail => Answer::because(Verdict::Conditional, Reason::ConditionsApply),
                Certainty::NotKnown => Answer::because(Verdict::Unknown, Reason::DataIncomplete),
            }),
            missing_permissions: vec!["routing:queue:view".to_owned()],
            missing_scopes: Vec::new(),
            causes: causes.to_vec(),
        });
        for cause in causes {
            self.drift.changes[*cause].broken.push(at);
        }
        at
    }

    /// Says that a list of a side could not be compared.
    pub fn not_compared(&mut self, listing: Listing, side: &str, is_gap: bool) -> &mut Self {
        let why = if is_gap { "page 2 was refused (403)" } else { "nobody asked for it" };
        self.drift.not_compared.push(NotCompared { listing, side: side.to_owned(), why: why.to_owned(), is_gap });
        self
    }
}

/// A comparison with something of every kind; `name` is that of a client and of a role.
pub fn of_every_kind(name: &str) -> Drift {
    let mut drifted = Drifted::new();
    let client = DriftKind::OauthClient;
    let board = drifted.principal(client, "Board", &["routing:queue:view"], &[]);
    let robot = drifted.principal(client, name, &[], &["authorization:role:edit", "routing:queue:edit"]);
    let svc = drifted.principal(DriftKind::ServiceUser, "svc-a", &["routing:queue:view"], &["users:user:view"]);
    let queues = "GET /api/v2/routing/queues";
    drifted.drift.endpoints = vec![queues.parse().unwrap(), "POST /api/v2/routing/queues".parse().unwrap()];
    drifted.drift.differences[board].lost = vec![0];
    drifted.drift.differences[robot].gained = vec![1];
    drifted.drift.differences[svc].not_known = vec![0, 1];
    let lost = drifted.permissions(name, &["routing:queue:view"], &[], Effect::Breaks);
    let state = drifted.row(client, "Board", "state", "active", "inactive", Effect::Breaks);
    let power = drifted.grants(client, name, &[], &[("Tools", None), ("Queues", Some("Sales"))], Effect::Widens);
    let backfill = drifted.permissions("Employee", &[], &["users:user:view"], Effect::Widens);
    let unknown = drifted.row(DriftKind::Group, "Agents", "presence", "present", "not known", Effect::Unknown);
    let narrows = drifted.row(client, "Old", "presence", "present", "absent", Effect::Narrows);
    drifted.row(client, "Web", "redirect_uris", "https://a.example.invalid", "", Effect::None);
    drifted.row(client, "Twins", "name", "2 of this name", "1 of this name", Effect::Unknown);
    drifted.affects(lost, &[board, svc]).affects(state, &[board]).affects(power, &[robot]).affects(backfill, &[svc]);
    drifted.affects(narrows, &[]);
    drifted.broken("Board", queues, Certainty::Fails, &[lost, state]);
    drifted.broken("Dialler", queues, Certainty::Fails, &[lost]);
    drifted.broken(name, "GET /api/v2/users", Certainty::MayFail, &[unknown]);
    let at = Some("2026-11-20T15:04:05Z".parse().unwrap());
    let who = Author::Somebody { who: name.to_owned(), at, action: "AddGrant".to_owned() };
    drifted.by(power, who).by(backfill, Author::Platform { at });
    drifted.not_compared(Listing::Groups, "staging", true).not_compared(Listing::AuditLog, "dev", false);
    drifted.drift.paired = vec![Paired { kind: client, left: 5, right: 4, both: 4 }];
    drifted.drift.ignored = 2;
    drifted.drift
}

/// What a check finds in a pair, dev to staging, sorted by title.
pub fn found_between(check: &Check, drifted: &Drifted) -> Vec<Found> {
    let (from, to) = ("dev".to_owned(), "staging".to_owned());
    found_in(check, vec![PairEvidence { from, to, drift: Some(drifted.drift.clone()) }], Vec::new())
}

/// What a check finds in dev, compared with its night before, sorted by title.
pub fn found_since(check: &Check, drifted: &Drifted) -> Vec<Found> {
    let before = "2026-11-20T02:00:00Z".parse().unwrap();
    found_in(check, Vec::new(), vec![SinceEvidence { org: "dev".to_owned(), before, drift: drifted.drift.clone() }])
}

/// What a check finds in pairs and nights, sorted by title.
pub fn found_in(check: &Check, pairs: Vec<PairEvidence>, since: Vec<SinceEvidence>) -> Vec<Found> {
    let as_of = "2026-11-21T02:00:00Z".parse().unwrap();
    let evidence = Evidence {
        as_of,
        orgs: Vec::new(),
        failed: Vec::new(),
        needs: &[],
        pairs,
        since,
        radar: Vec::new(),
        parameters: Parameters::default(),
        separation: &[],
    };
    let mut found = Vec::new();
    (check.run)(&evidence, &mut found);
    found.sort_by(|a, b| a.title.cmp(&b.title));
    found
}
