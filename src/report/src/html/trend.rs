//! How the last nights went: open findings as columns, with what came and what went, for a small picture.

use serde::Serialize;

use super::words;
use rolecall_findings::severity::Severity;
use rolecall_findings::trend::NightCounts;

/// Height of the open findings' part of the picture, in its own units.
const TALL: usize = 46;
/// Height of the part above them, in which new findings stand, and of the part for those that went.
const SHORT: usize = 16;
/// Width of one night.
const STEP: usize = 12;
/// Nights that the picture has room for.
const ROOM: usize = 30;

/// The series of nights.
#[derive(Serialize)]
pub struct Trend {
    /// The nights, oldest first.
    pub nights: Vec<NightColumn>,
    /// What the picture shows, in words.
    pub description: String,
    /// Width of the picture, in its own units.
    pub width: usize,
    /// Where the columns stand.
    pub ground: usize,
    /// Where the bars of resolved findings hang from.
    pub below: usize,
    /// Height of the picture.
    pub height: usize,
    /// The most open findings of a night.
    pub most: usize,
    /// How many nights were not complete.
    pub incomplete: usize,
}

/// One night.
#[derive(Serialize)]
pub struct NightColumn {
    /// Its day and time.
    pub night: String,
    /// Whether everything was read.
    pub complete: bool,
    /// Whether there was a night before it.
    pub compared: bool,
    /// Open findings.
    pub open: usize,
    /// Those at `high` or `critical`.
    pub grave: usize,
    /// New ones and those that came back.
    pub new: usize,
    /// Those that grew worse.
    pub worse: usize,
    /// Those that went.
    pub resolved: usize,
    /// Those that are accepted.
    pub waived: usize,
    /// Those that could not be evaluated.
    pub not_evaluated: usize,
    /// Where its column begins.
    pub x: usize,
    /// Top of the column of open findings.
    pub open_y: usize,
    /// Its height.
    pub open_height: usize,
    /// Top of the part at `high` or `critical`.
    pub grave_y: usize,
    /// Its height.
    pub grave_height: usize,
    /// Height of the bar of those that went.
    pub resolved_height: usize,
    /// Top of the bar of new ones.
    pub new_y: usize,
    /// Its height.
    pub new_height: usize,
}

/// The picture of a series.
pub fn of(series: &[NightCounts]) -> Trend {
    let newest = series.len().saturating_sub(ROOM);
    let shown = series.get(newest..).unwrap_or_default();
    let most = shown.iter().map(NightCounts::open_in_all).max().unwrap_or(0);
    let moved = |night: &NightCounts| if night.compared { night.new.max(night.resolved) } else { night.resolved };
    let most_moved = shown.iter().map(moved).max().unwrap_or(0);
    let ground = SHORT + 6 + TALL;
    let below = ground + 6;
    // The newest night always stands at the right end.
    let first = ROOM - shown.len();
    Trend {
        nights: shown
            .iter()
            .enumerate()
            .map(|(at, night)| column(night, first + at, most, most_moved, ground))
            .collect(),
        description: describe(shown),
        width: ROOM * STEP,
        ground,
        below,
        height: below + SHORT,
        most,
        incomplete: shown.iter().filter(|night| !night.complete).count(),
    }
}

fn column(night: &NightCounts, at: usize, most: usize, most_moved: usize, ground: usize) -> NightColumn {
    // What is not nothing is never too low to be seen.
    let high = |count: usize, most: usize, room: usize| match count {
        0 => 0,
        count => (count * room / most.max(1)).max(2),
    };
    let open = night.open_in_all();
    let grave: usize = Severity::WORST_FIRST
        .iter()
        .zip(night.open)
        .filter(|(severity, _)| **severity >= Severity::High)
        .map(|(_, count)| count)
        .sum();
    let new = if night.compared { night.new } else { 0 };
    let (open_height, grave_height) = (high(open, most, TALL), high(grave, most, TALL));
    let new_height = high(new, most_moved, SHORT);
    NightColumn {
        night: words::time(night.as_of),
        complete: night.complete,
        compared: night.compared,
        open,
        grave,
        new,
        worse: night.worse,
        resolved: night.resolved,
        waived: night.waived,
        not_evaluated: night.not_evaluated,
        x: at * STEP,
        open_y: ground - open_height,
        open_height,
        grave_y: ground - grave_height,
        grave_height,
        resolved_height: high(night.resolved, most_moved, SHORT),
        new_y: SHORT - new_height,
        new_height,
    }
}

fn describe(shown: &[NightCounts]) -> String {
    let Some((last, before)) = shown.split_last() else { return "No night is known.".to_owned() };
    let open = |night: &NightCounts| format!("{} open", words::number(night.open_in_all()));
    let mut text = format!("Tonight {}", open(last));
    if last.compared {
        text.push_str(&format!(", {} new and {} resolved", last.new, last.resolved));
    }
    match before.first() {
        None => text.push_str("; no earlier night is known"),
        Some(first) => text.push_str(&format!("; {} on {}", open(first), words::day(first.as_of))),
    }
    match shown.iter().filter(|night| !night.complete).count() {
        0 => text.push('.'),
        not_whole => {
            let nights = words::count(not_whole, "night was", "nights were");
            text.push_str(&format!(". {nights} not complete: their counts are what was seen."));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(day: i64, open: usize, new: usize, complete: bool) -> NightCounts {
        NightCounts {
            as_of: jiff::Timestamp::from_second(day * 86_400).unwrap(),
            complete,
            compared: day > 0,
            open: [0, open / 2, open - open / 2, 0, 0],
            new,
            worse: 0,
            resolved: 1,
            waived: 0,
            not_evaluated: 0,
        }
    }

    #[test]
    fn columns_are_to_scale_and_the_newest_night_stands_at_the_right_end() {
        let trend = of(&[night(0, 10, 10, true), night(1, 20, 4, true)]);
        let [first, last] = &trend.nights[..] else { panic!("two nights") };
        assert_eq!((last.x + STEP, last.open_height, first.open_height), (trend.width, TALL, TALL / 2));
        assert_eq!((first.new_height, last.new_height), (0, SHORT), "on the first night everything is new");
        assert_eq!(last.open_y + last.open_height, trend.ground);
    }

    #[test]
    fn night_that_was_not_complete_is_marked_and_reported() {
        let trend = of(&[night(1, 10, 0, false), night(2, 3, 0, true)]);
        assert_eq!((trend.nights[0].complete, trend.incomplete), (false, 1));
        assert!(trend.description.contains("1 night was not complete"), "{}", trend.description);
    }

    #[test]
    fn night_without_a_history_is_reported_as_such() {
        assert_eq!(of(&[]).description, "No night is known.");
        assert!(of(&[night(0, 0, 0, true)]).description.ends_with("no earlier night is known."));
    }
}
