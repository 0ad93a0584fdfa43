//! The collector against a small server whose every answer a test can bend.

mod faults;
mod lists;
mod stub;
