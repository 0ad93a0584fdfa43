//! Permissions, scopes, divisions and policies that a refusal names.

use std::collections::BTreeMap;

use super::kind::Kind;

/// What a refusal names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// `ANY`, `ALL` or empty.
    pub combined: &'static str,
    /// Permissions, sorted.
    pub permissions: Vec<String>,
    /// Scopes, as listed; any one of them is enough.
    pub scopes: Vec<String>,
    /// Divisions: ids or names, as written.
    pub divisions: Vec<String>,
    /// Access policies by id.
    pub policies: Vec<String>,
    /// What stands where a permission should: a Java class, prose.
    pub illegible: Vec<String>,
}

/// Reads the names out of a message, the values of its template and its parameters.
pub fn read(kind: Kind, code: &str, message: &str, values: &[String], params: &BTreeMap<String, String>) -> Named {
    let mut named = Named::default();
    match kind {
        Kind::MissingScope => {
            named.scopes = values.first().map(|value| items(value)).unwrap_or_default();
            if named.scopes.is_empty() {
                named.scopes = behind(message, "scope");
            }
            for value in of_params(params, "scope") {
                named.scopes.extend(items(value));
            }
            named.scopes.retain(|scope| is_scope(scope));
            once(&mut named.scopes);
        }
        Kind::PolicyDenied => {
            named.policies = values.first().map(|value| items(value)).unwrap_or_default();
            for value in of_params(params, "polic") {
                named.policies.extend(items(value));
            }
            named.policies.retain(|id| !id.is_empty() && !id.contains('%'));
            once(&mut named.policies);
        }
        Kind::MissingPermission | Kind::MissingDivision | Kind::NotAuthorized => {
            permissions(&mut named, kind, message, values, params)
        }
        _ => {}
    }
    named.combined = match kind {
        Kind::MissingPermission | Kind::MissingDivision => combined(code, message),
        _ => "",
    };
    named
}

fn permissions(named: &mut Named, kind: Kind, message: &str, values: &[String], params: &BTreeMap<String, String>) {
    let texts = std::iter::once(message).chain(values.iter().chain(params.values()).map(String::as_str));
    let mut found: Vec<String> = texts.flat_map(permissions_in).collect();
    found.sort();
    found.dedup();
    named.permissions = found;
    if kind == Kind::NotAuthorized {
        return;
    }
    // The template's first place is the permissions', its second the divisions'.
    if let Some(value) = values.first() {
        named.illegible = items(value).into_iter().filter(|item| !item.is_empty() && !is_permission(item)).collect();
    }
    if kind == Kind::MissingDivision {
        named.divisions = values.get(1).map(|value| items(value)).unwrap_or_default();
        if named.divisions.is_empty() {
            named.divisions = behind(message, "division(s):");
        }
        for value in of_params(params, "division") {
            named.divisions.extend(items(value));
        }
        named.divisions.retain(|division| !division.is_empty() && !is_permission(division) && !division.contains('%'));
        once(&mut named.divisions);
    }
}

/// Whether all of the named permissions are needed or one. The platform's codes say `any` for one.
fn combined(code: &str, message: &str) -> &'static str {
    let any = code.split('.').any(|word| word == "any" || word == "one") || message.contains("at least one of");
    let all = code.starts_with("missing.") || message.contains("the following permission");
    match (any, all) {
        (true, _) => "ANY",
        (false, true) => "ALL",
        (false, false) => "",
    }
}

fn of_params<'a>(params: &'a BTreeMap<String, String>, what: &'a str) -> impl Iterator<Item = &'a str> {
    params.iter().filter(move |(key, _)| key.to_ascii_lowercase().contains(what)).map(|(_, value)| value.as_str())
}

/// The items of `[a, b]`, `a, b`, `["a","b"]` or `a`.
fn items(value: &str) -> Vec<String> {
    value
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(['.', ']'])
        .split([',', ';'])
        .map(|item| item.trim().trim_matches(['\'', '"', '`', '[', ']']).trim().to_owned())
        .filter(|item| !item.is_empty() && item.chars().count() <= 200)
        .collect()
}

/// The bracketed list behind a word.
fn behind(message: &str, word: &str) -> Vec<String> {
    let Some((_, after)) = message.split_once(word) else { return Vec::new() };
    let Some((_, list)) = after.split_once('[') else { return Vec::new() };
    items(list.split(']').next().unwrap_or(""))
}

/// Every `domain:entity:action` in a text, wildcards included.
pub fn permissions_in(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || "[](){},;'\"`<>".contains(c))
        .map(|word| word.trim_end_matches(['.', ':']))
        .filter(|word| is_permission(word))
        .map(str::to_owned)
        .collect()
}

fn is_permission(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    let legible = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '.'))
    };
    parts.len() == 3
        && word.len() <= 200
        && parts.iter().all(legible)
        && parts.iter().any(|part| part.contains(|c: char| c.is_ascii_alphabetic()))
}

fn is_scope(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 100
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.'))
}

fn once(items: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    items.retain(|item| seen.insert(item.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_params() -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    #[test]
    fn permissions_and_divisions_are_told_apart() {
        let message = "You must have at least one of the following permissions assigned: [b:c:d, a:b:c] in at least one of the following division(s): [Home, 0f-1]";
        let values = ["[b:c:d, a:b:c]".to_owned(), "[Home, 0f-1]".to_owned()];
        let named = read(Kind::MissingDivision, "missing.any.division.permissions", message, &values, &no_params());
        assert_eq!(named.permissions, ["a:b:c", "b:c:d"]);
        assert_eq!((named.divisions.as_slice(), named.combined), (&["Home".to_owned(), "0f-1".to_owned()][..], "ANY"));
        assert!(named.illegible.is_empty());
    }

    #[test]
    fn java_class_is_no_permission() {
        let class = "com.inin.pubapi.iam.util.ResourcePermission".to_owned();
        let message = format!("You are missing the following permission(s): {class}");
        let named =
            read(Kind::MissingPermission, "missing.permissions", &message, std::slice::from_ref(&class), &no_params());
        assert_eq!((named.permissions.len(), named.illegible, named.combined), (0, vec![class], "ALL"));
    }

    #[test]
    fn params_fill_what_the_message_leaves_out() {
        let params = BTreeMap::from([
            ("permission".to_owned(), "routing:queue:view".to_owned()),
            ("divisionIds".to_owned(), "[d1, d2]".to_owned()),
        ]);
        let named = read(Kind::MissingDivision, "missing.division.permission", "x", &[], &params);
        assert_eq!((named.permissions.as_slice(), named.combined), (&["routing:queue:view".to_owned()][..], "ALL"));
        assert_eq!(named.divisions, ["d1", "d2"]);
    }

    #[test]
    fn times_and_urls_are_no_permissions() {
        assert!(permissions_in("at 12:30:45 see https://a:b@c").is_empty());
        assert_eq!(
            permissions_in("required permission: realtimeMonitor:screen:participate."),
            ["realtimeMonitor:screen:participate"]
        );
    }

    #[test]
    fn scopes_are_the_list_or_the_one_word() {
        for (value, expected) in
            [("[telephony:readonly, telephony]", vec!["telephony:readonly", "telephony"]), ("routing", vec!["routing"])]
        {
            let named = read(Kind::MissingScope, "app.not.authorized.for.scope", "", &[value.to_owned()], &no_params());
            assert_eq!(named.scopes, expected);
        }
    }
}
