//! Which matrix is used for an org whose own document was asked for: the fetched one, the cached one or the bundled one.
//!
//! Pure: fetching, the cache's files and the clock are the caller's.

use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use super::cache::CachedMatrix;
use super::csv;
use super::error::MatrixError;
use super::lint::too_old;
use super::requirement::Provenance;
use super::swagger;
use super::table::Matrix;
use rolecall_base::hex::hex;

/// What came of asking the platform.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// A document.
    Document {
        /// As received.
        bytes: Vec<u8>,
        /// Its `ETag`.
        etag: Option<String>,
        /// Its `Last-Modified`.
        last_modified: Option<String>,
    },
    /// 304: the cached one is current.
    NotModified,
    /// No answer, or not this one; why, in words.
    Failed(String),
}

/// Where the chosen matrix is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChosenFrom {
    /// The org's own region, in this run.
    Org,
    /// The cache: an earlier night's.
    Cache,
    /// The program.
    Bundled,
}

impl ChosenFrom {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Cache => "cache",
            Self::Bundled => "bundled",
        }
    }
}

/// The matrix to use and what to say about it.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The matrix; its origin and date name what it is.
    pub matrix: Matrix,
    /// Where it is from.
    pub from: ChosenFrom,
    /// What the cache should hold from now on; `None` when it stays as it is.
    pub keep: Option<CachedMatrix>,
    /// Warnings: why not the wanted one, age. Empty when all is well.
    pub warnings: Vec<String>,
    /// What of the document could not be read.
    pub unread: Vec<String>,
}

/// Chooses. `host` is the API's; `cached` is what [`super::cache::load`] gave. A document with suddenly fewer
/// operations (or fewer with permissions) is refused: less than 90 % of the cached one's, or without a cache less than
/// 50 % of those that the bundled matrix has as published.
pub fn choose(
    host: &str,
    fetched: Fetched,
    cached: Result<Option<CachedMatrix>, MatrixError>,
    bundled: &Matrix,
    now: Timestamp,
    max_age_days: u32,
) -> Choice {
    let today = now.to_zoned(TimeZone::UTC).date();
    let mut warnings = Vec::new();
    let mut note = |error: MatrixError| warnings.push(error.to_string());
    let cached = cached.unwrap_or_else(|error| {
        note(error);
        None
    });
    let cached = cached.and_then(|kept| match kept.matrix() {
        Ok(matrix) => Some((kept, matrix)),
        Err(error) => {
            note(error);
            None
        }
    });
    let mut choice = match (fetched, cached) {
        (Fetched::Document { bytes, etag, last_modified }, cached) => {
            let read = swagger::read(host, &bytes, Some(today)).map_err(|error| error.to_string()).and_then(|read| {
                let before = cached.as_ref().map(|(_, matrix)| matrix);
                shrunk(&read.matrix, before, bundled).map_or(Ok(read), Err)
            });
            match read {
                Ok(read) => {
                    let keep = CachedMatrix {
                        host: host.to_owned(),
                        csv: csv::write_table(&read.matrix),
                        etag,
                        last_modified,
                        fetched_at: now,
                        checked_at: now,
                        document_sha256: hex(&Sha256::digest(&bytes)),
                        operations: read.matrix.operations().len(),
                    };
                    let (matrix, unread) = (read.matrix, read.unread);
                    Choice { matrix, from: ChosenFrom::Org, keep: Some(keep), warnings, unread }
                }
                Err(why) => fall_back(format!("the document from {host} is refused: {why}"), cached, bundled, warnings),
            }
        }
        (Fetched::NotModified, Some((kept, mut matrix))) => {
            matrix.date = Some(today);
            host.clone_into(&mut matrix.origin);
            let keep = Some(CachedMatrix { checked_at: now, ..kept });
            Choice { matrix, from: ChosenFrom::Org, keep, warnings, unread: Vec::new() }
        }
        (Fetched::NotModified, None) => {
            let why = format!("{host} says that its document has not changed, but there is no readable cached one");
            fall_back(why, None, bundled, warnings)
        }
        (Fetched::Failed(why), cached) => {
            fall_back(format!("the document from {host} could not be fetched: {why}"), cached, bundled, warnings)
        }
    };
    if let Some((date, days)) = choice.matrix.date.and_then(|date| Some((date, too_old(date, today, max_age_days)?))) {
        let origin = &choice.matrix.origin;
        choice.warnings.push(format!(
            "the matrix used for {host} ({origin}) is of {date}, {days} days old; the limit is {max_age_days}"
        ));
    }
    choice
}

