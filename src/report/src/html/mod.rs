//! The night as one page: self-contained, truthful without scripts, complete about what is not known.
//!
//! [`render`] turns evidence and findings into owned rows, one module a section, and the templates turn those into HTML.
//! The templates compute nothing and the rows know no markup. Lists that grow with the org are cut at a stated length
//! and name the file that holds all of them.

mod apps;
pub mod blocks;
pub mod completeness;
pub mod drift;
mod environment;
pub mod findings;
pub mod gaps;
pub mod heat;
pub mod inventory;
pub mod limits;
pub mod night;
pub mod overview;
pub mod policy;
pub mod power;
pub mod principals;
pub mod reading;
pub mod roles;
pub mod sections;
pub mod since;
pub mod trend;
pub mod visible;
pub mod waivers;
pub mod words;

#[cfg(test)]
mod first_screen_tests;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::view::Tables;
use rolecall_findings::evidence::Evidence;
use rolecall_findings::finding::Finding;
use rolecall_findings::trend::NightCounts;
use rolecall_findings::waivers::Standing;

/// What a page is made of.
pub struct Input<'a> {
    /// The orgs, crossed.
    pub evidence: &'a Evidence<'a>,
    /// What was found.
    pub findings: &'a [Finding],
    /// The verdict of the night in one sentence.
    pub sentence: &'a str,
    /// Why a check matters, by its id.
    pub why: &'a dyn Fn(&str) -> Option<&'static str>,
    /// How the waivers stand.
    pub waivers: &'a Standing,
    /// How many findings the last nights had, this run included, oldest first.
    pub trend: &'a [NightCounts],
    /// The rows of the CSV files, which the scripted views show whole.
    pub tables: &'a Tables,
    /// The run.
    pub about: About,
}

/// The run, as the foot of the page tells it.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// The program's version.
    pub version: String,
    /// The run's id.
    pub run_id: String,
    /// `passed`, `failed` or `not-known`.
    pub gate: String,
    /// What the gate says, in words.
    pub gate_words: String,
    /// Settings that shaped the page: label and value.
    pub settings: Vec<(String, String)>,
    /// Files beside it: name and what they hold.
    pub files: Vec<(String, String)>,
    /// The command that makes the same page again.
    pub command: String,
    /// The night that this one was compared with; empty where there is none.
    pub last_night: String,
}

/// An org, as the head of the page names it.
#[derive(Serialize)]
struct OrgName {
    name: String,
    environment: String,
    platform_name: String,
    api_url: String,
    read: bool,
}

#[derive(Serialize)]
struct Page<'a> {
    title: String,
    as_of: String,
    as_of_machine: String,
    sentence: &'a str,
    tone: &'static str,
    orgs: Vec<OrgName>,
    about: &'a About,
    completeness: completeness::Completeness,
    counts: findings::Counts,
    gaps: gaps::Gaps,
    findings: findings::FindingList,
    waivers: waivers::WaiverSection,
    excess: principals::ExcessList,
    contradictions: words::Capped<gaps::ContradictionRow>,
    drift: Vec<drift::PairSection>,
    since: Vec<since::SinceSection>,
    inventory: inventory::Inventory,
    principals: Vec<principals::PrincipalSection>,
    principals_total: usize,
    roles: Vec<roles::RoleSection>,
    roles_total: usize,
    overview: overview::Overview,
    trend: trend::Trend,
    power: power::Power,
    heat: heat::HeatMap,
    limits: limits::Limits,
    reading: reading::Reading,
}

/// The whole page.
///
/// # Errors
/// When a template or the packing of a block fails: a fault of the program, not of the data.
pub fn render(input: &Input<'_>) -> Result<String, minijinja::Error> {
    let blocks = blocks::of(input).map_err(|error| {
        minijinja::Error::new(minijinja::ErrorKind::WriteFailure, "a block could not be packed").with_source(error)
    })?;
    let run = format!("Rolecall {}, run {}", input.about.version, input.about.run_id);
    environment::render(&page(input), &blocks, &run)
}

fn page<'a>(input: &'a Input<'_>) -> Page<'a> {
    let night = night::Night::of(input.evidence);
    let night = &night;
    let named: BTreeSet<(String, String)> =
        input.findings.iter().map(|finding| (finding.org.clone(), finding.subject.id.clone())).collect();
    let sections = sections::Sections::of(night, &named);
    let orgs = orgs(night);
    let names: Vec<String> = orgs.iter().map(|org| org.name.clone()).collect();
    let findings = findings::of(input.findings, input.waivers, &sections, input.why);
    let cards = findings.groups.iter().flat_map(|group| &group.cards).map(|card| card.id.as_str());
    let lines = findings.groups.iter().flat_map(|group| &group.lines).map(|line| line.id.as_str());
    let shown: BTreeSet<&str> = cards.chain(lines).collect();
    let completeness = completeness::of(night);
    let pairs = drift::of(input.evidence);
    let power = power::of(night, &sections);
    let overview = overview::of(
        night,
        input.evidence,
        &overview::Parts {
            findings: input.findings,
            sentence: input.sentence,
            run_id: &input.about.run_id,
            compared: !input.about.last_night.is_empty(),
            completeness: &completeness,
            pairs: &pairs,
            power: &power,
            is_shown: &|id| shown.contains(id),
        },
    );
    Page {
        title: format!("Rolecall {}: {}", words::day(night.as_of), names.join(", ")),
        as_of: words::time(night.as_of),
        as_of_machine: night.as_of.to_string(),
        sentence: input.sentence,
        tone: tone(night, &input.about.gate),
        about: &input.about,
        completeness,
        counts: findings::counts(input.findings, &names),
        gaps: gaps::of(night, &sections),
        waivers: waivers::of(input.waivers, input.findings, &shown),
        findings,
        excess: principals::excess(night, &sections),
        contradictions: gaps::contradictions(night, &sections),
        drift: pairs,
        since: since::of(night, input.evidence),
        inventory: inventory::of(night, &sections),
        principals: principals::of(night, &sections),
        principals_total: sections.principals_total,
        roles: roles::of(night, &sections),
        roles_total: sections.roles_total,
        overview,
        trend: trend::of(input.trend),
        power,
        heat: heat::of(night, &sections),
        limits: limits::of(night),
        reading: reading::of(),
        orgs,
    }
}

/// Green only when everything was read, the gate passed and every declared call is let through.
fn tone(night: &night::Night<'_>, gate: &str) -> &'static str {
    let mut gaps = night.orgs.iter().flat_map(|org| &org.gaps);
    let broke = gaps.any(|gap| gap.known.as_str() == "declared");
    match (night.complete, gate, broke) {
        (true, "passed", false) => "good",
        (true, "passed", true) | (false, ..) => "caution",
        (true, _, _) => "bad",
    }
}

fn orgs(night: &night::Night<'_>) -> Vec<OrgName> {
    let read = night.orgs.iter().map(|org| {
        let org = &org.map.snapshot.org;
        OrgName {
            name: org.name.clone(),
            environment: org.environment.clone(),
            platform_name: org.platform_name.clone().unwrap_or_default(),
            api_url: org.api_url.clone(),
            read: true,
        }
    });
    let failed = night.failed.iter().map(|org| OrgName {
        name: org.name.clone(),
        environment: org.environment.clone(),
        platform_name: String::new(),
        api_url: String::new(),
        read: false,
    });
    read.chain(failed).collect()
}
