//! Which operations nothing is published of although they change something: no permission is listed, and that none is
//! needed is not proven.
//!
//! The platform's document leaves permissions out here and there, and later versions add them. For a GET that costs a
//! look; for a call that changes something, "allowed" would be a promise that nobody made. Proof comes by a reviewed
//! entry of the overlay that states the permissions of the operation, `NONE` included.

use super::endpoint::{Endpoint, Method};
use super::requirement::Match;

/// Last literal segments of calls that read although they are sent as POST.
const READS: [&str; 2] = ["query", "search"];

/// Segments of calls about the caller's own things, which any caller may do.
const OWN: [&str; 4] = ["me", "guest", "notifications", "mobiledevices"];

/// Whether an operation is unproven. `takes_token`: whether it takes an OAuth token at all.
pub(super) fn unproven(endpoint: &Endpoint, matching: Match, takes_token: bool) -> bool {
    let changes = match endpoint.method {
        Method::Post | Method::Put | Method::Patch | Method::Delete => true,
        Method::Get | Method::Head => false,
    };
    let segments = || endpoint.path.split('/').filter(|part| !part.is_empty());
    let last = segments().rfind(|part| !part.starts_with('{'));
    matching == Match::None
        && takes_token
        && changes
        && last.is_none_or(|last| !READS.contains(&last))
        && !segments().any(|part| OWN.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bundled, csv, swagger};

    fn is(call: &str) -> bool {
        unproven(&call.parse().unwrap(), Match::None, true)
    }

    #[test]
    fn call_that_changes_something_without_a_listed_permission_is_unproven() {
        for call in [
            "POST /api/v2/things",
            "PUT /api/v2/things/{thingId}",
            "PATCH /api/v2/things/{thingId}/search/results",
            "DELETE /api/v2/things/{thingId}",
            "POST /api/v2/queries/query/{id}/cancel",
            "POST /api/v2/users/search/suggest",
            "POST /api/v2/meetings",
            "DELETE /api/v2/notification/{id}",
            "POST /api/v2/research",
            "POST /api/v2/{me}/things",
        ] {
            assert!(is(call), "{call}");
        }
    }

    #[test]
    fn call_that_reads_or_is_about_the_caller_is_not() {
        for call in [
            "GET /api/v2/things",
            "HEAD /api/v2/things",
            "POST /api/v2/analytics/conversations/details/query",
            "POST /api/v2/users/search",
            "PATCH /api/v2/documents/search/{searchId}",
            "DELETE /api/v2/query/{one}/{two}",
            "POST /api/v2/users/me/things",
            "PATCH /api/v2/me",
            "POST /api/v2/guest/conversations",
            "DELETE /api/v2/notifications/channels/{channelId}/subscriptions",
            "PUT /api/v2/mobiledevices/{deviceId}",
        ] {
            assert!(!is(call), "{call}");
        }
    }

    #[test]
    fn listed_permission_prose_and_call_without_a_token_are_not() {
        let endpoint: Endpoint = "POST /api/v2/things".parse().unwrap();
        for matching in [Match::Any, Match::All, Match::Unknown] {
            assert!(!unproven(&endpoint, matching, true), "{matching:?}");
        }
        assert!(!unproven(&endpoint, Match::None, false));
    }

    #[test]
    fn document_tells_by_its_security_whether_a_call_takes_a_token() {
        let of = |security: &str| {
            let text = format!(
                r#"{{"swagger": "2.0", "securityDefinitions": {{"PureCloud OAuth": {{"type": "oauth2"}}}},
                    "paths": {{"/api/v2/things": {{"post": {{"responses": {{}}{security}}}}}}}}}"#
            );
            let matrix = swagger::read("doc", text.as_bytes(), None).unwrap().matrix;
            let again = csv::read("again", &csv::write(&matrix)).unwrap();
            assert_eq!(again.operations(), matrix.operations(), "{security}");
            // Old tables have no column for it; the remarks in their source say it.
            let text = csv::write(&matrix);
            let old: Vec<&str> = text.lines().filter_map(|line| Some(line.rsplit_once(',')?.0)).collect();
            let old = csv::read("old", &old.join("\n")).unwrap();
            assert_eq!(
                old.operations()[0].requirement.unproven,
                matrix.operations()[0].requirement.unproven,
                "{old:?}"
            );
            matrix.operations()[0].requirement.unproven
        };
        assert!(of(r#", "security": [{"PureCloud OAuth": ["things"]}]"#));
        assert!(of(r#", "security": [{"PureCloud OAuth": []}]"#));
        assert!(of(r#", "security": [{"Guest Chat JWT": []}, {"PureCloud OAuth": ["things"]}]"#));
        assert!(!of(r#", "security": [{"Guest Chat JWT": []}]"#));
        assert!(!of(r#", "security": [{"Webmessaging JWT": []}]"#));
        assert!(!of(r#", "security": [{}, {"PureCloud OAuth": ["things"]}]"#));
        assert!(!of(r#", "security": []"#));
        assert!(!of(""));
        // A `security` that cannot be read proves nothing.
        assert!(of(r#", "security": 3"#));
    }

    #[test]
    fn built_in_matrix_knows_which_calls_take_no_token() {
        let matrix = bundled::matrix();
        let of = |call: &str| matrix.get(&call.parse().unwrap()).unwrap().1.requirement.unproven;
        assert!(!of("POST /api/v2/journey/deployments/{deploymentId}/webevents"), "no security block");
        assert!(!of("DELETE /api/v2/webdeployments/token/revoke"), "a JWT of a guest");
        assert!(matrix.operations().iter().any(|one| one.requirement.unproven));
        assert!(!matrix.operations().iter().any(|one| one.requirement.unproven && one.endpoint.method == Method::Get));
    }
}
