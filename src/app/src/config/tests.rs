//! The configuration as a whole: what a good file becomes, and what is said about broken ones.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::error::ConfigErrors;
use super::job::{AccessRows, CheckOverride, DriftPair, MappedPair, MatrixChoice, SecretRef};
use super::{defaults, load, load_with_checks, parse, schema, words};
use crate::notify::settings::{Heartbeat, Security, Shape, Target};
use rolecall_collect::settings::UsersWanted;
use rolecall_findings::history::settings::Keep;
use rolecall_findings::parameters::{Configurable, Globs, Parameter, Value, WholeNumber};
use rolecall_findings::severity::Severity;

const FULL: &str = include_str!("../../../../fixtures/configs/full.toml");
const ORG: &str = "[[org]]\nname = 'dev'\nregion = 'euw1'\nclient_id = { env = 'A' }\nclient_secret = { env = 'B' }\n";

fn fixture(name: &str) -> PathBuf {
    Path::new("../../fixtures/configs").join(name)
}

static HOURS: WholeNumber = WholeNumber { key: "max_hours", what: "Hours.", least: 1, most: 48, default: 24 };
static NAMES: Globs = Globs { key: "ignore", what: "Names.", default: &[] };
static CHECKS: [Configurable; 2] = [
    Configurable { id: "grant.implicit", title: "A check", parameters: &[] },
    Configurable {
        id: "role.unused",
        title: "Another",
        parameters: &[Parameter::Number(&HOURS), Parameter::Globs(&NAMES)],
    },
];

fn messages(errors: &ConfigErrors) -> Vec<&str> {
    errors.problems().iter().map(|problem| problem.message.as_str()).collect()
}

#[test]
fn full_file_becomes_the_job_it_describes() {
    let job = load(&fixture("full.toml")).unwrap();
    let [dev, staging] = job.orgs.as_slice() else { panic!("{:?}", job.orgs) };
    assert_eq!((dev.name.as_str(), dev.environment.as_str()), ("dev", "dev"));
    assert_eq!(dev.api_url, "https://api.mypurecloud.ie");
    assert_eq!(dev.login_url, "https://login.mypurecloud.ie");
    assert_eq!(dev.client_secret, SecretRef::Env("DEV_CLIENT_SECRET".to_owned()));
    assert_eq!(dev.scopes_enforced, None);
    assert_eq!(staging.api_url, "http://127.0.0.1:8080");
    assert_eq!(staging.client_id, SecretRef::File(fixture("secrets/staging-id")));
    let command = ["pass", "show", "genesys/staging"].map(str::to_owned).to_vec();
    assert_eq!(staging.client_secret, SecretRef::Command(command));
    assert_eq!(staging.scopes_enforced, Some(true));
    let (from, to) = ("dev".to_owned(), "staging".to_owned());
    let (kind, left, right) = ("oauth_client".to_owned(), "Dialer".to_owned(), "Outbound Dialer".to_owned());
    let map = vec![MappedPair { kind, from: left, to: right }];
    assert_eq!(job.drift, [DriftPair { from, to, ignore: vec!["role:Sandbox *".to_owned()], map }]);
    assert_eq!(job.needs_files, [fixture("needs.csv")]);
    assert_eq!(job.collect.observed_days, 30);
    assert_eq!(job.collect.service_users.names, ["svc-*", "*integration*"]);
    assert_eq!(job.collect.service_users.emails, ["*@svc.example.com"]);
    assert_eq!(job.collect.service_users.groups, ["Service Accounts"]);
    assert_eq!(job.matrix.source, MatrixChoice::Org);
    assert_eq!(job.matrix.cache_dir, fixture("history/matrix"));
    assert_eq!(job.matrix.overrides, Some(fixture("overrides.toml")));
    assert_eq!(
        job.checks["grant.implicit"],
        CheckOverride { enabled: true, severity: Some(Severity::Low), parameters: Default::default() }
    );
    assert_eq!(job.waivers, Some(fixture("waivers.toml")));
    assert_eq!(job.history_dir, fixture("history"));
    assert_eq!(job.path, fixture("full.toml"));
    assert_eq!(job.report.base_url.as_deref(), Some("https://reports.example.com/rolecall"));
    let [chat, mail] = job.notify.as_slice() else { panic!("{:?}", job.notify) };
    assert_eq!(chat.secret, Some(SecretRef::Env("SECURITY_CHAT_WEBHOOK".to_owned())));
    assert!(matches!(chat.channel.target, Target::Webhook(Shape::Slack)));
    assert_eq!((chat.channel.min_severity, chat.channel.heartbeat), (Severity::Medium, Heartbeat::Weekly));
    assert_eq!((mail.channel.name.as_str(), mail.channel.min_severity), ("audit mail", Severity::Low));
    let Target::Email(email) = &mail.channel.target else { panic!("{:?}", mail.channel) };
    assert_eq!((email.server.as_str(), email.port, email.security), ("smtp.example.com", 587, Security::StartTls));
    assert_eq!((email.from.to_string().as_str(), email.to.len()), ("Rolecall <rolecall@example.com>", 1));
    assert_eq!(mail.secret, Some(SecretRef::File(fixture("secrets/smtp-password"))));
}

