//! What is reported, before it is known in which form: a headline and sections of lines. Every text in here has been through
//! [`plain`], so that a form has only its own markup left to think of.

use jiff::Timestamp;

use super::decide::Speech;
use super::news::{FINDINGS_NAMED, News, NewsFinding};
use super::settings::Channel;
use super::state::Memory;
use super::text::plain;
use rolecall_findings::check::count;

/// So much of what is not known, and so many promotions, are reported at most.
const LINES: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The night in a few words, without anything that comes from an org.
    pub headline: String,
    /// What there is to say, in this order.
    pub sections: Vec<Section>,
}

/// A part of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Its heading; empty for the first.
    pub heading: String,
    /// Its lines; each but those of the first is an item of a list.
    pub lines: Vec<Line>,
}

pub(super) type Line = Vec<Run>;

/// A stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The text; never empty.
    pub text: String,
    /// Whether it stands out.
    pub strong: bool,
    /// Where it leads.
    pub link: Option<String>,
}

impl Run {
    fn new(text: &str) -> Self {
        Self { text: plain(text), strong: false, link: None }
    }

    fn strong(text: &str) -> Self {
        Self { strong: true, ..Self::new(text) }
    }
}

/// Where people can open reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The address of the folder that holds a folder for each run, without a trailing slash.
    pub base_url: Option<&'a str>,
}

impl Place<'_> {
    /// The address of a run's page.
    pub(super) fn page(self, run_id: &str) -> Option<String> {
        self.base_url.map(|base| format!("{base}/{run_id}/report.html"))
    }

    /// The address of a finding in it.
    pub(super) fn finding(self, news: &News, id: &str) -> Option<String> {
        // Ids are hexadecimal digits; anything else would be a mistake, and is not made part of an address.
        let safe = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.page(&news.run_id).filter(|_| news.has_page && safe).map(|page| format!("{page}#f={id}"))
    }
}

/// What is reported on a channel, with at most `most` of everything.
pub(super) fn of_the_night(
    news: &News,
    channel: &Channel,
    memory: Option<&Memory>,
    speech: Speech,
    place: Place<'_>,
    most: usize,
) -> Message {
    let first = Run { text: sentence(news), strong: true, link: None };
    let first = Section { heading: String::new(), lines: vec![vec![first]] };
    let mut sections = vec![first, not_known(news, most)];
    sections.push(gate(news));
    sections.extend(promotions(news, most));
    sections.push(findings(news, channel, memory, speech, place, most));
    sections.push(undelivered(memory, place, most));
    sections.push(report(news, place));
    sections.retain(|section| !section.lines.is_empty());
    Message { headline: headline(news, channel, speech), sections }
}

/// A message that shows that a channel works.
pub(super) fn of_a_test(channel: &str, version: &str) -> Message {
    let line = format!("Channel `{channel}` of rolecall {version} works. Nothing was audited for this message.");
    Message {
        headline: "Rolecall: a test message".to_owned(),
        sections: vec![Section { heading: String::new(), lines: vec![vec![Run::new(&line)]] }],
    }
}

fn headline(news: &News, channel: &Channel, speech: Speech) -> String {
    let mut parts = Vec::new();
    if !news.complete {
        parts.push("not everything is known".to_owned());
    }
    let number = news.at_or_above(channel.min_severity);
    let words = news.in_words(channel.min_severity);
    parts.push(match (number, news.first_night, speech) {
        (0, _, Speech::Heartbeat) => "nothing new, and at work".to_owned(),
        (0, _, _) => "no new findings".to_owned(),
        (_, true, _) => format!("first night, {} ({words})", count(number, "finding", "findings")),
        (1, false, _) => format!("1 finding is new, worse or reopened ({words})"),
        (_, false, _) => format!("{number} findings are new, worse or reopened ({words})"),
    });
    parts.push(match news.gate.as_str() {
        "not-known" => "gate not known".to_owned(),
        word => format!("gate {word}"),
    });
    format!("Rolecall: {}", parts.join("; "))
}

/// The sentence of the night, whole: it is the program's own but for the names of orgs.
pub(super) fn sentence(news: &News) -> String {
    news.sentence.split(' ').map(plain).collect::<Vec<_>>().join(" ")
}

fn not_known(news: &News, most: usize) -> Section {
    let most = most.min(LINES);
    let mut lines: Vec<Line> = news
        .not_known
        .iter()
        .take(most)
        .map(|missing| vec![Run::strong(&missing.org), Run::new(&format!(": {}", missing.reported))])
        .collect();
    lines.extend(more(news.not_known.len(), most, "run.json"));
    Section { heading: "Not known".to_owned(), lines }
}

