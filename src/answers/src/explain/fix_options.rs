//! Up to three changes that would let a call through, ranked by how little extra access they grant.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;
use serde::Serialize;

use super::Pair;
use super::effect::{self, Added, Others, dangerous, gain, helps};
use rolecall_access::cross::fix;
use rolecall_access::cross::needed::{Known, NeededCall, NeededIn};
use rolecall_access::cross::principal::Standing;
use rolecall_access::cross::{AccessMap, Answer, Principal, Reason, Verdict};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;
use rolecall_findings::severity::Severity;
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Endpoint, Match};

/// How many changes are offered.
const MOST: usize = 3;
/// How many names stand in a sentence; the lists of the JSON form hold all.
const IN_A_SENTENCE: usize = 3;

/// What kind of change it is. The order decides between changes that grant the same extra access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Grant a role that exists.
    GrantRole,
    /// Add a permission to a role that it has.
    WidenRole,
    /// Make a role with nothing else in it.
    NewRole,
    /// Give the client a scope.
    AddScope,
    /// Anything else, or nothing that can be weighed.
    Other,
}

/// A change, with what else it would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FixOption {
    /// What kind of change.
    pub way: Way,
    /// What to do, in a sentence.
    pub does: String,
    /// What else it does, in a sentence; empty where that cannot be weighed.
    pub effects: String,
    /// The role to grant or to widen.
    pub role_id: Option<String>,
    /// Its name.
    pub role_name: Option<String>,
    /// The permissions or scopes that close the gap.
    pub gives: Vec<String>,
    /// Names of the divisions to grant it in; `*` is all of them. Empty where none has to be chosen.
    pub divisions: Vec<String>,
    /// How many further permissions come with it.
    pub more_permissions: usize,
    /// How many other operations it lets the principal call.
    pub newly_allowed: usize,
    /// Some of them, as `METHOD /path`.
    pub newly_allowed_examples: Vec<String>,
    /// How many operations it lets the principal call in more divisions than now.
    pub widened: usize,
    /// Dangerous permissions that come with it, with class and severity, worst first.
    pub dangerous: Vec<String>,
    /// Who else gains by it.
    pub affects: Vec<String>,
    /// How many principals those are, members of groups counted one by one.
    pub affects_principals: usize,
    /// How many operations those principals can newly call, added up.
    pub affects_newly_allowed: usize,
    /// Whether every list that this rests on was read completely.
    pub certain: bool,
}

impl FixOption {
    fn plain(does: String) -> Self {
        Self {
            way: Way::Other,
            does,
            effects: String::new(),
            role_id: None,
            role_name: None,
            gives: Vec::new(),
            divisions: Vec::new(),
            more_permissions: 0,
            newly_allowed: 0,
            newly_allowed_examples: Vec::new(),
            widened: 0,
            dangerous: Vec::new(),
            affects: Vec::new(),
            affects_principals: 0,
            affects_newly_allowed: 0,
            certain: true,
        }
    }

    /// What to do and what else it does, in one sentence.
    pub fn sentence(&self) -> String {
        if self.effects.is_empty() { self.does.clone() } else { format!("{}: {}", self.does, self.effects) }
    }
}

/// The changes for one answer, best first.
pub fn fix_options(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, answer: Answer) -> Vec<FixOption> {
    if answer.verdict == Verdict::Allowed {
        return Vec::new();
    }
    let Some((operation, _)) = map.matrix.resolve(endpoint) else { return other(map, pair, endpoint, answer) };
    let holder = pair.holder();
    let mut found = Vec::new();
    if answer.reasons.has(Reason::MissingScope) {
        found.extend(scope_options(map, pair.principal, operation));
    }
    // The scopes of a client hide what its user lacks: both have to be fixed.
    let alone = if pair.user.is_some() { map.answer(holder, operation) } else { answer };
    if permissions_can_help(alone) && !holder.acts_for_users() {
        let mut more = Search::new(map, holder, operation).options(alone);
        if !found.is_empty() {
            found.truncate(1);
            more.truncate(MOST - 1);
            more.iter_mut().for_each(|one| one.does = format!("and for the user: {}", one.does));
        }
        found.append(&mut more);
    }
    if found.is_empty() {
        return other(map, pair, endpoint, answer);
    }
    if answer.reasons.has(Reason::ScopeEnforcementNotKnown) && found.len() < MOST {
        found.push(FixOption::plain(
            "or state `scopes_enforced = false` in the configuration, if this org does not enforce scopes".to_owned(),
        ));
    }
    found.truncate(MOST);
    found
}

