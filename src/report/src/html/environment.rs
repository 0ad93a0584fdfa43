//! The template environment: strict, escaped, embedded.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::blocks::Block;
use super::policy::content_security_policy;
use super::visible;

/// The text of a file of `templates/`.
macro_rules! template {
    ($file:literal) => {
        include_str!(concat!("../../../../templates/", $file))
    };
}

/// The style sheet of the page.
pub(super) const STYLE: &str = concat!(
    // One line a file.
    template!("style/base.css"),
    template!("style/page.css"),
    template!("style/views.css"),
    template!("style/objects.css"),
    template!("style/print.css"),
);

/// The script of the page: all files in one scope, `main.js` last because it alone does something when it is loaded.
pub(super) const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    // One line a file.
    template!("script/text.js"),
    template!("script/fingerprint.js"),
    template!("script/block.js"),
    template!("script/filter.js"),
    template!("script/table.js"),
    template!("script/address.js"),
    template!("script/take.js"),
    template!("script/sections.js"),
    template!("script/tables.js"),
    template!("script/finding.js"),
    template!("script/views.js"),
    template!("script/holdings.js"),
    template!("script/verdict.js"),
    template!("script/objects.js"),
    template!("script/explain.js"),
    template!("script/inventory.js"),
    template!("script/explorer.js"),
    template!("script/route.js"),
    template!("script/overview.js"),
    template!("script/main.js"),
    "})();\n",
);

/// Every template, by name.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("report.html", template!("report.html")),
    ("macros.html", template!("macros.html")),
    ("overview.html", template!("overview.html")),
    ("trend.html", template!("trend.html")),
    ("power.html", template!("power.html")),
    ("heat.html", template!("heat.html")),
    ("limits.html", template!("limits.html")),
    ("completeness.html", template!("completeness.html")),
    ("summary.html", template!("summary.html")),
    ("gaps.html", template!("gaps.html")),
    ("findings.html", template!("findings.html")),
    ("waivers.html", template!("waivers.html")),
    ("excess.html", template!("excess.html")),
    ("contradictions.html", template!("contradictions.html")),
    ("drift.html", template!("drift.html")),
    ("since.html", template!("since.html")),
    ("inventory.html", template!("inventory.html")),
    ("principals.html", template!("principals.html")),
    ("roles.html", template!("roles.html")),
    ("reading.html", template!("reading.html")),
    ("about.html", template!("about.html")),
];

/// Renders the page from its rows and its blocks.
pub(super) fn render(page: &impl Serialize, blocks: &[Block], run: &str) -> Result<String, Error> {
    let style = format!("{STYLE}{}", printed_foot(run));
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(write_value);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("whole", whole);
    environment.add_filter("ticked", |text: String| Value::from(Serde(ticked(&text))));
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    environment.get_template("report.html")?.render(context! {
        page => Value::from(Serde(page)),
        blocks => Value::from(Serde(blocks)),
        policy => content_security_policy(&style, SCRIPT),
        style => Value::from_safe_string(style),
        script => Value::from_safe_string(SCRIPT.to_owned()),
    })
}

/// The foot of every printed sheet: which run it is of. It stands in the style sheet because nothing else repeats on
/// every sheet without covering the text.
fn printed_foot(run: &str) -> String {
    let harmless = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | ':' | '+');
    let run: String = run.chars().filter(harmless).collect();
    format!("@page {{ @bottom-left {{ content: \"{run}\"; font: 8pt sans-serif; }} }}\n")
}

/// A part of a sentence: text, or code.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct TextOrCode<'a> {
    text: &'a str,
    /// Whether it stood between backticks.
    code: bool,
}

/// Takes a sentence apart at its backticks; one that does not close is a character like any other.
fn ticked(text: &str) -> Vec<TextOrCode<'_>> {
    if text.matches('`').count() % 2 == 1 {
        return vec![TextOrCode { text, code: false }];
    }
    let parts = text.split('`').enumerate().map(|(at, text)| TextOrCode { text, code: at % 2 == 1 });
    parts.filter(|part| !part.text.is_empty()).collect()
}

/// A value that is no use in part, such as an address or a block of data: escaped here, and never cut.
fn whole(text: &str) -> Result<Value, Error> {
    let mut escaped = String::with_capacity(text.len());
    visible::write_html(&mut escaped, text)
        .map_err(|error| Error::new(ErrorKind::WriteFailure, "an address could not be written").with_source(error))?;
    Ok(Value::from_safe_string(escaped))
}

/// The only way by which a value reaches the page. Only our own style, script and macros are safe already, and what
/// `whole` has escaped.
fn write_value(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let failed = |error| Error::new(ErrorKind::WriteFailure, "the page could not be written").with_source(error);
    match value.as_str() {
        Some(text) if value.is_safe() => out.write_str(text).map_err(failed),
        Some(text) => visible::write_html(out, &visible::shortened(text)).map_err(failed),
        None if value.is_none() || value.is_undefined() => Ok(()),
        None => visible::write_html(out, &value.to_string()).map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_foot_lets_nothing_out_of_its_quotes() {
        let foot = printed_foot("Rolecall 0.1.0, run 2026-11-21T02-00-00Z\"; } </style><script>");
        assert!(foot.contains("content: \"Rolecall 0.1.0, run 2026-11-21T02-00-00Z  stylescript\";"), "{foot}");
    }

    #[test]
    fn words_between_backticks_are_code_and_an_open_backtick_is_not() {
        let reported = |text| ticked(text).iter().map(|part| (part.text.to_owned(), part.code)).collect::<Vec<_>>();
        assert_eq!(reported("add `a` to it"), [("add ".into(), false), ("a".into(), true), (" to it".into(), false)]);
        assert_eq!(reported("an ` alone"), [("an ` alone".into(), false)]);
        assert_eq!(reported(""), []);
    }
}