#[test]
fn smallest_file_gets_the_defaults() {
    let job = parse(Path::new("/etc/rolecall/rolecall.toml"), ORG).unwrap();
    assert_eq!(job.orgs[0].environment, "");
    assert_eq!(job.orgs[0].scopes_enforced, None);
    assert!(job.drift.is_empty() && job.needs_files.is_empty() && job.checks.is_empty() && job.waivers.is_none());
    assert_eq!((job.collect.requests_per_minute, job.collect.observed_days), (300, 30));
    assert_eq!(job.collect.users, UsersWanted::Service);
    assert_eq!((job.collect.grant_dates, job.collect.audit_days), (true, 0));
    assert_eq!((job.matrix.source, job.matrix.max_age_days), (MatrixChoice::Org, 7));
    assert_eq!(job.matrix.cache_dir, Path::new("/etc/rolecall/history/matrix"));
    assert_eq!(job.fail_on, Severity::High);
    assert_eq!(
        (job.report.formats, job.report.access, job.report.csv_bom),
        (defaults::FORMATS.map(str::to_owned).to_vec(), AccessRows::Auto, false)
    );
    assert_eq!(job.history_dir, Path::new("/etc/rolecall/history"));
    assert_eq!(job.history_keep, Keep { nights: 400, snapshots: 35 });
}

#[test]
fn every_other_word_is_taken() {
    let text = format!(
        "{ORG}[matrix]\nsource='bundled'\n[collect]\nusers='all'\ngrant_dates=false\ndefault_roles=true\naudit_days=365\n\
         [checks]\n'a'=false\n'b'='critical'\n'c'=true\n'd'={{enabled=false}}\n'e'={{}}\n[gate]\nfail_on='info'\n\
         [report]\nformats=['markdown', 'html', 'html']\naccess='all-users'\ncsv_bom=true\n[history]\ndir='/var/nights'\n"
    );
    let job = parse(Path::new("rolecall.toml"), &text).unwrap();
    assert_eq!(job.matrix.source, MatrixChoice::Bundled);
    assert_eq!(job.matrix.cache_dir, Path::new("/var/nights/matrix"));
    assert_eq!(job.collect.users, UsersWanted::All);
    assert!(!job.collect.grant_dates && job.collect.default_roles);
    let checks: Vec<(bool, Option<Severity>)> =
        job.checks.values().map(|check| (check.enabled, check.severity)).collect();
    assert_eq!(checks, [(false, None), (true, Some(Severity::Critical)), (true, None), (false, None), (true, None)]);
    assert_eq!(job.fail_on, Severity::Info);
    assert_eq!(job.report.formats, ["markdown", "html"]);
    assert_eq!((job.report.access, job.report.csv_bom), (AccessRows::AllUsers, true));
}

#[test]
fn file_of_another_system_is_read_alike() {
    let text = format!("\u{feff}{}", FULL.replace('\n', "\r\n"));
    assert_eq!(parse(&fixture("full.toml"), &text).unwrap().orgs.len(), 2);
    let broken = text.replace("requests_per_minute", "requests_per_minutes");
    let errors = parse(&fixture("full.toml"), &broken).unwrap_err();
    let line = FULL.lines().position(|line| line.starts_with("requests_per_minute")).unwrap() + 1;
    assert_eq!(errors.position(&errors.problems()[0]), Some((line, 1)));
}

#[test]
fn mail_server_on_this_machine_needs_no_tls_and_each_security_has_its_port() {
    let job = |more: &str| {
        let keys = "name='m'\nkind='email'\nfrom='a@example.com'\nto=['b@example.com']\n";
        parse(Path::new("rolecall.toml"), &format!("{ORG}[[notify]]\n{keys}{more}"))
    };
    for (more, port) in [
        ("server='smtp.example.com'", 587),
        ("server='smtp.example.com'\nsecurity='tls'", 465),
        ("server='localhost'\nsecurity='none'", 25),
        ("server='::1'\nsecurity='none'\nport=2525", 2525),
    ] {
        let job = job(more).unwrap();
        let Target::Email(email) = &job.notify[0].channel.target else { panic!() };
        assert_eq!((email.port, job.notify[0].secret.as_ref()), (port, None), "{more}");
    }
    for wrong in ["server='10.0.0.1'\nsecurity='none'", "server='localhost.example.com'\nsecurity='none'"] {
        assert!(messages(&job(wrong).unwrap_err())[0].contains("without TLS"), "{wrong}");
    }
}

