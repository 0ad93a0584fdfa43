//! The overlay that is built into the program: what the platform announced or explains elsewhere than in its document,
//! each row with who says it and when.
//!
//! A row decides only where the document lists nothing, so that a document that publishes the requirement wins. A row
//! with a day decides from that day on; until then what it says of the time before does. A row may name a concrete path
//! of a template, which is then an operation of its own. The user's own overlay file is laid over the result.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::Error as _;

use super::announced::{Asked, Coming, asks_for, is_silent, with_permissions};
use super::endpoint::Endpoint;
use super::nearest;
use super::operation::Operation;
use super::overlay::{requirement_words, same_call};
use super::requirement::Match;
use super::table::{Matrix, permissions_of};
use rolecall_base::permission::Permission;

const TEXT: &str = include_str!("reviewed.toml");

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| match read(TEXT) {
    Ok(rows) => rows,
    // The file is a constant that a test reads; this arm cannot be reached by any input.
    Err(error) => unreachable!("{error}"),
});

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// The platform's owner, ahead of a change.
    Announcement,
    /// The platform's help.
    HelpPage,
    /// The platform's owner, in a forum.
    Forum,
    /// The platform, by refusing calls.
    Refusal,
}

impl Says {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announcement => "announcement",
            Self::HelpPage => "help page",
            Self::Forum => "forum post",
            Self::Refusal => "refusal",
        }
    }
}

/// Where rows are known from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    id: String,
    /// Who says it.
    pub says: Says,
    /// Of an announcement the day from which it holds, of everything else the day on which it was read.
    #[serde(deserialize_with = "a_day")]
    pub date: Date,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub url: String,
}

impl Source {
    /// In one phrase: `announcement of 2025-12-01 "Title" (https://...)`.
    pub fn cited(&self) -> String {
        let when = if self.says == Says::Announcement { "of" } else { "read on" };
        format!("{} {when} {} \"{}\" ({})", self.says.as_str(), self.date, self.title, self.url)
    }
}

/// One reviewed fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The operation: a template, or a concrete path of one.
    pub endpoint: Endpoint,
    /// Where it is known from.
    pub source: Arc<Source>,
    /// What is required; `None`: the row is a note.
    pub requires: Option<Asked>,
    /// The first day on which it is.
    pub effective: Option<Date>,
    /// What is required until then; `None`: what the document says.
    pub before: Option<Asked>,
    /// What else is to be known; decides nothing.
    pub note: Option<String>,
    /// Whether a grant in single divisions is not enough.
    pub every_division: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Vec<Source>,
    row: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operation: String,
    source: String,
    #[serde(rename = "match")]
    matching: Option<String>,
    #[serde(default)]
    permissions: Vec<Permission>,
    #[serde(default, deserialize_with = "perhaps_a_day")]
    effective: Option<Date>,
    before: Option<Before>,
    note: Option<String>,
    #[serde(default)]
    every_division: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    #[serde(rename = "match")]
    matching: String,
    #[serde(default)]
    permissions: Vec<Permission>,
}

fn a_day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    written.to_string().parse().map_err(D::Error::custom)
}

fn perhaps_a_day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    a_day(deserializer).map(Some)
}

fn read(text: &str) -> Result<Vec<Row>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let sources: Vec<Arc<Source>> = file.source.into_iter().map(Arc::new).collect();
    let row = |written: Written| {
        let of = |text: String| format!("{}: {text}", written.operation);
        let endpoint = written.operation.parse().map_err(of)?;
        let source = sources.iter().find(|source| source.id == written.source);
        let source = source.ok_or_else(|| of(format!("no source `{}`", written.source)))?;
        let before = written.before.map(|before| asked(&before.matching, before.permissions)).transpose();
        let requires = written.matching.map(|matching| asked(&matching, written.permissions)).transpose();
        Ok(Row {
            endpoint,
            source: Arc::clone(source),
            requires: requires.map_err(of)?,
            effective: written.effective,
            before: before.map_err(of)?,
            note: written.note,
            every_division: written.every_division,
        })
    };
    file.row.into_iter().map(row).collect()
}

fn asked(matching: &str, permissions: Vec<Permission>) -> Result<Asked, String> {
    let known = [Match::Any, Match::All, Match::None].into_iter().find(|one| one.as_str() == matching);
    let matching = known.ok_or_else(|| format!("`{matching}` is not ANY, ALL or NONE"))?;
    if (matching == Match::None) != permissions.is_empty() {
        return Err(format!("{} with {} permissions", matching.as_str(), permissions.len()));
    }
    Ok((matching, permissions))
}

/// Every row, in the order of the file.
pub fn rows() -> &'static [Row] {
    &ROWS
}

/// The rows about an operation, however its parameters are called.
pub fn about(endpoint: &Endpoint) -> impl Iterator<Item = &'static Row> {
    rows().iter().filter(move |row| same_call(&row.endpoint, endpoint))
}

/// What became of a row in a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowOutcome {
    /// It says what is required.
    Decides,
    /// It says what is required until its day.
    DecidesBefore,
    /// The document says what is required.
    Published,
    /// It is a note.
    Note,
    /// The matrix has no such operation.
    NoOperation,
}

