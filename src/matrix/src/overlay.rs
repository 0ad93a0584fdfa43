//! Reviewed corrections of the matrix: an operation, what it requires, by what evidence, who answers for it, until when.
//!
//! The platform's document is wrong in places, and a call is the proof. An [`Override`] says so, is laid over whichever
//! matrix is in force, and marks the operation, so that everything that it decides can say that it does. It ends by
//! itself: an entry without an end does not exist. The file is read by `config`, which knows how to point at its lines.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use toml_edit::{Array, DocumentMut, InlineTable, Item, TomlError, Value};

use super::announced::{Asked, Coming, with_permissions};
use super::endpoint::Endpoint;
use super::nearest;
use super::requirement::{Match, Provenance, Requirement, UserContext};
use super::table::{Matrix, permissions_of, scopes_of};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;

/// An entry that holds for longer than this is worth a look: the platform moves.
pub const LONG_DAYS: i32 = 366;

/// How many days an entry that Rolecall proposes holds.
pub const PROPOSED_DAYS: i64 = 90;

/// An overlay file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverlayFile {
    /// Its name without its folder, as outputs cite it.
    pub name: String,
    /// Its entries, in the order of the file.
    pub entries: Vec<Override>,
}

/// One `[[override]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The operation.
    pub endpoint: Endpoint,
    /// The org it is for; `None`: every org.
    pub org: Option<String>,
    /// What it requires; `None` leaves the permissions as they are.
    pub permissions: Option<Asked>,
    /// The scopes, any of which is enough; `None` leaves them as they are.
    pub scopes: Option<Vec<Scope>>,
    /// Whether a user must stand behind the token; `None` leaves it as it is.
    pub user_context: Option<UserContext>,
    /// Why; not blank.
    pub reason: String,
    /// What was seen, with counts and dates; not blank.
    pub evidence: String,
    /// Who reviewed it and answers for it; not blank.
    pub owner: String,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
    /// The first day on which it holds; `None`: it holds already.
    pub effective: Option<Date>,
    /// What is required until then; `None`: what the matrix says.
    pub before: Option<Asked>,
    /// Its line in the file, from 1.
    pub line: usize,
}

impl Override {
    /// Whether it holds on a day: the day of its end still counts.
    pub fn runs_on(&self, day: Date) -> bool {
        day <= self.expires
    }

    /// Whether it is announced for a later day.
    pub fn is_announced(&self, day: Date) -> bool {
        self.effective.is_some_and(|effective| day < effective)
    }

    /// Whether it is for an org.
    pub fn is_for(&self, org: &str) -> bool {
        self.org.as_deref().is_none_or(|wanted| wanted == org)
    }

    /// What an operation requires under it.
    pub fn over(&self, requirement: &Requirement) -> Requirement {
        let mut changed =
            self.permissions.as_ref().map_or_else(|| requirement.clone(), |asked| with_permissions(requirement, asked));
        if let Some(scopes) = &self.scopes {
            changed.scopes.clone_from(scopes);
            // A reviewed entry decides: that is what it is for.
            changed.scopes_known = Provenance::Published;
        }
        if let Some(user_context) = self.user_context {
            changed.user_context = user_context;
        }
        changed
    }
}

/// What became of an entry in an org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryOutcome {
    /// It is in force.
    Applied,
    /// Its day has not come: what it says of the time before is in force, where it says something.
    Announced(Box<Coming>),
    /// Its end has passed: the matrix stands as published.
    Expired,
    /// The matrix already says the same.
    Same,
    /// The matrix has no such operation; the nearest ones.
    NoOperation(Vec<Endpoint>),
}

impl EntryOutcome {
    /// The word used in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Announced(_) => "announced",
            Self::Expired => "expired",
            Self::Same => "same-as-matrix",
            Self::NoOperation(_) => "operation-not-in-matrix",
        }
    }
}

/// An entry, laid over the matrix of an org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// The file's name.
    pub file: String,
    /// The entry.
    pub entry: Override,
    /// What became of it.
    pub outcome: EntryOutcome,
    /// The operation's template, where the matrix has it.
    pub endpoint: Endpoint,
    /// What was required before it, in words; empty where it is not applied.
    pub before: String,
    /// Permissions and scopes that it names and that nothing else of the matrix does, with the nearest real ones.
    pub doubts: Vec<String>,
}

