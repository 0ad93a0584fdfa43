//! `rolecall simulate`: the simulated orgs by themselves.

use std::io::Write;
use std::time::Duration;

use crate::cli::args::SimulateArgs;
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use rolecall_simulate::{Faults, Limits, OrgSource, SimulateOptions, embedded_orgs};

/// The options that the arguments ask for.
pub(crate) fn options(args: &SimulateArgs) -> Result<SimulateOptions, Failure> {
    let mut orgs: Vec<OrgSource> = args.fixtures.iter().cloned().map(OrgSource::Folder).collect();
    for spec in &args.generate {
        orgs.push(OrgSource::Generated(spec.parse().map_err(Failure::usage)?));
    }
    if orgs.is_empty() {
        orgs.extend(embedded_orgs().iter().map(|name| OrgSource::Embedded((*name).to_owned())));
    }
    let faults = match &args.faults {
        Some(spec) => spec.parse::<Faults>().map_err(Failure::usage)?,
        None => Faults::default(),
    };
    let limits = Limits {
        requests_per_minute: args.requests_per_minute,
        token_seconds: args.token_seconds,
        latency: Duration::from_millis(args.latency_ms),
        max_page_size: args.max_page_size,
        ..Limits::default()
    };
    Ok(SimulateOptions { orgs, listen: args.listen, faults, limits, now: args.as_of.unwrap_or_else(clock::now) })
}

/// Serves until it is interrupted. Prints `READY <org> <api_url> <client id> <client secret>`, one line an org.
pub(crate) fn simulate(args: &SimulateArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let options = options(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    runtime.block_on(async {
        let running = rolecall_simulate::start(options).await.map_err(Failure::failed)?;
        for org in running.orgs() {
            writeln!(out, "READY {} {} {} {}", org.name, org.api_url, org.client_id, org.client_secret)?;
        }
        out.flush()?;
        // Interrupted or not able to listen for interrupts: either way it is time to end.
        let _ = tokio::signal::ctrl_c().await;
        running.shutdown().await;
        Ok(Exit::Fine)
    })
}
