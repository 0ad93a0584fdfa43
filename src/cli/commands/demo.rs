//! `rolecall demo`: the whole job on two embedded orgs, over real HTTP on loopback, on two nights.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;

use super::run;
use crate::cli::args::{DemoArgs, Global, RunArgs};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use rolecall_app::config::words::FORMATS;
use rolecall_app::night;
use rolecall_base::store::place;
use rolecall_report::formats::missing_feature;
use rolecall_simulate::{A_DAY, Faults, Limits, OrgSource, Running, SimulateOptions, embedded_orgs};

/// A simulated org answers as fast as it can: the demo is about the report, not about waiting.
const REQUESTS_PER_MINUTE: u32 = 60_000;

/// Starts the simulated orgs, writes a configuration for them beside the reports, and runs it: first, quietly, for the
/// night before, so that the report has something to compare with; then for this run.
pub(crate) fn demo(args: &DemoArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let as_of = clock::night(args.as_of);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    let folder = args.out.join("demo");
    let config = folder.join("demo.toml");
    let unwritten = |error: std::io::Error| {
        Failure::failed(format!("cannot write the demo's configuration into `{}`: {error}", folder.display()))
    };
    forget(&folder.join(HISTORY)).map_err(unwritten)?;
    if let Ok(last_night) = as_of.checked_sub(A_DAY) {
        let running = runtime
            .block_on(rolecall_simulate::start(options(OrgSource::LastNight, last_night)))
            .map_err(Failure::failed)?;
        write_inputs(&folder, &running, "\"csv\", \"json\"").map_err(unwritten)?;
        let arguments = arguments(&config, &folder.join("last-night"), last_night);
        let quiet = Global { quiet: true, no_progress: true, ..global.clone() };
        run::run(&arguments, &quiet, &mut std::io::sink())?;
        runtime.block_on(running.shutdown());
    }
    let running =
        runtime.block_on(rolecall_simulate::start(options(OrgSource::Embedded, as_of))).map_err(Failure::failed)?;
    write_inputs(&folder, &running, &every_format()).map_err(unwritten)?;
    if !global.quiet {
        let names: Vec<&str> = running.orgs().iter().map(|org| org.name.as_str()).collect();
        let line = format!(
            "simulated orgs {} on {}; configuration in {}",
            names.join(" and "),
            running.base_url(),
            config.display()
        );
        log::say(global, "INFO", &line)?;
    }
    let job = night::load(&config)?;
    let exit = run::run(&arguments(&config, &args.out, as_of), global, out)?;
    runtime.block_on(running.shutdown());
    if !global.quiet {
        let line = format!(
            "ask more of this night, for example:\n  rolecall explain --config {} --principal 'Queue Dashboard' --endpoint 'POST /api/v2/analytics/queues/observations/query'",
            job.path.display()
        );
        log::say(global, "INFO", &line)?;
    }
    // The demo orgs are full of findings on purpose: a demo that ran is a demo that succeeded.
    Ok(if exit == Exit::Findings { Exit::Fine } else { exit })
}

/// The embedded orgs on one night.
fn options(org: fn(String) -> OrgSource, now: Timestamp) -> SimulateOptions {
    SimulateOptions {
        orgs: embedded_orgs().iter().map(|name| org((*name).to_owned())).collect(),
        listen: ([127, 0, 0, 1], 0).into(),
        faults: Faults::default(),
        limits: Limits { requests_per_minute: REQUESTS_PER_MINUTE, ..Limits::default() },
        now,
    }
}

fn arguments(config: &Path, out: &Path, as_of: Timestamp) -> RunArgs {
    RunArgs { config: config.to_owned(), out: out.to_owned(), orgs: Vec::new(), as_of: Some(as_of), fail_on: None }
}

/// Everything that this build can write: the demo shows what there is.
fn every_format() -> String {
    let written = FORMATS.iter().filter(|name| missing_feature(name).is_none());
    written.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// A demo starts afresh: the nights of an earlier one are not those of its orgs.
fn forget(history: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(history) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_inputs(folder: &Path, running: &Running, formats: &str) -> std::io::Result<()> {
    let mut text = String::from("# Written by `rolecall demo`: the simulated orgs of one run.\n");
    for org in running.orgs() {
        let (id, secret) = (format!("{}.client-id", org.name), format!("{}.client-secret", org.name));
        place::write(&folder.join(&id), org.client_id.as_bytes())?;
        place::write(&folder.join(&secret), org.client_secret.as_bytes())?;
        text.push_str(&format!(
            "\n[[org]]\nname = \"{name}\"\nenvironment = \"{name}\"\napi_url = \"{api}\"\nlogin_url = \"{login}\"\nclient_id = {{ file = \"{id}\" }}\nclient_secret = {{ file = \"{secret}\" }}\n",
            name = org.name,
            api = org.api_url,
            login = org.login_url,
        ));
    }
    text.push_str(DEMO_SETTINGS);
    text.push_str(&format!("\n[report]\nformats = [{formats}]\n\n[history]\ndir = \"{HISTORY}\"\n"));
    place::write(&folder.join("needs.csv"), NEEDS.as_bytes())?;
    place::write(&folder.join("demo.toml"), text.as_bytes())
}

const NEEDS: &str = include_str!("../../../fixtures/orgs/needs.csv");

const DEMO_SETTINGS: &str = r#"
[[drift]]
from = "dev"
to = "staging"

[needs]
files = ["needs.csv"]
observed_days = 30

[service_users]
names = ["svc-*"]
emails = ["*@svc.example.com"]

[matrix]
source = "org"

[collect]
requests_per_minute = 60000
users = "all"
default_roles = true
third_party_apps = true
audit_days = 30

[gate]
fail_on = "high"
"#;

/// Where the nights are kept, beside the configuration.
const HISTORY: &str = "history";