/// Lays the entries that are for an org over its matrix. Every operation that one decides is marked
/// ([`super::Operation::overridden`]); its `source` says by which entry, and what was published.
pub fn lay(matrix: &mut Matrix, file: &OverlayFile, org: &str, today: Date) -> Vec<Laid> {
    let mut applied = Vec::new();
    let entries = || file.entries.iter().filter(|entry| entry.is_for(org));
    // A path with a word in place of a parameter is an operation of its own.
    let own = entries().filter(|entry| entry.runs_on(today)).filter_map(|entry| matrix.concrete(&entry.endpoint));
    let own = own.collect();
    matrix.add(own);
    for entry in entries() {
        let found = matrix.resolve(&entry.endpoint).map(|(_, operation)| operation.clone());
        let doubts = doubts(matrix, entry);
        let (outcome, endpoint, before) = match found {
            None => {
                let near = nearest::instead_of(matrix, &entry.endpoint);
                (EntryOutcome::NoOperation(near), entry.endpoint.clone(), String::new())
            }
            Some(operation) if !entry.runs_on(today) => (EntryOutcome::Expired, operation.endpoint, String::new()),
            Some(operation) => {
                let changed = entry.over(&operation.requirement);
                let before = requirement_words(&operation.requirement);
                let cited = format!(
                    "override {}:{} ({}, until {}): {}",
                    file.name, entry.line, entry.owner, entry.expires, entry.reason
                );
                let mut replace = |requirement, mark: String| {
                    let source = Arc::from(format!("{mark} | published: {before} | {}", operation.source));
                    matrix.replace(&operation.endpoint, requirement, source, Arc::from(mark));
                };
                if let Some(day) = entry.effective.filter(|_| entry.is_announced(today)) {
                    let until = entry.before.as_ref().map(|asked| with_permissions(&operation.requirement, asked));
                    if let Some(until) = &until {
                        replace(until.clone(), format!("{cited} (until {day}, when it takes effect)"));
                    }
                    let coming = Coming {
                        effective: day,
                        cited: Arc::from(cited),
                        endpoint: operation.endpoint.clone(),
                        before: until.unwrap_or_else(|| operation.requirement.clone()),
                        after: changed,
                    };
                    (EntryOutcome::Announced(Box::new(coming)), operation.endpoint, before)
                } else if changed == operation.requirement && operation.overridden.is_none() {
                    (EntryOutcome::Same, operation.endpoint, String::new())
                } else {
                    replace(changed, cited);
                    (EntryOutcome::Applied, operation.endpoint, before)
                }
            }
        };
        applied.push(Laid { file: file.name.clone(), entry: entry.clone(), outcome, endpoint, before, doubts });
    }
    applied
}

fn doubts(matrix: &Matrix, entry: &Override) -> Vec<String> {
    let permissions = permissions_of(matrix);
    let scopes = scopes_of(matrix);
    let mut doubts = Vec::new();
    let near = |names: Vec<&str>| {
        if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(", ")) }
    };
    for permission in entry.permissions.iter().flat_map(|(_, permissions)| permissions) {
        if !permissions.contains(permission.as_str()) {
            let near = near(nearest::permissions(matrix, permission.as_str(), 3));
            doubts.push(format!("no operation of the matrix requires `{permission}`{near}"));
        }
    }
    for scope in entry.scopes.iter().flatten().filter(|scope| !scopes.contains(scope.as_str())) {
        let near = near(nearest::scopes(matrix, scope.as_str(), 3));
        doubts.push(format!("no operation of the matrix lists the scope `{scope}`{near}"));
    }
    doubts
}

/// A requirement in one phrase.
pub fn requirement_words(requirement: &Requirement) -> String {
    let list = |names: Vec<&str>| names.join(", ");
    let permissions = match requirement.permissions_match {
        Match::None => "no permission".to_owned(),
        Match::Unknown => "permissions not published".to_owned(),
        matching => {
            let names = requirement.permissions.iter().map(Permission::as_str).collect();
            format!("{} of {}", matching.as_str(), list(names))
        }
    };
    let scopes = if requirement.scopes.is_empty() {
        "no scope".to_owned()
    } else {
        format!("scopes {}", list(requirement.scopes.iter().map(Scope::as_str).collect()))
    };
    format!("{permissions}; {scopes}; user context {}", requirement.user_context.as_str())
}

