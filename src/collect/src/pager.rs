//! Lists of many pages, read completely or with the reason why not; page numbers (style A) and cursors (style B).

use std::collections::HashSet;

use futures_util::future::join_all;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use rolecall_base::coverage::Listing;

use super::failure::{Failure, FailureKind};
use super::session::Session;

/// Smaller page sizes to fall back to when a page is too large for the platform.
const SMALLER_SIZES: [u32; 2] = [100, 25];
/// No list is followed further: a server that never ends must not keep the night.
const MOST_PAGES: u64 = 20_000;

/// An entry of a list.
pub(crate) trait Entry: DeserializeOwned {
    /// What identifies it: the same twice means that the pages shifted under the reader.
    fn key(&self) -> String;
}

/// A list to read.
#[derive(Clone, Copy)]
pub(crate) struct List<'l> {
    /// Which list it belongs to.
    pub listing: Listing,
    /// Its path.
    pub path: &'l str,
    /// Its query without the paging parameters.
    pub query: &'l [(&'l str, &'l str)],
    /// Entries a page; `None` for a list that has no paging parameters.
    pub page_size: Option<u32>,
}

/// What is missing from a list, or makes it doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// In words for people.
    pub why: String,
    /// Permissions that the platform named.
    pub permissions: Vec<String>,
}

/// What was read of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed<T> {
    /// The entries, each once.
    pub entries: Vec<T>,
    /// How many the platform counts, where it states a count.
    pub total: Option<u64>,
    /// Why it is not whole; empty when it is.
    pub flaws: Vec<Flaw>,
}

/// A page of either style. `entities` is obligatory: an answer without it is no empty list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    entities: Vec<Value>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    page_count: Option<u64>,
    #[serde(default)]
    next_uri: Option<String>,
}

impl From<Failure> for Flaw {
    fn from(failure: Failure) -> Self {
        Self { why: failure.why, permissions: failure.permissions }
    }
}

fn flaw(why: String) -> Flaw {
    Flaw { why, permissions: Vec::new() }
}

/// Collects entries, each once, and what is odd about them.
struct Gathering<T> {
    entries: Vec<T>,
    keys: HashSet<String>,
    seen: u64,
    twice: u64,
    odd: Option<(u64, String)>,
    totals: HashSet<u64>,
    lost: Vec<Flaw>,
}

impl<T: Entry> Gathering<T> {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            keys: HashSet::new(),
            seen: 0,
            twice: 0,
            odd: None,
            totals: HashSet::new(),
            lost: Vec::new(),
        }
    }

    /// Takes a page in.
    fn take(&mut self, page: Page) {
        self.totals.extend(page.total);
        for value in page.entities {
            self.seen += 1;
            match T::deserialize(value) {
                Ok(entry) if self.keys.insert(entry.key()) => self.entries.push(entry),
                Ok(_) => self.twice += 1,
                Err(error) => match &mut self.odd {
                    Some((count, _)) => *count += 1,
                    None => self.odd = Some((1, error.to_string())),
                },
            }
        }
    }

    fn total(&self) -> Option<u64> {
        self.totals.iter().max().copied()
    }

    /// What a second reading might fix: signs that the list changed while it was read.
    fn unsettled(&self) -> Option<String> {
        let total = self.total();
        if self.totals.len() > 1 {
            let mut totals: Vec<u64> = self.totals.iter().copied().collect();
            totals.sort_unstable();
            return Some(format!("its pages give different totals ({totals:?})"));
        }
        if self.twice > 0 {
            return Some(format!("{} entries came twice", self.twice));
        }
        match total {
            Some(total) if self.lost.is_empty() && total != self.seen => {
                Some(format!("{} entries came, the platform counts {total}", self.seen))
            }
            _ => None,
        }
    }

    fn listed(self, path: &str) -> Listed<T> {
        let mut flaws = Vec::new();
        if let Some(why) = self.unsettled() {
            flaws.push(flaw(format!("`GET {path}`: {why}, also when it was read again")));
        }
        if let Some((count, why)) = &self.odd {
            flaws.push(flaw(format!("`GET {path}`: {count} entries are not what the platform documents: {why}")));
        }
        let total = self.total();
        flaws.extend(self.lost);
        Listed { entries: self.entries, total, flaws }
    }
}

/// Reads a list by page numbers. The pages after the first are asked for at once.
///
/// # Errors
/// When not even the first page could be read: nothing is known then.
pub(crate) async fn by_numbers<T: Entry>(session: &Session<'_>, list: List<'_>) -> Result<Listed<T>, Failure> {
    settled(session, list, true).await
}

