//! A run from the configuration to the notification, as a library call.

pub mod config;
pub mod notify;
pub mod run;
