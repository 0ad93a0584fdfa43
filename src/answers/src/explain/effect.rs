//! What a change would also allow, apart from the call it is made for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use rolecall_access::cross::outcome::Demand;
use rolecall_access::cross::principal::{HeldGrant, Standing};
use rolecall_access::cross::{AccessMap, Principal};
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::id::RoleId;
use rolecall_base::oauth_client::GrantType;
use rolecall_base::permission::Permission;
use rolecall_findings::danger;
use rolecall_findings::severity::Severity;
use rolecall_matrix::{Match, UserContext};

/// What a principal gains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// Operations (positions in the matrix) whose required permissions it did not hold and then holds.
    pub newly: Vec<usize>,
    /// How many operations that it could call in some divisions it can then call in more.
    pub widened: usize,
}

/// Permissions that a change would give.
#[derive(Clone, Debug)]
pub struct Added {
    /// In all divisions.
    pub fully: FixedBitSet,
    /// In single divisions (numbers of [`AccessMap::numbered_divisions`]).
    pub within: Vec<(usize, FixedBitSet)>,
}

impl Added {
    /// These permissions by grants that reach so far. Those that no division limits are given in full by any grant.
    pub fn by<'r>(map: &AccessMap<'_>, permissions: &FixedBitSet, reaches: impl Iterator<Item = &'r Reach>) -> Self {
        let mut added = Self { fully: FixedBitSet::with_capacity(map.rights.index.len()), within: Vec::new() };
        let numbered = map.numbered_divisions();
        for reach in reaches {
            match reach {
                Reach::All => added.fully.union_with(permissions),
                Reach::In(id) => {
                    let mut everywhere = permissions.clone();
                    everywhere.intersect_with(&map.rights.everywhere);
                    added.fully.union_with(&everywhere);
                    if let Some(number) = numbered.iter().position(|known| *known == id) {
                        added.within.push((number, permissions.clone()));
                    }
                }
            }
        }
        added
    }

    /// What a principal gains by the permissions if they are added to a role that it has.
    pub fn through(map: &AccessMap<'_>, principal: &Principal, role: &RoleId, permissions: &FixedBitSet) -> Self {
        let active = |grant: &HeldGrant| match &grant.via {
            None => true,
            // Whether an inactive group passes roles on is not published.
            Some(id) => {
                let group = map.snapshot.groups.iter().find(|group| group.id == *id);
                group.is_some_and(|group| group.state.as_deref().unwrap_or("active") == "active")
            }
        };
        let grants = map.grants_of(principal);
        let mine = grants.iter().filter(|grant| grant.role_id == *role && active(grant));
        Self::by(map, permissions, mine.map(|grant| &grant.reach))
    }
}

/// In how many divisions a demand is met; `None`: in all.
type Met = Option<usize>;

fn met(demand: &Demand, fully: &FixedBitSet, within: &[(usize, FixedBitSet)]) -> Met {
    let has = |set: &FixedBitSet, number: &usize| set.contains(*number);
    let in_division = |set: &FixedBitSet| match demand.matching {
        Match::Any => demand.permissions.iter().any(|number| has(set, number)),
        Match::All => demand.permissions.iter().all(|number| has(set, number) || has(fully, number)),
        Match::None | Match::Unknown => true,
    };
    if in_division(fully) {
        return None;
    }
    let divisions: BTreeSet<usize> =
        within.iter().filter(|(_, set)| in_division(set)).map(|(division, _)| *division).collect();
    Some(divisions.len())
}

/// One set a division, what is given in it by several grants taken together.
fn merged<'s>(parts: impl Iterator<Item = &'s (usize, FixedBitSet)>) -> Vec<(usize, FixedBitSet)> {
    let mut sets: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
    for (division, set) in parts {
        sets.entry(*division).and_modify(|known| known.union_with(set)).or_insert_with(|| set.clone());
    }
    sets.into_iter().collect()
}

/// What a principal gains by further permissions, leaving the call `except` aside. Only permissions are weighed: an
/// access policy may still stop a call that is counted.
pub fn gain(map: &AccessMap<'_>, principal: &Principal, added: &Added, except: Option<usize>) -> Gain {
    let Some(held) = map.holdings_of(principal).filter(|_| principal.standing != Standing::Inactive) else {
        return Gain::default();
    };
    let outcomes = map.outcomes();
    let mut fully = held.fully.clone();
    fully.union_with(&added.fully);
    let within = merged(held.in_divisions.iter().chain(&added.within));
    let changes: Vec<(Met, Met)> = outcomes
        .demands
        .iter()
        .map(|demand| {
            let touched = |number: &usize| {
                added.fully.contains(*number) || added.within.iter().any(|(_, set)| set.contains(*number))
            };
            if !demand.permissions.iter().any(touched) {
                return (None, None);
            }
            (met(demand, &held.fully, &held.in_divisions), met(demand, &fully, &within))
        })
        .collect();
    let mut gain = Gain::default();
    for (at, demand) in outcomes.of_operation.iter().enumerate() {
        let asked = map.matrix.operations().get(at).map(|one| one.requirement.user_context);
        let never = principal.is_machine() && asked == Some(UserContext::Yes);
        if Some(at) == except || never {
            continue;
        }
        match changes.get(*demand) {
            Some((Some(0), None | Some(1..))) => gain.newly.push(at),
            Some((Some(_), None)) => gain.widened += 1,
            Some((Some(before), Some(after))) if after > before => gain.widened += 1,
            Some(_) | None => {}
        }
    }
    gain
}

