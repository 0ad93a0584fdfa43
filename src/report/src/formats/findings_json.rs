//! `findings.json`: the findings for machines, in a frozen, versioned shape of its own.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::json;
use crate::error::ReportError;
use crate::format::Format;
use crate::view::{Report, is_open};
use rolecall_findings::checks;
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::standing::Terms;

/// The file.
pub const FILE: &str = "findings.json";

/// The version of the shape: it grows when a key changes its meaning or goes, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// `findings.json`.
pub struct FindingsJson;

impl Format for FindingsJson {
    fn name(&self) -> &'static str {
        "json"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        json::write(&folder.join(FILE), &document(report))
    }
}

/// What the JSON Schema is called: a name, not an address that anything is read from.
pub const SCHEMA_ID: &str = "urn:rolecall:schema:findings:1";

/// The JSON Schema of `findings.json`: what is written, so that every key that is there is required.
pub fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Document<'static>>();
    schema.insert("$id".to_owned(), SCHEMA_ID.into());
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").unwrap_or_default()
}

/// The findings of a night.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Rolecall findings", inline)]
struct Document<'a> {
    /// The version of this shape: 1. Keys may be added; a key that changes its meaning or goes makes it 2.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    /// The program's version.
    rolecall: &'a str,
    /// The run's id.
    run_id: &'a str,
    /// Time of the run: ages and windows are counted from it, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    as_of: String,
    /// Whether everything that was asked for was read. Where false, a finding that is not here is not therefore gone.
    complete: bool,
    /// The verdict of the night in one sentence.
    sentence: &'a str,
    /// Counts.
    summary: Summary<'a>,
    /// What there is to know about the checks that found something, by id.
    checks: BTreeMap<&'a str, CheckText>,
    /// The findings: worst first, then by check, org, subject and id.
    findings: Vec<Item<'a>>,
}

/// Counts of findings.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Summary<'a> {
    /// All findings.
    total: usize,
    /// Those that are neither resolved nor waived.
    open: usize,
    /// The gate.
    gate: GateText<'a>,
    /// Open findings by severity.
    by_severity: BySeverity,
    /// All findings by status; only those that occur.
    by_status: BTreeMap<&'a str, usize>,
    /// Open findings by check.
    by_check: BTreeMap<&'a str, usize>,
    /// Open findings by org.
    by_org: BTreeMap<&'a str, usize>,
}

/// The gate.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct GateText<'a> {
    /// Open findings at or above this severity fail it.
    fail_on: Severity,
    /// How many there are.
    at_or_above: usize,
    /// `passed`, `failed` or `not-known`.
    #[schemars(extend("enum" = ["passed", "failed", "not-known"]))]
    result: &'a str,
    /// 0, 1, or 3 where something is not known.
    #[schemars(extend("enum" = [0, 1, 3]))]
    exit_code: u8,
}

impl<'a> GateText<'a> {
    pub(super) fn of(report: &'a Report<'_>) -> Self {
        let gate = &report.run.gate;
        Self { fail_on: gate.fail_on, at_or_above: gate.at_or_above, result: gate.as_str(), exit_code: gate.exit_code }
    }
}

/// Open findings by severity.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(inline)]
struct BySeverity {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

/// What there is to know about a check.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct CheckText {
    /// Its title.
    title: &'static str,
    /// What it looks for.
    what: &'static str,
    /// Why that matters.
    why: &'static str,
    /// What to do about it.
    remedy: &'static str,
    /// Where this is known from.
    reference: &'static str,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Item<'a> {
    /// Stable across nights, orderings and versions.
    id: &'a str,
    /// `new`, `worse`, `persisting`, `better`, `resolved`, `reopened`, `waived` or `incomparable`.
    #[schemars(extend("enum" = Status::ALL.map(Status::as_str)))]
    status: &'a str,
    /// How bad it is.
    severity: Severity,
    /// The check that found it.
    check: &'a str,
    /// The org; empty where it is about no single one.
    org: &'a str,
    /// What it is about.
    subject: SubjectText<'a>,
    /// The finding in one line.
    title: &'a str,
    /// What was seen.
    detail: &'a str,
    /// What to do.
    fix: &'a str,
    /// The single facts behind it.
    facts: &'a [String],
    /// The first night it was seen.
    #[schemars(extend("format" = "date-time"))]
    first_seen: String,
    /// The last night it was seen.
    #[schemars(extend("format" = "date-time"))]
    last_seen: String,
    /// Until when it is waived; null where it is not.
    #[schemars(extend("format" = "date"))]
    waived_until: Option<String>,
    /// On what terms it is waived; null where it is not.
    waiver: Option<WaiverText<'a>>,
}

/// On what terms a finding is waived.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct WaiverText<'a> {
    /// Why.
    reason: &'a str,
    /// Who answers for it.
    owner: &'a str,
    /// Where it was decided; null where the entry does not say.
    ticket: Option<&'a str>,
    /// The last day on which it holds, in UTC.
    #[schemars(extend("format" = "date"))]
    until: String,
    /// The entry's file and line.
    place: &'a str,
}

