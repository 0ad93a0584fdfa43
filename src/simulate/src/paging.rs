//! The platform's two styles of paging: page numbers, and cursors hidden in the link to the next page.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, Moved};

const DEFAULT_PAGE_SIZE: u32 = 25;

/// What a listing of page numbers looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbered {
    /// The largest page size that is honoured.
    pub max: u32,
    /// Whether the listing carries links to its other pages.
    pub links: bool,
}

impl Numbered {
    /// One page of the items.
    pub(super) fn page<T>(self, call: &Call<'_>, items: &[T], show: impl Fn(&T) -> Value) -> Answer {
        let (size, number) = match (page_size(call, self.max), number(call, "pageNumber", 1)) {
            (Ok(size), Ok(number)) => (size, number),
            (Err(answer), _) | (_, Err(answer)) => return answer,
        };
        let items = moved(call, items);
        let total = items.len();
        let count = total.div_ceil(size as usize).max(1);
        let from = (size as usize).saturating_mul(number as usize - 1);
        let entities: Vec<Value> = items.iter().skip(from).take(size as usize).map(show).collect();
        let mut body = json!({
            "entities": entities,
            "pageSize": size,
            "pageNumber": number,
            "total": total,
            "pageCount": count,
        });
        if let (true, Some(fields)) = (self.links, body.as_object_mut()) {
            let link = |number: usize| {
                json!(call.link(&[("pageSize", &size.to_string()), ("pageNumber", &number.to_string())]))
            };
            let number = number as usize;
            fields.insert("firstUri".to_owned(), link(1));
            fields.insert("selfUri".to_owned(), link(number));
            fields.insert("lastUri".to_owned(), link(count));
            if number < count {
                fields.insert("nextUri".to_owned(), link(number + 1));
            }
            if number > 1 {
                fields.insert("previousUri".to_owned(), link(number - 1));
            }
        }
        Answer::ok(body)
    }
}

/// One page of the items behind a cursor, with the link to the next in `nextUri`; `extra` is put beside the entities.
pub(super) fn after<T>(
    call: &Call<'_>,
    items: &[T],
    (default, max): (u32, u32),
    extra: Map<String, Value>,
    show: impl Fn(&T) -> Value,
) -> Answer {
    match slice(call, items, "after", (default, max)) {
        Err(answer) => answer,
        Ok(Slice { page, size, next }) => {
            let mut body = extra;
            body.insert("entities".to_owned(), page.into_iter().map(show).collect());
            body.insert("selfUri".to_owned(), json!(call.link(&[])));
            if let Some(next) = next {
                let link = call.link(&[("pageSize", &size.to_string()), ("after", &next)]);
                body.insert("nextUri".to_owned(), json!(link));
            }
            Answer::ok(Value::Object(body))
        }
    }
}

/// A stretch of a listing.
pub(super) struct Slice<'a, T> {
    /// Its items.
    pub page: Vec<&'a T>,
    /// The page size in force.
    pub size: u32,
    /// The cursor of the next stretch, where there is one.
    pub next: Option<String>,
}

/// The items behind the cursor that is named.
pub(super) fn slice<'a, T>(
    call: &Call<'_>,
    items: &'a [T],
    cursor: &str,
    (default, max): (u32, u32),
) -> Result<Slice<'a, T>, Answer> {
    let size = size_of(call, default, max)?;
    let at = match call.query(cursor) {
        None => Cursor { page: 1, offset: 0 },
        Some(text) => Cursor::read(text)
            .ok_or_else(|| Answer::bad_request(&format!("The value of {cursor} is not a cursor of this listing.")))?,
    };
    let items = moved(call, items);
    let page: Vec<&T> = items.iter().skip(at.offset).take(size as usize).collect();
    let end = at.offset.saturating_add(page.len());
    let next = (end < items.len()).then(|| Cursor { page: at.page.saturating_add(1), offset: end }.write());
    Ok(Slice { page, size, next })
}

fn moved<'a, T>(call: &Call<'_>, items: &'a [T]) -> &'a [T] {
    match call.moved {
        Moved::Not => items,
        Moved::LacksFirst => items.get(1..).unwrap_or(items),
    }
}

fn page_size(call: &Call<'_>, max: u32) -> Result<u32, Answer> {
    size_of(call, DEFAULT_PAGE_SIZE, max)
}

fn size_of(call: &Call<'_>, default: u32, max: u32) -> Result<u32, Answer> {
    let asked = number(call, "pageSize", default)?;
    Ok(asked.min(max).min(call.max_page_size.unwrap_or(u32::MAX)).max(1))
}

fn number(call: &Call<'_>, name: &str, default: u32) -> Result<u32, Answer> {
    match call.query(name) {
        None => Ok(default),
        Some(text) => text.parse::<u32>().ok().filter(|number| *number > 0).ok_or_else(|| {
            Answer::error(
                400,
                "invalid.query.param.value",
                "Value [{value}] is not valid for parameter [{parameter}]. Allowable values are: positive integers",
                &[("value", text), ("parameter", name)],
            )
        }),
    }
}

/// Where a listing goes on; opaque to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    page: u32,
    offset: usize,
}

impl Cursor {
    fn write(self) -> String {
        format!("c{:08x}{:08x}", self.page, self.offset)
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('c').filter(|rest| rest.len() == 16)?;
        let part = |from: usize| u32::from_str_radix(rest.get(from..from + 8)?, 16).ok();
        Some(Self { page: part(0)?, offset: part(8)? as usize })
    }
}

/// Which page a query asks for, from 1: what faults are addressed by.
pub(super) fn page_of(query: &[(String, String)]) -> u32 {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let cursor = value("after").or_else(|| value("cursor")).and_then(Cursor::read).map(|cursor| cursor.page);
    cursor.or_else(|| value("pageNumber").and_then(|number| number.parse().ok())).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_survives_the_round_trip_and_tells_its_page() {
        let cursor = Cursor { page: 3, offset: 400 };
        assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
        assert_eq!(page_of(&[("after".to_owned(), cursor.write())]), 3);
        assert_eq!(Cursor::read("c0"), None);
        assert_eq!(page_of(&[("pageNumber".to_owned(), "7".to_owned())]), 7);
        assert_eq!(page_of(&[]), 1);
    }
}
