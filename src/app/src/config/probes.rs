//! `[[probe]]`: whose own credentials `probe` may use.

use std::path::Path;

use super::error::Problem;
use super::job::{ProbeConfig, ProbeCredentials};
use super::orgs::{required, secret_ref};
use super::read::{Problems, Section, meant_or_all};
use rolecall_base::named;

/// The principals that can be probed. `orgs` are the names of the configured orgs.
pub(super) fn probes(top: &Section<'_>, orgs: &[String], base: &Path, problems: &mut Problems) -> Vec<ProbeConfig> {
    let mut probes: Vec<ProbeConfig> = Vec::new();
    for section in top.children("probe", "[[probe]]", problems) {
        section.deny_unknown(problems);
        let principal = required(&section, "principal", problems)
            .then(|| section.filled_text("principal", problems))
            .flatten()
            .map(|text| named::trimmed(text.value).to_owned());
        let org = org(&section, orgs, problems);
        let credentials = credentials(&section, base, problems);
        let (Some(principal), Some(org), Some(credentials)) = (principal, org, credentials) else { continue };
        if probes.iter().any(|known| known.principal == principal && known.org == org) {
            problems.add_with_help(
                &section.span,
                format!("[[probe]] has `{principal}` of org `{org}` twice"),
                "keep one entry for each principal and org".to_owned(),
            );
        }
        probes.push(ProbeConfig { principal, org, credentials });
    }
    probes
}

/// The org: it may be left out where there is only one.
fn org(section: &Section<'_>, orgs: &[String], problems: &mut Problems) -> Option<String> {
    if let ([only], None) = (orgs, section.get("org")) {
        return Some(only.clone());
    }
    if !required(section, "org", problems) {
        return None;
    }
    let name = section.filled_text("org", problems)?;
    let Some(org) = named::one_of(orgs.iter().map(String::as_str), name.value) else {
        let known: Vec<&str> = orgs.iter().map(String::as_str).collect();
        let message = format!("`org` in [[probe]] names `{}`, which is not a configured org", name.value);
        problems.add_with_help(&name.span, message, meant_or_all(name.value, &known));
        return None;
    };
    Some(org.to_owned())
}

fn credentials(section: &Section<'_>, base: &Path, problems: &mut Problems) -> Option<ProbeCredentials> {
    let mut of = |key: &str| {
        let (_, value) = section.get(key)?;
        secret_ref(section, key, value, base, problems)
    };
    let (id, secret, token) = (of("client_id"), of("client_secret"), of("token"));
    let place = |key: &str| section.get(key).map(|(span, _)| span);
    match (place("client_id"), place("client_secret"), place("token")) {
        (Some(_), Some(_), None) => Some(ProbeCredentials::Client(id?, secret?)),
        (None, None, Some(_)) => token.map(ProbeCredentials::Token),
        (Some(other), _, Some(token)) | (None, Some(other), Some(token)) => {
            problems.push(
                Problem::new(Some(token), "[[probe]] has both a token and a client's credentials".to_owned())
                    .related(other, "the client's")
                    .help("keep `token`, or `client_id` and `client_secret`".to_owned()),
            );
            None
        }
        (None, None, None) => {
            problems.add_with_help(
                &section.span,
                "[[probe]] does not say how the principal gets in".to_owned(),
                "write `client_id` and `client_secret`, or `token` for somebody who signed in".to_owned(),
            );
            None
        }
        (Some(_), None, None) => {
            required(section, "client_secret", problems);
            None
        }
        (None, Some(_), None) => {
            required(section, "client_id", problems);
            None
        }
    }
}
