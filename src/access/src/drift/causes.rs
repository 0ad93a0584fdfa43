//! Which differences make a needed call fail: from the reasons on the right, and from the ways by which the left gets
//! the permissions.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use super::broken::Certainty;
use super::calls::Found;
use super::change::{Effect, Items};
use super::comparison::{Comparison, NOT_KNOWN, Row};
use super::held::{client_grants, grants_to};
use super::pairing::{PairingOutcome, ThingKey};
use super::sides::{Family, Side};
use crate::cross::needed::NeededIn;
use crate::cross::principal::{HeldGrant, Standing};
use crate::cross::{Answer, Principal, Reason, Verdict};
use rolecall_base::grant::Reach;
use rolecall_matrix::Match;

/// Gives every call its causes, the first to fix first, and every cause its calls. A call without a cause among
/// the rows gets a row of its own.
pub(super) fn assign(comparison: &Comparison<'_, '_>, rows: &mut Vec<Row>, found: &mut [Found]) {
    let index = Index::of(rows);
    let mut causes: Vec<Vec<usize>> = found.iter().map(|one| index.causes(comparison, rows, one)).collect();
    let mut own: HashMap<(Family, usize, String), usize> = HashMap::new();
    let mut policies: Option<usize> = None;
    for (one, causes) in found.iter().zip(&mut causes).filter(|(_, causes)| causes.is_empty()) {
        if policies_were_not_read(one) {
            // One list that was not read is one cause, however many calls it leaves open.
            causes.push(*policies.get_or_insert_with(|| {
                let mut row = comparison.row((Family::Policy, None, None), "list", "read", NOT_KNOWN, Effect::Unknown);
                row.change.name = EVERY_POLICY.to_owned();
                rows.push(row);
                rows.len() - 1
            }));
            continue;
        }
        let field = format!("call {}", one.call.endpoint);
        let row = *own.entry((one.family, one.at, field.clone())).or_insert_with(|| {
            let right = comparison.pairing.get(one.family).counterpart(Side::Left, one.at);
            let thing = (one.family, Some(one.at), right);
            rows.push(comparison.row(
                thing,
                &field,
                one.call.describe_left(),
                one.call.describe_right(),
                Effect::Unknown,
            ));
            rows.len() - 1
        });
        causes.push(row);
    }
    let mut shared = vec![0_usize; rows.len()];
    for cause in causes.iter().flatten() {
        if let Some(count) = shared.get_mut(*cause) {
            *count += 1;
        }
    }
    for (number, (one, mut causes)) in found.iter_mut().zip(causes).enumerate() {
        causes.sort_by_key(|cause| {
            let rank = rows.get(*cause).map_or(u8::MAX, |row| rank(Family::of(row.change.kind)));
            (std::cmp::Reverse(shared.get(*cause).copied().unwrap_or(0)), rank, *cause)
        });
        for cause in &causes {
            let Some(row) = rows.get_mut(*cause) else { continue };
            row.change.broken.push(number);
            let doubtful = row.change.from_value == NOT_KNOWN || row.change.to_value == NOT_KNOWN;
            if one.call.certainty == Certainty::Fails && !doubtful {
                row.change.effect = Effect::Breaks;
            }
        }
        one.call.causes = causes;
    }
}

/// What stands for the name where a row is about every access policy.
const EVERY_POLICY: &str = "*";

/// Whether only policies that were not read could refuse a call.
fn policies_were_not_read(one: &Found) -> bool {
    let is_undetermined =
        |answer: Answer| answer.reasons.has(Reason::AccessPolicyMayDeny) && answer.reasons.has(Reason::DataIncomplete);
    one.call.certainty == Certainty::NotKnown && one.call.right.is_some_and(is_undetermined)
}

/// What is shared comes before what is somebody's own.
fn rank(family: Family) -> u8 {
    match family {
        Family::Role => 0,
        Family::Division => 1,
        Family::Group => 2,
        Family::Endpoint => 3,
        Family::Permission => 4,
        Family::Policy => 5,
        Family::Trustee => 6,
        Family::Client => 7,
        Family::User => 8,
    }
}

