//! Which kind a code of the platform is of.
//!
//! The codes that every operation publishes are named one by one; the other two thousand say what they are about in
//! their words, which are read in the light of the status.

use super::kind::Kind;

/// The kind of a platform's code, status and message. Any of them may be missing (empty, or `None`).
pub(super) fn classify(code: &str, status: Option<u16>, message: &str) -> Kind {
    let code = code.to_ascii_lowercase();
    let message = message.to_ascii_lowercase();
    let status = status.unwrap_or(0);
    named(&code, status).or_else(|| by_words(&code, status, &message)).unwrap_or_else(|| by_status(status))
}

/// The codes whose meaning is fixed.
fn named(code: &str, status: u16) -> Option<Kind> {
    Some(match (code, status) {
        ("missing.permissions" | "missing.any.permissions" | "missing.permission", 0 | 403) => Kind::MissingPermission,
        (
            "missing.division.permission"
            | "missing.division.permissions"
            | "missing.any.division.permissions"
            | "missing.division.permission.implied",
            _,
        ) => Kind::MissingDivision,
        ("app.not.authorized.for.scope", _) => Kind::MissingScope,
        ("not.a.user", _) => Kind::NeedsUserContext,
        ("authz.policy.denied", _) => Kind::PolicyDenied,
        ("not.authorized", _) => Kind::NotAuthorized,
        ("authentication.required" | "architect.auth.token.missing", _) => Kind::NoToken,
        ("bad.credentials", _) | ("credentials.expired", 0 | 401) => Kind::BadToken,
        ("ip.not.authorized", _) => Kind::IpNotAllowed,
        ("too.many.requests" | "too.many.requests.retry.after", _) => Kind::RateLimit,
        ("not.implemented", _) => Kind::FeatureOff,
        // Published under 501, and yet about the query and not about a product.
        ("wem.learning.type.not.implemented.exception", _) => Kind::BadRequest,
        // Somebody else made the job: no permission helps.
        ("not.job.owner" | "batch.download.permission.denied", _) => Kind::NotAuthorized,
        ("no.permission.for.requested.users", _) => Kind::MissingDivision,
        ("max.response.size.reached" | "invalid.substitution", _) => Kind::BadRequest,
        _ => return None,
    })
}

fn by_words(code: &str, status: u16, message: &str) -> Option<Kind> {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let feature = says(&["toggle", "for your organization", "for this organization", "for the organization"])
        && says(&["not enabled", "not available", "not yet enabled", "denied"])
        || has(&["feature.toggle", "featurenotenabled", "feature.not.enabled", "feature.unavailable"])
        || (status == 403 && says(&["is not enabled", "product is not", "organization being disabled"]));
    if feature && (400..=501).contains(&status) || status == 501 {
        return Some(Kind::FeatureOff);
    }
    if status == 429 || says(&["rate limit exceeded"]) || has(&["per.minute.limit"]) {
        return Some(Kind::RateLimit);
    }
    match status {
        401 if says(&["address", "ip "]) => Some(Kind::IpNotAllowed),
        401 if says(&["no authentication", "no token"]) => Some(Kind::NoToken),
        401 if has(&["credential", "token", "expired"]) || says(&["credential", "token", "expired"]) => {
            Some(Kind::BadToken)
        }
        401 => Some(Kind::NotAuthorized),
        0 | 403 => refused(code, message, status),
        400 | 404 | 405 | 409 | 422 if rights(code, message).is_some() => rights(code, message),
        400 if has(&["internal.error"]) => Some(Kind::ServerError),
        404 | 503 if has(&["forbidden"]) => Some(Kind::NotAuthorized),
        404 | 408 if has(&["timeout"]) && !has(&["client.timeout", "deprecated"]) => Some(Kind::ServerError),
        408 if code == "unknown" => Some(Kind::ServerError),
        500..=599 if code.ends_with("not.found") || code.ends_with("doesnt.exist") => Some(Kind::NotFound),
        _ => None,
    }
}