/// Reads one page, as with a list of ids. Its counts are returned and not looked at.
///
/// # Errors
/// When it could not be read.
pub(crate) async fn one_page<T: Entry>(session: &Session<'_>, list: List<'_>) -> Result<Listed<T>, Failure> {
    let mut gathering = Gathering::new();
    let size = list.page_size.map(|size| size.to_string());
    let mut query = list.query.to_vec();
    if let Some(size) = &size {
        query.push(("pageSize", size));
    }
    let mut page: Page = session.get(list.path, &query).await?;
    let total = page.total.take();
    gathering.take(page);
    Ok(Listed { total, ..gathering.listed(list.path) })
}

/// Reads a list by cursors.
///
/// # Errors
/// When not even the first page could be read: nothing is known then.
pub(crate) async fn by_cursor<T: Entry>(session: &Session<'_>, list: List<'_>) -> Result<Listed<T>, Failure> {
    settled(session, list, false).await
}

/// Reads a list, once more from the start if it changed meanwhile, and with smaller pages if they are too large.
async fn settled<T: Entry>(session: &Session<'_>, mut list: List<'_>, numbered: bool) -> Result<Listed<T>, Failure> {
    let mut earlier: Option<Gathering<T>> = None;
    loop {
        let again = earlier.is_some();
        let reading =
            if numbered { read_numbered(session, list, again).await } else { read_cursor(session, list).await };
        match (reading, earlier.take()) {
            (Err(failure), kept)
                if matches!(failure.kind, FailureKind::PageTooLarge | FailureKind::BadRequest)
                    && smaller(list.page_size).is_some() =>
            {
                let smaller = smaller(list.page_size).unwrap_or(25);
                tracing::info!(path = list.path, page_size = smaller, "asking for smaller pages");
                list.page_size = Some(smaller);
                earlier = kept;
            }
            (Err(failure), None) => return Err(failure),
            (Err(failure), Some(mut kept)) => {
                kept.lost.push(failure.into());
                return Ok(kept.listed(list.path));
            }
            (Ok(gathering), None) if gathering.unsettled().is_some() => earlier = Some(gathering),
            (Ok(gathering), _) => return Ok(gathering.listed(list.path)),
        }
    }
}

fn smaller(size: Option<u32>) -> Option<u32> {
    size.and_then(|size| SMALLER_SIZES.into_iter().find(|smaller| *smaller < size))
}

async fn read_numbered<T: Entry>(session: &Session<'_>, list: List<'_>, again: bool) -> Result<Gathering<T>, Failure> {
    let mut gathering = Gathering::new();
    let first = numbered_page(session, list, 1).await?;
    let (total, counted, more) = (first.total, first.page_count, first.next_uri.is_some());
    let on_first = u64::try_from(first.entities.len()).unwrap_or(u64::MAX);
    // A list without paging parameters has one page, unless it says otherwise itself.
    let says_more = more || counted.is_some_and(|pages| pages > 1) || total.is_some_and(|total| total > on_first);
    if list.page_size.is_none() && !says_more {
        gathering.take(first);
        return Ok(gathering);
    }
    // A page that states neither a count nor a next page may be the last one or not: only asking on shows it.
    let silent = total.is_none() && counted.is_none() && !more && on_first > 0;
    let mut previous = if silent { first.entities.clone() } else { Vec::new() };
    gathering.take(first);
    let pages = pages(total, counted, on_first);
    let mut last = 1;
    if let Some(pages) = pages {
        let pages = pages.min(MOST_PAGES);
        if !again {
            session.plan.add(list.listing, pages.saturating_sub(1));
        }
        let rest = join_all((2..=pages).map(|number| numbered_page(session, list, number))).await;
        for (number, page) in (2..).zip(rest) {
            match page {
                Ok(page) => gathering.take(page),
                Err(failure) if failure.kind == FailureKind::PageTooLarge => return Err(failure),
                Err(failure) => gathering.lost.push(Flaw {
                    why: format!("page {number} of {pages} was lost: {}", failure.why),
                    permissions: failure.permissions,
                }),
            }
        }
        last = pages;
    }
    // A server that counts its pages wrongly, or not at all, is followed as long as it brings something new.
    let mut expects_more = pages.is_none() && (more || silent);
    while gathering.lost.is_empty() && (expects_more || total.is_some_and(|total| gathering.seen < total)) {
        last += 1;
        if last > MOST_PAGES {
            gathering.lost.push(flaw(format!("`GET {}`: has not ended after {MOST_PAGES} pages", list.path)));
            break;
        }
        match numbered_page(session, list, last).await {
            // A server that does not know page numbers gives the same page again: it has no other.
            Ok(page) if silent && page.entities == previous => break,
            Ok(page) => {
                expects_more = pages.is_none() && (silent || page.next_uri.is_some());
                if silent {
                    previous.clone_from(&page.entities);
                }
                let came = !page.entities.is_empty();
                if came && !again {
                    session.plan.add(list.listing, 1);
                }
                gathering.take(page);
                if !came || gathering.twice > 0 {
                    break;
                }
            }
            Err(failure) if failure.kind == FailureKind::PageTooLarge => return Err(failure),
            // Beyond the pages that the list states, a refusal says no more than an empty page.
            Err(failure) if pages.is_some() || (silent && failure.kind != FailureKind::NoAnswer) => break,
            Err(failure) => gathering.lost.push(failure.into()),
        }
    }
    Ok(gathering)
}

