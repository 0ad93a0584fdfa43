//! The names that the platform's SDKs give an operation (`getRoutingQueues`, `get_routing_queues`), and its command line.
//!
//! The document publishes one name an operation; it follows from method and path. The rule was held against all 3,180
//! names of the document of July 2026 and gives each of them, so that no table of names is needed.

use crate::endpoint::{Endpoint, Method};
use crate::operation::Operation;
use crate::table::Matrix;
use rolecall_base::nearest::nearest;

/// What SDKs append to a name for another way of calling the same operation.
const ENDINGS: [&str; 5] = ["asyncwithhttpinfo", "withhttpinfoasync", "withhttpinfo", "async", "request"];

/// The name of an operation, as the document publishes it: the method, then the words of the path. A word before a
/// parameter is singular; where it has no plural, and after another parameter, the parameter's name is added.
pub fn name_of(endpoint: &Endpoint) -> String {
    let mut name = endpoint.method.as_str().to_lowercase();
    let mut parts = endpoint.path.split('/').skip(3).peekable();
    let mut after_parameter = false;
    while let Some(part) = parts.next() {
        let is_parameter = part.starts_with('{');
        if is_parameter {
            if after_parameter {
                name.push_str(&pascal(part));
            }
        } else {
            match (parts.peek().filter(|next| next.starts_with('{')), singular(part)) {
                (None, _) => name.push_str(&pascal(part)),
                (Some(_), Some(one)) => name.push_str(&pascal(&one)),
                (Some(parameter), None) => {
                    name.push_str(&pascal(part));
                    name.push_str(&pascal(parameter));
                }
            }
        }
        after_parameter = is_parameter;
    }
    name
}

fn pascal(part: &str) -> String {
    let mut joined = String::new();
    for word in part.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        joined.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        joined.push_str(letters.as_str());
    }
    joined
}

fn singular(word: &str) -> Option<String> {
    if word == "alias" {
        return Some(word.to_owned());
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return Some(format!("{stem}y"));
    }
    if ["sses", "xes", "ches", "shes", "statuses"].iter().any(|end| word.ends_with(end)) {
        return word.strip_suffix("es").map(str::to_owned);
    }
    if ["ss", "us"].iter().any(|end| word.ends_with(end)) {
        return None;
    }
    word.strip_suffix('s').map(str::to_owned)
}

fn key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn snake(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// The operations of an SDK name: in any case; where two differ in case alone, the one that is written so.
pub(super) fn find<'m>(matrix: &'m Matrix, wanted: &str) -> Vec<&'m Operation> {
    let named: Vec<(String, &Operation)> =
        matrix.operations().iter().map(|operation| (name_of(&operation.endpoint), operation)).collect();
    let asked = key(wanted);
    let endings = std::iter::once("").chain(ENDINGS);
    for asked in endings.filter_map(|end| asked.strip_suffix(end)) {
        let found: Vec<&(String, &Operation)> = named.iter().filter(|(name, _)| key(name) == asked).collect();
        let written = |name: &str| {
            let mut begins = name.chars();
            let capital: String =
                begins.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(begins).collect();
            wanted.starts_with(name) || wanted.starts_with(&capital) || wanted.to_lowercase() == snake(name)
        };
        let exact: Vec<&Operation> =
            found.iter().filter(|(name, _)| written(name)).map(|(_, operation)| *operation).collect();
        match (found.as_slice(), exact.as_slice()) {
            ([], _) => {}
            ([_, _, ..], [one]) => return vec![*one],
            (found, _) => return found.iter().map(|(_, operation)| *operation).collect(),
        }
    }
    Vec::new()
}

/// The names most like one that is not known.
pub(super) fn near(matrix: &Matrix, wanted: &str, limit: usize) -> Vec<String> {
    let names: Vec<String> = matrix.operations().iter().map(|operation| name_of(&operation.endpoint)).collect();
    let asked: String = wanted.chars().filter(|c| *c != '_').collect();
    nearest(&asked, names.iter().map(String::as_str), limit).into_iter().map(str::to_owned).collect()
}