/// Rows by what they are about.
struct Index {
    presence: HashMap<(Family, Side, usize), usize>,
    fields: HashMap<(Family, usize), Vec<usize>>,
}

impl Index {
    fn of(rows: &[Row]) -> Self {
        let mut index = Self { presence: HashMap::new(), fields: HashMap::new() };
        for (at, row) in rows.iter().enumerate() {
            let family = Family::of(row.change.kind);
            match (row.change.field.as_str(), row.left, row.right) {
                ("presence", Some(left), _) => {
                    index.presence.insert((family, Side::Left, left), at);
                }
                ("presence", None, Some(right)) => {
                    index.presence.insert((family, Side::Right, right), at);
                }
                (_, Some(left), _) => index.fields.entry((family, left)).or_default().push(at),
                (_, None, _) => {}
            }
        }
        index
    }

    fn present(&self, family: Family, side: Side, at: usize) -> Option<usize> {
        self.presence.get(&(family, side, at)).copied()
    }

    /// The rows of a thing of the left with this field.
    fn rows<'i>(
        &'i self,
        rows: &'i [Row],
        family: Family,
        left: usize,
        field: &'i str,
    ) -> impl Iterator<Item = usize> + 'i {
        let of_thing = self.fields.get(&(family, left)).into_iter().flatten().copied();
        of_thing.filter(move |at| rows.get(*at).is_some_and(|row| row.change.field == field))
    }

    /// The row that says that a thing of the left is not, or not certainly, on the right.
    fn missing(&self, comparison: &Comparison<'_, '_>, rows: &[Row], family: Family, at: usize) -> Vec<usize> {
        match comparison.pairing.get(family).outcome(Side::Left, at) {
            PairingOutcome::Paired(_) => Vec::new(),
            PairingOutcome::Alone => self.present(family, Side::Left, at).into_iter().collect(),
            PairingOutcome::Ambiguous(number) => {
                let ambiguous = comparison.pairing.get(family).ambiguous.get(number);
                let first = ambiguous.and_then(|ambiguous| ambiguous.left.first());
                first.map(|first| self.rows(rows, family, *first, "name").collect()).unwrap_or_default()
            }
        }
    }

    fn causes(&self, comparison: &Comparison<'_, '_>, rows: &[Row], one: &Found) -> Vec<usize> {
        let mut causes: BTreeSet<usize> = BTreeSet::new();
        let (Some(answer), Some(right)) = (one.call.right, one.right) else {
            return self.missing(comparison, rows, one.family, one.at);
        };
        let own = |field: &'static str| self.rows(rows, one.family, one.at, field);
        let is_open = |at: usize| {
            comparison.right.map.principals().get(at).is_some_and(|principal| principal.standing == Standing::NotKnown)
        };
        let asked = |field: &'static str| {
            one.operation_left.into_iter().flat_map(move |at| self.rows(rows, Family::Endpoint, at, field))
        };
        for reason in answer.reasons.iter() {
            match reason {
                Reason::ClientInactive | Reason::UserInactive => causes.extend(own("state")),
                Reason::NeedsUserContext => causes.extend(own("grant_type").chain(asked("user_context"))),
                // Scopes were nothing to it while it acted as itself.
                Reason::MissingScope | Reason::ScopeNotPublished | Reason::ScopeEnforcementNotKnown
                    if comparison.left.map.principals().get(one.left).is_some_and(Principal::is_machine) =>
                {
                    causes.extend(own("grant_type"));
                }
                Reason::MissingScope | Reason::ScopeNotPublished | Reason::ScopeEnforcementNotKnown => {
                    causes.extend(own("scopes").filter(|at| self.lost_scope(comparison, rows, one, *at)));
                    causes.extend(asked("scopes"));
                }
                Reason::EndpointNotInMatrix => {
                    causes.extend(one.operation_left.and_then(|at| self.present(Family::Endpoint, Side::Left, at)));
                }
                Reason::RequirementNotPublished | Reason::NothingPublished => causes.extend(asked("permissions")),
                Reason::AccessPolicyMayDeny => causes.extend(self.policies(comparison, one, right)),
                // Of a client that acts for users only its own side counts: what is not known of it are its scopes.
                Reason::DataIncomplete
                    if comparison.left.map.principals().get(one.left).is_some_and(Principal::acts_for_users) =>
                {
                    causes.extend(own("scopes").filter(|at| self.lost_scope(comparison, rows, one, *at)));
                }
                Reason::MissingPermission
                | Reason::MissingDivision
                | Reason::PermissionNotInOrg
                | Reason::ConditionsApply => causes.extend(self.permission_causes(comparison, rows, one)),
                Reason::DataIncomplete if is_open(right) => causes.extend(own("state")),
                Reason::DataIncomplete => causes.extend(self.permission_causes(comparison, rows, one)),
            }
        }
        if answer.verdict == Verdict::Partial {
            causes.extend(self.permission_causes(comparison, rows, one));
        }
        if answer.verdict == Verdict::DependsOnUser || causes.is_empty() {
            causes.extend(own("grant_type"));
        }
        causes.into_iter().collect()
    }

    fn lost_scope(&self, comparison: &Comparison<'_, '_>, rows: &[Row], one: &Found, at: usize) -> bool {
        let operation = one.operation_right.and_then(|at| comparison.right.map.matrix.operations().get(at));
        let listed = operation.map_or(&[][..], |operation| &operation.requirement.scopes);
        let row = rows.get(at).filter(|row| !matches!(row.change.from_value.as_str(), "" | NOT_KNOWN));
        match row.map(|row| &row.change.items) {
            Some(Items::Scopes(scopes)) => listed.iter().any(|scope| scopes.iter().any(|one| one == scope.as_str())),
            _ => false,
        }
    }

    fn policies(&self, comparison: &Comparison<'_, '_>, one: &Found, right: usize) -> Vec<usize> {
        let principal = comparison.right.map.principals().get(right);
        let (Some(principal), Some(operation)) = (principal, one.operation_right) else { return Vec::new() };
        let mut causes = Vec::new();
        for policy in comparison.right.map.policies(principal, operation) {
            let Some(at) = comparison.right.position(Family::Policy, policy.id.as_str()) else { continue };
            match comparison.pairing.get(Family::Policy).counterpart(Side::Right, at) {
                Some(left) => causes.extend(self.fields.get(&(Family::Policy, left)).into_iter().flatten().copied()),
                None => causes.extend(self.present(Family::Policy, Side::Right, at)),
            }
        }
        causes
    }

    /// The rows of what stands between the left's ways to the permissions and the right.
    fn permission_causes(&self, comparison: &Comparison<'_, '_>, rows: &[Row], one: &Found) -> Vec<usize> {
        let wanted = wanted(comparison, one);
        if wanted.met_by_left {
            self.ways(comparison, rows, one, &wanted.permissions)
        } else {
            // What the left holds would not do there either: the right asks for something else.
            let at = one.operation_left.into_iter();
            at.flat_map(|at| self.rows(rows, Family::Endpoint, at, "permissions")).collect()
        }
    }

    fn ways(
        &self,
        comparison: &Comparison<'_, '_>,
        rows: &[Row],
        one: &Found,
        permissions: &FixedBitSet,
    ) -> Vec<usize> {
        let Some(principal) = comparison.left.map.principals().get(one.left) else { return Vec::new() };
        let grants = comparison.left.map.grants_of(principal);
        let mut causes = Vec::new();
        for number in permissions.ones() {
            // Where the catalogue lacks it nothing can grant it, whatever else is fixed.
            causes.extend(self.catalogued_on_left_only(comparison, number));
            for grant in &grants {
                let rights = grant.role.and_then(|at| comparison.left.map.rights.roles.get(at));
                let gives = rights
                    .is_some_and(|rights| rights.always.contains(number) || rights.under_condition.contains(number));
                if gives && reaches(comparison, one, grant, number) {
                    causes.extend(self.way(comparison, rows, one, grant, number));
                }
            }
        }
        causes
    }

    /// The row that says that the right's catalogue lacks a permission.
    fn catalogued_on_left_only(&self, comparison: &Comparison<'_, '_>, number: usize) -> Option<usize> {
        let name = comparison.numbering.name(number)?;
        let at = comparison.left.snapshot.permissions.iter().position(|entry| entry.permission == *name)?;
        self.present(Family::Permission, Side::Left, at)
    }

    /// What became of one way: a grant, direct or through a group, of a role that has the permission.
    fn way(
        &self,
        comparison: &Comparison<'_, '_>,
        rows: &[Row],
        one: &Found,
        grant: &HeldGrant,
        number: usize,
    ) -> Vec<usize> {
        let Some(role) = grant.role else { return Vec::new() };
        let mut causes = self.missing(comparison, rows, Family::Role, role);
        if let Some(counterpart) = comparison.pairing.get(Family::Role).counterpart(Side::Left, role) {
            causes.extend(self.within_role(comparison, rows, role, counterpart, number));
        }
        if let Reach::In(id) = &grant.reach
            && let Some(at) = comparison.left.position(Family::Division, id.as_str())
        {
            causes.extend(self.missing(comparison, rows, Family::Division, at));
        }
        let place = match &grant.reach {
            Reach::All => None,
            Reach::In(id) => {
                Some(comparison.pairing.key_of_id(Family::Division, Side::Left, &comparison.left, id.as_str()))
            }
        };
        let key = (comparison.pairing.key(Family::Role, Side::Left, role), place);
        match grant.via.as_ref().and_then(|id| comparison.left.position(Family::Group, id.as_str())) {
            None => {
                let counterpart = comparison.pairing.get(one.family).counterpart(Side::Left, one.at);
                if counterpart.is_some_and(|counterpart| !has(comparison, one.family, counterpart, &key)) {
                    causes.extend(self.grant_rows(comparison, rows, one.family, one.at, grant));
                }
            }
            Some(group) => causes.extend(self.through_group(comparison, rows, one, group, grant, &key)),
        }
        if causes.is_empty() {
            let name = comparison.numbering.name(number);
            let at = name.and_then(|name| {
                comparison.left.snapshot.permissions.iter().position(|entry| entry.permission == *name)
            });
            causes.extend(at.into_iter().flat_map(|at| self.rows(rows, Family::Permission, at, "division_aware")));
        }
        causes
    }

    fn within_role(
        &self,
        comparison: &Comparison<'_, '_>,
        rows: &[Row],
        role: usize,
        counterpart: usize,
        number: usize,
    ) -> Vec<usize> {
        let Some(name) = comparison.numbering.name(number) else { return Vec::new() };
        let rights = (comparison.left.map.rights.roles.get(role), comparison.right.map.rights.roles.get(counterpart));
        let (Some(here), Some(there)) = rights else { return Vec::new() };
        let own = comparison.right.map.rights.index.number(name);
        let always = own.is_some_and(|own| there.always.contains(own));
        let bound = own.is_some_and(|own| there.under_condition.contains(own));
        let about = |field: &'static str| {
            self.rows(rows, Family::Role, role, field).filter(|at| match rows.get(*at) {
                Some(Row { change, .. }) => match &change.items {
                    Items::Permissions(names) => {
                        !change.from_value.is_empty()
                            && change.from_value != NOT_KNOWN
                            && names.iter().any(|one| one == name.as_str())
                    }
                    _ => false,
                },
                None => false,
            })
        };
        match (always, bound) {
            (true, _) => Vec::new(),
            (false, true) if here.always.contains(number) => about("conditions").collect(),
            (false, true) => Vec::new(),
            (false, false) => about("permissions").collect(),
        }
    }

    fn through_group(
        &self,
        comparison: &Comparison<'_, '_>,
        rows: &[Row],
        one: &Found,
        group: usize,
        grant: &HeldGrant,
        key: &(ThingKey<'_>, Option<ThingKey<'_>>),
    ) -> Vec<usize> {
        let mut causes = self.missing(comparison, rows, Family::Group, group);
        let Some(counterpart) = comparison.pairing.get(Family::Group).counterpart(Side::Left, group) else {
            return causes;
        };
        if !has(comparison, Family::Group, counterpart, key) {
            causes.extend(self.grant_rows(comparison, rows, Family::Group, group, grant));
        }
        causes.extend(self.rows(rows, Family::Group, group, "state"));
        let user = comparison.pairing.get(Family::User).counterpart(Side::Left, one.at);
        let user = user.and_then(|at| comparison.right.id(Family::User, at));
        let member = user
            .zip(comparison.right.id(Family::Group, counterpart))
            .is_some_and(|(user, group)| comparison.right.groups_of(user).contains(&group));
        if !member {
            let name = comparison.left.name(Family::Group, group);
            let memberships = self.rows(rows, Family::User, one.at, "groups");
            causes.extend(memberships.filter(|at| {
                rows.get(*at).is_some_and(|row| match &row.change.items {
                    Items::Groups(names) => lost(row) && names.contains(&name),
                    _ => false,
                })
            }));
        }
        causes
    }

    /// The rows that say that the right lacks this grant.
    fn grant_rows(
        &self,
        comparison: &Comparison<'_, '_>,
        rows: &[Row],
        family: Family,
        at: usize,
        grant: &HeldGrant,
    ) -> Vec<usize> {
        let role = comparison.left.role_name(grant.role_id.as_str());
        let division = comparison.left.place_name(&grant.reach);
        let about_grants = self.rows(rows, family, at, "grants");
        about_grants
            .filter(|at| {
                rows.get(*at).is_some_and(|row| match &row.change.items {
                    Items::Grants(grants) => {
                        lost(row) && grants.iter().any(|one| one.role == role && one.division == division)
                    }
                    _ => false,
                })
            })
            .collect()
    }
}