#[test]
fn matrix_file_and_program_in_a_folder_start_at_the_folder_of_the_file() {
    let org = ORG.replace("{ env = 'B' }", "{ command = ['bin/secret', 'dev'] }");
    let text = format!("{org}[matrix]\nsource = 'needs.csv'\n");
    let job = parse(&fixture("x.toml"), &text).unwrap();
    assert_eq!(job.matrix.source, MatrixChoice::File(fixture("needs.csv")));
    let program = fixture("bin/secret").to_str().unwrap().to_owned();
    assert_eq!(job.orgs[0].client_secret, SecretRef::Command(vec![program, "dev".to_owned()]));
}

#[test]
fn every_broken_fixture_is_explained() {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(fixture("broken")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 20);
    for path in names {
        let errors = load(&path).unwrap_err();
        let shown = errors.to_string().replace("../../fixtures", "fixtures");
        assert!(!shown.contains("hunter2"), "a secret is repeated: {shown}");
        assert!(!format!("{errors:?}{}", errors.render(true)).contains("hunter2"));
        for problem in errors.problems() {
            assert!(errors.position(problem).is_some(), "no line: {}", problem.message);
        }
        insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), shown);
    }
}

#[test]
fn every_key_is_read() {
    // A key that is known but not read would be taken in silence whatever it holds.
    for (section, keys) in schema::sections().iter().skip(1) {
        for key in keys.iter().map(String::as_str) {
            let text = match section.as_str() {
                "[[org]]" => format!("[[org]]\n{key} = 07:32:00\n"),
                "[[notify]]" => {
                    let kinds = words::CHANNEL_KINDS.iter().zip(words::CHANNEL_KEYS);
                    let kind =
                        kinds.filter(|(_, keys)| keys.contains(&key)).map(|(kind, _)| format!("kind = '{kind}'\n"));
                    format!("{ORG}[[notify]]\n{}{key} = 07:32:00\n", kind.collect::<String>())
                }
                other => format!("{ORG}{other}\n{key} = 07:32:00\n"),
            };
            let errors = parse(Path::new("x.toml"), &text).unwrap_err();
            let all = messages(&errors);
            assert!(
                all.iter()
                    .any(|message| message.contains(key) && message.contains("a date")
                        || message.contains("given without")),
                "{section} {key}: {all:?}"
            );
        }
    }
}

#[test]
fn duties_are_read_and_what_is_wrong_with_them_is_named() {
    let one = "[[separation]]\nname = 'x'\nleft = ['a:b:c']\nright = ['d:*']\n";
    let job = parse(Path::new("x.toml"), &format!("{ORG}{one}")).unwrap();
    assert_eq!((job.separation.len(), job.separation[0].right[0].as_str()), (1, "d:*"));
    assert!(parse(Path::new("x.toml"), ORG).unwrap().separation.is_empty());
    for (text, part) in [
        (format!("{one}{one}"), "two [[separation]] are called `x`"),
        (
            "[[separation]]\nname = 'x'\nleft = []\nright = ['d:*']\n".to_owned(),
            "`left` in [[separation]] names no permission",
        ),
        (
            "[[separation]]\nname = 'x'\nleft = ['a[']\nright = ['d:*']\n".to_owned(),
            "`a[` in [[separation]] is no glob",
        ),
        ("[[separation]]\nleft = ['a']\nright = ['d:*']\n".to_owned(), "`name` is missing"),
    ] {
        let errors = parse(Path::new("x.toml"), &format!("{ORG}{text}")).unwrap_err();
        assert!(messages(&errors).iter().any(|message| message.contains(part)), "{text}: {errors}");
    }
}

#[test]
fn unknown_check_is_named_with_the_nearest_known_one() {
    let text = format!("{ORG}[checks]\n'grant.implict' = false\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolecall.toml");
    rolecall_base::store::place::write(&path, text.as_bytes()).unwrap();
    assert!(load(&path).is_ok());
    let errors = load_with_checks(&path, &CHECKS).unwrap_err();
    assert_eq!(messages(&errors), ["unknown check `grant.implict` in [checks]"]);
    assert!(errors.to_string().contains("did you mean `grant.implicit`?"));
}

