//! `hygiene.service-user-interactive`: somebody logs in as a service user.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::check::{Check, CheckMeta, Found, Reads, label, org_name, subject};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::parameters::{Parameter, WholeNumber};
use crate::severity::Severity;
use rolecall_access::cross::PrincipalKind;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.service-user-interactive",
    title: "Service user that logs in with a password",
    what: "Service users that logged in with user name and password within the last `days`.",
    why: "Either a person uses the machine's account, so that nobody can say who did what, or a program holds a password that no rotation and no second factor protects.",
    remedy: "Give people accounts of their own, and programs a client of their own on client credentials.",
    severity: Severity::Low,
    reference: "`dateLastLogin` of `GET /api/v2/users?expand=dateLastLogin`: the last time the user logged in using username and password.",
    notes: "Which users are service users is for `[service_users]` to say. The platform gives the date by best effort: a service user without one is not reported, which does not mean that nobody logs in as it; logins by single sign-on are not in it.",
    parameters: &PARAMETERS,
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::Users]),
    ..CheckMeta::PLAIN
};

static DAYS: WholeNumber = WholeNumber {
    key: "days",
    what: "Days before the night in which a login counts.",
    least: 1,
    most: 3650,
    default: 90,
};

static PARAMETERS: [Parameter; 1] = [Parameter::Number(&DAYS)];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let days = evidence.parameters.number(META.id, &DAYS);
    let window = SignedDuration::from_hours(24 * i64::from(days));
    for org in &evidence.orgs {
        for principal in org.map.principals().iter().filter(|one| one.kind == PrincipalKind::ServiceUser) {
            let Some(user) = org.map.snapshot.users.get(principal.at) else { continue };
            let lately = |at: &jiff::Timestamp| evidence.as_of.duration_since(*at) <= window;
            let Some(login) = user.last_login.filter(lately) else { continue };
            let mut facts = BTreeSet::from([format!("last login with a password: {login}")]);
            facts.extend(user.matched_by.iter().map(|rule| format!("a service user by `{rule}`")));
            facts.extend(user.last_token.iter().map(|at| format!("last token issued: {at}")));
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: subject(principal),
                cause: BTreeSet::new(),
                title: format!(
                    "{} logged in with a password on {} ({})",
                    label(principal),
                    login.strftime("%Y-%m-%d"),
                    org_name(org)
                ),
                detail: format!("It is a service user; logins of the last {days} days count."),
                fix: format!(
                    "find out who logs in as {} in {}, and create an account for a person, an OAuth client for a program",
                    label(principal),
                    org_name(org)
                ),
                facts,
                basis: Basis::SETTLED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;
    use crate::testing::{Night, found};

    fn night(login: Option<&str>) -> Night {
        let mut night = Night::new();
        night.user("u1", "svc-report", true, &[]).user("u2", "Ada", false, &[]);
        for user in &mut night.snapshot.users {
            user.last_login = login.map(|at| at.parse().unwrap());
        }
        night
    }

    #[test]
    fn service_user_that_logged_in_lately_is_reported_with_the_day_and_a_person_is_not() {
        let mut night = night(Some("2026-11-01T08:00:00Z"));
        let reported = found(&CHECK, &night);
        let titles: Vec<&str> = reported.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles, ["service user `svc-report` logged in with a password on 2026-11-01 (dev)"]);
        night.parameters.set(META.id, "days", Value::Number(7));
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn login_of_long_ago_and_one_that_is_not_known_are_not_reported() {
        assert!(found(&CHECK, &night(Some("2026-01-01T08:00:00Z"))).is_empty());
        assert!(found(&CHECK, &night(None)).is_empty());
    }
}
