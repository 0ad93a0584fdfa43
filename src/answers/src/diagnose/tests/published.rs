//! Every published message, as people paste it: without its full stop, in another letter case, wrapped.

use std::collections::BTreeSet;

use super::*;
use crate::diagnose::catalogue::Published;

const ID: &str = "4b1d2c3e-0f5a-4c6b-8d7e-9fa0b1c2d3e4";

/// What must be the same of one answer in whatever lines it stands.
#[derive(Clone, Debug, PartialEq)]
struct Essence {
    kind: Kind,
    code: String,
    status: Option<u16>,
    permissions: Vec<String>,
    scopes: Vec<String>,
    divisions: Vec<String>,
    policies: Vec<String>,
    id: String,
}

fn essence(text: &str) -> Essence {
    let found = of(text);
    Essence {
        kind: found.kind,
        code: found.code,
        status: found.status,
        permissions: found.permissions,
        scopes: found.scopes,
        divisions: found.divisions,
        policies: found.policies,
        id: found.correlation_id,
    }
}

/// A message with values in its places.
fn filled(message: &str) -> String {
    let mut out = String::new();
    for (number, piece) in message.split("%s").enumerate() {
        if number > 0 {
            let before = out.to_ascii_lowercase();
            let bracket = if before.ends_with('[') { ("", "") } else { ("[", "]") };
            let list = |items: &str| format!("{}{items}{}", bracket.0, bracket.1);
            out.push_str(&match () {
                () if before.ends_with("permission '") => "telephony:extensionPool:edit".to_owned(),
                () if before.contains("division(s)") => list("Home, 6f1e2d3c-4b5a-4988-97a6-b5c4d3e2f100"),
                () if before.contains("permission") => list("routing:queue:view, telephony:extensionPool:edit"),
                () if before.contains("scope") => list("routing, routing:readonly"),
                () if before.contains("policy") => list("0c1d2e3f-4a5b-4c6d-8e7f-001122334455"),
                () => "Alpha7".to_owned(),
            });
        }
        out.push_str(piece);
    }
    out
}

/// Breaks a text at a width: between words, or wherever the width falls.
fn wrapped(text: &str, width: usize, hard: bool) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    if hard {
        return chars.chunks(width).map(|line| line.iter().collect()).collect();
    }
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().unwrap();
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// The frames in which wrapped text comes.
const FRAMES: [&str; 6] = ["    ", "│ ", "| ", "> ", ">> ", "# "];

fn framed(lines: &[String], frame: &str) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("{frame}{line}")).collect();
    let text = lines.join("\n");
    if frame == "│ " {
        format!("╷\n{text}\n│ \n│   with genesyscloud_group.x,\n│   on x.tf line 4:\n╵\n")
    } else {
        text
    }
}

fn messages() -> impl Iterator<Item = (usize, &'static str, Published)> {
    let all =
        catalogue::catalogue().codes().flat_map(|(code, published)| published.iter().map(move |one| (code, *one)));
    all.filter(|(_, one)| one.message.chars().filter(|c| c.is_alphanumeric()).count() > 4)
        .enumerate()
        .map(|(number, (code, one))| (number, code, one))
}

fn provider_line(status: u16, message: &str) -> String {
    format!("Error: Failed to update group Night Shift error: API Error: {status} - {message} ({ID})")
}

#[test]
fn every_published_message_is_recognised_without_its_code_however_it_is_written() {
    let mut kinds: std::collections::BTreeMap<(u16, String), BTreeSet<Kind>> = std::collections::BTreeMap::new();
    let letters = |text: &str| String::from_utf8(letters::Letters::of(text).as_slice().to_vec()).unwrap();
    for (_, code, one) in messages() {
        let kind = classify::classify(code, Some(one.status), one.message);
        kinds.entry((one.status, letters(one.message))).or_default().insert(kind);
    }
    let mut faults = Vec::new();
    // One message is the first sentence of those that every operation publishes, so that it says too little by itself.
    let says_enough = |one: &Published| one.message != "%s" && one.message != "Unable to perform the requested action.";
    for (number, _, one) in messages().filter(|(_, _, one)| one.status >= 400 && says_enough(one)) {
        let line = provider_line(one.status, &filled(one.message));
        let expected = essence(&line);
        if !kinds[&(one.status, letters(one.message))].contains(&expected.kind) || expected.id != ID {
            faults.push(format!("{line}\n  is {expected:?}"));
        }
        let bare = provider_line(one.status, filled(one.message).trim_end_matches('.'));
        let lower = provider_line(one.status, &filled(&one.message.to_lowercase()));
        {
            let text = if number.is_multiple_of(2) { bare } else { lower };
            let mut found = essence(&text);
            // A permission that the matrix does not know keeps the letter case in which it stands.
            if found.permissions.join(",").eq_ignore_ascii_case(&expected.permissions.join(",")) {
                found.permissions.clone_from(&expected.permissions);
            }
            if found != expected {
                faults.push(format!("{text}\n  is  {found:?}\n  not {expected:?}"));
            }
        }
        for round in 0..ROUNDS {
            let seed = number * ROUNDS + round;
            let (frame, hard, width) = (FRAMES[seed % 6], (seed / 6).is_multiple_of(2), 40 + seed / 12 * 37 % 81);
            let text = framed(&wrapped(&line, width, hard), frame);
            let found = essence(&text);
            if found != expected {
                faults.push(format!("{width} {hard}\n{text}\n  is  {found:?}\n  not {expected:?}"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n")
    );
}

/// How many widths and frames each message is tried in.
const ROUNDS: usize = 1;

/// The refusals that every operation publishes, in every frame and at every width.
#[test]
fn common_refusals_read_the_same_at_every_width() {
    let mut faults = Vec::new();
    let bodies = [
        provider_line(
            403,
            &filled(
                "Unable to perform the requested action. You must have at least one of the following permissions assigned: %s in at least one of the following division(s): %s",
            ),
        ),
        format!(
            r#"{{"message":"Unable to perform the requested action. You are missing the following permission(s): [telephony:extensionPool:add:6f1e2d3c-4b5a-4988-97a6-b5c4d3e2f100]","code":"missing.permissions","status":403,"messageParams":{{}},"contextId":"{ID}","details":[],"errors":[]}}"#
        ),
        format!(
            "Permission is forbidden on domain, 'outbound', entity 'campaign`, with action set '[view, edit]' API Error: 403 - Permission is forbidden on domain, 'outbound', entity 'campaign`, with action set '[view, edit]' ({ID})"
        ),
    ];
    for line in bodies {
        let expected = essence(&line);
        for width in 40..=120 {
            for frame in FRAMES {
                // Every width, and every frame many times.
                for hard in [true, false]
                    .into_iter()
                    .filter(|hard| (width + frame.len() + usize::from(*hard)).is_multiple_of(3))
                {
                    let text = framed(&wrapped(&line, width, hard), frame);
                    let found = essence(&text);
                    if found != expected {
                        faults.push(format!("{width} {hard}\n{text}\n  is  {found:?}\n  not {expected:?}"));
                    }
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n")
    );
}