/// How many pages there are, where the first one states it. Both counts are believed only as far as they agree with what
/// the first page held.
fn pages(total: Option<u64>, counted: Option<u64>, on_first: u64) -> Option<u64> {
    let by_total = total.map(|total| if on_first == 0 { 1 } else { total.div_ceil(on_first) });
    match (counted, by_total) {
        (Some(counted), Some(by_total)) => Some(counted.clamp(1, by_total.max(1))),
        (Some(counted), None) => Some(counted.max(1)),
        // Without a count of pages, pages that hold less than asked for are distinguished from the end by `nextUri` only.
        (None, _) => None,
    }
}

async fn numbered_page(session: &Session<'_>, list: List<'_>, number: u64) -> Result<Page, Failure> {
    let (size, number) = (list.page_size.map(|size| size.to_string()), number.to_string());
    let mut query = list.query.to_vec();
    if let Some(size) = &size {
        query.push(("pageSize", size));
    }
    if size.is_some() || number != "1" {
        query.push(("pageNumber", &number));
    }
    session.get(list.path, &query).await
}

async fn read_cursor<T: Entry>(session: &Session<'_>, list: List<'_>) -> Result<Gathering<T>, Failure> {
    let mut gathering = Gathering::new();
    let size = list.page_size.map(|size| size.to_string());
    let mut cursor: Option<String> = None;
    let mut followed = HashSet::new();
    loop {
        let mut query = list.query.to_vec();
        if let Some(size) = &size {
            query.push(("pageSize", size));
        }
        if let Some(cursor) = &cursor {
            query.push(("after", cursor));
        }
        let page: Page = match session.get(list.path, &query).await {
            Ok(page) => page,
            Err(failure) if cursor.is_none() || failure.kind == FailureKind::PageTooLarge => return Err(failure),
            Err(failure) => {
                gathering.lost.push(failure.into());
                return Ok(gathering);
            }
        };
        let next = page.next_uri.clone();
        gathering.take(page);
        match next.as_deref().map(after) {
            None => return Ok(gathering),
            Some(Some(after)) if followed.insert(after.clone()) && followed.len() < 20_000 => {
                session.plan.add(list.listing, 1);
                cursor = Some(after);
            }
            Some(_) => {
                let why = format!("`GET {}`: its next page leads nowhere new", list.path);
                gathering.lost.push(flaw(why));
                return Ok(gathering);
            }
        }
    }
}

/// The cursor in a `nextUri`. Nothing else of it is used: neither its host nor its path is followed.
pub(crate) fn after(next_uri: &str) -> Option<String> {
    let base = reqwest::Url::parse("http://localhost/").ok()?;
    let url = base.join(next_uri).ok()?;
    url.query_pairs().find(|(name, _)| name == "after").map(|(_, value)| value.into_owned()).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_by_what_the_first_one_held() {
        assert_eq!(pages(Some(0), Some(0), 0), Some(1));
        assert_eq!(pages(Some(412), Some(5), 100), Some(5));
        assert_eq!(pages(Some(10), Some(1_000_000), 10), Some(1), "an absurd count is not believed");
        assert_eq!(pages(None, Some(3), 100), Some(3));
        assert_eq!(pages(Some(412), None, 100), None);
    }

    #[test]
    fn cursor_is_all_that_is_taken_from_a_link() {
        assert_eq!(after("/api/v2/authorization/policies?pageSize=200&after=a%2Bb").as_deref(), Some("a+b"));
        assert_eq!(after("https://elsewhere.example/x?after=abc").as_deref(), Some("abc"));
        assert_eq!(after("/api/v2/authorization/policies"), None);
        assert_eq!(after("?after="), None);
    }
}
