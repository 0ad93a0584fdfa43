//! What could make the same call succeed now and fail later ("200, then 403"), and whether the data supports it.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::links::{list_name, read_at};
use super::{Pair, observed};
use rolecall_access::cross::principal::HeldGrant;
use rolecall_access::cross::{AccessMap, Answer, Principal, PrincipalKind, Reason, Verdict, excess};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::usage::UsageRow;
use rolecall_matrix::Endpoint;

/// What is recent enough to be the reason that a call which worked does so no more, in days.
const RECENT_DAYS: i64 = 30;
/// How many changes of the audit log are shown.
const CHANGES: usize = 3;
/// How long the platform says that a changed permission may take to arrive, in minutes.
const PROPAGATION_MINUTES: u32 = 5;

/// Whether the data supports a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Standing {
    /// Something that was read speaks for it.
    #[serde(rename = "supported by data")]
    Supported,
    /// It happens, and nothing that was read speaks for it here.
    #[serde(rename = "possible, nothing in the data supports it")]
    Possible,
    /// What was read speaks against it.
    #[serde(rename = "ruled out by the data")]
    RuledOut,
}

impl Standing {
    /// The words used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported by data",
            Self::Possible => "possible, nothing in the data supports it",
            Self::RuledOut => "ruled out by the data",
        }
    }
}

/// One thing that could make the call flip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// Which: `observed`, `change`, `grant date`, `client date`, `division`, `condition`, `access policy`, `same name`,
    /// `scope enforcement`, `rate limit`, `token`.
    pub cause: &'static str,
    /// Whether the data supports it.
    pub standing: Standing,
    /// What is known of it, in a sentence.
    pub says: String,
    /// Which list says so.
    pub from: String,
    /// When that list was read, where the snapshot records it.
    pub read_at: Option<Timestamp>,
}

/// Everything that could make the call flip: what the data supports first.
pub fn possible_causes(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, answer: Answer) -> Vec<Flip> {
    let mut flips = Flips { map, found: Vec::new() };
    let operation = map.matrix.resolve(endpoint).map(|(at, _)| at);
    flips.observed(pair, endpoint);
    flips.changes(pair, operation);
    flips.grant_dates(pair.holder(), operation);
    flips.client_date(pair.principal);
    flips.divisions(pair.holder(), operation, answer);
    flips.conditions(pair.holder(), operation, answer);
    flips.same_name(pair.principal);
    flips.scope_enforcement(pair.principal);
    flips.token(pair.principal);
    let mut found = flips.found;
    found.sort_by_key(|flip| flip.standing);
    found
}

struct Flips<'m, 'a> {
    map: &'m AccessMap<'a>,
    found: Vec<Flip>,
}

impl Flips<'_, '_> {
    fn add(&mut self, cause: &'static str, standing: Standing, says: String, listing: Listing) {
        let from = list_name(self.map, listing);
        self.found.push(Flip { cause, standing, says, from, read_at: read_at(self.map, listing) });
    }

    fn is_recent(&self, at: Timestamp) -> bool {
        let window = SignedDuration::from_hours(24 * RECENT_DAYS);
        self.map.snapshot.as_of.duration_since(at) <= window
    }

    fn observed(&mut self, pair: &Pair<'_>, endpoint: &Endpoint) {
        let map = self.map;
        let Some(usage) = &map.snapshot.usage else {
            let why = match map.snapshot.coverage.seen(Listing::Usage) {
                Seen::NotAsked => "observed use was not asked for",
                Seen::Whole | Seen::Part | Seen::Nothing => "observed use was not read",
            };
            let says = format!("an earlier success is neither confirmed nor ruled out: {why}");
            self.add("observed", Standing::Possible, says, Listing::Usage);
            return;
        };
        let rows = observed::rows(map, pair, endpoint);
        let sum = |of: fn(&UsageRow) -> u64| rows.iter().map(|row| of(row)).sum::<u64>();
        let (good, refused, limited) = (sum(|row| row.status_2xx), sum(UsageRow::refusals), sum(|row| row.status_429));
        let last_good = rows.iter().filter_map(|row| row.last_success).max();
        let last = rows.iter().map(|row| row.last).max();
        let window = format!("from {} to {}", usage.from, usage.to);
        let (standing, says) = match (good, refused) {
            (0, 0) => (Standing::Possible, format!("that it did so before: no call was observed {window}")),
            (good, 0) => (
                Standing::RuledOut,
                format!("that it did so before: {good} calls succeeded {window} and none was refused"),
            ),
            (0, refused) => (
                Standing::RuledOut,
                format!(
                    "that it did so before: {refused} calls got a 4xx {window} and none succeeded; it fails always"
                ),
            ),
            (good, refused) => {
                let success = last_good.map_or_else(String::new, |day| format!(", the last on {day}"));
                let calls = last.map_or_else(String::new, |day| format!(", calls went on until {day}"));
                (
                    Standing::Supported,
                    format!(
                        "{good} calls succeeded {window}{success}; {refused} got a 4xx (401, 403, 404 and 409 are one count){calls}"
                    ),
                )
            }
        };
        self.add("observed", standing, says, Listing::Usage);
        if limited > 0 {
            let says = format!("{limited} calls were answered 429 {window}: the rate limit, which is no missing right");
            self.add("rate limit", Standing::Supported, says, Listing::Usage);
        }
    }

