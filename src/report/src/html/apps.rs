//! Third-party and built-in apps: which there are, what they are authorized for, and which orgs were not asked.

use serde::Serialize;

use super::night::Night;
use super::words::{self, Capped};
use crate::tables::inventory::Used;
use rolecall_base::app::App;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_findings::evidence::OrgEvidence;

/// Rows that are shown.
const ROWS_SHOWN: usize = 15;
/// Scopes in one cell.
const SCOPES_SHOWN: usize = 8;

/// The apps of a night.
#[derive(Serialize)]
pub struct Apps {
    /// Apps, org by org.
    pub rows: Capped<AppRow>,
    /// Orgs whose apps the configuration does not ask for.
    pub not_asked: Vec<String>,
}

/// An app in an org.
#[derive(Serialize)]
pub struct AppRow {
    /// The org.
    pub org: String,
    /// Its name; its id where it has none.
    pub name: String,
    /// Whose it is.
    pub kind: &'static str,
    /// How its authorization stands.
    pub state: String,
    /// Its scopes; `None` where the platform left them out.
    pub scopes: Option<Capped<String>>,
    /// When it was authorized or asked for.
    pub created: String,
    /// Calls that were seen; `None` where not known.
    pub calls: Option<String>,
    /// The last day with a call.
    pub last_used: String,
}

/// The apps of every org.
pub(super) fn of(night: &Night<'_>) -> Apps {
    let mut all: Vec<(&OrgEvidence<'_>, &App)> = Vec::new();
    for org in &night.orgs {
        let mut mine: Vec<&App> = org.map.snapshot.apps.iter().collect();
        mine.sort_by(|a, b| (a.display_name(), *a).cmp(&(b.display_name(), *b)));
        all.extend(mine.into_iter().map(|app| (*org, app)));
    }
    Apps { rows: Capped::of(all, ROWS_SHOWN, |(org, app)| row(org, app)), not_asked: not_asked(night) }
}

/// Orgs of which the configuration does not ask for apps.
pub(super) fn not_asked(night: &Night<'_>) -> Vec<String> {
    let silent = |org: &&&OrgEvidence<'_>| org.map.snapshot.coverage.seen(Listing::ThirdPartyApps) == Seen::NotAsked;
    night.orgs.iter().filter(silent).map(|org| org.map.snapshot.org.name.clone()).collect()
}

fn row(org: &OrgEvidence<'_>, app: &App) -> AppRow {
    let used = Used::of(&org.map);
    let pending = if app.pending == Some(true) { ", pending" } else { "" };
    let state = if app.state.as_str().is_empty() { "not stated" } else { app.state.as_str() };
    AppRow {
        org: org.map.snapshot.org.name.clone(),
        name: app.display_name().to_owned(),
        kind: app.kind(org.map.snapshot).as_str(),
        state: format!("{state}{pending}"),
        scopes: app.scopes.as_ref().map(|scopes| Capped::of(scopes, SCOPES_SHOWN, ToString::to_string)),
        created: app.created.map_or_else(String::new, words::day),
        calls: used.requests(&app.client).map(words::calls),
        last_used: used.last(&app.client).map_or_else(String::new, |day| day.to_string()),
    }
}