/// Something to say about an overlay file without an org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line of the entry.
    pub line: usize,
    /// `operation-not-in-matrix`, `same-as-matrix`, `expired`, `far-off` or `name-not-known`.
    pub kind: &'static str,
    /// Whether the entry cannot do what it is for.
    pub is_error: bool,
    /// In words.
    pub text: String,
}

/// Holds an overlay file against a matrix, as for an org that every entry is for.
pub fn lint(file: &OverlayFile, matrix: &Matrix, today: Date) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for entry in &file.entries {
        let mut note = |kind, is_error, text| remarks.push(Remark { line: entry.line, kind, is_error, text });
        let alone = OverlayFile { name: file.name.clone(), entries: vec![Override { org: None, ..entry.clone() }] };
        for laid in lay(&mut matrix.clone(), &alone, "", today) {
            let endpoint = &entry.endpoint;
            match &laid.outcome {
                EntryOutcome::Applied | EntryOutcome::Announced(_) => {}
                EntryOutcome::Expired => {
                    note(
                        "expired",
                        true,
                        format!("{endpoint}: it ended on {}: review it anew or remove it", entry.expires),
                    );
                }
                EntryOutcome::Same => {
                    note("same-as-matrix", false, format!("{endpoint}: the matrix says the same: remove it"))
                }
                EntryOutcome::NoOperation(near) => {
                    let near = near.iter().map(Endpoint::to_string).collect::<Vec<_>>().join(", ");
                    let near = if near.is_empty() { String::new() } else { format!("; did you mean {near}?") };
                    note("operation-not-in-matrix", true, format!("{endpoint} is not in the matrix{near}"));
                }
            }
            for doubt in &laid.doubts {
                note("name-not-known", false, format!("{endpoint}: {doubt}"));
            }
        }
        let days = entry.expires.since(today).map_or(0, |span| span.get_days());
        if days > LONG_DAYS {
            note("far-off", false, format!("{}: it holds for {days} days; the platform moves faster", entry.endpoint));
        }
    }
    remarks
}

/// An entry as somebody may paste it: what was seen, without an owner, who has to review it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The operation.
    pub endpoint: Endpoint,
    /// The org it was seen in.
    pub org: String,
    /// What it seems to require; `None` leaves the permissions as they are.
    pub permissions: Option<(Match, Vec<String>)>,
    /// The scopes it seems to take; `None` leaves them as they are.
    pub scopes: Option<Vec<String>>,
    /// Whether it seems to need a user.
    pub user_context: Option<UserContext>,
    /// Why.
    pub reason: String,
    /// What was seen, with counts and dates.
    pub evidence: String,
    /// The day it is proposed on.
    pub today: Date,
}

impl Proposal {
    fn values(&self) -> Vec<(&'static str, Value)> {
        let list = |names: &[String]| Value::from(names.iter().map(String::as_str).collect::<Array>());
        let mut values =
            vec![("operation", Value::from(self.endpoint.to_string())), ("org", Value::from(self.org.as_str()))];
        if let Some((matching, permissions)) = &self.permissions {
            values.push(("match", Value::from(matching.as_str())));
            if !permissions.is_empty() {
                values.push(("permissions", list(permissions)));
            }
        }
        if let Some(scopes) = &self.scopes {
            values.push(("scopes", list(scopes)));
        }
        if let Some(user_context) = self.user_context {
            values.push(("user_context", Value::from(user_context.as_str())));
        }
        values.push(("reason", Value::from(self.reason.as_str())));
        values.push(("evidence", Value::from(self.evidence.as_str())));
        // Nobody reviewed it yet: an empty owner is refused when the file is read, until somebody did.
        values.push(("owner", Value::from("")));
        let days = jiff::Span::new().days(PROPOSED_DAYS);
        let expires = self.today.checked_add(days).unwrap_or(self.today).to_string();
        values.push((
            "expires",
            expires.parse::<toml_edit::Datetime>().map_or_else(|_| Value::from(expires), Value::from),
        ));
        values
    }

    /// On one line, as an entry of `override = [ ... ]`.
    pub fn inline(&self) -> String {
        self.values().into_iter().collect::<InlineTable>().to_string()
    }

