//! What is said on standard error while the program works.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::args::{ColorChoice, Global, LogFormat};

/// Starts logging: warnings by default, more with `-v`, less with `--quiet`.
pub(crate) fn start(global: &Global) {
    // The targets of all our crates begin so.
    let ours = |level| Targets::new().with_target("rolecall", level);
    let filter = match (global.quiet, global.verbose) {
        (true, _) => Targets::new().with_default(LevelFilter::ERROR),
        (false, 0) => ours(LevelFilter::WARN),
        (false, 1) => ours(LevelFilter::INFO),
        (false, _) => ours(LevelFilter::DEBUG),
    };
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colored(global));
    let registry = tracing_subscriber::registry();
    // A second start (in tests) finds a logger in place, which is fine.
    let _ = match global.log_format {
        LogFormat::Text => registry.with(lines.without_time().with_filter(filter)).try_init(),
        LogFormat::Json => registry.with(lines.json().with_filter(filter)).try_init(),
    };
}

/// Says a line on standard error: as it is, or as a log line where machines read the log.
///
/// # Errors
/// When standard error cannot be written.
pub(crate) fn say(global: &Global, level: &str, line: &str) -> io::Result<()> {
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

/// Says on standard error how a text was read, where it was not taken literally.
pub(crate) fn say_read_as(global: &Global, read_as: Option<&str>) {
    if let Some(text) = read_as.filter(|_| !global.quiet) {
        // Nothing is lost where standard error is closed.
        say(global, "INFO", text).ok();
    }
}

/// Whether standard error may carry colours.
pub(crate) fn colored(global: &Global) -> bool {
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
