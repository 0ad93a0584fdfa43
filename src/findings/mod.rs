//! What was found: evidence judged by checks. How it is printed is for `report` to say.

pub mod evidence;
pub mod finding;
pub mod severity;
