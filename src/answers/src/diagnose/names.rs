//! Permissions, scopes, divisions and policies that a refusal names.

use std::collections::BTreeMap;

use super::in_words;
use super::kind::Kind;
use super::known;

/// What a refusal names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
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
    /// Whether names were cut out of the text: `...`, `<permissions>`.
    pub left_out: bool,
}

/// An item of a list of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// A permission, and the division in which it is asked for where the item names one as its fourth part.
    Permission(String, Option<String>),
    /// A division alone.
    Division(String),
    /// Something in place of a name: `...`, `%s`, `<permissions>`.
    LeftOut,
    /// Something else.
    Other(String),
}

/// Reads the names out of a message, the values of its template and its parameters.
pub(super) fn read(
    kind: Kind,
    code: &str,
    message: &str,
    values: &[String],
    params: &BTreeMap<String, String>,
) -> Named {
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
            named.left_out = named.scopes.iter().any(|scope| is_left_out(scope));
            named.scopes = named.scopes.iter().map(|scope| without_blanks(scope)).collect();
            named.scopes.retain(|scope| is_scope(scope) && !is_left_out(scope));
            once(&mut named.scopes);
        }
        Kind::PolicyDenied => {
            named.policies = values.first().map(|value| items(value)).unwrap_or_default();
            for value in of_params(params, "polic") {
                named.policies.extend(items(value));
            }
            named.left_out = named.policies.iter().any(|id| is_left_out(id));
            named.policies = named.policies.iter().map(|id| without_blanks(id)).collect();
            named.policies.retain(|id| !id.is_empty() && !is_left_out(id));
            once(&mut named.policies);
        }
        Kind::MissingPermission | Kind::MissingDivision | Kind::NotAuthorized => {
            permissions(&mut named, kind, message, values, params)
        }
        _ => {}
    }
    named.combined = match kind {
        Kind::MissingPermission | Kind::MissingDivision => combined(code, message, named.permissions.len()),
        _ => "",
    };
    named
}

fn permissions(named: &mut Named, kind: Kind, message: &str, values: &[String], params: &BTreeMap<String, String>) {
    // The template's first place is the permissions', its second the divisions'.
    let listed: Vec<Item> = match kind {
        Kind::NotAuthorized => Vec::new(),
        _ => values.first().into_iter().flat_map(|value| items(value)).map(|item| item_of(&item)).collect(),
    };
    let from_params: Vec<Item> = of_params(params, "permission").flat_map(items).map(|item| item_of(&item)).collect();
    let texts = std::iter::once(message).chain(values.iter().chain(params.values()).map(String::as_str));
    let found: Vec<Item> = texts
        .flat_map(permission_items)
        .chain(in_words::permissions(message).into_iter().map(|name| Item::Permission(name, None)))
        .collect();
    for item in
        listed.into_iter().chain(from_params.into_iter().filter(|item| !matches!(item, Item::Other(_)))).chain(found)
    {
        match item {
            Item::Permission(permission, division) => {
                // Somebody may have typed it: letter case does not count where the name is known.
                named.permissions.push(known::permission(&permission).map_or(permission, str::to_owned));
                named.divisions.extend(division);
            }
            Item::Division(division) => named.divisions.push(division),
            Item::LeftOut => named.left_out = true,
            Item::Other(text) => named.illegible.push(text),
        }
    }
    named.permissions.sort();
    named.permissions.dedup();
    once(&mut named.illegible);
    if kind == Kind::MissingDivision {
        let mut divisions = values.get(1).map(|value| items(value)).unwrap_or_default();
        if divisions.is_empty() {
            divisions = behind(message, "division(s):");
        }
        named.left_out |= divisions.iter().any(|division| is_left_out(division));
        named.divisions.extend(divisions);
    }
    if kind != Kind::NotAuthorized {
        for value in of_params(params, "division") {
            named.divisions.extend(items(value));
        }
    }
    for division in &mut named.divisions {
        if let Some(id) = guid(division) {
            *division = id;
        }
    }
    named.divisions.retain(|division| !division.is_empty() && !is_permission(division) && !is_left_out(division));
    once(&mut named.divisions);
}

/// Whether all of the named permissions are needed or one. The platform's codes say `any` for one. Of actions that a
/// message names one by one in words nothing says which; one permission alone is needed either way.
fn combined(code: &str, message: &str, named: usize) -> &'static str {
    let any = code.split('.').any(|word| word == "any" || word == "one") || message.contains("at least one of");
    let all = code.starts_with("missing.") || message.contains("the following permission");
    match (any, all) {
        (true, _) => "ANY",
        (false, true) => "ALL",
        (false, false) if named == 1 => "ALL",
        (false, false) => "",
    }
}

fn of_params<'a>(params: &'a BTreeMap<String, String>, what: &'a str) -> impl Iterator<Item = &'a str> {
    params.iter().filter(move |(key, _)| key.to_ascii_lowercase().contains(what)).map(|(_, value)| value.as_str())
}

