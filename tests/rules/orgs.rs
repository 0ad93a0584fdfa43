//! Which random orgs the properties are tried on: small worlds in which everything that bends a verdict is frequent.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::{Coverage, Listing, ListingRecord, Seen, Unread};
use rolecall_base::division::Division;
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::group::Group;
use rolecall_base::id::{ClientId, DivisionId, GroupId, PolicyId, RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient, RoleDivision};
use rolecall_base::org::Org;
use rolecall_base::permission::Permission;
use rolecall_base::policy::{AccessPolicy, Effect, PolicySubject};
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::scope::Scope;
use rolecall_base::snapshot::{CollectionRecord, Snapshot};
use rolecall_base::user::User;
use rolecall_matrix::{Endpoint, Match, Matrix, Method, Operation, Provenance, Requirement, UserContext};

/// Every permission of the small world. `admin` is general; `gone:thing:view` is never in a catalogue.
pub(crate) const PERMISSIONS: [&str; 8] = [
    "routing:queue:view",
    "routing:queue:edit",
    "routing:skill:view",
    "users:queue:view",
    "users:user:edit",
    "users:user:view",
    "gone:thing:view",
    "admin",
];
const DOMAINS: [&str; 4] = ["routing", "users", "gone", "*"];
const ENTITIES: [&str; 4] = ["queue", "user", "thing", "*"];
const ACTIONS: [&str; 3] = ["view", "edit", "*"];
const SCOPES: [&str; 4] = ["routing", "routing:readonly", "users", "users:readonly"];
const ROLES: usize = 5;
const USERS: usize = 4;
const CLIENTS: usize = 5;
const GROUPS: usize = 3;

/// An org, a matrix and what is known of scope enforcement.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub snapshot: Snapshot,
    pub matrix: Matrix,
    pub scopes_enforced: Option<bool>,
}

/// Any world. Where `tidy`, the lists agree with each other as those of one platform do (role lists name no role of a
/// client that the client's own list lacks), and nothing is left out: every gap is one that a test makes.
pub(crate) fn world(tidy: bool) -> impl Strategy<Value = World> {
    let scopes_enforced = prop_oneof![Just(None), Just(Some(true)), Just(Some(false))];
    (snapshot(tidy), vec(requirement(), 1..9), scopes_enforced).prop_map(|(snapshot, requirements, scopes_enforced)| {
        World { snapshot, matrix: matrix(requirements), scopes_enforced }
    })
}