/// Whether permissions in divisions are what is missing.
fn permissions_can_help(answer: Answer) -> bool {
    let has = |reason: Reason| answer.reasons.has(reason);
    if has(Reason::PermissionNotInOrg) || has(Reason::ClientInactive) || has(Reason::UserInactive) {
        return false;
    }
    has(Reason::MissingPermission) || has(Reason::MissingDivision) || answer.verdict == Verdict::Partial
}

/// The one thing to do where permissions and scopes are not what is missing.
fn other(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, answer: Answer) -> Vec<FixOption> {
    let holder = pair.holder();
    let need = Need {
        principal: holder.name.clone(),
        endpoint: endpoint.clone(),
        division: None,
        note: String::new(),
        org: None,
        claims: rolecall_matrix::needs::Claims::default(),
        file: std::path::PathBuf::new(),
        line: 0,
    };
    let call = NeededCall {
        principal: 0,
        operation: map.matrix.resolve(endpoint).map(|(operation, _)| operation),
        endpoint: endpoint.clone(),
        division: NeededIn::Any,
        known: Known::Declared(&need),
    };
    let missing: Vec<Permission> = call
        .operation
        .map(|operation| map.missing_permissions(holder, operation, answer).into_iter().cloned().collect())
        .unwrap_or_default();
    let text = fix::smallest(map, holder, &call, answer, &missing, &[]).to_string();
    vec![FixOption::plain(text)]
}

fn scope_options(map: &AccessMap<'_>, client: &Principal, operation: usize) -> Vec<FixOption> {
    let Some(asked) = map.matrix.operations().get(operation) else { return Vec::new() };
    let had = map.client(client).and_then(|client| client.scopes.as_deref()).unwrap_or_default();
    let mut found: Vec<FixOption> = asked
        .requirement
        .scopes
        .iter()
        .map(|scope| {
            let newly: Vec<String> = map
                .matrix
                .operations()
                .iter()
                .enumerate()
                .filter(|(at, one)| {
                    let scopes = &one.requirement.scopes;
                    *at != operation && scopes.contains(scope) && !scopes.iter().any(|listed| had.contains(listed))
                })
                .map(|(_, one)| one.endpoint.to_string())
                .collect();
            let effects = match newly.len() {
                0 => "it opens no other call".to_owned(),
                n => format!(
                    "it opens {n} other {} as far as the client goes; the user's permissions decide each",
                    calls(n)
                ),
            };
            FixOption {
                way: Way::AddScope,
                effects,
                gives: vec![scope.to_string()],
                newly_allowed: newly.len(),
                newly_allowed_examples: newly.into_iter().take(IN_A_SENTENCE).collect(),
                ..FixOption::plain(format!("give the client the scope `{scope}`"))
            }
        })
        .collect();
    found.sort_by(|a, b| (a.newly_allowed, &a.gives).cmp(&(b.newly_allowed, &b.gives)));
    found
}

fn calls(count: usize) -> &'static str {
    if count == 1 { "call" } else { "calls" }
}

/// How much extra access a change grants: the gravest permission, calls newly let through for whomever, calls let through in more
/// divisions, further permissions, others who gain, and the ways in their order.
type Cost = (Option<Severity>, usize, usize, usize, usize, Way, String);

/// Where a role is to be granted.
struct Place {
    words: String,
    /// Names; `*` is all of them. Empty where none has to be chosen.
    divisions: Vec<String>,
    /// What is weighed: all divisions where the choice is left open.
    reaches: Vec<Reach>,
}

/// What is weighed of a change.
struct Weighing<'w> {
    role: Option<&'w Role>,
    way: &'w [usize],
    /// All that comes with it and is not held in full.
    new: &'w FixedBitSet,
    /// What it gives, where.
    added: Added,
    /// Who else holds the role that is widened.
    others: Option<&'w Others<'w>>,
    /// Whether the role may hold more than was read.
    open: bool,
}

