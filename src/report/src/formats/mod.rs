//! The registry of formats: one line each.

use super::error::ReportError;
use super::format::Format;

pub mod access;
pub mod cell;
pub mod csv;
pub mod findings_json;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod run_json;
pub mod sarif;
#[cfg(feature = "workbook")]
pub mod xlsx;

/// Every format, in the order in which they are written.
pub static FORMATS: &[&dyn Format] = &[
    // One line a format.
    &csv::Csv,
    &findings_json::FindingsJson,
    &html::Html,
    &junit::JunitXml,
    &markdown::Markdown,
    #[cfg(feature = "parquet")]
    &parquet::Parquet,
    &run_json::RunJson,
    &sarif::Sarif,
    #[cfg(feature = "workbook")]
    &xlsx::Xlsx,
];

/// Formats that are written whatever is asked for: the record of the run, and its summary.
pub const ALWAYS: [&str; 2] = ["markdown", "run"];

/// The formats that need a feature of the build, and whether it has the feature.
const OPTIONAL: [(&str, &str, bool); 2] =
    [("parquet", "parquet", cfg!(feature = "parquet")), ("xlsx", "workbook", cfg!(feature = "workbook"))];

/// The feature that this build lacks to write a format.
pub fn missing_feature(format: &str) -> Option<&'static str> {
    OPTIONAL.into_iter().find(|(name, _, built)| *name == format && !built).map(|(_, feature, _)| feature)
}

/// The names of all formats of this build, as the configuration knows them.
pub fn names() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name())
}

/// The formats of these names, each once, and those that are always written; in the order of the registry.
///
/// # Errors
/// When there is no format of a name.
pub fn chosen(wanted: &[impl AsRef<str>]) -> Result<Vec<&'static dyn Format>, ReportError> {
    for name in wanted {
        if let Some(feature) = missing_feature(name.as_ref()) {
            return Err(ReportError::NotBuilt { name: name.as_ref().to_owned(), feature });
        }
        if !names().any(|known| known == name.as_ref()) {
            let known = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(ReportError::UnknownFormat { name: name.as_ref().to_owned(), known });
        }
    }
    let is_wanted = |name: &str| ALWAYS.contains(&name) || wanted.iter().any(|wanted| wanted.as_ref() == name);
    Ok(FORMATS.iter().copied().filter(|format| is_wanted(format.name())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_format_is_refused_with_the_known_ones() {
        let message = chosen(&["cvs"]).err().unwrap().to_string();
        assert!(message.contains("`cvs`") && message.contains("`csv`"), "{message}");
    }

    #[test]
    fn record_of_the_run_is_written_whatever_is_asked_for() {
        let names: Vec<_> = chosen(&["csv", "csv"]).unwrap().iter().map(|format| format.name()).collect();
        assert_eq!(names, ["csv", "markdown", "run"]);
    }

    #[test]
    fn no_two_formats_share_a_name_or_a_file() {
        let mut seen = std::collections::BTreeSet::new();
        for format in FORMATS {
            assert!(seen.insert(format.name()), "{}", format.name());
            for file in format.files() {
                assert!(seen.insert(*file), "{file}");
            }
        }
    }
}
