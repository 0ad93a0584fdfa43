//! The overlay file to entries, with every problem of the file named at once.

use std::path::Path;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigErrors, Problem};
use super::read::{Problems, Section, meant_or_all};
use super::waivers::day;
use super::{hidden_secrets, read_file, syntax_problems};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_base::{label, named};
use rolecall_matrix::announced;
use rolecall_matrix::names::{self, Asked};
use rolecall_matrix::overlay::{OverlayFile, Override, twice};
use rolecall_matrix::{Endpoint, Match, UserContext, bundled};

/// Keys of an `[[override]]`.
const KEYS: &[&str] = &[
    "operation",
    "org",
    "match",
    "permissions",
    "scopes",
    "user_context",
    "effective",
    "before",
    "reason",
    "evidence",
    "owner",
    "expires",
];

/// Keys of its `before`.
const BEFORE_KEYS: &[&str] = &["match", "permissions"];

const MATCHES: [(&str, Match); 4] =
    [("ANY", Match::Any), ("ALL", Match::All), ("NONE", Match::None), ("UNKNOWN", Match::Unknown)];

const CONTEXTS: [(&str, UserContext); 3] =
    [("yes", UserContext::Yes), ("no", UserContext::No), ("unknown", UserContext::Unknown)];

/// Reads an overlay file. `orgs` are the names of the configured orgs, where they are known.
///
/// # Errors
/// Every problem of the file, each with its line.
pub fn load(path: &Path, orgs: Option<&[&str]>) -> Result<OverlayFile, ConfigErrors> {
    let text = read_file(path, "overlay file", "name it with `overrides` in [matrix] of the configuration")?;
    parse(path, &text, orgs)
}

/// Judges the text of an overlay file. `path` names it in errors.
///
/// # Errors
/// As [`load`].
pub fn parse(path: &Path, text: &str, orgs: Option<&[&str]>) -> Result<OverlayFile, ConfigErrors> {
    let (document, faults) = DeTable::parse_recoverable(text);
    if !faults.is_empty() {
        return Err(ConfigErrors::new(path, hidden_secrets::in_broken_text(text), syntax_problems(text, &faults)));
    }
    let mut problems = Problems::default();
    let top = Section::top(document.get_ref());
    top.deny_keys_beside(&["override"], &mut problems);
    let sections = top.children("override", "[[override]]", &mut problems);
    let mut read = Vec::new();
    for section in &sections {
        if let Some(entry) = entry(section, text, orgs, &mut problems) {
            read.push((entry, section.span.clone()));
        }
    }
    let entries: Vec<Override> = read.iter().map(|(entry, _)| entry.clone()).collect();
    for (at, first) in twice(&entries) {
        if let Some((entry, span)) = read.get(at) {
            problems.add_with_help(
                span,
                format!("[[override]] is for `{}` again, as the one in line {first}", entry.endpoint),
                "keep one entry for each operation and org".to_owned(),
            );
        }
    }
    if !problems.is_empty() {
        return Err(ConfigErrors::new(
            path,
            hidden_secrets::in_document(text, document.get_ref()),
            problems.into_sorted(),
        ));
    }
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(OverlayFile { name, entries })
}

