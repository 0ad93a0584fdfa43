//! `[[org]]` and `[[drift]]`: which orgs there are, where they are, how to get in, which pairs to compare.

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::address::base_url;
use super::error::Problem;
use super::hidden_secrets::is_variable_name;
use super::job::{DriftPair, OrgConfig, SecretRef};
use super::mappings;
use super::read::{At, Problems, Section, meant_or_all, resolve, type_words};
use super::regions::{RegionError, domain_of};
use super::words::{DRIFT_KINDS, SECRET_KEYS, begins_with_a_kind};
use rolecall_base::named;
use rolecall_base::nearest::nearest;
use rolecall_base::regions::REGIONS;

/// Where a credential may come from, in the words of errors.
const SECRET_HELP: &str = "write where it comes from: `{ env = \"NAME\" }`, `{ file = \"path\" }` or `{ command = [\"program\", \"argument\"] }`";

/// The orgs, and the names of all of them, those with problems included: a pair that names one is not wrong.
pub(super) fn orgs(top: &Section<'_>, base: &Path, problems: &mut Problems) -> (Vec<OrgConfig>, Vec<String>) {
    let sections = top.children("org", "[[org]]", problems);
    if sections.is_empty() && top.get("org").is_none() {
        let help = "add an `[[org]]` with `name`, `region`, `client_id` and `client_secret`".to_owned();
        problems.add_with_help(&(0..0), "no org is configured".to_owned(), help);
    }
    let mut orgs = Vec::new();
    let mut names: Vec<At<&str>> = Vec::new();
    for section in &sections {
        section.deny_unknown(problems);
        let name = required(section, "name", problems).then(|| name(section, &names, problems)).flatten();
        if let Some(name) = &name {
            names.push(name.clone());
        }
        let environment = section.text("environment", problems).map_or("", |text| text.value);
        let urls = urls(section, problems);
        let mut credential = |key: &str| {
            required(section, key, problems);
            section.get(key).and_then(|(_, value)| secret_ref(section, key, value, base, problems))
        };
        let (client_id, client_secret) = (credential("client_id"), credential("client_secret"));
        let scopes_enforced = scopes_enforced(section, problems);
        if let (Some(name), Some((api_url, login_url)), Some(client_id), Some(client_secret)) =
            (name, urls, client_id, client_secret)
        {
            let (name, environment) = (name.value.to_owned(), environment.to_owned());
            orgs.push(OrgConfig { name, environment, api_url, login_url, client_id, client_secret, scopes_enforced });
        }
    }
    let names = sections.iter().filter_map(|section| match section.get("name")?.1.get_ref() {
        DeValue::String(name) => Some(name.as_ref().to_owned()),
        _ => None,
    });
    (orgs, names.collect())
}

/// Notes a key that is missing; whether it is there.
pub(super) fn required(section: &Section<'_>, key: &str, problems: &mut Problems) -> bool {
    let present = section.get(key).is_some();
    if !present {
        problems.add(&section.span, format!("`{key}` is missing{}{}", section.within(), called(section)));
    }
    present
}

/// ` dev` in backticks, where the section has a name.
pub(super) fn called(section: &Section<'_>) -> String {
    match section.get("name").map(|(_, value)| value.get_ref()) {
        Some(DeValue::String(name)) => format!(" `{name}`"),
        _ => String::new(),
    }
}

/// A name becomes the name of a folder, and a cell of a CSV file.
fn name<'a>(section: &Section<'a>, taken: &[At<&str>], problems: &mut Problems) -> Option<At<&'a str>> {
    let name = section.filled_text("name", problems)?;
    let good = name.value.starts_with(char::is_alphanumeric)
        && !name.value.ends_with([' ', '.'])
        && name.value.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-'))
        && name.value.len() <= 100;
    if !good {
        problems.add_with_help(
            &name.span,
            format!("`{}` cannot be the name of an org", name.value),
            "use letters, digits, spaces, `.`, `_` and `-`, with a letter or a digit first".to_owned(),
        );
        return None;
    }
    // Folders of some systems do not tell upper from lower case.
    if let Some(first) = taken.iter().find(|other| other.value.to_lowercase() == name.value.to_lowercase()) {
        problems.push(
            Problem::new(Some(name.span.clone()), format!("two orgs are called `{}`", name.value))
                .related(first.span.clone(), "the first")
                .help("every org needs a name of its own; upper and lower case do not count".to_owned()),
        );
    }
    Some(name)
}

