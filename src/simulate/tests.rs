//! The simulated region over real HTTP.
