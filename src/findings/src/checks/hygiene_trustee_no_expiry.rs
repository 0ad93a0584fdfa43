//! `hygiene.trustee-no-expiry`: another org's access that never ends.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, org_name};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::{Basis, Subject};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::trustee::{Trustee, TrusteeMember};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.trustee-no-expiry",
    title: "Trust that never ends",
    what: "Trusted orgs without a date on which the trust ends.",
    why: "The people of a partner keep their access when the contract is over, and it is the partner who decides who they are.",
    remedy: "Set an end, and renew it for as long as the partner works here.",
    severity: Severity::Low,
    reference: "`dateExpired` of `GET /api/v2/orgauthorization/trustees`, which leaves empty fields out.",
    notes: "Severity: `low`; `medium` where the trust gives full access or the admin role by default. A trust that is switched off is not reported.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::Trustees]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let endless = org.map.snapshot.trustees.iter();
        let endless = endless.filter(|trustee| trustee.enabled != Some(false) && trustee.expires.is_none());
        found.extend(endless.map(|trustee| describe(org, trustee)));
    }
}

fn describe(org: &OrgEvidence<'_>, trustee: &Trustee) -> Found {
    let name = if trustee.name.is_empty() { &trustee.id } else { &trustee.name };
    let full = trustee.has_full_access == Some(true);
    let admin = trustee.uses_default_role == Some(true);
    let mut facts = BTreeSet::new();
    facts.extend(trustee.created.map(|at| format!("since {}", at.strftime("%Y-%m-%d"))));
    facts.extend(full.then(|| "full access by default".to_owned()));
    facts.extend(admin.then(|| "the admin role by default".to_owned()));
    facts.insert(members("users", trustee.users.as_deref()));
    facts.insert(members("groups", trustee.groups.as_deref()));
    Found {
        severity: if full || admin { Severity::Medium } else { META.severity },
        org: org_name(org),
        subject: Subject { kind: "trustee", id: trustee.id.clone(), name: trustee.name.clone() },
        cause: BTreeSet::new(),
        title: format!("the access of trusted org `{name}` never ends ({})", org_name(org)),
        detail: "The trust has no end date; whoever the other org lets in can act here for good.".to_owned(),
        fix: format!("set an end date for the trust of org `{name}` in {}", org_name(org)),
        facts,
        basis: Basis::SETTLED,
    }
}

fn members(what: &str, members: Option<&[TrusteeMember]>) -> String {
    match members {
        Some(members) => {
            let (one, several) = if what == "users" { ("user", "users") } else { ("group", "groups") };
            format!("{} let in", count(members.len(), one, several))
        }
        None => format!("{what} let in: not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    fn trustee(name: &str) -> Trustee {
        Trustee {
            id: format!("id-{name}"),
            name: name.to_owned(),
            enabled: Some(true),
            has_full_access: Some(false),
            uses_default_role: Some(false),
            is_trusted_user: None,
            created: "2024-05-01T00:00:00Z".parse().ok(),
            expires: None,
            users: Some(vec![TrusteeMember { id: "u1".to_owned(), name: "Ada".to_owned() }]),
            groups: None,
        }
    }

    #[test]
    fn trust_without_an_end_is_reported_and_weighs_more_with_full_access() {
        let mut night = Night::new();
        night.snapshot.trustees =
            vec![trustee("Partner"), Trustee { uses_default_role: Some(true), ..trustee("Vendor") }];
        let found = found(&CHECK, &night);
        let seen: Vec<_> = found.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Low, "the access of trusted org `Partner` never ends (dev)"),
                (Severity::Medium, "the access of trusted org `Vendor` never ends (dev)")
            ]
        );
        assert_eq!(
            found[0].facts.iter().collect::<Vec<_>>(),
            ["1 user let in", "groups let in: not known", "since 2024-05-01"]
        );
    }

    #[test]
    fn trust_with_an_end_and_one_that_is_switched_off_are_not_reported() {
        let mut night = Night::new();
        let ends = "2027-01-01T00:00:00Z".parse().ok();
        night.snapshot.trustees =
            vec![Trustee { expires: ends, ..trustee("a") }, Trustee { enabled: Some(false), ..trustee("b") }];
        assert!(found(&CHECK, &night).is_empty());
    }
}
