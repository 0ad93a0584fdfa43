//! Rolecall: a nightly permission audit for Genesys Cloud.
//!
//! One straight line, each stage knowing only those before it: [`config`] -> [`collect`] -> [`model::snapshot`]
//! (kept by [`store`]) -> [`matrix`] -> [`cross`] -> [`drift`] and [`radar`] -> [`findings`] -> [`report`] -> [`notify`], driven by [`run`]
//! and [`cli`]. [`simulate`] is the org that the tests and the demo run against.

pub mod model;

pub mod store;

pub mod matrix;

pub mod needs;

pub mod cx_as_code;

pub mod collect;

pub mod cross;

pub mod drift;

pub mod radar;

pub mod escalation;

pub mod diagnose;

pub mod probe;

pub mod findings;

pub mod explain;

pub mod advise;

pub mod waivers;

pub mod history;

pub mod report;

pub mod notify;

pub mod config;

pub mod run;

pub mod simulate;

pub mod cli;
