//! Findings to files: the last stage. It sorts and prints; it decides nothing.

pub mod html;
