//! Commands of a case with what they print, as the document shows them.

use std::process::Command;
use std::sync::LazyLock;

use rolecall_base::store::snapshot_file;

use crate::probe::credentials;
use crate::program::{AS_OF, Ended, Stage};

/// The client whose own credentials are at hand.
const PROBED: &str = "Queue Validator";

/// The orgs and one night of them, which every case but the last asks.
pub(super) static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let stage = Stage::with_faults("");
    let (id, secret) = credentials(PROBED);
    std::fs::write(stage.path("probe.id"), id).unwrap();
    std::fs::write(stage.path("probe.secret"), secret).unwrap();
    stage.configure(&format!(
        "audit_days = 30\n[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n\
         [[probe]]\nprincipal = \"{PROBED}\"\norg = \"dev\"\n\
         client_id = {{ file = \"probe.id\" }}\nclient_secret = {{ file = \"probe.secret\" }}\n"
    ));
    let ended = stage.run();
    assert_eq!(ended.code, 1, "{}", ended.err);
    stage
});

/// One question with its answers.
pub(super) struct Case {
    title: &'static str,
    text: String,
}

/// What a command printed, as the document shows it.
pub(super) struct Shown {
    pub code: i32,
    pub text: String,
}

impl Shown {
    /// Without the breaks of lines, so that words can be looked for wherever a line happens to end.
    pub(super) fn flat(&self) -> String {
        self.text.split(['\n', '│', '├', '└', '─']).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// Fails where one of the phrases is not there.
    pub(super) fn says(&self, phrases: &[&str]) -> &Self {
        let flat = self.flat();
        for phrase in phrases {
            assert!(flat.contains(phrase), "`{phrase}` is not in:\n{}", self.text);
        }
        self
    }
}

impl Case {
    /// A case with its title.
    pub(super) fn new(title: &'static str) -> Self {
        Self { title, text: String::new() }
    }

    /// A paragraph.
    pub(super) fn note(&mut self, text: &str) -> &mut Self {
        self.text.push_str(&format!("\n{text}\n"));
        self
    }

    /// A file in that folder, shown with what is in it.
    pub(super) fn file(&mut self, name: &str, text: &str) -> &mut Self {
        std::fs::write(STAGE.path(name), text).unwrap();
        self.text.push_str(&format!("\n`{name}`:\n\n```text\n{}\n```\n", text.trim_end()));
        self
    }

    /// Runs a command in the folder of the configuration, and shows it with all that it prints.
    pub(super) fn ask(&mut self, arguments: &[&str]) -> Shown {
        self.show(&STAGE, arguments, usize::MAX)
    }

    /// The same, with no more than so many lines of it.
    pub(super) fn ask_head(&mut self, arguments: &[&str], lines: usize) -> Shown {
        self.show(&STAGE, arguments, lines)
    }

    /// The same on another stage.
    pub(super) fn show(&mut self, stage: &Stage, arguments: &[&str], lines: usize) -> Shown {
        let ended = run_in(stage, arguments);
        let printed = neutral(stage, &format!("{}{}", ended.out, ended.err));
        let all: Vec<&str> = printed.lines().collect();
        let mut reported = all.iter().take(lines).map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
        if all.len() > lines {
            reported.push_str(&format!("\n... ({} more lines)", all.len() - lines));
        }
        self.text.push_str(&format!(
            "\n```console\n$ rolecall {}\n{reported}\n$ echo $?\n{}\n```\n",
            arguments.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
            ended.code
        ));
        Shown { code: ended.code, text: printed }
    }

    /// Shows lines of a file of the report.
    pub(super) fn report(&mut self, file: &str, lines: &[String]) -> &mut Self {
        self.text.push_str(&format!("\n`{file}` of the night, unasked:\n\n```text\n{}\n```\n", lines.join("\n")));
        self
    }

    /// The findings of these checks on these subjects, as the report has them: `severity check org: title`, then what to
    /// do. Fails where a pair has none.
    pub(super) fn findings(&mut self, wanted: &[(&str, &str, &str)]) -> &mut Self {
        let rows = STAGE.rows("findings.csv");
        let mut lines = Vec::new();
        for (check, org, subject) in wanted {
            let found: Vec<_> = rows
                .iter()
                .filter(|row| row["check"] == *check && row["org"] == *org && row["subject_name"] == *subject)
                .collect();
            assert!(!found.is_empty(), "no finding of {check} on {subject} in {org}");
            for row in found {
                lines.push(format!("{} {} {}: {}", row["severity"], check, org, row["title"]));
                lines.push(format!("    {}", row["fix"]));
            }
        }
        self.report("findings.csv", &lines)
    }

    /// The case as the document has it.
    pub(super) fn document(&self) -> String {
        format!("\n## {}\n{}", self.title, self.text)
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// Runs the binary in the stage's folder, so that no path of this machine is printed.
pub(super) fn run_in(stage: &Stage, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    let output = command.args(arguments).env_clear().current_dir(stage.folder.path()).output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What differs from run to run, made the same: the port of the simulated orgs, and when each list was read.
fn neutral(stage: &Stage, text: &str) -> String {
    let mut text = text.to_owned();
    for org in stage.orgs() {
        let host = org.1.trim_start_matches("http://").to_owned();
        assert_eq!(host.len(), "org-api.example".len(), "lines would break elsewhere with {host}");
        text = text.replace(&host, "org-api.example");
        for name in std::fs::read_dir(stage.path("history").join(&org.0)).into_iter().flatten() {
            let path = name.unwrap().path();
            if !path.to_string_lossy().ends_with(".snapshot.json.gz") {
                continue;
            }
            let snapshot = snapshot_file::read(&path).unwrap();
            for record in snapshot.coverage.listings.values() {
                let Some(at) = record.read_at else { continue };
                let second = jiff::Timestamp::from_second(at.as_second()).unwrap().to_string();
                text = text.replace(&second, AS_OF);
            }
        }
    }
    text
}