/// Whether a row of items names what the left has.
fn lost(row: &Row) -> bool {
    !matches!(row.change.from_value.as_str(), "" | NOT_KNOWN)
}

fn has(
    comparison: &Comparison<'_, '_>,
    family: Family,
    right: usize,
    key: &(ThingKey<'_>, Option<ThingKey<'_>>),
) -> bool {
    let direct_grants = match family {
        Family::Client => client_grants(&comparison.pairing, Side::Right, &comparison.right, right),
        _ => {
            let id = comparison.right.id(family, right);
            id.map(|id| grants_to(&comparison.pairing, Side::Right, &comparison.right, id)).unwrap_or_default()
        }
    };
    direct_grants.iter().any(|direct_grant| direct_grant.key == *key)
}

/// Whether a grant counts in the division that the call is needed in.
fn reaches(comparison: &Comparison<'_, '_>, one: &Found, grant: &HeldGrant, number: usize) -> bool {
    match (&one.division_left, &grant.reach) {
        (NeededIn::Any | NeededIn::NotListed(_), _) | (_, Reach::All) => true,
        (NeededIn::Division(wanted), Reach::In(reach)) => {
            wanted == reach || comparison.left.map.rights.everywhere.contains(number)
        }
    }
}

struct Wanted {
    /// Whether what the left holds would do for what the right asks.
    met_by_left: bool,
    /// What the right asks for, and the left holds wider.
    permissions: FixedBitSet,
}

