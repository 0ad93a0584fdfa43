//! Orgs to snapshots: the only stage that speaks HTTP to the platform.

pub mod settings;
