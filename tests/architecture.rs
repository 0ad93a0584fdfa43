//! Does the code keep its shape? rustc holds the fences between crates; this holds what rustc does not: which crate may
//! depend on which, no circles between the modules of a crate, files that do not grow for ever, no place for everything
//! that has no place, and where something can be sent from.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that reaches beyond a list fails as it should"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Which crate may depend on which, bottom first. `*` is everything.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("matrix", &["base"]),
    ("collect", &["base"]),
    ("terraform", &["base"]),
    ("access", &["base", "matrix"]),
    ("testkit", &["base", "matrix"]),
    ("findings", &["base", "matrix", "access", "testkit"]),
    ("answers", &["base", "matrix", "access", "findings", "collect"]),
    ("report", &["base", "matrix", "access", "findings"]),
    ("simulate", &["base", "matrix"]),
    ("app", &["base", "matrix", "collect", "terraform", "access", "findings", "report"]),
];

/// A file of more lines of code (no blanks, no comments, no tests) is two files.
const MOST_LINES: usize = 450;

/// Files that are longer, with the length they may have. An entry only ever shrinks, and goes with its reason.
const LONGER_FILES: &[(&str, usize)] = &[];

/// Names that say nothing about what lives there.
const GRAB_BAGS: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "shared", "stuff"];

