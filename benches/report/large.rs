//! One large org and as many findings as are asked for: as checks tell them, or at random.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::cross::{AccessMap, Principal, PrincipalKind};
use rolecall_base::grant::Reach;
use rolecall_base::id::{ClientId, DivisionId, GroupId, RoleId, SubjectId, UserId};
use rolecall_base::policy::PolicySubject;
use rolecall_base::snapshot::{CarriedMatrix, Snapshot};
use rolecall_findings::check::{Found, subject};
use rolecall_findings::checks;
use rolecall_findings::finding::{Basis, Finding, Status};
use rolecall_findings::judge::settle;
use rolecall_findings::severity::Severity;
use rolecall_findings::trend::NightCounts;
use rolecall_matrix::{Operation, bundled};

use crate::org::{self, Dice, Size};

/// The name of the org.
pub(crate) const ORG: &str = "prod";

/// How the findings hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As checks tell them: each about a principal of the org, with what follows from its roles; names as people give them.
    Structured,
    /// The worst case: every name and every value drawn for itself.
    Random,
}

impl Mode {
    /// The mode of this name.
    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "structured" | "few" => Some(Self::Structured),
            "random" => Some(Self::Random),
            _ => None,
        }
    }
}

/// 2,000 clients, 1,000 roles and 20,000 service users; `few`: 251 clients and 100 roles.
pub(crate) fn size(word: &str) -> Size {
    match word {
        "few" => Size { clients: 251, users: 0, roles: 100, sets: 100 },
        // Machines are made by the dozen: a few hundred different sets of roles in a night as people make it.
        "structured" => Size { clients: 2_000, users: 20_000, roles: 1_000, sets: 400 },
        _ => Size { clients: 2_000, users: 20_000, roles: 1_000, sets: 10_000 },
    }
}

/// An org of this size. Ids are as incompressible as the platform's.
pub(crate) fn snapshot(mode: Mode, size: Size, as_of: jiff::Timestamp) -> Snapshot {
    let matrix = bundled::matrix();
    let mut snapshot = org::snapshot(size, matrix);
    snapshot.org.name = ORG.to_owned();
    snapshot.as_of = as_of;
    snapshot.matrix = Some(CarriedMatrix { origin: matrix.origin.clone(), csv: rolecall_matrix::csv::write(matrix) });
    let mut ids = Ids { dice: Dice(7), known: BTreeMap::new() };
    ids.replace(&mut snapshot);
    let mut names = Names { dice: Dice(9), mode };
    for (at, client) in snapshot.oauth_clients.iter_mut().enumerate() {
        client.name = names.next("svc", at);
        client.created = Some(as_of - jiff::Span::new().hours(24 * names.dice.below(900) as i64));
    }
    for (at, user) in snapshot.users.iter_mut().enumerate() {
        user.name = names.next("svc", at);
        user.email = Some(format!("{}@svc.example.com", user.name.replace(' ', ".")));
        user.matched_by = Some("names:svc-*".to_owned());
        user.last_login = Some(as_of - jiff::Span::new().hours(24 * names.dice.below(90) as i64));
    }
    for (at, role) in snapshot.roles.iter_mut().enumerate() {
        role.name = names.next("role", at);
    }
    // People give roles by the batch.
    let batches: BTreeMap<RoleId, [usize; 3]> =
        snapshot.roles.iter().map(|role| (role.id.clone(), [(); 3].map(|()| names.dice.below(900)))).collect();
    for grant in &mut snapshot.grants {
        let days = match (mode, batches.get(&grant.role)) {
            (Mode::Structured, Some(batches)) => batches[names.dice.below(batches.len())],
            _ => names.dice.below(900),
        };
        grant.granted_at = Some(as_of - jiff::Span::new().hours(24 * days as i64));
    }
    snapshot.sort();
    snapshot
}

/// Puts random ids in the place of numbered ones, the same one everywhere.
struct Ids {
    dice: Dice,
    known: BTreeMap<String, String>,
}

impl Ids {
    fn of(&mut self, old: &str) -> String {
        let dice = &mut self.dice;
        let made = || {
            let mut hex = |digits: usize| (0..digits).map(|_| format!("{:x}", dice.below(16))).collect::<String>();
            format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
        };
        self.known.entry(old.to_owned()).or_insert_with(made).clone()
    }

    fn reach(&mut self, reach: &mut Reach) {
        if let Reach::In(division) = reach {
            *division = DivisionId::new(self.of(division.as_str()));
        }
    }

