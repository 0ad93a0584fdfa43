//! Cause and fix of each kind, in the words of somebody who has seen it before.

use super::Diagnosis;
use super::kind::Kind;

/// How long a change of grants may take to reach every service of the platform.
pub(super) const SETTLING: &str = "a change of roles or grants takes up to five minutes to arrive";

/// The cause and the fix.
pub(super) fn of(diagnosis: &Diagnosis) -> (String, String) {
    match diagnosis.kind {
        Kind::MissingPermission => permission(diagnosis),
        Kind::MissingDivision => division(diagnosis),
        Kind::MissingScope => scope(diagnosis),
        Kind::NeedsUserContext => (
            "The endpoint needs a user behind the token, and the token is one of client credentials, which has none. \
             No role changes that."
                .to_owned(),
            "Call it with a token of a client that acts for a user (authorization code with PKCE), or use an endpoint \
             that takes an id instead of `me`: `GET /api/v2/tokens/me` shows who a client is, \
             `GET /api/v2/users/{userId}` reads a user."
                .to_owned(),
        ),
        Kind::PolicyDenied => policy(diagnosis),
        Kind::NotAuthorized => not_authorized(diagnosis),
        Kind::BadToken => (
            "The token is not accepted: it has ended, was revoked, belongs to another region, is not a token at all, \
             or its client was made inactive or disabled. It is not about permissions."
                .to_owned(),
            "Get a new token from the login service of the org's own region and send it once as `Authorization: \
             Bearer ...`. If the new one is refused too: check that `login.` and `api.` are of one region, and that \
             the client is active. Ask for one new token on a 401, not for one with every call."
                .to_owned(),
        ),
        Kind::NoToken => (
            "No bearer token came with the call: the header is missing, misspelt, empty, or a proxy or redirect took \
             it away."
                .to_owned(),
            "Send `Authorization: Bearer <token>`. If the program does: look whether the call goes through a proxy \
             that drops the header, or to a host to which a redirect led."
                .to_owned(),
        ),
        Kind::IpNotAllowed => (
            "The org (or the client) admits calls from listed addresses only, and this call came from another one. \
             Neither token nor permissions are at fault."
                .to_owned(),
            format!(
                "Add the address from which the call leaves{} to the allow-list, or send the call through an address \
                 that is on it. Hosts with changing addresses need a fixed way out.",
                diagnosis.address().map_or_else(String::new, |address| format!(" ({address})"))
            ),
        ),
        Kind::BadClient => bad_client(diagnosis),
        Kind::RateLimit => rate_limit(diagnosis),
        Kind::NotFound => (
            "The object in the path does not exist, is deleted, or lies where the caller may not see it: some \
             endpoints answer 404 where others answer 403. A path that does not exist at all is answered like this too."
                .to_owned(),
            "Check the path against the matrix (`rolecall matrix search`) and the id against the org and region that \
             were asked. Directly after the object was made, ask again a little later. If the object is there for \
             others, look at its division and at the caller's grants."
                .to_owned(),
        ),
        Kind::FeatureOff => (
            "The product or feature is not switched on in this org. Its permissions may be missing from the org's \
             catalogue as well, so that no role can grant them."
                .to_owned(),
            "Compare the org's subscription and feature settings with one where it works; ask the platform's support \
             or your account team to switch it on. Changing roles does not help."
                .to_owned(),
        ),
        Kind::BadRequest => bad_request(diagnosis),
        Kind::ServerError => (
            format!(
                "The platform, or a service behind it, failed or took too long.{}",
                if is_about_rights(diagnosis) { "" } else { " Permissions play no part." }
            ),
            format!(
                "Try again with growing pauses; a call that changes something only if it can be repeated safely. If \
                 it lasts, look at the platform's status page and open a case{}.",
                diagnosis.with_correlation()
            ),
        ),
        Kind::NotFromThePlatform => (
            "Something else than the platform wrote this.".to_owned(),
            "Find out who answered: the host that was called (`https://api.<region>/api/v2/...`), the `Server` and \
             `Via` headers, proxies and gateways on the way. An answer of the platform carries the header \
             `ININ-Correlation-Id`. Then repeat the call directly and diagnose that answer."
                .to_owned(),
        ),
    }
}

