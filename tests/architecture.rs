//! Does the code keep its shape? Nothing in Rust objects to modules that import each other, to files that grow for
//! ever, or to a place for everything that has no place; this test does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom. A module that is not here may not exist; `*` is everything. An entry with a path, such as
/// `collect::settings`, opens that part alone.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("store", &["model"]),
    ("matrix", &["model", "store"]),
    ("needs", &["model", "matrix"]),
    ("cx_as_code", &["model"]),
    ("collect", &["model", "store"]),
    ("cross", &["model", "matrix", "needs"]),
    ("drift", &["model", "matrix", "needs", "cross"]),
    ("radar", &["model", "matrix", "needs", "cross"]),
    ("escalation", &["model", "matrix", "cross"]),
    ("findings", &["model", "matrix", "needs", "collect::needs", "cross", "drift", "radar", "escalation"]),
    ("explain", &["model", "matrix", "needs", "cross", "findings::danger", "findings::severity"]),
    ("advise", &["model", "matrix", "needs", "cross", "drift::paste", "findings"]),
    ("diagnose", &["model", "matrix", "cross"]),
    ("probe", &["model", "matrix", "cross", "diagnose", "collect::probe"]),
    ("waivers", &["model", "findings"]),
    ("history", &["model", "store", "matrix::kept", "findings"]),
    (
        "report",
        &["model", "store::place", "matrix", "needs", "cross", "drift", "radar", "escalation", "findings", "waivers"],
    ),
    ("notify", &["model", "store::place", "collect::retry", "findings", "report"]),
    (
        "config",
        &[
            "model",
            "collect::settings",
            "findings::parameters",
            "findings::severity",
            "findings::separation",
            "history::settings",
            "matrix",
            "waivers",
            "notify::settings",
            "notify::is_loopback",
        ],
    ),
    ("simulate", &["model", "matrix"]),
    ("run", &["*"]),
    ("cli", &["*"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// A file of more lines of code (no blanks, no comments, no tests) is two files.
const MOST_LINES: usize = 450;

/// Files that are longer, with the length they may have. An entry only ever shrinks, and goes with its reason.
const LONGER_FILES: &[(&str, usize)] = &[];

/// Names that say nothing about what lives there.
const GRAB_BAGS: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "shared", "stuff"];

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        if is_test_file(&path) {
            continue;
        }
        faults.extend(import_faults(&path, &text));
    }
    assert_none(&faults);
}

#[test]
fn files_stay_short() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let lines = code_lines(&text);
        let allowed = LONGER_FILES.iter().find(|(file, _)| Path::new(file) == path).map(|(_, allowed)| *allowed);
        match allowed {
            _ if is_test_file(&path) => {}
            None if lines > MOST_LINES => {
                faults.push(format!("{}: {lines} lines of code, more than {MOST_LINES}: split it", path.display()));
            }
            Some(allowed) if lines > allowed => {
                faults.push(format!("{}: {lines} lines of code, more than its {allowed}: split it", path.display()));
            }
            Some(allowed) if lines <= MOST_LINES || lines + 20 < allowed => {
                faults.push(format!("{}: {lines} lines of code now: shrink its entry of {allowed}", path.display()));
            }
            _ => {}
        }
    }
    for (file, _) in LONGER_FILES {
        if !root().join(file).is_file() {
            faults.push(format!("{file} is gone: remove its entry"));
        }
    }
    assert_none(&faults);
}

/// Where something can be sent from. The collector's part can only read; the notifier's is the only other one.
const MAY_SEND: &[(&str, &[&str])] = &[
    ("reqwest::Client", &["src/collect/wire.rs", "src/notify/webhook.rs"]),
    ("reqwest::{", &["src/collect/wire.rs", "src/notify/webhook.rs"]),
    (".post(", &["src/collect/wire.rs", "src/notify/webhook.rs"]),
    ("lettre::", &["src/notify/mail.rs", "src/notify/settings.rs"]),
    ("AsyncTransport", &["src/notify/mail.rs"]),
    ("TcpStream", &[]),
    ("UdpSocket", &[]),
];

/// Methods that neither of the two has a use for.
const NEVER_SENT: &[&str] = &[".put(", ".patch(", ".delete(", ".execute("];

