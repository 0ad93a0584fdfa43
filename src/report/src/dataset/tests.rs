//! What the dataset of a small night looks like, and that a year of them stays in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::{FOLDER, add};
use crate::assemble::assemble;
use crate::settings::{AccessRows, ReportSettings};
use crate::view::Report;
use crate::write::write;
use rolecall_base::coverage::Listing;
use rolecall_base::store::place;
use rolecall_findings::evidence::{Evidence, PairEvidence};
use rolecall_findings::judge::judge;
use rolecall_findings::severity::Severity;
use rolecall_findings::testing::drifted::of_every_kind;
use rolecall_findings::testing::{Night, evidence};
use rolecall_findings::waivers::Standing;

const DAY: &str = "date=2026-11-21";

fn settings() -> ReportSettings {
    let waivers = Standing::default();
    ReportSettings {
        version: "0.0.0".to_owned(),
        fail_on: Severity::High,
        access: AccessRows::None,
        csv_bom: false,
        checks_off: Default::default(),
        waivers,
        trend: Vec::new(),
    }
}

fn report<'a>(evidence: &'a Evidence<'a>) -> Report<'a> {
    assemble(evidence, judge(evidence, &BTreeMap::new()), None, &settings())
}

fn org(name: &str) -> Night {
    let mut night = Night::of_org(name);
    night.division("d1", "Home").division("d2", "Sales; EMEA");
    night.role("r1", "Reporting", &["routing:queue:view", "directory:user:view"]).role("r2", "Empty", &[]);
    night.client("c1", "Queue Dashboard", &[("r1", "d1"), ("r1", "d2")]).client("c2", "Idle", &[]);
    night.need("Queue Dashboard", "POST /api/v2/analytics/queues/observations/query", "");
    night
}

/// Each file under a folder, by its path there, with its bytes.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// The rows of a file, each with its columns by name.
fn rows(root: &Path, table: &str, org: &str) -> Vec<BTreeMap<String, Field>> {
    let path = root.join(table).join(format!("org={org}")).join(DAY).join("part-0.parquet");
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().into_columns().into_iter().collect()).collect()
}

fn text(text: &str) -> Field {
    Field::Str(text.to_owned())
}

fn items(field: &Field) -> Vec<&Field> {
    let Field::ListInternal(list) = field else { panic!("{field} is no list") };
    list.elements().iter().collect()
}

#[test]
fn cells_keep_their_types_and_what_is_not_known_is_null() {
    let mut night = org("dev");
    night.snapshot.oauth_clients[0].created = Some("2026-01-02T03:04:05.678Z".parse().unwrap());
    night.snapshot.oauth_clients[1].created = None;
    let evidence = night.evidence();
    let root = tempfile::tempdir().unwrap();
    add(&report(&evidence), root.path()).unwrap();

    let clients = rows(root.path(), "oauth_clients", "dev");
    let [dashboard, idle] = clients.as_slice() else { panic!("{} clients", clients.len()) };
    assert_eq!(dashboard["run_id"], text("2026-11-21T02-00-00Z"));
    assert!(!dashboard.contains_key("org"), "the org is the name of a folder");
    assert_eq!(dashboard["created"], Field::TimestampMicros(1_767_323_045_678_000));
    assert_eq!(items(&dashboard["divisions"]), [&text("Home"), &text("Sales; EMEA")], "a list needs no separator");
    assert_eq!((&idle["created"], items(&idle["roles"]).len()), (&Field::Null, 0), "an empty list is not NULL");

    let runs = rows(root.path(), "runs", "dev");
    assert_eq!((&runs[0]["complete"], &runs[0]["oauth_clients"]), (&Field::Bool(true), &Field::Long(2)));
    assert_eq!(runs[0]["why"], Field::Null, "an empty text is NULL");
    let date = rolecall_matrix::bundled::matrix().date.unwrap();
    let days = date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    assert!(matches!(runs[0]["matrix_date"], Field::Date(_) | Field::Null), "{}", runs[0]["matrix_date"]);
    if let Field::Date(found) = runs[0]["matrix_date"] {
        assert_eq!(i64::from(found), days);
    }
}

