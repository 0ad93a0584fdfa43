//! Orgs to snapshots: the only stage that speaks HTTP to the platform.
//!
//! What cannot be read is recorded in the snapshot's coverage and the run goes on; a [`CollectError`] is left for an
//! org of which nothing could be read. Which permission leads to which endpoint, and what it means for anybody, is
//! absent on purpose: that is for the matrix and the crossing.

pub mod doctor;
pub mod error;
pub mod pace;
pub mod probe;
pub mod progress;
pub mod retry;
pub mod settings;
pub mod wire;

mod dates;
mod document;
mod failure;
mod listings;
mod org;
mod pager;
mod plan;
mod reach;
mod record;
mod session;
#[cfg(test)]
mod tests;
mod token;
mod witness;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::Timestamp;

use rolecall_base::snapshot::Snapshot;

pub use document::Document;
pub use error::CollectError;
pub use progress::{Progress, Silent};
pub use session::Clock;

use retry::Patience;
use session::Session;
use settings::{CollectSettings, OrgTarget};
use wire::Validators;

/// What was read of one org.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Its snapshot.
    pub snapshot: Snapshot,
    /// Its region's own document, where it was asked for.
    pub document: Option<Document>,
}

/// Reads orgs, side by side. The answers are in the order of `targets`; one org's failure does not touch the others.
pub async fn collect(
    targets: &[OrgTarget],
    settings: &CollectSettings,
    as_of: Timestamp,
    clock: &Clock,
    progress: &dyn Progress,
) -> Vec<Result<Snapshot, CollectError>> {
    let collected = collect_with_documents(targets, &BTreeMap::new(), settings, as_of, clock, progress).await;
    collected.into_iter().map(|result| result.map(|collected| collected.snapshot)).collect()
}

/// Reads orgs as [`collect`] does, and with the same token the region's own document of every org that `documents`
/// names, unless it is the one whose validators are given there (empty ones ask for it in any case).
pub async fn collect_with_documents(
    targets: &[OrgTarget],
    documents: &BTreeMap<String, Validators>,
    settings: &CollectSettings,
    as_of: Timestamp,
    clock: &Clock,
    progress: &dyn Progress,
) -> Vec<Result<Collected, CollectError>> {
    let one = async |target: &OrgTarget| {
        let known = documents.get(&target.name);
        let result = one_org(target, known, settings, as_of, Patience::PLATFORM, clock, progress).await;
        progress.done(&target.name, result.as_ref().map(|collected| &collected.snapshot));
        result
    };
    join_all(targets.iter().map(one)).await
}

/// Fetches a region's own document without reading the org, with a token of its own.
pub async fn fetch_document(
    target: &OrgTarget,
    known: &Validators,
    settings: &CollectSettings,
    clock: &Clock,
) -> Document {
    match Session::open(target, settings.requests_per_minute, Patience::PLATFORM, clock, &Silent).await {
        Ok(session) => document::fetch(&session, known).await,
        Err(error) => Document::Failed(error.to_string()),
    }
}

async fn one_org(
    target: &OrgTarget,
    known: Option<&Validators>,
    settings: &CollectSettings,
    as_of: Timestamp,
    patience: Patience,
    clock: &Clock,
    progress: &dyn Progress,
) -> Result<Collected, CollectError> {
    let session = Session::open(target, settings.requests_per_minute, patience, clock, progress).await?;
    let document = async {
        match known {
            Some(known) => Some(document::fetch(&session, known).await),
            None => None,
        }
    };
    let (snapshot, document) = tokio::join!(org::read(&session, settings, as_of), document);
    Ok(Collected { snapshot: snapshot?, document })
}