#[test]
fn only_the_collector_and_the_notifier_can_send() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        // Its routers take what others send.
        if !is_test_file(&path) && !path.starts_with("src/simulate") {
            faults.extend(sending_faults(&path, &text));
        }
    }
    assert_none(&faults);
}

#[test]
fn names_say_what_lives_there() {
    let mut faults = Vec::new();
    for (path, _) in sources() {
        let names = path.with_extension("");
        for name in names.iter().filter_map(|name| name.to_str()) {
            if GRAB_BAGS.contains(&name) {
                faults.push(format!("{}: `{name}` says nothing about what lives there", path.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn files_open_with_the_question_they_answer() {
    let faults: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| {
            text.lines()
                .next()
                .is_none_or(|line| line.trim_start_matches("//!").trim().is_empty() || !line.starts_with("//! "))
        })
        .map(|(path, _)| format!("{}: the first line is not a `//!` sentence", path.display()))
        .collect();
    assert_none(&faults);
}

#[test]
fn code_is_finished() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let code = code_only(&text);
        for mark in ["todo!(", "unimplemented!("] {
            if code.contains(mark) {
                faults.push(format!("{}: `{mark}`", path.display()));
            }
        }
    }
    for (path, text) in texts() {
        faults.extend(mark_faults(&path, &text));
    }
    assert_none(&faults);
}

#[test]
fn project_stands_alone() {
    let mut faults = Vec::new();
    for (path, text) in texts() {
        faults.extend(outside_faults(&path, &text));
    }
    assert_none(&faults);
}

#[test]
fn table_names_every_module_once_and_has_no_circle() {
    let names: BTreeSet<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), MAY_IMPORT.len());
    for (index, (name, allowed)) in MAY_IMPORT.iter().enumerate() {
        for import in allowed.iter().filter(|import| **import != "*") {
            let module = import.split("::").next().unwrap();
            let at = MAY_IMPORT.iter().position(|(other, _)| *other == module);
            let above = at.is_some_and(|at| at < index);
            assert!(above, "`{name}` may import `{module}`, which does not stand above it in the table");
        }
    }
}

// What the rules see: each is tried on a text that breaks it.

#[test]
fn forbidden_imports_are_seen_in_every_writing() {
    let faults_of = |path: &str, text: &str| import_faults(Path::new(path), text).len();
    for text in [
        "use crate::report::view::View;",
        "use crate::{model::id::UserId, report::view};",
        "use crate::{\n    model,\n    cross::{self, verdict},\n};",
        "fn f() -> crate::report::X {}",
        "use super::super::report;",
        "pub use crate::config;",
        "use crate::*;",
    ] {
        assert_ne!(faults_of("src/matrix/csv.rs", text), 0, "{text}");
    }
    for text in [
        "use crate::model::id::UserId;",
        "use crate::{model::id::UserId, store::place};",
        "use crate::matrix::endpoint::Endpoint;",
        "use super::endpoint::Endpoint;",
        "//! See [`crate::report`].\n/* crate::report */ // crate::report",
        "const A: &str = \"crate::report\"; const B: &str = r#\"\"crate::report\"#; const C: char = '\"';",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::report;\n}\n",
        "fn f() {}\n#[cfg(test)]\n#[expect(unused)]\nmod tests {\n    use crate::report;\n}\n",
        "pub(crate) fn f<'a>(x: &'a str) -> &'a str { x }",
    ] {
        assert_eq!(faults_of("src/matrix/csv.rs", text), 0, "{text}");
    }
    assert_eq!(faults_of("src/matrix/mod.rs", "use super::report;"), 1);
    assert_eq!(faults_of("src/run.rs", "use crate::report; use crate::config::job::Job;"), 0);
    assert_eq!(faults_of("src/config/job.rs", "use crate::collect::settings::CollectSettings;"), 0);
    assert_eq!(faults_of("src/config/job.rs", "use crate::collect::{settings::X, rest::Y};"), 1);
    assert_eq!(faults_of("src/config/job.rs", "use crate::collect;"), 1);
    assert_eq!(faults_of("src/main.rs", "fn main() { rolecall::run::run() }"), 1);
    assert_eq!(faults_of("src/main.rs", "fn main() { rolecall::cli::main() }"), 0);
    assert_eq!(faults_of("src/elsewhere/x.rs", ""), 1);
}

