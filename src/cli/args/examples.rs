//! Two examples for the help of each command.

use clap::{Command, CommandFactory};

use super::Cli;

/// By command: how it is called, with what that does behind the `#`.
const EXAMPLES: &[(&str, [&str; 2])] = &[
    ("demo", ["rolecall demo  # reports/latest/report.html", "rolecall demo --out try --as-of 2026-11-20"]),
    (
        "run",
        [
            "rolecall run --config rolecall.toml",
            "rolecall run --config rolecall.toml --org staging --fail-on critical --out reports",
        ],
    ),
    (
        "collect",
        [
            "rolecall collect --config rolecall.toml --out snapshots",
            "rolecall collect --config rolecall.toml --out snapshots --org prod",
        ],
    ),
    (
        "audit",
        [
            "rolecall audit --config rolecall.toml --snapshot dev.snapshot.json.gz staging.snapshot.json.gz",
            "rolecall audit --config rolecall.toml --snapshot prod.snapshot.json.gz --out again --fail-on high",
        ],
    ),
    (
        "drift",
        [
            "rolecall drift dev staging --config rolecall.toml  # what breaks when dev is promoted",
            "rolecall drift prod@last-night prod --config rolecall.toml --format markdown",
        ],
    ),
    (
        "explain",
        [
            "rolecall explain --principal 'Queue Dashboard' --endpoint 'GET /api/v2/routing/queues' --config rolecall.toml",
            "rolecall explain --principal svc-reporting --endpoint '/api/v2/users/me' --org dev --config rolecall.toml",
        ],
    ),
    (
        "who-can",
        [
            "rolecall who-can 'POST /api/v2/users' --config rolecall.toml",
            "rolecall who-can authorization:grant:add --config rolecall.toml --org prod --format csv",
        ],
    ),
    (
        "can",
        [
            "rolecall can 'Queue Dashboard' --config rolecall.toml",
            "rolecall can svc-reporting --config rolecall.toml --method DELETE,PUT --format json",
        ],
    ),
    (
        "advise",
        [
            "rolecall advise --principal 'Queue Dashboard' --config rolecall.toml",
            "rolecall advise --principal svc-reporting --config rolecall.toml --format terraform",
        ],
    ),
    (
        "diagnose",
        [
            "rolecall diagnose error.json  # or the body on standard input",
            "rolecall diagnose error.json --endpoint 'GET /api/v2/users' --principal Board --config rolecall.toml",
        ],
    ),
    (
        "probe",
        [
            "rolecall probe --config probe.toml --principal Board --endpoint 'GET /api/v2/routing/queues'",
            "rolecall probe --config probe.toml --principal Board --endpoint 'GET /api/v2/users' --max-calls 2",
        ],
    ),
    (
        "matrix update",
        ["rolecall matrix update --config rolecall.toml", "rolecall matrix update --config rolecall.toml --org prod"],
    ),
    (
        "matrix show",
        [
            "rolecall matrix show 'GET /api/v2/routing/queues'",
            "rolecall matrix show --as permission routing:queue:view",
        ],
    ),
    ("matrix search", ["rolecall matrix search queues", "rolecall matrix search 'DELETE recording' --format csv"]),
    (
        "matrix import",
        [
            "rolecall matrix import swagger.json.gz --out matrix.csv",
            "rolecall matrix import swagger.json --date 2026-11-20  # to standard output",
        ],
    ),
    (
        "matrix diff",
        [
            "rolecall matrix diff bundled matrix.csv",
            "rolecall matrix diff old.csv new.csv --config rolecall.toml  # who will be refused",
        ],
    ),
    ("matrix lint", ["rolecall matrix lint matrix.csv", "rolecall matrix lint --needs needs.csv"]),
    ("checks", ["rolecall checks", "rolecall checks power.can-raise-itself"]),
    (
        "doctor",
        ["rolecall doctor --config rolecall.toml", "rolecall doctor --config rolecall.toml --org prod --notify"],
    ),
    (
        "waive",
        [
            "rolecall waive 3f2a9c4b5d6e7f80 --until 2026-12-31 --reason 'moves in Q1' --owner ops --config rolecall.toml",
            "rolecall waive 3f2a9c4b5d6e7f80 --until 2026-12-31 --reason 'moves' --owner ops --file waivers.toml",
        ],
    ),
    (
        "simulate",
        ["rolecall simulate", "rolecall simulate --generate name=big,clients=200,users=5000 --faults 'roles:1=503'"],
    ),
    ("schema", ["rolecall schema config", "rolecall schema findings > findings.schema.json"]),
    ("completions", ["rolecall completions bash", "rolecall completions zsh > _rolecall"]),
    ("man", ["rolecall man | man -l -", "rolecall man > rolecall.1"]),
];

/// The command line with its examples.
pub(crate) fn command() -> Command {
    with_examples(Cli::command(), "")
}

fn with_examples(command: Command, path: &str) -> Command {
    let command = command.mut_subcommands(|one| {
        let path = format!("{path} {}", one.get_name());
        with_examples(one, path.trim_start())
    });
    let Some((_, examples)) = EXAMPLES.iter().find(|(name, _)| *name == path) else { return command };
    let text = format!("Examples:\n  {}", examples.join("\n  "));
    match command.get_after_long_help().map(|help| format!("{help}\n\n{text}")) {
        Some(long) => command.after_help(text).after_long_help(long),
        None => command.after_help(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        for one in command.get_subcommands() {
            let path = format!("{path} {}", one.get_name());
            match one.has_subcommands() {
                true => leaves(one, &path, found),
                false => found.push(path.trim_start().to_owned()),
            }
        }
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_parses() {
        let mut known = Vec::new();
        leaves(&Cli::command(), "", &mut known);
        let named: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        for name in &known {
            assert!(named.contains(&name.as_str()), "no examples for {name}");
        }
        assert_eq!(known.len(), named.len());
        for (name, examples) in EXAMPLES {
            for example in examples {
                let asked = example.split(['#', '|', '>']).next().unwrap();
                let words = shlex::split(asked).unwrap();
                assert!(asked.starts_with(&format!("rolecall {name}")), "{name}: {example}");
                command().try_get_matches_from(words).unwrap_or_else(|error| panic!("{example}: {error}"));
            }
        }
    }
}
