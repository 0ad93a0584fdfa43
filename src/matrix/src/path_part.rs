//! Whether a part of a path can be the id that its template takes, or is a word.
//!
//! Ids of the platform are GUIDs, with few exceptions; an invented last word (`summary`) must not pass for one.

/// Parameters whose ids are words or free texts: integration types, presence sources, schema names, languages, keys,
/// default roles.
const FREE: [&str; 14] = [
    "typeid",
    "sourceid",
    "schemaid",
    "languageid",
    "rowid",
    "phonenumberid",
    "ucintegrationid",
    "tokenid",
    "promptid",
    // A default role is named by a word (`admin`).
    "rightroleid",
    "customercookieid",
    "contactid",
    "sessionid",
    "actionid",
];

/// Words that the platform documents in place of an id.
const DOCUMENTED: [(&str, &str); 4] =
    [("businessunitid", "mine"), ("managementunitid", "mine"), ("weekdateid", "recent"), ("workplanid", "new")];

/// Words by which people mean "some id".
const STAND_INS: [&str; 13] =
    ["id", "ids", "guid", "uuid", "abc", "def", "xyz", "foo", "bar", "x", "xx", "xxx", "xxxx"];

/// Whether a part of a path stands for any value: `{queueId}`.
pub(crate) fn is_placeholder(part: &str) -> bool {
    part.starts_with('{') && part.ends_with('}')
}

/// The parameter as it is written without a name for any value: `:id`, `<id>`, `${id}`, `{{id}}`, `$ID` become `{id}`.
pub(crate) fn as_placeholder(part: &str) -> Option<String> {
    let part = part.replace("%7B", "{").replace("%7D", "}").replace("%7b", "{").replace("%7d", "}");
    let part = part.replace("%3C", "<").replace("%3E", ">").replace("%3c", "<").replace("%3e", ">");
    let between = |open: &str, close: &str| part.strip_prefix(open)?.strip_suffix(close);
    let inner = between("${{", "}}")
        .or_else(|| between("{{", "}}"))
        .or_else(|| between("${", "}"))
        .or_else(|| between("#{", "}"))
        .or_else(|| between("@{", "}"))
        .or_else(|| between("$(", ")"))
        .or_else(|| between("{", "}"))
        .or_else(|| between("<", ">"))
        .or_else(|| between("[", "]"))
        .or_else(|| part.strip_prefix(':'))
        .or_else(|| part.strip_prefix('$'));
    let inner = match inner {
        Some(inner) => inner,
        None if matches!(part.as_str(), "*" | "..." | "…" | "%s" | "%d" | "?") => "id",
        None => return None,
    };
    let name = inner.trim().trim_matches(['{', '}', '$', '<', '>', '.']);
    let name = name.rsplit(['.', ':']).next().unwrap_or(name).trim();
    let name: String = name.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
    Some(if name.is_empty() { "{id}".to_owned() } else { format!("{{{name}}}") })
}

/// Whether a part of a path can be what the template's parameter takes. `parameter` is written with its braces.
pub(crate) fn is_id_of(parameter: &str, part: &str) -> bool {
    if is_placeholder(part) {
        return true;
    }
    let name = parameter.trim_matches(['{', '}']).to_ascii_lowercase();
    let part = part.to_lowercase();
    if DOCUMENTED.contains(&(name.as_str(), part.as_str())) {
        return true;
    }
    let has_digit = part.contains(|c: char| c.is_ascii_digit());
    if name.ends_with("version") {
        return has_digit;
    }
    let takes_ids = ["id", "ids", "guid", "jid"].iter().any(|end| name.ends_with(end));
    !takes_ids || FREE.contains(&name.as_str()) || looks_like_an_id(&part, &name)
}

