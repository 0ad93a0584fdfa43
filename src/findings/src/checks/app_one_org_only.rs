//! `app.one-org-only`: of two orgs that are compared, only one has authorized a third-party app.

use std::collections::BTreeSet;

use crate::apps::{app_subject, foreign_apps, kind_words};
use crate::check::{Check, CheckMeta, Found, Reads, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use rolecall_base::app::{App, AppKind};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "app.one-org-only",
    title: "Third-party app in one org of a pair only",
    what: "Third-party apps that one org of a configured pair has authorized and the other has not.",
    why: "What is tried in one org and not in the other either breaks with the promotion, or is left over from a trial.",
    remedy: "Decide whether the app belongs in both orgs: authorize it in the other one, or revoke it in this one.",
    severity: Severity::Low,
    reference: "`GET /api/v2/oauth/authorizations` of both orgs: the client of a third-party app has the same id in every org.",
    notes: "One finding for each app and pair, in the org that has it. Apps are matched by client id, and by name where no id fits. Nothing is reported where the list of either org was not read completely. Built-in apps are left out. Needs `collect.third_party_apps`.",
    reads: Reads::Lists(LISTS),
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] = &[Listing::OwnGrants, Listing::OauthClients, Listing::ThirdPartyApps];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let org = |name: &str| evidence.orgs.iter().find(|org| org.map.snapshot.org.name == name);
    for pair in &evidence.pairs {
        let (Some(from), Some(to)) = (org(&pair.from), org(&pair.to)) else { continue };
        let read = |org: &OrgEvidence<'_>| org.map.snapshot.coverage.is_whole(Listing::ThirdPartyApps);
        if read(from) && read(to) {
            compare(from, to, found);
            compare(to, from, found);
        }
    }
}

fn compare(here: &OrgEvidence<'_>, there: &OrgEvidence<'_>, found: &mut Vec<Found>) {
    let apps = &there.map.snapshot.apps;
    for (app, kind) in foreign_apps(here).filter(|(app, _)| app.can_act() == Some(true)) {
        let by_id: Vec<&App> = apps.iter().filter(|other| other.client == app.client).collect();
        let same = if by_id.is_empty() {
            apps.iter().filter(|other| !app.name.is_empty() && other.name == app.name).collect()
        } else {
            by_id
        };
        // A state that is not known may be an authorization.
        if same.iter().all(|other| other.can_act() == Some(false)) {
            found.push(report((here, there), app, kind, &same));
        }
    }
}

fn report((here, there): (&OrgEvidence<'_>, &OrgEvidence<'_>), app: &App, kind: AppKind, same: &[&App]) -> Found {
    let (name, org_label, other) = (app.display_name(), org_name(here), org_name(there));
    let states: BTreeSet<&str> = same.iter().map(|one| one.state.as_str()).collect();
    let states: Vec<&str> = states.into_iter().collect();
    let mut basis = settled_by(&here.map.snapshot.coverage, LISTS);
    basis.settled &= kind == AppKind::ThirdParty && settled_by(&there.map.snapshot.coverage, LISTS).settled;
    basis.beside = BTreeSet::from([other.clone()]);
    Found {
        severity: META.severity,
        title: format!("{} `{name}` is authorized in {org_label} and not in {other}", kind_words(kind)),
        subject: app_subject(app),
        cause: BTreeSet::from([other.clone()]),
        detail: if states.is_empty() {
            format!("The list of {other} does not have it.")
        } else {
            format!("In {other} its state is {}.", states.join(", "))
        },
        fix: format!("authorize `{name}` in {other}, or revoke it in {org_label}"),
        facts: app.scopes.iter().flatten().map(|scope| format!("scope `{scope}` in {org_label}")).collect(),
        org: org_label,
        basis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::PairEvidence;
    use crate::testing::{Night, evidence};
    use rolecall_base::app::AppState;

    fn between(dev: &Night, staging: &Night) -> Vec<Found> {
        let mut evidence = evidence(&[dev, staging]);
        evidence.pairs = vec![PairEvidence { from: "dev".to_owned(), to: "staging".to_owned(), drift: None }];
        let mut found = Vec::new();
        run(&evidence, &mut found);
        found
    }

    #[test]
    fn app_that_the_other_org_lacks_or_revoked_is_reported() {
        let (mut dev, mut staging) = (Night::of_org("dev"), Night::of_org("staging"));
        dev.app("a1", "Trial", AppState::Authorized, &["users"]).app("a2", "Old", AppState::Authorized, &[]);
        staging.app("a2", "Old", AppState::Revoked, &[]).app("a3", "New", AppState::Authorized, &[]);
        let found = between(&dev, &staging);
        let seen: Vec<_> = found.iter().map(|one| (one.org.as_str(), one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("dev", "third-party app `Trial` is authorized in dev and not in staging"),
                ("dev", "third-party app `Old` is authorized in dev and not in staging"),
                ("staging", "third-party app `New` is authorized in staging and not in dev"),
            ]
        );
        assert_eq!(found[1].detail, "In staging its state is Revoked.");
        assert_eq!(found[0].basis.beside, BTreeSet::from(["staging".to_owned()]));
    }

    #[test]
    fn app_of_both_one_of_the_same_name_and_an_unread_list_are_not_reported() {
        let (mut dev, mut staging) = (Night::of_org("dev"), Night::of_org("staging"));
        dev.app("a1", "Both", AppState::Authorized, &[]).app("a2", "Twin", AppState::Authorized, &[]);
        staging.app("a1", "Both", AppState::Authorized, &[]).app("b2", "Twin", AppState::Authorized, &[]);
        assert!(between(&dev, &staging).is_empty());
        dev.app("a9", "Trial", AppState::Authorized, &[]);
        assert_eq!(between(&dev, &staging).len(), 1);
        staging.unread(Listing::ThirdPartyApps);
        assert!(between(&dev, &staging).is_empty());
    }
}
