//! Do the documents say what is there? Paths that they name, dependencies, recipes and crates.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that reaches beyond a list fails as it should"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the project, as paths in documents begin.
const FOLDERS: [&str; 8] = ["src/", "tests/", "benches/", "fixtures/", "templates/", "docs/", ".github/", ".ci/"];

#[test]
fn paths_in_documents_lead_somewhere() {
    let mut faults = Vec::new();
    for (document, text) in documents() {
        for path in paths(&text).filter(|path| !root().join(path).exists()) {
            faults.push(format!("{}: `{path}` does not exist", document.display()));
        }
        if document.extension().is_none_or(|kind| kind != "md") {
            continue;
        }
        let folder = root().join(document.parent().unwrap());
        for link in links(&text).filter(|link| !folder.join(link).exists()) {
            faults.push(format!("{}: the link to `{link}` leads nowhere", document.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_dependency_has_its_line_with_the_crates_that_name_it() {
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let crates = crates();
    let manifests = crates.iter().map(|name| (name.as_str(), format!("src/{name}/Cargo.toml")));
    for (name, path) in manifests.chain([("program", "Cargo.toml".to_owned())]) {
        let manifest: toml::Table = read(&path).parse().unwrap();
        for section in ["dependencies", "dev-dependencies"] {
            let depends =
                manifest.get(section).and_then(|table| table.as_table()).into_iter().flat_map(|table| table.keys());
            for dependency in depends.filter(|dependency| !dependency.starts_with("rolecall-")) {
                named.entry(dependency.clone()).or_default().insert(name.to_owned());
            }
        }
    }
    let written: BTreeMap<String, BTreeSet<String>> = read("docs/dependencies.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let is_row = cells.len() == 3 && !["dependency", "---"].contains(&cells[0]);
            is_row.then(|| (cells[0].to_owned(), cells[2].split(", ").map(str::to_owned).collect()))
        })
        .collect();
    assert_eq!(written, named, "docs/dependencies.md (left) and the manifests (right)");
}

#[test]
fn every_recipe_and_every_crate_is_described() {
    let (development, architecture) = (read("docs/development.md"), read("ARCHITECTURE.md"));
    let justfile = read("justfile");
    let is_recipe =
        |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.starts_with("default");
    for recipe in justfile.lines().filter(is_recipe) {
        let name = recipe.split([' ', ':']).next().unwrap();
        assert!(development.contains(&format!("`just {name}")), "docs/development.md lacks the recipe `{name}`");
    }
    for name in crates() {
        assert!(development.contains(&format!("**{name}** (`src/{name}`)")), "docs/development.md lacks `{name}`");
        assert!(architecture.contains(&format!("| `{name}` |")), "ARCHITECTURE.md lacks `{name}`");
    }
}

#[test]
fn path_is_seen_in_every_writing() {
    let text =
        "`src/a/b.rs`, (docs/c.md#d), src/e.rs: 1; `src/<crate>/src`, `benches/NAME/main.rs`, src/*.rs /api/v2/docs/f.";
    assert_eq!(paths(text).collect::<Vec<_>>(), ["src/a/b.rs", "docs/c.md", "src/e.rs"]);
    assert_eq!(links("[a](b.md#c) [d](https://e.example) ![f](g.png) [h](#i)").collect::<Vec<_>>(), ["b.md", "g.png"]);
}

/// Paths of the project in a text. Those with a placeholder are left out.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|mark: char| mark.is_whitespace() || "`()[],;:'\"|#".contains(mark));
    let is_placeholder =
        |part: &str| part.contains(['*', '<', '{', '…']) || part.chars().all(|one| one.is_ascii_uppercase());
    words.map(|word| word.trim_end_matches(['.', '/'])).filter(move |word| {
        FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.split('/').any(is_placeholder)
    })
}

/// Files that a Markdown text links to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

/// What people read, and the comments of scripts and templates.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    for folder in [".", "docs", "reports", "fixtures", "fixtures/orgs", "fixtures/facts", "fixtures/cx_as_code"] {
        paths.extend(files_in(folder, &["md"]));
    }
    for folder in ["fixtures/matrices", "templates/script", "templates/style"] {
        paths.extend(files_in(folder, &["py", "js", "css"]));
    }
    // Written by the program, with paths of somebody's folder in them.
    paths.retain(|path| path != Path::new("docs/cases.md"));
    assert!(paths.len() > 40, "the documents are not where they should be");
    paths.into_iter().map(|path| (path.clone(), read(path.to_str().unwrap()))).collect()
}

fn files_in(folder: &str, kinds: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().flatten();
    let files =
        entries.filter(|entry| entry.path().extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known)));
    files
        .map(|entry| if folder == "." { entry.file_name().into() } else { Path::new(folder).join(entry.file_name()) })
        .collect()
}

/// The crates below `src`.
fn crates() -> Vec<String> {
    let folders = fs::read_dir(root().join("src")).unwrap().flatten();
    let crates = folders.filter(|entry| entry.path().join("Cargo.toml").is_file());
    crates.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
