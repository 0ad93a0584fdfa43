//! Why something that was asked for could not be done: one message for people.

/// Why something ended early.
#[derive(Debug)]
pub struct Failure {
    /// What failed, for which org, client, file or line, why, and what to do next.
    pub message: String,
    /// What kind of failure it is.
    pub kind: Kind,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The arguments or the configuration are wrong: nothing was done.
    Usage,
    /// What was asked for could not be done.
    Failed,
}

impl Failure {
    /// A fault of the arguments or of the configuration: nothing was done.
    pub fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), kind: Kind::Usage }
    }

    /// What was asked for could not be done.
    pub fn failed(message: impl ToString) -> Self {
        Self { message: message.to_string(), kind: Kind::Failed }
    }
}