fn wanted(comparison: &Comparison<'_, '_>, one: &Found) -> Wanted {
    let mut permissions = comparison.numbering.none();
    let operation = one.operation_right.and_then(|at| Some((at, comparison.right.map.matrix.operations().get(at)?)));
    let principal = comparison.left.map.principals().get(one.left);
    let held = principal.and_then(|principal| comparison.left.map.holdings_of(principal));
    let (Some((at, operation)), Some(held)) = (operation, held) else {
        return Wanted { met_by_left: false, permissions };
    };
    let asked: Vec<usize> = comparison
        .right
        .map
        .demanded(at)
        .iter()
        .filter_map(|own| comparison.numbering.common_number(Side::Right, *own))
        .collect();
    let has = |number: &usize| held.at_all.contains(*number);
    let met_by_left = match operation.requirement.permissions_match {
        Match::Any => asked.iter().any(has),
        Match::All => asked.iter().all(has),
        Match::None => true,
        Match::Unknown => false,
    };
    let pair = comparison.access.of_left(one.family, one.at).and_then(|number| comparison.access.held(number));
    let wider =
        |number: &usize| pair.is_some_and(|pair| pair.lost.contains(*number) || pair.lost_unsure.contains(*number));
    asked.iter().filter(|number| has(number) && wider(number)).for_each(|number| permissions.insert(*number));
    Wanted { met_by_left, permissions }
}
