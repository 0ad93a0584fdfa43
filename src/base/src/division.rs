//! Divisions: the parts of an org that a grant can be limited to.

use serde::{Deserialize, Serialize};

use super::id::DivisionId;

/// A division of the org.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Division {
    /// Its id.
    pub id: DivisionId,
    /// Its name, unique within the org.
    pub name: String,
    /// Whether it is the org's home division.
    #[serde(default)]
    pub home: bool,
}
