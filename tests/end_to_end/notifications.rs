//! Notifications: the real binary tells real servers on loopback, and nothing that they do changes a night.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rolecall_simulate::OrgSource;

use crate::program::{Ended, Stage, files, rolecall};

/// A webhook that answers the nth request with the nth of these, and from then on with the last.
struct Webhook {
    url: String,
    bodies: Arc<Mutex<Vec<serde_json::Value>>>,
}

impl Webhook {
    fn answering(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks/hunter2", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                record.lock().unwrap().push(body(&mut stream));
                let answer = answers.get(number).or(answers.last()).unwrap();
                write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            }
        });
        Self { url, bodies }
    }

    fn take(&self) -> Vec<serde_json::Value> {
        std::mem::take(&mut self.bodies.lock().unwrap())
    }
}

fn body(stream: &mut TcpStream) -> serde_json::Value {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// A mail server without TLS; what it was sent, a text each mail.
fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&mails);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut mail: Option<String> = None;
            write!(stream, "220 hello\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                let answer = match (&mut mail, line.as_str()) {
                    (Some(text), ".") => {
                        record.lock().unwrap().push(std::mem::take(text));
                        mail = None;
                        "250 taken"
                    }
                    (Some(text), line) => {
                        text.push_str(line);
                        text.push('\n');
                        continue;
                    }
                    (None, "DATA") => {
                        mail = Some(String::new());
                        "354 go on"
                    }
                    (None, line) if line.starts_with("EHLO") => "250-localhost\r\n250 AUTH PLAIN",
                    (None, line) if line.starts_with("AUTH") => "235 welcome",
                    (None, _) => "250 fine",
                };
                if write!(stream, "{answer}\r\n").is_err() {
                    break;
                }
            }
        }
    });
    (port, mails)
}

fn channel(name: &str, shape: &str) -> String {
    format!(
        "[[notify]]\nname = \"{name}\"\nkind = \"webhook\"\nshape = \"{shape}\"\nurl = {{ file = \"{name}.url\" }}\n"
    )
}

fn stage(channels: &[(&str, &str, &str)], more: &str) -> Stage {
    let stage = Stage::of(&["dev"], "");
    let mut text = "[report]\nbase_url = \"https://reports.example.com/rolecall/\"\n".to_owned();
    for (name, shape, url) in channels {
        std::fs::write(stage.path(&format!("{name}.url")), url).unwrap();
        text.push_str(&channel(name, shape));
    }
    stage.configure(&(text + more));
    stage
}

/// No file of the run, and nothing that it said, holds the secret part of an address or a password.
fn assert_no_secret(stage: &Stage, ended: &Ended) {
    assert!(!ended.err.contains("hunter2") && !ended.out.contains("hunter2"), "{}", ended.err);
    for folder in ["out", "history"] {
        for (path, bytes) in files(&stage.path(folder)) {
            let found = bytes.windows(7).any(|window| window == b"hunter2");
            assert!(!found, "{}", path.display());
        }
    }
}

