//! The bodies that webhooks are sent. Slack and Teams get text in elements that know no markup, so that there is nothing
//! to escape and nothing to forget: no name can become a mention, a link or a heading.

use serde_json::{Value, json};

use super::decide::Speech;
use super::message::{Line, Message, Place, Run, Section};
use super::news::News;
use super::settings::{Channel, Shape};
use super::state::Memory;
use super::text::plain;
use super::{message, news};
use rolecall_findings::severity::Severity;

/// Teams takes 28 KB (learn.microsoft.com, "Limits and specifications for Teams": message size); Slack more.
const LARGEST: usize = 27 * 1024;

/// The version of the shape `json`; it grows only when a key is taken away or changes its meaning.
const VERSION: u32 = 1;

/// The body that tells of a night. The longer forms are tried first.
pub(super) fn of_the_night(
    shape: Shape,
    news: &News,
    channel: &Channel,
    memory: Option<&Memory>,
    speech: Speech,
    place: Place<'_>,
) -> Value {
    if shape == Shape::Json {
        return program(news, channel, memory, speech, place);
    }
    let of = |most| of_message(shape, &message::of_the_night(news, channel, memory, speech, place, most));
    let mut body = of(news::FINDINGS_NAMED);
    for most in [10, 5, 2, 1] {
        if body.to_string().len() > LARGEST {
            body = of(most);
        }
    }
    body
}

/// The body that shows that a channel works.
pub(super) fn of_a_test(shape: Shape, channel: &str, version: &str) -> Value {
    match shape {
        Shape::Json => json!({
            "format": "rolecall-notification", "version": VERSION, "reason": "test", "channel": channel,
            "rolecall": version,
        }),
        Shape::Slack | Shape::Teams => of_message(shape, &message::of_a_test(channel, version)),
    }
}

fn of_message(shape: Shape, message: &Message) -> Value {
    if shape == Shape::Teams { teams(message) } else { slack(message) }
}

/// Blocks of Slack. The `text` is what notifications of a telephone show; it knows markup, so it says only the headline.
fn slack(message: &Message) -> Value {
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": cut(&message.headline, 150), "emoji": false },
    })];
    for Section { heading, lines } in &message.sections {
        let mut elements = Vec::new();
        if !heading.is_empty() {
            let bold = json!({ "type": "text", "text": heading, "style": { "bold": true } });
            elements.push(json!({ "type": "rich_text_section", "elements": [bold] }));
        }
        let items: Vec<Value> = lines
            .iter()
            .map(|line| {
                json!({ "type": "rich_text_section", "elements": line.iter().map(slack_run).collect::<Vec<_>>() })
            })
            .collect();
        if heading.is_empty() {
            elements.extend(items);
        } else {
            elements.push(json!({ "type": "rich_text_list", "style": "bullet", "elements": items }));
        }
        blocks.push(json!({ "type": "rich_text", "elements": elements }));
    }
    json!({
        "text": mrkdwn(&message.headline),
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

fn slack_run(run: &Run) -> Value {
    let mut element = match &run.link {
        Some(url) => json!({ "type": "link", "url": url, "text": run.text }),
        None => json!({ "type": "text", "text": run.text }),
    };
    if let (true, Some(object)) = (run.strong, element.as_object_mut()) {
        object.insert("style".to_owned(), json!({ "bold": true }));
    }
    element
}

/// Text where Slack looks for markup: its three signs as entities, and no `@` that calls anybody.
fn mrkdwn(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "＠")
}

/// The message that a Workflow of Teams ("when a webhook request is received") posts: an Adaptive Card. Runs of a
/// `RichTextBlock` are shown as they are; only `TextBlock` reads Markdown.
fn teams(message: &Message) -> Value {
    let block = |runs: Vec<Value>| json!({ "type": "RichTextBlock", "inlines": runs });
    let headline = json!({ "type": "TextRun", "text": message.headline, "weight": "Bolder", "size": "Large" });
    let mut body = vec![block(vec![headline])];
    for Section { heading, lines } in &message.sections {
        if !heading.is_empty() {
            let run = json!({ "type": "TextRun", "text": heading, "weight": "Bolder" });
            let mut heading = block(vec![run]);
            if let Some(object) = heading.as_object_mut() {
                object.insert("spacing".to_owned(), json!("Medium"));
                object.insert("separator".to_owned(), json!(true));
            }
            body.push(heading);
        }
        body.extend(lines.iter().map(|line| block(teams_line(line, !heading.is_empty()))));
    }
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
    });
    json!({
        "type": "message",
        "attachments": [
            { "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card },
        ],
    })
}

