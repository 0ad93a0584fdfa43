//! What differs between two sides: two orgs tonight, or one org on two nights.
//!
//! Ids differ between orgs, so things are matched by what people mean: roles by default-role id, else name; divisions,
//! groups and clients by name; service users by e-mail address, else name. A list that was not read whole on one side
//! makes an absence there `unknown`, never "only on the other side". Severity is for `findings` to say.

pub mod change;
pub mod divisions;
pub mod effective;
pub mod matrices;
pub mod pairing;
pub mod principals;
pub mod roles;

use change::{Change, DriftKind, Effect};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::cross::AccessMap;
use crate::cross::needed::Needed;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'a, 's> {
    /// All its verdicts.
    pub map: &'s AccessMap<'a>,
    /// Its needs.
    pub needed: &'s Needed<'a>,
}

/// Everything that differs, sorted by kind, name and field. `ignore` holds globs over `kind:name`.
pub fn drift(left: Side<'_, '_>, right: Side<'_, '_>, ignore: &[String]) -> Vec<Change> {
    let ignored = globs(ignore);
    let broken = effective::broken_calls(left, right);
    let mut changes = Vec::new();
    changes.extend(roles::changes(left, right, &broken));
    changes.extend(principals::clients(left, right, &broken));
    changes.extend(principals::service_users(left, right, &broken));
    changes.extend(principals::groups(left, right));
    changes.extend(divisions::divisions(left, right));
    changes.extend(divisions::catalogue(left, right));
    changes.extend(divisions::policies(left, right));
    changes.extend(divisions::trustees(left, right));
    changes.extend(matrices::changes(left, right));
    changes.extend(effective::changes(&broken));
    changes.retain(|change| !ignored.is_match(format!("{}:{}", change.kind.as_str(), change.name)));
    changes.sort();
    changes.dedup();
    changes
}

fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        // The configuration has refused globs that do not compile.
        if let Ok(glob) = GlobBuilder::new(pattern).case_insensitive(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// What an added or a removed right does, where no needed call is known to break.
fn direction(gained: bool, lost: bool) -> Effect {
    match (gained, lost) {
        (_, true) => Effect::Narrows,
        (true, false) => Effect::Widens,
        (false, false) => Effect::None,
    }
}

/// A thing that stands on one side only, or that may stand on the other in the part that was not read.
fn one_sided(kind: DriftKind, name: &str, on_left: bool, other_whole: bool, effect: Effect) -> Change {
    let absent = if other_whole { "absent" } else { "not known" };
    let (from_value, to_value) = if on_left { ("present", absent) } else { (absent, "present") };
    Change {
        kind,
        name: name.to_owned(),
        field: "presence".to_owned(),
        from_value: from_value.to_owned(),
        to_value: to_value.to_owned(),
        effect: if other_whole { effect } else { Effect::Unknown },
    }
}
