//! Reading needs files: CSV with the columns `principal,method,path,division,note,org`, by name, and where wanted
//! `permission`, `scope` and `headless`.
//!
//! Blank lines and lines that begin with `#` are skipped. All errors are reported at once.

use std::fmt;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::Need;
use super::claims::{self, Claims};
use crate::names::Asked;
use crate::{Endpoint, Method, bundled};
use rolecall_base::label;
use rolecall_base::nearest::{did_you_mean, nearest};

const COLUMNS: [&str; 9] =
    ["principal", "method", "path", "division", "note", "org", "permission", "scope", "headless"];
/// Other ways to write a column.
const ALSO: [(&str, &str); 2] = [("permissions", "permission"), ("scopes", "scope")];
const NEEDED: [&str; 3] = ["principal", "method", "path"];

/// One thing that is wrong with a needs file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` when it is about the whole file.
    pub line: Option<u64>,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file.display(), self.text),
            None => write!(f, "{}: {}", self.file.display(), self.text),
        }
    }
}

/// Everything that is wrong with the needs files, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for NeedsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(f, "the needs cannot be read: {count} problem{}", if count == 1 { "" } else { "s" })?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for NeedsError {}

/// Reads all needs files.
///
/// # Errors
/// With everything that is wrong in any of them.
pub fn open(files: &[PathBuf]) -> Result<Vec<Need>, NeedsError> {
    let mut needs = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        let whole = |text: String| Problem { file: file.clone(), line: None, text };
        let read = match std::fs::read(file) {
            Ok(bytes) => read(file, &bytes),
            Err(error) => Err(NeedsError { problems: vec![whole(format!("cannot be read: {error}"))] }),
        };
        match read {
            Ok(found) => needs.extend(found),
            Err(error) => problems.extend(error.problems),
        }
    }
    if problems.is_empty() { Ok(needs) } else { Err(NeedsError { problems }) }
}

