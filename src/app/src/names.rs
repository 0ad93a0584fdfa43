//! Who and what is meant by a name that somebody typed: the one place where commands look up principals, users, divisions
//! and orgs, say which of several they take, and offer the nearest where there is none.

use std::collections::BTreeSet;

use crate::failure::Failure;
use rolecall_access::cross::{AccessMap, Principal};
use rolecall_base::division::Division;
use rolecall_base::id::DivisionId;
use rolecall_base::named::{self, Found};
use rolecall_base::nearest::nearest;
use rolecall_findings::evidence::MatrixUsed;

/// An org, crossed, with the matrix that was used.
pub type Mapped<'a> = (AccessMap<'a>, &'a MatrixUsed);

/// How many near names are offered.
const NEAR: usize = 3;

/// The principals of this name, id or e-mail address: the id decides, several of one name are all returned; letter case
/// does not count where one spelling is left.
pub fn principals<'a>(map: &'a AccessMap<'_>, wanted: &str) -> Vec<&'a Principal> {
    look_up(map, wanted, |_| true).meant()
}

/// The users of this name, id or e-mail address.
pub fn users<'a>(map: &'a AccessMap<'_>, wanted: &str) -> Vec<&'a Principal> {
    look_up(map, wanted, |principal| principal.grant_type.is_none()).meant()
}

fn look_up<'a>(map: &'a AccessMap<'_>, wanted: &str, takes: impl Fn(&Principal) -> bool) -> Found<'a, Principal> {
    let all = || map.principals().iter().filter(|principal| takes(principal));
    let by_name = named::find(all(), wanted, |one: &Principal| (one.id.as_str(), vec![one.name.as_str()]));
    if !matches!(by_name, Found::Nothing) {
        return by_name;
    }
    let email = |principal: &'a Principal| {
        let user = map.snapshot.users.get(principal.at).filter(|_| principal.grant_type.is_none());
        let email = user.and_then(|user| user.email.as_deref());
        (principal.id.as_str(), email.into_iter().collect())
    };
    named::find(all(), wanted, email)
}

