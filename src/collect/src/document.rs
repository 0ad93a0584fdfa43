//! `GET /api/v2/docs/swagger`: the region's own description of its operations, from which a matrix is made.

use super::session::Session;
use super::wire::Validators;

/// Where the platform publishes it.
const PATH: &str = "/api/v2/docs/swagger";

/// What became of asking for the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// It was sent.
    Fetched {
        /// Its bytes, decompressed; not looked at here.
        bytes: Vec<u8>,
        /// What to ask for it again with.
        validators: Validators,
    },
    /// The one already known is still the newest.
    NotModified,
    /// It could not be had, in words for people.
    Failed(String),
}

/// Asks for the document unless it is the one already known.
pub(super) async fn fetch(session: &Session<'_>, known: &Validators) -> Document {
    session.plan.add_document();
    match session.document(PATH, known).await {
        Ok(answer) if answer.status == 304 => Document::NotModified,
        Ok(answer) if answer.body.is_empty() => Document::Failed(format!("`GET {PATH}`: the answer is empty")),
        Ok(answer) => Document::Fetched { bytes: answer.body, validators: answer.validators },
        Err(failure) => Document::Failed(failure.why),
    }
}
