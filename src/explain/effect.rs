//! What a change would let through besides the call it is made for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use crate::cross::{AccessMap, Principal};
use crate::findings::danger;
use crate::findings::severity::Severity;
use crate::matrix::{Match, UserContext};
use crate::model::grant::SubjectKind;
use crate::model::id::RoleId;
use crate::model::permission::Permission;

/// What a principal gains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// Operations (positions in the matrix) whose required permissions it did not hold and then holds.
    pub newly: Vec<usize>,
    /// How many operations that it could call in some divisions it can then call in all where the change reaches.
    pub widened: usize,
}

/// What a principal gains by further permissions, leaving the call `except` aside. Only permissions are weighed: a
/// condition or an access policy may still stop a call that is counted.
pub fn gain(map: &AccessMap<'_>, principal: &Principal, added: &FixedBitSet, except: Option<usize>) -> Gain {
    let Some(held) = map.holdings_of(principal) else { return Gain::default() };
    let outcomes = map.outcomes();
    let mut at_all = held.unconditioned.clone();
    at_all.union_with(added);
    let mut fully = held.fully.clone();
    fully.union_with(added);
    let changes: Vec<(bool, bool)> = outcomes
        .demands
        .iter()
        .map(|demand| {
            let met = |by: &FixedBitSet| match demand.matching {
                Match::Any => demand.permissions.iter().any(|number| by.contains(*number)),
                Match::All => demand.permissions.iter().all(|number| by.contains(*number)),
                Match::None | Match::Unknown => true,
            };
            let before = met(&held.unconditioned);
            (!before && met(&at_all), before && !met(&held.fully) && met(&fully))
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
            Some((true, _)) => gain.newly.push(at),
            Some((false, true)) => gain.widened += 1,
            Some((false, false)) | None => {}
        }
    }
    gain
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

/// Those besides one principal who hold a role.
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
        let holds = client.role_divisions.iter().flatten().any(|pair| pair.role == *role);
        if holds && client.id.as_str() != but.id {
            add(client.id.as_str());
            subjects.insert(format!("oauth client `{}`", client.name));
        }
    }
    found.subjects = subjects;
    found
}
