//! How much of the history is kept, filled in by the configuration.

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Records of nights; 0: all.
    pub nights: u32,
    /// Snapshots of each org; 0: all.
    pub snapshots: u32,
}
