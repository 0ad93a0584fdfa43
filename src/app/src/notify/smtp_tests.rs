//! Mails to servers on loopback that answer as real ones do on bad days.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::decide::Speech;
use super::delivery_tests::{IMPATIENT, QUICK, block_on};
use super::message::{self, Place};
use super::settings::{Effort, Email, Security, Shape, mailbox};
use super::smtp;
use super::tests::{HOSTILE, busy, channel};

/// A mail server that knows no TLS. What it is sent, line by line.
fn mail_server(greets: &'static str, refuses: Option<(&'static str, &'static str)>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut in_data = false;
            write!(stream, "{greets}\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                record.lock().unwrap().push(line.clone());
                let answer = match (in_data, line.split(' ').next().unwrap_or_default(), refuses) {
                    (true, ".", _) => {
                        in_data = false;
                        "250 taken"
                    }
                    (true, _, _) => continue,
                    (false, verb, Some((refused, answer))) if verb == refused => answer,
                    (false, "EHLO", _) => "250-localhost\r\n250 AUTH PLAIN",
                    (false, "AUTH", _) => "235 welcome",
                    (false, "DATA", _) => {
                        in_data = true;
                        "354 go on"
                    }
                    (false, "QUIT", _) => "221 bye",
                    (false, _, _) => "250 fine",
                };
                if write!(stream, "{answer}\r\n").is_err() {
                    break;
                }
            }
        }
    });
    (port, seen)
}

fn deliver_mail(port: u16, security: Security, effort: &Effort) -> Result<u32, String> {
    let email = Email {
        server: "127.0.0.1".to_owned(),
        port,
        security,
        username: Some("rolecall".to_owned()),
        from: mailbox("Rolecall <rolecall@example.com>").unwrap(),
        to: vec![mailbox("security@example.com").unwrap(), mailbox("Ops <ops@example.com>").unwrap()],
    };
    let about = "2026-11-20T02-00-00Z";
    let date = "2026-11-20T02:05:00Z".parse().unwrap();
    let envelope = smtp::Envelope { email: &email, channel: "mail", about, date };
    let news = busy(HOSTILE);
    let place = Place { base_url: None };
    let message = message::of_the_night(&news, &channel(Shape::Json), None, Speech::News, place, 20);
    block_on(smtp::deliver(&envelope, &message, Some(&SecretString::from("hunter2")), effort))
}

#[test]
fn mail_reaches_everybody_and_no_name_becomes_a_header() {
    let (port, seen) = mail_server("220 hello", None);
    assert_eq!(deliver_mail(port, Security::None, &QUICK), Ok(1));
    let lines = seen.lock().unwrap().clone();
    let text = lines.join("\n");
    for line in ["MAIL FROM:<rolecall@example.com>", "RCPT TO:<security@example.com>", "RCPT TO:<ops@example.com>"] {
        assert!(lines.iter().any(|sent| sent.starts_with(line)), "{text}");
    }
    let mail = text.split("\nDATA\n").nth(1).unwrap();
    let (headers, body) = mail.split_once("\n\n").unwrap();
    assert!(!headers.contains("evil") && !headers.contains("hunter2"), "{headers}");
    for header in [
        "Subject: Rolecall: not everything is known; 2 findings are",
        "Date: Fri, 20 Nov 2026 02:05:00 +0000",
        "Auto-Submitted: auto-generated",
        "Message-ID: <",
        "Content-Type: multipart/alternative",
    ] {
        assert!(headers.contains(header), "{header}: {headers}");
    }
    let page = body.split("Content-Type: text/html").nth(1).unwrap();
    assert!(!mail.contains("hunter2") && !page.contains("<script>") && page.contains("&lt;script&gt;"), "{mail}");
    let again = mail_server("220 hello", None);
    deliver_mail(again.0, Security::None, &QUICK).unwrap();
    let sent_again = again.1.lock().unwrap().join("\n");
    assert_eq!(
        sent_again.split("\nDATA\n").nth(1).map(|mail| mail.replace("QUIT", "")),
        Some(mail.replace("QUIT", ""))
    );
}

#[test]
fn mail_server_that_refuses_is_reported_with_its_code_and_without_its_words() {
    for (refused, answer, said, connections) in [
        ("AUTH", "535 hunter2 is wrong", "answered 535: it refuses the user", 1),
        ("RCPT", "550 no such user hunter2", "answered 550: it refuses an address", 1),
        ("MAIL", "451 later", "answered 451: it cannot take the mail now (3 attempts)", 3),
        ("DATA", "554 spam", "answered 554: it refuses the mail", 1),
    ] {
        let (port, seen) = mail_server("220 hello", Some((refused, answer)));
        let why = deliver_mail(port, Security::None, &QUICK).unwrap_err();
        assert!(why.contains(said) && !why.contains("hunter2"), "{refused}: {why}");
        let greeted = seen.lock().unwrap().iter().filter(|line| line.starts_with("EHLO")).count();
        assert_eq!(greeted, connections, "{refused}");
    }
}

#[test]
fn nothing_is_said_to_a_mail_server_without_the_tls_that_was_asked_for() {
    for security in [Security::StartTls, Security::Tls] {
        let (port, seen) = mail_server("220 hello", None);
        let why = deliver_mail(port, security, &QUICK).unwrap_err();
        assert!(why.contains("mail server") && !why.contains("hunter2"), "{why}");
        let said = seen.lock().unwrap().join("\n");
        assert!(!said.contains("AUTH") && !said.contains("MAIL FROM"), "{security:?}: {said}");
    }
}

#[test]
fn refused_and_silent_mail_servers_are_left_after_their_time() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let why = deliver_mail(port, Security::None, &QUICK).unwrap_err();
    assert!(why.contains("no connection to the mail server"), "{why}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let why = deliver_mail(listener.local_addr().unwrap().port(), Security::None, &IMPATIENT).unwrap_err();
    assert!(why.contains("(3 attempts)"), "{why}");
    assert!(begun.elapsed() < Duration::from_secs(6));
}