/// Whether the permissions let a call through that was not, or in more divisions than before.
pub fn helps(map: &AccessMap<'_>, principal: &Principal, added: &Added, operation: usize) -> bool {
    let outcomes = map.outcomes();
    let demand = outcomes.of_operation.get(operation).and_then(|demand| outcomes.demands.get(*demand));
    let (Some(demand), Some(held)) = (demand, map.holdings_of(principal)) else { return false };
    let mut fully = held.fully.clone();
    fully.union_with(&added.fully);
    let within = merged(held.in_divisions.iter().chain(&added.within));
    match (met(demand, &held.fully, &held.in_divisions), met(demand, &fully, &within)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => after > before,
    }
}

/// The dangerous ones of these permissions with their class and severity, worst first; and the worst severity.
pub fn dangerous<'p>(permissions: impl Iterator<Item = &'p Permission>) -> (Vec<String>, Option<Severity>) {
    let mut found: Vec<(std::cmp::Reverse<Severity>, String)> = permissions
        .filter_map(|name| danger::catalogue().worst(name.as_str()).map(|entry| (entry, name)))
        .map(|(entry, name)| {
            (std::cmp::Reverse(entry.severity), format!("{name} ({} {})", entry.class, entry.severity))
        })
        .collect();
    found.sort();
    let worst = found.first().map(|(severity, _)| severity.0);
    (found.into_iter().map(|(_, text)| text).collect(), worst)
}

/// The other holders of a role, apart from one principal.
#[derive(Clone, Debug, Default)]
pub struct Others<'m> {
    /// Each subject that the role is granted to, in words, sorted.
    pub subjects: BTreeSet<String>,
    /// The principals behind them that were read, by id.
    pub principals: BTreeMap<&'m str, &'m Principal>,
}

/// Who else holds a role: directly, as members of a group, or from another org.
pub fn others<'m>(
    map: &'m AccessMap<'_>,
    by_id: &HashMap<&'m str, &'m Principal>,
    but: &Principal,
    role: &RoleId,
) -> Others<'m> {
    let mut found = Others::default();
    let mut add = |id: &str| {
        if let Some((id, principal)) = by_id.get_key_value(id).filter(|(id, _)| **id != but.id) {
            found.principals.insert(id, principal);
        }
    };
    let mut subjects = BTreeSet::new();
    for grant in map.snapshot.grants.iter().filter(|grant| grant.role == *role) {
        let id = grant.subject.as_str();
        if id == but.id {
            continue;
        }
        add(id);
        let known = by_id.get(id).map(|principal| (principal.kind.as_str().replace('_', " "), principal.name.clone()));
        let name = |fallback: &str| grant.subject_name.clone().unwrap_or_else(|| fallback.to_owned());
        let word = match grant.subject_kind {
            SubjectKind::Group => {
                let group = map.snapshot.groups.iter().find(|group| group.id.as_str() == id);
                let members = map.snapshot.group_members.iter().find(|(group, _)| group.as_str() == id);
                let count = members.map_or_else(
                    || "members not read".to_owned(),
                    |(_, members)| {
                        if members.len() == 1 { "1 member".to_owned() } else { format!("{} members", members.len()) }
                    },
                );
                members.into_iter().flat_map(|(_, members)| members).for_each(|member| add(member.as_str()));
                let name = group.map_or_else(|| name(id), |group| group.name.clone());
                format!("group `{name}` ({count})")
            }
            SubjectKind::TrusteeUser => format!("user `{}` of another org", name(id)),
            SubjectKind::TrusteeGroup => format!("group `{}` of another org", name(id)),
            SubjectKind::OauthClient | SubjectKind::User | SubjectKind::Unknown => match known {
                Some((kind, name)) => format!("{kind} `{name}`"),
                None => format!("`{}`", name(id)),
            },
        };
        subjects.insert(word);
    }
    for client in &map.snapshot.oauth_clients {
        // The roles that a client of any other grant type lists mean nothing.
        let machine = client.grant_type == GrantType::ClientCredentials;
        let holds = machine && client.role_divisions.iter().flatten().any(|pair| pair.role == *role);
        if holds && client.id.as_str() != but.id {
            add(client.id.as_str());
            subjects.insert(format!("oauth client `{}`", client.name));
        }
    }
    found.subjects = subjects;
    found
}