fn fall_back(
    why: String,
    cached: Option<(CachedMatrix, Matrix)>,
    bundled: &Matrix,
    mut warnings: Vec<String>,
) -> Choice {
    let dated = |matrix: &Matrix| matrix.date.map_or("unknown date".to_owned(), |date| date.to_string());
    let (matrix, from) = match cached {
        Some((_, matrix)) => (matrix, ChosenFrom::Cache),
        None => (bundled.clone(), ChosenFrom::Bundled),
    };
    let instead = if from == ChosenFrom::Cache { "cached" } else { "bundled" };
    warnings.push(format!("{why}; the {instead} matrix of {} is used instead", dated(&matrix)));
    Choice { matrix, from, keep: None, warnings, unread: Vec::new() }
}

/// Why the new matrix is too small to be true; `None` when it is not.
fn shrunk(new: &Matrix, cached: Option<&Matrix>, bundled: &Matrix) -> Option<String> {
    let (before, percent, whose) = match cached {
        Some(cached) => (sizes(cached, false), 90, "the cached one"),
        None => (sizes(bundled, true), 50, "the bundled one"),
    };
    let now = sizes(new, false);
    for (now, before, what) in
        [(now.0, before.0, "operations"), (now.1, before.1, "operations that require permissions")]
    {
        if now.saturating_mul(100) < before.saturating_mul(percent) {
            let remedy = if cached.is_some() { "; if that is right, delete the cache file" } else { "" };
            return Some(format!(
                "it has {now} {what}, {whose} has {before}; under {percent} % is not believed{remedy}"
            ));
        }
    }
    None
}