fn permission(diagnosis: &Diagnosis) -> (String, String) {
    let names = diagnosis.permissions.join(", ");
    let several = diagnosis.permissions.len() > 1;
    let somebody = if diagnosis.is_about_somebody_else() {
        " The message speaks of another user than the caller: it is that user who needs it."
    } else {
        ""
    };
    if diagnosis.permissions.is_empty() {
        return (
            format!("The caller lacks a permission, and the text does not name it.{somebody}"),
            "Look up the endpoint: `rolecall explain --principal NAME --endpoint 'METHOD /path'` lists what it \
             requires and what the caller lacks."
                .to_owned(),
        );
    }
    let (cause, what) = match diagnosis.combined {
        "ANY" if several => (format!("The caller holds none of {names}. One of them is enough."), "one of them"),
        "ALL" if several => (format!("The caller does not hold all of {names}."), "those of them that it lacks"),
        _ if several => (
            format!(
                "The caller lacks some or all of {names}; the text does not say whether one of them is enough or all \
                 are needed."
            ),
            "those of them that the endpoint requires",
        ),
        _ => (format!("The caller does not hold {names}."), "it"),
    };
    let granted = place(diagnosis).map_or_else(String::new, |place| format!(" in {place}"));
    let place = if granted.is_empty() { String::new() } else { format!(" The body asks for it{granted}.") };
    (
        format!("{cause}{place}{somebody}"),
        format!(
            "Give the caller a role with {what}{granted}: a client on client credentials through its own roles (its \
             scopes play no part), everybody else through the user's roles or groups. `rolecall explain` names the \
             role with the least extra access; {SETTLING}. A permission that the org's catalogue lacks cannot be \
             granted: then the product is missing."
        ),
    )
}

/// The divisions that are named, in words.
fn place(diagnosis: &Diagnosis) -> Option<String> {
    match diagnosis.divisions.as_slice() {
        [] => None,
        divisions if divisions.iter().any(|division| division == "*") => Some("all divisions".to_owned()),
        [division] => Some(format!("the division {division}")),
        divisions => Some(format!("the divisions {}", divisions.join(", "))),
    }
}

fn division(diagnosis: &Diagnosis) -> (String, String) {
    let what = match diagnosis.permissions.as_slice() {
        [] => "the permission".to_owned(),
        [one] => one.clone(),
        several if diagnosis.combined == "ANY" => format!("one of {}", several.join(", ")),
        several => several.join(", "),
    };
    let place = place(diagnosis).unwrap_or_else(|| "the division of the object".to_owned());
    let somebody = if diagnosis.is_about_somebody_else() {
        " The message speaks of another user than the caller: it is that user who needs it."
    } else {
        ""
    };
    (
        format!("The caller does not hold {what} in {place}; it may well hold it elsewhere.{somebody}"),
        format!(
            "Grant the role that has it in {place} too, or in all divisions if that is meant; or find out why the \
             object is there. Lists do not fail like this: limited to a division they return less, without an error. \
             Mind that {SETTLING}."
        ),
    )
}

fn scope(diagnosis: &Diagnosis) -> (String, String) {
    let names = diagnosis.scopes.join(", ");
    let cause = if names.is_empty() {
        "The client that acts for the user lacks a scope, and the org enforces scopes.".to_owned()
    } else {
        format!(
            "The client that acts for the user has none of the scopes {names}, and the org enforces scopes. One of them is enough."
        )
    };
    (
        cause,
        "Add the narrowest of them to the OAuth client (`:readonly` is enough for reading), have the change \
         authorized in the org if it is asked for, and let the user sign in again: tokens that are already out keep \
         their scopes. The user's permissions are checked as well. A client on client credentials never gets this \
         answer; if yours is one, another client's token was sent."
            .to_owned(),
    )
}

fn policy(diagnosis: &Diagnosis) -> (String, String) {
    let which =
        if diagnosis.policies.is_empty() { String::new() } else { format!(" ({})", diagnosis.policies.join(", ")) };
    (
        format!("An access policy of the org{which} denied the call. It does so whatever roles the caller has."),
        "Look the policy up (Admin > access policies, or `GET /api/v2/authorization/policies`): its subject and \
         condition show when it denies. Change the policy or the circumstances (address, attribute, division); more \
         roles do not help."
            .to_owned(),
    )
}

fn not_authorized(diagnosis: &Diagnosis) -> (String, String) {
    if let Some((cause, fix)) = rights_of_a_service(diagnosis) {
        return (cause.to_owned(), fix.to_owned());
    }
    let message = diagnosis.message.as_deref().unwrap_or("").to_lowercase();
    let generic = message.is_empty()
        || diagnosis.code.is_empty() && message.starts_with("unable to perform")
        || message.starts_with("you are not authorized to perform the requested action");
    let cause = if generic {
        "Refused without detail. Possible: a permission is missing, it is held in other divisions only, a condition \
         of the role is not met, the object belongs to somebody else, or the product is not there. The body does not \
         say which."
            .to_owned()
    } else {
        "Refused for what the caller is to this object (owner, participant, assignee, a protected object), or by a \
         rule of this service; the message says which. More permissions help only where it names one."
            .to_owned()
    };
    (
        cause,
        format!(
            "Ask what the data says: `rolecall explain --principal NAME --endpoint 'METHOD /path'`. If it says \
             allowed, look at the object: its division, its owner, its state. For the platform's support{}.",
            diagnosis.with_correlation()
        ),
    )
}