fn urls(section: &Section<'_>, problems: &mut Problems) -> Option<(String, String)> {
    let place = |key| section.get(key).map(|(span, _)| span);
    match (place("region"), place("api_url"), place("login_url")) {
        (None, None, None) => {
            problems.add_with_help(
                &section.span,
                format!("`region` is missing{}{}", section.within(), called(section)),
                "write a region such as `euw1`, or both `api_url` and `login_url`".to_owned(),
            );
            None
        }
        (Some(region), Some(url), _) | (Some(region), None, Some(url)) => {
            problems.push(
                Problem::new(
                    Some(url),
                    format!("a region and URLs are both given{}{}", section.within(), called(section)),
                )
                .related(region, "the region")
                .help("keep `region`, or both `api_url` and `login_url`".to_owned()),
            );
            None
        }
        (Some(_), None, None) => {
            let text = section.filled_text("region", problems)?;
            let domain = domain(&text, problems)?;
            Some((format!("https://api.{domain}"), format!("https://login.{domain}")))
        }
        (None, api, login) => {
            for (there, given, missing) in [(&api, "api_url", "login_url"), (&login, "login_url", "api_url")] {
                if let (Some(span), None) = (there, place(missing)) {
                    let message =
                        format!("`{given}` is given without `{missing}`{}{}", section.within(), called(section));
                    problems.add_with_help(span, message, format!("add `{missing}`"));
                }
            }
            let mut url = |key: &str| {
                let text = section.filled_text(key, problems)?;
                match base_url(text.value) {
                    Ok(url) => Some(url),
                    Err((why, help)) => {
                        let problem = Problem::new(Some(text.span), format!("`{key}`{} {why}", section.within()));
                        problems.push(match help {
                            Some(help) => problem.help(help.to_owned()),
                            None => problem,
                        });
                        None
                    }
                }
            };
            let (api, login) = (url("api_url"), url("login_url"));
            Some((api?, login?))
        }
    }
}

fn domain(text: &At<&str>, problems: &mut Problems) -> Option<String> {
    let (message, help) = match domain_of(text.value) {
        Ok(domain) => return Some(domain),
        Err(RegionError::Unknown(near)) => {
            let all: Vec<&str> = REGIONS.iter().map(|(_, short, _)| *short).collect();
            let meant = match near.first() {
                Some(near) => format!("did you mean `{near}`? known regions: {}", all.join(", ")),
                None => format!("known regions: {}", all.join(", ")),
            };
            (format!("unknown region `{}`", text.value), meant)
        }
        Err(RegionError::AlmostKnown(domain)) => (
            format!("`{}` is almost the domain of a region, and credentials would be sent to it", text.value),
            format!("did you mean `{domain}`? for a domain that is really called so write `api_url` and `login_url`"),
        ),
        Err(RegionError::NotADomain) => (
            // Not repeated: somebody's URL with a password in it may have come here.
            "`region` in [[org]] is neither the name nor the domain of a region".to_owned(),
            "write a region such as `euw1`, a domain such as `mypurecloud.ie`, or `api_url` and `login_url`".to_owned(),
        ),
    };
    problems.add_with_help(&text.span, message, help);
    None
}

fn scopes_enforced(section: &Section<'_>, problems: &mut Problems) -> Option<bool> {
    let (_, value) = section.get("scopes_enforced")?;
    match value.get_ref() {
        DeValue::Boolean(enforced) => return Some(*enforced),
        DeValue::String(word) if word == "unknown" => {}
        DeValue::String(word) => {
            let help = if matches!(word.as_ref(), "true" | "false") {
                "write it without quotes".to_owned()
            } else {
                "write true, false or \"unknown\"".to_owned()
            };
            problems.add_with_help(
                &value.span(),
                format!("unknown value `{word}` for `scopes_enforced` in [[org]]"),
                help,
            );
        }
        _ => section.wrong_type("scopes_enforced", "true, false or \"unknown\"", value, problems),
    }
    None
}

