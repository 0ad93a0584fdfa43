//! Which permissions and scopes people name beside a need, and whether there are such names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::evidence::{Evidence, OrgEvidence};
use rolecall_base::label;
use rolecall_base::permission::Permission;
use rolecall_matrix::names;
use rolecall_matrix::needs::{Need, claims};
use rolecall_matrix::table::{permissions_of, scopes_of};

/// The kind of name that somebody means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A permission.
    Permission,
    /// A scope.
    Scope,
}

/// The names that an org knows: those of its matrix and of its catalogue.
pub struct Names<'e> {
    permissions: BTreeSet<&'e str>,
    scopes: BTreeSet<&'e str>,
    /// First words of known names, and last ones, in lower case: what a text must have to be taken for a name.
    first: BTreeSet<String>,
    last: BTreeSet<String>,
}

impl<'e> Names<'e> {
    /// Of an org.
    pub fn of(org: &'e OrgEvidence<'_>) -> Self {
        let mut permissions = permissions_of(org.map.matrix);
        permissions.extend(org.map.snapshot.permissions.iter().map(|entry| entry.permission.as_str()));
        let roles = org.map.snapshot.roles.iter();
        permissions.extend(roles.flat_map(|role| &role.general_permissions).map(Permission::as_str));
        let scopes = scopes_of(org.map.matrix);
        let all = || permissions.iter().chain(&scopes);
        let first = all().filter_map(|name| name.split(':').next()).map(str::to_lowercase).collect();
        let mut last: BTreeSet<String> =
            all().filter_map(|name| name.split_once(':')?.1.rsplit(':').next()).map(str::to_lowercase).collect();
        // Verbs that other products' scopes end in, and that people expect here too.
        last.extend(["read", "write", "execute", "readonly"].map(str::to_owned));
        Self { permissions, scopes, first, last }
    }

    /// Whether there is such a permission; a wildcard is one where it covers any.
    pub fn has_permission(&self, name: &str) -> bool {
        self.permissions.contains(name) || names::permissions(self.permissions.iter().copied(), name).is_ok()
    }

    /// Whether there is such a scope.
    pub fn has_scope(&self, name: &str) -> bool {
        self.scopes.contains(name) || self.scopes.contains(label::scope(name).as_str())
    }

    /// Whether any scope is known: a table without scopes says nothing about them.
    pub fn knows_scopes(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// What a word of a free text is meant as: three parts make a permission, two a scope, where the first or the last
    /// of them is one of a known name.
    fn meant(&self, word: &str) -> Option<NameKind> {
        let first = word.split(':').next().unwrap_or("").to_lowercase();
        let last = word.rsplit(':').next().unwrap_or("").to_lowercase();
        if !self.first.contains(&first) && !self.last.contains(&last) {
            return None;
        }
        Some(if word.matches(':').count() == 2 { NameKind::Permission } else { NameKind::Scope })
    }

    /// The names of this kind that a need brings, and that do not exist: from its columns, and what its note has that
    /// looks like one.
    pub fn unknown_of<'n>(&self, need: &'n Need, kind: NameKind) -> BTreeSet<&'n str> {
        let (column, exists): (_, fn(&Self, &str) -> bool) = match kind {
            NameKind::Permission => (&need.claims.permissions, Self::has_permission),
            NameKind::Scope => (&need.claims.scopes, Self::has_scope),
        };
        let reported = column.iter().map(String::as_str).filter(|name| !exists(self, name));
        let noted = claims::names_in(&need.note)
            .into_iter()
            .filter(|word| self.meant(word) == Some(kind) && !self.has_permission(word) && !self.has_scope(word));
        reported.chain(noted).collect()
    }
}

/// The needs that are about an org.
pub fn needs_of<'e>(evidence: &'e Evidence<'_>, org: &'e OrgEvidence<'_>) -> impl Iterator<Item = &'e Need> {
    let name = &org.map.snapshot.org.name;
    evidence.needs.iter().filter(move |need| need.is_for(name))
}

/// Names that one and the same needs bring: they are reported together.
#[derive(Debug)]
pub struct ClaimedNames<'e> {
    /// The names.
    pub names: BTreeSet<&'e str>,
    /// Who brings them.
    pub needs: Vec<&'e Need>,
}

impl ClaimedNames<'_> {
    /// The names in backticks, joined.
    pub fn list(&self) -> String {
        super::check::names(self.names.iter().copied(), 5)
    }

    /// The names, joined: what a finding is about.
    pub fn subject(&self) -> String {
        self.names.iter().copied().collect::<Vec<_>>().join(", ")
    }

    /// Who needs what they ask for.
    pub fn principals(&self) -> String {
        let who: BTreeSet<&str> = self.needs.iter().map(|need| need.principal.as_str()).collect();
        super::check::names(who, 5)
    }
}

/// The names of this kind that do not exist, with the needs that bring them.
pub fn unknown<'e>(
    evidence: &'e Evidence<'_>,
    org: &'e OrgEvidence<'_>,
    names: &Names<'_>,
    kind: NameKind,
) -> Vec<ClaimedNames<'e>> {
    let mut unknown: BTreeMap<&str, Vec<&Need>> = BTreeMap::new();
    for need in needs_of(evidence, org) {
        for name in names.unknown_of(need, kind) {
            unknown.entry(name).or_default().push(need);
        }
    }
    let mut reported: BTreeMap<Vec<(&Path, u64)>, ClaimedNames<'_>> = BTreeMap::new();
    for (name, needs) in unknown {
        let lines = needs.iter().map(|need| (need.file.as_path(), need.line)).collect();
        reported.entry(lines).or_insert_with(|| ClaimedNames { names: BTreeSet::new(), needs }).names.insert(name);
    }
    reported.into_values().collect()
}

/// What really is asked for by the call of a need, in words; where it stands.
pub fn asked_by(org: &OrgEvidence<'_>, need: &Need) -> String {
    let place = format!("`{}`, {}: {}:{}", need.principal, need.endpoint, need.file_name(), need.line);
    match org.map.matrix.resolve(&need.endpoint) {
        None => format!("{place}; the endpoint does not exist either"),
        Some((_, operation)) => {
            let scopes = super::check::names(operation.requirement.scopes.iter().map(|scope| scope.as_str()), 5);
            let scopes = if scopes.is_empty() { "no scope is listed".to_owned() } else { format!("scopes {scopes}") };
            format!("{place}; it needs {} ({scopes})", super::callers::permissions(&operation.requirement))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Night;

    #[test]
    fn words_of_a_note_are_names_only_where_they_look_like_known_ones() {
        let mut night = Night::new();
        night.client("c1", "x", &[]).need("x", "GET /api/v2/routing/queues", "");
        night.needs[0].note =
            "owner:alice said analytics:read, report:execute and ucp:reports:view; routing:queue:view exists, so does \
             routing:readonly and routing:*:*; routing:queues:look"
                .to_owned();
        let evidence = night.evidence();
        let names = Names::of(&evidence.orgs[0]);
        let of = |kind| names.unknown_of(&night.needs[0], kind).into_iter().collect::<Vec<_>>();
        assert_eq!(of(NameKind::Permission), ["routing:queues:look", "ucp:reports:view"]);
        assert_eq!(of(NameKind::Scope), ["analytics:read", "report:execute"]);
    }
}
