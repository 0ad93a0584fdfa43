//! Do blocks hold what they were given, in the same bytes every time?

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::row::Row;
use crate::view::FindingRow;
use rolecall_findings::finding::Status;
use rolecall_findings::severity::Severity;

fn unpacked(block: &Block) -> Value {
    let packed = STANDARD.decode(&block.data).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Codes from ages, as the script does it.
fn codes(ages: &Value) -> Vec<u64> {
    let mut next = 0;
    ages.as_array()
        .unwrap()
        .iter()
        .map(|age| {
            let age = age.as_u64().unwrap();
            let code = next - age;
            next += u64::from(age == 0);
            code
        })
        .collect()
}

/// The texts of a column.
fn texts(block: &Value, column: &str) -> Vec<String> {
    let column = &block["columns"][column];
    let values = column["values"].as_array().unwrap();
    codes(&column["ages"]).iter().map(|code| values[*code as usize].as_str().unwrap().to_owned()).collect()
}

#[test]
fn texts_come_back_whatever_they_hold() {
    let cells = ["b", "a", "b", "</script>", "\u{202e}\u{0}", "", "a", "😀\n\"'"];
    let block = Columns::new(cells.len()).text("name", cells).block("x").unwrap();
    assert_eq!((block.name, block.rows), ("x", cells.len()));
    assert!(block.data.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c)));
    assert_eq!(texts(&unpacked(&block), "name"), cells);
}

#[test]
fn lists_and_numbers_come_back_and_equal_lists_are_kept_once() {
    let block = Columns::new(4)
        .list("roles", [vec!["a", "b"], vec![], vec!["a", "b"], vec!["b"]])
        .numbers("bits", [vec![3, 4], vec![3, 4], vec![], vec![-1]])
        .number("n", [Some(7), None, Some(-2), Some(0)])
        .block("x")
        .unwrap();
    let it = unpacked(&block);
    let roles = &it["columns"]["roles"];
    assert_eq!(codes(&roles["ages"]), [0, 1, 0, 2]);
    assert_eq!(roles["lengths"], serde_json::json!([2, 0, 1]));
    assert_eq!(codes(&roles["items"]), [0, 1, 1]);
    assert_eq!(roles["values"], serde_json::json!(["a", "b"]));
    assert_eq!(it["columns"]["bits"]["items"], serde_json::json!([3, 4, -1]));
    assert_eq!(it["columns"]["n"]["values"], serde_json::json!([7, null, -2, 0]));
}

#[test]
fn same_rows_give_the_same_bytes_and_the_header_holds_no_time() {
    let block = || Columns::new(2).text("b", ["x", "y"]).text("a", ["1", "2"]).block("x").unwrap();
    assert_eq!(block(), block());
    let packed = STANDARD.decode(block().data).unwrap();
    assert_eq!(packed[4..8], [0, 0, 0, 0], "no time");
    assert_eq!(packed[9], 255, "no operating system");
}

/// Findings with random endpoints, permissions and roles: nothing to be saved by their order.
fn scattered(rows: usize) -> Vec<FindingRow> {
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let at: jiff::Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
    (0..rows)
        .map(|n| {
            let client = random(2000);
            let name = format!("Queue Export {client}");
            let endpoint = format!("GET /api/v2/area{}/things/{{thingId}}/part{}", random(40), random(75));
            let permission = format!("area{}:thing{}:view", random(40), random(37));
            FindingRow {
                finding_id: format!("{:016x}", (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                status: Status::Persisting,
                severity: Severity::High,
                check: "gap.declared".to_owned(),
                org: "dev".to_owned(),
                subject_kind: "oauth_client".to_owned(),
                subject_id: format!("{client:08x}-0000-4000-8000-000000000000"),
                subject_name: name.clone(),
                title: format!("{name} cannot call {endpoint}: missing {permission}"),
                detail: "Verdict `denied` for 1 needed call: a required permission is held nowhere.".to_owned(),
                fix: format!("add `{permission}` to its role `Role of {}`", random(900)),
                first_seen: at,
                last_seen: at,
                waived_until: None,
                fact_count: 1,
            }
        })
        .collect()
}

#[test]
fn scattered_findings_take_little_more_than_what_is_random_in_them() {
    let rows = scattered(10_000);
    let block = rows::of(&rows).block("findings").unwrap();
    let each = block.data.len() as f64 / rows.len() as f64;
    // 16 bytes are the id alone; 40 are the four megabytes that a page of 100,000 may have.
    assert!(each < 34.0, "{each:.1} bytes a finding");
}

#[test]
fn sentences_come_back_as_they_were() {
    let mut rows = scattered(300);
    rows[7].title = "\u{e000}\u{f8ff}\u{f000} `\u{e100}` Queue Export".to_owned();
    rows[8].fix = String::new();
    let block = unpacked(&rows::of(&rows).block("findings").unwrap());
    assert!(block["columns"]["title"]["patterns"].as_array().unwrap().len() < 20, "titles were taken apart");
    let names = FindingRow::COLUMNS;
    let cells: Vec<Vec<String>> = names.iter().map(|name| whole(&block, name)).collect();
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(cells.iter().map(|column| column[at].clone()).collect::<Vec<_>>(), row.texts());
    }
}

/// The texts of a column, put together as the script does it.
fn whole(block: &Value, name: &str) -> Vec<String> {
    let column = &block["columns"][name];
    if column["patterns"].is_null() {
        return texts(block, name);
    }
    let word = |code: &Value| block["words"][code.as_u64().unwrap() as usize].as_str().unwrap().to_owned();
    let words = |column: &Value| -> Vec<Vec<String>> {
        let mut slots = column["slots"].as_array().unwrap().iter();
        let forms = codes(&column["forms"]);
        let lengths = forms.iter().map(|form| {
            let pattern = column["patterns"][*form as usize].as_str().unwrap();
            pattern.replace("\u{f8ff}\u{f8ff}", "").replace("\u{f8ff}\u{f000}", "").matches('\u{f000}').count()
        });
        lengths.map(|n| slots.by_ref().take(n).map(word).collect()).collect()
    };
    let own = words(column);
    let forms = codes(&column["forms"]);
    let text_of = |row: usize, code: usize| {
        let mut text = String::new();
        let mut next = own[code].iter();
        let mut pattern = column["patterns"][forms[code] as usize].as_str().unwrap().chars();
        while let Some(c) = pattern.next() {
            match u32::from(c) {
                0xf8ff => text.push(pattern.next().unwrap()),
                0xf000 => text.push_str(next.next().unwrap()),
                n @ 0xe000..0xe100 => {
                    let from = column["repeats"][(n - 0xe000) as usize].as_str().unwrap();
                    text.push_str(&whole(block, from)[row]);
                }
                n @ 0xe100..0xe200 => {
                    let other = &block["columns"][column["beside"][((n - 0xe100) / 16) as usize].as_str().unwrap()];
                    let code = codes(&other["ages"])[row] as usize;
                    text.push_str(&words(other)[code][((n - 0xe100) % 16) as usize]);
                }
                _ => text.push(c),
            }
        }
        text
    };
    codes(&column["ages"]).iter().enumerate().map(|(row, code)| text_of(row, *code as usize)).collect()
}
