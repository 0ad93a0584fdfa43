//! Small nights made by hand, for tests: a world of `rolecall-testkit`, and what judging it takes.

use std::ops::{Deref, DerefMut};

use rolecall_access::cross::{AccessMap, contradiction, excess, gap, needed::Needed};
use rolecall_access::radar;
use rolecall_matrix::bundled;
use rolecall_matrix::needs::Need;
use rolecall_testkit::World;

use crate::check::{Check, Found};
use crate::evidence::{Evidence, FailedOrg, MatrixUsed, OrgEvidence, RadarEvidence};
use crate::parameters::Parameters;
use crate::separation::Duties;

pub mod drifted;

/// A night of one org, read completely, crossed with the built-in matrix.
#[derive(Default)]
pub struct Night {
    /// The org.
    pub world: World,
    /// What the configuration sets of the checks.
    pub parameters: Parameters,
    /// Duties that are to be kept apart.
    pub separation: Vec<Duties>,
    failed: Vec<FailedOrg>,
}

impl Deref for Night {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Night {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Night {
    /// An org with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// An org of this name with nothing in it.
    pub fn of_org(name: &str) -> Self {
        Self::of(World::of_org(name))
    }

    /// A night of this org.
    pub fn of(world: World) -> Self {
        Self { world, ..Self::default() }
    }

    /// Adds an org of which nothing could be read.
    pub fn failed(&mut self, name: &str, why: &str) -> &mut Self {
        let environment = "test".to_owned();
        self.failed.push(FailedOrg { name: name.to_owned(), environment, why: why.to_owned() });
        self
    }

    /// The evidence of this night.
    pub fn evidence(&self) -> Evidence<'_> {
        evidence(&[self])
    }

    fn crossed<'a>(&'a self, needs: &'a [Need]) -> OrgEvidence<'a> {
        let matrix = self.matrix.as_ref().unwrap_or(bundled::matrix());
        let map = AccessMap::of(&self.snapshot, matrix, self.scopes_enforced);
        let needed = Needed::of(&map, needs);
        let (excess, not_judged) = excess::excess(&map, &needed);
        OrgEvidence {
            matrix: MatrixUsed {
                origin: matrix.origin.clone(),
                date: matrix.date,
                sha256: "0".repeat(64),
                published_sha256: "0".repeat(64),
                previous_sha256: None,
                operations: matrix.operations().len(),
                notes: self.matrix_notes.clone(),
                fell_back: self.fell_back,
                overrides: self.overrides.clone(),
                reviewed: Vec::new(),
                announced: self.announced.clone(),
            },
            gaps: gap::gaps(&map, &needed),
            excess,
            not_judged,
            contradictions: contradiction::contradictions(&map, &needed),
            needed,
            map,
        }
    }
}

/// What the matrices of the nights before say otherwise.
fn radar<'a>(nights: &[&'a Night], orgs: &[OrgEvidence<'a>]) -> Vec<RadarEvidence<'a>> {
    let changed = nights.iter().zip(orgs).filter_map(|(night, org)| {
        let matrix = night.matrix_before.as_ref()?;
        let then = AccessMap::of(&night.snapshot, matrix, night.scopes_enforced);
        Some(RadarEvidence {
            org: night.snapshot.org.name.clone(),
            before: MatrixUsed { origin: matrix.origin.clone(), date: matrix.date, ..org.matrix.clone() },
            new_source: !matrix.has_source_of(org.map.matrix),
            radar: radar::between(&then, &org.map, &org.needed),
        })
    });
    changed.collect()
}

/// The evidence of a night of several orgs; the needs are those of the first.
pub fn evidence<'a>(nights: &[&'a Night]) -> Evidence<'a> {
    let orgs: Vec<OrgEvidence<'a>> = nights.iter().map(|night| night.crossed(&nights[0].needs)).collect();
    Evidence {
        as_of: nights[0].snapshot.as_of,
        radar: radar(nights, &orgs),
        orgs,
        failed: nights.iter().flat_map(|night| night.failed.clone()).collect(),
        needs: &nights[0].needs,
        separation: &nights[0].separation,
        pairs: Vec::new(),
        since: Vec::new(),
        parameters: nights[0].parameters.clone(),
    }
}

/// What a check finds, sorted by title.
pub fn found(check: &Check, night: &Night) -> Vec<Found> {
    let mut found = Vec::new();
    (check.run)(&night.evidence(), &mut found);
    found.sort_by(|a, b| a.title.cmp(&b.title));
    found
}
