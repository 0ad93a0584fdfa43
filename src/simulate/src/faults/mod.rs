//! What shall go wrong, addressed by logical operation, object, page and attempt, never by luck.

mod parse;
mod state;

use std::time::Duration;

pub(super) use state::{Address, FaultState, Plan};

use super::operations;
use super::org::SimOrg;
use rolecall_base::nearest::did_you_mean;

/// How `--faults` is written.
pub const FAULTS_HELP: &str = "\
A specification is one or more faults joined by `;`, each OPERATION[:SELECTOR=VALUE,...]=EFFECT

OPERATION  token, swagger, organization, limits, own-token, own-token-check, own-grants, subject, user-roles,
           oauth-clients, oauth-client, oauth-scopes, oauth-authorizations, roles, role, role-grants, role-users,
           default-role-comparison,
           role-settings, divisions, divisions-query, home-division, division-grants, permissions, products, settings,
           policies, users, user, groups, group, group-members, trustees, trustee-users, trustee-groups, trustors,
           usage-start, usage-results, audit-start, audit-services, audit-status, audit-results
SELECTOR   org=NAME      only in this org
           page=N        only this page of a listing, from 1
           attempt=N     only the Nth request for the same page of the same object; asking after a query job again
                         is another attempt
           role= group= division= user= client= subject= trustee=   only this object, by id or name
           after=N       with token and expire: once a token has made N requests
EFFECT     400 to 599    the platform's error body with this status (429 with `Retry-After: 1`)
           drop          the connection closes before the answer
           cut           the connection closes in the middle of the answer
           slow:3s       the answer comes late (ms, s or m)
           truncate      valid HTTP, the JSON stops half-way
           malformed     valid HTTP, the body is not JSON
           wrong-shape   valid JSON, types are not those that are published
           expire        the token is worthless from here on: 401 bad.credentials
           shift         from the 2nd page (or page=N) on the listing lacks its first entity: others move up
           grow          from the 2nd page (or page=N) on the listing has one entity more in front
           failed        usage-results and audit-status: the query job ends as Failed
           Any effect followed by xN strikes only the first N attempts: 429x3. expire strikes once unless xN says more.

for example  users:page=2,attempt=1=500; role-grants:role=Supervisor=403; oauth-clients=truncate;
             token:after=10=expire; roles:page=1=429x3; divisions=slow:3s; permissions:page=2=drop; users=shift";

/// Everything that shall go wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing goes wrong.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Names in the specification that no org knows.
    pub(super) fn check(&self, orgs: &[SimOrg]) -> Result<(), String> {
        for rule in &self.rules {
            if let Some(name) = &rule.org
                && !orgs.iter().any(|org| &org.name == name)
            {
                let near = did_you_mean(name, orgs.iter().map(|org| org.name.as_str()));
                return Err(format!("no org is called `{name}`{near}"));
            }
            let Some(object) = &rule.object else { continue };
            let kind = operations::names().find(|(name, _)| *name == rule.operation).map_or("", |(_, kind)| kind);
            let known: Vec<&str> = orgs.iter().flat_map(|org| org.known(kind)).collect();
            if !known.contains(&object.as_str()) {
                return Err(format!("no {kind} is called `{object}`{}", did_you_mean(object, known)));
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty()).map(parse::rule);
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    operation: &'static str,
    org: Option<String>,
    object: Option<String>,
    page: Option<u32>,
    attempt: Option<u32>,
    after: Option<u32>,
    effect: Effect,
    times: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Status(u16),
    Drop,
    Cut,
    Slow(Duration),
    Truncate,
    Malformed,
    WrongShape,
    Expire,
    Shift,
    Grow,
    Failed,
}