fn gate(news: &News) -> Section {
    let gate = &news.gate;
    let reported = match gate.at_or_above {
        0 => format!("{}: no open finding at or above {}", gate.as_str(), gate.fail_on),
        some => {
            format!("{}: {} at or above {}", gate.as_str(), count(some, "open finding", "open findings"), gate.fail_on)
        }
    };
    Section { heading: "Gate".to_owned(), lines: vec![vec![Run::new(&reported)]] }
}

fn promotions(news: &News, most: usize) -> Option<Section> {
    let shown = most.min(LINES);
    let mut lines = Vec::new();
    for promotion in news.promotions.iter().take(shown) {
        let title = format!("{} to {}", promotion.from, promotion.to);
        lines.push(vec![Run::strong(&title), Run::new(&format!(": {}", promotion.reported))]);
        for cause in promotion.causes.iter().take(most) {
            lines.push(vec![Run::new(&format!("{title}, {}: {}", cause.calls, cause.reported))]);
        }
        let left = promotion.more + promotion.causes.len().saturating_sub(most);
        if left > 0 {
            let more = count(left, "more cause", "more causes");
            lines.push(vec![Run::new(&format!("{title}: and {more} in blockers.csv"))]);
        }
    }
    lines.extend(more(news.promotions.len(), shown, "blockers.csv"));
    (!lines.is_empty()).then(|| Section { heading: "Promotion".to_owned(), lines })
}

fn findings(
    news: &News,
    channel: &Channel,
    memory: Option<&Memory>,
    speech: Speech,
    place: Place<'_>,
    most: usize,
) -> Section {
    let total = news.at_or_above(channel.min_severity);
    if total == 0 {
        let since = match (speech, memory.and_then(|memory| memory.spoke)) {
            (Speech::Heartbeat, Some(spoke)) => format!(" since {}, when this channel last spoke", day(spoke)),
            (Speech::Heartbeat | Speech::News | Speech::Silent, _) => String::new(),
        };
        let reported = format!("nothing at or above {}{since}", channel.min_severity);
        return Section { heading: "New, worse or reopened".to_owned(), lines: vec![vec![Run::new(&reported)]] };
    }
    let shown = most.min(FINDINGS_NAMED);
    let named = news.findings.iter().filter(|finding| finding.severity >= channel.min_severity).take(shown);
    let mut lines: Vec<Line> = named.map(|finding| finding_line(news, finding, place)).collect();
    lines.extend(more(total, lines.len(), "findings.csv"));
    let heading = if news.first_night { "Findings of the first night" } else { "New, worse or reopened" };
    Section { heading: format!("{heading} ({total})"), lines }
}

fn finding_line(news: &News, finding: &NewsFinding, place: Place<'_>) -> Line {
    let org = if finding.org.is_empty() { ": ".to_owned() } else { format!(" in {}: ", finding.org) };
    let status = if news.first_night { String::new() } else { format!(", {}", finding.status.as_str()) };
    let mut id = Run::new(&finding.id);
    id.link = place.finding(news, &finding.id);
    vec![
        Run::strong(&format!("{}{status}", finding.severity)),
        Run::new(&org),
        Run::new(&finding.title),
        Run::new(" "),
        id,
    ]
}

fn undelivered(memory: Option<&Memory>, place: Place<'_>, most: usize) -> Section {
    let runs = memory.map_or(&[][..], |memory| &memory.undelivered);
    // The newest are the ones that are looked for.
    let shown = runs.iter().rev().take(most.min(LINES)).map(|run_id| {
        let mut run = Run::new(run_id);
        run.link = place.page(run_id);
        vec![run]
    });
    let mut lines: Vec<Line> = shown.collect();
    lines.extend(more(runs.len(), lines.len(), "the history"));
    Section { heading: "Nights whose message could not be delivered here".to_owned(), lines }
}

fn report(news: &News, place: Place<'_>) -> Section {
    let run = match place.page(&news.run_id).filter(|_| news.has_page) {
        Some(page) => Run { text: page.clone(), strong: false, link: Some(page) },
        None => Run::new(&news.folder.display().to_string()),
    };
    let about = format!("rolecall {}, run {}", news.version, news.run_id);
    Section { heading: "Report".to_owned(), lines: vec![vec![run], vec![Run::new(&about)]] }
}

fn more(total: usize, shown: usize, wherever: &str) -> Option<Line> {
    let left = total.saturating_sub(shown);
    (left > 0).then(|| vec![Run::new(&format!("and {left} more in {wherever}"))])
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
