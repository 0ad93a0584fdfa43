//! The plan of what can go, its steps, and the work on it while it is made.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::change::Change;
use super::trial_org::TrialOrg;
use rolecall_access::cross::needed::Needed;
use rolecall_access::cross::principal::HeldGrant;
use rolecall_access::cross::{AccessMap, Principal};

/// Somebody else whom a step touches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Affected {
    /// The kind of principal.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One step of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its place in the plan, from 1.
    pub order: usize,
    /// `grant`, `group-membership`, `role-permissions` or `scope`.
    pub kind: &'static str,
    /// What to do.
    pub says: String,
    /// The role's id; empty where the step is about a group's membership or a scope.
    pub role_id: String,
    /// The role's name.
    pub role_name: String,
    /// The division's id, `*` for all; empty where the step is about none.
    pub division_id: String,
    /// The division's name.
    pub division_name: String,
    /// `direct`, or `group:<name>`.
    pub via: String,
    /// What the principal no longer holds in any way after this step: permissions, or the scope.
    pub permissions: Vec<String>,
    /// For permissions of a role: what the role still holds.
    pub keeps: Vec<String>,
    /// The last day with a call that one of the permissions of the step could have let through; `None`: none in the
    /// window.
    pub last_used: Option<Date>,
    /// When the grant was made, where known.
    pub granted_at: Option<Timestamp>,
    /// Who else loses it.
    pub affects: Vec<Affected>,
    /// What to think of before.
    pub cautions: Vec<String>,
    /// What to watch afterwards.
    pub watch: Vec<String>,
    /// How to undo it.
    pub undo: String,
    /// The change itself.
    #[serde(skip)]
    pub change: Change,
}

/// Something that stays, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// The window of observation that a plan rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// First day, UTC.
    pub from: Date,
    /// Last day, UTC, inclusive.
    pub to: Date,
    /// Days in all.
    pub days: i32,
}

/// The plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps in their order.
    pub steps: Vec<Step>,
    /// What stays.
    pub kept: Vec<Kept>,
    /// Why nothing is called safe; empty where something could be.
    pub not_known: Vec<String>,
    /// What bears on all steps.
    pub cautions: Vec<String>,
    /// The window.
    pub window: Option<Window>,
    /// What the last look at all steps together has against them; empty where nothing.
    pub objections: Vec<String>,
}

/// A plan in the making.
pub(super) struct Work<'w, 'a> {
    pub map: &'w AccessMap<'a>,
    pub needed: &'w Needed<'a>,
    pub principal: &'w Principal,
    pub at: usize,
    pub start: Option<Timestamp>,
    pub trial: TrialOrg<'a>,
    /// What is still held.
    pub grants: Vec<HeldGrant>,
    /// Permissions next to calls that list none, and these calls.
    pub near: BTreeSet<usize>,
    pub unlisted: BTreeSet<String>,
    pub plan: Plan,
}

impl Work<'_, '_> {
    /// Whether a grant had no chance to be used in the whole of the window.
    pub(super) fn is_young(&self, grant: &HeldGrant) -> bool {
        grant.granted_at.zip(self.start).is_some_and(|(at, start)| at > start)
    }

    pub(super) fn keep(&mut self, what: String, why: String) {
        self.plan.kept.push(Kept { what, why });
    }

    /// The calls that would not keep their verdict, with who needs them where it is not the principal itself.
    pub(super) fn needed_by(&self, broken: &[(String, String)]) -> String {
        let calls: Vec<String> = broken
            .iter()
            .map(|(id, endpoint)| {
                let other = self.map.principals().iter().find(|one| one.id == *id && *id != self.principal.id);
                other.map_or_else(|| endpoint.clone(), |other| format!("{endpoint} of `{}`", other.name))
            })
            .collect();
        format!("needed for {}", first(calls.iter().map(String::as_str), 5))
    }
}

/// The first few of a list, and how many more there are.
pub fn first<'a>(names: impl Iterator<Item = &'a str>, most: usize) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(most).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
