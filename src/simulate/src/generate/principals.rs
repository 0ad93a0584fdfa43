//! The users, groups, clients and grants of an org that is made up.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Maker, id, put};
use rolecall_matrix::bundled;

impl Maker<'_> {
    pub(super) fn users(&mut self) -> Vec<Value> {
        (0..u64::from(self.spec.users))
            .map(|at| {
                let service = at % 20 == 0;
                let name = if service { format!("svc-{at:06}") } else { format!("Person {at:06}") };
                let email = if service { format!("{name}@svc.example.com") } else { format!("p{at:06}@example.com") };
                let division = self.dice.pick(&self.divisions).cloned();
                let state = if self.dice.chance(25) { "inactive" } else { "active" };
                let mut user = json!({
                    "id": id(self.spec, 4, at), "name": name, "email": email, "username": email, "state": state,
                    "division": {"id": division}, "version": 1,
                    "lastTokenIssued": {"dateIssued": self.ago(60)},
                });
                if !service {
                    put(&mut user, "dateLastLogin", json!(self.ago(60)));
                }
                user
            })
            .collect()
    }

    pub(super) fn groups(&mut self) -> (Vec<Value>, Map<String, Value>) {
        let mut groups = Vec::new();
        let mut members = Map::new();
        for at in 0..u64::from(self.spec.groups) {
            let group = id(self.spec, 5, at);
            let mut inside = BTreeSet::new();
            if self.spec.users > 0 {
                for _ in 0..self.dice.below(40) {
                    inside.insert(self.dice.below(self.spec.users as usize) as u64);
                }
            }
            let inside: Vec<String> = inside.into_iter().map(|user| id(self.spec, 4, user)).collect();
            groups.push(json!({
                "id": group, "name": format!("Group {at:04}"), "type": "official", "visibility": "public",
                "rulesVisible": true, "rolesEnabled": true, "includeOwners": false, "state": "active", "version": 1,
            }));
            members.insert(group, json!(inside));
        }
        (groups, members)
    }

    pub(super) fn clients(&mut self) -> Vec<Value> {
        let auditor_role = self.roles.first().cloned().unwrap_or_default();
        let mut scopes: Vec<&str> = Vec::new();
        for operation in bundled::matrix().operations() {
            scopes.extend(operation.requirement.scopes.iter().map(|scope| scope.as_str()));
        }
        scopes.sort_unstable();
        scopes.dedup();
        (0..u64::from(self.spec.clients))
            .map(|at| {
                let kind = match at {
                    0 => "CLIENT-CREDENTIALS",
                    _ => ["CLIENT-CREDENTIALS", "CLIENT-CREDENTIALS", "CODE", "TOKEN", "SAML2-BEARER"]
                        .get(self.dice.below(5))
                        .copied()
                        .unwrap_or("CODE"),
                };
                let state = if at > 0 && self.dice.chance(12) { "inactive" } else { "active" };
                let mut client = json!({
                    "id": id(self.spec, 3, at),
                    "name": if at == 0 { "Rolecall Auditor".to_owned() } else { format!("Client {at:05}") },
                    "authorizedGrantType": kind, "state": state, "accessTokenValiditySeconds": 86_400,
                    "dateCreated": self.ago(900), "dateModified": self.ago(300), "registeredRedirectUri": [],
                });
                if at == 0 {
                    put(&mut client, "roleDivisions", json!([{"roleId": auditor_role, "divisionId": "*"}]));
                } else if kind == "CLIENT-CREDENTIALS" {
                    let pairs: BTreeSet<(String, String)> =
                        (0..1 + self.dice.below(3)).map(|_| (self.any_role(), self.any_division())).collect();
                    let pairs: Vec<Value> = pairs
                        .into_iter()
                        .map(|(role, division)| json!({"roleId": role, "divisionId": division}))
                        .collect();
                    put(&mut client, "roleDivisions", json!(pairs));
                } else {
                    let wanted: BTreeSet<&str> =
                        (0..self.dice.below(6)).filter_map(|_| self.dice.pick(&scopes).copied()).collect();
                    put(&mut client, "scope", json!(wanted));
                }
                client
            })
            .collect()
    }

    pub(super) fn grants_to(&mut self, kind: &str, subjects: &[String], most: usize) -> Vec<Value> {
        let mut grants = Vec::new();
        for subject in subjects {
            let pairs: BTreeSet<(String, String)> =
                (0..1 + self.dice.below(most)).map(|_| (self.any_role(), self.any_division())).collect();
            for (role, division) in pairs {
                grants.push(json!({
                    "type": kind, "subjectId": subject, "role": {"id": role}, "division": {"id": division},
                    "grantMadeAt": self.ago(700),
                }));
            }
        }
        grants
    }
}
