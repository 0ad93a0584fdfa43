//! What the data says of a refusal: which of the possible causes it supports, which it contradicts, and what follows.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Diagnosis;
use super::advice::SETTLING;
use super::kind::Kind;
use rolecall_access::cross::{AccessMap, Answer, Principal, PrincipalKind, Reason, Verdict};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Asks, Endpoint, Match, Matrix, Requirement, UserContext, nearest};

/// How the data stands to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stands {
    /// It says the same.
    Agrees,
    /// It says the opposite: one of the two is wrong, or something changed between them.
    Contradicts,
    /// It has nothing to say on this, or does not know.
    Silent,
}

impl Stands {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Contradicts => "contradicts",
            Self::Silent => "silent",
        }
    }
}

/// What the data says for one principal, or for an endpoint alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Supported {
    /// The org; null where only the matrix was asked.
    pub org: Option<String>,
    /// The kind of the principal.
    pub principal_kind: Option<&'static str>,
    /// Its id.
    pub principal_id: Option<String>,
    /// Its name.
    pub principal_name: Option<String>,
    /// The endpoint: the matrix's template where it knows it.
    pub endpoint: String,
    /// The verdict; null without a principal.
    pub verdict: Option<&'static str>,
    /// Its reasons.
    pub reasons: Vec<&'static str>,
    /// How the data stands to the body.
    pub stands: Stands,
    /// What it says.
    pub says: Vec<String>,
    /// What follows, best first.
    pub follows: Vec<String>,
}

/// Weighs a body against the matrix alone.
pub fn of_endpoint(diagnosis: &Diagnosis, matrix: &Matrix, phrase: &str, endpoint: &Endpoint) -> Supported {
    let mut weighed = Supported {
        org: None,
        principal_kind: None,
        principal_id: None,
        principal_name: None,
        endpoint: endpoint.to_string(),
        verdict: None,
        reasons: Vec::new(),
        stands: Stands::Silent,
        says: Vec::new(),
        follows: Vec::new(),
    };
    match matrix.resolve(endpoint) {
        None => unknown_endpoint(diagnosis, matrix, phrase, endpoint, &mut weighed),
        Some((_, operation)) => {
            weighed.endpoint = operation.endpoint.to_string();
            weighed.stands = against_requirement(diagnosis, &operation.requirement, phrase, &mut weighed.says);
            if weighed.stands == Stands::Contradicts {
                weighed.follows.push(overlay(diagnosis, &weighed.endpoint));
            }
        }
    }
    weighed
}

/// Weighs a body against what an org's data says of a principal. `user` is the one that a client acts for.
pub fn of_principal(
    diagnosis: &Diagnosis,
    map: &AccessMap<'_>,
    phrase: &str,
    principal: &Principal,
    user: Option<&Principal>,
    endpoint: &Endpoint,
) -> Supported {
    let mut weighed = of_endpoint(diagnosis, map.matrix, phrase, endpoint);
    weighed.org = Some(map.snapshot.org.name.clone());
    weighed.principal_kind =
        Some(if user.is_some() { PrincipalKind::ClientAsUser.as_str() } else { principal.kind.as_str() });
    weighed.principal_id =
        Some(user.map_or_else(|| principal.id.clone(), |user| format!("{}/{}", principal.id, user.id)));
    weighed.principal_name =
        Some(user.map_or_else(|| principal.name.clone(), |user| format!("{} as {}", principal.name, user.name)));
    let Some((operation, _)) = map.matrix.resolve(endpoint) else {
        weighed.verdict = Some(Verdict::Unknown.as_str());
        weighed.reasons = vec![Reason::EndpointNotInMatrix.as_str()];
        return weighed;
    };
    let answer =
        user.map_or_else(|| map.answer(principal, operation), |user| map.answer_as_user(principal, user, operation));
    weighed.verdict = Some(answer.verdict.as_str());
    weighed.reasons = answer.reasons.iter().map(Reason::as_str).collect();
    let of_matrix = weighed.stands;
    let case = Case { diagnosis, map, principal, holder: user.unwrap_or(principal), operation, answer };
    let (stands, says) = case.weigh();
    weighed.says.push(format!(
        "the snapshot of {} says {}{}",
        map.snapshot.as_of,
        answer.verdict.as_str(),
        if weighed.reasons.is_empty() { String::new() } else { format!(" ({})", weighed.reasons.join(";")) }
    ));
    weighed.says.extend(says);
    weighed.says.extend(case.grants());
    weighed.stands = if of_matrix == Stands::Contradicts && stands != Stands::Contradicts { of_matrix } else { stands };
    weighed.follows.splice(0..0, case.follows(stands));
    weighed.follows.dedup();
    weighed
}

