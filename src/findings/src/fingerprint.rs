//! What makes a finding the same finding on another night.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::finding::Subject;
use rolecall_base::hex::hex;

/// The id of a finding: the first 16 hex digits of SHA-256 over the check, the org, the subject (its id; its name where
/// it has none) and the stable part of the cause. Neither order nor wording nor the program's version changes it.
pub fn id(check: &str, org: &str, subject: &Subject, cause: &BTreeSet<String>) -> String {
    let Subject { kind, id, name } = subject;
    of_parts(check, org, [kind, id, name], cause)
}

/// The same from texts; the subject by kind, id and name.
pub fn of_parts(check: &str, org: &str, [kind, id, name]: [&str; 3], cause: &BTreeSet<String>) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        // Lengths keep `ab` + `c` apart from `a` + `bc`.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    part(check);
    part(org);
    part(kind);
    part(if id.is_empty() { name } else { id });
    cause.iter().for_each(|text| part(text));
    hex(hash.finalize().iter().take(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(id: &str, name: &str) -> Subject {
        Subject { kind: "oauth_client", id: id.to_owned(), name: name.to_owned() }
    }

    fn cause(parts: &[&str]) -> BTreeSet<String> {
        parts.iter().map(|part| (*part).to_owned()).collect()
    }

    #[test]
    fn id_is_the_same_for_ever() {
        // Written down: histories and waivers hold these ids.
        assert_eq!(id("gap.declared", "dev", &subject("c1", "a"), &cause(&["x", "y"])), "28d603f90793c43e");
    }

    #[test]
    fn id_ignores_order_and_a_new_name_of_the_same_thing() {
        let one = id("a.b", "dev", &subject("c1", "old name"), &cause(&["x", "y"]));
        assert_eq!(one, id("a.b", "dev", &subject("c1", "new name"), &cause(&["y", "x"])));
        assert_eq!(one.len(), 16);
    }

    #[test]
    fn id_differs_with_check_org_subject_and_cause() {
        let ids: BTreeSet<String> = [
            id("a.b", "dev", &subject("c1", "n"), &cause(&["x"])),
            id("a.c", "dev", &subject("c1", "n"), &cause(&["x"])),
            id("a.b", "staging", &subject("c1", "n"), &cause(&["x"])),
            id("a.b", "dev", &subject("c2", "n"), &cause(&["x"])),
            id("a.b", "dev", &subject("c1", "n"), &cause(&["x", "y"])),
            id("a.b", "dev", &subject("", "n"), &cause(&["x"])),
            id("a.b", "dev", &subject("", "m"), &cause(&["x"])),
        ]
        .into();
        assert_eq!(ids.len(), 7);
    }
}
