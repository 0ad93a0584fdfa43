//! The vocabulary: what an org holds, as plain data.
//!
//! Everything above speaks in these words. No I/O, no foreign JSON shapes, no verdicts.
pub mod allowed_addresses;
pub mod app;
pub mod audit;
pub mod auditor;
pub mod catalogue;
pub mod coverage;
pub mod default_role;
pub mod division;
pub mod grant;
pub mod group;
pub mod hex;
pub mod id;
pub mod label;
pub mod loopback;
pub mod named;
pub mod nearest;
pub mod oauth_client;
pub mod org;
pub mod permission;
pub mod policy;
pub mod regions;
pub mod role;
pub mod run_id;
pub mod scope;
pub mod snapshot;
pub mod store;
pub mod trustee;
pub mod usage;
pub mod user;