/// How many operations there are, and how many of them require a permission.
fn sizes(matrix: &Matrix, published_only: bool) -> (usize, usize) {
    let counted = || {
        let published = |provenance| !published_only || provenance == Provenance::Published;
        matrix.operations().iter().filter(move |o| published(o.requirement.scopes_known))
    };
    (counted().count(), counted().filter(|o| !o.requirement.permissions.is_empty()).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    const HOST: &str = "api.example.com";

    fn now() -> Timestamp {
        "2026-08-20T03:00:00Z".parse().unwrap()
    }

    fn document(operations: usize, with_permissions: usize) -> Fetched {
        let paths: Vec<String> = (0..operations)
            .map(|n| {
                let body = if n < with_permissions {
                    r#"{"x-inin-requires-permissions":{"type":"ANY","permissions":["a:b:c"]}}"#
                } else {
                    "{}"
                };
                format!(r#""/api/v2/p{n}":{{"get":{body}}}"#)
            })
            .collect();
        let text = format!(r#"{{"swagger":"2.0","paths":{{{}}}}}"#, paths.join(","));
        Fetched::Document { bytes: text.into_bytes(), etag: Some("e".to_owned()), last_modified: None }
    }

    fn decide(fetched: Fetched, cached: Option<CachedMatrix>) -> Choice {
        choose(HOST, fetched, Ok(cached), bundled::matrix(), now(), 7)
    }

    fn kept(operations: usize) -> CachedMatrix {
        let earlier = "2026-08-18T03:00:00Z".parse().unwrap();
        let keep = choose(HOST, document(operations, operations), Ok(None), bundled::matrix(), earlier, 7).keep;
        keep.unwrap()
    }

    #[test]
    fn fetched_document_is_used_and_kept() {
        let choice = decide(document(3000, 2800), None);
        assert_eq!((choice.from, choice.warnings.as_slice()), (ChosenFrom::Org, &[][..]));
        assert_eq!(choice.matrix.origin, HOST);
        let keep = choice.keep.unwrap();
        assert_eq!((keep.operations, keep.etag.as_deref(), keep.fetched_at), (3000, Some("e"), now()));
        assert_eq!(keep.document_sha256.len(), 64);
        assert_eq!(keep.matrix().unwrap().operations(), choice.matrix.operations());
    }

    #[test]
    fn document_under_nine_tenths_of_the_cached_one_is_refused_by_numbers() {
        assert_eq!(decide(document(2700, 2700), Some(kept(3000))).from, ChosenFrom::Org);
        let refused = decide(document(2699, 2699), Some(kept(3000)));
        assert_eq!((refused.from, refused.keep.is_none()), (ChosenFrom::Cache, true));
        assert!(refused.warnings[0].contains("2699 operations, the cached one has 3000"), "{:?}", refused.warnings);
        assert_eq!(refused.matrix.operations().len(), 3000);
    }

    #[test]
    fn document_under_half_of_the_bundled_one_is_refused_without_a_cache() {
        assert_eq!(decide(document(1590, 1590), None).from, ChosenFrom::Org);
        let refused = decide(document(1589, 1589), None);
        assert_eq!(refused.from, ChosenFrom::Bundled);
        assert!(refused.warnings[0].contains("1589 operations, the bundled one has 3180"), "{:?}", refused.warnings);
    }

    #[test]
    fn document_whose_permissions_are_gone_is_refused() {
        let refused = decide(document(3000, 10), Some(kept(3000)));
        assert_eq!(refused.from, ChosenFrom::Cache);
        assert!(refused.warnings[0].contains("10 operations that require permissions"), "{:?}", refused.warnings);
    }

    #[test]
    fn unreadable_and_failed_fall_back_to_cache_then_bundled() {
        let broken = || Fetched::Document { bytes: b"<html>".to_vec(), etag: None, last_modified: None };
        let failed = || Fetched::Failed("HTTP 503".to_owned());
        for (fetched, said) in [(broken(), "web page"), (failed(), "HTTP 503")] {
            let choice = decide(fetched, Some(kept(2000)));
            assert_eq!((choice.from, choice.matrix.operations().len()), (ChosenFrom::Cache, 2000));
            assert!(choice.warnings[0].contains(said) && choice.warnings[0].contains("cached matrix of 2026-08-18"));
        }
        let choice = decide(failed(), None);
        assert_eq!((choice.from, choice.matrix.operations().len()), (ChosenFrom::Bundled, 3397));
        assert!(choice.warnings[0].contains("bundled matrix of 2026-08-15"), "{:?}", choice.warnings);
    }

    #[test]
    fn not_modified_confirms_the_cache_as_of_today() {
        let choice = decide(Fetched::NotModified, Some(kept(2000)));
        assert_eq!((choice.from, choice.matrix.date), (ChosenFrom::Org, Some(jiff::civil::date(2026, 8, 20))));
        let keep = choice.keep.unwrap();
        assert_eq!((keep.checked_at, keep.fetched_at), (now(), "2026-08-18T03:00:00Z".parse().unwrap()));
        assert!(choice.warnings.is_empty());
        let choice = decide(Fetched::NotModified, None);
        assert_eq!(choice.from, ChosenFrom::Bundled);
        assert!(choice.warnings[0].contains("no readable cached one"), "{:?}", choice.warnings);
    }

    #[test]
    fn damaged_cache_is_said_and_passed_over() {
        let damaged = CachedMatrix { operations: 1, ..kept(2000) };
        let choice = decide(Fetched::Failed("no route".to_owned()), Some(damaged));
        assert_eq!((choice.from, choice.warnings.len()), (ChosenFrom::Bundled, 2));
        assert!(choice.warnings[0].contains("damaged"));
    }

    #[test]
    fn old_matrix_is_warned_about() {
        let late = "2026-09-30T00:00:00Z".parse().unwrap();
        let choice = choose(HOST, Fetched::Failed("x".to_owned()), Ok(Some(kept(2000))), bundled::matrix(), late, 7);
        assert!(choice.warnings[1].contains("43 days old; the limit is 7"), "{:?}", choice.warnings);
    }
}
