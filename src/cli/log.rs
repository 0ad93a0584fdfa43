//! What is said on standard error while the program works.

use std::io::IsTerminal;

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
