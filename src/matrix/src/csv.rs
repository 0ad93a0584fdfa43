//! The matrix as a CSV table, the form of `endpoints.csv`, of `matrix import` and of the built-in data.
//!
//! `#date YYYY-MM-DD` and `#source CODE TEXT` lines may stand before the header; a `source` cell that is one of the
//! codes stands for its text.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use super::endpoint::Endpoint;
use super::error::MatrixError;
use super::operation::Operation;
use super::requirement::{Match, Provenance, Requirement, UserContext};
use super::swagger_operation::takes_token;
use super::table::Matrix;
use super::unproven::unproven;
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;

/// The columns, in order. Readers need the first five; the others have defaults.
pub const COLUMNS: [&str; 10] = [
    "method",
    "path",
    "permissions_match",
    "permissions",
    "scopes",
    "user_context",
    "source",
    "scope_source",
    "deprecated",
    "nothing_published",
];

/// Reads a matrix. `name` is used in messages and as the origin.
///
/// # Errors
/// When the header lacks a needed column, a cell holds a word that is not one of its words, or an endpoint stands twice.
pub fn read(name: &str, text: &str) -> Result<Matrix, MatrixError> {
    let row_error = |line: u64, problem: String| MatrixError::Row { name: name.to_owned(), line, problem };
    let mut date = None;
    let mut legend: HashMap<&str, Arc<str>> = HashMap::new();
    let mut preamble = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut body = text;
    while let Some(rest) = body.strip_prefix('#') {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        preamble += 1;
        if let Some(value) = line.strip_prefix("date ") {
            date = Some(value.trim().parse::<Date>().map_err(|_| {
                row_error(preamble, format!("`{}` is not a date; write it as 2026-08-15", value.trim()))
            })?);
        } else if let Some((code, text)) = line.strip_prefix("source ").and_then(|rest| rest.split_once(' ')) {
            legend.insert(code, Arc::from(text.trim_end()));
        }
        body = after;
    }
    // With `\r\n` at line ends the reader's positions are a line short.
    let body = body.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().from_reader(body.as_bytes());
    let header = reader.headers().map_err(|error| row_error(preamble + 1, error.to_string()))?.clone();
    let column = |wanted: &str| header.iter().position(|name| name == wanted);
    let needed = |wanted: &str| {
        column(wanted).ok_or_else(|| {
            row_error(
                preamble + 1,
                format!("the header has no column `{wanted}`; it needs {}", COLUMNS[..5].join(", ")),
            )
        })
    };
    let (method, path, matching) = (needed("method")?, needed("path")?, needed("permissions_match")?);
    let (permissions, scopes) = (needed("permissions")?, needed("scopes")?);
    let (context, source) = (column("user_context"), column("source"));
    let (scope_source, deprecated) = (column("scope_source"), column("deprecated"));
    let nothing_published = column("nothing_published");
    let mut operations = Vec::new();
    let mut lines: HashMap<Endpoint, u64> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            row_error(preamble + line, error.to_string())
        })?;
        let line = preamble + record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or("").trim();
        let optional = |at: Option<usize>| at.map_or("", cell);
        let method = cell(method).parse().map_err(|()| {
            row_error(line, format!("`{}` is not a method (GET, POST, PUT, PATCH, DELETE, HEAD)", cell(method)))
        })?;
        if !cell(path).starts_with('/') {
            return Err(row_error(line, format!("`{}` is not a path; it must begin with `/`", cell(path))));
        }
        let endpoint = Endpoint::new(method, cell(path));
        let permissions: Vec<Permission> = list(cell(permissions)).map(Permission::new).collect();
        let permissions_match = match (cell(matching), permissions.is_empty()) {
            ("ANY", false) => Match::Any,
            ("ALL", false) => Match::All,
            ("NONE", true) => Match::None,
            ("UNKNOWN", true) => Match::Unknown,
            ("ANY" | "ALL", true) => {
                return Err(row_error(line, format!("`{}` needs at least one permission", cell(matching))));
            }
            ("NONE" | "UNKNOWN", false) => {
                return Err(row_error(line, format!("`{}` cannot go with permissions", cell(matching))));
            }
            (word, _) => {
                return Err(row_error(line, format!("`{word}` is not one of ANY, ALL, NONE, UNKNOWN")));
            }
        };
        let scopes_known = match optional(scope_source) {
            "" | "published" => Provenance::Published,
            "derived" => Provenance::Derived,
            "unknown" => Provenance::Unknown,
            word => return Err(row_error(line, format!("`{word}` is not one of published, derived, unknown"))),
        };
        let user_context = match optional(context) {
            "yes" => UserContext::Yes,
            "no" => UserContext::No,
            "" | "unknown" => UserContext::Unknown,
            word => return Err(row_error(line, format!("`{word}` is not one of yes, no, unknown"))),
        };
        let source = optional(source);
        let source = legend.get(source).cloned().unwrap_or_else(|| Arc::from(source));
        let unproven = match (optional(nothing_published), permissions_match) {
            ("yes", Match::None) => true,
            ("yes", _) => return Err(row_error(line, "`nothing_published` goes with `NONE` alone".to_owned())),
            ("no", _) => false,
            ("", _) => {
                // Remarks follow each other by `; `, the first of them after other words of the source.
                unproven(&endpoint, permissions_match, takes_token(source.split(['|', ';']).map(str::trim)))
            }
            (word, _) => return Err(row_error(line, format!("`{word}` is not one of yes, no"))),
        };
        if let Some(first) = lines.insert(endpoint.clone(), line) {
            return Err(row_error(line, format!("`{endpoint}` stands already on line {first}")));
        }
        operations.push(Operation {
            endpoint,
            requirement: Requirement {
                permissions_match,
                permissions,
                scopes: list(cell(scopes)).map(Scope::new).collect(),
                scopes_known,
                user_context,
                unproven,
            },
            deprecated: match optional(deprecated) {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            source,
            overridden: None,
        });
    }
    if operations.is_empty() {
        return Err(MatrixError::Document { name: name.to_owned(), problem: "it holds no operation".to_owned() });
    }
    let date = date.or_else(|| date_of_sources(&operations));
    Ok(Matrix::new(name, date, operations).0)
}

