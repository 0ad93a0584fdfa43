//! Starts simulated orgs and runs the binary with a clean environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rolecall_simulate::{Limits, OrgSource, RequestRecord, Running, SimulateOptions};
use tempfile::TempDir;

/// Time of the run: ages and windows are counted from it.
pub(crate) const AS_OF: &str = "2026-11-20T02:00:00Z";

/// What a run of the binary left behind.
pub(crate) struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the binary with nothing in its environment.
pub(crate) fn rolecall(arguments: &[&str]) -> Ended {
    rolecall_with(arguments, &[])
}

/// Runs the binary with nothing but these in its environment.
pub(crate) fn rolecall_with(arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    let output = command.args(arguments).env_clear().envs(environment.iter().copied()).output().unwrap();
    Ended {
        code: output.status.code().expect("the program was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Simulated orgs with a configuration for them in a folder of their own.
pub(crate) struct Stage {
    runtime: tokio::runtime::Runtime,
    running: Option<Running>,
    orgs: Vec<OrgSource>,
    pub folder: TempDir,
}

impl Stage {
    /// The embedded orgs, with these faults.
    pub(crate) fn with_faults(faults: &str) -> Self {
        Self::of(&["dev", "staging"], faults)
    }

    /// Some of the embedded orgs, with these faults.
    pub(crate) fn of(names: &[&str], faults: &str) -> Self {
        Self::serving(names.iter().map(|name| OrgSource::Embedded((*name).to_owned())).collect(), faults)
    }

    /// Orgs from wherever, with these faults.
    pub(crate) fn serving(orgs: Vec<OrgSource>, faults: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = start(&runtime, orgs.clone(), faults);
        let stage = Self { runtime, running: Some(running), orgs, folder: tempfile::tempdir().unwrap() };
        stage.configure("");
        stage
    }

    /// The same orgs again, with other faults, at another address.
    pub(crate) fn set_faults(&mut self, faults: &str) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.shutdown());
        }
        self.running = Some(start(&self.runtime, self.orgs.clone(), faults));
        self.configure("");
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// Writes the configuration: the orgs, the demo's needs, and `more` at its end.
    pub(crate) fn configure(&self, more: &str) {
        let mut text = String::new();
        for org in self.running().orgs() {
            std::fs::write(self.path(&format!("{}.id", org.name)), &org.client_id).unwrap();
            std::fs::write(self.path(&format!("{}.secret", org.name)), &org.client_secret).unwrap();
            text.push_str(&format!(
                "[[org]]\nname = \"{0}\"\napi_url = \"{1}\"\nlogin_url = \"{2}\"\nclient_id = {{ file = \"{0}.id\" }}\nclient_secret = {{ file = \"{0}.secret\" }}\n",
                org.name, org.api_url, org.login_url
            ));
        }
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/orgs/needs.csv"), self.path("needs.csv"))
            .unwrap();
        text.push_str(
            "[needs]\nfiles = [\"needs.csv\"]\n[service_users]\nnames = [\"svc-*\"]\nemails = [\"*@svc.example.com\"]\n[collect]\nrequests_per_minute = 60000\nusers = \"all\"\nthird_party_apps = true\n",
        );
        text.push_str(more);
        std::fs::write(self.path("rolecall.toml"), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `rolecall run` into `out`.
    pub(crate) fn run(&self) -> Ended {
        self.run_as_of(AS_OF)
    }

    /// `rolecall run` into `out`, as if it were then.
    pub(crate) fn run_as_of(&self, as_of: &str) -> Ended {
        rolecall(&["run", "--config", &self.text("rolecall.toml"), "--out", &self.text("out"), "--as-of", as_of])
    }

    /// Every request the orgs saw.
    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.running().requests()
    }

    /// Name and API address of each org.
    pub(crate) fn orgs(&self) -> Vec<(String, String)> {
        self.running().orgs().iter().map(|org| (org.name.clone(), org.api_url.clone())).collect()
    }

    /// The client secrets, none of which may appear anywhere.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.running().orgs().iter().map(|org| org.client_secret.clone()).collect()
    }

    /// A CSV file of the newest report, rows as maps by column.
    pub(crate) fn rows(&self, file: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path("out/latest").join(file)).unwrap();
        reader.deserialize().map(|row| row.unwrap()).collect()
    }

    /// A JSON file of the newest report.
    pub(crate) fn json(&self, file: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path("out/latest").join(file)).unwrap()).unwrap()
    }
}

fn start(runtime: &tokio::runtime::Runtime, orgs: Vec<OrgSource>, faults: &str) -> Running {
    let options = SimulateOptions {
        orgs,
        listen: ([127, 0, 0, 1], 0).into(),
        faults: faults.parse().unwrap(),
        // Small pages, so that every list has several.
        limits: Limits { requests_per_minute: 60_000, max_page_size: Some(10), job_polls: (0, 1), ..Limits::default() },
        now: AS_OF.parse().unwrap(),
    };
    runtime.block_on(rolecall_simulate::start(options)).unwrap()
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.shutdown());
        }
    }
}

/// Every file under a folder with its bytes, by relative path.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
