//! This run's findings in the light of earlier nights and of what people accepted.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_findings::evidence::Evidence;
use rolecall_findings::finding::Finding;
use rolecall_findings::history::advance::{Advanced, Rules, advance};
use rolecall_findings::history::ledger::{self, NightRecord};
use rolecall_findings::judge::Override;
use rolecall_findings::waivers::{self, NightSeen, Standing, WaiverFile};

/// What the configuration and earlier nights say.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Names of the orgs of the configuration.
    pub orgs: &'a [&'a str],
    /// What the configuration says about checks.
    pub overrides: &'a BTreeMap<String, Override>,
    /// The last night.
    pub before: Option<&'a NightRecord>,
    /// What is accepted; `None` where the configuration names no waiver file.
    pub waivers: Option<&'a WaiverFile>,
}

/// Gives each finding its status, adds what there is to say about the waivers, and makes the next ledger.
pub fn follow(evidence: &Evidence<'_>, judged: Vec<Finding>, known: &Known<'_>) -> (Advanced, Standing) {
    let off: BTreeSet<String> =
        known.overrides.iter().filter(|(_, over)| !over.enabled).map(|(id, _)| id.clone()).collect();
    let next = |findings: Vec<Finding>, waived: &dyn Fn(&Finding) -> bool| {
        advance(evidence, findings, known.before, &Rules { off: &off, waived })
    };
    let Some(file) = known.waivers else { return (next(judged, &|_| false), Standing::default()) };
    // Whether a finding could be evaluated decides what a waiver meets, and what is said about waivers is a finding
    // with a history of its own: so the night is advanced once to know the one, and once more to know both.
    let first = next(judged.clone(), &|_| false);
    let (standing, about) = waivers::weigh(&first.findings, file, &seen(evidence, &first.findings, known));
    let mut all = judged;
    all.extend(about);
    (next(all, &|finding| standing.waived.contains_key(&finding.id)), standing)
}

fn seen<'a>(evidence: &Evidence<'_>, findings: &[Finding], known: &Known<'a>) -> NightSeen<'a> {
    let whole = |name: &str| {
        let mut read = evidence.orgs.iter().map(|org| org.map.snapshot);
        read.any(|snapshot| snapshot.org.name == name && snapshot.coverage.is_complete())
    };
    let reported: BTreeSet<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    let before = known.before.into_iter().flat_map(|night| &night.findings);
    let set_aside = before
        .filter(|record| record.standing == ledger::Standing::Open && !reported.contains(record.id.as_str()))
        .map(|record| record.id.clone());
    NightSeen {
        as_of: evidence.as_of,
        orgs: known.orgs.iter().map(|org| ((*org).to_owned(), whole(org))).collect(),
        overrides: known.overrides,
        set_aside: set_aside.collect(),
    }
}

#[cfg(test)]
mod tests;
