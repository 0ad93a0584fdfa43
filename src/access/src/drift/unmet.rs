//! Declared pairs that name a thing which a side does not have: most often a name that was mistyped or has changed.

use super::Mapping;
use super::change::DriftKind;
use rolecall_base::coverage::Listing;
use rolecall_base::named;
use rolecall_base::nearest::nearest;
use rolecall_base::snapshot::Snapshot;

/// A side of a declared pair that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What kind of thing.
    pub kind: DriftKind,
    /// What the pair calls it.
    pub text: String,
    /// The org that has none of that name, id or e-mail address.
    pub org: String,
    /// The nearest name that it has.
    pub near: Option<String>,
}

impl std::fmt::Display for Unmet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is no {} of `{}`", self.text, self.kind.in_words(), self.org)?;
        match &self.near {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => Ok(()),
        }
    }
}

impl Mapping {
    /// The sides of the pair that are not there, as far as their lists were read completely.
    pub fn unmet(&self, left: &Snapshot, right: &Snapshot) -> Vec<Unmet> {
        let sides = [(&self.from, left), (&self.to, right)];
        sides.into_iter().filter_map(|(text, snapshot)| unmet(self.kind, text, snapshot)).collect()
    }
}

fn unmet(kind: DriftKind, text: &str, snapshot: &Snapshot) -> Option<Unmet> {
    let (listing, known) = called(kind, snapshot)?;
    let fits = |one: &Called<'_>| {
        named::same(one.name, text)
            || named::same(one.id, text)
            || one.email.is_some_and(|email| named::same(email, text))
    };
    if !snapshot.coverage.is_whole(listing) || known.iter().any(fits) {
        return None;
    }
    let near = nearest(text, known.iter().map(|one| one.name), 1).first().map(|near| (*near).to_owned());
    Some(Unmet { kind, text: text.to_owned(), org: snapshot.org.name.clone(), near })
}

/// What a thing can be called by.
struct Called<'a> {
    name: &'a str,
    id: &'a str,
    email: Option<&'a str>,
}

fn called(kind: DriftKind, snapshot: &Snapshot) -> Option<(Listing, Vec<Called<'_>>)> {
    fn by<'a>(name: &'a str, id: &'a str) -> Called<'a> {
        Called { name, id, email: None }
    }
    Some(match kind {
        DriftKind::Role => (Listing::Roles, snapshot.roles.iter().map(|one| by(&one.name, one.id.as_str())).collect()),
        DriftKind::OauthClient => {
            let clients = snapshot.oauth_clients.iter();
            (Listing::OauthClients, clients.map(|one| by(&one.name, one.id.as_str())).collect())
        }
        DriftKind::Group => {
            (Listing::Groups, snapshot.groups.iter().map(|one| by(&one.name, one.id.as_str())).collect())
        }
        DriftKind::Division => {
            (Listing::Divisions, snapshot.divisions.iter().map(|one| by(&one.name, one.id.as_str())).collect())
        }
        DriftKind::ServiceUser | DriftKind::User => {
            let users = snapshot.users.iter();
            let users = users.map(|one| Called { email: one.email.as_deref(), ..by(&one.name, one.id.as_str()) });
            (Listing::Users, users.collect())
        }
        DriftKind::Permission | DriftKind::Endpoint | DriftKind::Policy | DriftKind::Trustee => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_testkit::World;

    fn org(name: &str, roles: &[&str]) -> Snapshot {
        let mut night = World::of_org(name);
        for role in roles {
            night.role(&format!("id of {role}"), role, &[]);
        }
        night.snapshot.clone()
    }

    fn pair(from: &str, to: &str) -> Mapping {
        Mapping { kind: DriftKind::Role, from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn name_that_a_side_does_not_have_is_reported_with_the_nearest() {
        let (left, right) = (org("dev", &["Queue Reader"]), org("staging", &["Queue Watcher"]));
        assert_eq!(pair("Queue Reader", "id of Queue Watcher").unmet(&left, &right), []);
        let shown: Vec<_> =
            pair("Queue Reder", "Queue Reader").unmet(&left, &right).iter().map(Unmet::to_string).collect();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0], "`Queue Reder` is no role of `dev`; did you mean `Queue Reader`?");
        assert!(shown[1].starts_with("`Queue Reader` is no role of `staging`"), "{shown:?}");
    }

    #[test]
    fn list_that_was_not_read_whole_says_nothing_against_a_name() {
        let (left, mut right) = (org("dev", &["A"]), org("staging", &[]));
        right.coverage.listings.remove(&Listing::Roles);
        assert_eq!(pair("A", "B").unmet(&left, &right), []);
    }
}
