//! Which duties nobody should hold together: the configured pairs, or those built in.

use globset::{GlobBuilder, GlobMatcher};

use rolecall_base::permission::Permission;

/// Two duties that are to be kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duties {
    /// What people call the pair; the finding's identity rests on it.
    pub name: String,
    /// Permissions of the one duty, or globs over them (`outbound:campaign:*`); upper and lower case count.
    pub left: Vec<String>,
    /// Those of the other.
    pub right: Vec<String>,
}

/// The pairs that are looked at where the configuration names none: name, one duty, the other. Each is a four-eyes rule
/// that auditors of contact centres ask for; every permission exists in the built-in matrix.
const BUILT_IN: [(&str, &[&str], &[&str]); 7] = [
    (
        "write roles and give them out",
        &["authorization:role:add", "authorization:role:edit"],
        &["authorization:grant:add"],
    ),
    ("make clients and give them roles", &["oauth:client:add", "oauth:client:edit"], &["authorization:grant:add"]),
    ("let other orgs in and give them roles", &["authorization:orgTrustee:add"], &["authorization:grant:add"]),
    (
        "give rights out and switch off what watches them",
        &["authorization:grant:add", "authorization:role:edit"],
        &["authorization:settings:edit", "alerting:rule:edit", "alerting:rule:delete"],
    ),
    ("write flows and publish them", &["architect:flow:edit"], &["architect:flow:publish"]),
    (
        "load contacts and start campaigns",
        &["outbound:contactList:upload", "outbound:contact:add"],
        &["outbound:campaign:start"],
    ),
    ("score evaluations and release them", &["quality:evaluation:editScore"], &["quality:evaluation:release"]),
];

/// The pairs built in.
pub fn built_in() -> Vec<Duties> {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    let duties = |(name, left, right): (&str, &[&str], &[&str])| Duties {
        name: name.to_owned(),
        left: texts(left),
        right: texts(right),
    };
    BUILT_IN.into_iter().map(duties).collect()
}

/// Whether a text is a glob over permissions.
///
/// # Errors
/// Why it is not, in words for people.
pub fn glob(text: &str) -> Result<GlobMatcher, String> {
    GlobBuilder::new(text).build().map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// The numbers of the permissions that one of the globs names, ascending. A glob that is none names nothing: the
/// configuration refuses it before.
pub fn named(globs: &[String], permissions: &[Permission]) -> Vec<usize> {
    let globs: Vec<GlobMatcher> = globs.iter().filter_map(|text| glob(text).ok()).collect();
    let named = permissions.iter().enumerate();
    named.filter(|(_, name)| globs.iter().any(|glob| glob.is_match(name.as_str()))).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_matrix::bundled;

    #[test]
    fn every_permission_that_is_built_in_is_required_somewhere_in_the_built_in_matrix() {
        let operations = bundled::matrix().operations();
        for duties in built_in() {
            for name in duties.left.iter().chain(&duties.right) {
                let known = operations.iter().any(|one| one.requirement.permissions.contains(&Permission::new(name)));
                assert!(known, "{name}");
            }
        }
    }

    #[test]
    fn globs_name_whole_permissions_and_case_counts() {
        let all = ["outbound:campaign:start", "outbound:campaign:edit", "routing:queue:edit"].map(Permission::new);
        let globs = |text: &str| named(&[text.to_owned()], &all);
        assert_eq!(globs("outbound:campaign:*"), [0, 1]);
        assert_eq!(globs("*:edit"), [1, 2]);
        assert_eq!(globs("outbound:campaign"), [0_usize; 0]);
        assert_eq!(globs("Outbound:*"), [0_usize; 0]);
        assert!(glob("a[").is_err());
    }
}