#[test]
fn first_night_is_reported_the_next_is_silent_and_after_a_week_there_is_a_sign() {
    let (program, slack, teams) =
        (Webhook::answering(&["200 OK"]), Webhook::answering(&["200 OK"]), Webhook::answering(&["202 Accepted"]));
    let stage = stage(
        &[("program", "json", &program.url), ("slack", "slack", &slack.url), ("teams", "teams", &teams.url)],
        "heartbeat = \"never\"\n",
    );
    let ended = stage.run_as_of("2026-11-01T02:00:00Z");
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert_no_secret(&stage, &ended);
    let reported = program.take();
    assert_eq!(reported.len(), 1);
    let reported = &reported[0];
    assert_eq!((reported["reason"].as_str(), reported["first_night"].as_bool()), (Some("news"), Some(true)));
    assert_eq!(reported["gate"]["result"], "failed");
    let rows = stage.rows("findings.csv");
    let wanted = rows.iter().filter(|row| row["severity"] != "info" && row["status"] == "new").count();
    assert_eq!(reported["findings"]["total"], wanted);
    for named in reported["findings"]["named"].as_array().unwrap() {
        let id = named["finding_id"].as_str().unwrap();
        let row = rows.iter().find(|row| row["finding_id"] == id).unwrap();
        assert_eq!(
            (row["severity"].as_str(), row["check"].as_str()),
            (named["severity"].as_str().unwrap(), named["check"].as_str().unwrap())
        );
        let page = "https://reports.example.com/rolecall/2026-11-01T02-00-00Z/report.html";
        assert_eq!(named["url"], format!("{page}#f={id}"));
        for webhook in [&slack, &teams] {
            assert!(webhook.bodies.lock().unwrap()[0].to_string().contains(id), "all three name {id}");
        }
    }
    assert_eq!((slack.take().len(), teams.take().len()), (1, 1));

    let ended = stage.run_as_of("2026-11-02T02:00:00Z");
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(program.take().is_empty() && slack.take().is_empty() && teams.take().is_empty());
    stage.run_as_of("2026-11-08T02:00:00Z");
    let (beat, silent) = (program.take(), teams.take());
    assert_eq!((beat.len(), beat[0]["reason"].as_str(), silent.len()), (1, Some("heartbeat"), 0));
    assert_eq!(slack.take().len(), 1);

    // Not the nightly job: nobody is notified.
    let snapshot =
        files(&stage.path("history")).into_keys().find(|path| path.ends_with("2026-11-08T02-00-00Z.snapshot.json.gz"));
    let snapshot = stage.path("history").join(snapshot.unwrap());
    let (config, out) = (stage.text("rolecall.toml"), stage.text("audited"));
    let audited = rolecall(&["audit", "--config", &config, "--out", &out, "--snapshot", snapshot.to_str().unwrap()]);
    assert_eq!(audited.code, 1, "{}", audited.err);
    assert!(program.take().is_empty());
}

#[test]
fn night_that_is_not_whole_after_a_whole_one_is_news_and_so_is_the_next_whole_one() {
    let program = Webhook::answering(&["200 OK"]);
    let mut stage = stage(&[("program", "json", &program.url)], "");
    stage.run_as_of("2026-11-01T02:00:00Z");
    program.take();
    let channels = format!("[report]\nbase_url = \"https://reports.example.com\"\n{}", channel("program", "json"));
    stage.set_faults("groups=500");
    stage.configure(&channels);
    let ended = stage.run_as_of("2026-11-02T02:00:00Z");
    assert_eq!(ended.code, 3, "{}", ended.err);
    let reported = program.take();
    assert_eq!((reported.len(), reported[0]["complete"].as_bool()), (1, Some(false)));
    assert_eq!(reported[0]["not_known"][0]["list"], "groups");
    stage.set_faults("");
    stage.configure(&channels);
    stage.run_as_of("2026-11-03T02:00:00Z");
    let reported = program.take();
    assert_eq!((reported.len(), reported[0]["complete"].as_bool()), (1, Some(true)));
}

