//! The waiver file to waivers, with every problem of the file named at once.

use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigErrors, Problem};
use super::read::{At, Problems, Section, meant_or_all};
use super::{hidden_secrets, read_file, syntax_problems};
use rolecall_base::named;
use rolecall_findings::waivers::{Pattern, Selector, Target, Waiver, WaiverFile, is_about_waivers};

/// Keys of a `[[waiver]]`.
const KEYS: &[&str] = &["finding", "check", "org", "subject", "reason", "owner", "expires", "ticket"];

/// Digits of a finding's id.
const ID_DIGITS: usize = 16;

/// Reads a waiver file. `check_ids` are the checks there are.
///
/// # Errors
/// Every problem of the file, each with its line.
pub fn load(path: &Path, check_ids: &[&str]) -> Result<WaiverFile, ConfigErrors> {
    let text = read_file(path, "waiver file", "name it with `file` in [waivers] of the configuration")?;
    parse(path, &text, check_ids)
}

/// Judges the text of a waiver file. `path` names it in errors.
///
/// # Errors
/// As [`load`].
pub fn parse(path: &Path, text: &str, check_ids: &[&str]) -> Result<WaiverFile, ConfigErrors> {
    let (document, faults) = DeTable::parse_recoverable(text);
    if !faults.is_empty() {
        return Err(ConfigErrors::new(path, hidden_secrets::in_broken_text(text), syntax_problems(text, &faults)));
    }
    let mut problems = Problems::default();
    let top = Section::top(document.get_ref());
    top.deny_keys_beside(&["waiver"], &mut problems);
    let sections = top.children("waiver", "[[waiver]]", &mut problems);
    let waivers: Vec<Waiver> =
        sections.iter().filter_map(|section| waiver(section, text, check_ids, &mut problems)).collect();
    if !problems.is_empty() {
        return Err(ConfigErrors::new(
            path,
            hidden_secrets::in_document(text, document.get_ref()),
            problems.into_sorted(),
        ));
    }
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(WaiverFile { name, waivers })
}

/// One entry; `None` where something is wrong with it, which is then among the problems.
fn waiver(section: &Section<'_>, text: &str, check_ids: &[&str], problems: &mut Problems) -> Option<Waiver> {
    section.deny_keys_beside(KEYS, problems);
    let target = target(section, check_ids, problems);
    let reason = required(section, "reason", "say why it is accepted", problems);
    let owner = required(section, "owner", "name who answers for it", problems);
    let expires = expires(section, problems);
    let ticket = section.filled_text("ticket", problems).map(|text| text.value.to_owned());
    let before = text.get(..section.span.start).unwrap_or_default();
    Some(Waiver {
        target: target?,
        reason: reason?,
        owner: owner?,
        expires: expires?,
        ticket,
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
    })
}

fn required(section: &Section<'_>, key: &str, help: &str, problems: &mut Problems) -> Option<String> {
    if section.get(key).is_none() {
        problems.add_with_help(&section.span, format!("[[waiver]] has no `{key}`"), help.to_owned());
    }
    section.filled_text(key, problems).map(|text| text.value.trim().to_owned())
}

/// What it accepts: the id of a finding, or a selector.
fn target(section: &Section<'_>, check_ids: &[&str], problems: &mut Problems) -> Option<Target> {
    let selecting = ["check", "org", "subject"].into_iter().find_map(|key| Some((key, section.get(key)?.0)));
    match (section.get("finding"), selecting) {
        (None, None) => {
            problems.add_with_help(
                &section.span,
                "[[waiver]] does not say what it accepts".to_owned(),
                "write `finding` with a finding's id, or some of `check`, `org` and `subject`".to_owned(),
            );
            None
        }
        (Some((at, _)), Some((key, other))) => {
            let problem = Problem::new(Some(at), "[[waiver]] has both a finding and a selector".to_owned());
            problems.push(
                problem
                    .related(other, "the selector")
                    .help(format!("keep `finding` for one finding, or `{key}` for all that fit")),
            );
            None
        }
        (Some(_), None) => finding(&section.filled_text("finding", problems)?, problems).map(Target::Finding),
        (None, Some(_)) => selector(section, check_ids, problems).map(|selector| Target::Selector(Box::new(selector))),
    }
}

