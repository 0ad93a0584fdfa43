//! The safe-removal plan: what can go today without breaking any declared or observed need, in which order, what to
//! watch, and how to undo it.
//!
//! Whole grants come first, then permissions of roles; among each what was unused longest and is shared least. Every
//! step was tried on a copy of the org, after those before it: each needed call of everybody it touches keeps its
//! verdict. Nothing is called safe where the use was not read completely.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::change::Change;
use super::known::{day, doubts, unlisted, whole_usage, window_start};
use super::narrowing;
use super::plan::{Plan, Step, Window, Work, first};
use super::trial_org::TrialOrg;
use super::undo;
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::needed::Needed;
use rolecall_access::cross::principal::HeldGrant;
use rolecall_access::cross::{AccessMap, Principal};
use rolecall_base::grant::Reach;
use rolecall_base::id::{GroupId, UserId};
use rolecall_base::scope::Scope;

/// Makes the plan for the principal at this position of the map.
pub(super) fn plan(map: &AccessMap<'_>, needed: &Needed<'_>, principal: &Principal, at: usize) -> Plan {
    let mut plan = Plan { not_known: doubts(map, needed, principal, at), ..Plan::default() };
    if let Some(usage) = &map.snapshot.usage {
        let days = usage.from.until(usage.to).map_or(0, |span| span.get_days()) + 1;
        plan.window = Some(Window { from: usage.from, to: usage.to, days });
    }
    let (true, Some(usage)) = (plan.not_known.is_empty(), whole_usage(map)) else { return plan };
    let days = plan.window.map_or(0, |window| window.days);
    plan.cautions.push(format!(
        "{days} days were observed, {} to {}: what runs once a quarter, once a year or in a season may not be among \
         them; ask its owner",
        usage.from, usage.to
    ));
    let (near, unlisted) = unlisted(map, needed, at);
    if !unlisted.is_empty() && !principal.acts_for_users() {
        plan.cautions.push(format!(
            "{} of its calls list no required permission; whether the platform checks something else there is not \
             published, so what stands next to them stays: {}",
            unlisted.len(),
            first(unlisted.iter().map(String::as_str), 5)
        ));
    }
    let mut work = Work {
        map,
        needed,
        principal,
        at,
        start: window_start(usage),
        trial: TrialOrg::of(map, needed, &BTreeSet::from([at])),
        grants: map.grants_of(principal),
        near,
        unlisted,
        plan,
    };
    if principal.acts_for_users() {
        work.scopes();
    } else {
        work.direct_grants();
        work.memberships();
        let grants = work.grants.clone();
        narrowing::narrow(&mut work, &grants);
        if work.grants.is_empty() && !work.plan.steps.is_empty() {
            work.plan
                .cautions
                .push("nothing that it holds is used: switch it off for a while before deleting it".to_owned());
        }
    }
    let mut plan = work.plan;
    for (at, step) in plan.steps.iter_mut().enumerate() {
        step.order = at + 1;
    }
    plan.objections = objections(map, needed, at, &plan.steps);
    plan
}

/// All steps at once, on a fresh copy with everybody they touch.
fn objections(map: &AccessMap<'_>, needed: &Needed<'_>, at: usize, steps: &[Step]) -> Vec<String> {
    let touched: BTreeSet<&str> = steps.iter().flat_map(|step| &step.affects).map(|one| one.id.as_str()).collect();
    let touched = map.principals().iter().enumerate().filter(|(_, one)| touched.contains(one.id.as_str()));
    let who = touched.map(|(at, _)| at).chain([at]).collect();
    let changes: Vec<&Change> = steps.iter().map(|step| &step.change).collect();
    let broken = TrialOrg::of(map, needed, &who).broken_by(&changes);
    broken.into_iter().map(|(id, endpoint)| format!("the removals break {endpoint} of {id}")).collect()
}

/// What the order of steps follows: what was never seen in use first, then what was so longest ago; then the oldest
/// grants, and the names.
type Rank = (Option<Date>, bool, Option<Timestamp>, String, String);

