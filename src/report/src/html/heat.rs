//! Permission domains by principals: how much of each the most dangerous ones hold, as a picture and as a table.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::night::Night;
use super::sections::{Sections, Who};
use super::words::{self, Mark};
use rolecall_access::cross::Principal;
use rolecall_access::cross::principal::Standing;
use rolecall_findings::danger;
use rolecall_findings::evidence::OrgEvidence;
use rolecall_findings::severity::Severity;
use rolecall_findings::weighing;

/// Principals that are shown.
const PRINCIPALS_SHOWN: usize = 18;
/// Domains that are shown.
const DOMAINS_SHOWN: usize = 24;
/// Side of a cell, in the picture's own units.
const CELL: usize = 26;
/// Room for the names of principals.
const NAMES: usize = 210;
/// Room for the names of domains.
const HEADS: usize = 152;
/// Characters of a name that fit; the table holds the whole of it.
const FIT: usize = 30;

/// The map.
#[derive(Serialize)]
pub struct HeatMap {
    /// The domains, those with the most dangerous permissions first.
    pub domains: Vec<Domain>,
    /// One row a principal, the most dangerous first.
    pub rows: Vec<HeatRow>,
    /// Principals that hold something, in all.
    pub principals_total: usize,
    /// Domains of which something is held, in all.
    pub domains_total: usize,
    /// Width of the picture, in its own units.
    pub width: usize,
    /// Its height.
    pub height: usize,
    /// Squares of each shade, as a path.
    pub shades: Vec<String>,
    /// Marks of cells that hold critical permissions, as a path.
    pub critical: String,
    /// Marks of cells that hold high ones and no critical one, as a path.
    pub high: String,
    /// What the picture shows, in words.
    pub description: String,
    /// The signs of the two marks.
    pub marks: [Mark; 2],
}

/// A domain.
#[derive(Serialize)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Where its column's middle is.
    pub x: usize,
    /// Where its name begins.
    pub y: usize,
}

/// A principal.
#[derive(Serialize)]
pub struct HeatRow {
    /// Who.
    pub who: Who,
    /// Its name, as much of it as fits.
    pub label: String,
    /// Where its line of text stands.
    pub y: usize,
    /// What it holds of each domain.
    pub cells: Vec<HeatCell>,
}

/// What a principal holds of a domain.
#[derive(Serialize)]
pub struct HeatCell {
    /// Where the number stands.
    pub x: usize,
    /// How many permissions.
    pub held: usize,
    /// How many of them are critical.
    pub critical: usize,
    /// How many of them are high.
    pub high: usize,
}

#[derive(Clone, Copy, Default)]
struct Count {
    held: usize,
    critical: usize,
    high: usize,
}

type Held<'a> = BTreeMap<&'a str, Count>;

/// The map of a night: clients that act as themselves and service users, because they act without a person.
pub fn of(night: &Night<'_>, sections: &Sections) -> HeatMap {
    let mut found: Vec<(&OrgEvidence<'_>, &Principal, Held<'_>)> = Vec::new();
    for org in night.orgs.iter().copied() {
        let mut known: HashMap<usize, Held<'_>> = HashMap::new();
        for principal in org.map.principals().iter().filter(|one| weighing::is_unattended(one)) {
            let held = known.entry(principal.holdings).or_insert_with(|| held(org, principal));
            if !held.is_empty() {
                found.push((org, principal, held.clone()));
            }
        }
    }
    let principals_total = found.len();
    found.sort_by_cached_key(|(org, one, held)| {
        let sum = |of: fn(&Count) -> usize| std::cmp::Reverse(held.values().map(of).sum::<usize>());
        let weight = (sum(|count| count.critical), sum(|count| count.high), sum(|count| count.held));
        let name = (org.map.snapshot.org.name.clone(), one.kind, one.name.clone(), one.id.clone());
        (one.standing == Standing::Inactive, weight, name)
    });
    found.truncate(PRINCIPALS_SHOWN);
    let (domains, domains_total) = domains(&found);
    draw(&found, domains, principals_total, domains_total, sections)
}

fn held<'a>(org: &'a OrgEvidence<'_>, principal: &Principal) -> Held<'a> {
    let mut domains: Held<'_> = BTreeMap::new();
    let Some(holdings) = org.map.holdings_of(principal) else { return domains };
    let names = org.map.rights.index.names();
    for name in holdings.at_all.ones().filter_map(|at| names.get(at)) {
        let domain = name.as_str().split(':').next().unwrap_or_default();
        let count = domains.entry(domain).or_default();
        count.held += 1;
        match danger::catalogue().worst(name.as_str()).map(|entry| entry.severity) {
            Some(Severity::Critical) => count.critical += 1,
            Some(Severity::High) => count.high += 1,
            Some(Severity::Medium | Severity::Low | Severity::Info) | None => {}
        }
    }
    domains
}