/// The operations of the platform's command line: `gc routing queues list`.
pub(super) fn find_by_words<'m>(matrix: &'m Matrix, words: &[String]) -> Vec<&'m Operation> {
    let verbs: [(&str, &[Method]); 7] = [
        ("list", &[Method::Get]),
        ("get", &[Method::Get]),
        ("create", &[Method::Post]),
        ("add", &[Method::Post]),
        ("update", &[Method::Put, Method::Patch]),
        ("patch", &[Method::Patch]),
        ("delete", &[Method::Delete]),
    ];
    let is_verb = |word: &String| verbs.iter().any(|(verb, _)| verb.eq_ignore_ascii_case(word));
    let Some(at) = words.iter().rposition(is_verb) else { return Vec::new() };
    let (things, rest) = words.split_at(at);
    let verb = rest.first().map(String::as_str).unwrap_or_default();
    let methods = verbs.iter().find(|(known, _)| known.eq_ignore_ascii_case(verb)).map_or(&[][..], |(_, all)| *all);
    let fits = |operation: &&Operation| {
        let parts: Vec<&str> = operation.endpoint.path.split('/').skip(3).collect();
        let literal = parts.iter().filter(|part| !part.starts_with('{'));
        let ends_in_parameter = parts.last().is_some_and(|part| part.starts_with('{'));
        methods.contains(&operation.endpoint.method)
            && literal.clone().count() == things.len()
            && literal.zip(things).all(|(part, word)| part.eq_ignore_ascii_case(word))
            && (!verb.eq_ignore_ascii_case("list") || !ends_in_parameter)
    };
    let found: Vec<&Operation> = matrix.operations().iter().filter(fits).collect();
    let of_one = |operation: &&&Operation| operation.endpoint.path.ends_with('}');
    // `get` is of one thing where there is such an operation; `list` took those away already.
    let one: Vec<&Operation> = found.iter().filter(of_one).copied().collect();
    if one.is_empty() { found } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    #[test]
    fn names_follow_from_method_and_path() {
        for (endpoint, name) in [
            ("GET /api/v2/routing/queues", "getRoutingQueues"),
            ("GET /api/v2/routing/queues/{queueId}", "getRoutingQueue"),
            ("POST /api/v2/analytics/queues/observations/query", "postAnalyticsQueuesObservationsQuery"),
            ("GET /api/v2/users/{subjectId}/roles", "getUserRoles"),
            ("GET /api/v2/assistants/{assistantId}/queues/{queueId}", "getAssistantQueue"),
            (
                "GET /api/v2/users/agentui/agents/autoanswer/{agentId}/settings",
                "getUsersAgentuiAgentsAutoanswerAgentIdSettings",
            ),
            (
                "GET /api/v2/users/externalid/{authorityName}/{externalKey}",
                "getUsersExternalidAuthorityNameExternalKey",
            ),
            ("GET /api/v2/users/rules/{ruleId}/dependents/{ruleType}/{typeId}", "getUsersRuleDependentTypeId"),
            ("GET /api/v2/integrations/speech/lex/bot/alias/{aliasId}", "getIntegrationsSpeechLexBotAlias"),
            ("DELETE /api/v2/contentmanagement/status/{statusId}", "deleteContentmanagementStatusStatusId"),
            ("GET /api/v2/casemanagement/cases/{caseId}", "getCasemanagementCase"),
        ] {
            assert_eq!(name_of(&endpoint.parse().unwrap()), name);
        }
    }

    #[test]
    fn names_of_every_sdk_find_the_operation() {
        for name in [
            "getRoutingQueues",
            "get_routing_queues",
            "GetRoutingQueues",
            "GETROUTINGQUEUES",
            "getroutingqueues",
            "GetRoutingQueuesAsync",
            "getRoutingQueuesWithHttpInfo",
            "get_routing_queues_with_http_info",
            "GetRoutingQueuesRequest",
        ] {
            let found = find(bundled::matrix(), name);
            assert_eq!(found.len(), 1, "{name}");
            assert_eq!(found[0].endpoint.to_string(), "GET /api/v2/routing/queues", "{name}");
        }
        assert!(find(bundled::matrix(), "getNothing").is_empty());
        assert!(near(bundled::matrix(), "getRoutingQueue_s", 3).contains(&"getRoutingQueues".to_owned()));
    }

    #[test]
    fn names_that_differ_in_case_alone_are_distinguished() {
        let of = |name: &str| -> Vec<String> {
            find(bundled::matrix(), name).into_iter().map(|one| one.endpoint.path.to_string()).collect()
        };
        assert_eq!(of("getPresenceDefinitions"), ["/api/v2/presence/definitions"]);
        assert_eq!(of("getPresencedefinitions"), ["/api/v2/presencedefinitions"]);
        assert_eq!(of("get_presence_definitions"), ["/api/v2/presence/definitions"]);
        assert_eq!(of("GETPRESENCEDEFINITIONS").len(), 2);
    }

    #[test]
    fn command_line_words_find_the_operation() {
        for (words, endpoint) in [
            ("routing queues list", "GET /api/v2/routing/queues"),
            ("routing queues get", "GET /api/v2/routing/queues/{queueId}"),
            ("routing queues create", "POST /api/v2/routing/queues"),
            ("routing queues delete", "DELETE /api/v2/routing/queues/{queueId}"),
        ] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            let found = find_by_words(bundled::matrix(), &words);
            assert_eq!(found.len(), 1, "{words:?}");
            assert_eq!(found[0].endpoint.to_string(), endpoint);
        }
    }
}