/// One entry; `None` where something is wrong with it, which is then among the problems.
fn entry(section: &Section<'_>, text: &str, orgs: Option<&[&str]>, problems: &mut Problems) -> Option<Override> {
    section.deny_keys_beside(KEYS, problems);
    let operation = operation(section, problems);
    let requirement = permissions(section, problems);
    let (effective, until_then) = (effective(section, problems), before(section, problems));
    let listed = |key: &str, problems: &mut Problems| -> Option<Vec<String>> {
        section.get(key)?;
        Some(section.texts(key, problems).iter().map(|text| text.value.trim().to_owned()).collect())
    };
    let scopes = listed("scopes", problems)
        .map(|scopes| scopes.iter().map(|text| Scope::new(label::scope(text))).collect::<Vec<_>>());
    let user_context =
        section.get("user_context").map(|_| section.word("user_context", &CONTEXTS, UserContext::Unknown, problems));
    if section.get("match").is_none()
        && section.get("permissions").is_none()
        && scopes.is_none()
        && user_context.is_none()
    {
        problems.add_with_help(
            &section.span,
            "[[override]] does not say what the operation requires".to_owned(),
            "write some of `match` with `permissions`, `scopes` and `user_context`".to_owned(),
        );
    }
    let reason = required(section, "reason", "say why the matrix is wrong", problems);
    let evidence = required(section, "evidence", "say what was seen, how often and when", problems);
    let owner = required(section, "owner", "name who reviewed it and answers for it", problems);
    let expires = expires(section, problems);
    if let (Some(from), Some(until)) = (effective, expires)
        && until < from
    {
        let at = section.get("effective").map_or_else(|| section.span.clone(), |(_, value)| value.span());
        problems.add_with_help(
            &at,
            format!("[[override]] takes effect on {from} and ends before that, on {until}"),
            "let `expires` be a later day than `effective`".to_owned(),
        );
    }
    let org = section.filled_text("org", problems);
    let meant = org.as_ref().map(|org| {
        let known = orgs.unwrap_or_default().iter().copied();
        named::one_of(known, org.value).unwrap_or(org.value).to_owned()
    });
    if let (Some(org), Some(orgs), Some(meant)) = (&org, orgs, &meant)
        && !orgs.contains(&meant.as_str())
    {
        let message = format!("`{}` is not an org of the configuration", org.value);
        problems.add_with_help(&org.span, message, meant_or_all(org.value, orgs));
    }
    let before = text.get(..section.span.start).unwrap_or_default();
    Some(Override {
        endpoint: operation?,
        org: meant,
        permissions: requirement.ok()?,
        scopes,
        user_context,
        reason: reason?,
        evidence: evidence?,
        owner: owner?,
        expires: expires?,
        effective,
        before: until_then.ok()?,
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
    })
}

fn operation(section: &Section<'_>, problems: &mut Problems) -> Option<Endpoint> {
    if section.get("operation").is_none() {
        problems.add_with_help(
            &section.span,
            "[[override]] has no `operation`".to_owned(),
            "write `operation = \"GET /api/v2/routing/queues\"`".to_owned(),
        );
    }
    let text = section.filled_text("operation", problems)?;
    // The file is read before any matrix is: what is no method and path is looked up in the built-in one.
    match Asked::read(text.value).and_then(|asked| asked.call(bundled::matrix())) {
        Ok(endpoint) => Some(endpoint),
        Err(why) => {
            problems.add(&text.span, why);
            None
        }
    }
}

