//! One endpoint: what was predicted, what came, and what explains a difference.

use jiff::civil::Date;

use super::{Compared, Outcome};
use crate::diagnose::support::{self, Stands};
use crate::diagnose::{Diagnosis, Kind, diagnose_answer};
use rolecall_access::cross::{AccessMap, Answer, Principal, Reason, Verdict};
use rolecall_collect::probe::{Ended, Identity, Live, Reply};
use rolecall_matrix::names::WordForId;
use rolecall_matrix::overlay::{Proposal, requirement_words};
use rolecall_matrix::{Endpoint, Match, Matrix, Requirement, UserContext, nearest};

/// What is known of the principal whose calls are compared.
pub struct Case<'a> {
    /// The org's name in the configuration.
    pub org: &'a str,
    /// The matrix in force.
    pub matrix: &'a Matrix,
    /// What it is, in a phrase.
    pub phrase: &'a str,
    /// The newest data, with the principal in it and the user it acts for; `None` where there is none.
    pub known: Option<(&'a AccessMap<'a>, &'a Principal, Option<&'a Principal>)>,
    /// Whose token it was.
    pub identity: &'a Identity,
    /// Today, for proposals.
    pub today: Date,
}

/// Compares. `why_not` says why a call was not made; `ended` is what came of it otherwise.
pub fn compare(case: &Case<'_>, endpoint: &Endpoint, ended: Result<&Ended, &str>) -> Compared {
    let found = case.matrix.resolve(endpoint);
    let requirement = found.map(|(_, operation)| &operation.requirement);
    let answer = found.and_then(|(operation, _)| predicted(case, operation));
    let own = requirement.and_then(|requirement| own_grants(case.identity, requirement));
    let mut compared = Compared {
        endpoint: endpoint.to_string(),
        requires: requirement.map(requirement_words),
        predicted: answer.map(|answer| answer.verdict.as_str()),
        reasons: answer.map(|answer| answer.reasons.iter().map(Reason::as_str).collect()).unwrap_or_default(),
        own_grants: own.map(live_word),
        outcome: Outcome::NotCalled,
        status: None,
        stands: Stands::Silent,
        says: Vec::new(),
        follows: Vec::new(),
        diagnosis: None,
        proposed: None,
        proposal: None,
    };
    match found {
        None => {
            compared.says.push(format!("the {} does not have this endpoint", case.phrase));
            compared.says.extend(WordForId::of(case.matrix, endpoint).map(|word| word.says()));
            let near: Vec<String> =
                nearest::instead_of(case.matrix, endpoint).iter().map(Endpoint::to_string).collect();
            if !near.is_empty() {
                compared.follows.push(format!("call one that exists; nearest: {}", near.join(", ")));
            }
            compared.follows.extend(nearest::login_host(endpoint).map(str::to_owned));
            if case.known.is_some() {
                compared.predicted = Some(Verdict::Unknown.as_str());
                compared.reasons = vec![Reason::EndpointNotInMatrix.as_str()];
            }
        }
        Some((_, operation)) => {
            if let Some(mark) = &operation.overridden {
                compared.says.push(format!("decided by {mark}"));
            }
        }
    }
    match ended {
        Err(why_not) => compared.says.push(why_not.to_owned()),
        Ok(Ended::NotMade) => compared.says.push("not called: no call was left".to_owned()),
        Ok(Ended::NoAnswer(why)) => {
            compared.outcome = Outcome::NotKnown;
            compared.says.push(format!("no answer: {why}"));
        }
        Ok(Ended::Answered(reply)) => answered(case, endpoint, answer, own, reply, &mut compared),
    }
    compared.proposed = compared.proposal.as_ref().map(Proposal::inline);
    compared
}

fn predicted(case: &Case<'_>, operation: usize) -> Option<Answer> {
    let (map, principal, user) = case.known?;
    Some(match user {
        Some(user) => map.answer_as_user(principal, user, operation),
        None => map.answer(principal, operation),
    })
}