struct Search<'m, 'a> {
    map: &'m AccessMap<'a>,
    holder: &'m Principal,
    operation: usize,
    by_id: HashMap<&'m str, &'m Principal>,
}

impl<'m, 'a> Search<'m, 'a> {
    fn new(map: &'m AccessMap<'a>, holder: &'m Principal, operation: usize) -> Self {
        let by_id = map.principals().iter().map(|one| (one.id.as_str(), one)).collect();
        Self { map, holder, operation, by_id }
    }

    fn options(&self, answer: Answer) -> Vec<FixOption> {
        let ways = self.ways(answer);
        let mut found: Vec<(Cost, FixOption)> = Vec::new();
        found.extend(self.best(self.grants(&ways, answer)));
        found.extend(self.best(self.widenings(&ways, answer)));
        found.extend(self.best(ways.iter().filter_map(|way| self.new_role(way, answer)).collect()));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        // Where something else helps, handing over the keys is not offered.
        let gravest = |cost: &Cost| cost.0 == Some(Severity::Critical);
        if found.iter().any(|(cost, _)| !gravest(cost)) {
            found.retain(|(cost, option)| option.way != Way::GrantRole || !gravest(cost));
        }
        found.into_iter().map(|(_, option)| option).take(MOST).collect()
    }

    fn best(&self, candidates: Vec<(Cost, FixOption)>) -> Option<(Cost, FixOption)> {
        candidates.into_iter().min_by(|a, b| a.0.cmp(&b.0))
    }

    /// The sets of permissions of which one is enough.
    fn ways(&self, answer: Answer) -> Vec<Vec<usize>> {
        let map = self.map;
        let Some(held) = map.holdings_of(self.holder) else { return Vec::new() };
        let matching = map.matrix.operations().get(self.operation).map(|one| one.requirement.permissions_match);
        let demanded: Vec<usize> = map
            .demanded(self.operation)
            .iter()
            .copied()
            .filter(|number| !held.fully.contains(*number) && !map.rights.is_absent(*number))
            .collect();
        let limited = !answer.reasons.has(Reason::MissingPermission);
        match matching {
            // Where it is held in some divisions, the same permission elsewhere grants nothing new.
            Some(Match::Any) if limited => {
                demanded.into_iter().filter(|number| held.at_all.contains(*number)).map(|one| vec![one]).collect()
            }
            Some(Match::Any) => demanded.into_iter().map(|one| vec![one]).collect(),
            Some(Match::All) if limited => vec![demanded],
            // What is held in other divisions only may have to be granted beside what is missing.
            Some(Match::All) => {
                vec![demanded.iter().copied().filter(|number| !held.at_all.contains(*number)).collect(), demanded]
            }
            Some(Match::None | Match::Unknown) | None => Vec::new(),
        }
        .into_iter()
        .filter(|way: &Vec<usize>| !way.is_empty())
        .collect()
    }

    /// Every role that gives one of the ways without a condition.
    fn grants(&self, ways: &[Vec<usize>], answer: Answer) -> Vec<(Cost, FixOption)> {
        let map = self.map;
        let Some(held) = map.holdings_of(self.holder) else { return Vec::new() };
        map.rights
            .roles
            .iter()
            .zip(&map.snapshot.roles)
            .flat_map(|(rights, role)| ways.iter().map(move |way| (rights, role, way)))
            .filter(|(rights, _, way)| way.iter().all(|number| rights.always.contains(*number)))
            .filter_map(|(rights, role, way)| {
                let mut always = rights.always.clone();
                always.difference_with(&held.fully);
                let mut new = rights.under_condition.clone();
                new.difference_with(&held.at_all);
                new.union_with(&always);
                let place = self.place(way, answer);
                let also = if self.has(role) { " also" } else { "" };
                let does = format!("grant the existing role `{}`{also} {}", role.name, place.words);
                let added = Added::by(map, &rights.always, place.reaches.iter());
                let open = !rights.possibly.is_clear();
                let option = FixOption { way: Way::GrantRole, divisions: place.divisions, ..FixOption::plain(does) };
                self.weighed(option, Weighing { role: Some(role), way, new: &new, added, others: None, open })
            })
            .collect()
    }

