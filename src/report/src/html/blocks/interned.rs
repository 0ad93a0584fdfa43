//! Texts that several tables hold, such as the ids and names of principals: once in the page, whatever tables name them.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::columns::{Columns, Texts};

/// Blocks of shared texts: ids first, then the others. A place counts through both.
const BLOCKS: [&str; 2] = ["shared_ids", "shared_texts"];
/// Columns with fewer distinct texts are left as they are.
const FEWEST: usize = 32;
/// Shorter texts cost less than a place.
const SHORTEST: usize = 6;

/// Takes the texts that several columns hold out of them; the blocks in which they are then. Ids are packed, wherever
/// they stand.
pub(super) fn share(tables: &mut [(&'static str, Columns)]) -> Vec<(&'static str, Columns)> {
    let (ids, texts): (Vec<String>, Vec<String>) = repeated(tables).into_iter().partition(|text| is_uuid(text));
    let places: HashMap<&str, i64> = ids.iter().chain(&texts).map(String::as_str).zip(0..).collect();
    let mut blocks: Vec<_> = BLOCKS
        .into_iter()
        .zip([&ids, &texts])
        .map(|(name, texts)| (name, Columns::new(texts.len()).text("text", texts)))
        .collect();
    for texts in tables.iter_mut().flat_map(|(_, columns)| columns.texts_mut()) {
        refer(texts, &places);
    }
    for (_, columns) in tables.iter_mut().chain(&mut blocks) {
        columns.texts_mut().for_each(pack);
        columns.liken();
    }
    blocks
}

/// The texts of more than one column, in the order in which they first occur.
fn repeated(tables: &[(&'static str, Columns)]) -> Vec<String> {
    let mut columns: HashMap<&str, usize> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    for texts in tables.iter().flat_map(|(_, columns)| columns.texts()) {
        let Texts::Plain { values } = texts else { continue };
        if values.len() < FEWEST {
            continue;
        }
        for value in values.iter().filter(|value| value.len() >= SHORTEST) {
            let known = columns.entry(value).or_default();
            *known += 1;
            // It is placed where it is seen to repeat, so that those that stand together stay together.
            if *known == 2 {
                order.push(value);
            }
        }
    }
    order.into_iter().map(str::to_owned).collect()
}

/// Names the texts of a column by their places, where most of them have one.
fn refer(texts: &mut Texts, places: &HashMap<&str, i64>) {
    let Texts::Plain { values } = texts else { return };
    let known = values.iter().filter(|value| places.contains_key(value.as_str())).count();
    if values.len() < FEWEST || known * 2 < values.len() {
        return;
    }
    let (mut shared, mut own, mut last) = (Vec::with_capacity(values.len()), Vec::new(), 0);
    for value in std::mem::take(values) {
        match places.get(value.as_str()) {
            Some(place) => shared.push(Some(place - std::mem::replace(&mut last, *place))),
            None => {
                shared.push(None);
                own.push(value);
            }
        }
    }
    *texts = Texts::Shared { shared, own };
}

/// Packs texts that are ids without exception.
fn pack(texts: &mut Texts) {
    let Texts::Plain { values } = texts else { return };
    if values.len() < FEWEST {
        return;
    }
    let shapes = [("uuid", is_uuid as fn(&str) -> bool), ("hex", is_finding_id)];
    let Some((shape, _)) = shapes.into_iter().find(|(_, is)| values.iter().all(|value| is(value))) else { return };
    let digits: Vec<u8> =
        values.iter().flat_map(|value| value.bytes()).filter_map(|letter| value_of(char::from(letter))).collect();
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0_u8, |byte, digit| (byte << 4) | digit)).collect();
    *texts = Texts::Packed { packed: STANDARD.encode(bytes), shape };
}

fn value_of(letter: char) -> Option<u8> {
    letter.to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn is_hexadecimal(letter: char) -> bool {
    matches!(letter, '0'..='9' | 'a'..='f')
}

/// Whether the text is a UUID as the platform writes it, in small letters.
fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text
            .char_indices()
            .all(|(at, letter)| if dashes.contains(&at) { letter == '-' } else { is_hexadecimal(letter) })
}

/// Whether the text is the id of a finding.
fn is_finding_id(text: &str) -> bool {
    text.len() == 16 && text.chars().all(is_hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uuid(number: usize) -> String {
        format!("{:08x}-0000-4000-8000-{number:012x}", number.wrapping_mul(2_654_435_761) % (1 << 32))
    }

    fn json(columns: &Columns) -> serde_json::Value {
        serde_json::to_value(columns).unwrap()
    }

    fn tables() -> Vec<(&'static str, Columns)> {
        let ids: Vec<String> = (0..100).map(uuid).collect();
        let names: Vec<String> = (0..100).map(|number| format!("Client {number}")).collect();
        let some = || ids.iter().rev().step_by(2);
        let mut odd: Vec<&str> = ids.iter().map(String::as_str).collect();
        odd[7] = "not an id";
        vec![
            ("clients", Columns::new(100).text("id", &ids).text("name", &names)),
            ("grants", Columns::new(50).text("principal_id", some()).text("role", (0..50).map(|n| uuid(1000 + n)))),
            ("odd", Columns::new(100).text("id", odd).text("name", &names)),
            ("few", Columns::new(2).text("id", &ids[..2])),
        ]
    }

    #[test]
    fn what_several_tables_hold_is_kept_once_and_referred_to() {
        let mut tables = tables();
        let blocks = share(&mut tables);
        assert_eq!(
            blocks.iter().map(|(name, columns)| (*name, columns.rows())).collect::<Vec<_>>(),
            [("shared_ids", 100), ("shared_texts", 100)]
        );
        let client = json(&tables[0].1);
        assert!(client["columns"]["id"]["shared"].is_array() && client["columns"]["name"]["shared"].is_array());
        let odd = json(&tables[2].1);
        assert_eq!(odd["columns"]["id"]["own"], serde_json::json!(["not an id"]));
        assert!(odd["columns"]["id"]["shared"][7].is_null());
        assert_eq!(json(&tables[1].1)["columns"]["role"]["shape"], "uuid", "what one table has alone is packed there");
        assert!(json(&tables[3].1)["columns"]["id"]["values"].is_array(), "a few are not worth it");
        let ids: Vec<u8> = STANDARD.decode(json(&blocks[0].1)["columns"]["text"]["packed"].as_str().unwrap()).unwrap();
        assert_eq!(ids.len(), 1600);
    }

    #[test]
    fn places_lead_to_the_texts() {
        let mut tables = tables();
        let blocks = share(&mut tables);
        let packed = STANDARD.decode(json(&blocks[0].1)["columns"]["text"]["packed"].as_str().unwrap()).unwrap();
        let read = |place: i64| {
            let start = usize::try_from(place).unwrap() * 16;
            packed[start..start + 16].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let grants = json(&tables[1].1);
        let mut place = 0;
        for (step, id) in
            grants["columns"]["principal_id"]["shared"].as_array().unwrap().iter().zip((0..100).rev().step_by(2))
        {
            place += step.as_i64().unwrap();
            assert_eq!(read(place), uuid(id).replace('-', ""));
        }
    }

    #[test]
    fn column_that_follows_another_names_it() {
        let names = ["a", "b", "a", "c"];
        let columns = Columns::new(4).text("id", ["1", "2", "1", "3"]).text("name", names).text("role", ["x"; 4]);
        let mut tables = vec![("grants", columns)];
        share(&mut tables);
        let reported = json(&tables[0].1);
        assert_eq!(reported["columns"]["name"]["like"], "id");
        assert!(reported["columns"]["name"]["ages"].is_null() && reported["columns"]["id"]["ages"].is_array());
        assert!(reported["columns"]["role"]["like"].is_null());
    }

    #[test]
    fn only_ids_in_the_platforms_own_writing_are_packed() {
        assert!(is_uuid("0123abcd-0000-4000-8000-0123456789ab"));
        for odd in [
            "0123ABCD-0000-4000-8000-0123456789ab",
            "0123abcd-0000-4000-8000-0123456789a",
            "0123abcd00000-4000-8000-0123456789ab",
            "",
        ] {
            assert!(!is_uuid(odd), "{odd}");
        }
        assert!(is_finding_id("0123456789abcdef") && !is_finding_id("0123456789abcdeF"));
    }
}
