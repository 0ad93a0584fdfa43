//! Which differences make a needed call fail: from the reasons on the right, and from the ways by which the left gets
//! the permissions.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use super::broken::Certainty;
use super::calls::Found;
use super::change::{Effect, Items};
use super::frame::{Draft, Frame, NOT_KNOWN};
use super::held::{client_grants, grants_to};
use super::pairing::{Fate, Token};
use super::sides::{Family, Hand};
use crate::cross::needed::NeededIn;
use crate::cross::principal::{HeldGrant, Standing};
use crate::cross::{Answer, Principal, Reason, Verdict};
use rolecall_base::grant::Reach;
use rolecall_matrix::Match;

/// Gives every call its causes, the first one first to mend, and every cause its calls. A call without a cause among
/// the rows gets a row of its own.
pub fn assign(frame: &Frame<'_, '_>, drafts: &mut Vec<Draft>, found: &mut [Found]) {
    let index = Index::of(drafts);
    let mut causes: Vec<Vec<usize>> = found.iter().map(|one| index.causes(frame, drafts, one)).collect();
    let mut own: HashMap<(Family, usize, String), usize> = HashMap::new();
    let mut policies: Option<usize> = None;
    for (one, causes) in found.iter().zip(&mut causes).filter(|(_, causes)| causes.is_empty()) {
        if policies_were_not_read(one) {
            // One list that was not read is one cause, however many calls it leaves open.
            causes.push(*policies.get_or_insert_with(|| {
                let mut draft = frame.row((Family::Policy, None, None), "list", "read", NOT_KNOWN, Effect::Unknown);
                draft.change.name = EVERY_POLICY.to_owned();
                drafts.push(draft);
                drafts.len() - 1
            }));
            continue;
        }
        let field = format!("call {}", one.call.endpoint);
        let row = *own.entry((one.family, one.at, field.clone())).or_insert_with(|| {
            let right = frame.pairing.get(one.family).twin(Hand::Left, one.at);
            let thing = (one.family, Some(one.at), right);
            drafts.push(frame.row(thing, &field, one.call.left_told(), one.call.right_told(), Effect::Unknown));
            drafts.len() - 1
        });
        causes.push(row);
    }
    let mut shared = vec![0_usize; drafts.len()];
    for cause in causes.iter().flatten() {
        if let Some(count) = shared.get_mut(*cause) {
            *count += 1;
        }
    }
    for (number, (one, mut causes)) in found.iter_mut().zip(causes).enumerate() {
        causes.sort_by_key(|cause| {
            let rank = drafts.get(*cause).map_or(u8::MAX, |draft| rank(Family::of(draft.change.kind)));
            (std::cmp::Reverse(shared.get(*cause).copied().unwrap_or(0)), rank, *cause)
        });
        for cause in &causes {
            let Some(draft) = drafts.get_mut(*cause) else { continue };
            draft.change.broken.push(number);
            let doubtful = draft.change.from_value == NOT_KNOWN || draft.change.to_value == NOT_KNOWN;
            if one.call.certainty == Certainty::Fails && !doubtful {
                draft.change.effect = Effect::Breaks;
            }
        }
        one.call.causes = causes;
    }
}

/// What stands for the name where a row is about every access policy.
const EVERY_POLICY: &str = "*";

/// Whether only policies that were not read could refuse a call.
fn policies_were_not_read(one: &Found) -> bool {
    let told =
        |answer: Answer| answer.reasons.has(Reason::AccessPolicyMayDeny) && answer.reasons.has(Reason::DataIncomplete);
    one.call.certainty == Certainty::NotKnown && one.call.right.is_some_and(told)
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
    presence: HashMap<(Family, Hand, usize), usize>,
    fields: HashMap<(Family, usize), Vec<usize>>,
}

