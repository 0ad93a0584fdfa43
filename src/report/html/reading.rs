//! How to read the page, and the limits of what can be known.

use serde::Serialize;

use super::gaps::ReasonWord;
use super::night::Night;
use super::words::{self, Mark};
use crate::cross::{Reason, Verdict};
use crate::findings::evidence::OrgEvidence;
use crate::matrix::{Match, Provenance, UserContext};

/// What the words mean and what is not known.
#[derive(Serialize)]
pub struct Reading {
    /// The verdicts.
    pub verdicts: Vec<VerdictWord>,
    /// The reasons.
    pub reasons: Vec<ReasonWord>,
    /// What is not known, org by org.
    pub limits: Vec<Limits>,
}

/// A verdict with its meaning.
#[derive(Serialize)]
pub struct VerdictWord {
    /// The verdict.
    pub verdict: Mark,
    /// What it means.
    pub meaning: &'static str,
}

/// What is not known in one org.
#[derive(Serialize)]
pub struct Limits {
    /// The org.
    pub org: String,
    /// Operations of its matrix.
    pub operations: String,
    /// Those whose requirement is not published.
    pub unpublished: String,
    /// Those whose scopes are only derived from their neighbours.
    pub scopes_derived: String,
    /// Those whose scopes nobody tells.
    pub scopes_unknown: String,
    /// Those of which nobody tells whether they need a user.
    pub user_context_unknown: String,
    /// Whether the org enforces scopes, in words.
    pub scopes_enforced: &'static str,
    /// The usage data: from when until when, and whether all of it was read.
    pub usage: String,
    /// Observed rows of clients that are not the org's own.
    pub foreign_rows: String,
}

/// The words and the limits of a night.
pub fn of(night: &Night<'_>) -> Reading {
    Reading {
        verdicts: Verdict::ALL
            .into_iter()
            .map(|verdict| VerdictWord { verdict: words::verdict(verdict), meaning: words::verdict_meaning(verdict) })
            .collect(),
        reasons: Reason::ALL
            .into_iter()
            .map(|reason| ReasonWord { word: reason.as_str(), meaning: reason.meaning() })
            .collect(),
        limits: night.orgs.iter().copied().map(limits).collect(),
    }
}

fn limits(org: &OrgEvidence<'_>) -> Limits {
    let requirements = || org.map.matrix.operations().iter().map(|operation| &operation.requirement);
    let usage = org.map.snapshot.usage.as_ref();
    Limits {
        org: org.map.snapshot.org.name.clone(),
        operations: words::number(org.map.matrix.operations().len()),
        unpublished: words::number(requirements().filter(|one| one.permissions_match == Match::Unknown).count()),
        scopes_derived: words::number(requirements().filter(|one| one.scopes_known == Provenance::Derived).count()),
        scopes_unknown: words::number(requirements().filter(|one| one.scopes_known == Provenance::Unknown).count()),
        user_context_unknown: words::number(
            requirements().filter(|one| one.user_context == UserContext::Unknown).count(),
        ),
        scopes_enforced: match org.map.scopes_enforced {
            Some(true) => "enforced (the configuration says so)",
            Some(false) => "not enforced (the configuration says so)",
            None => "not known",
        },
        usage: match usage {
            None => "none was read".to_owned(),
            Some(usage) if usage.complete => format!("{} to {}, all of it", usage.from, usage.to),
            Some(usage) => format!("{} to {}, not all of it: nothing is called unused", usage.from, usage.to),
        },
        foreign_rows: words::number(org.needed.foreign_rows),
    }
}