#[test]
fn parameters_of_a_check_are_taken_and_every_fault_of_them_is_reported_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolecall.toml");
    let load = |checks: &str| {
        rolecall_base::store::place::write(&path, format!("{ORG}[checks]\n{checks}").as_bytes()).unwrap();
        load_with_checks(&path, &CHECKS)
    };
    let job = load("'role.unused' = { max_hours = 0x10, ignore = ['Template *'], severity = 'high' }\n").unwrap();
    let set = &job.checks["role.unused"];
    assert_eq!((set.enabled, set.severity), (true, Some(Severity::High)));
    assert_eq!(set.parameters["max_hours"], Value::Number(16));
    assert_eq!(set.parameters["ignore"], Value::Globs(vec!["Template *".to_owned()]));
    let errors = load(
        "'role.unused' = { max_hours = 49, ignore = [1, ' ', '['], max_huors = 3 }\n'grant.implicit' = { max_hours = 3 }\n",
    )
    .unwrap_err();
    let reported = messages(&errors);
    assert_eq!(reported.len(), 6, "{reported:?}");
    assert_eq!(reported[0], "`max_hours` of check `role.unused` must be between 1 and 48, not 49");
    assert_eq!(reported[1], "`ignore` of check `role.unused` must hold texts, not a number");
    assert_eq!(reported[2], "`ignore` of check `role.unused` holds an empty text");
    assert_eq!(
        reported[4..],
        ["unknown key `max_huors` of check `role.unused`", "unknown key `max_hours` of check `grant.implicit`"]
    );
    assert!(errors.to_string().contains("did you mean `max_hours`?"), "{errors}");
    let errors = load("'role.unused' = { max_hours = '3', ignore = 'x' }\n").unwrap_err();
    let wrong_types = [
        "`max_hours` of check `role.unused` must be a whole number, not a text",
        "`ignore` of check `role.unused` must be a list of texts, not a text",
    ];
    assert_eq!(messages(&errors), wrong_types);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        rolecall_base::store::place::write(&path, bytes).unwrap();
        path
    };
    let latin = write("latin.toml", b"# gr\xfc\xdfe\nclient_secret = 'hunter2'\n");
    let large = write("large.toml", &vec![b'#'; 5 << 20]);
    for (path, part) in [
        (folder.path().join("none.toml"), "there is no configuration file `"),
        (folder.path().to_owned(), "is a folder, not a configuration file"),
        (latin.join("below"), "could not be read"),
        (latin, "latin.toml:1:5"),
        (large, "is too large for a configuration file: over 4 MiB"),
    ] {
        let shown = load(&path).unwrap_err().to_string();
        assert!(shown.starts_with("error: ") && shown.contains(part) && shown.contains("help: "), "{shown}");
        assert!(!shown.contains("hunter2"));
    }
}

#[test]
fn documented_example_is_the_full_fixture_and_every_key_is_documented() {
    let page = include_str!("../../../../docs/configuration.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(example, FULL);
    let keys = schema::sections().iter().flat_map(|(section, keys)| keys.iter().map(move |key| (section, key)));
    for (section, key) in keys.filter(|(section, _)| !section.is_empty()) {
        let heading = format!("### `{section}`");
        let part = page.split(heading.as_str()).nth(1).unwrap_or_else(|| panic!("{section} is not documented"));
        let part = part.split("\n### ").next().unwrap();
        assert!(part.contains(&format!("| `{key}` |")), "{section} {key} is not documented");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_file_is_judged_without_a_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[\\PC\n\t\"'\\[\\]{}=.,#0-9]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = FULL.chars().collect();
        for (at, remove, insert) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + remove).min(text.len());
            text.splice(start..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(errors) = parse(&fixture("full.toml"), &text) {
            prop_assert!(!errors.problems().is_empty());
            prop_assert!(errors.to_string().contains("error: "));
        }
    }

    #[test]
    fn lines_of_the_file_in_any_order_are_judged_without_a_panic(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let lines: Vec<&str> = FULL.lines().collect();
        let text: Vec<&str> = picks.iter().map(|pick| *pick.get(&lines)).collect();
        if let Err(errors) = parse(&fixture("full.toml"), &text.join("\n")) {
            prop_assert!(errors.to_string().contains("error: "));
        }
    }

    #[test]
    fn secret_that_is_written_out_is_never_repeated(
        key in prop::sample::select(vec!["client_secret", "client_id", "clientSecret", "client_secrets", "password"]),
        before in prop::sample::select(vec!["", "{ value = ", "{ env = ", "[", "'''", "{ enviroment = "]),
        quote in prop::sample::select(vec!["\"", "'", ""]),
        tail in "[ \n\"'}\\],=\\[]{0,5}",
    ) {
        let secret = "s3cr-t/with-marks";
        let text = ORG.replace("client_secret =", &format!("{key} = {before}{quote}{secret}{quote}{tail}\nclient_secret ="));
        if let Err(errors) = parse(Path::new("x.toml"), &text) {
            prop_assert!(!errors.to_string().contains(secret), "{}", errors);
        }
    }
}