    fn replace(&mut self, snapshot: &mut Snapshot) {
        for division in &mut snapshot.divisions {
            division.id = DivisionId::new(self.of(division.id.as_str()));
        }
        for role in &mut snapshot.roles {
            role.id = RoleId::new(self.of(role.id.as_str()));
        }
        for client in &mut snapshot.oauth_clients {
            client.id = ClientId::new(self.of(client.id.as_str()));
            for own in client.role_divisions.iter_mut().flatten() {
                own.role = RoleId::new(self.of(own.role.as_str()));
                self.reach(&mut own.reach);
            }
        }
        for user in &mut snapshot.users {
            user.id = UserId::new(self.of(user.id.as_str()));
        }
        for group in &mut snapshot.groups {
            group.id = GroupId::new(self.of(group.id.as_str()));
        }
        let members = std::mem::take(&mut snapshot.group_members);
        for (group, members) in members {
            let members = members.iter().map(|user| UserId::new(self.of(user.as_str()))).collect();
            snapshot.group_members.insert(GroupId::new(self.of(group.as_str())), members);
        }
        for grant in &mut snapshot.grants {
            grant.subject = SubjectId::new(self.of(grant.subject.as_str()));
            grant.role = RoleId::new(self.of(grant.role.as_str()));
            self.reach(&mut grant.reach);
        }
        for policy in &mut snapshot.policies {
            match &mut policy.subject {
                PolicySubject::User(id) | PolicySubject::Client(id) | PolicySubject::Group(id) => *id = self.of(id),
                PolicySubject::All | PolicySubject::Team(_) | PolicySubject::NotStated => {}
            }
        }
    }
}

const TEAMS: [&str; 24] = [
    "billing",
    "crm",
    "wfm",
    "quality",
    "routing",
    "speech",
    "outbound",
    "backup",
    "export",
    "archive",
    "survey",
    "chat",
    "callback",
    "directory",
    "analytics",
    "fraud",
    "claims",
    "loyalty",
    "returns",
    "sales",
    "partner",
    "kiosk",
    "portal",
    "alerting",
];
const JOBS: [&str; 12] = [
    "sync",
    "reader",
    "loader",
    "monitor",
    "nightly",
    "webhook",
    "importer",
    "dashboard",
    "janitor",
    "bridge",
    "agent",
    "report",
];

struct Names {
    dice: Dice,
    mode: Mode,
}

impl Names {
    fn next(&mut self, prefix: &str, at: usize) -> String {
        let dice = &mut self.dice;
        match self.mode {
            Mode::Structured => {
                let (team, job) = (TEAMS[dice.below(TEAMS.len())], JOBS[dice.below(JOBS.len())]);
                format!("{prefix}-{team}-{job}-{at:05}")
            }
            Mode::Random => {
                let letters = 12 + dice.below(16);
                let letter = |_| char::from(b'a' + dice.below(26) as u8);
                format!("{prefix}-{}", (0..letters).map(letter).collect::<String>())
            }
        }
    }
}

/// How many of these findings a night had.
pub(crate) fn counts(findings: &[Finding], as_of: jiff::Timestamp) -> NightCounts {
    let there: Vec<Finding> = findings.iter().filter(|one| one.first_seen <= as_of).cloned().collect();
    NightCounts::of(&there, as_of, true, true)
}

/// This many findings about the machines of the org, with texts as checks write them.
pub(crate) fn findings(map: &AccessMap<'_>, number: usize, mode: Mode, as_of: jiff::Timestamp) -> Vec<Finding> {
    let mut teller = Teller { map, dice: Dice(11), mode };
    let reported = (0..number).map(|at| teller.tell(at));
    let meta = |id: &str| checks::metas().find(|meta| meta.id == id).unwrap();
    let mut findings = settle(reported.map(|(check, found)| (meta(check), found)), &BTreeMap::new(), as_of);
    assert_eq!(findings.len(), number, "two of the findings have one cause");
    let mut dice = Dice(13);
    for finding in &mut findings {
        let (status, nights) = match mode {
            Mode::Structured => match dice.below(1_000) {
                0..=4 => (Status::New, 0),
                5 => (Status::Worse, 1 + dice.below(30)),
                6..=9 => (Status::Resolved, 1 + dice.below(30)),
                _ => (Status::Persisting, [1, 1, 3, 8, 8, 8, 21, 60, 60, 144][dice.below(10)]),
            },
            Mode::Random => (Status::ALL[dice.below(Status::ALL.len())], dice.below(400)),
        };
        finding.status = status;
        finding.first_seen = as_of - jiff::Span::new().hours(24 * nights as i64);
    }
    findings
}

struct Teller<'m, 'a> {
    map: &'m AccessMap<'a>,
    dice: Dice,
    mode: Mode,
}

const SEVERITIES: [Severity; 5] = Severity::WORST_FIRST;

