//! A large made-up org of any size, the same on every machine: permissions are those of the built-in matrix.

use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::{Coverage, Listing, ListingRecord, Seen};
use rolecall_base::division::Division;
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::group::{Group, GroupMembers};
use rolecall_base::id::{ClientId, DivisionId, GroupId, PolicyId, RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient, RoleDivision};
use rolecall_base::org::{Org, OrgSettings};
use rolecall_base::permission::Permission;
use rolecall_base::policy::{AccessPolicy, Effect, PolicySubject};
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::scope::Scope;
use rolecall_base::snapshot::{CollectionRecord, Snapshot};
use rolecall_base::user::User;
use rolecall_matrix::Matrix;

/// How large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub clients: usize,
    pub users: usize,
    pub roles: usize,
    /// Distinct sets of groups and roles that users are given; clients have a set each, up to this many.
    pub sets: usize,
}

const DIVISIONS: usize = 30;
const GROUPS: usize = 300;

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) % bound.max(1) as u64) as usize
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }
}

/// What a set of users has in common.
struct Set {
    groups: Vec<usize>,
    grants: Vec<(usize, Reach)>,
}

fn id(kind: &str, at: usize) -> String {
    format!("{kind}{at:06x}-0000-4000-8000-{at:012x}")
}

/// Makes the org.
pub(crate) fn snapshot(size: Size, matrix: &Matrix) -> Snapshot {
    let mut dice = Dice(size.roles as u64);
    let permissions = catalogue(matrix, &mut dice);
    let roles = (0..size.roles).map(|at| role(at, &permissions, &mut dice)).collect();
    let mut grants = Vec::new();
    let mut give = |subject_kind, subject: &str, role: usize, reach: Reach| {
        grants.push(Grant {
            subject_kind,
            subject: SubjectId::new(subject),
            subject_name: None,
            role: RoleId::new(id("role", role)),
            reach,
            granted_at: None,
            read_from: GrantSource::RoleSubjects,
        });
    };
    for group in 0..GROUPS {
        for _ in 0..=dice.below(3) {
            give(SubjectKind::Group, &id("group", group), dice.below(size.roles), reach(&mut dice));
        }
    }
    let mut sets = Vec::new();
    for _ in 0..size.sets {
        sets.push(Set {
            groups: (0..dice.below(4)).map(|_| dice.below(GROUPS)).collect(),
            grants: (0..=dice.below(4)).map(|_| (dice.below(size.roles), reach(&mut dice))).collect(),
        });
    }
    let mut group_members: GroupMembers =
        (0..GROUPS).map(|group| (GroupId::new(id("group", group)), Vec::new())).collect();
    let mut users = Vec::with_capacity(size.users);
    for at in 0..size.users {
        let user = UserId::new(id("user", at));
        // Each set is somebody's; beyond that a few sets are most people's.
        let set = if at < size.sets { at } else { dice.below(size.sets) * dice.below(size.sets) / size.sets };
        for (role, reach) in &sets[set].grants {
            give(SubjectKind::User, user.as_str(), *role, reach.clone());
        }
        for group in &sets[set].groups {
            if let Some(members) = group_members.get_mut(&GroupId::new(id("group", *group))) {
                members.push(user.clone());
            }
        }
        users.push(User {
            name: format!("User {at}"),
            email: None,
            state: if dice.percent(3) { "inactive" } else { "active" }.to_owned(),
            division: None,
            last_login: None,
            last_token: None,
            matched_by: dice.percent(2).then(|| "names:svc-*".to_owned()),
            id: user,
        });
    }
    let oauth_clients = (0..size.clients).map(|at| client(at, &sets[at % size.sets], matrix, &mut dice)).collect();
    let mut snapshot = Snapshot {
        org: Org {
            name: "large".to_owned(),
            environment: "bench".to_owned(),
            api_url: "https://api.example.com".to_owned(),
            id: None,
            platform_name: None,
            auditor: ClientId::new("auditor"),
            settings: OrgSettings::default(),
        },
        as_of: jiff::Timestamp::UNIX_EPOCH,
        collected_by: "rolecall bench".to_owned(),
        collection: CollectionRecord::default(),
        coverage: Coverage {
            listings: Listing::ALL
                .into_iter()
                .map(|listing| {
                    let record =
                        ListingRecord { seen: Seen::Whole, read: 0, expected: None, unread: Vec::new(), read_at: None };
                    (listing, record)
                })
                .collect(),
        },
        divisions: (0..DIVISIONS)
            .map(|at| Division { id: division(at), name: format!("Division {at}"), home: at == 0 })
            .collect(),
        policies: (0..20).map(|at| policy(at, &permissions, &mut dice)).collect(),
        permissions,
        roles,
        oauth_clients,
        apps: Vec::new(),
        users,
        groups: (0..GROUPS)
            .map(|at| Group {
                id: GroupId::new(id("group", at)),
                name: format!("Group {at}"),
                state: Some("active".to_owned()),
                roles_enabled: Some(true),
                member_count: None,
            })
            .collect(),
        group_members,
        grants,
        trustees: Vec::new(),
        audit: Vec::new(),
        usage: None,
        matrix: None,
        matrix_notes: Vec::new(),
    };
    snapshot.sort();
    snapshot
}