/// The date that the source of most rows names, for a table without a `#date` line.
fn date_of_sources(operations: &[Operation]) -> Option<Date> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in operations {
        *counts.entry(&operation.source).or_insert(0) += 1;
    }
    let (source, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    source
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .find_map(|word| (word.len() == 10).then(|| word.parse::<Date>().ok()).flatten())
}

fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|item| !item.is_empty())
}

/// Writes a matrix as a table with the columns of `endpoints.csv`, its date in front where it has one.
pub fn write(matrix: &Matrix) -> String {
    matrix.date.map(|date| format!("#date {date}\n")).unwrap_or_default() + &write_table(matrix)
}

/// Writes the table alone, its header first, for programs that know nothing of `#` lines. The date is then only in the
/// `source` cells.
pub fn write_table(matrix: &Matrix) -> String {
    let mut out = Vec::new();
    let mut writer = csv::WriterBuilder::new().from_writer(&mut out);
    // Writing into memory cannot fail; an error here would mean a row of the wrong width, which `cells` rules out.
    let _ = writer.write_record(COLUMNS);
    for operation in matrix.operations() {
        let _ = writer.write_record(cells(operation));
    }
    drop(writer);
    String::from_utf8(out).unwrap_or_default()
}

/// Writes what a matrix requires and nothing else: without date and sources, lists in one order and
/// without what stands twice in them. Matrices that ask for
/// the same give the same text.
pub fn write_facts(matrix: &Matrix) -> String {
    let mut matrix = matrix.clone();
    matrix.for_each_operation(|operation| {
        operation.source = Arc::from("");
        operation.requirement.permissions.sort();
        operation.requirement.permissions.dedup();
        operation.requirement.scopes.sort();
        operation.requirement.scopes.dedup();
    });
    write_table(&matrix)
}

/// The cells of one operation, in the order of [`COLUMNS`].
pub fn cells(operation: &Operation) -> [String; 10] {
    let requirement = &operation.requirement;
    let join = |items: &mut dyn Iterator<Item = &str>| items.collect::<Vec<_>>().join(";");
    [
        operation.endpoint.method.to_string(),
        operation.endpoint.path.to_string(),
        requirement.permissions_match.as_str().to_owned(),
        join(&mut requirement.permissions.iter().map(Permission::as_str)),
        join(&mut requirement.scopes.iter().map(Scope::as_str)),
        requirement.user_context.as_str().to_owned(),
        operation.source.to_string(),
        requirement.scopes_known.as_str().to_owned(),
        match operation.deprecated {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        }
        .to_owned(),
        if requirement.unproven { "yes" } else { "no" }.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "method,path,permissions_match,permissions,scopes\n";

    #[test]
    fn what_is_written_reads_back_the_same() {
        let matrix = crate::bundled::matrix();
        let again = read("again", &write(matrix)).unwrap();
        assert_eq!(again.operations(), matrix.operations());
        assert_eq!(again.date, matrix.date);
    }

    #[test]
    fn wrong_rows_are_named_with_their_line() {
        for (row, problem) in [
            ("FETCH,/a,NONE,,", "`FETCH` is not a method"),
            ("GET,a,NONE,,", "must begin with `/`"),
            ("GET,/a,ANY,,", "needs at least one permission"),
            ("GET,/a,NONE,a:b:c,", "cannot go with permissions"),
            ("GET,/a,SOME,a:b:c,", "not one of ANY"),
            ("GET,/a,NONE,,\nGET,/api/v2/a,NONE,,", "stands already on line 2"),
            ("GET,/a", "found record with 2 fields"),
        ] {
            let message = read("m.csv", &format!("{HEADER}{row}\n")).unwrap_err().to_string();
            assert!(message.contains("m.csv") && message.contains(problem), "{row}: {message}");
        }
    }

    #[test]
    fn line_ends_of_windows_do_not_move_the_line() {
        let text = format!("{HEADER}GET,/a,NONE,,\nFETCH,/b,NONE,,\n");
        for text in [text.replace('\n', "\r\n"), text] {
            let message = read("m.csv", &text).unwrap_err().to_string();
            assert!(message.contains("line 3"), "{message}");
        }
    }

    #[test]
    fn table_without_a_date_line_is_dated_by_its_sources() {
        let of = |sources: [&str; 3]| {
            let rows: String =
                ["/a", "/b", "/c"].iter().zip(sources).map(|(path, s)| format!("GET,{path},NONE,,,{s}\n")).collect();
            let header = "method,path,permissions_match,permissions,scopes,source\n";
            read("m", &format!("{header}{rows}")).unwrap().date
        };
        let newest = "swagger 2026-07-19";
        assert_eq!(of([newest, newest, "swagger 2020-01-01"]), Some(jiff::civil::date(2026, 7, 19)));
        assert_eq!(of(["", "", newest]), None);
        assert_eq!(of(["x", "x", "x"]), None);
    }

    #[test]
    fn header_without_a_needed_column_and_empty_table_are_refused() {
        assert!(read("m", "method,path\n").unwrap_err().to_string().contains("no column `permissions_match`"));
        assert!(read("m", HEADER).unwrap_err().to_string().contains("holds no operation"));
    }
}
