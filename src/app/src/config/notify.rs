//! `[[notify]]`: who is notified of a night, and where reports can be opened.

use std::path::Path;

use reqwest::Url;
use toml::de::DeValue;

use super::defaults;
use super::error::Problem;
use super::job::{NotifyConfig, SecretRef};
use super::orgs::{called, required, secret_ref};
use super::read::{At, Problems, Section, meant_or_all};
use super::words::{CHANNEL_KEYS, CHANNEL_KINDS, HEARTBEATS, SECURITIES, SHAPES, severities};
use crate::notify::settings::{Address, Channel, Email, Security, Target, mailbox};
use rolecall_base::loopback::is_loopback;
use rolecall_report::error::with_feature;

pub(super) fn channels(top: &Section<'_>, base: &Path, problems: &mut Problems) -> Vec<NotifyConfig> {
    let mut channels = Vec::new();
    let mut names: Vec<At<&str>> = Vec::new();
    for section in &top.children("notify", "[[notify]]", problems) {
        section.deny_unknown(problems);
        let name = required(section, "name", problems).then(|| name(section, &names, problems)).flatten();
        names.extend(name.clone());
        let kind = required(section, "kind", problems).then(|| kind(section, problems)).flatten();
        let min_severity = section.word("min_severity", &severities(), defaults::MIN_SEVERITY, problems);
        let heartbeat = section.word("heartbeat", &HEARTBEATS, defaults::HEARTBEAT, problems);
        let leads_to = match kind {
            Some("webhook") => webhook(section, base, problems),
            Some(_) => email(section, base, problems),
            None => None,
        };
        if let (Some(name), Some((target, secret))) = (name, leads_to) {
            let channel = Channel { name: name.value.to_owned(), min_severity, heartbeat, target };
            channels.push(NotifyConfig { channel, secret });
        }
    }
    channels
}

/// A name stands in messages and log lines.
fn name<'a>(section: &Section<'a>, taken: &[At<&str>], problems: &mut Problems) -> Option<At<&'a str>> {
    let name = section.filled_text("name", problems)?;
    let good = name.value.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-'));
    if !good || name.value.len() > 100 {
        let message = format!("`{}` cannot be the name of a channel", name.value.escape_debug());
        problems.add_with_help(&name.span, message, "use letters, digits, spaces, `.`, `_` and `-`".to_owned());
        return None;
    }
    if let Some(first) = taken.iter().find(|other| other.value == name.value) {
        problems.push(
            Problem::new(Some(name.span.clone()), format!("two channels are called `{}`", name.value))
                .related(first.span.clone(), "the first")
                .help(
                    "what was last sent to each is kept under its name: every channel needs one of its own".to_owned(),
                ),
        );
    }
    Some(name)
}