fn domains<'a>(found: &[(&OrgEvidence<'_>, &Principal, Held<'a>)]) -> (Vec<&'a str>, usize) {
    let mut sums: BTreeMap<&str, Count> = BTreeMap::new();
    for (domain, count) in found.iter().flat_map(|(_, _, held)| held) {
        let sum = sums.entry(domain).or_default();
        sum.held += count.held;
        sum.critical += count.critical;
        sum.high += count.high;
    }
    let total = sums.len();
    let mut sorted: Vec<(&str, Count)> = sums.into_iter().collect();
    sorted.sort_by_key(|(name, sum)| (std::cmp::Reverse((sum.critical, sum.high, sum.held)), *name));
    (sorted.into_iter().take(DOMAINS_SHOWN).map(|(name, _)| name).collect(), total)
}

fn draw(
    found: &[(&OrgEvidence<'_>, &Principal, Held<'_>)],
    domains: Vec<&str>,
    principals_total: usize,
    domains_total: usize,
    sections: &Sections,
) -> HeatMap {
    let most = |domain: &str| found.iter().filter_map(|(_, _, held)| held.get(domain)).map(|count| count.held).max();
    let most: Vec<usize> = domains.iter().map(|domain| most(domain).unwrap_or(1).max(1)).collect();
    let mut shades = vec![String::new(); 4];
    let (mut critical, mut high) = (String::new(), String::new());
    let mut rows = Vec::new();
    for (at, (org, principal, held)) in found.iter().enumerate() {
        let top = HEADS + at * CELL;
        let mut cells = Vec::new();
        for (column, (domain, most)) in domains.iter().zip(&most).enumerate() {
            let left = NAMES + column * CELL;
            let count = held.get(domain).copied().unwrap_or_default();
            if count.held > 0 {
                let shade = ((count.held * 4).div_ceil(*most)).clamp(1, 4) - 1;
                let square = format!("M{} {}h{side}v{side}h-{side}z", left + 1, top + 1, side = CELL - 2);
                shades.get_mut(shade).into_iter().for_each(|path| path.push_str(&square));
            }
            // Marks differ in shape: a diamond and a triangle, in the cell's upper corners.
            if count.critical > 0 {
                critical.push_str(&format!("M{} {}l4 4l-4 4l-4 -4z", left + CELL - 6, top + 2));
            } else if count.high > 0 {
                high.push_str(&format!("M{} {}l4 7h-8z", left + CELL - 6, top + 2));
            }
            let (x, held) = (left + CELL / 2, count.held);
            cells.push(HeatCell { x, held, critical: count.critical, high: count.high });
        }
        let who = sections.who(&org.map, principal);
        let whole = format!("{} ({})", who.name, who.org);
        let label = if whole.chars().count() > FIT {
            let room = FIT.saturating_sub(who.org.chars().count().min(12) + 4);
            let org: String = who.org.chars().take(12).collect();
            format!("{}… ({org})", who.name.chars().take(room).collect::<String>())
        } else {
            whole
        };
        rows.push(HeatRow { who, label, y: top + CELL - 8, cells });
    }
    let named = |text: &str| text.chars().take(22).collect::<String>();
    HeatMap {
        description: describe(&rows, &domains, principals_total),
        width: NAMES + domains.len() * CELL + 60,
        height: HEADS + rows.len() * CELL + 4,
        domains: domains
            .iter()
            .enumerate()
            .map(|(at, name)| Domain { name: named(name), x: NAMES + at * CELL + CELL / 2, y: HEADS - 6 })
            .collect(),
        rows,
        principals_total,
        domains_total,
        shades,
        critical,
        high,
        marks: [words::severity(Severity::Critical), words::severity(Severity::High)],
    }
}

fn describe(rows: &[HeatRow], domains: &[&str], total: usize) -> String {
    let Some(first) = rows.first() else { return "Nobody holds anything in what was read.".to_owned() };
    let critical: usize = first.cells.iter().map(|cell| cell.critical).sum();
    format!(
        "Rows are the {} most dangerous of {} that act without a person, columns the {} domains with the most dangerous \
         permissions. The most dangerous is {} in {}, with {}. The table below holds every number.",
        rows.len(),
        words::count(total, "principal", "principals"),
        domains.len(),
        first.who.name,
        first.who.org,
        words::count(critical, "critical permission", "critical permissions"),
    )
}
