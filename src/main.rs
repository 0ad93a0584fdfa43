//! The program `rolecall`.

fn main() {}
