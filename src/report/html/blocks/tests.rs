//! Do blocks hold what they were given, in the same bytes every time?

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;

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
