//! The verdict in one sentence.

use super::Pair;
use rolecall_access::cross::{AccessMap, Answer, Reason, Verdict};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Endpoint, Match, nearest, reviewed};

/// How many names stand in the sentence; the lists hold all.
const NAMES: usize = 4;

/// Says what will happen and why.
pub(super) fn sentence(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, answer: Answer) -> String {
    let org = &map.snapshot.org.name;
    let who = match pair.user {
        None => format!("{} `{}`", pair.principal.kind.as_str().replace('_', " "), pair.principal.name),
        Some(user) => format!("client `{}` acting for user `{}`", pair.principal.name, user.name),
    };
    let who = who.replace("oauth client", "client");
    let found = map.matrix.resolve(endpoint);
    let shown = found.map_or_else(|| endpoint.to_string(), |(_, operation)| operation.endpoint.to_string());
    let rest = match answer.verdict {
        Verdict::Allowed => format!("may call {shown}: {}", held(map, pair, endpoint)),
        Verdict::Partial => {
            let at = found.map(|(at, _)| at);
            let names: Vec<&str> = at
                .map(|at| map.divisions(pair.holder(), at, answer))
                .unwrap_or_default()
                .into_iter()
                .map(|id| map.division_name(id))
                .collect();
            let places = names.join(", ");
            if found.is_some_and(|(_, operation)| needs_every_division(&operation.endpoint)) {
                format!(
                    "holds what {shown} requires in {places} only, and a grant in single divisions is not enough for it: it \
                     needs one in all divisions"
                )
            } else {
                format!("may call {shown} in {places} only; elsewhere it fails, or returns less without an error")
            }
        }
        Verdict::Conditional => format!("may call {shown} only under conditions: {}", because(answer)),
        Verdict::DependsOnUser => {
            format!("may call {shown} as far as the client goes; the user behind its token decides")
        }
        Verdict::Denied => format!("may not call {shown}: {}", lacks(map, pair, endpoint, answer)),
        Verdict::Unknown if answer.reasons.has(Reason::EndpointNotInMatrix) => {
            let why =
                nearest::login_host(endpoint).unwrap_or("the matrix has no such endpoint, and nothing is guessed");
            format!("cannot be judged on {shown}: {why}")
        }
        Verdict::Unknown => format!("cannot be judged on {shown}: {}", lacks(map, pair, endpoint, answer)),
    };
    format!("{who} in org `{org}` {rest}")
}

/// Whether a reviewed fact says that grants in single divisions are not enough.
fn needs_every_division(endpoint: &Endpoint) -> bool {
    reviewed::about(endpoint).any(|row| row.every_division)
}

/// The reasons, with the names of what is missing where that is what they are about.
fn lacks(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, answer: Answer) -> String {
    let Some((at, operation)) = map.matrix.resolve(endpoint) else { return because(answer) };
    let some = |names: &[&str]| {
        let more = names.len().saturating_sub(NAMES);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{}{more}", names.iter().take(NAMES).copied().collect::<Vec<_>>().join(", "))
    };
    let missing: Vec<&str> =
        map.missing_permissions(pair.holder(), at, answer).into_iter().map(Permission::as_str).collect();
    let whose = if pair.user.is_some() { "the user" } else { "it" };
    let any = operation.requirement.permissions_match == Match::Any && missing.len() > 1;
    let reasons = answer.reasons.iter().map(|reason| match reason {
        Reason::MissingPermission if !missing.is_empty() && any => format!("{whose} holds none of {}", some(&missing)),
        Reason::MissingPermission if !missing.is_empty() => format!("{whose} lacks {}", some(&missing)),
        Reason::MissingScope => {
            let scopes: Vec<&str> = operation.requirement.scopes.iter().map(Scope::as_str).collect();
            format!("the client has none of the scopes {}", some(&scopes))
        }
        other => other.meaning().to_owned(),
    });
    reasons.collect::<Vec<_>>().join("; ")
}

fn because(answer: Answer) -> String {
    answer.reasons.iter().map(Reason::meaning).collect::<Vec<_>>().join("; ")
}

fn held(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint) -> String {
    let Some((at, operation)) = map.matrix.resolve(endpoint) else { return String::new() };
    if operation.requirement.permissions_match == Match::None {
        return "it requires no permission".to_owned();
    }
    let names: Vec<&str> = map
        .demanded(at)
        .iter()
        .filter(|number| map.holdings_of(pair.holder()).is_some_and(|held| held.fully.contains(**number)))
        .filter_map(|number| map.rights.index.names().get(*number))
        .map(Permission::as_str)
        .collect();
    let whose = if pair.user.is_some() { "the user holds" } else { "it holds" };
    match names.as_slice() {
        [] => "its roles give what is required".to_owned(),
        [one] => format!("{whose} {one}"),
        [first, rest @ ..] if operation.requirement.permissions_match == Match::Any => {
            format!("{whose} {first} and {} more of the alternatives", rest.len())
        }
        all => format!("{whose} all {} permissions", all.len()),
    }
}
