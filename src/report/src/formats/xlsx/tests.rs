//! What stands in the parts of a workbook; tests in Python open it as people's programs do.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use super::*;
use crate::assemble::assemble;
use crate::settings::{AccessRows, ReportSettings};
use rolecall_findings::judge::judge;
use rolecall_findings::severity::Severity;
use rolecall_findings::testing::Night;
use rolecall_findings::waivers::Standing;

fn settings() -> ReportSettings {
    ReportSettings {
        version: "0.0.0".to_owned(),
        fail_on: Severity::High,
        access: AccessRows::None,
        csv_bom: false,
        checks_off: std::collections::BTreeSet::new(),
        waivers: Standing::default(),
        trend: Vec::new(),
    }
}

fn night() -> Night {
    let mut night = Night::new();
    night.division("d1", "Home").role("r1", "=1+1", &["routing:queue:view"]).role("r2", "_x0041_\u{0}\u{ffff}", &[]);
    night.client("c1", "@SUM(A1)", &[("r1", "d1")]);
    night
}

fn written() -> Vec<u8> {
    let night = night();
    let evidence = night.evidence();
    let report = assemble(&evidence, judge(&evidence, &BTreeMap::new()), None, &settings());
    let out = tempfile::tempdir().unwrap();
    Xlsx.write(&report, out.path()).unwrap();
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "no temporary file is left");
    fs::read(out.path().join(FILE)).unwrap()
}

#[test]
fn same_night_gives_the_same_bytes() {
    assert!(written() == written());
}

#[test]
fn workbook_holds_no_formula_and_no_link() {
    let bytes = written();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut strings = String::new();
    let mut sheets = 0;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            sheets += 1;
            assert!(!text.contains("<f>") && !text.contains("hyperlink"), "{name}");
            if !name.ends_with("sheet1.xml") {
                assert!(text.contains("<autoFilter ") && text.contains("state=\"frozen\""), "{name}");
            }
        }
        if name == "xl/sharedStrings.xml" {
            strings = text;
        }
    }
    assert_eq!(sheets, 17);
    for name in [">=1+1<", ">@SUM(A1)<", ">_x005F_x0041_␀\u{fffd}<"] {
        assert!(strings.contains(name), "{name}: {strings}");
    }
}
