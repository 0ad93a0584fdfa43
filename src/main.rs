//! The program: hands the command line to `cli` and returns its exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main().into()
}