#[test]
fn crates_depend_only_on_those_below() {
    let mut faults = Vec::new();
    for (name, allowed) in MAY_DEPEND {
        let manifest = fs::read_to_string(root().join("src").join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let depends =
            manifest["dependencies"].as_table().unwrap().keys().filter_map(|one| one.strip_prefix("rolecall-"));
        faults.extend(
            depends.filter(|one| !allowed.contains(one)).map(|one| format!("`{name}` may not depend on `{one}`")),
        );
    }
    let crates: BTreeSet<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let listed: BTreeSet<String> = MAY_DEPEND.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(crates, listed, "every crate stands in the table");
    assert_none(&faults);
}

#[test]
fn modules_of_a_crate_have_no_circles() {
    assert_none(&circles(&sources()));
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
    ("reqwest::Client", &["src/collect/src/wire.rs", "src/app/src/notify/webhook.rs"]),
    ("reqwest::{", &["src/collect/src/wire.rs", "src/app/src/notify/webhook.rs"]),
    (".post(", &["src/collect/src/wire.rs", "src/app/src/notify/webhook.rs"]),
    ("lettre::", &["src/app/src/notify/smtp.rs", "src/app/src/notify/settings.rs"]),
    ("AsyncTransport", &["src/app/src/notify/smtp.rs"]),
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

// What the rules see: each is tried on a text that breaks it.

#[test]
fn circle_is_seen_in_every_writing() {
    let seen = |a: &str, b: &str| {
        let at = |name: &str, text: &str| (PathBuf::from(format!("src/base/src/{name}.rs")), text.to_owned());
        circles(&[at("lib", "pub mod a; pub mod b;"), at("a", a), at("b", b), at("b/inner", "use crate::a::X;")]).len()
    };
    for text in [
        "use crate::b::Y;",
        "use crate::{b::Y, c};",
        "use super::b;",
        "fn f() -> crate::b::Y {}",
        "fn f() { format!(\"{}\", crate::b::y()) }",
        "use super::b::inner::{self, Z};",
    ] {
        assert_eq!(seen(text, ""), 1, "{text}");
    }
    for text in [
        "use crate::c::Y;",
        "//! See [`crate::b`].\n/* crate::b */ // crate::b",
        "const A: &str = \"crate::b\"; const C: char = '\"';",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n",
        "fn f() {}\n#[cfg(test)]\n#[expect(unused)]\nmod tests {\n    use crate::b;\n}\n",
    ] {
        assert_eq!(seen(text, ""), 0, "{text}");
    }
}

#[test]
fn sending_is_seen_outside_of_its_places() {
    let faults_of = |path: &str, text: &str| sending_faults(Path::new(path), text).len();
    for text in
        ["fn f() { client.post(url); }", "use reqwest::{Client, Url};", "use lettre::Message;", "TcpStream::connect(a)"]
    {
        assert_eq!(faults_of("src/app/src/run.rs", text), 1, "{text}");
    }
    assert_eq!(faults_of("src/app/src/notify/webhook.rs", "fn f() { client.post(url); }"), 0);
    assert_eq!(faults_of("src/app/src/notify/webhook.rs", "use reqwest::Url; fn f() { client.put(url); }"), 1);
    for text in ["use reqwest::Url;", "// client.post(url)", "const A: &str = \".post(\";"] {
        assert_eq!(faults_of("src/app/src/run.rs", text), 0, "{text}");
    }
}

#[test]
fn only_lines_of_code_are_counted() {
    let text = "//! Why.\n\nuse a;\n/* one\n two */\nfn f() {} // three\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n";
    assert_eq!(code_lines(text), 2);
    assert_eq!(code_lines("#[cfg(test)]\nmod tests;\nfn f() {}\n"), 1);
    assert_eq!(code_lines("/// What it is.\nconst A: &str = \"one \\\n    two\";\n"), 2);
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

fn sending_faults(path: &Path, text: &str) -> Vec<String> {
    let code = code_only(text);
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

/// The module that a file is, as a path from the crate's folder: `src/base/src/a/b.rs` is `[base, a, b]`.
fn module_of(path: &Path) -> Vec<String> {
    let parts = path.with_extension("");
    let mut parts: Vec<String> = parts.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.get(1).map(String::as_str) {
        Some("src") => drop(parts.remove(1)),
        _ => parts.insert(0, "program".to_owned()),
    }
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// Groups of neighbouring modules of which each is reached from every other one.
fn circles(sources: &[(PathBuf, String)]) -> Vec<String> {
    let files: Vec<(Vec<String>, &String)> =
        sources.iter().filter(|(path, _)| !is_test_file(path)).map(|(path, text)| (module_of(path), text)).collect();
    let modules: BTreeSet<Vec<String>> = files.iter().map(|(module, _)| module.clone()).collect();
    // For each folder, which of its modules refers to which.
    let mut edges: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (module, text) in &files {
        for target in references(&tokens(text), module) {
            let depth = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (module.get(depth), target.get(depth))
                && modules.contains(&target[..=depth])
            {
                let folder = edges.entry(module[..depth].to_vec()).or_default();
                folder.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    let mut found = BTreeSet::new();
    for (folder, edges) in &edges {
        let reached: BTreeMap<&String, BTreeSet<&String>> =
            edges.keys().map(|from| (from, reach(edges, from))).collect();
        for (from, to) in &reached {
            if to.contains(from) {
                let circle: BTreeSet<&str> = to
                    .iter()
                    .filter(|other| reached.get(*other).is_some_and(|back| back.contains(from)))
                    .map(|other| other.as_str())
                    .collect();
                let circle = circle.into_iter().collect::<Vec<_>>().join(", ");
                found.insert(format!("{}: {circle}", folder.join("::")));
            }
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(edges: &'a BTreeMap<String, BTreeSet<String>>, from: &String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = edges.get(from).into_iter().flatten().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(edges.get(next).into_iter().flatten());
        }
    }
    reached
}

/// Every path of a file that begins at `crate` or `super`, from the crate's folder, groups taken apart.
fn references(tokens: &[TokenTree], module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let begins = !(at > 0 && is_punct(tokens.get(at - 1), ':'));
        match token {
            TokenTree::Ident(name) if begins && (name == "crate" || name == "super") => {
                path_from(&tokens[at..], &mut module.to_vec(), &mut found);
            }
            TokenTree::Group(group) => {
                found.extend(references(&group.stream().into_iter().collect::<Vec<_>>(), module));
            }
            _ => {}
        }
    }
    found
}

fn path_from(tokens: &[TokenTree], before: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut rest = tokens;
    loop {
        match rest.first() {
            Some(TokenTree::Ident(name)) if name == "crate" => before.truncate(1),
            Some(TokenTree::Ident(name)) if name == "super" => drop(before.pop()),
            Some(TokenTree::Ident(name)) if name == "self" => {}
            Some(TokenTree::Ident(name)) => before.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| is_punct(Some(token), ',')).filter(|part| !part.is_empty()) {
                    path_from(part, &mut before.clone(), found);
                }
                return;
            }
            _ => break,
        }
        if !(is_punct(rest.get(1), ':') && is_punct(rest.get(2), ':')) {
            break;
        }
        rest = &rest[3..];
    }
    found.push(before.clone());
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

/// The tokens of a file without those of its tests. Comments are none.
fn tokens(text: &str) -> Vec<TokenTree> {
    let all: Vec<TokenTree> = text.parse::<TokenStream>().expect("a file that rustc reads").into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let is_test = is_punct(Some(token), '#')
            && matches!(all.get(at + 1), Some(TokenTree::Group(group)) if group.stream().to_string() == "cfg (test)");
        if !is_test {
            kept.push(token.clone());
            at += 1;
            continue;
        }
        let ends = |token: &TokenTree| {
            is_punct(Some(token), ';')
                || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
        };
        at += all[at..].iter().position(ends).map_or(all.len(), |end| end + 1);
    }
    kept
}

/// The text of a file without comments, documentation and tests; what stands in quotes is left out, too.
fn code_only(text: &str) -> String {
    fn write(tokens: impl IntoIterator<Item = TokenTree>, code: &mut String) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    code.push_str(open);
                    write(group.stream(), code);
                    code.push_str(close);
                }
                TokenTree::Literal(_) => code.push('"'),
                TokenTree::Ident(name) => {
                    if code.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                        code.push(' ');
                    }
                    code.push_str(&name.to_string());
                }
                TokenTree::Punct(punct) => code.push(punct.as_char()),
            }
        }
    }
    let mut code = String::new();
    write(tokens(text), &mut code);
    code
}

/// Lines that hold code: no blank one, no comment, no documentation, no test.
fn code_lines(text: &str) -> usize {
    fn mark(tokens: impl IntoIterator<Item = TokenTree>, lines: &mut BTreeSet<usize>) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let is_doc = |next: &TokenTree| matches!(next, TokenTree::Group(group) if group.stream().into_iter().next().is_some_and(|first| matches!(first, TokenTree::Ident(name) if name == "doc")));
            if is_punct(Some(&token), '#') {
                // Inner documentation has a mark between.
                if tokens.peek().is_some_and(|next| is_punct(Some(next), '!')) {
                    tokens.next();
                }
                if tokens.peek().is_some_and(is_doc) {
                    tokens.next();
                    continue;
                }
            }
            match token {
                TokenTree::Group(group) => {
                    lines.insert(group.span_open().start().line);
                    mark(group.stream(), lines);
                    lines.insert(group.span_close().start().line);
                }
                other => lines.extend(other.span().start().line..=other.span().end().line),
            }
        }
    }
    let mut lines = BTreeSet::new();
    mark(tokens(text), &mut lines);
    lines.len()
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
    for name in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "Cargo.toml", "clippy.toml"]
    {
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
