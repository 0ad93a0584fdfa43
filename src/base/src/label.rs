//! Permissions and scopes as people write them: labels of the user interface, help pages, any letter case.

/// Signs that stand between the parts of a label. Two characters come first.
const SIGNS: [&str; 9] = ["->", "=>", ">", "»", "›", "→", "⟩", "❯", "▸"];

/// A permission's text as letters and digits alone, small: what stays the same however it is written.
pub fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '*').flat_map(char::to_lowercase).collect()
}

/// Whether a text is written as a label is: parts with signs such as `>` between them. A path is none, whatever stands in
/// it: `<id>` holds a sign, too.
pub fn is_label(text: &str) -> bool {
    let is_path =
        text.split_whitespace().any(|word| word.contains("://") || word.trim_start_matches('[').starts_with('/'));
    let placeholders = text.contains('/') && text.contains('<');
    !is_path && !placeholders && SIGNS.iter().any(|sign| text.contains(sign))
}

/// The permissions that a text names, one for each action (`Routing > Queue > Add, Delete`), written
/// `domain:entity:action`. Words with blanks become one in camel case, as the platform's names are: `Conversation
/// Detail` becomes `conversationDetail`. A text that is neither a label nor has colons or dots is returned as it is.
pub fn permissions(text: &str) -> Vec<String> {
    let text = bare(text);
    let mut split = text.clone();
    for sign in SIGNS {
        split = split.replace(sign, "\u{1f}");
    }
    if !split.contains('\u{1f}') {
        let sign = [':', '/', '.'].into_iter().find(|sign| {
            let parts: Vec<&str> = text.split(*sign).collect();
            parts.len() == 3 && parts.iter().all(|part| !part.trim().is_empty())
        });
        match sign {
            Some(sign) => split = split.replace(sign, "\u{1f}"),
            None => return vec![text],
        }
    }
    let parts: Vec<&str> = split.split('\u{1f}').map(str::trim).filter(|part| !part.is_empty()).collect();
    // Labels may begin with the page they stand on: the last three parts are the permission.
    let [.., domain, entity, actions] = parts.as_slice() else { return vec![text] };
    let actions = actions.replace(" and ", ",").replace(" or ", ",");
    actions
        .split([',', '&', '/', '+', ';'])
        .map(str::trim)
        .filter(|action| !action.is_empty())
        .map(|action| format!("{}:{}:{}", camel(domain), camel(entity), all_as_star(&camel(action))))
        .collect()
}

/// The names in a cell that holds several permissions: apart by `;`, `|`, line ends, by commas and blanks where these do
/// not belong to a label.
pub fn permission_list(cell: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in cell.split([';', '|', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty()) {
        if is_label(part) {
            // A second label after a comma begins a permission of its own; a word alone is one more action.
            let mut whole = String::new();
            for piece in part.split(',') {
                if is_label(piece) && !whole.is_empty() {
                    found.extend(permissions(&whole));
                    whole.clear();
                }
                whole = if whole.is_empty() { piece.to_owned() } else { format!("{whole},{piece}") };
            }
            found.extend(permissions(&whole));
            continue;
        }
        let mut words = part.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
        if words.clone().all(|word| word.contains([':', '.'])) {
            found.extend(words.flat_map(permissions));
        } else if part.contains(',') {
            found.extend(part.split(',').map(str::trim).filter(|name| !name.is_empty()).flat_map(permissions));
        } else if words.any(|word| word.contains(':')) {
            // `routing:queue:view admin`: a list of names, among them an old one of one word.
            found.extend(bare(part).split_whitespace().map(str::to_owned));
        } else {
            found.extend(permissions(part));
        }
    }
    found
}

/// A scope's name without the words that people put around it, in small letters.
pub fn scope(text: &str) -> String {
    let mut text = super::named::trimmed(text);
    while let Some(rest) = ["oauth scope", "oauth2 scope", "scopes:", "scope:", "scopes ", "scope "]
        .iter()
        .find_map(|lead| after(text, lead))
        .filter(|rest| !rest.is_empty())
    {
        text = rest;
    }
    for end in [" scopes", " scope"] {
        let cut = text.len().checked_sub(end.len()).filter(|at| text.is_char_boundary(*at));
        if let Some((name, _)) = cut.map(|at| text.split_at(at)).filter(|(_, tail)| tail.eq_ignore_ascii_case(end)) {
            text = name;
        }
    }
    super::named::trimmed(text).trim_end_matches(['.', ',', ';']).to_lowercase()
}

fn after<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    let head = text.get(..lead.len())?;
    head.eq_ignore_ascii_case(lead)
        .then(|| text.get(lead.len()..).unwrap_or("").trim_start_matches([' ', ':', 's']))
        .map(str::trim)
}

