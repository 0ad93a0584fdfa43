//! Whether the auditor's own grants reach everything: a list that is cut by division is short without an error.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_base::coverage::{Listing, ListingRecord, Seen};
use rolecall_base::division::Division;
use rolecall_base::grant::Reach;
use rolecall_base::id::DivisionId;
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};

use super::listings::own_grants::OwnGrant;
use super::pager::Flaw;
use super::record;
use rolecall_base::auditor::NEEDS;

/// Divisions that a reason names before it only counts them.
const NAMED: usize = 5;

/// How far the auditor holds a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// In all divisions.
    Everywhere,
    /// In some.
    In(BTreeSet<DivisionId>),
    /// Nowhere that its grants show.
    Nowhere,
}

/// The auditor's own grants with what their roles permit.
#[derive(Debug)]
pub(crate) struct OwnReach {
    grants: Vec<(Reach, Vec<PermissionPolicy>)>,
}

impl OwnReach {
    /// Puts both ways to the auditor's own grants together: its own answer, and its entry among the OAuth clients.
    /// `None` when neither could be read.
    pub(crate) fn new(own: Option<&[OwnGrant]>, entry: Option<&OauthClient>, roles: &[Role]) -> Option<Self> {
        let entry = entry.and_then(|client| client.role_divisions.as_deref());
        if own.is_none() && entry.is_none() {
            return None;
        }
        let of_role =
            |id| roles.iter().find(|role| role.id == id).map(|role| role.policies.clone()).unwrap_or_default();
        let mut grants = Vec::new();
        for grant in own.unwrap_or_default() {
            let mut policies = grant.policies.clone();
            policies.extend(of_role(grant.role.clone()));
            grants.push((grant.reach.clone(), policies));
        }
        for pair in entry.unwrap_or_default() {
            grants.push((pair.reach.clone(), of_role(pair.role.clone())));
        }
        Some(Self { grants })
    }

    /// How far a permission is held. One under a condition does not count: what it leaves out is not known.
    pub(crate) fn held(&self, permission: &Permission) -> Held {
        let mut divisions = BTreeSet::new();
        for (reach, policies) in &self.grants {
            let grants = policies
                .iter()
                .filter(|policy| !policy.is_conditional())
                .any(|policy| policy.patterns().any(|pattern| pattern.covers(permission)));
            match reach {
                Reach::All if grants => return Held::Everywhere,
                Reach::In(division) if grants => {
                    divisions.insert(division.clone());
                }
                _ => {}
            }
        }
        if divisions.is_empty() { Held::Nowhere } else { Held::In(divisions) }
    }

    /// Whether any grant reaches all divisions; if not, the divisions that are reached.
    fn anything_everywhere(&self) -> Held {
        let mut divisions = BTreeSet::new();
        for (reach, _) in &self.grants {
            match reach {
                Reach::All => return Held::Everywhere,
                Reach::In(division) => {
                    divisions.insert(division.clone());
                }
            }
        }
        if divisions.is_empty() { Held::Nowhere } else { Held::In(divisions) }
    }

    /// What is held and is none of these permissions, as the roles write it (wildcards as they stand), sorted.
    pub(crate) fn beyond(&self, needed: &[&str]) -> Vec<String> {
        let policies = self.grants.iter().flat_map(|(_, policies)| policies);
        let written: BTreeSet<String> =
            policies.flat_map(|policy| policy.patterns().map(|pattern| pattern.to_string())).collect();
        written.into_iter().filter(|pattern| !needed.contains(&pattern.as_str())).collect()
    }

    /// Notes in the records which lists the auditor's grants do not fully reach.
    pub(crate) fn prove(&self, records: &mut BTreeMap<Listing, ListingRecord>, divisions: &[Division]) {
        for need in NEEDS.iter().filter(|need| need.cut_by_division) {
            let Some(record) = records.get_mut(&need.listing) else { continue };
            if !matches!(record.seen, Seen::Whole | Seen::Part) {
                continue;
            }
            let held = if need.any_of.is_empty() {
                self.anything_everywhere()
            } else {
                best(need.any_of.iter().map(|permission| self.held(&Permission::new(permission))))
            };
            let permissions: Vec<String> = need.any_of.iter().map(|permission| (*permission).to_owned()).collect();
            let why = match held {
                Held::Everywhere => continue,
                Held::In(reached) => format!(
                    "the auditor's own grants cover only the divisions {}: the list may be cut short without an error",
                    names(&reached, divisions)
                ),
                Held::Nowhere if need.any_of.is_empty() => {
                    "the auditor has no grant in any division: the list may be cut short without an error".to_owned()
                }
                Held::Nowhere => format!(
                    "the auditor's own grants do not show `{}`, though the platform answered: that the list is whole \
                     cannot be proven",
                    need.any_of.join("` or `")
                ),
            };
            // Several calls of a list may lack the same; one reason is enough.
            if !record.unread.iter().any(|unread| unread.why == why && unread.missing_permissions == permissions) {
                record::miss(record, None, Flaw { why, permissions });
            }
        }
    }
}

