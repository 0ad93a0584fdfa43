//! What the waivers meet among this run's findings, and what that comes to.

use std::collections::{BTreeMap, HashMap};

use super::checks;
use super::night::{Met, NightSeen};
use super::standing::{Expiring, Standing, Terms};
use super::{Target, WaiverFile, can_be_waived, is_about_waivers};
use crate::finding::{Finding, Status};
use crate::judge::settle;

/// What the waivers of a file come to on a night: who is waived on what terms, and what there is to say about the entries
/// themselves. Of several entries for one finding the one that ends last counts; of those that end on the same day the
/// first in the file. `findings` have their status, those that are gone or were not evaluated included: these are never
/// waived.
pub fn weigh(findings: &[Finding], file: &WaiverFile, night: &NightSeen<'_>) -> (Standing, Vec<Finding>) {
    let met = meet(findings, file, night);
    let mut standing = Standing { file: Some(file.name.clone()), ..Standing::default() };
    let mut best: BTreeMap<usize, &Met<'_>> = BTreeMap::new();
    for one in met.iter().filter(|one| one.runs()) {
        for at in &one.findings {
            let known = best.entry(*at).or_insert(one);
            if one.waiver.expires > known.waiver.expires {
                *known = one;
            }
        }
    }
    let waived = best.into_iter().filter_map(|(at, one)| Some((findings.get(at)?.id.clone(), one.terms.clone())));
    standing.waived = waived.collect();
    standing.in_force = met.iter().filter(|one| one.runs()).count();
    standing.expired = met.len() - standing.in_force;
    standing.unmatched = met.iter().filter(|one| one.is_unmatched()).count();
    standing.too_wide = met.iter().filter(|one| !one.width(findings).is_empty()).count();
    standing.expiring = met.iter().filter(|one| one.ends_soon()).map(expiring).collect();
    standing.expiring.sort_by(|a, b| (a.days, &a.target, &a.terms.place).cmp(&(b.days, &b.target, &b.terms.place)));
    let reported: Vec<_> = met.iter().flat_map(|one| checks::of(one, findings, &standing, night)).collect();
    (standing, settle(reported, night.overrides, night.as_of))
}

fn expiring(met: &Met<'_>) -> Expiring {
    Expiring {
        target: met.waiver.target.to_string(),
        terms: met.terms.clone(),
        days: met.days,
        findings: met.findings.len(),
    }
}

fn meet<'w>(findings: &[Finding], file: &'w WaiverFile, night: &NightSeen<'_>) -> Vec<Met<'w>> {
    let today = night.day();
    let by_id: HashMap<&str, usize> =
        findings.iter().enumerate().map(|(at, finding)| (finding.id.as_str(), at)).collect();
    let met = file.waivers.iter().map(|waiver| {
        let about: Vec<usize> = match &waiver.target {
            Target::Finding(id) => by_id.get(id.as_str()).copied().into_iter().collect(),
            Target::Selector(selector) => {
                let fits = findings.iter().enumerate().filter(|(_, finding)| selector.fits(finding));
                fits.map(|(at, _)| at).collect()
            }
        };
        let of = |at: &usize| findings.get(*at);
        let gone = |finding: &Finding| finding.status == Status::Resolved;
        let is_gone = matches!(waiver.target, Target::Finding(_)) && about.iter().filter_map(of).any(gone);
        let incomparable = about
            .iter()
            .filter_map(of)
            .any(|finding| finding.status == Status::Incomparable && !is_about_waivers(finding.check));
        Met {
            waiver,
            terms: Terms::of(file, waiver),
            // Dates are thousands of years apart at most: their days fit.
            days: waiver.expires.since(today).map_or(0, |span| span.get_days()),
            not_known: incomparable || !is_gone && !night.looked_for(waiver),
            findings: about.into_iter().filter(|at| of(at).is_some_and(can_be_waived)).collect(),
        }
    });
    met.collect()
}