/// What a code with the status of a bad request says of rights; `None` where it is not about them.
fn rights(code: &str, message: &str) -> Option<Kind> {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // About a parameter, about another company's token, about the breadth of a search.
    if matches!(code, "missing.permission.param" | "missing.permissions" | "qm.search.too.many.divisions") {
        return None;
    }
    if code == "invalid.organization.type" || says(&["organizations do not have permission"]) {
        return Some(Kind::FeatureOff);
    }
    let lacking =
        ["not have", "n't have", "missing", "failure", "failed", "insufficient", "lack", "required", "requires"];
    let permission = has(&["permission"]) || says(&["permission"]);
    if permission && (says(&lacking) || has(&["missing", "fail", "no.permission", "insufficient", "required"])) {
        return Some(if has(&["division"]) || says(&["division"]) {
            Kind::MissingDivision
        } else {
            Kind::MissingPermission
        });
    }
    let refused = has(&[
        "not.authorized",
        "unauthorized",
        "not.permitted",
        "access.denied",
        "team.access",
        "no.authorized.users",
        "forbidden.action",
        "not.communication.owner",
        "user.not.party",
        "black.listed",
        "managed.property.not.allowed",
        "client.role",
    ]) && !has(&["missing.client.role"])
        || code == "blocked"
        || says(&[
            "not authorized",
            "not have authorization",
            "only authorized",
            "not have all the roles",
            "access denied",
        ]);
    refused.then_some(Kind::NotAuthorized)
}

/// A 403 (or a body without a status), by its words.
fn refused(code: &str, message: &str, status: u16) -> Option<Kind> {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let about_access =
        has(&["permission", "authoriz", "forbidden", "denied", "access"]) || says(&["permission", "authoriz"]);
    if !about_access {
        return match status {
            403 if code == "bad.request" => Some(Kind::BadRequest),
            403 => Some(Kind::NotAuthorized),
            _ => by_suffix(code),
        };
    }
    Some(if says(&["not authorized to use scope"]) {
        Kind::MissingScope
    } else if says(&["security policies"]) {
        Kind::PolicyDenied
    } else if has(&["division"]) || says(&["division"]) {
        Kind::MissingDivision
    } else if (has(&["permission"]) || says(&["permission"])) && !has(&["receiver.", "managed.property"]) {
        Kind::MissingPermission
    } else {
        Kind::NotAuthorized
    })
}

/// A body without a status whose code still gives its kind.
fn by_suffix(code: &str) -> Option<Kind> {
    let ends = |words: &[&str]| words.iter().any(|word| code.ends_with(word));
    if ends(&["not.found", "notfound"]) {
        Some(Kind::NotFound)
    } else if ends(&["server.error", "unavailable", "too.busy", "timeout"]) {
        Some(Kind::ServerError)
    } else {
        None
    }
}