/// A reference to a credential. The value of one that is written out is never repeated.
pub(super) fn secret_ref(
    section: &Section<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    base: &Path,
    problems: &mut Problems,
) -> Option<SecretRef> {
    let within = format!("{}{}", section.within(), called(section));
    let DeValue::Table(table) = value.get_ref() else {
        let message = match value.get_ref() {
            DeValue::String(_) => format!("`{key}`{within} is written out in the file"),
            other => format!("`{key}`{within} must say where it comes from, not be {}", type_words(other)),
        };
        problems.add_with_help(&value.span(), message, SECRET_HELP.to_owned());
        return None;
    };
    let mut unknown = false;
    for (name, _) in table.iter().filter(|(name, _)| !SECRET_KEYS.contains(&name.get_ref().as_ref())) {
        let written = name.get_ref();
        let help = match nearest(written, SECRET_KEYS.iter().copied(), 1).first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => SECRET_HELP.to_owned(),
        };
        problems.add_with_help(&name.span(), format!("unknown key `{written}` in `{key}`{within}"), help);
        unknown = true;
    }
    let mut known = table.iter().filter(|(name, _)| SECRET_KEYS.contains(&name.get_ref().as_ref()));
    let Some((source, value_of)) = known.next() else {
        if !unknown {
            let message = format!("`{key}`{within} does not say where it comes from");
            problems.add_with_help(&value.span(), message, SECRET_HELP.to_owned());
        }
        return None;
    };
    if let Some((second, _)) = known.next() {
        let message = format!("`{key}`{within} comes from two places");
        problems.push(
            Problem::new(Some(second.span()), message)
                .related(source.span(), "the other")
                .help("keep one of `env`, `file` and `command`".to_owned()),
        );
        return None;
    }
    let span = value_of.span();
    let mut wrong = |message: &str, help: &str| {
        problems.add_with_help(&span, format!("`{key}`{within}: {message}"), help.to_owned());
        None
    };
    match (source.get_ref().as_ref(), value_of.get_ref()) {
        ("env", DeValue::String(name)) if is_variable_name(name) => Some(SecretRef::Env(name.as_ref().to_owned())),
        ("env", DeValue::String(_)) => wrong(
            "`env` is not the name of an environment variable",
            "write the name of a variable (letters, digits and `_`), never the value itself",
        ),
        ("file", DeValue::String(path)) if path.trim().is_empty() => wrong("`file` is empty", "write a path"),
        ("file", DeValue::String(path)) => {
            resolve(&At { value: path.as_ref(), span: span.clone() }, base, problems).map(SecretRef::File)
        }
        ("command", DeValue::Array(words)) => {
            let texts: Option<Vec<String>> = words
                .iter()
                .map(|word| match word.get_ref() {
                    DeValue::String(word) if !word.contains('\0') => Some(word.as_ref().to_owned()),
                    _ => None,
                })
                .collect();
            match texts {
                None => wrong("`command` must hold texts", "write each word in quotes"),
                Some(texts) => match command(texts, base) {
                    Some(texts) => Some(SecretRef::Command(texts)),
                    None => wrong("`command` is empty", "write the program and its arguments, one text each"),
                },
            }
        }
        ("command", DeValue::String(_)) => wrong(
            "`command` must be a list of texts, because it is run without a shell",
            "write the program and its arguments, one text each: `[\"pass\", \"show\", \"x\"]`",
        ),
        ("command", other) => {
            wrong(&format!("`command` must be a list of texts, not {}", type_words(other)), SECRET_HELP)
        }
        (source, other) => wrong(&format!("`{source}` must be a text, not {}", type_words(other)), SECRET_HELP),
    }
}

/// A program that is written with a folder starts at the folder of the file; one without is looked up in the path.
fn command(mut words: Vec<String>, base: &Path) -> Option<Vec<String>> {
    let program = words.first_mut().filter(|program| !program.trim().is_empty())?;
    if program.contains('/')
        && let Some(resolved) = base.join(&*program).to_str()
    {
        *program = resolved.to_owned();
    }
    Some(words)
}

pub(super) fn drift(top: &Section<'_>, orgs: &[String], problems: &mut Problems) -> Vec<DriftPair> {
    let mut pairs: Vec<DriftPair> = Vec::new();
    for section in top.children("drift", "[[drift]]", problems) {
        section.deny_unknown(problems);
        let mut side = |key: &str| {
            required(&section, key, problems);
            let name = section.filled_text(key, problems)?;
            let Some(org) = named::one_of(orgs.iter().map(String::as_str), name.value) else {
                let known: Vec<&str> = orgs.iter().map(String::as_str).collect();
                let message = format!("`{key}` in [[drift]] names `{}`, which is not a configured org", name.value);
                problems.add_with_help(&name.span, message, meant_or_all(name.value, &known));
                return None;
            };
            Some(At { value: org, span: name.span })
        };
        let (from, to) = (side("from"), side("to"));
        let ignore = section.texts("ignore", problems);
        for glob in &ignore {
            ignore_glob(glob, problems);
        }
        let map = mappings::read(&section, problems);
        let (Some(from), Some(to)) = (from, to) else { continue };
        if from.value == to.value {
            problems.add(&to.span, format!("[[drift]] compares `{}` with itself", to.value));
        } else if pairs.iter().any(|pair| pair.from == from.value && pair.to == to.value) {
            problems.add(&section.span, format!("`{}` and `{}` are compared twice", from.value, to.value));
        }
        pairs.push(DriftPair {
            from: from.value.to_owned(),
            to: to.value.to_owned(),
            ignore: ignore.iter().map(|glob| glob.value.to_owned()).collect(),
            map,
        });
    }
    pairs
}

/// A glob over `kind:name` whose kind does not exist leaves nothing out, which its author would never learn.
fn ignore_glob(glob: &At<&str>, problems: &mut Problems) {
    if !compiles(glob, problems) {
        return;
    }
    if !begins_with_a_kind(glob.value) {
        let kind = glob.value.split([':', '*', '?', '[', '{', '\\']).next().unwrap_or_default();
        problems.add_with_help(
            &glob.span,
            format!("`{}` in `ignore` of [[drift]] begins with no known kind", glob.value),
            format!("a glob is over `kind:name`; {}", meant_or_all(kind, &DRIFT_KINDS)),
        );
    }
}

/// Whether a glob is one; notes it where not.
pub(super) fn compiles(glob: &At<&str>, problems: &mut Problems) -> bool {
    match globset::GlobBuilder::new(glob.value).case_insensitive(true).build() {
        Ok(_) => true,
        Err(error) => {
            problems.add_with_help(
                &glob.span,
                format!("`{}` is not a glob: {}", glob.value, error.kind()),
                "`*` stands for any text, `?` for one character; `\\` takes their meaning away".to_owned(),
            );
            false
        }
    }
}
