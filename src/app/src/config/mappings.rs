//! `map` in `[[drift]]`: things that are the same on both sides although their names do not say so.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::job::MappedPair;
use super::read::{At, Problems, Section, meant_or_all, type_words};
use super::words::{MAP_KEYS, MAPPED_KINDS};
use rolecall_base::nearest::nearest;

/// How an entry is written, in the words of errors.
const ENTRY_HELP: &str = "write `{ kind = \"oauth_client\", from = \"name on the left\", to = \"name on the right\" }`";

/// The entries of `map`. One side of a thing is given one thing of the other: a second one is a problem.
pub(super) fn read(section: &Section<'_>, problems: &mut Problems) -> Vec<MappedPair> {
    let Some((_, value)) = section.get("map") else { return Vec::new() };
    let DeValue::Array(items) = value.get_ref() else {
        section.wrong_type("map", "a list of tables", value, problems);
        return Vec::new();
    };
    let mut read: Vec<[At<&str>; 3]> = Vec::new();
    for item in items.iter() {
        let Some(entry) = entry(item, problems) else { continue };
        let [kind, from, to] = &entry;
        for (side, at, index) in [("left", from, 1), ("right", to, 2)] {
            let same = |other: &[At<&str>; 3]| {
                other.first().map(|kind| kind.value) == Some(kind.value)
                    && other.get(index).is_some_and(|text| text.value == at.value)
            };
            if let Some(first) = read.iter().find(|other| same(other)).and_then(|other| other.get(index)) {
                let message = format!("`{}` of the {side} side is mapped twice in `map` of [[drift]]", at.value);
                problems.push(
                    Problem::new(Some(at.span.clone()), message)
                        .related(first.span.clone(), "the first")
                        .help("one thing is the same as one other: keep one of the entries".to_owned()),
                );
            }
        }
        read.push(entry);
    }
    let pairs = read.into_iter().map(|[kind, from, to]| MappedPair {
        kind: kind.value.to_owned(),
        from: from.value.to_owned(),
        to: to.value.to_owned(),
    });
    pairs.collect()
}

/// Kind, left and right of an entry.
fn entry<'a>(item: &'a Spanned<DeValue<'a>>, problems: &mut Problems) -> Option<[At<&'a str>; 3]> {
    let DeValue::Table(table) = item.get_ref() else {
        let message = format!("`map` in [[drift]] must hold tables, not {}", type_words(item.get_ref()));
        problems.add_with_help(&item.span(), message, ENTRY_HELP.to_owned());
        return None;
    };
    for (key, _) in table.iter().filter(|(key, _)| !MAP_KEYS.contains(&key.get_ref().as_ref())) {
        let help = match nearest(key.get_ref(), MAP_KEYS, 1).first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => ENTRY_HELP.to_owned(),
        };
        problems.add_with_help(&key.span(), format!("unknown key `{}` in `map` of [[drift]]", key.get_ref()), help);
    }
    let (kind, from, to) =
        (text(item, table, "kind", problems), text(item, table, "from", problems), text(item, table, "to", problems));
    let kind = kind?;
    if !MAPPED_KINDS.contains(&kind.value) {
        let message = format!("`{}` in `map` of [[drift]] is not a kind that can be mapped", kind.value);
        problems.add_with_help(&kind.span, message, meant_or_all(kind.value, &MAPPED_KINDS));
        return None;
    }
    Some([kind, from?, to?])
}

fn text<'a>(
    item: &Spanned<DeValue<'_>>,
    table: &'a DeTable<'a>,
    key: &str,
    problems: &mut Problems,
) -> Option<At<&'a str>> {
    let Some((_, value)) = table.iter().find(|(name, _)| name.get_ref() == key) else {
        let message = format!("`{key}` is missing in an entry of `map` in [[drift]]");
        problems.add_with_help(&item.span(), message, ENTRY_HELP.to_owned());
        return None;
    };
    match value.get_ref() {
        DeValue::String(text) if text.trim().is_empty() => {
            problems.add(&value.span(), format!("`{key}` in `map` of [[drift]] is empty"));
            None
        }
        DeValue::String(text) => Some(At { value: text.as_ref(), span: value.span() }),
        other => {
            let message = format!("`{key}` in `map` of [[drift]] must be a text in quotes, not {}", type_words(other));
            problems.add(&value.span(), message);
            None
        }
    }
}