/// The items of `[a, b]`, `a, b`, `["a","b"]` or `a`.
fn items(value: &str) -> Vec<String> {
    const AROUND: [char; 11] = ['\'', '"', '`', '[', ']', '‘', '’', '“', '”', '{', '}'];
    value
        .trim()
        .trim_end_matches('.')
        .split([',', ';'])
        .map(
            |item| {
                if item.trim().chars().all(|c| c == '.') {
                    item.trim()
                } else {
                    item.trim().trim_matches(AROUND).trim()
                }
            },
        )
        .map(str::to_owned)
        .filter(|item| !item.is_empty() && item.chars().count() <= 200)
        .collect()
}

/// The bracketed list behind a word.
fn behind(message: &str, word: &str) -> Vec<String> {
    let Some((_, after)) = message.split_once(word) else { return Vec::new() };
    let Some((_, list)) = after.split_once('[') else { return Vec::new() };
    items(list.split(']').next().unwrap_or(""))
}

/// Every permission in a text, wildcards included. In a bracketed list blanks within a name are where a line was cut.
fn permission_items(text: &str) -> Vec<Item> {
    let named = |item: Item| matches!(item, Item::Permission(..)).then_some(item);
    let listed = text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).flat_map(|(list, _)| items(list));
    let words = text
        .split(|c: char| c.is_whitespace() || "[](){},;'\"`<>‘’“”".contains(c))
        .map(|word| word.trim_end_matches(['.', ':']).to_owned());
    let listed: Vec<Item> = listed.filter_map(|item| named(item_of(&item))).collect();
    // What a list was read completely from is not read again word by word.
    let known = |item: &Item| {
        match item {
        Item::Permission(word, _) => {
            !listed.iter().any(|one| matches!(one, Item::Permission(whole, _) if whole.starts_with(word.as_str()) || whole.ends_with(word.as_str())))
        }
        _ => false,
    }
    };
    let words: Vec<Item> = words.filter_map(|word| named(item_of(&word))).filter(known).collect();
    listed.into_iter().chain(words).collect()
}

/// Every `domain:entity:action` in a text, wildcards included.
#[cfg(test)]
fn permissions_in(text: &str) -> Vec<String> {
    let names = permission_items(text).into_iter();
    names.filter_map(|item| if let Item::Permission(name, _) = item { Some(name) } else { None }).collect()
}

fn item_of(item: &str) -> Item {
    if is_left_out(item) {
        return Item::LeftOut;
    }
    if let Some(id) = guid(item.trim_start_matches(':')) {
        return Item::Division(id);
    }
    let parts: Vec<&str> = item.splitn(4, ':').collect();
    let permission = without_blanks(parts.get(..3).unwrap_or_default().join(":").as_str());
    // A blank within a name is where a line was cut; between names, or before other words, it is a blank.
    let mut words = item.split_whitespace();
    let first = words.next().unwrap_or("");
    let whole = match words.next() {
        None => true,
        Some(second) => {
            words.next().is_none()
                && !(is_permission(first) && is_permission(second))
                && (known::permission(first).is_none() || known::permission(&permission).is_some())
        }
    };
    match parts.as_slice() {
        [_, _, _] if whole && is_permission(&permission) => Item::Permission(permission, None),
        [_, _, _, division] if is_permission(&permission) && !division.contains(':') => {
            let division = division.split_whitespace().collect::<Vec<_>>().join(" ");
            Item::Permission(permission, Some(guid(&division).unwrap_or(division)).filter(|one| !one.is_empty()))
        }
        _ => Item::Other(item.to_owned()),
    }
}

/// Whether something stands in place of a name: dots, a template's `%s`, `<permissions>`.
fn is_left_out(item: &str) -> bool {
    let item = item.trim();
    let bare = item.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let in_angles = item.starts_with(['<', '{', '$']) && item.ends_with(['>', '}']);
    let wildcard = item == "*";
    const WORDS: [&str; 14] = [
        "s",
        "permission",
        "permissions",
        "permission names",
        "list",
        "list of permissions",
        "permission list",
        "redacted",
        "removed",
        "xxx",
        "names",
        "division",
        "divisions",
        "snip",
    ];
    !wildcard && (bare.is_empty() || in_angles || WORDS.contains(&bare.as_str()) || item.contains('%'))
}

/// An id of the platform, written in whatever lines.
fn guid(text: &str) -> Option<String> {
    let id = without_blanks(text);
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    (lengths == [8, 4, 4, 4, 12] && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-')).then_some(id)
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

fn is_permission(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    let legible = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '.'))
    };
    parts.len() == 3
        && word.len() <= 200
        && parts.iter().all(legible)
        && parts.first().is_some_and(|part| part.contains(|c: char| c.is_ascii_alphabetic()) || *part == "*")
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
    fn permissions_and_divisions_are_reported_apart() {
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