    fn has(&self, role: &Role) -> bool {
        self.map.grants_of(self.holder).iter().any(|grant| grant.role_id == role.id)
    }

    /// The custom roles that it holds, widened by one of the ways. A packaged role is the platform's to change.
    fn widenings(&self, ways: &[Vec<usize>], answer: Answer) -> Vec<(Cost, FixOption)> {
        let map = self.map;
        let limited = !answer.reasons.has(Reason::MissingPermission);
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for grant in map.grants_of(self.holder) {
            let Some(role) = grant.role.and_then(|at| map.snapshot.roles.get(at)) else { continue };
            let reaches = !limited || grant.reach == Reach::All;
            if role.kind() != "custom" || !reaches || !seen.insert(role.id.clone()) {
                continue;
            }
            let others = effect::others(map, &self.by_id, self.holder, &role.id);
            for way in ways {
                let does = format!("add {} to its role `{}`", self.named(way), role.name);
                let option = FixOption { way: Way::WidenRole, ..FixOption::plain(does) };
                let new = self.set(way);
                let added = Added::through(map, self.holder, &role.id, &new);
                let weighing = Weighing { role: Some(role), way, new: &new, added, others: Some(&others), open: false };
                found.extend(self.weighed(option, weighing));
            }
        }
        found
    }

    fn new_role(&self, way: &[usize], answer: Answer) -> Option<(Cost, FixOption)> {
        let place = self.place(way, answer);
        let does = format!("create a role with only {} and grant it {}", self.named(way), place.words);
        let option = FixOption { way: Way::NewRole, divisions: place.divisions, ..FixOption::plain(does) };
        let new = self.set(way);
        let added = Added::by(self.map, &new, place.reaches.iter());
        self.weighed(option, Weighing { role: None, way, new: &new, added, others: None, open: false })
    }