fn unknown_endpoint(
    diagnosis: &Diagnosis,
    matrix: &Matrix,
    phrase: &str,
    endpoint: &Endpoint,
    weighed: &mut Supported,
) {
    weighed.says.push(format!("{endpoint} is not in the {phrase}: as far as is published, it does not exist"));
    let near: Vec<String> = nearest::instead_of(matrix, endpoint).iter().map(Endpoint::to_string).collect();
    if !near.is_empty() {
        weighed.follows.push(format!("call an endpoint that exists; nearest: {}", near.join(", ")));
    }
    weighed.follows.extend(nearest::login_host(endpoint).map(str::to_owned));
    weighed.stands = match diagnosis.kind {
        Kind::NotFound | Kind::NotFromThePlatform => Stands::Agrees,
        kind if kind.is_about_access() => {
            weighed
                .says
                .push("and yet the answer is a refusal, which the platform gives for paths that it has".to_owned());
            Stands::Contradicts
        }
        _ => Stands::Silent,
    };
}

/// How the matrix stands to a body. The body is no proof of a requirement: a difference is reported, not adopted.
fn against_requirement(
    diagnosis: &Diagnosis,
    requirement: &Requirement,
    phrase: &str,
    says: &mut Vec<String>,
) -> Stands {
    let asks = match requirement.permissions_match {
        Match::Any => format!("ANY of {}", join_permissions(&requirement.permissions)),
        Match::All => format!("ALL of {}", join_permissions(&requirement.permissions)),
        Match::None if requirement.unproven => "no permission that is published".to_owned(),
        Match::None => "no permission".to_owned(),
        Match::Unknown => "permissions that are not published".to_owned(),
    };
    match diagnosis.kind {
        Kind::MissingPermission | Kind::MissingDivision | Kind::NotAuthorized => {
            says.push(format!("the {phrase} requires {asks}"));
            let unpublished = matches!(requirement.asks(), Asks::NotPublished | Asks::NothingPublished);
            if diagnosis.permissions.is_empty() || unpublished {
                return Stands::Silent;
            }
            let body: BTreeSet<&str> = diagnosis.permissions.iter().map(String::as_str).collect();
            let matrix: BTreeSet<&str> = requirement.permissions.iter().map(Permission::as_str).collect();
            let strange: Vec<&str> = body.difference(&matrix).copied().collect();
            if strange.is_empty() {
                return Stands::Agrees;
            }
            says.push(format!("the body names {}, which the matrix does not ask for here", strange.join(", ")));
            Stands::Contradicts
        }
        Kind::MissingScope => {
            let listed: BTreeSet<&str> = requirement.scopes.iter().map(Scope::as_str).collect();
            let known = requirement.scopes_known.as_str();
            says.push(if listed.is_empty() {
                format!("the {phrase} lists no scope ({known})")
            } else {
                format!("the {phrase} lists the scopes {} (any one; {known})", join_scopes(&requirement.scopes))
            });
            let strange: Vec<&str> =
                diagnosis.scopes.iter().map(String::as_str).filter(|scope| !listed.contains(scope)).collect();
            if diagnosis.scopes.is_empty() || (known != "published" && !strange.is_empty()) {
                Stands::Silent
            } else if strange.is_empty() {
                Stands::Agrees
            } else {
                says.push(format!(
                    "the body names the scopes {}, which the matrix does not list here",
                    strange.join(", ")
                ));
                Stands::Contradicts
            }
        }
        Kind::NeedsUserContext => {
            says.push(format!("user context in the {phrase}: {}", requirement.user_context.as_str()));
            match requirement.user_context {
                UserContext::Yes => Stands::Agrees,
                UserContext::No => Stands::Contradicts,
                UserContext::Unknown => Stands::Silent,
            }
        }
        _ => Stands::Silent,
    }
}

fn overlay(diagnosis: &Diagnosis, endpoint: &str) -> String {
    format!(
        "if the body is right, the matrix is wrong for {endpoint}: repeat the call, and when the answer ({}) stays, \
         write a reviewed entry into the overlay file (`matrix.overrides`)",
        diagnosis.kind
    )
}

