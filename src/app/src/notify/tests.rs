//! What people read, in each form, and that no name becomes more than a name.

use std::path::PathBuf;

use serde_json::Value;

use super::decide::{Speech, speech};
use super::message::{self, Place};
use super::news::{FINDINGS_NAMED, News, NewsFinding, NotKnown};
use super::settings::{Channel, Heartbeat, Shape, Target};
use super::state::{self, Memory, State};
use super::{mail, shapes};
use rolecall_base::store::place;
use rolecall_findings::finding::Status;
use rolecall_findings::severity::Severity;
use rolecall_report::promotions::{Cause, Promotion};
use rolecall_report::view::Gate;

/// A name that tries everything: mentions, links, markup of every kind, a header of a mail, and signs that hide.
pub(super) const HOSTILE: &str = "<!here> <@U1> @channel <at>all</at> *b* _i_ ~s~ `c` [x](http://evil.example) </p><script>\r\nBcc: x@evil.example\u{202e}gnp\u{200b}";

pub(super) fn channel(shape: Shape) -> Channel {
    Channel {
        name: "chat".to_owned(),
        min_severity: Severity::Low,
        heartbeat: Heartbeat::Weekly,
        target: Target::Webhook(shape),
    }
}

/// A night on which nothing happened.
pub(super) fn quiet(as_of: &str) -> News {
    let as_of = as_of.parse().unwrap();
    News {
        run_id: rolecall_base::run_id::run_id(as_of),
        as_of,
        version: "1.2.3".to_owned(),
        sentence: "Everything that was asked for was read; all 4 declared calls are allowed.".to_owned(),
        complete: true,
        not_known: Vec::new(),
        gate: Gate { fail_on: Severity::High, at_or_above: 0, exit_code: 0 },
        first_night: false,
        promotions: Vec::new(),
        findings: Vec::new(),
        counts: [0; 5],
        folder: PathBuf::from("reports/run"),
        has_page: true,
    }
}

fn finding(id: &str, severity: Severity, status: Status, title: &str) -> NewsFinding {
    NewsFinding {
        id: id.to_owned(),
        status,
        severity,
        check: "power.dangerous-permission",
        org: "staging".to_owned(),
        subject_kind: "oauth_client",
        subject_name: "Dialer".to_owned(),
        title: title.to_owned(),
    }
}

/// A night on which everything happened.
pub(super) fn busy(name: &str) -> News {
    News {
        sentence: "Not everything is known: 1 list of `staging` could not be read completely (groups); 3 open findings, 2 at or above `high`.".to_owned(),
        complete: false,
        not_known: vec![
            NotKnown {
                org: "prod".to_owned(),
                list: String::new(),
                reported: "nothing could be read: no token".to_owned(),
            },
            NotKnown {
                org: "staging".to_owned(),
                list: "groups".to_owned(),
                reported: "groups in part: page 3 of 9 was refused (and 2 more parts)".to_owned(),
            },
        ],
        gate: Gate { fail_on: Severity::High, at_or_above: 2, exit_code: 3 },
        promotions: vec![
            Promotion {
                from: "dev".to_owned(),
                to: "staging".to_owned(),
                compared: true,
                reported: "2 needed calls of 1 OAuth client will fail".to_owned(),
                causes: vec![Cause { calls: "2 calls".to_owned(), reported: format!("role {name} lacks routing:queue:view") }],
                more: 1,
            },
            Promotion {
                from: "staging".to_owned(),
                to: "prod".to_owned(),
                compared: false,
                reported: "not compared, because one of the two could not be read".to_owned(),
                causes: Vec::new(),
                more: 0,
            },
        ],
        findings: vec![
            finding("28d603f90793c43e", Severity::Critical, Status::New, &format!("{name} can grant any role")),
            finding("1111111111111111", Severity::High, Status::Reopened, "Dialer cannot call GET /api/v2/users"),
            finding("2222222222222222", Severity::Info, Status::Worse, "role Old is held by nobody"),
        ],
        counts: [1, 1, 0, 0, 1],
        ..quiet("2026-11-20T02:00:00Z")
    }
}

const PLACE: Place<'_> = Place { base_url: Some("https://reports.example.com/rolecall") };

fn describe(news: &News, memory: Option<&Memory>, speech: Speech, place: Place<'_>) -> message::Message {
    message::of_the_night(news, &channel(Shape::Json), memory, speech, place, FINDINGS_NAMED)
}

fn body(shape: Shape, news: &News, place: Place<'_>) -> Value {
    shapes::of_the_night(shape, news, &channel(shape), None, Speech::News, place)
}

/// Every text in a JSON value, keys left out.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn mail_tells_what_is_not_known_before_what_was_found() {
    let memory = Memory { undelivered: vec!["2026-11-19T02-00-00Z".to_owned()], ..Memory::default() };
    insta::assert_snapshot!(mail::text(&describe(&busy("Dialer"), Some(&memory), Speech::News, PLACE)));
}