fn finding(id: &At<&str>, problems: &mut Problems) -> Option<String> {
    let small = named::trimmed(id.value).to_ascii_lowercase();
    if is_finding_id(&small) {
        return Some(small);
    }
    problems.add_with_help(
        &id.span,
        format!("`{}` is not the id of a finding", id.value),
        format!("an id is {ID_DIGITS} digits, 0 to 9 and a to f, as in `finding_id` of findings.csv"),
    );
    None
}

/// Whether a text has the form of a finding's id.
pub fn is_finding_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn selector(section: &Section<'_>, check_ids: &[&str], problems: &mut Problems) -> Option<Selector> {
    let mut wrong = false;
    let mut part = |key: &str, judge: &mut dyn FnMut(&Pattern, &Range<usize>) -> Option<Problem>| {
        section.get(key)?;
        let pattern = pattern(section, key, problems);
        let fault = pattern.as_ref().and_then(|(pattern, span)| judge(pattern, span));
        wrong |= pattern.is_none() || fault.is_some();
        fault.into_iter().for_each(|fault| problems.push(fault));
        pattern.map(|(pattern, _)| pattern)
    };
    let selector = Selector {
        check: part("check", &mut |pattern, span| check_fault(pattern, span, check_ids)),
        org: part("org", &mut |_, _| None),
        subject: part("subject", &mut subject_fault),
    };
    (!wrong).then_some(selector)
}

fn pattern(section: &Section<'_>, key: &str, problems: &mut Problems) -> Option<(Pattern, Range<usize>)> {
    let text = section.filled_text(key, problems)?;
    let read = if key == "subject" { Pattern::new(text.value) } else { Pattern::in_any_case(text.value) };
    match read {
        Ok(pattern) => Some((pattern, text.span)),
        Err(why) => {
            problems.add_with_help(
                &text.span,
                format!("`{}` is not a glob: {why}", text.value),
                "`*` stands for any text, `?` for one character; `\\` takes their meaning away".to_owned(),
            );
            None
        }
    }
}

fn check_fault(pattern: &Pattern, span: &Range<usize>, check_ids: &[&str]) -> Option<Problem> {
    let mut fitting = check_ids.iter().filter(|id| pattern.fits(id)).peekable();
    let at = Some(span.clone());
    if fitting.peek().is_none() {
        let problem = Problem::new(at, format!("`{}` is no check, and no check fits it", pattern.as_str()));
        return Some(problem.help(meant_or_all(pattern.as_str(), check_ids)));
    }
    fitting.all(|id| is_about_waivers(id)).then(|| {
        Problem::new(at, "findings about waivers cannot be waived".to_owned())
            .help("fix the entries that the findings name".to_owned())
    })
}

fn subject_fault(pattern: &Pattern, span: &Range<usize>) -> Option<Problem> {
    (!pattern.as_str().contains(':')).then(|| {
        Problem::new(
            Some(span.clone()),
            format!("`{}` does not say which kind of subject it is about", pattern.as_str()),
        )
        .help(format!("write `kind:name`, for example `oauth_client:{}`", pattern.as_str()))
    })
}

/// The last day: a date as TOML writes it, or as a text.
fn expires(section: &Section<'_>, problems: &mut Problems) -> Option<Date> {
    let help = || "write a day, for example `expires = 2026-12-31`".to_owned();
    let Some((_, value)) = section.get("expires") else {
        problems.add_with_help(&section.span, "[[waiver]] has no `expires`".to_owned(), help());
        return None;
    };
    let (text, is_day) = match value.get_ref() {
        DeValue::Datetime(moment) => (moment.to_string(), moment.date.is_some() && moment.time.is_none()),
        DeValue::String(text) => (text.as_ref().to_owned(), true),
        _ => {
            section.wrong_type("expires", "a day", value, problems);
            return None;
        }
    };
    let day = is_day.then(|| day(&text)).flatten();
    if day.is_none() {
        problems.add_with_help(&value.span(), format!("`expires` in [[waiver]] must be a day, not `{text}`"), help());
    }
    day
}

