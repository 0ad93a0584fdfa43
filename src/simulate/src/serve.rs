//! Starting and stopping a simulated region.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::connection::{self, CuttableListener, Peer};
use super::error::SimulateError;
use super::fixture::Parts;
use super::generate;
use super::last_night;
use super::options::{OrgSource, SimulateOptions};
use super::org::SimOrg;
use super::record::RequestRecord;
use super::region::{Server, handle};

/// A running region. Dropping it stops it from taking connections.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    orgs: Vec<RunningOrg>,
    server: Arc<Server>,
    stop: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

/// How to reach one org of a running region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningOrg {
    /// Its name.
    pub name: String,
    /// The auditor's OAuth client.
    pub client_id: String,
    /// The auditor's secret.
    pub client_secret: String,
    /// Base of its API, without a trailing slash.
    pub api_url: String,
    /// Base of its login service, without a trailing slash.
    pub login_url: String,
}

/// Starts serving. Must be called within a Tokio runtime.
///
/// # Errors
/// When an org cannot be read or made, a fault names what no org knows, or the address cannot be listened on.
pub async fn start(options: SimulateOptions) -> Result<Running, SimulateError> {
    let orgs = options.orgs.iter().map(|source| build(source, options.now)).collect::<Result<Vec<_>, _>>()?;
    if orgs.is_empty() {
        return Err(SimulateError::Orgs("no org to serve; name at least one".to_owned()));
    }
    for (at, org) in orgs.iter().enumerate() {
        if let Some(twin) = orgs.iter().take(at).find(|other| other.name == org.name || other.auditor == org.auditor) {
            let what = format!(
                "the orgs `{}` and `{}` have the same name or auditor client; give them different names",
                twin.name, org.name
            );
            return Err(SimulateError::Orgs(what));
        }
    }
    options.faults.check(&orgs).map_err(SimulateError::Faults)?;
    let failed = |error: std::io::Error| SimulateError::Listen { address: options.listen, why: error.to_string() };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let addr = connection::address(&listener, options.listen);
    let url = format!("http://{addr}");
    let reachable = orgs.iter().map(|org| RunningOrg {
        name: org.name.clone(),
        client_id: org.auditor.clone(),
        client_secret: org.secret(&org.auditor).unwrap_or("").to_owned(),
        api_url: url.clone(),
        login_url: url.clone(),
    });
    let reachable = reachable.collect();
    let server = Arc::new(Server::new(orgs, options.faults, options.limits, options.now));
    let router = Router::new().fallback(handle).with_state(Arc::clone(&server));
    let service = router.into_make_service_with_connect_info::<Peer>();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let serving = axum::serve(CuttableListener(listener), service).into_future();
        tokio::select! {
            _ = serving => {}
            _ = stopped => {}
        }
    });
    Ok(Running { addr, orgs: reachable, server, stop: Some(stop), task })
}

fn build(source: &OrgSource, now: Timestamp) -> Result<SimOrg, SimulateError> {
    let parts = match source {
        OrgSource::Embedded(name) => Parts::embedded(name, now)?,
        OrgSource::LastNight(name) => last_night::parts(name, now)?,
        OrgSource::Folder(folder) => Parts::folder(folder, now)?,
        OrgSource::Generated(spec) => generate::parts(spec, now),
    };
    SimOrg::build(parts)
}

impl Running {
    /// The address that is listened on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base of the region's URLs, without a trailing slash: API and login service are one.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How to reach each org.
    pub fn orgs(&self) -> &[RunningOrg] {
        &self.orgs
    }

    /// Every request so far, in the order of their answers.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.server.requests()
    }

    /// Waits until the server ends, which it does not do by itself.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }

    /// Stops listening. Connections that are open live on until their clients close them.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
