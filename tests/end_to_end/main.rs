//! The binary, driven as people and schedulers drive it, against the simulated orgs over real HTTP.

#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test writes broken inputs on purpose, and fails by panicking"
)]

mod advise;
mod announced;
mod apps;
mod bad_input;
mod cases;
mod checks;
mod command_line;
mod diagnose;
mod drift;
mod faults;
mod history;
mod names;
mod new_principals;
mod nights;
mod notifications;
mod notifications_tls;
mod overrides;
mod planted;
mod probe;
mod program;
mod promotion;
mod radar;
mod two_nights;
mod waivers;