impl Work<'_, '_> {
    fn direct_grants(&mut self) {
        let mut direct: Vec<HeldGrant> = self.grants.iter().filter(|grant| grant.via.is_none()).cloned().collect();
        direct.sort_by_cached_key(|grant| self.rank(std::slice::from_ref(grant)));
        for grant in direct {
            let what = self.grant_words(&grant);
            if self.is_young(&grant) {
                self.keep(what, young(&grant));
                continue;
            }
            if let Some(why) = self.may_be_asked_for(std::slice::from_ref(&grant)) {
                self.keep(what, why);
                continue;
            }
            let change = Change::Revoke {
                subject: self.principal.id.clone(),
                role: grant.role_id.clone(),
                reach: grant.reach.clone(),
            };
            match self.trial.try_out(&change) {
                Ok(()) => {
                    let says = format!("revoke {what}");
                    let mut step = self.step("grant", says, std::slice::from_ref(&grant), change);
                    (step.role_id, step.role_name) = (grant.role_id.to_string(), role_name(self.map, &grant));
                    (step.division_id, step.division_name) = self.division(&grant.reach);
                    step.granted_at = grant.granted_at;
                    step.undo = undo::grant(self.principal, &step);
                    self.plan.steps.push(step);
                }
                Err(broken) => self.keep(what, self.needed_by(&broken)),
            }
        }
    }

    /// A group by which roles are inherited: leaving it touches nobody else.
    fn memberships(&mut self) {
        let mut groups: BTreeMap<GroupId, Vec<HeldGrant>> = BTreeMap::new();
        for grant in &self.grants {
            if let Some(group) = &grant.via {
                groups.entry(group.clone()).or_default().push(grant.clone());
            }
        }
        let mut groups: Vec<(GroupId, Vec<HeldGrant>)> = groups.into_iter().collect();
        groups.sort_by_cached_key(|(_, grants)| self.rank(grants));
        for (group, grants) in groups {
            let name = self.group_name(&group);
            let roles: BTreeSet<String> = grants.iter().map(|grant| role_name(self.map, grant)).collect();
            let what = format!(
                "membership in group `{name}` ({group}), which carries {}",
                first(roles.iter().map(String::as_str), 5)
            );
            if let Some(grant) = grants.iter().find(|grant| self.is_young(grant)) {
                self.keep(what, young(grant));
                continue;
            }
            if let Some(why) = self.may_be_asked_for(&grants) {
                self.keep(what, why);
                continue;
            }
            let change = Change::Leave { user: UserId::new(&self.principal.id), group: group.clone() };
            match self.trial.try_out(&change) {
                Ok(()) => {
                    let mut step = self.step("group-membership", format!("end its {what}"), &grants, change);
                    step.via = format!("group:{name}");
                    step.granted_at = grants.iter().filter_map(|grant| grant.granted_at).max();
                    step.cautions.push(
                        "a group may carry more than roles (routing, visibility, notifications), and since when it is a \
                         member is not known"
                            .to_owned(),
                    );
                    step.undo = undo::membership(self.principal, group.as_str(), &name);
                    self.plan.steps.push(step);
                }
                Err(broken) => self.keep(what, self.needed_by(&broken)),
            }
        }
    }

    fn scopes(&mut self) {
        let Some(client) = self.map.client(self.principal) else { return };
        let Some(scopes) = &client.scopes else {
            self.plan.not_known.push("its scopes are unknown".to_owned());
            return;
        };
        // What permits writing goes first.
        let mut scopes: Vec<Scope> = scopes.clone();
        scopes.sort_by_key(|scope| (scope.as_str().ends_with(":readonly"), scope.clone()));
        scopes.dedup();
        let all = scopes.len();
        for scope in scopes {
            let what = format!("scope `{scope}`");
            let change = Change::DropScope { client: client.id.clone(), scope: scope.clone() };
            match self.trial.try_out(&change) {
                Ok(()) => {
                    let mut step = self.step("scope", format!("take the {what} from the client"), &[], change);
                    step.permissions = vec![scope.to_string()];
                    step.last_used = self.last_listing(&scope);
                    step.cautions.push("it holds for everybody who uses the client".to_owned());
                    if !self.map.knows_scope(scope.as_str()) {
                        step.cautions.push("no operation of the matrix lists it: it may not exist".to_owned());
                    }
                    step.undo = undo::scope(self.principal, &scope);
                    self.plan.steps.push(step);
                }
                Err(broken) => self.keep(what, self.needed_by(&broken)),
            }
        }
        self.plan.steps.sort_by_key(|step| step.last_used);
        if self.plan.steps.len() == all && all > 0 {
            self.plan.cautions.push("none of its scopes is used: switch the client off before deleting it".to_owned());
        }
        if self.map.scopes_enforced == Some(false) {
            self.plan
                .cautions
                .push("this org does not enforce scopes: until it does, removing one changes nothing".to_owned());
        }
    }