fn snapshot(tidy: bool) -> impl Strategy<Value = Snapshot> {
    let lists = (
        vec(catalogue_entry(tidy), PERMISSIONS.len() - 2),
        vec(role(), ROLES),
        vec(client(tidy), CLIENTS),
        vec((state(["active", "inactive", "deleted"]), any::<bool>()), USERS),
        vec(
            (prop_oneof![3 => Just(None), 3 => Just(Some("active")), 1 => Just(Some("inactive"))], members(tidy)),
            GROUPS,
        ),
    );
    let more = (vec(grant(tidy), 0..12), vec(policy(), 0..4), prop::bool::weighted(0.8));
    (lists, more).prop_map(move |((catalogue, roles, clients, users, groups), (grants, policies, policies_read))| {
        let mut coverage = complete();
        if !policies_read && !tidy {
            set(&mut coverage, Listing::Policies, Seen::Part, vec![None]);
        }
        let mut snapshot = Snapshot {
            org: Org {
                name: "dev".to_owned(),
                environment: "dev".to_owned(),
                api_url: "https://api.example.com".to_owned(),
                id: None,
                platform_name: None,
                auditor: ClientId::new("auditor"),
                settings: rolecall_base::org::OrgSettings::default(),
            },
            as_of: jiff::Timestamp::UNIX_EPOCH,
            collected_by: "rolecall".to_owned(),
            collection: CollectionRecord::default(),
            coverage,
            divisions: (0..2)
                .map(|at| Division { id: division(at), name: format!("Division {at}"), home: at == 0 })
                .collect(),
            permissions: catalogue
                .into_iter()
                .zip(PERMISSIONS)
                .filter_map(|(entry, name)| {
                    entry.map(|division_aware| CataloguePermission {
                        permission: Permission::new(name),
                        division_aware,
                        allows_conditions: None,
                        label: None,
                    })
                })
                .collect(),
            roles: roles
                .into_iter()
                .enumerate()
                .map(|(at, role)| Role { id: role_id(at), name: format!("Role {at}"), ..role })
                .collect(),
            oauth_clients: clients
                .into_iter()
                .enumerate()
                .map(|(at, client)| OauthClient { id: ClientId::new(format!("c{at}")), ..client })
                .collect(),
            apps: Vec::new(),
            users: users.into_iter().enumerate().map(|(at, (state, service))| user(at, state, service)).collect(),
            groups: groups
                .iter()
                .enumerate()
                .map(|(at, (state, _))| Group {
                    id: GroupId::new(format!("g{at}")),
                    name: format!("Group {at}"),
                    state: state.map(str::to_owned),
                    roles_enabled: Some(true),
                    member_count: None,
                })
                .collect(),
            group_members: groups
                .into_iter()
                .enumerate()
                .filter_map(|(at, (_, members))| Some((GroupId::new(format!("g{at}")), members?)))
                .collect(),
            grants,
            policies: policies
                .into_iter()
                .enumerate()
                .map(|(at, policy)| AccessPolicy {
                    id: PolicyId::new(format!("p{at}")),
                    name: format!("Policy {at}"),
                    ..policy
                })
                .collect(),
            trustees: Vec::new(),
            audit: Vec::new(),
            usage: None,
            matrix: None,
            matrix_notes: Vec::new(),
        };
        if tidy {
            agree(&mut snapshot);
        }
        snapshot
    })
}

/// Makes each client's own list of roles hold what the role lists say of it.
pub(crate) fn agree(snapshot: &mut Snapshot) {
    let mut held: BTreeMap<String, Vec<RoleDivision>> = BTreeMap::new();
    for grant in snapshot.grants.iter().filter(|grant| grant.subject_kind == SubjectKind::OauthClient) {
        let pair = RoleDivision { role: grant.role.clone(), reach: grant.reach.clone() };
        held.entry(grant.subject.to_string()).or_default().push(pair);
    }
    for client in &mut snapshot.oauth_clients {
        if let Some(own) = &mut client.role_divisions {
            own.extend(held.remove(client.id.as_str()).unwrap_or_default());
        }
    }
}

fn catalogue_entry(tidy: bool) -> impl Strategy<Value = Option<Option<bool>>> {
    let unreported = if tidy { 0 } else { 1 };
    prop_oneof![2 => Just(None), 5 => Just(Some(Some(true))), 3 => Just(Some(Some(false))), unreported => Just(Some(None))]
}

fn role() -> impl Strategy<Value = Role> {
    let line = (
        prop::sample::select(&DOMAINS),
        prop::sample::select(&ENTITIES),
        subsequence(&ACTIONS, 1..=2),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    );
    // Most lines name a permission of the world in full, so that requirements of several are met now and then.
    let named = (prop::sample::select(&PERMISSIONS[..7]), prop::bool::weighted(0.2), prop::bool::weighted(0.1))
        .prop_map(|(name, condition, resources)| {
            let (domain, entity, action) = split(name);
            (domain, entity, vec![action], condition, resources)
        });
    (vec(prop_oneof![2 => line, 3 => named], 0..4), prop::bool::weighted(0.2)).prop_map(|(lines, general)| Role {
        id: RoleId::new(""),
        name: String::new(),
        description: None,
        default_role_id: None,
        is_default: None,
        base: None,
        policies: lines
            .into_iter()
            .map(|(domain, entity, actions, condition, resources)| PermissionPolicy {
                domain: domain.to_owned(),
                entity: entity.to_owned(),
                actions: actions.into_iter().map(str::to_owned).collect(),
                condition: condition.then(|| "{}".to_owned()),
                named_resources: if resources { vec!["Queue 1".to_owned()] } else { Vec::new() },
            })
            .collect(),
        general_permissions: if general { vec![Permission::new("admin")] } else { Vec::new() },
        unused_permissions: None,
    })
}

