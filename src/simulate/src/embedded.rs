//! The orgs that are built into the program, so that the demo needs no files.

use super::file_name::FileName;

macro_rules! org {
    ($name:literal) => {
        (
            $name,
            [
                include_str!(concat!("../../../fixtures/orgs/", $name, "/organization.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/divisions.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/catalogue.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/roles.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/clients.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/users.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/groups.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/members.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/grants.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/policies.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/trusts.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/settings.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/usage.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/audits.json")),
                include_str!(concat!("../../../fixtures/orgs/", $name, "/simulator.json")),
            ],
        )
    };
}

static ORGS: [(&str, [&str; FileName::COUNT]); 2] = [org!("dev"), org!("staging")];

/// The names of the built-in orgs.
pub fn embedded_orgs() -> Vec<&'static str> {
    ORGS.iter().map(|(name, _)| *name).collect()
}

/// What has changed in a built-in org since the previous run.
pub(super) fn last_night(name: &str) -> Option<&'static str> {
    match name {
        "dev" => Some(include_str!("../../../fixtures/orgs/dev/last-night.json")),
        "staging" => Some(include_str!("../../../fixtures/orgs/staging/last-night.json")),
        _ => None,
    }
}

/// The files of a built-in org, in the order of [`FileName::ALL`].
pub(super) fn files(name: &str) -> Option<[&'static str; FileName::COUNT]> {
    ORGS.iter().find(|(known, _)| *known == name).map(|(_, files)| *files)
}