    /// Why the loss of these grants could show in a call that lists no permission; `None` where it could not.
    fn may_be_asked_for(&self, grants: &[HeldGrant]) -> Option<String> {
        let calls = first(self.unlisted.iter().map(String::as_str), 3);
        if self.unlisted.is_empty() {
            return None;
        }
        let rest: Vec<HeldGrant> = self.grants.iter().filter(|held| !grants.contains(held)).cloned().collect();
        let still = self.rights(&rest);
        let lost: Vec<usize> =
            self.rights(grants).into_iter().filter(|one| !still.contains(one) && self.near.contains(one)).collect();
        if !lost.is_empty() {
            let names = self.names(&lost);
            return Some(format!(
                "{} stands next to calls that list no permission ({calls}): whether the platform asks for it there is not \
                 published",
                first(names.iter().map(String::as_str), 3)
            ));
        }
        let reached = |reach: &Reach| rest.iter().any(|held| held.reach == Reach::All || held.reach == *reach);
        let alone = grants.iter().find(|grant| !reached(&grant.reach))?;
        let place = self.division(&alone.reach).1;
        Some(format!(
            "nothing else that it holds reaches `{place}`, and what calls that list no permission return ({calls}) may \
             depend on that"
        ))
    }

    /// A step that ends these grants; they are no longer held afterwards.
    fn step(&mut self, kind: &'static str, says: String, grants: &[HeldGrant], change: Change) -> Step {
        let lost_roles = self.rights(grants);
        self.grants.retain(|held| !grants.contains(held));
        let still = self.rights(&self.grants.clone());
        let lost: Vec<usize> = lost_roles.difference(&still).copied().collect();
        let mut cautions = self.cautions(&lost);
        let undated = grants.iter().any(|grant| grant.granted_at.is_none());
        if let (true, Some(start)) = (undated, self.start) {
            cautions.push(format!("the age of the grant is not known: see that it is older than {}", day(start)));
        }
        cautions.extend(grants.iter().filter_map(|grant| self.changed_lately(grant.role_id.as_str())));
        Step {
            order: 0,
            kind,
            says,
            role_id: String::new(),
            role_name: String::new(),
            division_id: String::new(),
            division_name: String::new(),
            via: "direct".to_owned(),
            permissions: self.names(&lost),
            keeps: Vec::new(),
            last_used: self.last_used(&lost_roles.into_iter().collect::<Vec<_>>()),
            granted_at: None,
            affects: Vec::new(),
            cautions,
            watch: self.watch(&lost),
            undo: String::new(),
            change,
        }
    }

    fn rank(&self, grants: &[HeldGrant]) -> Rank {
        let rights: Vec<usize> = self.rights(grants).into_iter().collect();
        let made = grants.iter().filter_map(|grant| grant.granted_at).max();
        let name = grants.iter().map(|grant| role_name(self.map, grant)).min().unwrap_or_default();
        let id = grants.iter().map(|grant| format!("{} {}", grant.role_id, grant.reach.as_str())).min();
        (self.last_used(&rights), made.is_none(), made, name, id.unwrap_or_default())
    }

    fn grant_words(&self, grant: &HeldGrant) -> String {
        let (id, name) = self.division(&grant.reach);
        let place = if id == "*" { "all divisions (`*`)".to_owned() } else { format!("division `{name}` ({id})") };
        format!("role `{}` ({}) in {place}", role_name(self.map, grant), grant.role_id)
    }

    fn division(&self, reach: &Reach) -> (String, String) {
        match reach {
            Reach::All => ("*".to_owned(), "*".to_owned()),
            Reach::In(id) => (id.to_string(), self.map.division_name(id).to_owned()),
        }
    }

    fn group_name(&self, id: &GroupId) -> String {
        let found = self.map.snapshot.groups.iter().find(|group| group.id == *id);
        found.map_or_else(|| id.to_string(), |group| group.name.clone())
    }
}

fn young(grant: &HeldGrant) -> String {
    let at = grant.granted_at.map_or_else(String::new, |at| format!(" on {}", day(at)));
    format!("granted{at}, within the window of observation: it had no chance to be used for all of it")
}