fn by_status(status: u16) -> Kind {
    match status {
        401 => Kind::BadToken,
        403 => Kind::NotAuthorized,
        404 | 410 => Kind::NotFound,
        // A code published under 200 reports an object that was not there.
        200..=299 => Kind::NotFound,
        424 | 500..=599 => Kind::ServerError,
        429 => Kind::RateLimit,
        _ => Kind::BadRequest,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::diagnose::catalogue::catalogue;

    #[test]
    fn codes_that_every_operation_publishes_have_their_kind() {
        for (code, status, kind) in [
            ("missing.permissions", 403, Kind::MissingPermission),
            ("missing.any.permissions", 403, Kind::MissingPermission),
            ("missing.division.permission", 403, Kind::MissingDivision),
            ("missing.any.division.permissions", 403, Kind::MissingDivision),
            ("app.not.authorized.for.scope", 403, Kind::MissingScope),
            ("authz.policy.denied", 403, Kind::PolicyDenied),
            ("not.authorized", 403, Kind::NotAuthorized),
            ("not.a.user", 400, Kind::NeedsUserContext),
            ("authentication.required", 401, Kind::NoToken),
            ("bad.credentials", 401, Kind::BadToken),
            ("ip.not.authorized", 401, Kind::IpNotAllowed),
            ("too.many.requests", 429, Kind::RateLimit),
            ("not.found", 404, Kind::NotFound),
            ("not.implemented", 501, Kind::FeatureOff),
            ("bad.request", 400, Kind::BadRequest),
            ("client.timeout", 408, Kind::BadRequest),
            ("unsupported.media.type", 415, Kind::BadRequest),
            ("internal.server.error", 500, Kind::ServerError),
            ("request.timeout", 504, Kind::ServerError),
        ] {
            assert_eq!(classify(code, Some(status), ""), kind, "{code}");
            assert_eq!(classify(code, Some(status), catalogue().published(code)[0].message), kind, "{code}");
        }
    }

    #[test]
    fn other_codes_are_read_by_their_words() {
        for (code, status, kind) in [
            // About a social network's permissions, not about the platform's.
            ("missing.permissions", 400, Kind::BadRequest),
            ("wfm.permission.failure", 403, Kind::MissingDivision),
            ("architect.missing.permission", 403, Kind::MissingPermission),
            ("missing.trustor.permissions", 403, Kind::MissingPermission),
            ("case.missing.any.division.permissions", 403, Kind::MissingDivision),
            ("feature.toggle.disabled", 403, Kind::FeatureOff),
            ("feature.forbidden", 403, Kind::FeatureOff),
            ("integrations.forbidden", 403, Kind::FeatureOff),
            ("organization.forbidden", 501, Kind::FeatureOff),
            ("architect.feature.toggle.unavailable", 405, Kind::FeatureOff),
            ("content.template.id.column.not.enabled", 400, Kind::FeatureOff),
            ("not.job.owner", 403, Kind::NotAuthorized),
            ("conversation.error.forbidden.not.active.participant", 403, Kind::NotAuthorized),
            ("architect.flow.deleted", 410, Kind::NotFound),
            ("forbidden", 404, Kind::NotAuthorized),
            ("credentials.expired", 401, Kind::BadToken),
            ("credentials.expired", 400, Kind::BadRequest),
            ("postino.error.request.timeout", 404, Kind::ServerError),
            ("internal.error", 400, Kind::ServerError),
            ("externalservice.unexpectedresponsecode", 424, Kind::ServerError),
            ("not.a.client", 400, Kind::BadRequest),
            // Codes about rights that come with the status of a bad request.
            ("bad.client.role", 400, Kind::NotAuthorized),
            ("sms.content.template.not.authorized", 400, Kind::NotAuthorized),
            ("wfm.only.authorized.for.team.access", 400, Kind::NotAuthorized),
            ("wfm.no.authorized.users.in.requested.teams", 400, Kind::NotAuthorized),
            ("wem.learning.forbidden.action", 400, Kind::NotAuthorized),
            ("email.park.user.not.communication.owner", 400, Kind::NotAuthorized),
            ("managed.property.not.allowed", 400, Kind::NotAuthorized),
            ("participate.permission.missing", 400, Kind::MissingPermission),
            ("quality.calibration.update.permission.check.failed", 400, Kind::MissingPermission),
            ("quality.evaluation.evaluator.not.quality.evaluator", 400, Kind::MissingPermission),
            ("recording.policy.calibrator.permission.fail", 400, Kind::MissingPermission),
            ("callforwarding.voicemailpermissionrequired", 409, Kind::MissingPermission),
            ("no.permission.for.requested.users", 400, Kind::MissingDivision),
            ("invalid.organization.type", 400, Kind::FeatureOff),
            // About roles, and yet a limit or a form.
            ("max.role.assignments.exceeded", 400, Kind::BadRequest),
            ("missing.client.roles", 400, Kind::BadRequest),
            ("limit.exceeded", 400, Kind::BadRequest),
        ] {
            let published = catalogue().published(code).iter().find(|one| one.status == status).unwrap();
            assert_eq!(classify(code, Some(status), published.message), kind, "{code} {status}");
        }
    }

    #[test]
    fn every_published_code_has_a_kind_that_its_status_allows() {
        let mut kinds: BTreeMap<(u16, Kind), usize> = BTreeMap::new();
        for (code, statuses) in catalogue().codes() {
            for published in statuses {
                let kind = classify(code, Some(published.status), published.message);
                *kinds.entry((published.status, kind)).or_default() += 1;
                let fits = match published.status {
                    401 => matches!(kind, Kind::NoToken | Kind::BadToken | Kind::IpNotAllowed | Kind::NotAuthorized),
                    403 => kind.is_about_access() || matches!(kind, Kind::FeatureOff | Kind::BadRequest),
                    404 | 410 => matches!(kind, Kind::NotFound | Kind::NotAuthorized | Kind::ServerError),
                    429 => kind == Kind::RateLimit,
                    200 => kind == Kind::NotFound,
                    500..=599 => matches!(
                        kind,
                        Kind::ServerError | Kind::FeatureOff | Kind::NotFound | Kind::NotAuthorized | Kind::BadRequest
                    ),
                    _ => !matches!(kind, Kind::BadClient | Kind::NotFromThePlatform | Kind::MissingScope),
                };
                assert!(fits, "{} {code}: {kind} ({})", published.status, published.message);
            }
        }
        assert!(kinds[&(400, Kind::BadRequest)] > 1300, "{kinds:?}");
        assert!(kinds[&(404, Kind::NotFound)] > 150, "{kinds:?}");
    }
}
