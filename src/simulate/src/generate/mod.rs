//! Orgs of any size, made up from numbers: the same specification gives the same org.

mod principals;
mod spec;

pub use spec::GenerateSpec;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::file_name::FileName;
use super::fixture::{Parts, date_time};
use super::guid::{guid, mix};
use rolecall_base::permission::Permission;
use rolecall_matrix::{Method, Provenance, bundled};

/// What an auditor needs, all of it to read.
pub(super) const AUDITOR_PERMISSIONS: [&str; 10] = [
    "audits:audit:view",
    "authorization:grant:view",
    "authorization:orgTrustee:view",
    "authorization:orgTrusteeGroup:view",
    "authorization:orgTrusteeUser:view",
    "authorization:policy:view",
    "authorization:role:view",
    "authorization:settings:view",
    "oauth:client:view",
    "usage:organization:view",
];

/// A stream of numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        let bound = bound.max(1) as u64;
        usize::try_from(mix(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)) % bound).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// What every list is made from.
struct Maker<'a> {
    spec: &'a GenerateSpec,
    now: Timestamp,
    dice: Dice,
    divisions: Vec<String>,
    roles: Vec<String>,
    permissions: Vec<Permission>,
    domains: Vec<String>,
}

pub(super) fn parts(spec: &GenerateSpec, now: Timestamp) -> Parts {
    let permissions: BTreeSet<&Permission> =
        bundled::matrix().operations().iter().flat_map(|operation| &operation.requirement.permissions).collect();
    let permissions: Vec<Permission> = permissions.into_iter().filter(|p| p.parts().is_some()).cloned().collect();
    let domains: BTreeSet<String> =
        permissions.iter().filter_map(|p| p.parts()).map(|(domain, _, _)| domain.to_owned()).collect();
    let ids = |kind: u16, count: u32| (0..count).map(|at| id(spec, kind, u64::from(at))).collect::<Vec<_>>();
    let mut maker = Maker {
        spec,
        now,
        dice: Dice(mix(spec.seed)),
        divisions: ids(1, spec.divisions),
        roles: ids(2, spec.roles),
        permissions,
        domains: domains.into_iter().collect(),
    };
    let users = maker.users();
    let (groups, members) = maker.groups();
    let clients = maker.clients();
    let mut grants = maker.grants_to("PC_USER", &ids(4, spec.users), 3);
    grants.extend(maker.grants_to("PC_GROUP", &ids(5, spec.groups.div_ceil(2)), 2));
    let usage = maker.usage(&clients);
    let auditor = id(spec, 3, 0);
    let secrets: Map<String, Value> = clients
        .iter()
        .filter(|client| client["authorizedGrantType"] == "CLIENT-CREDENTIALS")
        .filter_map(|client| client["id"].as_str())
        .map(|client| (client.to_owned(), json!(format!("simulated-{}", client.get(..8).unwrap_or(client)))))
        .collect();
    let files = [
        (FileName::Organization, maker.organization()),
        (FileName::Divisions, maker.division_list()),
        (
            FileName::Catalogue,
            json!({
                "divisionAware": ["routing:*:*", "analytics:*:*", "outbound:*:*", "architect:*:*", "directory:user:*", "recording:*:*"],
                "allowsConditions": ["quality:*:*", "recording:*:*", "routing:queue:*"],
                "missing": ["bridge:*:*"],
                "extra": ["ui:supervisorScreenMonitoring:view"],
            }),
        ),
        (FileName::Roles, maker.role_list()),
        (FileName::Clients, Value::Array(clients)),
        (FileName::Users, Value::Array(users)),
        (FileName::Groups, Value::Array(groups)),
        (FileName::Members, Value::Object(members)),
        (FileName::Grants, Value::Array(grants)),
        (FileName::Policies, json!([])),
        (FileName::Trusts, json!({"trustees": [], "trustors": [], "users": {}, "groups": {}})),
        (FileName::Settings, maker.settings()),
        (FileName::Usage, Value::Array(usage)),
        (FileName::Audits, json!([])),
        (FileName::Simulator, json!({"auditor": auditor, "secrets": secrets})),
    ];
    Parts::new(&spec.name, files)
}

fn id(spec: &GenerateSpec, kind: u16, number: u64) -> String {
    // The name is part of the seed, so that two generated orgs of one region share no ids.
    let name = spec.name.bytes().fold(0u64, |sum, byte| mix(sum ^ u64::from(byte)));
    guid(kind, mix(spec.seed ^ name).wrapping_add(number) & 0xFFFF_FFFF_FFFF)
}