fn split(name: &'static str) -> (&'static str, &'static str, &'static str) {
    let mut parts = name.split(':');
    (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""))
}

fn client(tidy: bool) -> impl Strategy<Value = OauthClient> {
    let odd = if tidy { 0 } else { 1 };
    let grant_type = prop_oneof![
        8 => Just(GrantType::ClientCredentials),
        2 => Just(GrantType::Code),
        1 => Just(GrantType::Token),
        1 => Just(GrantType::Saml2Bearer),
        1 => Just(GrantType::Password),
        1 => Just(GrantType::Other("DEVICE".to_owned())),
        odd => Just(GrantType::NotStated),
    ];
    let state = prop_oneof![
        10 => Just(ClientState::Active),
        1 => Just(ClientState::Inactive),
        1 => Just(ClientState::Disabled),
        odd => Just(ClientState::Other("paused".to_owned())),
    ];
    let scopes = subsequence(&SCOPES, 0..=SCOPES.len());
    let own = vec((role_id_or_lost(tidy), reach()), 0..4);
    (grant_type, state, prop::option::weighted(0.85, scopes), prop::option::weighted(0.85, own)).prop_map(
        |(grant_type, state, scopes, own)| OauthClient {
            id: ClientId::new(""),
            name: "svc-reporting".to_owned(),
            description: None,
            grant_type,
            state,
            scopes: scopes.map(|scopes| scopes.into_iter().map(Scope::new).collect()),
            role_divisions: own.map(|own| own.into_iter().map(|(role, reach)| RoleDivision { role, reach }).collect()),
            token_validity_seconds: None,
            redirect_uris: Vec::new(),
            created: None,
            modified: None,
            created_by: None,
            modified_by: None,
            deletes_at: None,
            allowed_addresses: None,
        },
    )
}

fn user(at: usize, state: &str, service: bool) -> User {
    User {
        id: UserId::new(format!("u{at}")),
        name: format!("User {at}"),
        email: None,
        state: state.to_owned(),
        division: None,
        last_login: None,
        last_token: None,
        matched_by: service.then(|| "names:svc-*".to_owned()),
    }
}

fn state(words: [&'static str; 3]) -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(words[0]), 1 => Just(words[1]), 1 => Just(words[2])]
}

fn members(tidy: bool) -> impl Strategy<Value = Option<Vec<UserId>>> {
    let all: Vec<UserId> = (0..USERS).map(|at| UserId::new(format!("u{at}"))).collect();
    let not_asked = if tidy { 0 } else { 1 };
    prop_oneof![9 => subsequence(all, 0..=USERS).prop_map(Some), not_asked => Just(None)]
}

/// A direct grant to anything of the world.
pub(crate) fn grant(tidy: bool) -> impl Strategy<Value = Grant> {
    let subject = prop_oneof![
        4 => (0..USERS).prop_map(|at| (SubjectKind::User, format!("u{at}"))),
        3 => (0..GROUPS).prop_map(|at| (SubjectKind::Group, format!("g{at}"))),
        2 => (0..CLIENTS).prop_map(|at| (SubjectKind::OauthClient, format!("c{at}"))),
        1 => Just((SubjectKind::TrusteeUser, "t0".to_owned())),
    ];
    (subject, role_id_or_lost(tidy), reach()).prop_map(|((subject_kind, subject), role, reach)| Grant {
        subject_kind,
        subject: SubjectId::new(subject),
        subject_name: None,
        role,
        reach,
        granted_at: None,
        read_from: GrantSource::RoleSubjects,
    })
}

fn role_id(at: usize) -> RoleId {
    RoleId::new(format!("r{at}"))
}

fn role_id_or_lost(tidy: bool) -> impl Strategy<Value = RoleId> {
    let lost = if tidy { 0 } else { 1 };
    prop_oneof![24 => (0..ROLES).prop_map(role_id), lost => Just(RoleId::new("r-not-listed"))]
}

fn division(at: usize) -> DivisionId {
    DivisionId::new(format!("d{at}"))
}

/// `d2` is a division that only grants name.
fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![1 => Just(Reach::All), 3 => (0..3_usize).prop_map(|at| Reach::In(division(at)))]
}