    /// The text of an overlay file with this entry more, at its end; everything that was there stays as it is.
    ///
    /// # Errors
    /// When the text is not TOML.
    pub fn append(&self, text: &str) -> Result<String, TomlError> {
        let mut document: DocumentMut = text.parse()?;
        if let Some(list) = document.get_mut("override").and_then(Item::as_array_mut) {
            list.push(self.values().into_iter().collect::<InlineTable>());
            return Ok(document.to_string());
        }
        let mut whole = text.to_owned();
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        if !whole.trim().is_empty() {
            whole.push('\n');
        }
        let mut entry = DocumentMut::new();
        let mut table = toml_edit::Table::new();
        for (key, value) in self.values() {
            table.insert(key, Item::Value(value));
        }
        let mut entries = toml_edit::ArrayOfTables::new();
        entries.push(table);
        entry.insert("override", Item::ArrayOfTables(entries));
        whole.push_str(&entry.to_string());
        Ok(whole)
    }
}

/// Whether the text of an overlay file has an entry for an operation and org, however unfinished it is otherwise.
///
/// # Errors
/// When the text is not TOML.
pub fn names(text: &str, endpoint: &Endpoint, org: &str) -> Result<bool, TomlError> {
    let document: DocumentMut = text.parse()?;
    let is_it = |operation: Option<&str>, of: Option<&str>| {
        let same = operation.and_then(|text| text.parse().ok()).is_some_and(|other| same_call(&other, endpoint));
        same && of.is_none_or(|of| of == org)
    };
    let Some(entries) = document.get("override") else { return Ok(false) };
    let text_of = |value: Option<&Item>| value.and_then(Item::as_str).map(str::to_owned);
    let tables = entries
        .as_array_of_tables()
        .into_iter()
        .flatten()
        .any(|entry| is_it(text_of(entry.get("operation")).as_deref(), text_of(entry.get("org")).as_deref()));
    let inline =
        entries.as_array().into_iter().flatten().filter_map(Value::as_inline_table).any(|entry| {
            is_it(entry.get("operation").and_then(Value::as_str), entry.get("org").and_then(Value::as_str))
        });
    Ok(tables || inline)
}

/// The places where two entries of a file are for the same operation and org: the later one of each pair, with the line
/// of the earlier one.
pub fn twice(entries: &[Override]) -> Vec<(usize, usize)> {
    let mut found = BTreeSet::new();
    for (at, entry) in entries.iter().enumerate() {
        let first = entries.iter().take(at).find(|other| {
            same_call(&other.endpoint, &entry.endpoint)
                && (other.org.is_none() || entry.org.is_none() || other.org == entry.org)
        });
        if let Some(first) = first {
            found.insert((at, first.line));
        }
    }
    found.into_iter().collect()
}