fn join_permissions(permissions: &[Permission]) -> String {
    permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ")
}

fn join_scopes(scopes: &[Scope]) -> String {
    scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", ")
}

/// One principal, one operation, one body.
struct Case<'a> {
    diagnosis: &'a Diagnosis,
    map: &'a AccessMap<'a>,
    principal: &'a Principal,
    /// Whose permissions count: the user's, where the client acts for one.
    holder: &'a Principal,
    operation: usize,
    answer: Answer,
}

impl Case<'_> {
    fn has(&self, reason: Reason) -> bool {
        self.answer.reasons.has(reason)
    }

    fn lets_through(&self) -> bool {
        matches!(self.answer.verdict, Verdict::Allowed)
    }

    /// How the verdict stands to the body, and what else it says.
    fn weigh(&self) -> (Stands, Vec<String>) {
        let inactive = self.has(Reason::ClientInactive) || self.has(Reason::UserInactive);
        let machine = self.principal.is_machine();
        let mut says = Vec::new();
        let stands = match self.diagnosis.kind {
            Kind::MissingPermission => {
                if self.has(Reason::PermissionNotInOrg) {
                    says.push("the org's catalogue lacks the permission: no role can give it here".to_owned());
                }
                self.by_access(Reason::MissingPermission, &[Verdict::Conditional])
            }
            Kind::MissingDivision => {
                let divisions = self.map.divisions(self.holder, self.operation, self.answer);
                if !divisions.is_empty() {
                    let names: Vec<&str> = divisions.iter().map(|id| self.map.division_name(id)).collect();
                    says.push(format!("it holds what the endpoint requires in {} only", names.join(", ")));
                }
                self.by_access(Reason::MissingDivision, &[Verdict::Partial, Verdict::Conditional])
            }
            Kind::MissingScope if machine => {
                says.push("scopes play no part for a client on client credentials".to_owned());
                Stands::Contradicts
            }
            Kind::MissingScope => self.by_scopes(&mut says),
            Kind::NeedsUserContext if machine => {
                says.push("a client on client credentials has no user".to_owned());
                if self.has(Reason::NeedsUserContext) { Stands::Agrees } else { Stands::Silent }
            }
            Kind::NeedsUserContext => {
                says.push("it acts for users, so that a user stands behind its tokens".to_owned());
                Stands::Contradicts
            }
            Kind::PolicyDenied => {
                let policies = self.map.policies(self.holder, self.operation);
                for policy in &policies {
                    says.push(format!("the active DENY policy `{}` could apply to this call", policy.name));
                }
                if policies.is_empty() { Stands::Silent } else { Stands::Agrees }
            }
            Kind::NotAuthorized => match self.answer.verdict {
                Verdict::Denied | Verdict::Partial | Verdict::Conditional => Stands::Agrees,
                Verdict::Allowed => Stands::Contradicts,
                Verdict::Unknown | Verdict::DependsOnUser => Stands::Silent,
            },
            Kind::BadToken | Kind::BadClient if inactive => {
                says.push("the principal is not active: it gets no tokens, and those it has are refused".to_owned());
                Stands::Agrees
            }
            Kind::FeatureOff if self.has(Reason::PermissionNotInOrg) => {
                says.push("the org's catalogue lacks the permission, as it does where a product is missing".to_owned());
                Stands::Agrees
            }
            Kind::NotFound if self.answer.verdict == Verdict::Partial => {
                says.push("it sees some divisions only; an object elsewhere may be hidden from it".to_owned());
                Stands::Agrees
            }
            _ => Stands::Silent,
        };
        (stands, says)
    }

    fn by_access(&self, reason: Reason, limited: &[Verdict]) -> Stands {
        match self.answer.verdict {
            Verdict::Denied if self.has(reason) => Stands::Agrees,
            Verdict::Denied => Stands::Silent,
            verdict if limited.contains(&verdict) => Stands::Agrees,
            Verdict::Allowed | Verdict::Partial | Verdict::Conditional => Stands::Contradicts,
            Verdict::Unknown | Verdict::DependsOnUser => Stands::Silent,
        }
    }

    fn by_scopes(&self, says: &mut Vec<String>) -> Stands {
        let had = self.map.client(self.principal).and_then(|client| client.scopes.as_ref());
        let Some(had) = had else {
            says.push("the client's scopes are unknown".to_owned());
            return Stands::Silent;
        };
        says.push(if had.is_empty() {
            "the client has no scope".to_owned()
        } else {
            format!("the client has the scopes {}", join_scopes(had))
        });
        let enough = self.diagnosis.scopes.iter().any(|wanted| had.iter().any(|scope| scope.as_str() == wanted));
        if self.map.scopes_enforced == Some(false) {
            says.push("the configuration says that this org does not enforce scopes, and it just did".to_owned());
            return Stands::Contradicts;
        }
        if self.diagnosis.scopes.is_empty() {
            return if self.has(Reason::MissingScope) { Stands::Agrees } else { Stands::Silent };
        }
        if enough { Stands::Contradicts } else { Stands::Agrees }
    }

    /// When the grants were made that give what is asked for: a fresh one may not have arrived.
    fn grants(&self) -> Vec<String> {
        if !self.diagnosis.kind.is_about_access() || self.holder.acts_for_users() {
            return Vec::new();
        }
        let demanded = self.map.demanded(self.operation);
        let mut granted = Vec::new();
        for grant in self.map.grants_of(self.holder) {
            let Some(rights) = grant.role.and_then(|at| self.map.rights.roles.get(at)) else { continue };
            let gives = demanded
                .iter()
                .any(|number| rights.always.contains(*number) || rights.under_condition.contains(*number));
            if let (true, Some(at)) = (gives, grant.granted_at) {
                let name =
                    grant.role.and_then(|at| self.map.snapshot.roles.get(at)).map_or("", |role| role.name.as_str());
                granted.push(format!("role {name}, which gives it, was granted at {at}"));
            }
        }
        granted.sort();
        granted.dedup();
        granted.truncate(5);
        granted
    }

    fn follows(&self, stands: Stands) -> Vec<String> {
        let diagnosis = self.diagnosis;
        let mut follows = Vec::new();
        let explain = "`rolecall explain` for this pair names the smallest fix".to_owned();
        match (stands, diagnosis.kind) {
            (
                Stands::Agrees,
                Kind::MissingPermission | Kind::MissingDivision | Kind::NotAuthorized | Kind::MissingScope,
            ) => {
                follows.push(explain);
                if diagnosis.kind == Kind::MissingScope && self.map.scopes_enforced.is_none() {
                    follows.push(
                        "this org enforces scopes: set `scopes_enforced = true` for it in the configuration".to_owned(),
                    );
                }
            }
            (Stands::Contradicts, Kind::MissingScope) if self.principal.is_machine() => {
                follows.push(
                    "the token that was sent is not this client's: find the program that still uses a token of a \
                     client that acts for users"
                        .to_owned(),
                );
            }
            (Stands::Contradicts, Kind::MissingScope) if self.map.scopes_enforced == Some(false) => {
                follows.push(
                    "this org enforces scopes: set `scopes_enforced = true` for it in the configuration".to_owned(),
                );
            }
            (Stands::Contradicts, Kind::MissingScope) => {
                follows.push("the token is older than the client's scopes: let the user sign in again".to_owned());
                follows.push("or another client made the call".to_owned());
            }
            (Stands::Contradicts, Kind::NeedsUserContext) => {
                follows.push(
                    "the token that was sent is one of client credentials, of another client than this one".to_owned(),
                );
            }
            (Stands::Contradicts, kind) if kind.is_about_access() => {
                if self.lets_through() || self.answer.verdict == Verdict::Partial {
                    follows.push(format!(
                        "the grant is newer than the refusal, or did not arrive yet ({SETTLING}): call again"
                    ));
                    follows.push(
                        "the call was made by somebody else, or in another org: compare the client id and the region"
                            .to_owned(),
                    );
                    follows.push(format!(
                        "the grant was removed after the snapshot of {}: collect again and ask again",
                        self.map.snapshot.as_of
                    ));
                }
                follows.push(overlay(diagnosis, &self.endpoint()));
            }
            (Stands::Silent, kind) if kind.is_about_access() => match self.answer.verdict {
                Verdict::DependsOnUser => {
                    follows.push("ask again with `--user`: the user behind the token decides".to_owned());
                }
                Verdict::Unknown => follows
                    .push("the data does not decide it: see what was not read with `rolecall explain`".to_owned()),
                _ => follows.push(explain),
            },
            _ => {}
        }
        follows
    }

    fn endpoint(&self) -> String {
        self.map
            .matrix
            .operations()
            .get(self.operation)
            .map(|operation| operation.endpoint.to_string())
            .unwrap_or_default()
    }
}