/// Reads one needs file from memory; `file` is used in messages and kept with each need.
///
/// # Errors
/// With everything that is wrong in it.
pub fn read(file: &Path, bytes: &[u8]) -> Result<Vec<Need>, NeedsError> {
    let mut problems = Vec::new();
    let mut needs = Vec::new();
    let mut problem = |line: Option<u64>, text: String| problems.push(Problem { file: file.to_owned(), line, text });
    match text(bytes) {
        Err(why) => problem(None, why),
        Ok(text) => rows(file, text, &mut needs, &mut problem),
    }
    if problems.is_empty() { Ok(needs) } else { Err(NeedsError { problems }) }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is in UTF-16; save it as UTF-8".to_owned());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("is a spreadsheet or an archive; save it as CSV".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        format!("is not UTF-8 on line {line}; save it as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn rows(file: &Path, text: &str, needs: &mut Vec<Need>, problem: &mut dyn FnMut(Option<u64>, String)) {
    let mut lines = Lines { text, byte: 0, line: 1 };
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut columns: Option<Columns> = None;
    for record in reader.records() {
        // The text is UTF-8 and rows may be of any width, so that nothing is left that could be wrong here.
        let record = match record {
            Ok(record) => record,
            Err(error) => return problem(None, error.to_string()),
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = lines.line_of(record.position().map_or(0, csv::Position::byte));
        let mut at_line = |text: String| problem(Some(line), text);
        // An open quote takes all rows after it into one cell; they would be lost without a word.
        if let Some(cell) = record.iter().find(|cell| cell.contains(['\n', '\r'])) {
            let start: String = cell.chars().take_while(|c| !matches!(c, '\n' | '\r')).take(40).collect();
            at_line(format!("the cell `{start}` runs over several lines; a quote is not closed"));
            continue;
        }
        match &columns {
            None => match Columns::new(&record) {
                Ok(found) => columns = Some(found),
                Err(wrong) => return wrong.into_iter().for_each(at_line),
            },
            Some(columns) => match columns.need(file, line, &record) {
                Ok(need) => needs.push(need),
                Err(wrong) => wrong.into_iter().for_each(at_line),
            },
        }
    }
    if columns.is_none() {
        problem(None, format!("is empty; its first line names the columns: {}", COLUMNS.join(",")));
    }
}

/// Finds the line on which a record begins: the reader's own count is of what stands before the record, line ends,
/// comments and blank lines included.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that was read from `byte` on. Asked for in the order of the file.
    fn line_of(&mut self, byte: u64) -> u64 {
        let from = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let mut rest = self.text.get(from..).unwrap_or("");
        loop {
            match rest.chars().next() {
                Some('#') => rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or(""),
                Some(sign @ ('\n' | '\r')) => rest = rest.strip_prefix(sign).unwrap_or(""),
                _ => break,
            }
        }
        let begins = self.text.len() - rest.len();
        let ends = self.text.get(self.byte..begins).unwrap_or("").matches('\n').count();
        self.line += u64::try_from(ends).unwrap_or(0);
        self.byte = begins.max(self.byte);
        self.line
    }
}

/// Where each known column stands.
struct Columns {
    at: [Option<usize>; 9],
    width: usize,
}

impl Columns {
    fn new(header: &StringRecord) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let mut at = [None; 9];
        for (position, cell) in header.iter().enumerate() {
            let name = cell.trim().to_lowercase();
            let name = ALSO.into_iter().find(|(other, _)| *other == name).map_or(name, |(_, known)| known.to_owned());
            match COLUMNS.iter().position(|known| *known == name).and_then(|found| at.get_mut(found)) {
                Some(Some(_)) => wrong.push(format!("the column `{name}` stands twice")),
                Some(place) => *place = Some(position),
                // A column of one's own is passed over, a slip is not: an unread `divison` would widen every need.
                None if !nearest(&name, COLUMNS, 1).is_empty() => {
                    wrong.push(format!("`{name}` is not a column of a needs file{}", did_you_mean(&name, COLUMNS)));
                }
                None => {}
            }
        }
        let missing: Vec<&str> = NEEDED
            .into_iter()
            .filter(|needed| COLUMNS.iter().zip(&at).any(|(name, place)| name == needed && place.is_none()))
            .collect();
        if !missing.is_empty() {
            let separated =
                header.iter().find_map(|cell| [';', '\t', '|'].into_iter().find(|sign| cell.contains(*sign)));
            wrong.push(match separated {
                Some(sign) => format!("cells are separated by `{}` here; use commas", sign.escape_default()),
                None => format!(
                    "the first line has no column `{}`; it names the columns: {}",
                    missing.join("`, `"),
                    COLUMNS.join(",")
                ),
            });
        }
        if wrong.is_empty() { Ok(Self { at, width: header.len() }) } else { Err(wrong) }
    }

    fn need(&self, file: &Path, line: u64, record: &StringRecord) -> Result<Need, Vec<String>> {
        let cell = |wanted: &str| {
            let column = COLUMNS.iter().zip(&self.at).find(|(name, _)| **name == wanted).and_then(|(_, at)| *at);
            column.and_then(|at| record.get(at)).unwrap_or("").trim()
        };
        let optional = |wanted: &str| Some(cell(wanted)).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut wrong = Vec::new();
        if record.iter().skip(self.width).any(|extra| !extra.trim().is_empty()) {
            let count = record.len();
            wrong.push(format!("has {count} cells for {} columns; put quotes around a cell with a comma", self.width));
        }
        let principal = cell("principal").to_owned();
        if principal.is_empty() {
            wrong.push("names no principal".to_owned());
        }
        let path = cell("path");
        // A cell that holds a whole call (`GET /x`, a curl command, an SDK name) says the method too.
        let whole = whole_call(path);
        let method = match (cell("method"), &whole) {
            ("", Some(Ok(call))) => Ok(call.method),
            ("", _) => Err("names no method".to_owned()),
            (word, _) => word.parse::<Method>().map_err(|()| {
                let known = Method::ALL.map(Method::as_str);
                let meant = did_you_mean(&word.to_uppercase(), known);
                format!("`{word}` is not a method ({}){meant}", known.join(", "))
            }),
        };
        match &whole {
            _ if path.is_empty() => wrong.push("names no path".to_owned()),
            Some(Err(why)) => wrong.push(format!("the path is not read: {why}")),
            Some(Ok(call)) if method.as_ref().is_ok_and(|method| *method != call.method) => {
                wrong.push(format!("the column `path` holds `{call}`, and the column `method` says otherwise"));
            }
            _ => {}
        }
        let headless = claims::yes_or_no(cell("headless")).unwrap_or_else(|| {
            wrong.push(format!("headless is `{}`; write `yes` or `no`, or leave it empty", cell("headless")));
            None
        });
        match method {
            Ok(method) if wrong.is_empty() => Ok(Need {
                principal,
                endpoint: whole.and_then(Result::ok).unwrap_or_else(|| Endpoint::new(method, path)),
                division: optional("division"),
                note: cell("note").to_owned(),
                org: optional("org"),
                claims: Claims {
                    permissions: label::permission_list(cell("permission")),
                    scopes: claims::scopes(cell("scope")),
                    headless,
                },
                file: file.to_owned(),
                line,
            }),
            Ok(_) => Err(wrong),
            Err(why) => {
                wrong.push(why);
                Err(wrong)
            }
        }
    }
}