/// What a finding is about.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct SubjectText<'a> {
    /// A principal kind, or another such as `role`, `need`, `division`, `listing`, `org`; more may come.
    kind: &'a str,
    /// Its id; empty where it has none.
    id: &'a str,
    /// Its name.
    name: &'a str,
}

fn document<'a>(report: &'a Report<'_>) -> Document<'a> {
    let found = |id: &str| report.findings.iter().any(|finding| finding.check == id);
    let checks = checks::metas().filter(|meta| found(meta.id));
    Document {
        schema_version: SCHEMA_VERSION,
        rolecall: &report.run.version,
        run_id: &report.run.id,
        as_of: report.run.as_of.to_string(),
        complete: report.run.complete,
        sentence: &report.sentence,
        summary: summary(report),
        checks: checks
            .map(|meta| {
                let text = CheckText {
                    title: meta.title,
                    what: meta.what,
                    why: meta.why,
                    remedy: meta.remedy,
                    reference: meta.reference,
                };
                (meta.id, text)
            })
            .collect(),
        findings: report.findings.iter().map(|finding| item(finding, report.waivers.waived.get(&finding.id))).collect(),
    }
}

fn summary<'a>(report: &'a Report<'_>) -> Summary<'a> {
    let mut summary = Summary {
        total: report.findings.len(),
        open: 0,
        gate: GateText::of(report),
        by_severity: BySeverity::default(),
        by_status: BTreeMap::new(),
        by_check: BTreeMap::new(),
        by_org: BTreeMap::new(),
    };
    for finding in &report.findings {
        *summary.by_status.entry(finding.status.as_str()).or_default() += 1;
        if !is_open(finding) {
            continue;
        }
        summary.open += 1;
        *summary.by_check.entry(finding.check).or_default() += 1;
        *summary.by_org.entry(&finding.org).or_default() += 1;
        *match finding.severity {
            Severity::Critical => &mut summary.by_severity.critical,
            Severity::High => &mut summary.by_severity.high,
            Severity::Medium => &mut summary.by_severity.medium,
            Severity::Low => &mut summary.by_severity.low,
            Severity::Info => &mut summary.by_severity.info,
        } += 1;
    }
    summary
}

fn item<'a>(finding: &'a Finding, terms: Option<&'a Terms>) -> Item<'a> {
    Item {
        id: &finding.id,
        status: finding.status.as_str(),
        severity: finding.severity,
        check: finding.check,
        org: &finding.org,
        subject: SubjectText { kind: finding.subject.kind, id: &finding.subject.id, name: &finding.subject.name },
        title: &finding.title,
        detail: &finding.detail,
        fix: &finding.fix,
        facts: &finding.facts,
        first_seen: finding.first_seen.to_string(),
        last_seen: finding.last_seen.to_string(),
        waived_until: terms.map(|terms| terms.until.to_string()),
        waiver: terms.map(|terms| WaiverText {
            reason: &terms.reason,
            owner: &terms.owner,
            ticket: terms.ticket.as_deref(),
            until: terms.until.to_string(),
            place: &terms.place,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_names_every_key_of_a_finding() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        let item = &schema["properties"]["findings"]["items"]["properties"];
        for key in ["id", "status", "severity", "check", "org", "subject", "title", "facts", "waived_until", "waiver"] {
            assert!(item[key].is_object(), "{key}: {schema:#}");
        }
    }

    #[test]
    fn published_schema_is_the_one_that_is_printed() {
        let path =
            std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("docs/findings.schema.json");
        let printed = schema();
        assert!(
            std::fs::read_to_string(&path).is_ok_and(|published| published == printed),
            "{} is not what the program prints: write it again with `tests/golden`",
            path.display()
        );
    }

    #[test]
    fn schema_requires_every_key_and_knows_every_word() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        assert_eq!(schema["$id"], SCHEMA_ID);
        let item = &schema["properties"]["findings"]["items"];
        let keys: Vec<&String> = item["properties"].as_object().unwrap().keys().collect();
        assert_eq!(item["required"].as_array().unwrap().len(), keys.len(), "{item:#}");
        assert_eq!(item["properties"]["status"]["enum"].as_array().unwrap().len(), Status::ALL.len());
        assert_eq!(schema["properties"]["schema_version"]["const"], SCHEMA_VERSION);
    }
}
