//! Identifiers of the platform's objects: one type each, so that none is passed for another.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes the id as the platform wrote it.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(std::sync::Arc::from(text.as_ref()))
            }

            /// The id as the platform wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An organisation's id.
    OrgId
);
id!(
    /// An OAuth client's id; also what it presents to the token endpoint.
    ClientId
);
id!(
    /// A user's id.
    UserId
);
id!(
    /// A group's id.
    GroupId
);
id!(
    /// A role's id.
    RoleId
);
id!(
    /// A division's id. The platform's `*` ("all divisions") is never one: see [`super::grant::Reach`].
    DivisionId
);
id!(
    /// An access policy's id.
    PolicyId
);
id!(
    /// The id of whatever a grant was given to, before its kind is known.
    SubjectId
);
