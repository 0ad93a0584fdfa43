//! `grant.headless-need`: a job without a person is to run on a grant that needs one.

use std::collections::{BTreeMap, BTreeSet};

use crate::callers;
use crate::check::{Check, CheckMeta, Found, Reads, count, label, org_name, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::gap_causes::person_of;
use crate::severity::Severity;
use rolecall_access::cross::Principal;
use rolecall_access::cross::needed::{Known, NeededCall};
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::GrantType;
use rolecall_matrix::UserContext;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "grant.headless-need",
    title: "Headless job on a grant that needs a person",
    what: "Needs that are declared headless (column `headless`, or the word in the note) of OAuth clients whose grant acts for a user: CODE, TOKEN, SAML2-BEARER, PASSWORD.",
    why: "Nobody is there to log in: the job gets no token, or stops when the one that it has ends; with PASSWORD a person's password lies in it.",
    remedy: "Make a client with the grant type CLIENT-CREDENTIALS for the job, and grant it a role with what it needs, in the divisions that it needs.",
    severity: Severity::High,
    reference: "`authorizedGrantType` of `GET /api/v2/oauth/clients`; client credentials are gated by roles and divisions, not by scopes.",
    notes: "One finding for each client. A note that says `not headless` says nothing; the column `headless` goes before the note. That the user or a scope is missing for such a call is not reported again by `gap.declared`. A call that is published as needing a user is named as one that client credentials cannot make either.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let mut calls: BTreeMap<usize, Vec<&NeededCall<'_>>> = BTreeMap::new();
        for call in &org.needed.calls {
            if matches!(call.known, Known::Declared(need) if need.is_headless()) {
                calls.entry(call.principal).or_default().push(call);
            }
        }
        found.extend(calls.into_iter().filter_map(|(at, calls)| describe(org, at, &calls)));
    }
}

fn describe(org: &OrgEvidence<'_>, at: usize, calls: &[&NeededCall<'_>]) -> Option<Found> {
    let principal = org.map.principals().get(at)?;
    let person = person_of(principal)?;
    let grant = principal.grant_type.as_ref().map_or("", GrantType::as_str);
    let endpoints: BTreeSet<_> = calls.iter().map(|call| &call.endpoint).collect();
    let mut facts: BTreeSet<String> = calls.iter().map(|call| fact(org, call)).collect();
    for call in org.needed.calls.iter().filter(|call| call.principal == at && endpoints.contains(&call.endpoint)) {
        if let Known::Observed(row) = call.known {
            facts.insert(format!(
                "{}: observed from {} to {}: {} calls, {} answered 2xx",
                call.endpoint, row.first, row.last, row.requests, row.status_2xx
            ));
        }
    }
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::new(),
        title: format!("{} runs headless on the grant {grant}, which needs {person}", label(principal)),
        detail: format!(
            "{} declared headless. A token of the grant {grant} comes from {person}; client credentials need none, and are \
             gated by the client's own roles and divisions, whatever its scopes.",
            count(endpoints.len(), "needed call is", "needed calls are")
        ),
        fix: fix(org, principal, calls),
        facts,
        basis: Basis::SETTLED,
    })
}

fn fact(org: &OrgEvidence<'_>, call: &NeededCall<'_>) -> String {
    let declared = match call.known {
        Known::Declared(need) => format!("declared headless in {}:{}", need.file_name(), need.line),
        Known::Observed(_) => String::new(),
    };
    let operation = call.operation.and_then(|at| org.map.matrix.operations().get(at));
    let needs = operation.map_or_else(
        || "the matrix has no such endpoint".to_owned(),
        |operation| format!("as client credentials it needs {}", callers::permissions(&operation.requirement)),
    );
    format!("{}: {declared}; {needs}", call.endpoint)
}

fn fix(org: &OrgEvidence<'_>, principal: &Principal, calls: &[&NeededCall<'_>]) -> String {
    let operations = calls.iter().filter_map(|call| org.map.matrix.operations().get(call.operation?));
    let (with_user, without): (Vec<_>, Vec<_>) =
        operations.partition(|operation| operation.requirement.user_context == UserContext::Yes);
    let needs: BTreeSet<String> =
        without.iter().map(|operation| callers::permissions(&operation.requirement)).collect();
    let needs = needs.into_iter().collect::<Vec<_>>().join("; ");
    let role = if needs.is_empty() { "what its calls need".to_owned() } else { needs };
    let mut fix = format!(
        "create an OAuth client with client credentials in {} for the job, and grant it a role with {role}, in the \
         divisions that it needs; leave {} to people",
        org_name(org),
        label(principal)
    );
    let with_user: BTreeSet<String> = with_user.iter().map(|operation| operation.endpoint.to_string()).collect();
    if !with_user.is_empty() {
        let list = with_user.into_iter().collect::<Vec<_>>().join(", ");
        fix.push_str(&format!("; {list} works with a user only: the job must do without it"));
    }
    fix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::gap_declared;
    use crate::testing::{Night, found};

    const SPEECH: &str = "GET /api/v2/speechandtextanalytics/conversations/{conversationId}";

    fn night(grant_type: GrantType, note: &str) -> Night {
        let mut night = Night::new();
        night.user_client("c1", "Sentiment Export", grant_type, &["speech-and-text-analytics"]);
        night.need("Sentiment Export", SPEECH, "");
        night.needs[0].note = note.to_owned();
        night
    }

    #[test]
    fn headless_need_on_a_code_client_is_reported_with_the_fix_and_once() {
        let mut night = night(GrantType::Code, "headless job on a grant that needs a person");
        night.usage("c1", SPEECH, 96, 0, 96);
        let reported = found(&CHECK, &night);
        assert_eq!(
            reported[0].title,
            "OAuth client `Sentiment Export` runs headless on the grant CODE, which needs a person who logs in"
        );
        assert_eq!((reported.len(), reported[0].severity, reported[0].facts.len()), (1, Severity::High, 2));
        assert!(reported[0].fix.contains("`speechAndTextAnalytics:data:view`"), "{}", reported[0].fix);
        assert!(found(&gap_declared::CHECK, &night).is_empty(), "one cause is reported once");
    }

    #[test]
    fn column_says_headless_for_every_grant_that_acts_for_a_user() {
        for grant_type in [GrantType::Token, GrantType::Saml2Bearer, GrantType::Password] {
            let mut night = night(grant_type, "");
            assert!(found(&CHECK, &night).is_empty(), "nobody said headless");
            night.needs[0].claims.headless = Some(true);
            assert_eq!(found(&CHECK, &night).len(), 1);
        }
    }

    #[test]
    fn client_credentials_and_words_the_facts_do_not_know_are_not_reported() {
        let mut night = night(GrantType::Other("NEW".to_owned()), "headless");
        night.client("c2", "Robot", &[]).need("Robot", SPEECH, "");
        night.needs[1].note = "headless".to_owned();
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn call_that_needs_a_user_is_not_promised_to_client_credentials() {
        let mut night = Night::new();
        night.user_client("c1", "Sync", GrantType::Code, &["users"]).need("Sync", "GET /api/v2/users/me", "");
        night.needs[0].claims.headless = Some(true);
        assert!(found(&CHECK, &night)[0].fix.contains("GET /api/v2/users/me works with a user only"));
    }
}