fn best(held: impl Iterator<Item = Held>) -> Held {
    held.fold(Held::Nowhere, |best, next| match (best, next) {
        (Held::Everywhere, _) | (_, Held::Everywhere) => Held::Everywhere,
        (Held::In(mut left), Held::In(right)) => {
            left.extend(right);
            Held::In(left)
        }
        (Held::In(divisions), Held::Nowhere) | (Held::Nowhere, Held::In(divisions)) => Held::In(divisions),
        (Held::Nowhere, Held::Nowhere) => Held::Nowhere,
    })
}

fn names(reached: &BTreeSet<DivisionId>, divisions: &[Division]) -> String {
    let name = |id: &DivisionId| {
        let known = divisions.iter().find(|division| division.id == *id && !division.name.is_empty());
        known.map_or_else(|| format!("`{id}`"), |division| format!("`{}`", division.name))
    };
    let mut named: Vec<String> = reached.iter().map(name).collect();
    named.sort();
    let more = named.len().saturating_sub(NAMED);
    named.truncate(NAMED);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use rolecall_base::id::RoleId;

    fn policy(domain: &str, entity: &str, condition: Option<&str>) -> PermissionPolicy {
        PermissionPolicy {
            domain: domain.to_owned(),
            entity: entity.to_owned(),
            actions: vec!["view".to_owned()],
            condition: condition.map(str::to_owned),
            named_resources: Vec::new(),
        }
    }

    fn own(reach: &str, policies: Vec<PermissionPolicy>) -> OwnGrant {
        OwnGrant { role: RoleId::new("r1"), reach: Reach::parse(reach), policies }
    }

    fn records(listings: &[Listing]) -> BTreeMap<Listing, ListingRecord> {
        listings.iter().map(|listing| (*listing, record::whole(1, None, Timestamp::UNIX_EPOCH))).collect()
    }

    #[test]
    fn list_is_cut_where_its_permission_is_held_in_some_divisions_only() {
        let grants = [
            own("*", vec![policy("oauth", "*", None)]),
            own("d1", vec![policy("authorization", "role", None)]),
            own("*", vec![policy("authorization", "policy", Some("{}"))]),
        ];
        let reach = OwnReach::new(Some(&grants), None, &[]).unwrap();
        let mut records =
            records(&[Listing::OauthClients, Listing::Roles, Listing::Users, Listing::Policies, Listing::Permissions]);
        let home = Division { id: DivisionId::new("d1"), name: "Home".to_owned(), home: true };
        reach.prove(&mut records, &[home]);
        assert_eq!(records[&Listing::OauthClients].seen, Seen::Whole);
        assert_eq!(records[&Listing::Users].seen, Seen::Whole, "one grant reaches all divisions");
        assert_eq!(records[&Listing::Permissions].seen, Seen::Whole);
        let roles = &records[&Listing::Roles];
        assert_eq!((roles.seen, roles.unread[0].of.as_deref()), (Seen::Part, None));
        assert!(roles.unread[0].why.contains("cover only the divisions `Home`"), "{}", roles.unread[0].why);
        assert_eq!(roles.unread[0].missing_permissions, ["authorization:role:view"]);
        assert_eq!(records[&Listing::Policies].seen, Seen::Part, "a permission under a condition proves nothing");
    }

    #[test]
    fn auditor_of_one_division_sees_no_list_for_certain() {
        let grants = [own("d1", vec![policy("*", "*", None)])];
        let reach = OwnReach::new(Some(&grants), None, &[]).unwrap();
        let mut records = records(&[Listing::Users, Listing::Groups, Listing::Divisions, Listing::Settings]);
        reach.prove(&mut records, &[]);
        for listing in [Listing::Users, Listing::Groups, Listing::Divisions] {
            assert_eq!(records[&listing].seen, Seen::Part, "{listing:?}");
        }
        assert_eq!(records[&Listing::Settings].seen, Seen::Whole);
    }

    #[test]
    fn grants_that_could_be_read_neither_way_prove_nothing() {
        assert!(OwnReach::new(None, None, &[]).is_none());
        let none: [OwnGrant; 0] = [];
        let reach = OwnReach::new(Some(&none), None, &[]).unwrap();
        assert_eq!(reach.held(&Permission::new("oauth:client:view")), Held::Nowhere);
    }
}
