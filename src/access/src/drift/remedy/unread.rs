//! What is left to find out: a difference of which one side was not read is not fixed by making it like the left.

use super::{Change, Remedy, Sides};
use crate::drift::change::Effect;
use crate::drift::comparison::NOT_KNOWN;
use crate::drift::paste::plain;

impl Sides<'_> {
    /// What to find out; `None` where the difference is one that can be fixed.
    pub(super) fn unread(&self, change: &Change) -> Option<Remedy> {
        let (from, to) = (self.from(), self.to());
        let thing = format!("{} `{}`", change.kind.in_words(), plain(&change.name));
        let is_unread = [&change.from_value, &change.to_value].into_iter().any(|value| value == NOT_KNOWN);
        let nobody_in_particular = change.from_id.is_empty() && change.to_id.is_empty();
        let what = if is_unread {
            let side = if change.from_value == NOT_KNOWN { from } else { to };
            format!(
                "find out how `{}` of {thing} stands in {side}, which was not read completely",
                plain(&change.field)
            )
        } else if change.effect != Effect::Unknown {
            return None;
        } else if let Some(call) = change.field.strip_prefix("call ") {
            format!("find out with `rolecall explain` what {} of {thing} meets in {to}", plain(call))
        } else if change.field == "name" && nobody_in_particular {
            format!(
                "say which {thing} of {from} is which in {to}, with `map` or --map, or give them names of their own"
            )
        } else {
            return None;
        };
        Some(Remedy { what, ..Remedy::default() })
    }
}
