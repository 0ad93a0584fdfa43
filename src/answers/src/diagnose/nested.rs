//! Which of several bodies within each other explains what happened: the refusal within the failure that reports it.

use super::body::{self, Body, Nested};
use super::catalogue::catalogue;
use super::classify::classify;
use super::kind::Kind;

/// The body to diagnose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Explaining {
    /// The body.
    pub body: Body,
    /// The answer that holds it, where that is another one of the platform's.
    pub outer: Option<Body>,
    /// Whether it is another answer than the outer one, so that ids and headers of the outer one are not its own.
    pub is_quoted: bool,
}

/// The body to diagnose among those of a text: the one that says most, or one within it that explains more. `None`
/// where there is no body.
pub(super) fn explaining(mut bodies: Vec<Nested>) -> Option<Explaining> {
    let base = body::telling_most(&bodies)?;
    let weigh = |at: usize| bodies.get(at).and_then(|nested| kind_of(&nested.body)).map_or(0, weight);
    let inside = (0..bodies.len()).filter(|at| is_within(&bodies, *at, base));
    let best = inside.fold(base, |best, at| if weigh(at) > weigh(best) { at } else { best });
    // A body that says most may itself stand within a text of another answer of the platform.
    let outer = if best == base { platform_around(&bodies, base) } else { Some(base) };
    let is_quoted = outer.is_some_and(|outer| is_quoted_within(&bodies, best, outer));
    let outer = outer.and_then(|outer| bodies.get(outer)).map(|nested| nested.body.clone());
    let mut body = bodies.get_mut(best).map(|nested| std::mem::take(&mut nested.body))?;
    if !is_quoted && body.message.is_none() {
        body.message = outer.as_ref().and_then(|outer| outer.message.clone());
    }
    Some(Explaining { body, outer, is_quoted })
}

/// The numbers of the bodies around one, from the inside out.
fn around(bodies: &[Nested], at: usize) -> impl Iterator<Item = usize> + '_ {
    std::iter::successors(bodies.get(at).and_then(|nested| nested.around), |outer| {
        bodies.get(*outer).and_then(|nested| nested.around)
    })
}

fn is_within(bodies: &[Nested], at: usize, outer: usize) -> bool {
    around(bodies, at).any(|one| one == outer)
}

fn platform_around(bodies: &[Nested], at: usize) -> Option<usize> {
    around(bodies, at).find(|outer| bodies.get(*outer).is_some_and(|nested| kind_of(&nested.body).is_some()))
}

fn is_quoted_within(bodies: &[Nested], at: usize, outer: usize) -> bool {
    std::iter::once(at)
        .chain(around(bodies, at))
        .take_while(|one| *one != outer)
        .any(|one| bodies.get(one).is_some_and(|nested| nested.is_quoted))
}

/// The kind of a body that is the platform's; `None` of any other.
fn kind_of(body: &Body) -> Option<Kind> {
    let message = body.message.as_deref().unwrap_or("");
    if let Some(code) = &body.code {
        let published = catalogue().published(code);
        let dotted = body::is_dotted(code);
        if !published.is_empty() && (dotted || body.context.is_some() || catalogue().publishes(code, message)) {
            let status = body.status.or_else(|| published.first().map(|one| one.status));
            return Some(classify(code, status, message));
        }
        return (dotted && body.context.is_some()).then(|| classify(code, body.status, message));
    }
    // Without a code a whole published message is the platform's too.
    let found = catalogue().by_text(message, body.status).filter(|found| found.fit.is_complete())?;
    let (code, published) = *found.codes.first()?;
    (found.fit.covered >= 24).then(|| classify(code, body.status.or(Some(published.status)), published.message))
}

/// Whether a kind leaves room for a better explanation.
pub(super) fn explains_little(kind: Kind) -> bool {
    weight(kind) < weight(Kind::MissingPermission)
}

/// How much a kind explains: a refusal more than a bad request, and that more than "it failed".
pub(super) fn weight(kind: Kind) -> u8 {
    match kind {
        Kind::MissingPermission
        | Kind::MissingScope
        | Kind::MissingDivision
        | Kind::NeedsUserContext
        | Kind::PolicyDenied
        | Kind::NoToken
        | Kind::BadToken
        | Kind::IpNotAllowed
        | Kind::RateLimit
        | Kind::FeatureOff => 4,
        Kind::NotAuthorized => 3,
        Kind::NotFound | Kind::BadRequest | Kind::BadClient => 2,
        Kind::ServerError => 1,
        Kind::NotFromThePlatform => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Explaining {
        explaining(body::all(text)).unwrap()
    }

    const INNER: &str = r#"{"message":"App not authorized to use scope [a]","code":"app.not.authorized.for.scope","status":403,"contextId":"in"}"#;

    #[test]
    fn refusal_within_a_failure_explains() {
        let outer = serde_json::json!({"message": format!("Response body [{INNER}]"), "code": "bad.gateway",
            "status": 502, "contextId": "out"});
        let far = serde_json::json!({"message": outer.to_string(), "code": "internal.server.error", "status": 500,
            "contextId": "far"});
        for text in [outer.to_string(), far.to_string()] {
            let found = of(&text);
            assert_eq!((found.body.context.as_deref(), found.is_quoted), (Some("in"), true), "{text}");
            assert!(found.outer.is_some());
        }
        let listed =
            of(&format!(r#"{{"message":"m","code":"bad.request","status":400,"contextId":"out","errors":[{INNER}]}}"#));
        assert_eq!((listed.body.status, listed.is_quoted), (Some(403), false));
    }

    #[test]
    fn failure_within_a_refusal_explains_nothing() {
        let text = INNER.replace(
            r#""contextId":"in""#,
            r#""contextId":"in","errors":[{"code":"not.found","message":"m","status":404}]"#,
        );
        let found = of(&text);
        assert_eq!((found.body.status, found.outer), (Some(403), None));
        let foreign = serde_json::json!({"message": r#"said {"message":"Forbidden","code":"NOPE","status":403}"#,
            "code": "internal.server.error", "status": 500, "contextId": "out"});
        assert_eq!(of(&foreign.to_string()).body.context.as_deref(), Some("out"));
    }
}
