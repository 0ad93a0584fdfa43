//! `[[separation]]`: which duties nobody should hold together.

use super::orgs::required;
use super::read::{Problems, Section};
use rolecall_findings::separation::{Duties, glob};

/// Reads the pairs; none: the built-in ones are looked at.
pub(super) fn separation(top: &Section<'_>, problems: &mut Problems) -> Vec<Duties> {
    let mut all: Vec<Duties> = Vec::new();
    for section in top.children("separation", "[[separation]]", problems) {
        section.deny_unknown(problems);
        required(&section, "name", problems);
        let name = section.filled_text("name", problems);
        let mut side = |key: &str| -> Vec<String> {
            let there = required(&section, key, problems);
            let texts = section.texts(key, problems);
            if there && texts.is_empty() {
                problems.add(&section.span, format!("`{key}` in [[separation]] names no permission"));
            }
            let mut globs = Vec::new();
            for text in texts {
                match glob(text.value) {
                    Ok(_) => globs.push(text.value.to_owned()),
                    Err(why) => problems.add_with_help(
                        &text.span,
                        format!("`{}` in [[separation]] is no glob over permissions: {why}", text.value),
                        "write a permission such as `architect:flow:publish`, or `*` for parts of it".to_owned(),
                    ),
                }
            }
            globs
        };
        let (left, right) = (side("left"), side("right"));
        let Some(name) = name else { continue };
        if all.iter().any(|known| known.name == name.value) {
            problems.add(&name.span, format!("two [[separation]] are called `{}`", name.value));
        }
        all.push(Duties { name: name.value.to_owned(), left, right });
    }
    all
}
