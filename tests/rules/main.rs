//! Rules that hold for every org: properties against slow and obvious oracles, and facts that several crates must agree
//! on.

mod answers;
mod auditor;
mod collect_simulated;
mod drift_properties;
mod evaluator;
mod history_year;
mod library_night;
mod losses;
mod oracle;
mod orgs;
mod registries;