/// The permissions and how they combine: `Ok(None)` leaves those of the matrix. An error is among the problems.
fn permissions(section: &Section<'_>, problems: &mut Problems) -> Result<Option<announced::Asked>, ()> {
    let texts = section.texts("permissions", problems);
    let mut permissions: Vec<Permission> = Vec::new();
    let written =
        texts.iter().flat_map(|text| label::permissions(text.value).into_iter().map(move |name| (text, name)));
    for (text, name) in written {
        // The built-in table knows how it is spelt; a permission that it lacks stays as it was written.
        let name = names::permission(bundled::matrix(), &name).map_or(name.clone(), str::to_owned);
        let permission = Permission::new(name);
        let whole = permission.parts().is_some_and(|(domain, entity, action)| {
            [domain, entity, action].iter().all(|part| !part.is_empty() && !part.contains(['*', ' ']))
        });
        if !whole {
            problems.add_with_help(
                &text.span,
                format!("`{}` is not a permission", text.value),
                "a permission is `domain:entity:action`, without wildcards".to_owned(),
            );
            return Err(());
        }
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    let Some((span, _)) = section.get("match") else {
        let Some((span, _)) = section.get("permissions") else { return Ok(None) };
        return match permissions.len() {
            1 => Ok(Some((Match::Any, permissions))),
            0 => {
                problems.add_with_help(
                    &span,
                    "`permissions` in [[override]] is empty".to_owned(),
                    "for an operation without a requirement write `match = \"NONE\"`".to_owned(),
                );
                Err(())
            }
            _ => {
                problems.add_with_help(
                    &span,
                    "[[override]] has several permissions and no `match`".to_owned(),
                    "write `match = \"ANY\"` where one is enough, `match = \"ALL\"` where all are needed".to_owned(),
                );
                Err(())
            }
        };
    };
    let matching = section.word("match", &MATCHES, Match::Unknown, problems);
    let wants = matches!(matching, Match::Any | Match::All);
    if wants == permissions.is_empty() {
        let (message, help) = if wants {
            ("has `match` and no permissions", "name them with `permissions`")
        } else {
            ("has permissions and a `match` that takes none", "write `match = \"ANY\"` or `match = \"ALL\"`")
        };
        problems.push(Problem::new(Some(span), format!("[[override]] {message}")).help(help.to_owned()));
        return Err(());
    }
    Ok(Some((matching, permissions)))
}

fn required(section: &Section<'_>, key: &str, help: &str, problems: &mut Problems) -> Option<String> {
    if section.get(key).is_none() {
        problems.add_with_help(&section.span, format!("[[override]] has no `{key}`"), help.to_owned());
    }
    section.filled_text(key, problems).map(|text| text.value.trim().to_owned())
}

/// The last day on which the entry holds.
fn expires(section: &Section<'_>, problems: &mut Problems) -> Option<Date> {
    if section.get("expires").is_none() {
        let help = "write a day, for example `expires = 2026-12-31`".to_owned();
        problems.add_with_help(&section.span, "[[override]] has no `expires`".to_owned(), help);
    }
    day_of(section, "expires", problems)
}

/// The first day on which the entry holds; `None`: it holds already.
fn effective(section: &Section<'_>, problems: &mut Problems) -> Option<Date> {
    day_of(section, "effective", problems)
}

/// What is required until the entry takes effect: `Ok(None)` leaves it to the matrix. An error is among the problems.
fn before(section: &Section<'_>, problems: &mut Problems) -> Result<Option<announced::Asked>, ()> {
    let Some((span, _)) = section.get("before") else { return Ok(None) };
    let before = section.child("before", "before", problems);
    before.deny_keys_beside(BEFORE_KEYS, problems);
    let example = || "write for example `before = { match = \"NONE\" }`".to_owned();
    if section.get("effective").is_none() {
        let message = "[[override]] has `before` and no `effective`".to_owned();
        problems.add_with_help(
            &span,
            message,
            "write the day from which it holds, for example `effective = 2026-03-01`".to_owned(),
        );
    }
    let asked = permissions(&before, problems)?;
    if asked.is_none() {
        problems.add_with_help(&span, "`before` in [[override]] does not say what is required".to_owned(), example());
        return Err(());
    }
    Ok(asked)
}

/// A day: a date as TOML writes it, or as a text.
fn day_of(section: &Section<'_>, key: &'static str, problems: &mut Problems) -> Option<Date> {
    let help = || format!("write a day, for example `{key} = 2026-12-31`");
    let (_, value) = section.get(key)?;
    let text = match value.get_ref() {
        DeValue::Datetime(moment) if moment.time.is_none() => moment.to_string(),
        DeValue::String(text) => text.as_ref().to_owned(),
        _ => {
            section.wrong_type(key, "a day", value, problems);
            return None;
        }
    };
    let read = day(&text);
    if read.is_none() {
        problems.add_with_help(&value.span(), format!("`{key}` in [[override]] must be a day, not `{text}`"), help());
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OverlayFile, ConfigErrors> {
        parse(Path::new("conf/overrides.toml"), text, Some(&["dev", "staging"]))
    }

    fn with(what: &str) -> String {
        format!("[[override]]\n{what}\nreason = \"r\"\nevidence = \"3 calls\"\nowner = \"o\"\nexpires = 2026-12-31\n")
    }

    #[test]
    fn entries_are_read_with_their_lines() {
        let text = format!(
            "# ours\n{}\n{}",
            with(
                "operation = \"GET /routing/queues\"\nmatch = \"ALL\"\npermissions = [\"a:b:c\", \"a:b:d\"]\norg = \"dev\""
            ),
            with("operation = \"POST /api/v2/users\"\nscopes = [\"users\"]\nuser_context = \"yes\"")
        );
        let file = read(&text).unwrap();
        let [first, second] = &file.entries[..] else { panic!("{file:?}") };
        assert_eq!((file.name.as_str(), first.line, second.line), ("overrides.toml", 2, 12));
        assert_eq!(first.endpoint.to_string(), "GET /api/v2/routing/queues");
        assert_eq!((first.permissions.as_ref().unwrap().0, first.org.as_deref()), (Match::All, Some("dev")));
        assert_eq!((second.permissions.as_ref(), second.user_context), (None, Some(UserContext::Yes)));
        assert!(read("").unwrap().entries.is_empty());
    }

    #[test]
    fn day_and_what_is_required_until_then_are_read() {
        let text = "operation = \"GET /users\"\npermissions = [\"directory:user:view\"]\neffective = 2026-03-01\n";
        let entry = read(&with(&format!("{text}before = {{ match = \"NONE\" }}"))).unwrap().entries.remove(0);
        assert_eq!(entry.effective, Some(jiff::civil::date(2026, 3, 1)));
        assert_eq!(entry.before, Some((Match::None, Vec::new())));
        assert_eq!(read(&with(text)).unwrap().entries[0].before, None);
    }

    #[test]
    fn every_problem_is_named_with_its_line() {
        for (what, said) in [
            ("operation = \"GET /users\"", "does not say what the operation requires"),
            ("match = \"ANY\"\npermissions = [\"a:b:c\"]", "has no `operation`"),
            ("operation = \"/users\"\nmatch = \"NONE\"", "has several methods"),
            ("operation = \"GET /users\"\nmatch = \"any\"\npermissions = [\"a:b:c\"]", "did you mean `ANY`"),
            ("operation = \"GET /users\"\nmatch = \"ANY\"", "has `match` and no permissions"),
            ("operation = \"GET /users\"\nmatch = \"NONE\"\npermissions = [\"a:b:c\"]", "takes none"),
            ("operation = \"GET /users\"\npermissions = [\"a:b:c\", \"a:b:d\"]", "no `match`"),
            ("operation = \"GET /users\"\npermissions = [\"a:*:c\"]", "without wildcards"),
            ("operation = \"GET /users\"\npermissions = [\"users\"]", "is not a permission"),
            ("operation = \"GET /users\"\nmatch = \"NONE\"\norg = \"stagin\"", "did you mean `staging`"),
            ("operation = \"GET /users\"\nmatch = \"NONE\"\nuser_context = \"maybe\"", "`user_context`"),
            ("operation = \"GET /users\"\nmatch = \"NONE\"\nexpire = 1", "unknown key `expire`"),
            (
                "operation = \"GET /users\"\nmatch = \"NONE\"\nbefore = { match = \"NONE\" }",
                "`before` and no `effective`",
            ),
            ("operation = \"GET /users\"\nmatch = \"NONE\"\neffective = 2027-01-01", "ends before that, on 2026-12-31"),
            (
                "operation = \"GET /users\"\nmatch = \"NONE\"\neffective = \"soon\"",
                "`effective` in [[override]] must be a day",
            ),
            (
                "operation = \"GET /users\"\nmatch = \"NONE\"\neffective = 2026-03-01\nbefore = {}",
                "does not say what is required",
            ),
            (
                "operation = \"GET /users\"\nmatch = \"NONE\"\neffective = 2026-03-01\nbefore = { scopes = [] }",
                "unknown key `scopes`",
            ),
            (
                "operation = \"GET /users\"\nmatch = \"NONE\"\neffective = 2026-03-01\nbefore = 7",
                "`before` must be a section",
            ),
        ] {
            let errors = read(&with(what)).unwrap_err().to_string();
            assert!(errors.contains(said) && errors.contains("overrides.toml:"), "{what}: {errors}");
        }
        let bare =
            read("[[override]]\noperation = \"GET /users\"\nmatch = \"NONE\"\nowner = \"\"\n").unwrap_err().to_string();
        for said in ["no `reason`", "no `evidence`", "`owner` in [[override]] is empty", "no `expires`"] {
            assert!(bare.contains(said), "{said}: {bare}");
        }
        let entry = with("operation = \"GET /users/{id}\"\nmatch = \"NONE\"");
        let again = read(&format!("{entry}{}", entry.replace("{id}", "{userId}"))).unwrap_err().to_string();
        assert!(again.contains("line 1") && again.contains("overrides.toml:8"), "{again}");
    }
}