/// Whether two endpoints are one call: parameter names and letter case do not matter.
pub(super) fn same_call(one: &Endpoint, other: &Endpoint) -> bool {
    let shape = |endpoint: &Endpoint| {
        let shape = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_ascii_lowercase() };
        let parts = endpoint.path.split('/').map(shape);
        (endpoint.method, parts.collect::<Vec<_>>())
    };
    shape(one) == shape(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    const TODAY: Date = Date::constant(2026, 11, 20);

    fn entry(operation: &str) -> Override {
        Override {
            endpoint: operation.parse().unwrap(),
            org: None,
            permissions: Some((Match::All, vec![Permission::new("routing:queue:edit")])),
            scopes: None,
            user_context: None,
            reason: "refused without it".to_owned(),
            evidence: "3 calls on 2026-11-19".to_owned(),
            owner: "ops".to_owned(),
            expires: Date::constant(2026, 12, 31),
            effective: None,
            before: None,
            line: 1,
        }
    }

    fn file(entries: Vec<Override>) -> OverlayFile {
        OverlayFile { name: "overrides.toml".to_owned(), entries }
    }

    #[test]
    fn entry_decides_and_marks_its_operation_only() {
        let mut matrix = bundled::matrix().clone();
        let laid = lay(&mut matrix, &file(vec![entry("GET /routing/queues")]), "dev", TODAY);
        assert_eq!(laid[0].outcome, EntryOutcome::Applied);
        assert!(laid[0].before.starts_with("ANY of routing:queue:view"), "{}", laid[0].before);
        let operation = matrix.get(&"GET /api/v2/routing/queues".parse().unwrap()).unwrap().1;
        assert_eq!(operation.requirement.permissions[0].as_str(), "routing:queue:edit");
        assert_eq!(operation.requirement.permissions_match, Match::All);
        let mark = operation.overridden.as_deref().unwrap();
        assert!(mark.contains("overrides.toml:1 (ops, until 2026-12-31)"), "{mark}");
        assert!(operation.source.contains("published: ANY of routing:queue:view"), "{}", operation.source);
        assert_eq!(matrix.operations().iter().filter(|one| one.overridden.is_some()).count(), 1);
        assert_eq!(matrix.operations().len(), bundled::matrix().operations().len());
    }

    #[test]
    fn entry_that_states_permissions_is_proof_and_one_that_states_scopes_is_not() {
        const CALL: &str = "POST /api/v2/groups/{groupId}/members";
        let unproven = |permissions: Option<(Match, Vec<Permission>)>, scopes: Option<Vec<Scope>>| {
            let mut matrix = bundled::matrix().clone();
            let laid = lay(&mut matrix, &file(vec![Override { permissions, scopes, ..entry(CALL) }]), "dev", TODAY);
            assert_eq!(laid[0].outcome, EntryOutcome::Applied);
            matrix.get(&CALL.parse().unwrap()).unwrap().1.requirement.unproven
        };
        assert!(!unproven(Some((Match::None, Vec::new())), None));
        assert!(!unproven(Some((Match::Any, vec![Permission::new("directory:group:edit")])), None));
        assert!(unproven(None, Some(vec![Scope::new("users")])));
    }

    #[test]
    fn day_of_the_end_counts_and_the_next_one_does_not() {
        let of = |today: Date| {
            let mut matrix = bundled::matrix().clone();
            let laid = lay(&mut matrix, &file(vec![entry("GET /routing/queues")]), "dev", today);
            (laid[0].outcome.as_str(), matrix.operations().iter().any(|one| one.overridden.is_some()))
        };
        assert_eq!(of(Date::constant(2026, 12, 31)), ("applied", true));
        assert_eq!(of(Date::constant(2027, 1, 1)), ("expired", false));
    }

    #[test]
    fn announced_entry_decides_from_its_day_on_and_says_what_holds_until_then() {
        let mut announced = entry("GET /routing/queues");
        announced.effective = Some(Date::constant(2026, 12, 1));
        let of = |entry: &Override, today: Date| {
            let mut matrix = bundled::matrix().clone();
            let laid = lay(&mut matrix, &file(vec![entry.clone()]), "dev", today).remove(0);
            let operation = matrix.get(&"GET /api/v2/routing/queues".parse().unwrap()).unwrap().1;
            (laid.outcome, operation.requirement.permissions_match, operation.overridden.is_some())
        };
        let (outcome, matching, marked) = of(&announced, TODAY);
        let EntryOutcome::Announced(coming) = outcome else { panic!("{outcome:?}") };
        assert_eq!((matching, marked), (Match::Any, false), "until then the document stands");
        assert_eq!(coming.after.permissions[0].as_str(), "routing:queue:edit");
        announced.before = Some((Match::None, Vec::new()));
        assert_eq!(of(&announced, TODAY).1, Match::None);
        let (outcome, matching, marked) = of(&announced, Date::constant(2026, 12, 1));
        assert_eq!((outcome, matching, marked), (EntryOutcome::Applied, Match::All, true));
    }

    #[test]
    fn entry_for_a_word_in_place_of_a_parameter_leaves_the_template_as_it_is() {
        let template = "POST /api/v2/authorization/divisions/{divisionId}/objects/{objectType}";
        let mut matrix = bundled::matrix().clone();
        let laid =
            lay(&mut matrix, &file(vec![entry("POST /authorization/divisions/{id}/objects/SCRIPT")]), "dev", TODAY);
        assert_eq!(laid[0].outcome, EntryOutcome::Applied);
        assert_eq!(laid[0].endpoint.to_string(), template.replace("{objectType}", "SCRIPT"));
        let of = |call: &str| matrix.resolve(&call.parse().unwrap()).unwrap().1.requirement.permissions_match;
        assert_eq!((of(template), of("POST /authorization/divisions/d1/objects/script")), (Match::None, Match::All));
        assert_eq!(matrix.operations().len(), bundled::matrix().operations().len() + 1);
    }

    #[test]
    fn entry_for_another_org_is_passed_over_and_idle_ones_are_reported() {
        let mut other = entry("GET /routing/queues");
        other.org = Some("staging".to_owned());
        let mut same = entry("GET /routing/queues");
        same.permissions = Some((Match::Any, vec![Permission::new("routing:queue:view")]));
        let published = bundled::matrix().get(&"GET /api/v2/routing/queues".parse().unwrap()).unwrap().1;
        same.permissions = Some((published.requirement.permissions_match, published.requirement.permissions.clone()));
        let gone = entry("GET /analytics/queues/summary");
        let mut matrix = bundled::matrix().clone();
        let laid = lay(&mut matrix, &file(vec![other, same, gone]), "dev", TODAY);
        let fates: Vec<&str> = laid.iter().map(|one| one.outcome.as_str()).collect();
        assert_eq!(fates, ["same-as-matrix", "operation-not-in-matrix"]);
        let EntryOutcome::NoOperation(near) = &laid[1].outcome else { panic!("{laid:?}") };
        assert_eq!(near[0].to_string(), "POST /api/v2/analytics/queues/observations/query");
    }

    #[test]
    fn lint_names_what_cannot_be_right() {
        let mut invented = entry("GET /routing/queues");
        invented.permissions = Some((Match::Any, vec![Permission::new("routing:queue:read")]));
        invented.expires = Date::constant(2030, 1, 1);
        let mut ended = entry("GET /users");
        ended.expires = Date::constant(2026, 1, 1);
        let remarks = lint(&file(vec![invented, ended]), bundled::matrix(), TODAY);
        let kinds: Vec<(&str, bool)> = remarks.iter().map(|one| (one.kind, one.is_error)).collect();
        assert_eq!(kinds, [("name-not-known", false), ("far-off", false), ("expired", true)]);
        assert!(remarks[0].text.contains("routing:queue:view"), "{}", remarks[0].text);
    }

    #[test]
    fn entries_for_one_call_are_found_whatever_their_parameters_are_called() {
        let mut dev = entry("GET /users/{id}");
        dev.org = Some("dev".to_owned());
        let mut staging = entry("GET /users/{id}");
        staging.org = Some("staging".to_owned());
        assert!(twice(&[dev.clone(), staging]).is_empty());
        assert_eq!(twice(&[dev, entry("GET /api/v2/users/{userId}")]), [(1, 1)]);
    }

    #[test]
    fn proposal_is_appended_and_wants_an_owner() {
        let proposal = Proposal {
            endpoint: "GET /api/v2/users".parse().unwrap(),
            org: "dev".to_owned(),
            permissions: Some((Match::Unknown, Vec::new())),
            scopes: None,
            user_context: None,
            reason: "answers \"403\"".to_owned(),
            evidence: "1 call on 2026-11-20".to_owned(),
            today: TODAY,
        };
        let before = "# ours\n\n[[override]] # one\noperation='GET /x'\n# end";
        let after = proposal.append(before).unwrap();
        assert!(after.starts_with(before), "{after}");
        let read: toml::Table = after.parse().unwrap();
        let entries = read["override"].as_array().unwrap();
        assert_eq!(
            (entries.len(), entries[1]["owner"].as_str(), entries[1]["match"].as_str()),
            (2, Some(""), Some("UNKNOWN"))
        );
        assert_eq!(entries[1]["expires"].as_datetime().unwrap().to_string(), "2027-02-18");
        let inline: toml::Table = format!("override = [{}]", proposal.inline()).parse().unwrap();
        assert_eq!(inline["override"].as_array().unwrap()[0]["org"].as_str(), Some("dev"));
        assert!(proposal.append("override = [").is_err());
        let call = "GET /users".parse().unwrap();
        assert!(names(&after, &call, "dev").unwrap() && !names(&after, &call, "staging").unwrap());
        assert!(names(&format!("override = [{}]", proposal.inline()), &call, "dev").unwrap());
        assert!(!names(before, &call, "dev").unwrap());
    }
}