fn answered(
    case: &Case<'_>,
    endpoint: &Endpoint,
    answer: Option<Answer>,
    own: Option<Live>,
    reply: &Reply,
    compared: &mut Compared,
) {
    compared.status = Some(reply.status);
    if (200..300).contains(&reply.status) {
        compared.outcome = Outcome::Allowed;
        let Some(answer) = answer else { return };
        compared.stands = match answer.verdict {
            Verdict::Allowed | Verdict::Partial => Stands::Agrees,
            Verdict::Denied => Stands::Contradicts,
            Verdict::Conditional | Verdict::DependsOnUser | Verdict::Unknown => Stands::Silent,
        };
        match answer.verdict {
            Verdict::Partial => compared
                .says
                .push("the answer holds only what lies in its divisions; no status shows that it is short".to_owned()),
            Verdict::Denied => succeeded(case, endpoint, answer, own, compared),
            _ => {}
        }
        return;
    }
    let mut diagnosis = diagnose_answer(reply.status, reply.correlation.as_deref(), reply.retry_after, &reply.body);
    let snapshots: Vec<_> = case.known.iter().map(|(map, _, _)| map.snapshot).collect();
    diagnosis.check_names(case.matrix, case.phrase, &snapshots);
    compared.outcome = match diagnosis.kind {
        kind if kind.is_about_access() => Outcome::Refused,
        Kind::NoToken | Kind::BadToken | Kind::IpNotAllowed | Kind::FeatureOff => Outcome::Refused,
        _ => Outcome::NotKnown,
    };
    if diagnosis.kind.is_about_access() {
        refused(case, endpoint, answer, own, &diagnosis, compared);
    } else {
        compared.says.push(diagnosis.cause.clone());
        compared.follows.push(diagnosis.fix.clone());
    }
    compared.diagnosis = Some(diagnosis);
}

/// A call that is denied, and yet succeeds.
fn succeeded(case: &Case<'_>, endpoint: &Endpoint, answer: Answer, own: Option<Live>, compared: &mut Compared) {
    let as_of = case.known.map(|(map, _, _)| map.snapshot.as_of.to_string()).unwrap_or_default();
    let by_permission = answer.reasons.has(Reason::MissingPermission) || answer.reasons.has(Reason::MissingDivision);
    if by_permission && matches!(own, Some(Live::Everywhere | Live::InDivisions)) {
        compared.says.push(format!(
            "our data is old: the token's own grants give it now, the data of {as_of} does not have the grant"
        ));
        compared.follows.push("collect again; the matrix is not at fault".to_owned());
        return;
    }
    if answer.reasons.has(Reason::ClientInactive) || answer.reasons.has(Reason::UserInactive) {
        compared.says.push(format!("our data is old: by the data of {as_of} the principal is not active"));
        compared.follows.push("collect again; the matrix is not at fault".to_owned());
        return;
    }
    if answer.reasons.has(Reason::MissingScope) {
        compared.says.push(
            "a fault of our data or of the matrix: none of the listed scopes is there, and the call succeeds"
                .to_owned(),
        );
        compared.follows.push("the org may not enforce scopes: set `scopes_enforced = false` for it".to_owned());
        return;
    }
    let needs_user = answer.reasons.has(Reason::NeedsUserContext);
    compared.says.push(match own {
        Some(Live::Nowhere) if !needs_user => {
            "a fault of the matrix: it asks for what the token's own grants do not give, and the call succeeds"
                .to_owned()
        }
        _ => "a fault of the matrix or of our data: the call succeeds although it is denied".to_owned(),
    });
    compared.follows.push("write a reviewed entry into the overlay file (`--report FILE`)".to_owned());
    compared.proposal = Some(Proposal {
        permissions: (!needs_user).then(|| (Match::Unknown, Vec::new())),
        user_context: needs_user.then_some(UserContext::No),
        reason: "the call succeeds although the matrix denies it; what it really requires is not known".to_owned(),
        ..proposal(case, endpoint, compared)
    });
}