/// A permission's text without the words, quotes and points around it.
fn bare(text: &str) -> String {
    let mut text = super::named::trimmed(text).trim_end_matches(['.', ',', ';', '!', '?']);
    loop {
        let before = text;
        for lead in ["permissions:", "permission:", "permission ", "the permission "] {
            if text.get(..lead.len()).is_some_and(|head| head.eq_ignore_ascii_case(lead)) {
                text = text.get(lead.len()..).unwrap_or(text);
            }
        }
        for end in [" permissions", " permission"] {
            let cut = text.len().checked_sub(end.len()).filter(|at| text.is_char_boundary(*at));
            if let Some((name, _)) = cut.map(|at| text.split_at(at)).filter(|(_, tail)| tail.eq_ignore_ascii_case(end))
                && !name.trim().is_empty()
                && !name.trim_end().to_lowercase().ends_with("all")
            {
                text = name;
            }
        }
        text = super::named::trimmed(text);
        if text == before {
            return text.to_owned();
        }
    }
}

/// What the user interface calls all actions of an entity; `all` alone is the action of some permissions.
fn all_as_star(action: &str) -> String {
    if matches!(action, "allPermissions" | "*") { "*".to_owned() } else { action.to_owned() }
}

/// Words joined: the first begins small, each other with a capital. One word keeps its capitals but the first.
fn camel(words: &str) -> String {
    let mut joined = String::new();
    for word in words.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_')).filter(|word| !word.is_empty()) {
        let shouted = word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
        let mut letters = word.chars();
        let Some(first) = letters.next() else { continue };
        if joined.is_empty() {
            joined.extend(first.to_lowercase());
        } else {
            joined.extend(first.to_uppercase());
        }
        if shouted {
            joined.extend(letters.flat_map(char::to_lowercase));
        } else {
            joined.extend(letters);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_every_writing_are_permissions() {
        for text in [
            "Routing > Queue > View",
            "routing:queue:view",
            "Routing:Queue:View",
            "ROUTING:QUEUE:VIEW",
            "Routing » Queue » View",
            "Routing → Queue → View",
            "Routing -> Queue -> View",
            "Routing › Queue › View",
            "Routing/Queue/View",
            "Routing>Queue>View",
            "routing.queue.view",
            "`Routing > Queue > View`",
            "Routing > Queue > View permission",
            "Permission: Routing > Queue > View.",
            "Admin > Roles > Routing > Queue > View",
        ] {
            assert_eq!(permissions(text), ["routing:queue:view"], "{text}");
        }
        assert_eq!(permissions("Analytics > Conversation Detail > View"), ["analytics:conversationDetail:view"]);
        assert_eq!(permissions("analytics:conversationDetail:view"), ["analytics:conversationDetail:view"]);
        assert_eq!(permissions("Routing > Queue > All Permissions"), ["routing:queue:*"]);
        assert_eq!(permissions("billing:user:all"), ["billing:user:all"]);
        assert_eq!(permissions("admin"), ["admin"]);
    }

    #[test]
    fn paths_with_signs_in_them_are_no_labels() {
        for text in [
            "[GET /routing/queues/<id>]",
            "GET -> /api/v2/users",
            "GET routing/queues/<queue id>/members",
            "GET https://x/>",
        ] {
            assert!(!is_label(text), "{text}");
        }
        assert!(is_label("Routing > Queue > Add/Edit"));
    }

    #[test]
    fn several_actions_are_several_permissions() {
        for text in
            ["Routing > Queue > Add, Delete", "Routing > Queue > Add and Delete", "Routing > Queue > Add/Delete"]
        {
            assert_eq!(permissions(text), ["routing:queue:add", "routing:queue:delete"], "{text}");
        }
    }

    #[test]
    fn cell_with_labels_is_not_split_at_their_blanks() {
        let both = ["routing:queue:view", "analytics:conversationDetail:view"];
        for cell in [
            "routing:queue:view analytics:conversationDetail:view",
            "routing:queue:view;analytics:conversationDetail:view",
            "routing:queue:view, analytics:conversationDetail:view",
            "routing:queue:view|analytics:conversationDetail:view",
            "Routing > Queue > View; Analytics > Conversation Detail > View",
            "Routing > Queue > View, Analytics > Conversation Detail > View",
            "Routing » Queue » View | Analytics » Conversation Detail » View",
            "routing.queue.view Analytics:conversationDetail:view",
        ] {
            assert_eq!(permission_list(cell), both, "{cell}");
        }
        let actions = ["routing:queue:add", "routing:queue:delete"];
        assert_eq!(permission_list("Routing > Queue > Add, Delete"), actions);
        assert_eq!(permission_list("Routing Queue View"), ["Routing Queue View"]);
        assert_eq!(permission_list("routing:queue:view admin"), ["routing:queue:view", "admin"]);
        assert!(permission_list(" ; ").is_empty());
    }

    #[test]
    fn scope_is_read_without_the_words_around_it() {
        for text in [
            "analytics:readonly",
            "Analytics:Readonly",
            "oauth scope analytics:readonly",
            "OAuth scope: analytics:readonly",
            "scope analytics:readonly",
            "scope:analytics:readonly",
            "`analytics:readonly`",
            "analytics:readonly scope",
            " ANALYTICS:READONLY. ",
        ] {
            assert_eq!(scope(text), "analytics:readonly", "{text}");
        }
        assert_eq!(scope("oauth"), "oauth");
    }
}
