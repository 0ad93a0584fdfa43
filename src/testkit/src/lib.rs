//! Worlds for tests: small orgs made by hand.
//!
//! Only tests depend on this crate.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a world that is made wrongly fails the test that made it"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::date;
use rolecall_base::app::{App, AppState};
use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::{Coverage, Listing, ListingRecord, Seen, Unread};
use rolecall_base::division::Division;
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::group::Group;
use rolecall_base::id::{ClientId, DivisionId, GroupId, OrgId, RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient, RoleDivision};
use rolecall_base::org::{Org, OrgSettings};
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::scope::Scope;
use rolecall_base::snapshot::{CollectionRecord, Snapshot};
use rolecall_base::usage::{Usage, UsageRow};
use rolecall_base::user::User;
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Matrix, bundled};

/// The permission of the role in [`World::with_viewer`].
pub const VIEW: &str = "routing:queue:view";

/// A night of one org, read completely, crossed with the built-in matrix.
pub struct World {
    /// The org's data.
    pub snapshot: Snapshot,
    /// Declared needs.
    pub needs: Vec<Need>,
    /// Whether the org enforces scopes.
    pub scopes_enforced: Option<bool>,
    /// What there is to say of the matrix.
    pub matrix_notes: Vec<String>,
    /// The matrix in force; `None`: the built-in one.
    pub matrix: Option<Matrix>,
    /// The matrix of the previous run.
    pub matrix_before: Option<Matrix>,
    /// Whether the org's own matrix was asked for and could not be had.
    pub fell_back: bool,
    /// What became of the entries of the overlay file.
    pub overrides: Vec<rolecall_matrix::overlay::Laid>,
    /// Requirements that are announced.
    pub announced: Vec<rolecall_matrix::announced::Coming>,
}

impl World {
    /// An org with nothing in it.
    pub fn new() -> Self {
        Self::of_org("dev")
    }

    /// An org of this name with nothing in it.
    pub fn of_org(name: &str) -> Self {
        let whole = ListingRecord { seen: Seen::Whole, read: 1, expected: Some(1), unread: Vec::new(), read_at: None };
        let listings: BTreeMap<_, _> = Listing::ALL.into_iter().map(|listing| (listing, whole.clone())).collect();
        let mut names: Vec<Permission> = bundled::matrix()
            .operations()
            .iter()
            .flat_map(|operation| operation.requirement.permissions.clone())
            .filter(|name| !name.is_general())
            .collect();
        names.sort();
        names.dedup();
        let catalogue = names.into_iter().map(|permission| CataloguePermission {
            permission,
            division_aware: Some(true),
            allows_conditions: Some(false),
            label: None,
        });
        Self {
            snapshot: Snapshot {
                org: Org {
                    name: name.to_owned(),
                    environment: "test".to_owned(),
                    api_url: "https://api.example.invalid".to_owned(),
                    id: Some(OrgId::new("o1")),
                    platform_name: Some("Example".to_owned()),
                    auditor: ClientId::new("auditor"),
                    settings: OrgSettings::default(),
                },
                as_of: "2026-11-21T02:00:00Z".parse().unwrap(),
                collected_by: "rolecall 0.0.0".to_owned(),
                collection: CollectionRecord {
                    seconds: 12.5,
                    calls_needed: 20,
                    calls_made: 21,
                    retries: 1,
                    ..CollectionRecord::default()
                },
                coverage: Coverage { listings },
                divisions: Vec::new(),
                permissions: catalogue.collect(),
                roles: Vec::new(),
                oauth_clients: Vec::new(),
                apps: Vec::new(),
                users: Vec::new(),
                groups: Vec::new(),
                group_members: BTreeMap::new(),
                grants: Vec::new(),
                policies: Vec::new(),
                trustees: Vec::new(),
                usage: None,
                audit: Vec::new(),
                matrix: None,
                matrix_notes: Vec::new(),
            },
            needs: Vec::new(),
            scopes_enforced: None,
            matrix_notes: Vec::new(),
            matrix: None,
            matrix_before: None,
            fell_back: false,
            overrides: Vec::new(),
            announced: Vec::new(),
        }
    }

    /// An org with a home division and another one, a role that sees queues, and a client that has it everywhere. Ids
    /// begin with the prefix, so that two such orgs share names and no id.
    pub fn with_viewer(name: &str, prefix: &str) -> Self {
        let id = |of: &str| format!("{prefix}-{of}");
        let mut world = Self::of_org(name);
        let home = Division { id: DivisionId::new(id("home")), name: format!("Home of {name}"), home: true };
        world.snapshot.divisions.push(home);
        world.division(&id("sales"), "Sales").role(&id("viewer"), "Viewer", &[VIEW]);
        world.client(&id("svc"), "svc", &[(&id("viewer"), "*")]);
        world
    }

    /// Adds a division.
    pub fn division(&mut self, id: &str, name: &str) -> &mut Self {
        self.snapshot.divisions.push(Division { id: DivisionId::new(id), name: name.to_owned(), home: false });
        self
    }

    /// Adds a custom role with these permissions, parts possibly `*`.
    pub fn role(&mut self, id: &str, name: &str, permissions: &[&str]) -> &mut Self {
        let policies = permissions.iter().map(|text| {
            let parts: Vec<&str> = text.split(':').collect();
            PermissionPolicy {
                domain: parts[0].to_owned(),
                entity: parts[1].to_owned(),
                actions: vec![parts[2].to_owned()],
                condition: None,
                named_resources: Vec::new(),
            }
        });
        self.snapshot.roles.push(Role {
            id: RoleId::new(id),
            name: name.to_owned(),
            description: None,
            default_role_id: None,
            is_default: Some(false),
            base: None,
            policies: policies.collect(),
            general_permissions: Vec::new(),
            unused_permissions: None,
        });
        self
    }

