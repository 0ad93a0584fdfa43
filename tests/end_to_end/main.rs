//! The binary, driven as people and schedulers drive it, against the simulated orgs over real HTTP.

mod bad_input;
mod cases;
mod faults;
mod nights;
mod program;
