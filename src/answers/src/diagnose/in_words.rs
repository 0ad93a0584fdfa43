//! Permissions that a refusal spells out: domain, entity and actions, each by itself.

/// Signs that may stand around a value: quotes of any sort, brackets, blanks.
const AROUND: [char; 18] = ['\'', '"', '`', '´', '‘', '’', '“', '”', '«', '»', '[', ']', '(', ')', '{', '}', ' ', '\\'];

/// The permissions that a text names in words: `domain 'routing', entity 'queue', action set '[view, edit]'`. In
/// whatever order the three stand; none where one of them is missing.
pub(super) fn permissions(text: &str) -> Vec<String> {
    let (Some(domain), Some(entity)) = (
        value(text, &["domain"]).and_then(|value| one(&value)),
        value(text, &["entity", "entityname", "entitytype"]).and_then(|value| one(&value)),
    ) else {
        return Vec::new();
    };
    let actions = value(text, &["action", "actions", "actionset"]).map(|value| words(&value)).unwrap_or_default();
    actions.iter().map(|action| format!("{domain}:{entity}:{action}")).collect()
}

/// What stands behind a word and its `set`, `name` or `type`: a bracketed list, else what is quoted, else a word.
fn value(text: &str, names: &[&str]) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let name = names.first()?;
    lower.match_indices(name).find_map(|(at, _)| {
        let alone = !lower.get(..at)?.ends_with(|c: char| c.is_ascii_alphanumeric());
        let rest = text.get(at + name.len()..)?;
        let plural = rest.strip_prefix('s').filter(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()));
        let rest = plural.unwrap_or(rest);
        let rest = trim_any(rest, &["set", "name", "type", "Set", "Name", "Type", "sets", "is", "are", "of"]);
        // A word that goes on is another word.
        if !alone || rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.len() == text.len() - at - name.len()
        {
            return None;
        }
        let rest = rest.trim_start_matches([':', '=', ',', ' ', '\n', '"', '\'', '`', '´', '‘', '“', '«', '\\']);
        let list = rest.strip_prefix(['[', '(', '{']);
        let end = match list {
            Some(list) => return Some(list.split([']', ')', '}']).next()?.to_owned()),
            None => rest.find(|c: char| "'\"`´’”»;()[]{}\\".contains(c)).unwrap_or(rest.len()),
        };
        let value = rest.get(..end)?;
        // Without quotes the value is one word, or words joined by commas.
        let quoted = rest.get(end..).is_some_and(|rest| rest.starts_with(['\'', '"', '`', '´', '’', '”', '»']));
        let value = if quoted { value } else { unquoted(value) };
        (!value.trim().is_empty()).then(|| value.to_owned())
    })
}

fn trim_any<'t>(text: &'t str, words: &[&str]) -> &'t str {
    let trimmed = text.trim_start_matches([' ', '_', '-', '\n']);
    for word in words {
        if let Some(rest) = trimmed.strip_prefix(word).filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric())) {
            return rest;
        }
    }
    text
}

/// The word at the beginning, and those that commas join to it, up to the next of the three.
fn unquoted(text: &str) -> &str {
    let mut end = 0;
    for part in text.split_inclusive(',') {
        let word = part.trim_start();
        let lead = part.len() - word.len();
        let length = word.find([' ', '\n', ',', '.']).unwrap_or(word.len());
        let name = word.get(..length).unwrap_or("");
        if end > 0 && ["domain", "entity", "action", "actions", "with", "and", "for"].contains(&name) {
            break;
        }
        end += lead + length;
        // Another word behind a blank is not of the list.
        if !word.get(length..).is_some_and(|rest| rest.starts_with(',')) {
            break;
        }
        end += 1;
    }
    text.get(..end).unwrap_or(text).trim_end_matches(',')
}

fn one(value: &str) -> Option<String> {
    let mut words = words(value);
    (words.len() == 1).then(|| words.pop()).flatten()
}

/// The items of a list; a blank within one is where a line was cut.
fn words(value: &str) -> Vec<String> {
    value
        .split([',', ';', '|'])
        .map(|word| word.trim_matches(AROUND).split_whitespace().collect::<String>())
        .map(|word| word.trim_matches(AROUND).to_owned())
        .filter(|word| !word.is_empty() && word.len() <= 80)
        .filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '.')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_entity_and_actions_make_permissions() {
        for (text, expected) in [
            (
                "Permission is forbidden on domain, 'outbound', entity 'campaign`, with action set '[view, edit]'",
                vec!["outbound:campaign:view", "outbound:campaign:edit"],
            ),
            ("forbidden on domain \"routing\", entity \"queue\", action \"view\"", vec!["routing:queue:view"]),
            ("domain: routing, entity: queue, action: view", vec!["routing:queue:view"]),
            ("domain: routing, entity: queue, actions: view,edit", vec!["routing:queue:view", "routing:queue:edit"]),
            ("action set [view] on entity ‘queue’ of domain ‘routing’", vec!["routing:queue:view"]),
            ("domain=routing entity=queue actionSet=[add,delete]", vec!["routing:queue:add", "routing:queue:delete"]),
            ("with action set 'view,edit', domain `a`, entity `b`", vec!["a:b:view", "a:b:edit"]),
            (r#"domain \"routing\", entityName \"queue\", actionSet [\"view\"]"#, vec!["routing:queue:view"]),
            ("domain, 'rout ing', entity 'qu\neue', with action set '[vi ew]'", vec!["routing:queue:view"]),
            ("domain 'routing', entity type 'queue', actions '*'", vec!["routing:queue:*"]),
            ("the domain is bad", vec![]),
            ("domain 'routing', entity 'queue'", vec![]),
            ("subdomain 'a', entity 'b', action 'c'", vec![]),
        ] {
            assert_eq!(permissions(text), expected, "{text}");
        }
    }
}