impl<'a> Teller<'_, 'a> {
    fn tell(&mut self, at: usize) -> (&'static str, Found) {
        let principals = self.map.principals();
        let machines = principals.len();
        // In the structured night each principal has its share, and so have the endpoints that are next to each other.
        let (who, round) = match self.mode {
            Mode::Structured => (at % machines, at / machines),
            Mode::Random => (self.dice.below(machines), at),
        };
        let who = &principals[who];
        match if self.mode == Mode::Structured { round % 4 } else { self.dice.below(4) } {
            0 => self.excess(who, at),
            1 => self.power(who, at),
            _ => self.gap(who, at, round),
        }
    }

    fn role(&mut self, who: &Principal) -> String {
        let roles = &self.map.snapshot.roles;
        let held = self.map.grants_of(who);
        let one = match (self.mode, held.first()) {
            (Mode::Structured, Some(grant)) => grant.role.and_then(|at| roles.get(at)),
            _ => roles.get(self.dice.below(roles.len())),
        };
        one.map(|role| role.name.clone()).unwrap_or_default()
    }

    fn operation(&mut self, who: &Principal, round: usize) -> &'a Operation {
        let operations = self.map.matrix.operations();
        let asking = |at: usize| !operations[at % operations.len()].requirement.permissions.is_empty();
        let start = match self.mode {
            Mode::Structured => who.holdings * 31 + round * 7,
            Mode::Random => self.dice.below(operations.len()),
        };
        &operations[(start..).find(|at| asking(*at)).unwrap() % operations.len()]
    }

    fn severity(&mut self, usual: Severity) -> Severity {
        if self.mode == Mode::Structured { usual } else { SEVERITIES[self.dice.below(SEVERITIES.len())] }
    }

    fn found(
        &mut self,
        who: &Principal,
        severity: Severity,
        at: usize,
        words: [String; 3],
        facts: Vec<String>,
    ) -> Found {
        let [title, detail, fix] = words;
        Found {
            severity,
            org: ORG.to_owned(),
            subject: subject(who),
            cause: self.cause(at, &facts),
            title,
            detail,
            fix,
            facts: facts.into_iter().collect(),
            basis: Basis::SETTLED,
        }
    }

    /// What an id is made of: a word of the first fact, as checks take an endpoint or a permission, and what keeps
    /// findings of one principal apart.
    fn cause(&self, at: usize, facts: &[String]) -> BTreeSet<String> {
        match self.mode {
            Mode::Structured => {
                let word = facts.iter().flat_map(|fact| fact.split_whitespace().next()).next().unwrap_or_default();
                [word.to_owned(), format!("round {}", at / self.map.principals().len())].into()
            }
            Mode::Random => [format!("number {at}")].into(),
        }
    }

    fn gap(&mut self, who: &Principal, at: usize, round: usize) -> (&'static str, Found) {
        let operation = self.operation(who, round);
        let (endpoint, requirement) = (&operation.endpoint, &operation.requirement);
        let missing = requirement.permissions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let role = self.role(who);
        let grant = who.grant_type.as_ref().map(|kind| format!(" (grant {})", kind.as_str())).unwrap_or_default();
        let words = [
            format!("{} cannot call {endpoint}: missing {missing}", who.name),
            format!("Verdict `denied` for 1 needed call of the {}{grant}: a permission is held nowhere.", who.kind),
            format!("add `{missing}` to role `{role}`"),
        ];
        let calls = 10 * (1 + self.dice.below(20));
        let facts = vec![format!(
            "{endpoint}: observed from 2026-10-22 to 2026-11-20: {calls} calls, 0 answered 2xx, {calls} refused (4xx without 429)"
        )];
        let severity =
            self.severity(if who.kind == PrincipalKind::OauthClient { Severity::High } else { Severity::Medium });
        ("gap.observed", self.found(who, severity, at, words, facts))
    }

    fn excess(&mut self, who: &Principal, at: usize) -> (&'static str, Found) {
        let held = match self.mode {
            Mode::Structured => self.map.holdings_of(who).map_or(0, |held| held.at_all.ones().count()),
            Mode::Random => self.dice.below(900),
        };
        let unused = held - held / 5;
        let role = self.role(who);
        let words = [
            format!("{} does not use {unused} permissions of the {held} it holds", who.name),
            format!("No known need uses them; via `{role}`."),
            format!("replace `{role}` by a role that holds only what is used, or take what is not used out of it"),
        ];
        let facts = (0..3).map(|step| {
            let asked = self.operation(who, step);
            format!("{} via `{role}` in `*`: granted, not used in 30 days", asked.requirement.permissions[0])
        });
        let facts = facts.collect();
        let severity = self.severity(Severity::Low);
        ("excess.unused-permissions", self.found(who, severity, at, words, facts))
    }

    fn power(&mut self, who: &Principal, at: usize) -> (&'static str, Found) {
        const GRAVE: [&str; 5] = [
            "authorization:grant:add",
            "authorization:role:edit",
            "oauth:client:edit",
            "directory:user:setPassword",
            "oauth:client:add",
        ];
        let role = self.role(who);
        let permission = match self.mode {
            Mode::Structured => GRAVE[who.holdings % GRAVE.len()].to_owned(),
            Mode::Random => self.operation(who, 0).requirement.permissions[0].to_string(),
        };
        let words = [
            format!("{} holds `{permission}`: privilege escalation", who.name),
            "Class privilege-escalation: its holder can give itself the rest. Each line below gives the steps from the \
             catalogue's severity to this one. Whether the platform caps grants and edits of roles at the caller's own \
             rights is not published."
                .to_owned(),
            format!("take the permission out of `{role}`, or the role away from it"),
        ];
        let facts = vec![format!("{permission}: critical (catalogue: critical); via `{role}`; no use was seen.")];
        let severity = self.severity(Severity::Critical);
        ("power.dangerous-permission", self.found(who, severity, at, words, facts))
    }
}