impl Index {
    fn of(drafts: &[Draft]) -> Self {
        let mut index = Self { presence: HashMap::new(), fields: HashMap::new() };
        for (at, draft) in drafts.iter().enumerate() {
            let family = Family::of(draft.change.kind);
            match (draft.change.field.as_str(), draft.left, draft.right) {
                ("presence", Some(left), _) => {
                    index.presence.insert((family, Hand::Left, left), at);
                }
                ("presence", None, Some(right)) => {
                    index.presence.insert((family, Hand::Right, right), at);
                }
                (_, Some(left), _) => index.fields.entry((family, left)).or_default().push(at),
                (_, None, _) => {}
            }
        }
        index
    }

    fn present(&self, family: Family, hand: Hand, at: usize) -> Option<usize> {
        self.presence.get(&(family, hand, at)).copied()
    }

    /// The rows of a thing of the left with this field.
    fn rows<'i>(
        &'i self,
        drafts: &'i [Draft],
        family: Family,
        left: usize,
        field: &'i str,
    ) -> impl Iterator<Item = usize> + 'i {
        let rows = self.fields.get(&(family, left)).into_iter().flatten().copied();
        rows.filter(move |at| drafts.get(*at).is_some_and(|draft| draft.change.field == field))
    }

    /// The row that says that a thing of the left is not, or not certainly, on the right.
    fn missing(&self, frame: &Frame<'_, '_>, drafts: &[Draft], family: Family, at: usize) -> Vec<usize> {
        match frame.pairing.get(family).fate(Hand::Left, at) {
            Fate::Paired(_) => Vec::new(),
            Fate::Alone => self.present(family, Hand::Left, at).into_iter().collect(),
            Fate::Crowd(number) => {
                let crowd = frame.pairing.get(family).crowds.get(number);
                let first = crowd.and_then(|crowd| crowd.left.first());
                first.map(|first| self.rows(drafts, family, *first, "name").collect()).unwrap_or_default()
            }
        }
    }

    fn causes(&self, frame: &Frame<'_, '_>, drafts: &[Draft], one: &Found) -> Vec<usize> {
        let mut causes: BTreeSet<usize> = BTreeSet::new();
        let (Some(answer), Some(right)) = (one.call.right, one.right) else {
            return self.missing(frame, drafts, one.family, one.at);
        };
        let own = |field: &'static str| self.rows(drafts, one.family, one.at, field);
        let is_open = |at: usize| {
            frame.right.map.principals().get(at).is_some_and(|principal| principal.standing == Standing::NotKnown)
        };
        let asked = |field: &'static str| {
            one.operation_left.into_iter().flat_map(move |at| self.rows(drafts, Family::Endpoint, at, field))
        };
        for reason in answer.reasons.iter() {
            match reason {
                Reason::ClientInactive | Reason::UserInactive => causes.extend(own("state")),
                Reason::NeedsUserContext => causes.extend(own("grant_type").chain(asked("user_context"))),
                // Scopes were nothing to it while it acted as itself.
                Reason::MissingScope | Reason::ScopeNotPublished | Reason::ScopeEnforcementNotKnown
                    if frame.left.map.principals().get(one.left).is_some_and(Principal::is_machine) =>
                {
                    causes.extend(own("grant_type"));
                }
                Reason::MissingScope | Reason::ScopeNotPublished | Reason::ScopeEnforcementNotKnown => {
                    causes.extend(own("scopes").filter(|at| self.lost_scope(frame, drafts, one, *at)));
                    causes.extend(asked("scopes"));
                }
                Reason::EndpointNotInMatrix => {
                    causes.extend(one.operation_left.and_then(|at| self.present(Family::Endpoint, Hand::Left, at)));
                }
                Reason::RequirementNotPublished | Reason::NothingPublished => causes.extend(asked("permissions")),
                Reason::AccessPolicyMayDeny => causes.extend(self.policies(frame, one, right)),
                // Of a client that acts for users only its own side counts: what is not known of it are its scopes.
                Reason::DataIncomplete
                    if frame.left.map.principals().get(one.left).is_some_and(Principal::acts_for_users) =>
                {
                    causes.extend(own("scopes").filter(|at| self.lost_scope(frame, drafts, one, *at)));
                }
                Reason::MissingPermission
                | Reason::MissingDivision
                | Reason::PermissionNotInOrg
                | Reason::ConditionsApply => causes.extend(self.permission_causes(frame, drafts, one)),
                Reason::DataIncomplete if is_open(right) => causes.extend(own("state")),
                Reason::DataIncomplete => causes.extend(self.permission_causes(frame, drafts, one)),
            }
        }
        if answer.verdict == Verdict::Partial {
            causes.extend(self.permission_causes(frame, drafts, one));
        }
        if answer.verdict == Verdict::DependsOnUser || causes.is_empty() {
            causes.extend(own("grant_type"));
        }
        causes.into_iter().collect()
    }

    fn lost_scope(&self, frame: &Frame<'_, '_>, drafts: &[Draft], one: &Found, at: usize) -> bool {
        let operation = one.operation_right.and_then(|at| frame.right.map.matrix.operations().get(at));
        let listed = operation.map_or(&[][..], |operation| &operation.requirement.scopes);
        let draft = drafts.get(at).filter(|draft| !matches!(draft.change.from_value.as_str(), "" | NOT_KNOWN));
        match draft.map(|draft| &draft.change.items) {
            Some(Items::Scopes(scopes)) => listed.iter().any(|scope| scopes.iter().any(|one| one == scope.as_str())),
            _ => false,
        }
    }

    fn policies(&self, frame: &Frame<'_, '_>, one: &Found, right: usize) -> Vec<usize> {
        let principal = frame.right.map.principals().get(right);
        let (Some(principal), Some(operation)) = (principal, one.operation_right) else { return Vec::new() };
        let mut causes = Vec::new();
        for policy in frame.right.map.policies(principal, operation) {
            let Some(at) = frame.right.position(Family::Policy, policy.id.as_str()) else { continue };
            match frame.pairing.get(Family::Policy).twin(Hand::Right, at) {
                Some(left) => causes.extend(self.fields.get(&(Family::Policy, left)).into_iter().flatten().copied()),
                None => causes.extend(self.present(Family::Policy, Hand::Right, at)),
            }
        }
        causes
    }

    /// The rows of what stands between the left's ways to the permissions and the right.
    fn permission_causes(&self, frame: &Frame<'_, '_>, drafts: &[Draft], one: &Found) -> Vec<usize> {
        let wanted = wanted(frame, one);
        if wanted.met_by_left {
            self.ways(frame, drafts, one, &wanted.permissions)
        } else {
            // What the left holds would not do there either: the right asks for something else.
            let at = one.operation_left.into_iter();
            at.flat_map(|at| self.rows(drafts, Family::Endpoint, at, "permissions")).collect()
        }
    }

    fn ways(&self, frame: &Frame<'_, '_>, drafts: &[Draft], one: &Found, permissions: &FixedBitSet) -> Vec<usize> {
        let Some(principal) = frame.left.map.principals().get(one.left) else { return Vec::new() };
        let grants = frame.left.map.grants_of(principal);
        let mut causes = Vec::new();
        for number in permissions.ones() {
            // Where the catalogue lacks it nothing can grant it, whatever else is mended.
            causes.extend(self.catalogued_on_left_only(frame, number));
            for grant in &grants {
                let rights = grant.role.and_then(|at| frame.left.map.rights.roles.get(at));
                let gives = rights
                    .is_some_and(|rights| rights.always.contains(number) || rights.under_condition.contains(number));
                if gives && reaches(frame, one, grant, number) {
                    causes.extend(self.way(frame, drafts, one, grant, number));
                }
            }
        }
        causes
    }

    /// The row that says that the right's catalogue lacks a permission.
    fn catalogued_on_left_only(&self, frame: &Frame<'_, '_>, number: usize) -> Option<usize> {
        let name = frame.numbering.name(number)?;
        let at = frame.left.snapshot.permissions.iter().position(|entry| entry.permission == *name)?;
        self.present(Family::Permission, Hand::Left, at)
    }

    /// What became of one way: a grant, direct or through a group, of a role that has the permission.
    fn way(
        &self,
        frame: &Frame<'_, '_>,
        drafts: &[Draft],
        one: &Found,
        grant: &HeldGrant,
        number: usize,
    ) -> Vec<usize> {
        let Some(role) = grant.role else { return Vec::new() };
        let mut causes = self.missing(frame, drafts, Family::Role, role);
        if let Some(twin) = frame.pairing.get(Family::Role).twin(Hand::Left, role) {
            causes.extend(self.within_role(frame, drafts, role, twin, number));
        }
        if let Reach::In(id) = &grant.reach
            && let Some(at) = frame.left.position(Family::Division, id.as_str())
        {
            causes.extend(self.missing(frame, drafts, Family::Division, at));
        }
        let place = match &grant.reach {
            Reach::All => None,
            Reach::In(id) => Some(frame.pairing.token_of_id(Family::Division, Hand::Left, &frame.left, id.as_str())),
        };
        let key = (frame.pairing.token(Family::Role, Hand::Left, role), place);
        match grant.via.as_ref().and_then(|id| frame.left.position(Family::Group, id.as_str())) {
            None => {
                let twin = frame.pairing.get(one.family).twin(Hand::Left, one.at);
                if twin.is_some_and(|twin| !has(frame, one.family, twin, &key)) {
                    causes.extend(self.grant_rows(frame, drafts, one.family, one.at, grant));
                }
            }
            Some(group) => causes.extend(self.through_group(frame, drafts, one, group, grant, &key)),
        }
        if causes.is_empty() {
            let name = frame.numbering.name(number);
            let at = name
                .and_then(|name| frame.left.snapshot.permissions.iter().position(|entry| entry.permission == *name));
            causes.extend(at.into_iter().flat_map(|at| self.rows(drafts, Family::Permission, at, "division_aware")));
        }
        causes
    }

    fn within_role(
        &self,
        frame: &Frame<'_, '_>,
        drafts: &[Draft],
        role: usize,
        twin: usize,
        number: usize,
    ) -> Vec<usize> {
        let Some(name) = frame.numbering.name(number) else { return Vec::new() };
        let rights = (frame.left.map.rights.roles.get(role), frame.right.map.rights.roles.get(twin));
        let (Some(here), Some(there)) = rights else { return Vec::new() };
        let own = frame.right.map.rights.index.number(name);
        let always = own.is_some_and(|own| there.always.contains(own));
        let bound = own.is_some_and(|own| there.under_condition.contains(own));
        let about = |field: &'static str| {
            self.rows(drafts, Family::Role, role, field).filter(|at| match drafts.get(*at) {
                Some(Draft { change, .. }) => match &change.items {
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
        frame: &Frame<'_, '_>,
        drafts: &[Draft],
        one: &Found,
        group: usize,
        grant: &HeldGrant,
        key: &(Token<'_>, Option<Token<'_>>),
    ) -> Vec<usize> {
        let mut causes = self.missing(frame, drafts, Family::Group, group);
        let Some(twin) = frame.pairing.get(Family::Group).twin(Hand::Left, group) else { return causes };
        if !has(frame, Family::Group, twin, key) {
            causes.extend(self.grant_rows(frame, drafts, Family::Group, group, grant));
        }
        causes.extend(self.rows(drafts, Family::Group, group, "state"));
        let user = frame.pairing.get(Family::User).twin(Hand::Left, one.at);
        let user = user.and_then(|at| frame.right.id(Family::User, at));
        let member = user
            .zip(frame.right.id(Family::Group, twin))
            .is_some_and(|(user, group)| frame.right.groups_of(user).contains(&group));
        if !member {
            let name = frame.left.name(Family::Group, group);
            let rows = self.rows(drafts, Family::User, one.at, "groups");
            causes.extend(rows.filter(|at| {
                drafts.get(*at).is_some_and(|draft| match &draft.change.items {
                    Items::Groups(names) => lost(draft) && names.contains(&name),
                    _ => false,
                })
            }));
        }
        causes
    }

    /// The rows that say that the right lacks this grant.
    fn grant_rows(
        &self,
        frame: &Frame<'_, '_>,
        drafts: &[Draft],
        family: Family,
        at: usize,
        grant: &HeldGrant,
    ) -> Vec<usize> {
        let role = frame.left.role_name(grant.role_id.as_str());
        let division = frame.left.place_name(&grant.reach);
        let rows = self.rows(drafts, family, at, "grants");
        rows.filter(|at| {
            drafts.get(*at).is_some_and(|draft| match &draft.change.items {
                Items::Grants(grants) => {
                    lost(draft) && grants.iter().any(|one| one.role == role && one.division == division)
                }
                _ => false,
            })
        })
        .collect()
    }
}

/// Whether a row of items tells what the left has.
fn lost(draft: &Draft) -> bool {
    !matches!(draft.change.from_value.as_str(), "" | NOT_KNOWN)
}

fn has(frame: &Frame<'_, '_>, family: Family, right: usize, key: &(Token<'_>, Option<Token<'_>>)) -> bool {
    let pieces = match family {
        Family::Client => client_grants(&frame.pairing, Hand::Right, &frame.right, right),
        _ => {
            let id = frame.right.id(family, right);
            id.map(|id| grants_to(&frame.pairing, Hand::Right, &frame.right, id)).unwrap_or_default()
        }
    };
    pieces.iter().any(|piece| piece.key == *key)
}

/// Whether a grant counts in the division that the call is needed in.
fn reaches(frame: &Frame<'_, '_>, one: &Found, grant: &HeldGrant, number: usize) -> bool {
    match (&one.division_left, &grant.reach) {
        (NeededIn::Any | NeededIn::NotListed(_), _) | (_, Reach::All) => true,
        (NeededIn::Division(wanted), Reach::In(reach)) => {
            wanted == reach || frame.left.map.rights.everywhere.contains(number)
        }
    }
}

struct Wanted {
    /// Whether what the left holds would do for what the right asks.
    met_by_left: bool,
    /// What the right asks for, and the left holds wider.
    permissions: FixedBitSet,
}

fn wanted(frame: &Frame<'_, '_>, one: &Found) -> Wanted {
    let mut permissions = frame.numbering.none();
    let operation = one.operation_right.and_then(|at| Some((at, frame.right.map.matrix.operations().get(at)?)));
    let principal = frame.left.map.principals().get(one.left);
    let held = principal.and_then(|principal| frame.left.map.holdings_of(principal));
    let (Some((at, operation)), Some(held)) = (operation, held) else {
        return Wanted { met_by_left: false, permissions };
    };
    let asked: Vec<usize> = frame
        .right
        .map
        .demanded(at)
        .iter()
        .filter_map(|own| frame.numbering.common_number(Hand::Right, *own))
        .collect();
    let has = |number: &usize| held.at_all.contains(*number);
    let met_by_left = match operation.requirement.permissions_match {
        Match::Any => asked.iter().any(has),
        Match::All => asked.iter().all(has),
        Match::None => true,
        Match::Unknown => false,
    };
    let pair = frame.access.of_left(one.family, one.at).and_then(|number| frame.access.held(number));
    let wider =
        |number: &usize| pair.is_some_and(|pair| pair.lost.contains(*number) || pair.lost_unsure.contains(*number));
    asked.iter().filter(|number| has(number) && wider(number)).for_each(|number| permissions.insert(*number));
    Wanted { met_by_left, permissions }
}