fn put(object: &mut Value, field: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

impl Maker<'_> {
    fn ago(&mut self, days: usize) -> String {
        let hours = i64::try_from(self.dice.below(days * 24)).unwrap_or(0) + 24;
        date_time(self.now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(self.now))
    }

    fn organization(&self) -> Value {
        json!({
            "id": id(self.spec, 0, 0),
            "name": self.spec.name,
            "defaultLanguage": "en-us",
            "defaultCountryCode": "US",
            "thirdPartyOrgName": self.spec.name,
            "domain": self.spec.name,
            "version": 1,
            "state": "active",
            "voicemailEnabled": false,
            "productPlatform": "GenesysCloud",
            "features": {"purecloud": true},
        })
    }

    fn settings(&self) -> Value {
        json!({
            "authorization": {"id": "settings", "analysisEnabled": false, "analysisDays": 30},
            "roles": {"id": "role-settings", "backfillEnabled": true, "authorizationGrantDivisionAware": false},
            "products": [{"id": "purecloud3"}],
            "limits": [{"key": "client.credentials.token.rate.per.minute", "namespace": "platform.api", "value": 300}],
        })
    }

    fn division_list(&self) -> Value {
        let shown = self.divisions.iter().enumerate().map(|(at, id)| {
            let name = if at == 0 { "Home".to_owned() } else { format!("Division {at:03}") };
            json!({"id": id, "name": name, "description": "", "homeDivision": at == 0})
        });
        shown.collect()
    }

    fn role_list(&mut self) -> Value {
        let ids = self.roles.clone();
        ids.iter().enumerate().map(|(at, id)| self.role(at, id)).collect()
    }

    fn role(&mut self, at: usize, id: &str) -> Value {
        let exact = |permission: &str| {
            let mut parts = permission.split(':');
            let mut part = || parts.next().unwrap_or("");
            json!({"domain": part(), "entityName": part(), "actionSet": [part()], "allowConditions": false})
        };
        let (name, default, policies): (String, Option<&str>, Vec<Value>) = match at {
            0 => ("Rolecall Auditor".to_owned(), None, AUDITOR_PERMISSIONS.into_iter().map(exact).collect()),
            1 => {
                let all = json!({"domain": "*", "entityName": "*", "actionSet": ["*"], "allowConditions": false});
                ("Master Admin".to_owned(), Some("admin"), vec![all])
            }
            _ => {
                let mut policies = Vec::new();
                let mut held = BTreeSet::new();
                for _ in 0..3 + self.dice.below(22) {
                    let Some(permission) = self.dice.pick(&self.permissions).cloned() else { continue };
                    if !held.insert(permission.clone()) {
                        continue;
                    }
                    let mut policy = exact(permission.as_str());
                    if self.dice.chance(15) {
                        put(&mut policy, "allowConditions", json!(true));
                        put(
                            &mut policy,
                            "resourceConditionNode",
                            json!({
                                "variableName": "Conversation.queues", "operator": "EQ", "conjunction": "AND", "terms": [],
                                "operands": [{"type": "SCALAR", "value": "example"}],
                            }),
                        );
                    }
                    policies.push(policy);
                }
                if self.dice.chance(5)
                    && let Some(domain) = self.dice.pick(&self.domains)
                {
                    let action = if at.is_multiple_of(2) { "*" } else { "view" };
                    policies.push(json!({"domain": domain, "entityName": "*", "actionSet": [action]}));
                }
                (format!("Role {at:04}"), None, policies)
            }
        };
        let mut role = json!({
            "id": id, "name": name, "description": "", "permissionPolicies": policies, "permissions": [],
            "base": false, "default": default.is_some(),
        });
        if let Some(default) = default {
            put(&mut role, "defaultRoleId", json!(default));
        }
        role
    }

    /// A role that is neither the auditor's nor the admin's, except for one subject in forty.
    fn any_role(&mut self) -> String {
        let from = if self.roles.len() < 3 || self.dice.chance(40) { 1 } else { 2 };
        let usual = self.roles.get(from..).unwrap_or(&self.roles);
        let usual = if usual.is_empty() { &self.roles } else { usual };
        usual.get(self.dice.below(usual.len())).cloned().unwrap_or_default()
    }

    fn any_division(&mut self) -> String {
        if self.dice.chance(3) { "*".to_owned() } else { self.dice.pick(&self.divisions).cloned().unwrap_or_default() }
    }

    fn usage(&mut self, clients: &[Value]) -> Vec<Value> {
        let called: Vec<_> = bundled::matrix()
            .operations()
            .iter()
            .filter(|operation| operation.endpoint.method == Method::Get)
            .filter(|operation| operation.requirement.scopes_known == Provenance::Published)
            .collect();
        let mut rows = Vec::new();
        for client in clients.iter().skip(1) {
            for _ in 0..self.dice.below(6) {
                let Some(operation) = self.dice.pick(&called) else { continue };
                let refused = self.dice.chance(4);
                let calls = 1 + self.dice.below(200);
                rows.push(json!({
                    "oauthClient": {"id": client["id"]}, "platform": "Public API",
                    "httpMethod": operation.endpoint.method.as_str(), "templateUri": operation.endpoint.path,
                    "daysAgo": [1 + self.dice.below(20), 30 + self.dice.below(60)], "every": 1 + self.dice.below(7),
                    "status200": if refused { 0 } else { calls }, "status400": if refused { calls } else { 0 },
                }));
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::SimOrg;

    #[test]
    fn same_specification_gives_the_same_org_and_another_seed_another() {
        let now: Timestamp = "2026-07-01T02:00:00Z".parse().unwrap();
        let make = |text: &str| SimOrg::build(parts(&text.parse().unwrap(), now)).unwrap();
        let (a, b, c) = (make("seed=7"), make("seed=7"), make("seed=8"));
        assert_eq!(format!("{a:?}").len(), format!("{b:?}").len());
        let ids = |org: &SimOrg| org.clients.iter().map(|client| client.value.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(&a), ids(&b));
        assert_ne!(ids(&a), ids(&c));
        assert_eq!(
            (a.clients.len(), a.users.len(), a.roles.len(), a.divisions.len(), a.groups.len()),
            (40, 500, 60, 5, 10)
        );
    }

    #[test]
    fn auditor_permissions_exist_in_the_matrix() {
        for text in AUDITOR_PERMISSIONS {
            let permission = Permission::new(text);
            let known = bundled::matrix().operations().iter().any(|o| o.requirement.permissions.contains(&permission));
            assert!(known, "{text}");
        }
    }
}
