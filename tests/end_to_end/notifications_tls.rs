//! Notifications over TLS: delivered where the certificate is trusted, and not a word said where it is not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::program::{Stage, rolecall_with};

type Said = Arc<Mutex<String>>;

/// A certificate for this machine: the configuration of a server that has it, and itself as PEM.
fn certificate() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(made.cert.der());
    let lines: Vec<String> =
        encoded.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    (Arc::new(config), format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")))
}

/// A server that turns to TLS at once, or after `STARTTLS`, and then talks; its port, and all that it was sent.
fn serve(
    config: &Arc<ServerConfig>,
    start_tls: bool,
    talk: impl Fn(&mut dyn ReadWrite, &Said) -> std::io::Result<()> + Send + 'static,
) -> (u16, Said) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = Said::default();
    let (config, record) = (Arc::clone(config), Arc::clone(&said));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if start_tls && in_the_clear(&mut stream, &record).is_err() {
                continue;
            }
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // A client that does not trust the certificate hangs up.
            let _ = talk(&mut StreamOwned::new(connection, stream), &record);
        }
    });
    (port, said)
}

trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

fn in_the_clear(stream: &mut std::net::TcpStream, said: &Said) -> std::io::Result<()> {
    write!(stream, "220 hello\r\n")?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    loop {
        let line = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
        said.lock().unwrap().push_str(&line);
        if line == "STARTTLS" {
            return write!(stream, "220 go on\r\n");
        }
        write!(stream, "250-localhost\r\n250 STARTTLS\r\n")?;
    }
}

fn webhook(stream: &mut dyn ReadWrite, said: &Said) -> std::io::Result<()> {
    let mut bytes = vec![0; 1 << 16];
    let read = stream.read(&mut bytes)?;
    said.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    stream.flush()
}

fn mail(stream: &mut dyn ReadWrite, said: &Said) -> std::io::Result<()> {
    let mut in_data = false;
    loop {
        let mut line = String::new();
        let mut byte = [0];
        while !line.ends_with('\n') {
            stream.read_exact(&mut byte)?;
            line.push(char::from(byte[0]));
        }
        said.lock().unwrap().push_str(&line);
        let answer = match (in_data, line.trim_end()) {
            (true, ".") => "250 taken",
            (true, _) => continue,
            (false, "DATA") => "354 go on",
            (false, line) if line.starts_with("EHLO") => "250-localhost\r\n250 AUTH PLAIN",
            (false, line) if line.starts_with("AUTH") => "235 welcome",
            (false, _) => "250 fine",
        };
        in_data = answer.starts_with("354");
        write!(stream, "{answer}\r\n")?;
        stream.flush()?;
    }
}

#[test]
fn channels_are_reported_over_trusted_tls_and_over_no_other() {
    let (config, pem) = certificate();
    let (https, to_webhook) = serve(&config, false, webhook);
    let (starttls, to_starttls) = serve(&config, true, mail);
    let (tls, to_tls) = serve(&config, false, |stream, said| {
        write!(stream, "220 hello\r\n")?;
        stream.flush()?;
        mail(stream, said)
    });
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("ca.pem"), pem).unwrap();
    std::fs::write(stage.path("url"), format!("https://127.0.0.1:{https}/hunter2")).unwrap();
    std::fs::write(stage.path("password"), "hunter2").unwrap();
    let mut text = "[[notify]]\nname = \"chat\"\nkind = \"webhook\"\nurl = { file = \"url\" }\n".to_owned();
    for (security, port) in [("starttls", starttls), ("tls", tls)] {
        text.push_str(&format!(
            "[[notify]]\nname = \"{security}\"\nkind = \"email\"\nserver = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\nusername = \"u\"\npassword = {{ file = \"password\" }}\nfrom = \"a@example.com\"\nto = [\"b@example.com\"]\n"
        ));
    }
    stage.configure(&text);
    let (path, out) = (stage.text("rolecall.toml"), stage.text("out"));
    let doctor = |environment: &[(&str, &str)]| {
        rolecall_with(&["doctor", "--config", &path, "--out", &out, "--notify"], environment)
    };

    let untrusted = doctor(&[]);
    for name in ["chat", "starttls", "tls"] {
        assert!(untrusted.out.contains(&format!("wrong notification channel `{name}`: ")), "{}", untrusted.out);
    }
    assert!(!untrusted.out.contains("hunter2") && !untrusted.err.contains("hunter2"), "{}", untrusted.out);
    for said in [&to_webhook, &to_starttls, &to_tls] {
        let said = std::mem::take(&mut *said.lock().unwrap());
        assert!(said.is_empty() || (said.contains("STARTTLS") && !said.contains("AUTH")), "{said}");
    }

    let trusted = doctor(&[("SSL_CERT_FILE", &stage.text("ca.pem"))]);
    for name in ["chat", "starttls", "tls"] {
        let reported = format!("ok    notification channel `{name}`: the test message was delivered");
        assert!(trusted.out.contains(&reported), "{}{}", trusted.out, trusted.err);
    }
    assert!(to_webhook.lock().unwrap().contains("POST /hunter2"));
    for said in [&to_starttls, &to_tls] {
        let said = said.lock().unwrap();
        assert!(said.contains("AUTH PLAIN") && said.contains("Subject: Rolecall: a test message"), "{said}");
    }
}