#[test]
fn mail_as_html_escapes_names() {
    insta::assert_snapshot!(mail::html(&describe(&busy(HOSTILE), None, Speech::News, PLACE)));
}

#[test]
fn heartbeat_says_since_when_nothing_is_new() {
    let memory = Memory { spoke: Some("2026-11-13T02:00:00Z".parse().unwrap()), ..Memory::default() };
    let message = describe(&quiet("2026-11-20T02:00:00Z"), Some(&memory), Speech::Heartbeat, Place { base_url: None });
    insta::assert_snapshot!(mail::text(&message));
}

#[test]
fn slack_gets_blocks_without_markup() {
    insta::assert_snapshot!(format!("{:#}", body(Shape::Slack, &busy("Dialer"), PLACE)));
}

#[test]
fn teams_gets_a_card_without_markup() {
    insta::assert_snapshot!(format!("{:#}", body(Shape::Teams, &busy("Dialer"), PLACE)));
}

#[test]
fn programs_get_everything_by_name() {
    insta::assert_snapshot!(format!("{:#}", body(Shape::Json, &busy(HOSTILE), PLACE)));
}

#[test]
fn names_stand_only_where_no_markup_is_read() {
    for shape in [Shape::Slack, Shape::Teams] {
        let body = body(shape, &busy(HOSTILE), PLACE);
        let hostile: Vec<&str> = texts(&body).into_iter().filter(|text| text.contains("evil")).collect();
        assert_eq!(hostile.len(), 2, "the finding and the cause: {hostile:?}");
        for text in hostile {
            assert!(text.contains("⟦U+202E⟧") && !text.contains(['\u{202e}', '\u{200b}', '\n', '\r']), "{text}");
        }
        // Slack reads markup in `mrkdwn` objects and in the message's own text, Teams in `TextBlock` and `Fact`.
        let written = body.to_string();
        for reader in
            ["mrkdwn", "\"TextBlock\"", "FactSet", "\"type\":\"user\"", "\"type\":\"broadcast\"", "\"entities\""]
        {
            assert!(!written.contains(reader), "{reader}");
        }
        if let Some(text) = body["text"].as_str() {
            assert!(!text.contains(['<', '>', '@']), "{text}");
        }
        // Links lead to the report and nowhere else.
        for text in texts(&body).into_iter().filter(|text| text.starts_with("http")) {
            assert!(text.starts_with("https://reports.example.com/rolecall/") || text.contains("adaptivecards.io"));
        }
    }
}

#[test]
fn largest_night_fits_into_a_card_and_says_what_is_left_out() {
    let wide = "🙂".repeat(10_000);
    let mut news = busy(&wide);
    let one = news.findings[0].clone();
    news.findings = vec![one; FINDINGS_NAMED];
    news.counts = [90_000, 0, 0, 0, 0];
    news.promotions = vec![news.promotions[0].clone(); 40];
    let missing = NotKnown { reported: wide.clone(), ..news.not_known[0].clone() };
    news.not_known = vec![missing; 500];
    for shape in [Shape::Slack, Shape::Teams] {
        let written = body(shape, &news, PLACE).to_string();
        assert!(written.len() <= 27 * 1024, "{}", written.len());
        for part in ["more in findings.csv", "more in run.json", "more in blockers.csv"] {
            assert!(written.contains(part), "{part}");
        }
    }
    let blocks = body(Shape::Slack, &news, PLACE)["blocks"].as_array().unwrap().len();
    assert!(blocks <= 50, "Slack takes fifty");
    let program = body(Shape::Json, &news, PLACE);
    assert_eq!(
        (program["findings"]["total"].as_u64(), program["findings"]["more"].as_u64()),
        (Some(90_000), Some(89_980))
    );
}

#[test]
fn channel_hears_of_its_own_severities_only() {
    let news = busy("Dialer");
    let mut channel = channel(Shape::Json);
    for (least, total, named) in [(Severity::Info, 3, 3), (Severity::Low, 2, 2), (Severity::Critical, 1, 1)] {
        channel.min_severity = least;
        let body = shapes::of_the_night(Shape::Json, &news, &channel, None, Speech::News, PLACE);
        let findings = &body["findings"];
        assert_eq!(findings["total"], total, "{least}");
        assert_eq!(findings["named"].as_array().unwrap().len(), named, "{least}");
        let message = message::of_the_night(&news, &channel, None, Speech::News, PLACE, FINDINGS_NAMED);
        assert_eq!(mail::text(&message).contains("2222222222222222"), least == Severity::Info);
    }
}

