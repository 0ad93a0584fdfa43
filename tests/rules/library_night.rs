//! A night run from the library alone, without the command line.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use jiff::Timestamp;
use rolecall_app::night::{self, Request, Session};
use rolecall_app::run::Declared;
use rolecall_collect::Silent;
use rolecall_findings::severity::Severity;
use rolecall_simulate::{Faults, Limits, OrgSource, SimulateOptions, start};

fn as_of() -> Timestamp {
    "2026-08-15T02:00:00Z".parse().unwrap()
}

/// A configuration for one simulated org; its credentials are files beside it.
fn configuration(folder: &Path, org: &rolecall_simulate::RunningOrg) -> std::path::PathBuf {
    let write =
        |name: &str, text: &str| rolecall_base::store::place::write(&folder.join(name), text.as_bytes()).unwrap();
    write("id", &org.client_id);
    write("secret", &org.client_secret);
    write(
        "rolecall.toml",
        &format!(
            "[[org]]\nname = '{}'\nenvironment = 'dev'\napi_url = '{}'\nlogin_url = '{}'\nclient_id = {{ file = 'id' }}\n\
             client_secret = {{ file = 'secret' }}\n[collect]\nrequests_per_minute = 100000\n",
            org.name, org.api_url, org.login_url
        ),
    );
    folder.join("rolecall.toml")
}

#[test]
fn night_runs_from_the_library_alone() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let region = runtime
        .block_on(start(SimulateOptions {
            orgs: vec![OrgSource::Embedded("dev".to_owned())],
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Faults::none(),
            limits: Limits { requests_per_minute: 1_000_000, ..Limits::default() },
            now: as_of(),
        }))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let job = night::load(&configuration(folder.path(), &region.orgs()[0])).unwrap();
    let needs = night::needs(&job).unwrap();
    let targets = night::targets(&night::chosen(&job, &[]).unwrap()).unwrap();
    let out = folder.path().join("reports");
    let request = Request {
        declared: Declared { needs: &needs, waivers: None },
        targets: &targets,
        as_of: as_of(),
        fail_on: Severity::High,
        out: &out,
    };
    let outcome = night::run(&job, &request, &Session { clock: &as_of, progress: &Silent }).unwrap();
    assert!(outcome.at_gate > 0, "{}", outcome.sentence);
    for file in ["report.html", "findings.csv", "run.json", "summary.md"] {
        assert!(outcome.written.folder.join(file).is_file(), "{file}");
    }
    assert_eq!(outcome.record.orgs.len(), 1);
    // The next night finds this one, and sees that nothing has changed.
    let again = Request { as_of: "2026-08-16T02:00:00Z".parse().unwrap(), ..request };
    let outcome = night::run(&job, &again, &Session { clock: &as_of, progress: &Silent }).unwrap();
    assert!(outcome.record.previous.is_some() || outcome.sentence.contains("0 new"), "{}", outcome.sentence);
}
