//! The command line: what people and schedulers type, and what they get back.
//!
//! Data goes to standard output, everything else to standard error.

pub(crate) mod args;
pub(crate) mod clock;
pub(crate) mod commands;
pub(crate) mod exit;
pub(crate) mod failure;
pub(crate) mod log;
pub(crate) mod progress;
pub(crate) mod table;

use std::io::Write;

use clap::FromArgMatches;

use args::{Cli, Command, MatrixCommand, MatrixVerb};
use exit::Exit;
use failure::Failure;

/// Runs the program with the arguments of the process.
pub(crate) fn main() -> Exit {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(error) => {
            let fine = !error.use_stderr();
            // Nothing is left to be said where even the message cannot be printed.
            let _ = error.print();
            return if fine { Exit::Fine } else { Exit::Usage };
        }
    };
    log::start(&cli.global);
    let mut out = std::io::stdout().lock();
    let global = cli.global.clone();
    match dispatch(cli, &mut out).and_then(|exit| out.flush().map(|()| exit).map_err(Failure::from)) {
        Ok(exit) => exit,
        Err(failure) => {
            if !failure.message.is_empty() {
                let message = failure.message.trim_end();
                // A configuration error names itself; every other message is introduced.
                let introduction = if message.starts_with("error") { "" } else { "error: " };
                // Nothing is left to be said where even the message cannot be printed.
                let _ = log::say(&global, "ERROR", &format!("{introduction}{message}"));
            }
            failure.exit
        }
    }
}

fn parsed() -> Result<Cli, clap::Error> {
    let mut command = args::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn dispatch(cli: Cli, out: &mut dyn Write) -> Result<Exit, Failure> {
    let global = &cli.global;
    match cli.command {
        Command::Demo(args) => commands::demo::demo(&args, global, out),
        Command::Run(args) => commands::run::run(&args, global, out),
        Command::Collect(args) => commands::collect::collect(&args, global, out),
        Command::Audit(args) => commands::audit::audit(&args, global, out),
        Command::Drift(args) => commands::drift::drift(&args, global, out),
        Command::Explain(args) => commands::explain::explain(&args, global, out),
        Command::WhoCan(args) => commands::access::who_can(&args, global, out),
        Command::Can(args) => commands::access::can(&args, global, out),
        Command::Advise(args) => commands::advise::advise(&args, global, out),
        Command::Probe(args) => commands::probe::probe(&args, global, out),
        Command::Diagnose(args) => commands::diagnose::diagnose(&args, global, out),
        Command::Matrix(MatrixVerb::Update(args)) => commands::matrix_update::update(&args, out),
        Command::Matrix(MatrixVerb::Look(command)) => look(&command, out),
        Command::Checks(args) => commands::checks::checks(&args, out),
        Command::Doctor(args) => commands::doctor::doctor(&args, global, out),
        Command::Waive(args) => commands::waive::waive(&args, global, out),
        Command::Simulate(args) => commands::simulate::simulate(&args, out),
        Command::Schema(args) => commands::schema::schema(&args, out),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut args::command(), "rolecall", out);
            Ok(Exit::Fine)
        }
        Command::Man => {
            commands::man::man(&mut args::command(), out)?;
            Ok(Exit::Fine)
        }
    }
}

/// `rolecall matrix`, as far as it asks no org.
fn look(command: &MatrixCommand, out: &mut dyn Write) -> Result<Exit, Failure> {
    if let MatrixCommand::Diff { before, after, format, config: Some(config), snapshots, orgs, .. } = command {
        let asked = commands::matrix_radar::Asked { before, after, config, snapshots, orgs, format: *format };
        return commands::matrix_radar::radar(&asked, out);
    }
    let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    match commands::matrix::run(command, today, out, &mut std::io::stderr().lock()) {
        Ok(code) => Ok(Exit::of_code(code)),
        Err(commands::matrix::MatrixCommandError::Output(error)) => Err(error.into()),
        Err(error) => Err(Failure { exit: Exit::of_code(error.exit_code()), message: error.to_string() }),
    }
}
