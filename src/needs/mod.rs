//! Declared needs: which calls somebody says a principal must be able to make.

/// One line of a needs file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The principal's name or id.
    pub principal: String,
    /// The endpoint, as written (normalised).
    pub endpoint: crate::matrix::Endpoint,
    /// Name or id of the division it is needed in; `None`: any.
    pub division: Option<String>,
    /// What people noted about it.
    pub note: String,
    /// The org it is about; `None`: every org.
    pub org: Option<String>,
    /// The file it stands in.
    pub file: String,
    /// Its line there, from 1.
    pub line: u64,
}
