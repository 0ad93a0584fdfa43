//! What a permission weighs: danger first, count second, in one number that can be recomputed by hand.
//!
//! Every permission weighs 1. One that the danger catalogue calls low weighs 1,000 more, medium 1,000,000, high
//! 1,000,000,000, critical 1,000,000,000,000. Read in groups of three digits from the left, a sum says how many critical,
//! high, medium and low ones there are, and how many in all: a set with one critical permission less is lighter,
//! whatever else it takes.

use std::collections::BTreeMap;

use serde::Serialize;

use rolecall_base::permission::Permission;
use rolecall_findings::danger;
use rolecall_findings::severity::Severity;

/// How dangerous a permission is in general: the gravest word of the catalogue, and at least high where its action is
/// `all` or `manage`, which cover what the platform adds later. `None`: not dangerous. The second value says why.
pub fn danger_of(permission: &Permission) -> (Option<Severity>, String) {
    let entry = danger::catalogue().worst(permission.as_str());
    let wide = permission.parts().is_some_and(|(_, _, action)| matches!(action, "all" | "manage"));
    match entry {
        Some(entry) if wide && entry.severity < Severity::High => {
            (Some(Severity::High), format!("{} {}, `all` and `manage` at least high", entry.class, entry.severity))
        }
        Some(entry) => (Some(entry.severity), format!("{} {}: {}", entry.class, entry.severity, entry.reason)),
        None if wide => {
            (Some(Severity::High), "`all` and `manage` cover what is added later: at least high".to_owned())
        }
        None => (None, String::new()),
    }
}

/// What a permission weighs.
pub fn weight(permission: &Permission) -> u64 {
    1 + match danger_of(permission).0 {
        Some(Severity::Critical) => 1_000_000_000_000,
        Some(Severity::High) => 1_000_000_000,
        Some(Severity::Medium) => 1_000_000,
        Some(Severity::Low) => 1_000,
        Some(Severity::Info) | None => 0,
    }
}

/// A set of permissions, counted by danger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Critical ones.
    pub critical: usize,
    /// High ones.
    pub high: usize,
    /// Medium ones.
    pub medium: usize,
    /// Low ones.
    pub low: usize,
    /// All of them, the harmless too.
    pub permissions: usize,
}

impl Counted {
    /// Counts a set.
    pub fn of<'a>(permissions: impl IntoIterator<Item = &'a Permission>) -> Self {
        let mut by: BTreeMap<Option<Severity>, usize> = BTreeMap::new();
        for permission in permissions {
            *by.entry(danger_of(permission).0).or_default() += 1;
        }
        let of = |severity: Severity| by.get(&Some(severity)).copied().unwrap_or(0);
        Self {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            permissions: by.values().sum(),
        }
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let levels = [(self.critical, "critical"), (self.high, "high"), (self.medium, "medium"), (self.low, "low")];
        let by_level: Vec<String> =
            levels.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        let word = if self.permissions == 1 { "permission" } else { "permissions" };
        match by_level.is_empty() {
            true => write!(f, "{} {word}, none dangerous", self.permissions),
            false => write!(f, "{} {word}, of them {}", self.permissions, by_level.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_catalogues_words_in_groups_of_three_digits() {
        let of = |name: &str| weight(&Permission::new(name));
        assert_eq!(of("routing:queue:view"), 1);
        assert_eq!(of("authorization:grant:add"), 1_000_000_000_001);
        assert_eq!(of("oauth:client:view"), 1_000_000_001);
        // Not in the catalogue, but it covers what is added later.
        assert_eq!(of("routing:skill:manage"), 1_000_000_001);
        let set = ["authorization:grant:add", "oauth:client:view", "routing:queue:view"].map(Permission::new);
        assert_eq!(set.iter().map(weight).sum::<u64>(), 1_001_000_000_003);
        let counted = Counted::of(&set);
        assert_eq!((counted.critical, counted.high, counted.permissions), (1, 1, 3));
        assert_eq!(counted.to_string(), "3 permissions, of them 1 critical, 1 high");
    }
}
