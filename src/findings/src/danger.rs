//! Which permissions are dangerous, in what way, and which are so together: the catalogue built into the program.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::severity::Severity;

const TEXT: &str = include_str!("danger.json");

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| match serde_json::from_str::<File>(TEXT) {
    Ok(file) => Catalogue::of(file),
    // The text is a constant that a test reads; this arm cannot be reached by any input.
    Err(error) => unreachable!("{error}"),
});

/// A way in which a permission can be dangerous.
#[derive(Clone, Debug, Deserialize)]
pub struct Class {
    /// Two letters, for example `PE`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How bad it is in general.
    pub severity: Severity,
    /// What it lets the holder do.
    pub meaning: String,
}

/// Permissions that are dangerous for one reason.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// The class's id.
    pub class: String,
    /// How bad it is before a finding weighs who holds it, and where.
    pub severity: Severity,
    /// The permissions.
    pub permissions: Vec<String>,
    /// What can be done with them.
    pub reason: String,
    /// What nobody has published or tried.
    #[serde(default)]
    pub not_verified: Option<String>,
}

/// Permissions that are dangerous together.
#[derive(Clone, Debug, Deserialize)]
pub struct Combination {
    /// What people call it.
    pub name: String,
    /// The permissions, all of which it takes.
    pub all_of: Vec<String>,
    /// What else it takes.
    pub condition: String,
}

#[derive(Deserialize)]
struct File {
    classes: Vec<Class>,
    entries: Vec<Entry>,
    combos: Vec<Combination>,
}

/// The catalogue.
pub struct Catalogue {
    /// Classes, gravest first.
    pub classes: Vec<Class>,
    /// Entries, by class.
    pub entries: Vec<Entry>,
    /// Combinations.
    pub combinations: Vec<Combination>,
    by_permission: HashMap<String, Vec<usize>>,
}

impl Catalogue {
    fn of(file: File) -> Self {
        let mut by_permission: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in file.entries.iter().enumerate() {
            for permission in &entry.permissions {
                by_permission.entry(permission.clone()).or_default().push(at);
            }
        }
        Self { classes: file.classes, entries: file.entries, combinations: file.combos, by_permission }
    }

    /// The entries that name a permission.
    pub fn entries_of<'a>(&'a self, permission: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let places = self.by_permission.get(permission).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|at| self.entries.get(*at))
    }

    /// The gravest entry that names a permission; of several the one whose class stands first.
    pub fn worst(&self, permission: &str) -> Option<&Entry> {
        self.entries_of(permission).reduce(|worst, entry| if entry.severity > worst.severity { entry } else { worst })
    }

    /// `<class> <severity>` for a table's cell; empty where the permission is not dangerous.
    pub fn risk(&self, permission: &str) -> String {
        self.worst(permission).map(|entry| format!("{} {}", entry.class, entry.severity)).unwrap_or_default()
    }

    /// A class by its id.
    pub fn class(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.id == id)
    }
}

/// The catalogue built into the program.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use rolecall_matrix::bundled;

    #[test]
    fn every_name_of_the_catalogue_is_required_somewhere_in_the_built_in_matrix() {
        let operations = bundled::matrix().operations();
        let known: BTreeSet<&str> =
            operations.iter().flat_map(|one| &one.requirement.permissions).map(|name| name.as_str()).collect();
        let catalogue = catalogue();
        let listed: BTreeSet<&str> =
            catalogue.entries.iter().flat_map(|entry| &entry.permissions).map(String::as_str).collect();
        assert_eq!((catalogue.classes.len(), catalogue.entries.len(), listed.len()), (10, 95, 352));
        let combined = catalogue.combinations.iter().flat_map(|one| &one.all_of).map(String::as_str);
        let unknown: Vec<&str> = listed.iter().copied().chain(combined).filter(|name| !known.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn every_entry_has_a_class_that_is_listed() {
        for entry in &catalogue().entries {
            assert!(catalogue().class(&entry.class).is_some(), "{entry:?}");
        }
    }

    #[test]
    fn risk_names_the_gravest_class_and_is_empty_for_the_harmless() {
        assert_eq!(catalogue().risk("oauth:client:edit"), "PE critical");
        assert_eq!(catalogue().risk("oauth:client:view"), "CR high");
        assert_eq!(catalogue().risk("routing:queue:view"), "");
    }
}