fn teams_line(line: &Line, item: bool) -> Vec<Value> {
    let bullet = item.then(|| json!({ "type": "TextRun", "text": "• " }));
    let runs = line.iter().map(|run| {
        let mut element = json!({ "type": "TextRun", "text": run.text });
        if let Some(object) = element.as_object_mut() {
            if run.strong {
                object.insert("weight".to_owned(), json!("Bolder"));
            }
            if let Some(url) = &run.link {
                object.insert("selectAction".to_owned(), json!({ "type": "Action.OpenUrl", "url": url }));
            }
        }
        element
    });
    bullet.into_iter().chain(runs).collect()
}

/// Rolecall's own shape. Its texts may end in a chat as well, so they are as plain as those of the others.
fn program(news: &News, channel: &Channel, memory: Option<&Memory>, speech: Speech, place: Place<'_>) -> Value {
    let least = channel.min_severity;
    let findings: Vec<Value> = news
        .findings
        .iter()
        .filter(|finding| finding.severity >= least)
        .map(|finding| {
            json!({
                "finding_id": finding.id,
                "status": finding.status.as_str(),
                "severity": finding.severity.as_str(),
                "check": finding.check,
                "org": plain(&finding.org),
                "subject_kind": finding.subject_kind,
                "subject_name": plain(&finding.subject_name),
                "title": plain(&finding.title),
                "url": place.finding(news, &finding.id),
            })
        })
        .collect();
    let total = news.at_or_above(least);
    let by_severity: serde_json::Map<String, Value> = Severity::WORST_FIRST
        .iter()
        .zip(news.counts)
        .filter(|(severity, _)| **severity >= least)
        .map(|(severity, number)| (severity.as_str().to_owned(), json!(number)))
        .collect();
    let not_known = news
        .not_known
        .iter()
        .map(|missing| json!({ "org": plain(&missing.org), "list": missing.list, "told": plain(&missing.reported) }));
    let promotions = news.promotions.iter().map(|promotion| {
        let causes =
            promotion.causes.iter().map(|cause| json!({ "calls": cause.calls, "told": plain(&cause.reported) }));
        json!({
            "from": plain(&promotion.from),
            "to": plain(&promotion.to),
            "compared": promotion.compared,
            "told": plain(&promotion.reported),
            "causes": causes.collect::<Vec<_>>(),
            "more_causes": promotion.more,
        })
    });
    json!({
        "format": "rolecall-notification",
        "version": VERSION,
        "reason": if speech == Speech::Heartbeat { "heartbeat" } else { "news" },
        "channel": channel.name,
        "rolecall": news.version,
        "run_id": news.run_id,
        "as_of": news.as_of.to_string(),
        "first_night": news.first_night,
        "sentence": message::sentence(news),
        "complete": news.complete,
        "not_known": not_known.collect::<Vec<_>>(),
        "gate": {
            "result": news.gate.as_str(),
            "fail_on": news.gate.fail_on.as_str(),
            "at_or_above": news.gate.at_or_above,
            "exit_code": news.gate.exit_code,
        },
        "promotions": promotions.collect::<Vec<_>>(),
        "findings": {
            "min_severity": least.as_str(),
            "total": total,
            "by_severity": by_severity,
            "more": total.saturating_sub(findings.len()),
            "named": findings,
        },
        "undelivered_runs": memory.map_or(&[][..], |memory| &memory.undelivered),
        "report": {
            "folder": news.folder.display().to_string(),
            "url": place.page(&news.run_id).filter(|_| news.has_page),
        },
    })
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