#[test]
fn rows_of_every_table_stand_with_their_org() {
    let (dev, staging) = (org("dev"), org("staging"));
    let mut evidence = evidence(&[&dev, &staging]);
    let drift = Some(of_every_kind("Robot"));
    evidence.pairs = vec![PairEvidence { from: "dev".to_owned(), to: "staging".to_owned(), drift }];
    let report = report(&evidence);
    let root = tempfile::tempdir().unwrap();
    add(&report, root.path()).unwrap();
    let tables = &report.tables;
    let both = |table: &str| [rows(root.path(), table, "dev").len(), rows(root.path(), table, "staging").len()];
    let findings = rows(root.path(), "findings", "__HIVE_DEFAULT_PARTITION__").len();
    assert_eq!(both("findings").iter().sum::<usize>() + findings, tables.findings.len());
    assert_eq!(both("gaps").iter().sum::<usize>(), tables.gaps.len());
    assert_eq!(both("grants"), [2, 2]);
    assert_eq!(both("permissions").iter().sum::<usize>(), tables.permissions.len());
    assert_eq!(both("endpoints"), [tables.endpoints.len(); 2], "what all orgs agree on is a row of each");
    assert_eq!(both("drift"), [0, tables.drift.len()], "a pair stands with its right side");
    assert_eq!(both("blockers"), [0, tables.blockers.len()]);
    assert!(!tables.drift.is_empty() && !tables.blockers.is_empty());
    assert_eq!(both("pairs"), [0, 1]);
    assert_eq!(both("listings"), [Listing::ALL.len(); 2]);
    assert_eq!(both("runs"), [1, 1]);
}

#[test]
fn lists_of_many_items_and_many_rows_read_back_as_they_were() {
    let mut night = org("dev");
    let names: Vec<String> = (0..700).map(|at| format!("a{at:03}:b:c")).collect();
    for at in 0..40 {
        let some: Vec<&str> = names.iter().skip(at * 17).map(String::as_str).collect();
        night.role(&format!("s{at:02}"), &format!("Some {at:02}"), &some);
    }
    let evidence = night.evidence();
    let report = report(&evidence);
    let root = tempfile::tempdir().unwrap();
    add(&report, root.path()).unwrap();
    let read = rows(root.path(), "roles", "dev");
    assert_eq!(read.len(), report.tables.roles.len());
    for (row, read) in report.tables.roles.iter().zip(&read) {
        assert_eq!(read["name"], text(&row.name));
        let wanted: Vec<Field> = row.permissions.iter().map(|name| text(name)).collect();
        assert_eq!(items(&read["permissions"]), wanted.iter().collect::<Vec<_>>(), "{}", row.name);
    }
}

#[test]
fn org_that_was_not_read_is_reported_and_its_rows_of_the_day_are_gone() {
    let (dev, staging) = (org("dev"), org("staging"));
    let root = tempfile::tempdir().unwrap();
    add(&report(&evidence(&[&dev, &staging])), root.path()).unwrap();
    assert_eq!(rows(root.path(), "grants", "staging").len(), 2);
    let mut night = org("dev");
    night.unread(Listing::Policies);
    night.failed("staging", "the client was refused (invalid_client)");
    add(&report(&night.evidence()), root.path()).unwrap();
    assert_eq!(rows(root.path(), "grants", "staging").len(), 0);
    assert_eq!(rows(root.path(), "endpoints", "staging").len(), 0);
    let run = &rows(root.path(), "runs", "staging")[0];
    assert_eq!((&run["read"], &run["complete"]), (&Field::Bool(false), &Field::Bool(false)));
    assert_eq!((&run["grants"], &run["findings_high"]), (&Field::Null, &Field::Null), "not known is not none");
    assert_eq!(run["why"], text("the client was refused (invalid_client)"));
    let listings = rows(root.path(), "listings", "staging");
    assert!(listings.len() == 18 && listings.iter().all(|row| row["seen"] == text("not read")));
    let listings = rows(root.path(), "listings", "dev");
    let partly: Vec<_> = listings.iter().filter(|row| row["seen"] != text("whole")).collect();
    assert_eq!(partly.len(), 1);
    assert_eq!(partly[0]["listing"], text("access policies"));
}

