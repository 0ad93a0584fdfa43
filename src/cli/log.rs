//! What is said on standard error while the program works.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use super::args::{ColorChoice, Global, LogFormat};

/// Starts logging: warnings by default, more with `-v`, less with `--quiet`.
pub fn start(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "rolecall=warn",
        (false, 1) => "rolecall=info",
        (false, _) => "rolecall=debug",
    };
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::new(level))
        .with_target(false)
        .with_ansi(colored(global));
    // A second start (in tests) finds a logger in place, which is fine.
    let _ = match global.log_format {
        LogFormat::Text => builder.without_time().try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Says a line on standard error: as it is, or as a log line where machines read the log.
///
/// # Errors
/// When standard error cannot be written.
pub fn say(global: &Global, level: &str, line: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    match global.log_format {
        LogFormat::Text => writeln!(err, "{line}"),
        LogFormat::Json => {
            let timestamp = super::clock::now().to_string();
            let log = serde_json::json!({ "timestamp": timestamp, "level": level, "fields": { "message": line } });
            writeln!(err, "{log}")
        }
    }
}

/// Whether standard error may carry colours.
pub fn colored(global: &Global) -> bool {
    match global.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stderr().is_terminal() && !no_color(),
    }
}

/// Whether the user's environment asks for no colours (<https://no-color.org>).
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
