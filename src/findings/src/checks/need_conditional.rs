//! `need.conditional`: a condition of a role or an access policy decides about a needed call.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS, names};
use crate::evidence::{Evidence, OrgEvidence};
use crate::gap_causes::{self, GapReport, ReportingCheck};
use crate::severity::Severity;
use rolecall_access::cross::Principal;
use rolecall_access::cross::Reason;
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::gap::Gap;
use rolecall_access::cross::needed::Known;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.conditional",
    title: "Needed call under a condition",
    what: "Declared calls whose verdict is `conditional`: a condition of a role's policy, or an access policy, decides in the single call.",
    why: "It works for some things and is refused for others (403 `authz.policy.denied` where a policy decides); no list tells which.",
    remedy: "Look whether the condition covers what the need is about; where it does not, grant the permission without it or change the policy.",
    severity: Severity::Medium,
    reference: "docs/outputs.md describes the verdict `conditional` and the reasons `conditions-apply` and `access-policy-may-deny`.",
    notes: "One finding for each principal and cause; the lines name the roles and policies that decide. Where only policies that were not read could deny, no condition is known: that is reported by `gap.declared`.",
    reads: Reads::Lists(VERDICTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let report = GapReport {
        wanted: &|gap, route| matches!(gap.known, Known::Declared(_)) && route.by == ReportingCheck::Conditional,
        severity: &|_| META.severity,
        known: &|_| true,
        add: &|org, principal, gaps, one| {
            one.facts.extend(gaps.iter().flat_map(|gap| deciders(org, principal, gap)));
        },
    };
    gap_causes::report_gaps(evidence, &report, found);
}

/// What decides about a call, one line each.
fn deciders(org: &OrgEvidence<'_>, principal: &Principal, gap: &Gap<'_>) -> BTreeSet<String> {
    let Some(operation) = gap.operation else { return BTreeSet::new() };
    let mut lines = BTreeSet::new();
    if gap.answer.reasons.has(Reason::AccessPolicyMayDeny) {
        let policies = org.map.policies(principal, operation);
        lines
            .extend(policies.iter().map(|policy| format!("access policy `{}` may deny {}", policy.name, gap.endpoint)));
    }
    if gap.answer.reasons.has(Reason::ConditionsApply) {
        for grant in org.map.grants_of(principal) {
            let Some(rights) = grant.role.and_then(|at| org.map.rights.roles.get(at)) else { continue };
            let given = org.map.demanded(operation).iter().filter(|number| rights.under_condition.contains(**number));
            let given: Vec<&str> = given
                .filter_map(|number| org.map.rights.index.names().get(*number))
                .map(|name| name.as_str())
                .collect();
            if !given.is_empty() {
                let role = role_name(&org.map, &grant);
                lines.insert(format!(
                    "role `{role}` gives {} only under a condition or for named resources",
                    names(given, 5)
                ));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::gap_declared;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::Listing;

    fn night() -> Night {
        let mut night = Night::new();
        night.client("c1", "Archiver", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        night.need("Archiver", "GET /api/v2/routing/queues", "");
        night
    }

    #[test]
    fn need_under_a_role_condition_names_the_role() {
        let mut night = night();
        night.snapshot.roles[0].policies[0].condition = Some("{}".to_owned());
        let reported = found(&CHECK, &night);
        assert_eq!((reported.len(), reported[0].severity), (1, Severity::Medium));
        assert!(
            reported[0].title.ends_with("only where the condition of a role's policy lets it"),
            "{}",
            reported[0].title
        );
        let said = "role `Queues` gives `routing:queue:view` only under a condition or for named resources";
        assert!(reported[0].facts.contains(said), "{:?}", reported[0].facts);
        assert!(found(&gap_declared::CHECK, &night).is_empty(), "one cause is reported once");
    }

    #[test]
    fn policies_that_were_not_read_are_no_condition_and_leave_the_gap_open() {
        let mut night = night();
        night.unread(Listing::Policies);
        assert!(found(&CHECK, &night).is_empty());
        assert!(!found(&gap_declared::CHECK, &night)[0].basis.settled);
    }

    #[test]
    fn need_without_a_condition_is_fine() {
        assert!(found(&CHECK, &night()).is_empty());
    }
}
