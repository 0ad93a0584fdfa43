//! Deliveries to servers on loopback that answer as real ones do on bad days.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::settings::Effort;
use super::tests::HOSTILE;
use super::webhook;
use rolecall_collect::retry::Patience;

/// Few and short pauses; a busy machine still has the time that it needs.
pub(super) const QUICK: Effort = Effort {
    attempt: Duration::from_secs(20),
    patience: Patience {
        attempts: 3,
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        longest_retry_after: Duration::from_millis(300),
        ..Patience::PLATFORM
    },
};

/// For servers that never answer.
pub(super) const IMPATIENT: Effort = Effort { attempt: Duration::from_millis(400), ..QUICK };

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A server of one address; `answer` gives what it says to the nth request, or `None` to say nothing.
struct Receiver {
    port: u16,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Receiver {
    fn new(answer: impl Fn(usize) -> Option<&'static str> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                record.lock().unwrap().push((Instant::now(), request(&mut stream)));
                match answer(number) {
                    Some(head) => {
                        write!(stream, "HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
                    }
                    None => held.push(stream),
                }
            }
        });
        Self { port, seen }
    }

    fn deliver(&self) -> Result<u32, String> {
        self.deliver_with(&QUICK)
    }

    fn deliver_with(&self, effort: &Effort) -> Result<u32, String> {
        let url = SecretString::from(format!("http://127.0.0.1:{}/hooks/hunter2", self.port));
        let body = serde_json::json!({ "text": HOSTILE });
        block_on(webhook::deliver(&webhook::address(&url).unwrap(), &body, effort))
    }

    fn requests(&self) -> Vec<(Instant, String)> {
        self.seen.lock().unwrap().clone()
    }
}

fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

#[test]
fn webhook_gets_one_post_of_json() {
    let receiver = Receiver::new(|_| Some("200 OK"));
    assert_eq!(receiver.deliver(), Ok(1));
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].1.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hooks/hunter2 HTTP/1.1") && head.contains("content-type: application/json"));
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["text"], HOSTILE);
}

#[test]
fn trouble_that_passes_is_waited_out() {
    for head in ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Slow down", "408 Timeout"] {
        let receiver = Receiver::new(move |number| Some(if number < 2 { head } else { "202 Accepted" }));
        assert_eq!(receiver.deliver(), Ok(3), "{head}");
    }
    let receiver = Receiver::new(|number| Some(if number == 0 { "429 Slow\r\nretry-after: 1" } else { "200 OK" }));
    assert_eq!(receiver.deliver(), Ok(2));
    let requests = receiver.requests();
    let pause = requests[1].0 - requests[0].0;
    assert!(pause >= Duration::from_millis(290), "as asked, up to the longest that is borne: {pause:?}");
}

#[test]
fn trouble_that_lasts_is_reported_with_its_status_and_without_the_address() {
    for (head, attempts, said) in [
        ("500 Oops", 3, "answered 500"),
        ("429 Slow", 3, "too many messages"),
        ("404 no_service hunter2", 1, "make a new one"),
        ("400 invalid_blocks", 1, "check `shape`"),
        ("403 Forbidden", 1, "refuses the message"),
        ("418 Teapot", 1, "check `url`"),
    ] {
        let receiver = Receiver::new(move |_| Some(head));
        let why = receiver.deliver().unwrap_err();
        assert!(why.contains(said) && !why.contains("hunter2") && !why.contains("127.0.0.1"), "{why}");
        assert_eq!(receiver.requests().len(), attempts, "{head}");
    }
}

#[test]
fn redirect_is_not_followed() {
    let elsewhere = Receiver::new(|_| Some("200 OK"));
    let location: &'static str =
        Box::leak(format!("307 Moved\r\nlocation: http://127.0.0.1:{}/hunter2", elsewhere.port).into_boxed_str());
    let receiver = Receiver::new(move |_| Some(location));
    let why = receiver.deliver().unwrap_err();
    assert!(why.contains("a redirect, which is not followed") && !why.contains("hunter2"), "{why}");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn server_that_does_not_answer_is_left_after_its_time() {
    let receiver = Receiver::new(|_| None);
    let begun = Instant::now();
    let why = receiver.deliver_with(&IMPATIENT).unwrap_err();
    assert!(why.contains("did not answer within 0.4 seconds (3 attempts)"), "{why}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn refused_connection_is_reported_without_the_address() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = SecretString::from(format!("http://127.0.0.1:{port}/hunter2"));
    let why = block_on(webhook::deliver(&webhook::address(&url).unwrap(), &serde_json::json!({}), &QUICK)).unwrap_err();
    assert!(why.contains("no connection to the webhook") && why.contains("refused"), "{why}");
    assert!(!why.contains("hunter2") && !why.contains("127.0.0.1"), "{why}");
}

#[test]
fn address_is_https_or_loopback_and_never_repeated() {
    for good in
        ["https://hooks.example.com/hunter2\n", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:9/x"]
    {
        assert!(webhook::address(&SecretString::from(good)).is_ok(), "{good}");
    }
    for wrong in [
        "http://hooks.example.com/hunter2",
        "http://127.0.0.1.example.com/hunter2",
        "ftp://hunter2",
        "hunter2",
        "https://",
        "file:///hunter2",
    ] {
        let why = webhook::address(&SecretString::from(wrong)).unwrap_err();
        assert!(why.contains("`url`") && !why.contains("hunter2"), "{why}");
    }
}
