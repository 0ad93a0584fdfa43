//! The rows of the CSV files that speak of findings, gaps, excess and endpoints.

use std::collections::BTreeMap;

use super::row::Missing;
use super::view::{Comparison, EndpointRow, ExcessRow, FindingRow, GapRow, Tables};
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::gap::Gap;
use rolecall_access::cross::needed::{Known, NeededIn};
use rolecall_base::usage::UsageRow;
use rolecall_findings::danger;
use rolecall_findings::evidence::{Evidence, OrgEvidence};
use rolecall_findings::finding::Finding;
use rolecall_findings::waivers::standing::Terms;
use rolecall_matrix::{Match, Operation};

pub mod action_plan;
pub mod authorizations;
pub mod inventory;
pub mod user_clients;

use inventory::Names;

/// All rows, each list sorted.
pub fn tables(
    evidence: &Evidence<'_>,
    findings: &[Finding],
    compared: Comparison,
    waived: &BTreeMap<String, Terms>,
) -> Tables {
    let mut tables = Tables {
        findings: findings.iter().map(|finding| finding_row(finding, waived)).collect(),
        drift: compared.rows,
        blockers: compared.blockers,
        changes: compared.changes,
        endpoints: endpoints(evidence),
        ..Tables::default()
    };
    for org in &evidence.orgs {
        let names = Names::of(&org.map);
        tables.gaps.extend(org.gaps.iter().filter_map(|gap| gap_row(&org.map, &names, gap)));
        tables.excess.extend(excess(org));
        inventory::add(org, &names, &mut tables);
        tables.authorizations.extend(authorizations::rows(&org.map));
    }
    tables.findings.sort();
    tables.gaps.sort();
    tables.excess.sort();
    tables.oauth_clients.sort();
    tables.authorizations.sort();
    tables.service_users.sort();
    tables.roles.sort();
    tables.permissions.sort();
    tables.grants.sort();
    tables
}

/// The row of a finding; `waived` are the terms of those that are.
pub fn finding_row(finding: &Finding, waived: &BTreeMap<String, Terms>) -> FindingRow {
    FindingRow {
        finding_id: finding.id.clone(),
        status: finding.status,
        severity: finding.severity,
        check: finding.check.to_owned(),
        org: finding.org.clone(),
        subject_kind: finding.subject.kind.to_owned(),
        subject_id: finding.subject.id.clone(),
        subject_name: finding.subject.name.clone(),
        title: finding.title.clone(),
        detail: finding.detail.clone(),
        fix: finding.fix.clone(),
        first_seen: finding.first_seen,
        last_seen: finding.last_seen,
        waived_until: waived.get(&finding.id).map(|terms| terms.until),
        fact_count: finding.facts.len() as u64,
    }
}

fn gap_row(map: &AccessMap<'_>, names: &Names<'_>, gap: &Gap<'_>) -> Option<GapRow> {
    let principal = map.principals().get(gap.principal)?;
    let requirement = gap.operation.and_then(|at| map.matrix.operations().get(at)).map(|found| &found.requirement);
    let matching = requirement.map(|requirement| requirement.permissions_match);
    let (note, evidence) = match gap.known {
        Known::Declared(need) => (need.note.clone(), format!("{}:{}", need.file_name(), need.line)),
        Known::Observed(row) => (String::new(), observed(row)),
    };
    let mut missing_divisions: Vec<String> =
        gap.missing_divisions.iter().map(|id| names.division(id).to_owned()).collect();
    missing_divisions.sort();
    Some(GapRow {
        org: map.snapshot.org.name.clone(),
        principal_kind: principal.kind.as_str().to_owned(),
        principal_id: principal.id.clone(),
        principal_name: principal.name.clone(),
        grant_type: principal.grant_type.as_ref().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        need: gap.known.as_str().to_owned(),
        method: gap.endpoint.method.to_string(),
        path: gap.endpoint.path.to_string(),
        verdict: gap.answer.verdict.to_string(),
        reasons: gap.answer.reasons.words(),
        permissions_match: matching.map(|matching| matching.as_str().to_owned()).unwrap_or_default(),
        missing_permissions: Missing {
            names: gap.missing_permissions.iter().map(ToString::to_string).collect(),
            any: matching == Some(Match::Any),
        },
        missing_scopes: gap.missing_scopes.iter().map(ToString::to_string).collect(),
        missing_divisions,
        fix: gap.fix.to_string(),
        division: match &gap.division {
            NeededIn::Any => String::new(),
            NeededIn::Division(id) => names.division(id).to_owned(),
            NeededIn::NotListed(name) => name.clone(),
        },
        note,
        evidence,
    })
}

/// What was observed of a call, in words.
pub fn observed(row: &UsageRow) -> String {
    format!(
        "{} calls from {} to {}: {} answered 2xx, {} refused (4xx without 429)",
        row.requests,
        row.first,
        row.last,
        row.status_2xx,
        row.refusals()
    )
}

fn excess(org: &OrgEvidence<'_>) -> impl Iterator<Item = ExcessRow> {
    org.excess.iter().filter_map(|excess| {
        let principal = org.map.principals().get(excess.principal)?;
        Some(ExcessRow {
            org: org.map.snapshot.org.name.clone(),
            principal_kind: principal.kind.as_str().to_owned(),
            principal_id: principal.id.clone(),
            principal_name: principal.name.clone(),
            permission: excess.permission.to_string(),
            risk: danger::catalogue().risk(excess.permission.as_str()),
            via_roles: excess.via_roles.clone(),
            divisions: excess.divisions.clone(),
            evidence: excess.evidence.clone(),
        })
    })
}

/// The union of the matrices in force. A row on which all orgs agree stands once, without an org.
fn endpoints(evidence: &Evidence<'_>) -> Vec<EndpointRow> {
    let mut all: BTreeMap<EndpointRow, Vec<&str>> = BTreeMap::new();
    let mut seen: Vec<&str> = Vec::new();
    for org in &evidence.orgs {
        // Orgs with one matrix are one side: it is read once.
        if seen.contains(&org.matrix.sha256.as_str()) {
            continue;
        }
        seen.push(&org.matrix.sha256);
        for operation in org.map.matrix.operations() {
            all.entry(endpoint_row(operation)).or_default().push(&org.matrix.sha256);
        }
    }
    let mut rows = Vec::with_capacity(all.len());
    for (row, matrices) in all {
        if matrices.len() == seen.len() {
            rows.push(row);
        } else {
            for org in evidence.orgs.iter().filter(|org| matrices.contains(&org.matrix.sha256.as_str())) {
                rows.push(EndpointRow { org: org.map.snapshot.org.name.clone(), ..row.clone() });
            }
        }
    }
    rows.sort_by(|a, b| (&a.method, &a.path, &a.org, a).cmp(&(&b.method, &b.path, &b.org, b)));
    rows
}

fn endpoint_row(operation: &Operation) -> EndpointRow {
    let requirement = &operation.requirement;
    EndpointRow {
        method: operation.endpoint.method.to_string(),
        path: operation.endpoint.path.to_string(),
        permissions_match: requirement.permissions_match.as_str().to_owned(),
        permissions: requirement.permissions.iter().map(ToString::to_string).collect(),
        scopes: requirement.scopes.iter().map(ToString::to_string).collect(),
        user_context: requirement.user_context.as_str().to_owned(),
        source: operation.source.to_string(),
        scope_source: requirement.scopes_known.as_str().to_owned(),
        deprecated: match operation.deprecated {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        }
        .to_owned(),
        org: String::new(),
        nothing_published: if requirement.unproven { "yes" } else { "no" }.to_owned(),
    }
}