fn catalogue(matrix: &Matrix, dice: &mut Dice) -> Vec<CataloguePermission> {
    let mut names: Vec<Permission> =
        matrix.operations().iter().flat_map(|operation| operation.requirement.permissions.clone()).collect();
    names.extend((0..500).map(|at| Permission::new(format!("bench{}:entity{}:view", at % 20, at))));
    names.sort();
    names.dedup();
    names.retain(|name| name.parts().is_some() && !dice.percent(3));
    names
        .into_iter()
        .map(|permission| CataloguePermission {
            permission,
            division_aware: Some(dice.percent(50)),
            allows_conditions: None,
            label: None,
        })
        .collect()
}

fn role(at: usize, permissions: &[CataloguePermission], dice: &mut Dice) -> Role {
    let mut policies = Vec::new();
    for _ in 0..4 + dice.below(28) {
        let picked = &permissions[dice.below(permissions.len())].permission;
        let (domain, entity, action) = picked.parts().unwrap_or(("routing", "queue", "view"));
        policies.push(PermissionPolicy {
            domain: domain.to_owned(),
            entity: if dice.percent(4) { "*" } else { entity }.to_owned(),
            actions: vec![if dice.percent(25) { "*" } else { action }.to_owned()],
            condition: dice.percent(3).then(|| "{}".to_owned()),
            named_resources: Vec::new(),
        });
    }
    Role {
        id: RoleId::new(id("role", at)),
        name: format!("Role {at}"),
        description: None,
        default_role_id: None,
        is_default: None,
        base: None,
        policies,
        general_permissions: if at.is_multiple_of(200) { vec![Permission::new("admin")] } else { Vec::new() },
        unused_permissions: None,
    }
}

fn reach(dice: &mut Dice) -> Reach {
    if dice.percent(30) { Reach::All } else { Reach::In(division(dice.below(DIVISIONS))) }
}

fn division(at: usize) -> DivisionId {
    DivisionId::new(id("division", at))
}

fn client(at: usize, set: &Set, matrix: &Matrix, dice: &mut Dice) -> OauthClient {
    let grant_type = match dice.below(10) {
        0 => GrantType::Code,
        1 => GrantType::Token,
        2 => GrantType::Saml2Bearer,
        _ => GrantType::ClientCredentials,
    };
    let scopes = (0..dice.below(12)).flat_map(|_| {
        let operations = matrix.operations();
        operations[dice.below(operations.len())].requirement.scopes.clone()
    });
    let mut scopes: Vec<Scope> = scopes.collect();
    scopes.sort();
    scopes.dedup();
    OauthClient {
        id: ClientId::new(id("client", at)),
        name: format!("svc-{at}"),
        description: None,
        grant_type,
        state: if dice.percent(4) { ClientState::Inactive } else { ClientState::Active },
        scopes: Some(scopes),
        role_divisions: Some(
            set.grants
                .iter()
                .map(|(role, reach)| RoleDivision { role: RoleId::new(id("role", *role)), reach: reach.clone() })
                .collect(),
        ),
        token_validity_seconds: None,
        redirect_uris: Vec::new(),
        created: None,
        modified: None,
        created_by: None,
        modified_by: None,
        deletes_at: None,
        allowed_addresses: None,
    }
}

fn policy(at: usize, permissions: &[CataloguePermission], dice: &mut Dice) -> AccessPolicy {
    let picked = &permissions[dice.below(permissions.len())].permission;
    let (domain, entity, _) = picked.parts().unwrap_or(("routing", "queue", "view"));
    AccessPolicy {
        id: PolicyId::new(id("policy", at)),
        name: format!("Policy {at}"),
        target: format!("{domain}:{entity}:*"),
        subject: match at % 4 {
            0 => PolicySubject::All,
            1 => PolicySubject::Group(id("group", dice.below(GROUPS))),
            2 => PolicySubject::User(id("user", dice.below(1000))),
            _ => PolicySubject::Client(id("client", dice.below(1000))),
        },
        effect: if at % 5 == 4 { Effect::Allow } else { Effect::Deny },
        active: at % 7 != 6,
        applies_to_clients: at.is_multiple_of(8),
        has_condition: false,
    }
}
