//! A run from the configuration to the notification, as a library call ([`night::run`]), and what questions need of a
//! configuration: the orgs they are asked of ([`sources`]), names ([`names`]) and the two sides of a comparison
//! ([`drift_sides`]).

pub mod channels;
pub mod config;
pub mod drift_sides;
pub mod failure;
pub mod matrices;
pub mod names;
pub mod night;
pub mod notify;
pub mod run;
pub mod sources;