    /// Changes of the audit log to what the answer rests on.
    fn changes(&mut self, pair: &Pair<'_>, operation: Option<usize>) {
        let map = self.map;
        let grants = self.bearing(pair.holder(), operation);
        let bears = |id: &str| {
            id == pair.principal.id
                || id == pair.holder().id
                || grants.iter().any(|grant| grant.role_id.as_str() == id)
                || grants.iter().any(|grant| grant.via.as_ref().is_some_and(|group| group.as_str() == id))
        };
        let mut changes: Vec<_> = map
            .snapshot
            .audit
            .iter()
            .filter(|entry| entry.entity_id.as_deref().is_some_and(bears))
            .filter_map(|entry| entry.at.map(|at| (at, entry)))
            .filter(|(at, _)| self.is_recent(*at))
            .collect();
        changes.sort_by(|a, b| b.cmp(a));
        if changes.is_empty() {
            let says = match map.snapshot.coverage.seen(Listing::AuditLog) {
                Seen::Whole => {
                    "a role, a grant or the client was changed: the audit log that was read shows no change".to_owned()
                }
                Seen::NotAsked => {
                    "a role, a grant or the client was changed: the audit log was not asked for".to_owned()
                }
                Seen::Part | Seen::Nothing => {
                    "a role, a grant or the client was changed: the audit log was not read completely".to_owned()
                }
            };
            self.add("change", Standing::Possible, says, Listing::AuditLog);
        }
        for (at, entry) in changes.into_iter().take(CHANGES) {
            let name = entry.entity_name.as_deref().or(entry.entity_id.as_deref()).unwrap_or("");
            let says = format!(
                "{} `{name}` was changed ({}) at {at}: calls before and after it may be answered differently, and the change may take up to {PROPAGATION_MINUTES} minutes to arrive",
                entry.entity_type, entry.action
            );
            self.add("change", Standing::Supported, says, Listing::AuditLog);
        }
    }

    /// The grants that give what the call asks for; all of them where none does.
    fn bearing(&self, holder: &Principal, operation: Option<usize>) -> Vec<HeldGrant> {
        let map = self.map;
        let demanded = operation.map_or(&[][..], |at| map.demanded(at));
        let grants = map.grants_of(holder);
        let gives = |grant: &&HeldGrant| {
            let rights = grant.role.and_then(|at| map.rights.roles.get(at));
            rights.is_some_and(|rights| {
                demanded.iter().any(|one| rights.always.contains(*one) || rights.under_condition.contains(*one))
            })
        };
        let giving: Vec<HeldGrant> = grants.iter().filter(gives).cloned().collect();
        if giving.is_empty() { grants } else { giving }
    }

    fn grant_dates(&mut self, holder: &Principal, operation: Option<usize>) {
        if holder.acts_for_users() {
            return;
        }
        let map = self.map;
        let grants = self.bearing(holder, operation);
        let newest = grants.iter().filter_map(|grant| grant.granted_at.map(|at| (at, grant))).max_by_key(|(at, _)| *at);
        match newest {
            Some((at, grant)) if self.is_recent(at) => {
                let says = format!(
                    "its role `{}` was granted at {at}: calls before were answered without it",
                    excess::role_name(map, grant)
                );
                self.add("grant date", Standing::Supported, says, Listing::GrantDates);
            }
            Some((at, grant)) => {
                let says = format!(
                    "its newest grant that bears on the call, role `{}`, is of {at}: older than {RECENT_DAYS} days",
                    excess::role_name(map, grant)
                );
                self.add("grant date", Standing::RuledOut, says, Listing::GrantDates);
            }
            None if grants.is_empty() => {
                let says = "a grant was removed: it has none now, and a grant that is gone leaves no date";
                self.add("grant date", Standing::Possible, says.to_owned(), Listing::GrantDates);
            }
            None => {
                let says = "a grant was made or removed: the dates of its grants are unknown";
                self.add("grant date", Standing::Possible, says.to_owned(), Listing::GrantDates);
            }
        }
    }