/// The name or id as the orgs write it, where it was typed in another way.
pub fn read_as(maps: &[Mapped<'_>], wanted: &str) -> Option<String> {
    let spellings: BTreeSet<&str> = maps
        .iter()
        .flat_map(|(map, _)| principals(map, wanted))
        .filter(|one| one.name != wanted && one.id != wanted)
        .map(|one| one.name.as_str())
        .collect();
    let list: Vec<String> = spellings.into_iter().map(|name| format!("`{name}`")).collect();
    (!list.is_empty()).then(|| format!("read as {}", list.join(", ")))
}

/// Fails where a name in another letter case fits several spellings in an org: all are named.
fn refuse_several(maps: &[Mapped<'_>], wanted: &str) -> Result<(), Failure> {
    for (map, _) in maps {
        if let Found::Several(found) = look_up(map, wanted, |_| true) {
            let names: Vec<String> = found.iter().map(|one| format!("`{}` ({})", one.name, one.id)).collect();
            return Err(Failure::usage(format!(
                "`{wanted}` may be several principals of org `{}`: write {}",
                map.snapshot.org.name,
                names.join(" or ")
            )));
        }
    }
    Ok(())
}

/// The orgs that have a principal of this name or id. Those that do not have it, and names that several share, are reported.
///
/// # Errors
/// When no org has it: with the nearest names.
pub fn placed<'m, 'a>(maps: &'m [Mapped<'a>], wanted: &str) -> Result<Vec<&'m Mapped<'a>>, Failure> {
    refuse_several(maps, wanted)?;
    let (have, lack): (Vec<&Mapped<'a>>, Vec<&Mapped<'a>>) =
        maps.iter().partition(|(map, _)| !principals(map, wanted).is_empty());
    if have.is_empty() {
        return Err(no_principal(maps, wanted));
    }
    for (map, _) in lack {
        tracing::warn!("org `{}` has no principal `{wanted}`{}", map.snapshot.org.name, unread(map));
    }
    for (map, _) in &have {
        let found = principals(map, wanted);
        if found.len() > 1 {
            tracing::warn!(
                "`{wanted}` is the name of {} principals in org `{}`, and each is answered; give an id to choose one: {}",
                found.len(),
                map.snapshot.org.name,
                candidates(&found)
            );
        }
    }
    Ok(have)
}

fn candidates(found: &[&Principal]) -> String {
    found.iter().map(|one| format!("{} ({})", one.id, one.kind)).collect::<Vec<_>>().join(", ")
}

/// What to add to "there is none" where the lists that would have it were not read completely.
fn unread(map: &AccessMap<'_>) -> &'static str {
    use rolecall_base::coverage::Listing;
    let coverage = &map.snapshot.coverage;
    if coverage.is_whole(Listing::OauthClients) && coverage.is_whole(Listing::Users) {
        ""
    } else {
        " among what was read: its lists of clients and users are not whole"
    }
}

/// The message for a principal that no org has.
pub fn no_principal(maps: &[Mapped<'_>], wanted: &str) -> Failure {
    let names = maps.iter().flat_map(|(map, _)| map.principals().iter().map(|principal| principal.name.as_str()));
    let near = nearest(wanted, names, NEAR);
    let ids = || maps.iter().flat_map(|(map, _)| map.principals().iter().map(|principal| principal.id.as_str()));
    let help = match (near.is_empty(), nearest(wanted, ids(), 1).first()) {
        (false, _) => meant(maps, &near, |_| true),
        (true, Some(id)) => format!("did you mean the id `{id}`?"),
        (true, None) => "give the name or id of an OAuth client or of a user that was collected".to_owned(),
    };
    let gap = maps.iter().map(|(map, _)| unread(map)).find(|gap| !gap.is_empty()).unwrap_or("");
    Failure::usage(format!("no principal `{wanted}` in {}{gap}: {help}", org_names(maps.iter())))
}

/// The message for a user that no org has.
pub fn no_user(maps: &[&Mapped<'_>], wanted: &str) -> Failure {
    let users = || maps.iter().flat_map(|(map, _)| map.principals()).filter(|one| one.grant_type.is_none());
    let clients = maps.iter().flat_map(|(map, _)| principals(map, wanted)).count();
    let near = nearest(wanted, users().map(|one| one.name.as_str()), NEAR);
    let orgs = org_names(maps.iter().copied());
    let help = match (clients, near.as_slice()) {
        (0, []) => "give the name, id or e-mail address of a user that was collected".to_owned(),
        (0, near) => {
            let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
            format!("did you mean {}?", names.join(", "))
        }
        _ => "that is a client; --user takes the user for whom the client acts".to_owned(),
    };
    Failure::usage(format!("no user `{wanted}` in {orgs}: {help}"))
}

/// `did you mean ...?` with the ids of a name that several share.
fn meant(maps: &[Mapped<'_>], near: &[&str], wanted: impl Fn(&Principal) -> bool) -> String {
    let one = |name: &str| {
        let ids: BTreeSet<&str> = maps
            .iter()
            .filter_map(|(map, _)| {
                let of_name: Vec<&Principal> =
                    map.principals().iter().filter(|one| one.name == name && wanted(one)).collect();
                (of_name.len() > 1).then_some(of_name)
            })
            .flatten()
            .map(|principal| principal.id.as_str())
            .collect();
        if ids.is_empty() {
            format!("`{name}`")
        } else {
            format!("`{name}` (several: {})", ids.into_iter().collect::<Vec<_>>().join(", "))
        }
    };
    format!("did you mean {}?", near.iter().map(|name| one(name)).collect::<Vec<_>>().join(", "))
}

/// The ids of the divisions of this name or id, in each org of which it is one.
///
/// # Errors
/// When no org has it: with the nearest names.
pub fn divisions<'m>(maps: &'m [Mapped<'_>], wanted: &str) -> Result<BTreeSet<DivisionId>, Failure> {
    let all = || maps.iter().flat_map(|(map, _)| &map.snapshot.divisions);
    let mut found: BTreeSet<DivisionId> = BTreeSet::new();
    for (map, _) in maps {
        let names = |division: &'m Division| (division.id.as_str(), vec![division.name.as_str()]);
        match named::find(&map.snapshot.divisions, wanted, names) {
            Found::Is(divisions) => found.extend(divisions.into_iter().map(|division| division.id.clone())),
            Found::Nothing => {}
            Found::Several(divisions) => {
                let names: Vec<String> = divisions.iter().map(|division| format!("`{}`", division.name)).collect();
                return Err(Failure::usage(format!(
                    "`{wanted}` may be several divisions of org `{}`: write {}",
                    map.snapshot.org.name,
                    names.join(" or ")
                )));
            }
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let near = nearest(wanted, all().map(|division| division.name.as_str()), NEAR);
    let help = if near.is_empty() {
        let names: BTreeSet<&str> = all().map(|division| division.name.as_str()).collect();
        let names: Vec<String> = names.into_iter().take(20).map(|name| format!("`{name}`")).collect();
        format!("it is none of {}", names.join(", "))
    } else {
        let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
        format!("did you mean {}?", names.join(", "))
    };
    Err(Failure::usage(format!("no division `{wanted}` in {}: {help}", org_names(maps.iter()))))
}

fn org_names<'m, 'a: 'm>(maps: impl Iterator<Item = &'m Mapped<'a>>) -> String {
    let names: Vec<String> = maps.map(|(map, _)| format!("`{}`", map.snapshot.org.name)).collect();
    names.join(", ")
}