/// Refusals of single services for which the rule is known: cause and fix.
fn rights_of_a_service(diagnosis: &Diagnosis) -> Option<(&'static str, &'static str)> {
    let code = diagnosis.code.as_str();
    Some(match code {
        "bad.client.role" => (
            "The caller does not hold every role of the OAuth client. Only who holds all roles of a client may create \
             it with them, change it or make a new secret for it, whatever `oauth:client` permissions the caller has.",
            "Compare the client's roles with the caller's and grant the caller each role that it lacks, in the same \
             divisions; or let somebody who holds all of them make the change. For Terraform the caller is the \
             OAuth client that the provider uses: the roles of every client that it manages have to be granted to it \
             too.",
        ),
        _ if code.contains("content.template.not.authorized") => (
            "The caller may not see the content template that the request names: the campaign's own permission does \
             not cover the template.",
            "Grant the caller the permission to view the template in the template's division, or name a template that \
             the caller may see. `rolecall matrix search template` lists the permissions.",
        ),
        _ if code.contains("team.access") || code.contains("authorized.users.in.requested.teams") => (
            "The caller's workforce-management permission is held for certain teams only (a condition of the role), \
             and the request goes beyond them.",
            "Name teams of the caller in the request, or grant the caller a role with the same permission without the \
             team condition in the division of the business unit.",
        ),
        "managed.property.not.allowed" | "editing.managed.property.not.allowed" => (
            "The property is managed by the platform, and nobody may change it through the API.",
            "Leave the property out of the request. No role changes this.",
        ),
        "blocked" => (
            "The platform blocks this request for the org. No role of the caller changes that.",
            "Ask the platform's support why the org is blocked, with the correlation id.",
        ),
        _ if code.contains("black.listed") => (
            "The platform has prohibited this action for the whole org or campaign. No role of the caller changes that.",
            "Ask the platform's support to lift the prohibition, with the correlation id.",
        ),
        _ => return None,
    })
}

fn bad_client(diagnosis: &Diagnosis) -> (String, String) {
    let word = diagnosis.code.as_str();
    let cause = match word {
        "invalid_client" => {
            "The login service does not know this client and secret. It answers the same for a wrong secret, an \
             unknown id, the wrong region, and a client that is inactive or deleted."
        }
        "invalid_grant" => {
            "The authorization code, refresh token, assertion or password is wrong, was used before, has ended, or \
             belongs to another client or redirect address."
        }
        "unauthorized_client" | "unsupported_grant_type" => {
            "The client may not get a token in this way: its grant type is another one."
        }
        "invalid_scope" => "A scope was asked for that does not exist or that the client does not have.",
        "access_denied" => "The sign-in was refused or broken off, or the client is not authorized in the org.",
        _ => "The request for a token is not what the login service takes.",
    };
    let fix = match word {
        "invalid_client" => {
            "Check the region of the login address first (`https://login.<region>/oauth/token`), then the client's id \
             and secret and that the client is active. A secret is shown once, when it is made: if in doubt make a \
             new one. Send id and secret in the Basic header, or both in the form, not half of each."
        }
        "invalid_grant" => {
            "Start the sign-in again and use the code once and at once; the redirect address must be the same, letter \
             by letter, in both calls and on the client."
        }
        "unauthorized_client" | "unsupported_grant_type" => {
            "Compare the client's grant type with the `grant_type` that is sent. A service without a user needs \
             client credentials: a client of its own, with roles instead of scopes."
        }
        "invalid_scope" => {
            "With client credentials send no scope at all. Otherwise ask only for scopes that the client has \
             (`rolecall matrix search` knows the real ones)."
        }
        _ => "Compare the request with the grant type's form: address, method POST, form body, client id.",
    };
    (format!("{cause} No API call was made yet, so permissions play no part."), fix.to_owned())
}

fn rate_limit(diagnosis: &Diagnosis) -> (String, String) {
    let wait = match diagnosis.retry_after_seconds {
        Some(seconds) => format!("Wait {seconds} seconds, as the answer says, and then go on"),
        None => "Wait as long as `Retry-After` says, a minute where it is missing, and then go on".to_owned(),
    };
    let limit = diagnosis.limit.as_ref().map_or_else(String::new, |limit| format!(" ({limit})"));
    (
        format!(
            "Too many calls with one token in a minute{limit}. The limit is the platform's, per token; permissions \
             play no part."
        ),
        format!(
            "{wait}; keep below the `inin-ratelimit-allowed` that every answer holds. Several programs on one client \
             need clients of their own; polling is better replaced by notifications."
        ),
    )
}