impl RowOutcome {
    /// Every outcome, in order.
    pub const ALL: [Self; 5] = [Self::Decides, Self::DecidesBefore, Self::Published, Self::Note, Self::NoOperation];

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::DecidesBefore => "decides-before",
            Self::Published => "published",
            Self::Note => "note",
            Self::NoOperation => "operation-not-in-matrix",
        }
    }
}

/// A row, laid over a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The row.
    pub row: &'static Row,
    /// The operation, as the matrix writes it.
    pub endpoint: Endpoint,
    /// What became of the row.
    pub outcome: RowOutcome,
}

/// What the built-in overlay does to a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    /// Its rows, with what became of each.
    pub rows: Vec<Standing>,
    /// Requirements that are announced for later.
    pub coming: Vec<Coming>,
}

/// Lays the built-in overlay over a matrix, as of a day. Every operation that a row decides is marked
/// ([`Operation::overridden`]); its `source` says by which, and what the document lists.
pub fn lay(matrix: &mut Matrix, today: Date) -> Laid {
    lay_rows(rows(), matrix, today)
}

fn lay_rows(rows: &'static [Row], matrix: &mut Matrix, today: Date) -> Laid {
    // Operations of their own first, so that their positions are settled before anything else is looked up.
    let deciding = rows.iter().filter(|row| row.requires.is_some());
    let own = deciding.filter_map(|row| matrix.concrete(&row.endpoint).filter(|one| is_silent(&one.requirement)));
    let own: Vec<Operation> = own.collect();
    matrix.add(own);
    let mut laid = Laid::default();
    for row in rows {
        let Some(operation) = matrix.resolve(&row.endpoint).map(|(_, operation)| operation.clone()) else {
            laid.rows.push(Standing { row, endpoint: row.endpoint.clone(), outcome: RowOutcome::NoOperation });
            continue;
        };
        let outcome = decide(row, &operation, matrix, today, &mut laid.coming);
        laid.rows.push(Standing { row, endpoint: operation.endpoint, outcome });
    }
    laid
}

fn decide(row: &Row, operation: &Operation, matrix: &mut Matrix, today: Date, coming: &mut Vec<Coming>) -> RowOutcome {
    let Some(requires) = &row.requires else { return RowOutcome::Note };
    let published = &operation.requirement;
    let silent = is_silent(published);
    let cited = row.source.cited();
    match row.effective.filter(|day| today < *day) {
        None if !silent => RowOutcome::Published,
        None => {
            replace(matrix, operation, requires, format!("reviewed: {cited}"));
            RowOutcome::Decides
        }
        Some(day) => {
            // A document may publish what is announced before it holds. Anything else that it lists is of its own time.
            let is_ahead = asks_for(published, requires);
            let before = row.before.as_ref().filter(|_| silent || is_ahead);
            coming.push(Coming {
                effective: day,
                cited: Arc::from(cited.as_str()),
                endpoint: operation.endpoint.clone(),
                before: before.map_or_else(|| published.clone(), |asked| with_permissions(published, asked)),
                after: with_permissions(published, requires),
            });
            match before {
                None => RowOutcome::Published,
                Some(asked) => {
                    replace(matrix, operation, asked, format!("reviewed, until {day}: {cited}"));
                    RowOutcome::DecidesBefore
                }
            }
        }
    }
}

fn replace(matrix: &mut Matrix, operation: &Operation, asked: &Asked, mark: String) {
    let published = requirement_words(&operation.requirement);
    let source = Arc::from(format!("{mark} | published: {published} | {}", operation.source));
    let requirement = with_permissions(&operation.requirement, asked);
    matrix.replace(&operation.endpoint, requirement, source, Arc::from(mark));
}

/// Something to say about the built-in overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// `operation-not-in-matrix`, `same-as-matrix` or `name-not-known`.
    pub kind: &'static str,
    /// The operation of the row.
    pub endpoint: Endpoint,
    /// In words.
    pub text: String,
}

/// Holds the built-in overlay against a matrix as it is published.
pub fn lint(matrix: &Matrix) -> Vec<Remark> {
    let known = permissions_of(matrix);
    let mut remarks = Vec::new();
    for row in rows() {
        let mut note = |kind, text| remarks.push(Remark { kind, endpoint: row.endpoint.clone(), text });
        let Some((_, operation)) = matrix.resolve(&row.endpoint) else {
            let near = nearest::instead_of(matrix, &row.endpoint);
            let near = near.iter().map(Endpoint::to_string).collect::<Vec<_>>().join(", ");
            note("operation-not-in-matrix", format!("the matrix has no such operation; nearest: {near}"));
            continue;
        };
        if let Some(asked) = &row.requires
            && row.effective.is_none()
            && asks_for(&operation.requirement, asked)
        {
            note("same-as-matrix", "the matrix says the same: the row can go".to_owned());
        }
        let before = row.before.iter().flat_map(|(_, permissions)| permissions);
        let named: BTreeSet<&Permission> = row.requires.iter().flat_map(|(_, list)| list).chain(before).collect();
        for permission in named.into_iter().filter(|permission| !known.contains(permission.as_str())) {
            note("name-not-known", format!("no operation of the matrix requires `{permission}`"));
        }
    }
    remarks
}

#[cfg(test)]
#[path = "reviewed_tests.rs"]
mod tests;
