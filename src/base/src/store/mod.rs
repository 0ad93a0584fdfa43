//! Files on disk: snapshots, and the one way in which any file is written.

pub mod place;
pub mod sealed;
pub mod snapshot_file;