fn bad_request(diagnosis: &Diagnosis) -> (String, String) {
    let (cause, fix) = match diagnosis.code.as_str() {
        "max.role.assignments.exceeded" => (
            "The user, group or client would hold more roles than the platform allows for one subject.",
            "Remove roles that the subject does not need, or put their permissions into fewer roles, and grant again.",
        ),
        "max.roles.exceeded" => (
            "The org has as many roles as the platform allows.",
            "Delete roles that nobody holds (`rolecall run` reports them), or ask the platform's support for a higher \
             limit.",
        ),
        "max.role.ids" => ("The request names more roles than the endpoint takes.", "Ask for 100 roles at a time."),
        "auth.too.many.clients" => (
            "The org has as many OAuth clients as the platform allows.",
            "Delete clients that nobody uses (`rolecall run` reports them), or ask the platform's support for a \
             higher limit.",
        ),
        "missing.client.roles" => (
            "A client on client credentials needs at least one role with a division, and the request has none.",
            "Send `roleDivisions` with a role and a division; the caller has to hold that role too.",
        ),
        "missing.client.scope" => (
            "A client that acts for users needs at least one scope, and the request has none.",
            "Send `scope` with the narrowest scopes that the client needs.",
        ),
        "auth.invalid.scope" => (
            "The request gives the client a scope that does not exist.",
            "Compare the scopes with the real ones: `rolecall matrix search SCOPE`.",
        ),
        "bad.role.divisions" => (
            "The request pairs a role with a division that does not exist or that the role cannot be granted in.",
            "Check the ids of roles and divisions in the request against the org that is called.",
        ),
        "missing.permissions" => (
            "The access token of another company's service (Facebook, Instagram) that the request carries lacks \
             permissions there. The caller's own permissions are not meant.",
            "Sign in to that service again and allow all permissions that the integration asks for.",
        ),
        "qm.search.too.many.divisions" => (
            "The caller may see more divisions than one search takes.",
            "Name divisions in the search. More permissions make it worse, fewer are not needed.",
        ),
        "authz.policy.lockout.check.failed" => (
            "The access policy would lock out the caller itself.",
            "Change the policy so that the caller, or a role of the caller, is exempt, and send it again.",
        ),
        "not.a.client" => (
            "The endpoint is for clients on their own, and the token acts for a user.",
            "Call it with a token of client credentials, of a client whose roles have the permission.",
        ),
        "response.entity.too.large" => {
            ("The answer would be too large.", "Ask for a smaller `pageSize`, or for fewer things to `expand`.")
        }
        "request.entity.too.large" => ("The request is larger than the endpoint takes.", "Send it in smaller parts."),
        "unsupported.media.type" => (
            "The body was not sent as the type that the endpoint takes.",
            "Send `Content-Type: application/json` and JSON.",
        ),
        "client.timeout" => (
            "The request did not arrive whole in time: a slow line, or a body that was announced and not sent.",
            "Send it again; look at the connection and at `Content-Length`.",
        ),
        "method not allowed" => {
            ("The path does not have this method.", "`rolecall matrix search PATH` lists its methods.")
        }
        _ if diagnosis.status == Some(409) => (
            "The request conflicts with the state of the object: somebody changed it, it exists already, or it is in \
             use.",
            "Read the object again and repeat the change on what is there now.",
        ),
        _ => (
            "The request is not what the endpoint takes: a value, a field or the state of the object is wrong.",
            "Compare the request with the endpoint's documentation; the message and `details` name the field where \
             the platform states it.",
        ),
    };
    if is_about_rights(diagnosis) {
        return (cause.to_owned(), fix.to_owned());
    }
    (format!("{cause} Permissions play no part."), fix.to_owned())
}

/// Whether code or message speak of rights, so that nobody may say that they play no part.
fn is_about_rights(diagnosis: &Diagnosis) -> bool {
    const WORDS: [&str; 17] = [
        "permission",
        "permitted",
        "authoriz",
        "forbid",
        "denied",
        "access",
        "role",
        "owner",
        "allowed",
        "privilege",
        "client",
        "scope",
        "grant",
        "policy",
        "prohibited",
        "blocked",
        "licen",
    ];
    let text = format!("{} {}", diagnosis.code, diagnosis.message.as_deref().unwrap_or("")).to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}