/// The kind; notes keys that belong to the other one.
fn kind(section: &Section<'_>, problems: &mut Problems) -> Option<&'static str> {
    let text = section.filled_text("kind", problems)?;
    let Some(at) = CHANNEL_KINDS.iter().position(|kind| *kind == text.value) else {
        let message = format!("unknown value `{}` for `kind`{}", text.value, section.within());
        problems.add_with_help(&text.span, message, meant_or_all(text.value, &CHANNEL_KINDS));
        return None;
    };
    for (kind, keys) in CHANNEL_KINDS.iter().zip(CHANNEL_KEYS) {
        for (span, key, _) in section.entries() {
            if *kind != text.value && keys.contains(&key) {
                let message = format!("`{key}`{}{} belongs to `kind = \"{kind}\"`", section.within(), called(section));
                problems.add(&span, message);
            }
        }
    }
    CHANNEL_KINDS.get(at).copied()
}

fn webhook(section: &Section<'_>, base: &Path, problems: &mut Problems) -> Option<(Target, Option<SecretRef>)> {
    let shape = section.word("shape", &SHAPES, defaults::SHAPE, problems);
    required(section, "url", problems);
    let (_, value) = section.get("url")?;
    let url = secret_ref(section, "url", value, base, problems)?;
    Some((Target::Webhook(shape), Some(url)))
}

fn email(section: &Section<'_>, base: &Path, problems: &mut Problems) -> Option<(Target, Option<SecretRef>)> {
    let server = required(section, "server", problems).then(|| server(section, problems)).flatten();
    let security = section.word("security", &SECURITIES, defaults::SECURITY, problems);
    let port = section.number("port", 1, 65_535, u32::from(defaults::port(security)), problems);
    let from = required(section, "from", problems).then(|| section.filled_text("from", problems)).flatten();
    let from = from.and_then(|text| address(section, "from", &text, problems));
    let mut to = Vec::new();
    if required(section, "to", problems) {
        let texts = section.texts("to", problems);
        if let (true, Some((span, value))) = (texts.is_empty(), section.get("to"))
            && matches!(value.get_ref(), DeValue::Array(_))
        {
            problems.add(&span, format!("`to`{}{} holds no address", section.within(), called(section)));
        }
        to.extend(texts.iter().filter_map(|text| address(section, "to", text, problems)));
    }
    let username = section.filled_text("username", problems).map(|text| text.value.to_owned());
    let password =
        section.get("password").and_then(|(_, value)| secret_ref(section, "password", value, base, problems));
    for (given, missing) in [("username", "password"), ("password", "username")] {
        if let (Some((span, _)), None) = (section.get(given), section.get(missing)) {
            let message = format!("`{given}` is given without `{missing}`{}{}", section.within(), called(section));
            problems.add_with_help(&span, message, format!("add `{missing}`, or leave both out"));
        }
    }
    if !cfg!(feature = "mail")
        && let Some((span, _)) = section.get("kind")
    {
        problems.add_with_help(&span, "this build cannot send e-mail".to_owned(), with_feature("mail"));
    }
    let server = server?;
    if security == Security::None && !is_loopback(server.value) {
        let message = format!("`{}` would be written to without TLS", server.value);
        let help = "write `security = \"starttls\"` or `\"tls\"`; `\"none\"` is for loopback addresses only".to_owned();
        problems.add_with_help(&server.span, message, help);
        return None;
    }
    let email = Email {
        server: server.value.to_owned(),
        port: u16::try_from(port).unwrap_or(defaults::port(security)),
        security,
        username,
        from: from?,
        to,
    };
    Some((Target::Email(Box::new(email)), password))
}

/// A host name or an address, without a port.
fn server<'a>(section: &Section<'a>, problems: &mut Problems) -> Option<At<&'a str>> {
    let server = section.filled_text("server", problems)?;
    let good = server.value.parse::<std::net::IpAddr>().is_ok()
        || server.value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    if !good {
        problems.add_with_help(
            &server.span,
            format!("`server`{}{} is not the name of a host", section.within(), called(section)),
            "write it like `smtp.example.com`; the port goes into `port`, the user into `username`".to_owned(),
        );
        return None;
    }
    Some(server)
}

fn address(section: &Section<'_>, key: &str, text: &At<&str>, problems: &mut Problems) -> Option<Address> {
    mailbox(text.value)
        .map_err(|why| {
            problems.add_with_help(
                &text.span,
                format!("`{key}`{}{} holds no e-mail address: {why}", section.within(), called(section)),
                "write it like `ops@example.com` or `Operations <ops@example.com>`".to_owned(),
            );
        })
        .ok()
}

/// `base_url` of `[report]`, without a trailing slash.
pub(super) fn base_url(section: &Section<'_>, problems: &mut Problems) -> Option<String> {
    let text = section.filled_text("base_url", problems)?;
    let mut wrong = |why: &str| {
        problems.add_with_help(
            &text.span,
            format!("`base_url`{} {why}", section.within()),
            "write the address at which people open the folder of reports, like `https://reports.example.com/rolecall`"
                .to_owned(),
        );
        None
    };
    let Ok(url) = Url::parse(text.value) else { return wrong("is not a URL") };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds credentials, which every message would carry");
    }
    if !matches!(url.scheme(), "https" | "http") {
        return wrong("does not begin with `https://` or `http://`");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment, behind which no folder can stand");
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}