#[test]
fn report_without_a_page_or_an_address_is_reported_by_its_folder() {
    let mut news = busy("Dialer");
    for (place, has_page) in [(Place { base_url: None }, true), (PLACE, false)] {
        news.has_page = has_page;
        let text = mail::text(&describe(&news, None, Speech::News, place));
        assert!(text.contains("- reports/run\n") && !text.contains("#f="), "{text}");
    }
}

/// What a channel does on a night, and what it then knows.
fn night(memory: &mut Memory, news: &News, delivered: bool) -> Speech {
    let spoken = speech(Memory::grounds(Some(memory), &channel(Shape::Json), news));
    match (spoken, delivered) {
        (Speech::Silent, _) => memory.settle(news, false),
        (_, true) => memory.settle(news, true),
        (_, false) => memory.owe(news),
    }
    spoken
}

#[test]
fn change_of_completeness_or_gate_is_news_and_its_going_on_is_not() {
    let mut memory = Memory::default();
    let whole = |day: u8| quiet(&format!("2026-11-{day:02}T02:00:00Z"));
    assert_eq!(night(&mut memory, &whole(1), true), Speech::Heartbeat, "it introduces itself");
    assert_eq!(night(&mut memory, &whole(2), true), Speech::Silent);
    let missing = |day: u8, list: &str, why: &str| {
        let not_known = NotKnown { org: "dev".to_owned(), list: list.to_owned(), reported: why.to_owned() };
        let gate = Gate { fail_on: Severity::High, at_or_above: 0, exit_code: 3 };
        News { not_known: vec![not_known], complete: false, gate, ..whole(day) }
    };
    assert_eq!(night(&mut memory, &missing(3, "roles", "500"), true), Speech::News);
    assert_eq!(
        night(&mut memory, &missing(4, "roles", "502"), true),
        Speech::Silent,
        "the same list, whatever the reason"
    );
    assert_eq!(night(&mut memory, &missing(5, "groups", "502"), true), Speech::News, "another list");
    assert_eq!(night(&mut memory, &whole(6), true), Speech::News, "all is known again");
    let failed = |day: u8| News { gate: Gate { exit_code: 1, ..whole(day).gate }, ..whole(day) };
    assert_eq!(night(&mut memory, &failed(7), true), Speech::News);
    assert_eq!(night(&mut memory, &failed(8), true), Speech::Silent);
    assert_eq!(night(&mut memory, &failed(13), true), Speech::Silent);
    assert_eq!(night(&mut memory, &failed(14), true), Speech::Heartbeat, "a week since it spoke");
    assert_eq!(night(&mut memory, &failed(14), true), Speech::Silent, "the same night again");
}

#[test]
fn undelivered_night_stays_news_until_the_channel_knows_of_it() {
    let mut memory = Memory::default();
    let whole = |day: u8| quiet(&format!("2026-11-{day:02}T02:00:00Z"));
    night(&mut memory, &whole(1), true);
    let mut news = busy("Dialer");
    news.as_of = whole(2).as_of;
    news.run_id = whole(2).run_id;
    assert_eq!(night(&mut memory, &news, false), Speech::News);
    assert_eq!(memory.undelivered, ["2026-11-02T02-00-00Z"]);
    assert_eq!(night(&mut memory, &whole(3), false), Speech::News, "nothing is new, but something is owed");
    let text = mail::text(&describe(&whole(4), Some(&memory), Speech::News, PLACE));
    for run in ["2026-11-02T02-00-00Z", "2026-11-03T02-00-00Z"] {
        assert!(text.contains(&format!("- {run} https://reports.example.com/rolecall/{run}/report.html\n")), "{text}");
    }
    assert_eq!(night(&mut memory, &whole(4), true), Speech::News);
    assert!(memory.undelivered.is_empty());
    assert_eq!(night(&mut memory, &whole(5), true), Speech::Silent);
    for _ in 0..3 {
        for day in 6..29 {
            memory.owe(&News { run_id: format!("{day}-{}", memory.undelivered.len()), ..whole(day) });
        }
    }
    assert_eq!(memory.undelivered.len(), 30);
}

#[test]
fn memory_is_kept_privately_and_a_damaged_one_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(state::load(folder.path()), Ok(State::default()));
    let mut state = State::default();
    let memory = state.channels.entry("chat".to_owned()).or_default();
    memory.settle(&busy("Dialer"), true);
    state::save(folder.path(), &state).unwrap();
    assert_eq!(state::load(folder.path()), Ok(state.clone()));
    let text = std::fs::read_to_string(state::path(folder.path())).unwrap();
    assert!(text.contains("prod/") && text.contains("staging/groups") && !text.contains("Dialer"), "{text}");
    assert!(rolecall_findings::history::nights::kept(folder.path()).is_empty(), "it is no night");
    place::write(&state::path(folder.path()), b"{").unwrap();
    assert!(state::load(folder.path()).unwrap_err().contains("notified.json"));
}