    /// Adds a client-credentials client with these roles and reaches; its roles tell the same.
    pub fn client(&mut self, id: &str, name: &str, grants: &[(&str, &str)]) -> &mut Self {
        self.user_client(id, name, GrantType::ClientCredentials, &[]);
        let pairs =
            grants.iter().map(|(role, reach)| RoleDivision { role: RoleId::new(role), reach: Reach::parse(reach) });
        let pairs = pairs.collect();
        if let Some(client) = self.snapshot.oauth_clients.last_mut() {
            client.role_divisions = Some(pairs);
            client.scopes = None;
        }
        self.grants(SubjectKind::OauthClient, id, grants)
    }

    /// Adds a client of any grant type.
    pub fn user_client(&mut self, id: &str, name: &str, grant_type: GrantType, scopes: &[&str]) -> &mut Self {
        self.snapshot.oauth_clients.push(OauthClient {
            id: ClientId::new(id),
            name: name.to_owned(),
            description: Some("made for a test".to_owned()),
            grant_type,
            state: ClientState::Active,
            scopes: Some(scopes.iter().map(Scope::new).collect()),
            role_divisions: None,
            token_validity_seconds: Some(86_400),
            redirect_uris: Vec::new(),
            created: Some("2026-01-05T08:00:00Z".parse().unwrap()),
            modified: None,
            created_by: None,
            modified_by: None,
            deletes_at: None,
            allowed_addresses: None,
        });
        self
    }

    /// Adds the authorization of an app that acts for users.
    pub fn app(&mut self, id: &str, name: &str, state: AppState, scopes: &[&str]) -> &mut Self {
        self.snapshot.apps.push(App {
            client: ClientId::new(id),
            name: name.to_owned(),
            state,
            pending: Some(false),
            grant_type: GrantType::Code,
            scopes: Some(scopes.iter().map(Scope::new).collect()),
            roles: Some(Vec::new()),
            redirect_uris: vec!["https://app.example.invalid/callback".to_owned()],
            owner: None,
            created: "2026-01-05T08:00:00Z".parse().ok(),
            modified: None,
            created_by: None,
            modified_by: None,
        });
        self
    }

    /// Adds a user, a service user or a person, with these roles and reaches.
    pub fn user(&mut self, id: &str, name: &str, service: bool, grants: &[(&str, &str)]) -> &mut Self {
        self.snapshot.users.push(User {
            id: UserId::new(id),
            name: name.to_owned(),
            email: Some(format!("{id}@example.invalid")),
            state: "active".to_owned(),
            division: None,
            last_login: None,
            last_token: None,
            matched_by: service.then(|| "names:svc-*".to_owned()),
        });
        self.grants(SubjectKind::User, id, grants)
    }

    /// Adds a group with members and roles.
    pub fn group(&mut self, id: &str, name: &str, members: &[&str], grants: &[(&str, &str)]) -> &mut Self {
        self.snapshot.groups.push(Group {
            id: GroupId::new(id),
            name: name.to_owned(),
            state: Some("active".to_owned()),
            roles_enabled: Some(true),
            member_count: Some(members.len() as u64),
        });
        self.snapshot.group_members.insert(GroupId::new(id), members.iter().map(UserId::new).collect());
        self.grants(SubjectKind::Group, id, grants)
    }

    /// Adds grants as the role lists tell them.
    pub fn grants(&mut self, kind: SubjectKind, subject: &str, grants: &[(&str, &str)]) -> &mut Self {
        self.snapshot.grants.extend(grants.iter().map(|(role, reach)| Grant {
            subject_kind: kind,
            subject: SubjectId::new(subject),
            subject_name: None,
            role: RoleId::new(role),
            reach: Reach::parse(reach),
            granted_at: None,
            read_from: GrantSource::RoleSubjects,
        }));
        self
    }

    /// Declares a need; the division may be empty.
    pub fn need(&mut self, principal: &str, endpoint: &str, division: &str) -> &mut Self {
        self.needs.push(Need {
            principal: principal.to_owned(),
            endpoint: endpoint.parse().unwrap(),
            division: (!division.is_empty()).then(|| division.to_owned()),
            note: String::new(),
            org: None,
            claims: rolecall_matrix::needs::Claims::default(),
            file: PathBuf::from("needs.csv"),
            line: self.needs.len() as u64 + 2,
        });
        self
    }

    /// Adds observed calls of a client; the usage data is then complete.
    pub fn usage(&mut self, client: &str, endpoint: &str, requests: u64, good: u64, refused: u64) -> &mut Self {
        let (method, template) = endpoint.split_once(' ').unwrap();
        let usage = self.snapshot.usage.get_or_insert_with(|| Usage {
            from: date(2026, 10, 22),
            to: date(2026, 11, 20),
            complete: true,
            rows: Vec::new(),
        });
        usage.rows.push(UsageRow {
            client: Some(ClientId::new(client)),
            user: None,
            method: method.to_owned(),
            template: template.to_owned(),
            first: date(2026, 10, 23),
            last: date(2026, 11, 20),
            last_success: (good > 0).then(|| date(2026, 11, 19)),
            requests,
            status_2xx: good,
            status_3xx: 0,
            status_4xx: refused,
            status_429: 0,
            status_5xx: requests - good - refused,
        });
        self
    }

    /// Makes a list one that could not be read.
    pub fn unread(&mut self, listing: Listing) -> &mut Self {
        let unread = Unread { of: None, why: "refused (403)".to_owned(), missing_permissions: Vec::new() };
        let record =
            ListingRecord { seen: Seen::Nothing, read: 0, expected: None, unread: vec![unread], read_at: None };
        self.snapshot.coverage.listings.insert(listing, record);
        self
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