#[test]
fn same_night_again_gives_the_same_files_and_other_nights_and_orgs_stay() {
    let (dev, staging) = (org("dev"), org("staging"));
    let root = tempfile::tempdir().unwrap();
    let both = evidence(&[&dev, &staging]);
    add(&report(&both), root.path()).unwrap();
    let first = files(root.path());
    add(&report(&both), root.path()).unwrap();
    assert!(files(root.path()) == first, "written again it differs");

    let mut later = evidence(&[&dev]);
    later.as_of = "2026-11-22T02:00:00Z".parse().unwrap();
    add(&report(&later), root.path()).unwrap();
    let all = files(root.path());
    assert!(first.iter().all(|(path, bytes)| all[path] == *bytes), "the previous run was changed");
    let days: BTreeSet<&str> = all.keys().filter_map(|path| path.split('/').nth(2)).collect();
    assert_eq!(days, BTreeSet::from([DAY, "date=2026-11-22"]));
    assert!(!all.keys().any(|path| path.contains("org=staging/date=2026-11-22")), "nobody asked staging");
}

#[test]
fn night_that_cannot_be_added_leaves_the_file_before_and_is_not_in_runs() {
    let dev = org("dev");
    let root = tempfile::tempdir().unwrap();
    let evidence = dev.evidence();
    add(&report(&evidence), root.path()).unwrap();
    let before = files(root.path());
    let mut later = dev.evidence();
    later.as_of = "2026-11-21T14:00:00Z".parse().unwrap();
    // Something else stands where the folder of a table would be.
    fs::remove_dir_all(root.path().join("listings")).unwrap();
    place::write(&root.path().join("listings"), b"in the way").unwrap();
    let error = add(&report(&later), root.path()).unwrap_err().to_string();
    assert!(error.contains("listings") && error.contains("`dataset` under `[report]`"), "{error}");
    let runs = "runs/org=dev/date=2026-11-21/part-0.parquet";
    assert_eq!(files(root.path())[runs], before[runs], "`runs` still knows the earlier run alone");
    assert_eq!(rows(root.path(), "grants", "dev")[0]["run_id"], text("2026-11-21T14-00-00Z"));
    assert!(!files(root.path()).keys().any(|path| path.contains("/.")), "nothing unfinished is left");
}

#[test]
fn dataset_of_a_run_is_whole_and_goes_when_it_is_not_asked_for() {
    let dev = org("dev");
    let evidence = dev.evidence();
    let report = report(&evidence);
    let out = tempfile::tempdir().unwrap();
    let written = write(&report, &["parquet"], out.path()).unwrap();
    let lasting = tempfile::tempdir().unwrap();
    add(&report, lasting.path()).unwrap();
    assert!(files(&written.folder.join(FOLDER)) == files(lasting.path()));
    place::write(&written.folder.join(FOLDER).join("stray"), b"x").unwrap();
    write(&report, &["parquet"], out.path()).unwrap();
    assert!(!written.folder.join(FOLDER).join("stray").exists(), "it ends up as if it were new");
    write(&report, &[] as &[&str], out.path()).unwrap();
    assert!(!written.folder.join(FOLDER).exists());
}

#[test]
fn every_table_and_column_is_documented() {
    let page = include_str!("../../../../docs/dataset.md");
    let night = org("dev");
    let evidence = night.evidence();
    let root = tempfile::tempdir().unwrap();
    add(&report(&evidence), root.path()).unwrap();
    for table in fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        assert!(page.contains(&format!("| `{table}` |")), "docs/dataset.md lacks the table {table}");
    }
    for table in ["runs", "listings", "pairs"] {
        let path = root.path().join(table).join("org=dev").join(DAY).join("part-0.parquet");
        let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
        let schema = reader.metadata().file_metadata().schema().get_fields().to_vec();
        let part = page.split(&format!("### `{table}`")).nth(1).unwrap_or_else(|| panic!("no section {table}"));
        let part = part.split("\n### ").next().unwrap().split("\n## ").next().unwrap();
        for field in schema.iter().filter(|field| field.name() != "run_id") {
            assert!(part.contains(&format!("`{}`", field.name())), "docs/dataset.md lacks {table}.{}", field.name());
        }
    }
}
