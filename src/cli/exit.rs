//! Exit codes: the whole table.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Finished, data complete, nothing at or above the gate; or the answer is yes.
    Fine,
    /// Finished, data complete, findings at or above the gate; or the answer is no.
    Findings,
    /// Usage or configuration error: nothing was done.
    Usage,
    /// Finished, but some data is not known: reports are written and say so; or the answer is not known.
    NotKnown,
    /// Failed: no report could be written.
    Failed,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::NotKnown => 3,
            Self::Failed => 4,
        }
    }

    /// The end with this number; a number that is not in the table counts as failed.
    pub fn of_code(code: u8) -> Self {
        [Self::Fine, Self::Findings, Self::Usage, Self::NotKnown]
            .into_iter()
            .find(|exit| exit.code() == code)
            .unwrap_or(Self::Failed)
    }

    /// Of a finished night: not known wins over findings.
    pub fn of_night(complete: bool, at_gate: bool) -> Self {
        match (complete, at_gate) {
            (false, _) => Self::NotKnown,
            (true, true) => Self::Findings,
            (true, false) => Self::Fine,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_known_wins_over_findings() {
        assert_eq!(Exit::of_night(false, true).code(), 3);
        assert_eq!(Exit::of_night(true, true).code(), 1);
        assert_eq!(Exit::of_night(true, false).code(), 0);
    }
}