#[test]
fn sending_is_seen_outside_of_its_places() {
    let faults_of = |path: &str, text: &str| sending_faults(Path::new(path), text).len();
    for text in
        ["fn f() { client.post(url); }", "use reqwest::{Client, Url};", "use lettre::Message;", "TcpStream::connect(a)"]
    {
        assert_eq!(faults_of("src/run.rs", text), 1, "{text}");
    }
    assert_eq!(faults_of("src/notify/webhook.rs", "fn f() { client.post(url); }"), 0);
    assert_eq!(faults_of("src/notify/webhook.rs", "use reqwest::Url; fn f() { client.put(url); }"), 1);
    for text in ["use reqwest::Url;", "// client.post(url)", "const A: &str = \".post(\";"] {
        assert_eq!(faults_of("src/run.rs", text), 0, "{text}");
    }
}

#[test]
fn only_lines_of_code_are_counted() {
    let text = "//! Why.\n\nuse a;\n/* one\n two */\nfn f() {} // three\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n";
    assert_eq!(code_lines(text), 2);
    assert_eq!(code_lines("#[cfg(test)]\nmod tests;\nfn f() {}\n"), 3);
    assert_eq!(code_lines("#[cfg(test)]\nfn only_in_tests() {}\nfn f() {}\n"), 3);
}

#[test]
fn marks_without_owner_and_paths_outside_are_seen() {
    let path = Path::new("src/x.rs");
    let mark = ["TO", "DO"].concat();
    assert_eq!(mark_faults(path, &format!("// {mark}: later\n// {mark}(anna): when 1.0 is out\n")).len(), 1);
    let outside = ["/wo", "rk"].concat();
    for text in [format!("see {outside}/x"), format!("\"{outside}\""), ["../sha", "red/facts"].concat()] {
        assert_eq!(outside_faults(path, &text).len(), 1, "{text}");
    }
    for text in ["/api/v2/workforcemanagement/x", "GET /api/v2/{id}/work/x", "/workers"] {
        assert!(outside_faults(path, text).is_empty(), "{text}");
    }
}

// How it looks.

fn import_faults(path: &Path, text: &str) -> Vec<String> {
    let module = module_of(path);
    let Some(own) = module.first() else { return Vec::new() };
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| name == own) else {
        return vec![format!("{}: `{own}` is not in the table of who may import whom", path.display())];
    };
    let code = code_only(without_test_tail(text));
    let mut faults = Vec::new();
    for import in imports(&code) {
        let Some(target) = import.first() else { continue };
        let fits = |entry: &str| {
            entry == "*" || import.iter().map(String::as_str).take(entry.split("::").count()).eq(entry.split("::"))
        };
        if target != own && !allowed.iter().any(|entry| fits(entry)) {
            faults.push(format!("{}: `{own}` may not import `{}`", path.display(), import.join("::")));
        }
    }
    // `super` from the top of a module is another way to write `crate`.
    for (at, _) in code.match_indices("super::") {
        let before = &code[..at];
        if before.ends_with("super::") || before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let climbs = code[at..].split("::").take_while(|part| *part == "super").count();
        if climbs >= module.len() {
            faults.push(format!("{}: `super::` climbs out of `{own}`: write `crate::`", path.display()));
        }
    }
    faults
}

