//! The file as a whole, and every section that is there once.

use std::path::{Path, PathBuf};

use super::checks;
use super::defaults;
use super::job::{Job, MatrixChoice, MatrixConfig, ReportConfig};
use super::notify;
use super::orgs::{compiles, drift, orgs};
use super::probes;
use super::read::{Problems, Section, meant_or_all, require_file, resolve};
use super::separation::separation;
use super::words::{ACCESS, FORMATS, USERS, severities};
use rolecall_collect::settings::{CollectSettings, ServiceUserRules};
use rolecall_findings::history::settings::Keep;
use rolecall_findings::parameters::Configurable;
use rolecall_matrix::overlay::OverlayFile;
use rolecall_report::error::with_feature;
use rolecall_report::formats::missing_feature;

/// The job a file describes; to be used only where `problems` stayed empty. `None` where an org could not be read.
pub(super) fn job(
    top: &Section<'_>,
    path: &Path,
    base: &Path,
    catalogue: Option<&[Configurable]>,
    problems: &mut Problems,
) -> Option<Job> {
    top.deny_unknown(problems);
    let (orgs, names) = orgs(top, base, problems);
    let drift = drift(top, &names, problems);

    let needs = section(top, "needs", "[needs]", problems);
    let mut needs_files = Vec::new();
    for file in needs.texts("files", problems) {
        if let Some(path) = resolve(&file, base, problems) {
            require_file("needs file", &path, &file.span, problems);
            needs_files.push(path);
        }
    }
    let observed_days = needs.number("observed_days", 0, 365, defaults::OBSERVED_DAYS, problems);

    let history = section(top, "history", "[history]", problems);
    let history_dir = history.path("dir", base, problems).map_or(base.join(defaults::HISTORY_DIR), |dir| dir.value);

    let collect = section(top, "collect", "[collect]", problems);
    let collect = CollectSettings {
        requests_per_minute: collect.number("requests_per_minute", 1, 100_000, defaults::REQUESTS_PER_MINUTE, problems),
        users: collect.word("users", &USERS, defaults::USERS, problems),
        service_users: service_users(top, problems),
        observed_days,
        default_roles: collect.boolean("default_roles", defaults::DEFAULT_ROLES, problems),
        grant_dates: collect.boolean("grant_dates", defaults::GRANT_DATES, problems),
        third_party_apps: collect.boolean("third_party_apps", defaults::THIRD_PARTY_APPS, problems),
        audit_days: collect.number("audit_days", 0, 365, defaults::AUDIT_DAYS, problems),
    };

    let gate = section(top, "gate", "[gate]", problems);
    let waivers = section(top, "waivers", "[waivers]", problems).path("file", base, problems).map(|file| {
        require_file("waiver file", &file.value, &file.span, problems);
        file.value
    });
    let report = section(top, "report", "[report]", problems);
    let job = Job {
        path: path.to_owned(),
        orgs,
        drift,
        needs_files,
        collect,
        matrix: matrix(top, base, &history_dir, problems),
        checks: checks::overrides(top, catalogue, problems),
        fail_on: gate.word("fail_on", &severities(), defaults::FAIL_ON, problems),
        waivers,
        report: ReportConfig {
            formats: formats(&report, problems),
            access: report.word("access", &ACCESS, defaults::ACCESS, problems),
            csv_bom: report.boolean("csv_bom", defaults::CSV_BOM, problems),
            dataset: dataset(&report, base, problems),
            base_url: notify::base_url(&report, problems),
        },
        history_dir,
        history_keep: Keep {
            nights: history.number("keep_nights", 0, 100_000, defaults::KEEP_NIGHTS, problems),
            snapshots: history.number("keep_snapshots", 0, 100_000, defaults::KEEP_SNAPSHOTS, problems),
        },
        notify: notify::channels(top, base, problems),
        separation: separation(top, problems),
        probes: probes::probes(top, &names, base, problems),
    };
    (!job.orgs.is_empty()).then_some(job)
}

fn section<'a>(top: &Section<'a>, key: &str, name: &'static str, problems: &mut Problems) -> Section<'a> {
    let section = top.child(key, name, problems);
    section.deny_unknown(problems);
    section
}

fn service_users(top: &Section<'_>, problems: &mut Problems) -> ServiceUserRules {
    let section = section(top, "service_users", "[service_users]", problems);
    let mut globs = |key: &str| -> Vec<String> {
        let globs = section.texts(key, problems);
        globs.iter().filter(|glob| compiles(glob, problems)).map(|glob| glob.value.to_owned()).collect()
    };
    let (names, emails) = (globs("names"), globs("emails"));
    let mut texts = |key: &str| section.texts(key, problems).iter().map(|text| text.value.to_owned()).collect();
    ServiceUserRules { names, emails, groups: texts("groups"), ids: texts("ids") }
}

fn matrix(top: &Section<'_>, base: &Path, history_dir: &Path, problems: &mut Problems) -> MatrixConfig {
    let section = section(top, "matrix", "[matrix]", problems);
    let source = match section.filled_text("source", problems) {
        None => defaults::MATRIX_SOURCE,
        Some(text) if text.value == "org" => MatrixChoice::Org,
        Some(text) if text.value == "bundled" => MatrixChoice::Bundled,
        Some(text) => match resolve(&text, base, problems) {
            None => defaults::MATRIX_SOURCE,
            Some(path) => {
                if text.value.contains(['/', '.']) || path.exists() {
                    require_file("matrix file", &path, &text.span, problems);
                } else {
                    problems.add_with_help(
                        &text.span,
                        format!("`source` in [matrix] is `{}`, which is no word it knows and no file", text.value),
                        meant_or_all(text.value, &["org", "bundled"]) + ", or the path of a file",
                    );
                }
                MatrixChoice::File(path)
            }
        },
    };
    MatrixConfig {
        source,
        max_age_days: section.number("max_age_days", 0, 3650, defaults::MATRIX_MAX_AGE_DAYS, problems),
        cache_dir: section
            .path("cache_dir", base, problems)
            .map_or(history_dir.join(defaults::MATRIX_CACHE), |dir| dir.value),
        overrides: section.path("overrides", base, problems).map(|file| {
            require_file("overlay file", &file.value, &file.span, problems);
            file.value
        }),
        overlay: OverlayFile::default(),
    }
}

/// The folder of the lasting dataset, which a build without Parquet cannot add to.
fn dataset(report: &Section<'_>, base: &Path, problems: &mut Problems) -> Option<PathBuf> {
    let folder = report.path("dataset", base, problems)?;
    if let Some(feature) = missing_feature("parquet") {
        problems.add_with_help(
            &folder.span,
            "this build cannot add to a dataset of Parquet files".to_owned(),
            with_feature(feature),
        );
    }
    Some(folder.value)
}

fn formats(section: &Section<'_>, problems: &mut Problems) -> Vec<String> {
    if section.get("formats").is_none() {
        return defaults::FORMATS.map(str::to_owned).to_vec();
    }
    let mut formats: Vec<String> = Vec::new();
    for format in section.texts("formats", problems) {
        if !FORMATS.contains(&format.value) {
            let message = format!("unknown report format `{}`", format.value);
            problems.add_with_help(&format.span, message, meant_or_all(format.value, &FORMATS));
        } else if let Some(feature) = missing_feature(format.value) {
            let message = format!("this build cannot write report format `{}`", format.value);
            problems.add_with_help(&format.span, message, with_feature(feature));
        } else if formats.iter().all(|known| known != format.value) {
            formats.push(format.value.to_owned());
        }
    }
    formats
}
