//! A client that acts for a user: which of the two blocks.

use serde::Serialize;

use rolecall_access::cross::{AccessMap, Principal, Reason, Verdict};

/// Whom the question is about: a principal, and the user it acts for where one is named.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'p> {
    /// The principal that was asked about.
    pub principal: &'p Principal,
    /// The user for whom a client acts.
    pub user: Option<&'p Principal>,
}

impl<'p> Pair<'p> {
    /// Whose permissions decide.
    pub fn holder(&self) -> &'p Principal {
        self.user.unwrap_or(self.principal)
    }
}

/// What each side of the pair does to the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// The client's scopes: `pass`, `block`, `block if scopes are enforced`, `not enforced`, `not known`, or `client
    /// inactive`.
    pub client_scopes: &'static str,
    /// The user's permissions, as the verdict that they give alone.
    pub user_permissions: &'static str,
    /// What stops the call: `neither`, `client scopes`, `user permissions`, `both`, `not known`.
    pub blocker: &'static str,
    /// The same in a sentence.
    pub says: String,
}

/// Says which of the two blocks; `None` where the endpoint is not known.
pub fn sides(map: &AccessMap<'_>, client: &Principal, user: &Principal, operation: usize) -> Sides {
    let by_scopes = map.answer(client, operation);
    let by_user = map.answer(user, operation);
    let scopes_blocked = by_scopes.reasons.has(Reason::MissingScope);
    let client_scopes = match by_scopes.verdict {
        Verdict::Denied if by_scopes.reasons.has(Reason::ClientInactive) => "client inactive",
        Verdict::Denied => "block",
        Verdict::Unknown if scopes_blocked => "block if scopes are enforced",
        // Scopes are asked before that nothing is published.
        Verdict::Unknown if !by_scopes.reasons.has(Reason::NothingPublished) => "not known",
        Verdict::Unknown | Verdict::Allowed | Verdict::DependsOnUser | Verdict::Partial | Verdict::Conditional
            if map.scopes_enforced == Some(false) =>
        {
            "not enforced"
        }
        Verdict::Unknown | Verdict::Allowed | Verdict::DependsOnUser | Verdict::Partial | Verdict::Conditional => {
            "pass"
        }
    };
    let scopes_stop = matches!(client_scopes, "block" | "block if scopes are enforced" | "client inactive");
    let user_stops = by_user.verdict == Verdict::Denied;
    let unsure = client_scopes == "not known" || by_user.verdict == Verdict::Unknown;
    let blocker = match (scopes_stop, user_stops, unsure) {
        (true, true, _) => "both",
        (true, false, _) => "client scopes",
        (false, true, _) => "user permissions",
        (false, false, true) => "not known",
        (false, false, false) => "neither",
    };
    let client_says = match client_scopes {
        "pass" => "the client's scopes let it through",
        "not enforced" => "the client's scopes play no part, because this org does not enforce scopes",
        "block" => "the client's scopes stop it",
        "block if scopes are enforced" => {
            "the client's scopes stop it if this org enforces scopes, which no API field shows"
        }
        "client inactive" => "the client is inactive",
        _ => "what the client's scopes do is not known",
    };
    let user_says = match by_user.verdict {
        Verdict::Allowed => "the user's permissions let it through",
        Verdict::Partial => "the user's permissions let it through in some divisions",
        Verdict::Conditional => "the user's permissions let it through under conditions",
        Verdict::Denied if by_user.reasons.has(Reason::UserInactive) => "the user is inactive",
        Verdict::Denied => "the user's permissions stop it",
        Verdict::Unknown | Verdict::DependsOnUser => "what the user's permissions do is not known",
    };
    let summary = match blocker {
        "both" => "both block",
        "client scopes" => "the client's side blocks",
        "user permissions" => "the user's side blocks",
        "neither" => "neither blocks",
        _ => "which of the two blocks is not known",
    };
    Sides {
        client_scopes,
        user_permissions: by_user.verdict.as_str(),
        blocker,
        says: format!("{summary}: {client_says}; {user_says}"),
    }
}