fn sending_faults(path: &Path, text: &str) -> Vec<String> {
    let code = code_only(without_test_tail(text));
    let wrong = MAY_SEND
        .iter()
        .filter(|(mark, places)| code.contains(mark) && !places.iter().any(|place| path == Path::new(place)));
    let mut faults: Vec<String> =
        wrong.map(|(mark, _)| format!("{}: `{mark}` can send, which is done elsewhere", path.display())).collect();
    if code.contains("reqwest::") {
        let never = NEVER_SENT.iter().filter(|mark| code.contains(**mark));
        faults.extend(never.map(|mark| format!("{}: `{mark}` is never sent", path.display())));
    }
    faults
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are `[a, b]`.
fn module_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        path.with_extension("").iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Every path that begins at the crate, groups taken apart.
fn imports(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "rolecall::"] {
        for (at, _) in code.match_indices(root) {
            if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                path_from(&code[at + root.len()..], &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads one path or group behind a `::`; gives what follows it.
fn path_from<'a>(code: &'a str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let length = rest.len();
            rest = path_from(rest, &mut before.clone(), found);
            if rest.len() == length {
                return rest;
            }
        }
    }
    let end = code.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(code.len());
    let (name, mut rest) = code.split_at(end);
    if name != "self" && !name.is_empty() {
        before.push(name.to_owned());
    }
    if let Some(alias) = rest.strip_prefix(" as ") {
        rest = alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    }
    match rest.strip_prefix("::") {
        Some(further) if !name.is_empty() => path_from(further, before, found),
        _ => {
            found.push(before.clone());
            rest
        }
    }
}

fn without_test_tail(text: &str) -> &str {
    let opens_tests = |rest: &str| {
        let first = rest.lines().find(|line| !line.starts_with("#["));
        first.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    text.match_indices("\n#[cfg(test)]\n")
        .find(|(at, _)| opens_tests(&text[at + 1..]))
        .map_or(text, |(at, _)| &text[..=at])
}

fn code_lines(text: &str) -> usize {
    code_only(without_test_tail(text)).lines().filter(|line| !line.trim().is_empty()).count()
}

/// The text without comments and without what stands in quotes; lines stay lines.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = raw_string(rest, &code) {
            length
        } else if first == '"' {
            quoted(rest, '"')
        } else if let Some(length) = character(rest) {
            length
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (gone, after) = rest.split_at(skipped);
        if !gone.starts_with('/') {
            code.push('"');
        }
        code.extend(gone.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn raw_string(text: &str, before: &str) -> Option<usize> {
    if before.ends_with(|c: char| c.is_alphanumeric() && c != 'b' || c == '_') {
        return None;
    }
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character in quotes, which a lifetime is not.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    let first = body.chars().next()?;
    (first == '\\' || body[first.len_utf8()..].starts_with('\'')).then(|| quoted(text, '\''))
}

fn mark_faults(path: &Path, text: &str) -> Vec<String> {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for mark in &marks {
            for (at, _) in line.match_indices(mark.as_str()) {
                let owner = line[at + mark.len()..].strip_prefix('(').and_then(|rest| rest.split_once(')'));
                if owner.is_none_or(|(owner, _)| owner.trim().is_empty()) {
                    faults.push(format!("{}:{}: `{mark}` without an owner", path.display(), number + 1));
                }
            }
        }
    }
    faults
}

fn outside_faults(path: &Path, text: &str) -> Vec<String> {
    let (folder, shared) = (["/wo", "rk"].concat(), ["../sha", "red"].concat());
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let in_folder = line.match_indices(folder.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + folder.len()..].chars().next();
            before.is_none_or(|c| !c.is_alphanumeric() && !"}.:~_-".contains(c))
                && after.is_none_or(|c| !c.is_alphanumeric() && !"_-{".contains(c))
        });
        if in_folder || line.contains(&shared) {
            faults.push(format!("{}:{}: names a place outside the project", path.display(), number + 1));
        }
    }
    faults
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    name == "tests" || name.ends_with("_tests") || path.iter().any(|part| part == "tests")
}

/// Every Rust file below `src`, by its path in the project.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    read_into(&root().join("src"), &["rs"], &mut files);
    assert!(files.len() > 20, "the sources are not where they should be");
    files
}

/// Every text that people write, in the folders that hold any.
fn texts() -> Vec<(PathBuf, String)> {
    let kinds = ["rs", "md", "toml", "py", "sh", "j2", "css", "js", "yml", "yaml"];
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "docs", "fixtures", "templates", ".ci"] {
        read_into(&root().join(folder), &kinds, &mut files);
    }
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "Cargo.toml", "clippy.toml"] {
        if let Ok(text) = fs::read_to_string(root().join(name)) {
            files.push((PathBuf::from(name), text));
        }
    }
    files
}

fn read_into(folder: &Path, kinds: &[&str], files: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let wanted = path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known));
        // Files without an extension are scripts, such as `tests/run`.
        let made = |name: &str| name.starts_with('.') || name == "__pycache__" || name == "node_modules";
        if path.file_name().and_then(|name| name.to_str()).is_none_or(made) {
            continue;
        }
        if path.is_dir() {
            read_into(&path, kinds, files);
        } else if (wanted || path.extension().is_none() && kinds.contains(&"sh"))
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.push((path.strip_prefix(root()).unwrap_or(&path).to_owned(), text));
        }
    }
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
