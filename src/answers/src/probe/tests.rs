//! What answers to real calls are taken for.

use jiff::civil::date;

use super::*;
use rolecall_collect::probe::{Ended, Identity, Reply};
use rolecall_matrix::bundled;

fn reply(status: u16, body: &str) -> Ended {
    Ended::Answered(Reply {
        status,
        body: body.as_bytes().to_vec(),
        correlation: Some("c-1".to_owned()),
        retry_after: None,
    })
}

fn without_data(endpoint: &str, ended: &Ended) -> Compared {
    let identity = Identity::default();
    let case = Case {
        org: "dev",
        matrix: bundled::matrix(),
        phrase: "matrix bundled",
        known: None,
        identity: &identity,
        today: date(2026, 11, 20),
    };
    compare(&case, &endpoint.parse().unwrap(), Ok(ended))
}

#[test]
fn every_refusal_has_its_own_cause_and_fix() {
    let bodies = [
        (401, r#"{"code":"bad.credentials","message":"Invalid login credentials.","status":401}"#, Outcome::Refused),
        (
            403,
            r#"{"code":"app.not.authorized.for.scope","message":"App not authorized to use scope [routing, routing:readonly]","status":403}"#,
            Outcome::Refused,
        ),
        (
            403,
            r#"{"code":"missing.any.permissions","message":"x: [routing:queue:view]","status":403}"#,
            Outcome::Refused,
        ),
        (
            403,
            r#"{"code":"missing.division.permission","message":"x 'routing:queue:view' y","status":403}"#,
            Outcome::Refused,
        ),
        (404, r#"{"code":"not.found","message":"x","status":404}"#, Outcome::NotKnown),
        (429, r#"{"code":"too.many.requests","message":"x","status":429}"#, Outcome::NotKnown),
        (502, "<html>bad gateway</html>", Outcome::NotKnown),
    ];
    let mut causes = std::collections::BTreeSet::new();
    for (status, body, outcome) in bodies {
        let compared = without_data("GET /api/v2/routing/queues", &reply(status, body));
        assert_eq!(compared.outcome, outcome, "{status} {body}");
        let diagnosis = compared.diagnosis.unwrap();
        assert!(!diagnosis.fix.is_empty());
        causes.insert(diagnosis.cause);
    }
    assert_eq!(causes.len(), 7);
}

#[test]
fn answer_that_is_no_platform_body_is_shown() {
    let ended = reply(403, "\u{1}\u{2} denied by the front desk");
    let Ended::Answered(mut inner) = ended else { unreachable!() };
    inner.correlation = None;
    let compared = without_data("GET /api/v2/routing/queues", &Ended::Answered(inner));
    let diagnosis = compared.diagnosis.unwrap();
    assert_eq!(compared.outcome, Outcome::NotKnown);
    assert!(diagnosis.excerpt.unwrap().contains("front desk"));
}

#[test]
fn success_and_calls_that_were_not_made_are_distinguished() {
    assert_eq!(without_data("GET /api/v2/routing/queues", &reply(200, "{}")).outcome, Outcome::Allowed);
    assert_eq!(without_data("GET /api/v2/routing/queues", &Ended::NotMade).outcome, Outcome::NotCalled);
    let none = without_data("GET /api/v2/routing/queues", &Ended::NoAnswer("no answer in time".to_owned()));
    assert_eq!((none.outcome, none.status), (Outcome::NotKnown, None));
    assert!(none.says[0].contains("no answer in time"));
}

#[test]
fn endpoint_that_does_not_exist_names_the_nearest() {
    let compared = without_data(
        "GET /api/v2/analytics/queues/summary",
        &reply(404, r#"{"code":"not.found","message":"x","status":404}"#),
    );
    assert!(compared.follows[0].contains("POST /api/v2/analytics/queues/observations/query"), "{compared:?}");
    assert_eq!(compared.requires, None);
}