/// A day of the form `YYYY-MM-DD`, and of no other.
pub fn day(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const CHECKS: [&str; 4] = ["gap.declared", "power.dangerous-permission", "waiver.expired", "waiver.too-wide"];

    fn read(text: &str) -> Result<WaiverFile, ConfigErrors> {
        parse(Path::new("conf/waivers.toml"), text, &CHECKS)
    }

    fn entry(what: &str) -> String {
        format!("[[waiver]]\n{what}\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-12-31\n")
    }

    #[test]
    fn entries_are_read_with_their_lines_in_both_writings_of_a_day() {
        let text = "# Accepted.\n[[waiver]]\nfinding = \"28d603f90793c43e\"\nreason = \" moved in May \"\nowner = \"ops\"\nexpires = 2026-12-31\nticket = \"SEC-7\"\n\n[[waiver]]\ncheck = \"power.*\"\norg = \"dev\"\nsubject = \"oauth_client:Everything *\"\nreason = \"r\"\nowner = \"o\"\nexpires = \"2027-01-01\"\n";
        let file = read(text).unwrap();
        assert_eq!(file.name, "waivers.toml");
        let [first, second] = &file.waivers[..] else { panic!("{file:?}") };
        assert_eq!((first.line, second.line), (2, 9));
        assert_eq!(first.target, Target::Finding("28d603f90793c43e".to_owned()));
        assert_eq!((first.reason.as_str(), first.ticket.as_deref()), ("moved in May", Some("SEC-7")));
        assert_eq!((first.expires, second.expires), (date(2026, 12, 31), date(2027, 1, 1)));
        assert_eq!(second.target.to_string(), "check power.*, org dev, subject oauth_client:Everything *");
    }

    #[test]
    fn empty_file_and_inline_entries_are_files_too() {
        assert!(read("").unwrap().waivers.is_empty());
        let inline =
            "waiver = [\n  { check = \"gap.declared\", reason = \"r\", owner = \"o\", expires = 2026-12-31 },\n]\n";
        assert_eq!(read(inline).unwrap().waivers[0].line, 2);
    }

    #[test]
    fn every_problem_of_a_file_is_shown_with_its_line() {
        let text = "\
[[waiver]]
finding = \"28D6\"
raeson = \"x\"
owner = \" \"
expires = 2026-12-31T10:00:00Z

[[waiver]]
reason = \"r\"
owner = \"o\"
expires = \"31.12.2026\"

[[waiver]]
finding = \"28d603f90793c43e\"
check = \"gap.declared\"
reason = \"r\"
owner = 7

[[waiver]]
check = \"gap.declard\"
subject = \"Everything\"
org = \"{dev\"
reason = \"r\"
owner = \"o\"
expires = \"2026-02-30\"
";
        let errors = read(text).unwrap_err();
        insta::assert_snapshot!(errors);
    }

    #[test]
    fn selectors_that_cannot_be_meant_are_refused() {
        for (what, message) in [
            ("check = \"waiver.*\"", "findings about waivers cannot be waived"),
            ("check = \"gap.nothing*\"", "no check fits it"),
            ("check = [\"gap.declared\"]", "must be a text"),
            ("subject = \"\"", "is empty"),
        ] {
            let errors = read(&entry(what)).unwrap_err().to_string();
            assert!(errors.contains(message), "{what}: {errors}");
        }
        for what in ["check = \"*\"", "org = \"*\"", "subject = \"*:*\"", "check = \"[gw]a*\""] {
            assert!(read(&entry(what)).is_ok(), "wide, but it says so itself: {what}");
        }
    }

    #[test]
    fn text_that_is_not_toml_is_reported_by_line() {
        let errors = read("[[waiver]\nfinding = 1\n").unwrap_err().to_string();
        assert!(errors.contains("not valid TOML") && errors.contains("waivers.toml:1"), "{errors}");
    }

    #[test]
    fn day_has_one_form() {
        assert_eq!(day("2026-02-28"), Some(date(2026, 2, 28)));
        for text in ["2026-2-8", "2026-02-30", "20260228", "2026-02-28T10:00", "", "tomorrow"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