fn policy() -> impl Strategy<Value = AccessPolicy> {
    let target = prop_oneof![
        4 => (prop::sample::select(&DOMAINS), prop::sample::select(&ENTITIES), prop::sample::select(&ACTIONS))
            .prop_map(|(domain, entity, action)| format!("{domain}:{entity}:{action}")),
        3 => prop::sample::select(&PERMISSIONS).prop_map(str::to_owned),
    ];
    let subject = prop_oneof![
        2 => Just(PolicySubject::All),
        2 => (0..USERS).prop_map(|at| PolicySubject::User(format!("u{at}"))),
        2 => (0..CLIENTS).prop_map(|at| PolicySubject::Client(format!("c{at}"))),
        3 => (0..GROUPS).prop_map(|at| PolicySubject::Group(format!("g{at}"))),
        1 => Just(PolicySubject::Team("t1".to_owned())),
    ];
    let effect = prop_oneof![4 => Just(Effect::Deny), 2 => Just(Effect::Allow), 1 => Just(Effect::NotStated)];
    (target, subject, effect, prop::bool::weighted(0.7), any::<bool>(), any::<bool>()).prop_map(
        |(target, subject, effect, active, applies_to_clients, has_condition)| AccessPolicy {
            id: PolicyId::new(""),
            name: String::new(),
            target,
            subject,
            effect,
            active,
            applies_to_clients,
            has_condition,
        },
    )
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let matching =
        prop_oneof![5 => Just(Match::Any), 6 => Just(Match::All), 2 => Just(Match::None), 1 => Just(Match::Unknown)];
    let known =
        prop_oneof![4 => Just(Provenance::Published), 1 => Just(Provenance::Derived), 1 => Just(Provenance::Unknown)];
    let context = prop_oneof![1 => Just(UserContext::Yes), 2 => Just(UserContext::No), 5 => Just(UserContext::Unknown)];
    (matching, subsequence(&PERMISSIONS, 1..=3), subsequence(&SCOPES, 0..=2), known, context, any::<bool>()).prop_map(
        |(permissions_match, permissions, scopes, scopes_known, user_context, unproven)| Requirement {
            permissions_match,
            permissions: match permissions_match {
                Match::Any | Match::All => permissions.into_iter().map(Permission::new).collect(),
                Match::None | Match::Unknown => Vec::new(),
            },
            scopes: scopes.into_iter().map(Scope::new).collect(),
            scopes_known,
            user_context,
            unproven: unproven && permissions_match == Match::None,
        },
    )
}

fn matrix(requirements: Vec<Requirement>) -> Matrix {
    let operations = requirements
        .into_iter()
        .enumerate()
        .map(|(at, requirement)| Operation {
            endpoint: Endpoint::new(Method::Get, &format!("/api/v2/things/{at}")),
            requirement,
            deprecated: None,
            source: "made up".into(),
            overridden: None,
        })
        .collect();
    Matrix::new("made up", None, operations).0
}

/// The record of a collection that missed nothing.
pub(crate) fn complete() -> Coverage {
    let mut coverage = Coverage::default();
    for listing in Listing::ALL {
        set(&mut coverage, listing, Seen::Whole, Vec::new());
    }
    coverage
}

/// Records what was seen of a list.
pub(crate) fn set(coverage: &mut Coverage, listing: Listing, seen: Seen, unread: Vec<Option<String>>) {
    let unread = unread
        .into_iter()
        .map(|of| Unread { of, why: "the page was lost".to_owned(), missing_permissions: Vec::new() })
        .collect();
    coverage.listings.insert(listing, ListingRecord { seen, read: 0, expected: None, unread, read_at: None });
}
