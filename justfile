# Short names for the commands of docs/development.md. Each recipe is one command, so that all can be typed without just.

# List the recipes.
default:
    @just --list

# Lint everything: `just check`; compile one crate: `just check findings`.
check crate="":
    cargo {{ if crate == "" { "clippy --all-targets --all-features -- -D warnings" } else { "check -p rolecall-" + crate + " --all-targets" } }}

# Format the code.
fmt:
    cargo fmt

# Run the tests of one crate, or those of them with `name` in their path: `just test findings redirect`.
test crate name="":
    cargo test -p rolecall-{{ crate }} {{ name }}

# Run the end-to-end tests, or those of them with `name` in their path.
e2e name="":
    cargo test --all-features --test end_to_end {{ name }}

# Run one Python test file with the program of the last build: `just python test_planted.py`.
python file:
    ROLECALL_BIN=target/debug/rolecall .venv/bin/python -m pytest tests/python/{{ file }} -q

# Hold the code against its fences: crates, circles, file sizes, where anything can be sent from.
architecture:
    cargo test --all-features --test architecture

# Write the committed outputs again: the sample report, docs/checks.md, docs/cases.md, docs/findings.schema.json.
golden:
    tests/golden

# Review the insta snapshots of one crate, one by one (needs cargo-insta).
snapshots crate:
    cargo insta test --review -p rolecall-{{ crate }}

# Build the documentation of the code.
docs:
    cargo doc --no-deps

# Run one benchmark: advise, crossing, drift, night or report.
bench name:
    cargo bench --bench {{ name }}

# Check licences, banned crates and sources of the dependencies (needs cargo-deny).
deny:
    cargo deny check bans licenses sources

# Run everything that continuous integration runs.
ci:
    ./tests/run