fn looks_like_an_id(part: &str, parameter: &str) -> bool {
    // E-mail addresses, phone numbers, URNs, lists, and what was encoded.
    if part.contains(['@', '+', ':', ',', '%']) || (parameter == "domainid" && part.contains('.')) {
        return true;
    }
    let words: Vec<&str> = part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| STAND_INS.contains(word)) || is_named_after(part, parameter) {
        return true;
    }
    if !part.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    // A GUID, whole, in parts or with something in front; numbers; short codes such as `q1`. A word with a number behind
    // it (`summary2`) is a word.
    let spells = |word: &&str| {
        let longest = word.split(|c: char| !c.is_alphabetic()).map(|run| run.chars().count()).max().unwrap_or(0);
        longest >= 4 && !is_hex(word)
    };
    let changes = part.as_bytes().windows(2).filter(|pair| is_turn(pair)).count();
    let has_guid = part.split('-').filter(|run| run.len() == 4 && is_hex(run)).count() >= 3;
    has_guid || changes >= 4 || !words.iter().any(spells)
}

fn is_turn(pair: &[u8]) -> bool {
    matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit() && *a != b'-' && *b != b'-')
}

/// `queueid`, `my-queue-id`, `your_queue_id`: the parameter's own name, however it is decorated.
fn is_named_after(part: &str, parameter: &str) -> bool {
    let bare: String = part.chars().filter(|c| c.is_alphanumeric()).collect();
    bare.ends_with("id") && bare.len() > 3 && (bare.ends_with(parameter) || parameter.ends_with(&bare))
}

/// The words of a path that its template takes for ids, each with the parameter.
pub(crate) fn plain_words(template: &str, path: &str) -> Vec<(String, String)> {
    let pairs = template.split('/').zip(path.split('/'));
    pairs
        .filter(|(parameter, part)| is_placeholder(parameter) && !is_id_of(parameter, part))
        .map(|(parameter, part)| (part.to_owned(), parameter.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_numbers_and_stand_ins_are_ids_and_words_are_not() {
        for part in [
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "3FA85F64-5717-4562-B3FC-2C963F66AFA6",
            "3fa85f6457174562b3fc2c963f66afa6",
            "custom_-_3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "42",
            "{id}",
            "abc",
            "abc123",
            "q1",
            "queueId",
            "my-queue-id",
            "YOUR_QUEUE_ID",
            "123e4567-e89b",
            "5f8dKq9XzWpQ",
            "anna%40example.com",
        ] {
            assert!(is_id_of("{queueId}", part), "{part}");
        }
        for part in [
            "summary",
            "Summary",
            "SUMMARY",
            "real-time",
            "observations",
            "statistics",
            "summary2",
            "queue-list",
            "bulk_export",
            "all",
            "status",
            "metrics.json",
        ] {
            assert!(!is_id_of("{queueId}", part), "{part}");
        }
    }

    #[test]
    fn words_are_values_of_parameters_that_take_words() {
        for (parameter, part) in [
            ("{mediaType}", "callback"),
            ("{languageCode}", "en-us"),
            ("{objectType}", "USER"),
            ("{managementUnitId}", "mine"),
            ("{weekDateId}", "recent"),
            ("{weekDateId}", "2026-11-30"),
            ("{typeId}", "embedded-client-app"),
            ("{domainId}", "mail.example.com"),
            ("{tableVersion}", "3"),
        ] {
            assert!(is_id_of(parameter, part), "{parameter} {part}");
        }
        assert!(!is_id_of("{tableVersion}", "latest"));
        assert!(!is_id_of("{weekDateId}", "latest"));
    }

    #[test]
    fn placeholders_of_every_tool_are_read() {
        for part in [
            "{id}",
            ":id",
            "<id>",
            "${id}",
            "{{id}}",
            "$id",
            "[id]",
            "%7Bid%7D",
            "#{id}",
            "${{ id }}",
            "$(id)",
            "@{id}",
            "%3Cid%3E",
            "${var.id}",
        ] {
            assert_eq!(as_placeholder(part).as_deref(), Some("{id}"), "{part}");
        }
        assert_eq!(as_placeholder("<queue id>").as_deref(), Some("{queue_id}"));
        assert_eq!(as_placeholder("queues"), None);
    }
}