/// The call that a path cell holds where it is more than a path; a name that only a matrix knows is looked up in the
/// built-in one.
fn whole_call(cell: &str) -> Option<Result<Endpoint, String>> {
    let is_path = !cell.contains(char::is_whitespace) && (cell.contains('/') || cell.contains(':'));
    if cell.is_empty() || is_path {
        return None;
    }
    match Asked::read(cell) {
        Ok(asked) => Some(asked.call(bundled::matrix())),
        // One word may be a path of one part.
        Err(_) if !cell.contains(char::is_whitespace) => None,
        Err(why) => Some(Err(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(text: &str) -> Vec<Need> {
        read(Path::new("needs.csv"), text.as_bytes()).unwrap()
    }

    fn wrong(text: &[u8]) -> String {
        read(Path::new("needs.csv"), text).unwrap_err().to_string()
    }

    #[test]
    fn rows_are_read_by_column_name_with_their_lines() {
        let read = needs(
            "\u{feff}# who needs what\n\nPath, principal ,method,note,owner,division,org\r\n\
             /routing/queues?x=1,Queue Dashboard,get,\"a, b\",me,,\r\n\n  \n# later\n\
             /api/v2/users,svc-reporting,POST,,,Sales,dev\n,,,\n",
        );
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].endpoint.to_string(), "GET /api/v2/routing/queues");
        assert_eq!((read[0].principal.as_str(), read[0].note.as_str()), ("Queue Dashboard", "a, b"));
        assert_eq!((&read[0].division, &read[0].org, read[0].line), (&None, &None, 4));
        assert_eq!((read[1].division.as_deref(), read[1].org.as_deref()), (Some("Sales"), Some("dev")));
        assert_eq!(read[1].line, 8);
    }

    #[test]
    fn optional_columns_hold_what_people_say() {
        let read = needs(
            "principal,method,path,permissions,scope,headless\nx,GET,/a,a:b:view;c:d:view,a:readonly b,yes\ny,GET,/a,,,\n",
        );
        assert_eq!(read[0].claims.permissions, ["a:b:view", "c:d:view"]);
        assert_eq!(read[0].claims.scopes, ["a:readonly", "b"]);
        assert!(read[0].is_headless() && !read[1].is_headless());
        assert_eq!(read[1].claims, Claims::default());
        assert!(wrong(b"principal,method,path,headless\nx,GET,/a,perhaps\n").contains("write `yes` or `no`"));
    }

    #[test]
    fn labels_of_permissions_are_not_split_at_blanks() {
        let read = needs(
            "principal,method,path,permission,scope\nx,GET,/a,Routing > Queue > View,Analytics:Readonly\n\
             y,GET,/a,\"Routing > Queue > Add, Delete; Analytics > Conversation Detail > View\",\n",
        );
        assert_eq!(read[0].claims.permissions, ["routing:queue:view"]);
        assert_eq!(read[0].claims.scopes, ["analytics:readonly"]);
        assert_eq!(
            read[1].claims.permissions,
            ["routing:queue:add", "routing:queue:delete", "analytics:conversationDetail:view"]
        );
    }

    #[test]
    fn path_cell_may_hold_a_whole_call() {
        let read = needs(
            "principal,method,path\nx,GET,GET /routing/queues\nx,,GET /routing/queues HTTP/1.1\nx,get:,getRoutingQueues\n\
             x,,curl -s https://api.mypurecloud.ie/api/v2/routing/queues\nx,GET,/routing/queues/:id\n",
        );
        let paths: Vec<String> = read.iter().map(|need| need.endpoint.to_string()).collect();
        assert_eq!(paths[..4], ["GET /api/v2/routing/queues"; 4]);
        assert_eq!(paths[4], "GET /api/v2/routing/queues/{id}");
    }

    #[test]
    fn note_says_headless_where_the_column_does_not() {
        let read = needs("principal,method,path,note,headless\nx,GET,/a,headless job,\ny,GET,/a,headless job,no\n");
        assert!(read[0].is_headless() && !read[1].is_headless());
    }

    #[test]
    fn all_errors_are_reported_at_once_with_their_lines() {
        let message = wrong(
            b"principal,method,path,division\n,GET,/a,\nx,GTE,/a,\nx,,/a,\nx,GET,,\nx,GET,POST /a,\nx,GET,/a,d,e\nx,GET,/a\n",
        );
        for part in [
            "6 problems",
            "needs.csv:2: names no principal",
            "needs.csv:3: `GTE` is not a method",
            "did you mean `GET`?",
            "needs.csv:4: names no method",
            "needs.csv:5: names no path",
            "needs.csv:6: the column `path` holds `POST /api/v2/a`",
            "needs.csv:7: has 5 cells for 4 columns",
        ] {
            assert!(message.contains(part), "{part}\n{message}");
        }
    }

    #[test]
    fn wrong_headers_say_what_is_right() {
        for (text, said) in [
            (&b"principal,path\nx,/a\n"[..], "has no column `method`"),
            (b"principal;method;path\n", "separated by `;` here"),
            (b"principal,method,path,divison\n", "did you mean `division`?"),
            (b"principal,method,path,path\n", "stands twice"),
            (b"", "is empty"),
            (b"# nothing\n", "is empty"),
            (b"\xff\xfep\0", "UTF-16"),
            (b"principal,method,path\nx,GET,/\xe9\n", "not UTF-8 on line 2"),
            (b"PK\x03\x04", "spreadsheet"),
        ] {
            assert!(wrong(text).contains(said), "{said}: {}", wrong(text));
        }
    }

    #[test]
    fn open_quote_does_not_swallow_the_rows_after_it() {
        let message = wrong(b"principal,method,path,note\nx,GET,/a,\"open\ny,GET,/b,\nz,GET,/c,\n");
        assert!(message.contains("needs.csv:2: the cell `open` runs over several lines"), "{message}");
    }

    #[test]
    fn problems_of_all_files_come_together() {
        let files = [PathBuf::from("/nowhere/a.csv"), PathBuf::from("/nowhere/b.csv")];
        let error = open(&files).unwrap_err();
        assert_eq!(error.problems.len(), 2);
        assert!(error.to_string().contains("/nowhere/b.csv: cannot be read"));
        assert_eq!(open(&[]), Ok(Vec::new()));
    }
}