    fn client_date(&mut self, principal: &Principal) {
        let Some(at) = self.map.client(principal).and_then(|client| client.modified) else { return };
        if self.is_recent(at) {
            let says =
                format!("the client itself was modified at {at}: its roles, scopes or state may have been others");
            self.add("client date", Standing::Supported, says, Listing::OauthClients);
        }
    }

    fn divisions(&mut self, holder: &Principal, operation: Option<usize>, answer: Answer) {
        let map = self.map;
        let Some(at) = operation.filter(|_| !holder.acts_for_users()) else { return };
        match answer.verdict {
            Verdict::Partial => {
                let names: Vec<&str> =
                    map.divisions(holder, at, answer).into_iter().map(|id| map.division_name(id)).collect();
                let says = format!(
                    "the grant is limited to {}: the same call succeeds for what lies there, and for anything else fails, or returns less without an error",
                    names.join(", ")
                );
                self.add("division", Standing::Supported, says, Listing::RoleGrants);
            }
            Verdict::Allowed if !map.demanded(at).is_empty() => {
                let says = "a grant limited to a division: what the call requires is held in all divisions";
                self.add("division", Standing::RuledOut, says.to_owned(), Listing::RoleGrants);
            }
            Verdict::Allowed | Verdict::Conditional | Verdict::DependsOnUser | Verdict::Denied | Verdict::Unknown => {}
        }
    }

    fn conditions(&mut self, holder: &Principal, operation: Option<usize>, answer: Answer) {
        if answer.reasons.has(Reason::ConditionsApply) {
            let says = "the permission is held under a condition, which decides in the single call";
            self.add("condition", Standing::Supported, says.to_owned(), Listing::Roles);
        }
        let policies = operation.map(|at| self.map.policies(holder, at)).unwrap_or_default();
        for policy in policies {
            let says = format!("the access policy `{}` may deny single calls", policy.name);
            self.add("access policy", Standing::Supported, says, Listing::Policies);
        }
    }

    fn same_name(&mut self, principal: &Principal) {
        let map = self.map;
        let others: Vec<&str> = map
            .principals()
            .iter()
            .filter(|other| other.name == principal.name && other.id != principal.id && other.kind == principal.kind)
            .map(|other| other.id.as_str())
            .collect();
        if !others.is_empty() {
            let says = format!(
                "{} other {} of this name with other rights may be the one that calls: {}",
                others.len(),
                if others.len() == 1 { "principal" } else { "principals" },
                others.join(", ")
            );
            let listing =
                if principal.kind == PrincipalKind::OauthClient { Listing::OauthClients } else { Listing::Users };
            self.add("same name", Standing::Supported, says, listing);
        }
    }

    fn scope_enforcement(&mut self, principal: &Principal) {
        if principal.acts_for_users() && self.map.scopes_enforced.is_none() {
            let says = "an administrator switched the enforcement of scopes on: no API field shows whether it is on";
            self.add("scope enforcement", Standing::Possible, says.to_owned(), Listing::OauthClients);
        }
    }

    fn token(&mut self, principal: &Principal) {
        let Some(client) = self.map.client(principal) else { return };
        let life = client.token_validity_seconds.map_or_else(
            || "how long its tokens live is unknown".to_owned(),
            |seconds| format!("its tokens live {}", duration(seconds)),
        );
        let says = format!(
            "a cached token: {life}; when one was issued is in no list, and that an issued token keeps old rights is not documented (a token that has run out is a 401, not a 403)"
        );
        self.add("token", Standing::Possible, says, Listing::OauthClients);
    }
}

/// Seconds as people say them.
fn duration(seconds: i64) -> String {
    match seconds {
        s if s % 86_400 == 0 && s >= 86_400 => format!("{} d", s / 86_400),
        s if s % 3600 == 0 && s >= 3600 => format!("{} h", s / 3600),
        s if s % 60 == 0 && s >= 60 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}
