//! A command that could not do its work: one message for people and an exit code.

use super::exit::Exit;
use rolecall_app::failure::Kind;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What failed, for which org, client, file or line, why, and what to do next.
    pub message: String,
    /// How the program ends.
    pub exit: Exit,
}

impl Failure {
    /// A usage or configuration error: nothing was done.
    pub(crate) fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Usage }
    }

    /// No report could be written.
    pub(crate) fn failed(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Failed }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // A reader that went away (`rolecall can … | head`) wants no complaint.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self { message: String::new(), exit: Exit::Fine }
        } else {
            Self::failed(format!("cannot write the output: {error}"))
        }
    }
}

impl From<rolecall_app::failure::Failure> for Failure {
    fn from(failure: rolecall_app::failure::Failure) -> Self {
        let exit = match failure.kind {
            Kind::Usage => Exit::Usage,
            Kind::Failed => Exit::Failed,
        };
        Self { message: failure.message, exit }
    }
}