    fn set(&self, way: &[usize]) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.map.rights.index.len());
        way.iter().for_each(|number| set.insert(*number));
        set
    }

    fn names<'s>(&'s self, numbers: impl Iterator<Item = usize> + 's) -> impl Iterator<Item = &'s Permission> + 's {
        numbers.filter_map(|number| self.map.rights.index.names().get(number))
    }

    fn named(&self, way: &[usize]) -> String {
        let names: Vec<String> = self.names(way.iter().copied()).map(|name| format!("`{name}`")).collect();
        names.join(", ")
    }

    /// Where to grant: in words, and as names of divisions.
    fn place(&self, way: &[usize], answer: Answer) -> Place {
        let map = self.map;
        let place = |words: String, divisions: Vec<String>| Place { words, divisions, reaches: vec![Reach::All] };
        if way.iter().all(|number| map.rights.everywhere.contains(*number)) {
            return place("in any division (none limits this permission)".to_owned(), Vec::new());
        }
        let all = vec!["*".to_owned()];
        if !answer.reasons.has(Reason::MissingPermission) {
            let reached = map.reached(self.holder, self.operation);
            let listed = map.snapshot.divisions.iter().filter(|division| !reached.contains(&&division.id));
            let names: Vec<String> = listed.map(|division| division.name.clone()).collect();
            return match names.as_slice() {
                [] => place("in all divisions".to_owned(), all),
                some => place(format!("in the divisions that it needs of {}, or in all", some.join(", ")), names),
            };
        }
        let reaches: BTreeSet<Reach> = map.grants_of(self.holder).into_iter().map(|grant| grant.reach).collect();
        if reaches.is_empty() {
            return place("in the divisions that it needs".to_owned(), Vec::new());
        }
        if reaches.contains(&Reach::All) {
            return place("in all divisions, as its other roles are".to_owned(), all);
        }
        let names: BTreeSet<String> = reaches
            .iter()
            .filter_map(|reach| match reach {
                Reach::All => None,
                Reach::In(id) => Some(map.division_name(id).to_owned()),
            })
            .collect();
        let divisions: Vec<String> = names.into_iter().collect();
        Place {
            words: format!("in {}, as its other roles are", divisions.join(", ")),
            divisions,
            reaches: reaches.into_iter().collect(),
        }
    }

    /// Weighs a change; `None` where it would not let the call through.
    fn weighed(&self, option: FixOption, weighing: Weighing<'_>) -> Option<(Cost, FixOption)> {
        let map = self.map;
        let Weighing { role, way, new, added, others, open } = weighing;
        if !helps(map, self.holder, &added, self.operation) {
            return None;
        }
        let gained = gain(map, self.holder, &added, Some(self.operation));
        let more = new.ones().filter(|number| !way.contains(number)).count();
        let (dangers, worst) = dangerous(self.names(new.ones()));
        let mut theirs = 0;
        // Who holds the same, and is let through for the same reasons, gains the same.
        let mut alike: HashMap<(usize, bool, Standing), usize> = HashMap::new();
        for principal in others.iter().flat_map(|others| others.principals.values()) {
            let count =
                alike.entry((principal.holdings, principal.is_machine(), principal.standing)).or_insert_with(|| {
                    let added = role.map(|role| Added::through(map, principal, &role.id, new));
                    added.map_or(0, |added| gain(map, principal, &added, None).newly.len())
                });
            theirs += *count;
        }
        let coverage = &map.snapshot.coverage;
        let mut rests_on = vec![Listing::Roles, Listing::Permissions];
        if others.is_some() {
            rests_on.extend([Listing::RoleGrants, Listing::GroupMembers, Listing::OauthClients]);
        }
        let mut option = FixOption {
            role_id: role.map(|role| role.id.to_string()),
            role_name: role.map(|role| role.name.clone()),
            gives: self.names(way.iter().copied()).map(ToString::to_string).collect(),
            more_permissions: more,
            newly_allowed: gained.newly.len(),
            newly_allowed_examples: gained
                .newly
                .iter()
                .filter_map(|at| map.matrix.operations().get(*at))
                .take(IN_A_SENTENCE)
                .map(|one| one.endpoint.to_string())
                .collect(),
            widened: gained.widened,
            dangerous: dangers,
            affects: others.map(|others| others.subjects.iter().cloned().collect()).unwrap_or_default(),
            affects_principals: others.map_or(0, |others| others.principals.len()),
            affects_newly_allowed: theirs,
            certain: !open && rests_on.iter().all(|listing| coverage.is_whole(*listing)),
            ..option
        };
        option.effects = effects(&option, others.is_some());
        let cost = (
            worst,
            option.newly_allowed + theirs,
            option.widened,
            more,
            option.affects.len(),
            option.way,
            format!("{} {}", option.does, option.role_id.as_deref().unwrap_or("")),
        );
        Some((cost, option))
    }
}

fn effects(option: &FixOption, has_holders: bool) -> String {
    let mut parts = Vec::new();
    match option.more_permissions {
        0 => parts.push("it brings no other permission".to_owned()),
        1 => parts.push("it brings 1 more permission".to_owned()),
        n => parts.push(format!("it brings {n} more permissions")),
    }
    match option.newly_allowed {
        0 => parts.push("lets no other call through".to_owned()),
        n => parts.push(format!("lets {n} other {} through", calls(n))),
    }
    if option.widened > 0 {
        parts.push(format!("takes {} {} to more divisions", option.widened, calls(option.widened)));
    }
    match option.dangerous.as_slice() {
        [] => parts.push("none of it is dangerous".to_owned()),
        some => {
            let more = some.len().saturating_sub(IN_A_SENTENCE);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let names: Vec<&str> = some.iter().take(IN_A_SENTENCE).map(String::as_str).collect();
            parts.push(format!("dangerous: {}{more}", names.join(", ")));
        }
    }
    if has_holders {
        match option.affects.as_slice() {
            [] => parts.push("nobody else holds the role".to_owned()),
            some => {
                let more = some.len().saturating_sub(IN_A_SENTENCE);
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let names: Vec<&str> = some.iter().take(IN_A_SENTENCE).map(String::as_str).collect();
                parts.push(format!("also given to {}{more}", names.join(", ")));
            }
        }
    }
    if !option.certain {
        parts.push("as far as was read".to_owned());
    }
    parts.join(", ")
}