#[test]
fn trouble_is_waited_out_and_a_dead_channel_changes_nothing_but_what_is_said() {
    let (shaky, busy) =
        (Webhook::answering(&["500 Oops", "200 OK"]), Webhook::answering(&["429 Slow\r\nretry-after: 1", "200 OK"]));
    let dead = format!("http://{}/hunter2", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let reported = stage(&[("shaky", "json", &shaky.url), ("busy", "slack", &busy.url), ("dead", "teams", &dead)], "");
    let unreported = stage(&[], "");
    let (ended, alone) = (reported.run(), unreported.run());
    assert_eq!((ended.code, alone.code), (1, 1), "{}", ended.err);
    assert_eq!((shaky.take().len(), busy.take().len()), (2, 2));
    assert_no_secret(&reported, &ended);
    let complaint = ended.err.lines().find(|line| line.contains("`dead`")).unwrap();
    assert!(complaint.contains("no connection to the webhook") && complaint.contains("(4 attempts)"), "{complaint}");
    assert!(!ended.err.contains("`shaky`"), "{}", ended.err);
    for file in ["findings.csv", "findings.json", "summary.md"] {
        let read = |stage: &Stage| {
            let text = std::fs::read_to_string(stage.path("out/latest").join(file)).unwrap();
            // The orgs listen at other ports, and have other secrets.
            text.lines().filter(|line| !line.contains("127.0.0.1")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(read(&reported), read(&unreported), "{file}");
    }

    // It is notified of what it missed as soon as it lives.
    let alive = Webhook::answering(&["200 OK"]);
    std::fs::write(reported.path("dead.url"), &alive.url).unwrap();
    reported.run_as_of("2026-11-21T02:00:00Z");
    assert!(alive.take()[0].to_string().contains("2026-11-20T02-00-00Z"));
    assert!(shaky.take().is_empty());

    // A secret that cannot be had is no more than another dead channel, also for those who asked for quiet.
    std::fs::remove_file(reported.path("dead.url")).unwrap();
    let (config, out) = (reported.text("rolecall.toml"), reported.text("out"));
    let quiet = |as_of: &str| rolecall(&["run", "--quiet", "--config", &config, "--out", &out, "--as-of", as_of]);
    let ended = quiet("2026-12-21T02:00:00Z");
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.err.contains("`dead`") && ended.err.contains("does not exist"), "{}", ended.err);
}

/// The embedded org `dev`, its OAuth clients renamed by somebody who wants into the channel.
fn hostile_org(folder: &Path) -> OrgSource {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/orgs/dev");
    for (name, bytes) in files(&source) {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let path = folder.join("clients.json");
    let mut clients: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for client in clients.as_array_mut().unwrap() {
        let name =
            format!("<!here>\r\nBcc: x@evil.example\r\n\r\n<script>\u{202e} https://evil.example {}", client["name"]);
        client["name"] = name.into();
    }
    std::fs::write(&path, clients.to_string()).unwrap();
    OrgSource::Folder(folder.to_owned())
}

#[test]
fn mail_arrives_with_names_that_do_no_harm() {
    let (port, mails) = mail_server();
    let slack = Webhook::answering(&["200 OK"]);
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("dev");
    std::fs::create_dir(&org).unwrap();
    let more = format!(
        "[[notify]]\nname = \"mail\"\nkind = \"email\"\nserver = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\nusername = \"rolecall\"\npassword = {{ file = \"password\" }}\nfrom = \"Rolecall <rolecall@example.com>\"\nto = [\"security@example.com\"]\nmin_severity = \"high\"\n"
    );
    let stage = Stage::serving(vec![hostile_org(&org)], "");
    std::fs::write(stage.path("slack.url"), &slack.url).unwrap();
    std::fs::write(stage.path("password"), "hunter2").unwrap();
    stage.configure(&(channel("slack", "slack") + &more));
    let ended = stage.run();
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert_no_secret(&stage, &ended);
    let mails = mails.lock().unwrap().clone();
    assert_eq!(mails.len(), 1, "{}", ended.err);
    assert!(
        mails[0].contains("Subject: Rolecall: first night, ") && mails[0].contains("; gate failed"),
        "{}",
        mails[0]
    );
    let (headers, text) = mails[0].split_once("\n\n").unwrap();
    assert!(text.contains("evil") && !headers.contains("evil") && !headers.contains("\nBcc"), "{headers}");
    assert!(!text.contains("https://evil"), "{text}");
    let reported = slack.take()[0].to_string();
    assert!(
        reported.contains("<!here>  Bcc") && reported.contains("https[:]//evil") && reported.contains("⟦U+202E⟧"),
        "{reported}"
    );
    assert!(!reported.contains("mrkdwn"), "names are text, not markup");
    assert!(mails[0].contains("text/plain") && mails[0].contains("text/html") && !mails[0].contains("hunter2"));
}

#[test]
fn doctor_looks_at_channels_and_sends_only_when_asked() {
    let good = Webhook::answering(&["200 OK"]);
    let stage = stage(&[("good", "slack", &good.url), ("plain", "json", "http://hooks.example.com/hunter2")], "");
    let (config, out) = (stage.text("rolecall.toml"), stage.text("out"));
    let ended = rolecall(&["doctor", "--config", &config, "--out", &out]);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("ok    notification channel `good` is configured (nothing was sent)"), "{}", ended.out);
    assert!(ended.out.contains("wrong notification channel `plain`: `url` is not https"), "{}", ended.out);
    assert!(good.take().is_empty() && !ended.out.contains("hunter2"));
    let ended = rolecall(&["doctor", "--config", &config, "--out", &out, "--notify"]);
    assert!(ended.out.contains("`good`: the test message was delivered"), "{}", ended.out);
    let reported = good.take();
    assert_eq!((reported.len(), reported[0]["text"].as_str()), (1, Some("Rolecall: a test message")));
}