/// A call that is refused for who the caller is or for what the caller may.
fn refused(
    case: &Case<'_>,
    endpoint: &Endpoint,
    answer: Option<Answer>,
    own: Option<Live>,
    diagnosis: &Diagnosis,
    compared: &mut Compared,
) {
    let weighed = match case.known {
        Some((map, principal, user)) => support::of_principal(diagnosis, map, case.phrase, principal, user, endpoint),
        None => support::of_endpoint(diagnosis, case.matrix, case.phrase, endpoint),
    };
    compared.stands = match answer.map(|answer| answer.verdict) {
        Some(Verdict::Denied) => Stands::Agrees,
        Some(Verdict::Allowed) => Stands::Contradicts,
        Some(Verdict::Partial) if diagnosis.kind == Kind::MissingDivision => Stands::Agrees,
        _ => weighed.stands,
    };
    compared.says.push(diagnosis.cause.clone());
    compared.says.extend(weighed.says);
    if compared.stands != Stands::Contradicts {
        compared.follows.extend(weighed.follows);
        if compared.follows.is_empty() {
            compared.follows.push(diagnosis.fix.clone());
        }
        return;
    }
    let by_permission = matches!(diagnosis.kind, Kind::MissingPermission | Kind::MissingDivision | Kind::NotAuthorized);
    if by_permission && own == Some(Live::Nowhere) {
        compared.says.push("our data is old: the token's own grants do not give it any more".to_owned());
        compared.follows.push("collect again; the matrix is not at fault".to_owned());
        return;
    }
    compared.says.push(match own {
        Some(Live::Everywhere) if by_permission => {
            "a fault of the matrix: the token's own grants give everything that it asks for, and the call is refused"
                .to_owned()
        }
        _ => "a fault of the matrix or of our data: the call is refused although it is allowed".to_owned(),
    });
    compared.follows.push(
        "call again in five minutes: a fresh grant takes that long to arrive; then write a reviewed entry into the \
         overlay file (`--report FILE`)"
            .to_owned(),
    );
    compared.follows.extend(weighed.follows);
    compared.proposal = seen_requirement(case, endpoint, diagnosis, compared);
}

/// The entry that says what the refusal says. The body is evidence: somebody has to review it.
fn seen_requirement(
    case: &Case<'_>,
    endpoint: &Endpoint,
    diagnosis: &Diagnosis,
    compared: &Compared,
) -> Option<Proposal> {
    let base = proposal(case, endpoint, compared);
    let permissions = match (diagnosis.combined, diagnosis.permissions.as_slice()) {
        ("ANY", permissions @ [_, ..]) => (Match::Any, permissions.to_vec()),
        ("ALL", permissions @ [_, ..]) => (Match::All, permissions.to_vec()),
        _ => (Match::Unknown, Vec::new()),
    };
    Some(match diagnosis.kind {
        // The permission is right; what is missing is a division, which no matrix lists.
        Kind::MissingDivision | Kind::PolicyDenied => return None,
        Kind::NeedsUserContext => Proposal {
            user_context: Some(UserContext::Yes),
            reason: "refused without a user behind the token".to_owned(),
            ..base
        },
        Kind::MissingScope if !diagnosis.scopes.is_empty() => Proposal {
            scopes: Some(diagnosis.scopes.clone()),
            reason: "refused for want of one of these scopes".to_owned(),
            ..base
        },
        _ => Proposal {
            permissions: Some(permissions),
            reason: "refused although everything that the matrix asks for is held".to_owned(),
            ..base
        },
    })
}

fn proposal(case: &Case<'_>, endpoint: &Endpoint, compared: &Compared) -> Proposal {
    let template = case.matrix.resolve(endpoint).map_or_else(|| endpoint.clone(), |(_, one)| one.endpoint.clone());
    let status = compared.status.map_or_else(String::new, |status| format!(" answered {status}"));
    let who = case.known.map_or_else(
        || case.identity.client_name.clone().unwrap_or_default(),
        |(_, principal, _)| principal.name.clone(),
    );
    Proposal {
        endpoint: template,
        org: case.org.to_owned(),
        permissions: None,
        scopes: None,
        user_context: None,
        reason: String::new(),
        evidence: format!("1 call of {who}{status} on {}", case.today),
        today: case.today,
    }
}

/// How far the token's own grants give what is required.
fn own_grants(identity: &Identity, requirement: &Requirement) -> Option<Live> {
    let held: Vec<Live> =
        requirement.permissions.iter().map(|permission| identity.holds(permission)).collect::<Option<_>>()?;
    let rank = |live: &Live| match live {
        Live::Everywhere => 2,
        Live::InDivisions => 1,
        Live::Nowhere => 0,
    };
    match requirement.permissions_match {
        Match::Any => held.into_iter().max_by_key(rank),
        Match::All => held.into_iter().min_by_key(rank),
        Match::None | Match::Unknown => None,
    }
}

fn live_word(live: Live) -> &'static str {
    match live {
        Live::Everywhere => "everywhere",
        Live::InDivisions => "in-divisions",
        Live::Nowhere => "nowhere",
    }
}
