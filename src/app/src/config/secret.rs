//! What a credential is: the only place that reads the environment, secret files and the output of secret commands.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::job::SecretRef;

/// A password store that asks a person gets this long; nobody is there at night.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// No credential is longer; a device or a wrong file is.
const LARGEST: u64 = 64 << 10;

/// Why a credential could not be had. Never holds a value, nor anything that a command printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {source_name} {why}")]
pub struct SecretError {
    what: String,
    source_name: String,
    why: String,
}

/// The value of a credential. `what` says whose it is, for example `` client_secret of org `dev` ``.
///
/// # Errors
/// When the source is missing, empty, not text, or fails.
pub fn resolve(reference: &SecretRef, what: &str) -> Result<SecretString, SecretError> {
    resolve_within(reference, what, COMMAND_LIMIT)
}

fn resolve_within(reference: &SecretRef, what: &str, limit: Duration) -> Result<SecretString, SecretError> {
    let (source_name, value) = match reference {
        SecretRef::Env(name) => (format!("environment variable `{name}`"), from_environment(name)),
        SecretRef::File(path) => (
            format!("file `{}`", path.display()),
            std::fs::File::open(path).map_err(|error| in_words(&error)).and_then(text_of),
        ),
        SecretRef::Command(words) => {
            let program = words.first().map_or("", String::as_str);
            (format!("command `{program}`"), from_command(words, limit))
        }
    };
    value
        .and_then(|value| if value.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(value) })
        .map(SecretString::from)
        .map_err(|why| SecretError { what: what.to_owned(), source_name, why })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn from_environment(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => "is not set".to_owned(),
        std::env::VarError::NotUnicode(_) => "is not UTF-8".to_owned(),
    })
}

/// What is said of more than [`LARGEST`] bytes.
const TOO_LARGE: &str = "gives more than 64 KiB, which no credential has";

/// A text without its last line end.
fn text_of(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| in_words(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(TOO_LARGE.to_owned());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "does not give UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a folder".to_owned(),
        _ => format!("could not be read: {error}"),
    }
}

fn from_command(words: &[String], limit: Duration) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or_else(|| "is empty".to_owned())?;
    let deadline = Instant::now() + limit;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it complains of may name or hold the secret.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "does not exist".to_owned(),
            _ => format!("could not be started: {error}"),
        })?;
    // Read aside: a grandchild that keeps the pipe open must not hold up the night.
    let (sender, receiver) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || sender.send(text_of(output)));
    }
    let output = receiver.recv_timeout(limit);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            // The reader stops at the largest size, and the child may wait for it for ever.
            Ok(None) if Instant::now() < deadline && !matches!(output, Ok(Err(_))) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => break None,
        }
    };
    match (status, output) {
        // It was cut off while it wrote: how it ended then says nothing.
        (Some(_), Ok(Err(why))) if why == TOO_LARGE => Err(why),
        (Some(status), Ok(output)) => succeeded(status).and(output),
        (Some(status), Err(_)) if !status.success() => succeeded(status).map(|()| String::new()),
        (status, output) => {
            if status.is_none() {
                // It may have ended by itself in between.
                let _ = child.kill();
                let _ = child.wait();
            }
            match output {
                Ok(Err(why)) => Err(why),
                _ => Err(format!("did not finish within {} seconds", limit.as_secs_f32())),
            }
        }
    }
}

fn succeeded(status: ExitStatus) -> Result<(), String> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(format!("ended with status {code}; run it by hand to see why")),
        None => Err("was ended by a signal".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const WHAT: &str = "client_secret of org `dev`";

    fn value(reference: &SecretRef) -> Result<String, String> {
        resolve_within(reference, WHAT, Duration::from_millis(1500))
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|error| error.to_string())
    }

    fn shell(script: &str) -> SecretRef {
        SecretRef::Command(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[test]
    fn environment_variable_is_read_and_a_missing_one_is_named() {
        assert_eq!(value(&SecretRef::Env("CARGO_PKG_NAME".to_owned())).as_deref(), Ok("rolecall-app"));
        assert_eq!(
            value(&SecretRef::Env("ROLECALL_NO_SUCH_VARIABLE".to_owned())).unwrap_err(),
            "client_secret of org `dev`: environment variable `ROLECALL_NO_SUCH_VARIABLE` is not set"
        );
    }

    #[test]
    fn file_loses_its_line_end_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let reference = SecretRef::File(path.clone());
        for (content, expected) in
            [("s3cr3t", "s3cr3t"), ("s3cr3t\n", "s3cr3t"), (" s3\r\n", " s3"), ("s3\n\n", "s3\n")]
        {
            rolecall_base::store::place::write(&path, content.as_bytes()).unwrap();
            assert_eq!(value(&reference).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn unusable_files_are_named_without_their_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let reference = SecretRef::File(path.clone());
        assert!(value(&reference).unwrap_err().ends_with("secret` does not exist"));
        for (content, why) in [
            (&b"\n"[..], "is empty"),
            (&b"s3cr3t\xff"[..], "does not give UTF-8"),
            (&[b'x'; 70_000][..], "gives more than 64 KiB, which no credential has"),
        ] {
            rolecall_base::store::place::write(&path, content).unwrap();
            let error = value(&reference).unwrap_err();
            assert!(error.ends_with(why), "{error}");
            assert!(!error.contains("s3cr3t"));
        }
        assert!(value(&SecretRef::File(folder.path().to_owned())).unwrap_err().contains("is a folder"));
    }

    #[test]
    fn command_gives_its_output_and_gets_no_shell() {
        assert_eq!(value(&shell("echo s3cr3t")).as_deref(), Ok("s3cr3t"));
        let reference = SecretRef::Command(["echo", "$HOME; id"].map(str::to_owned).to_vec());
        assert_eq!(value(&reference).as_deref(), Ok("$HOME; id"));
    }

    #[test]
    fn failing_command_is_named_with_its_status_and_without_its_words() {
        for (reference, why) in [
            (shell("echo s3cr3t; echo s3cr3t >&2; exit 3"), "ended with status 3; run it by hand to see why"),
            (shell("kill -9 $$"), "was ended by a signal"),
            (shell("true"), "is empty"),
            (shell("sleep 30"), "did not finish within 1.5 seconds"),
            (shell("echo s3cr3t; exec >&-; sleep 30"), "did not finish within 1.5 seconds"),
            (shell("yes s3cr3t"), "gives more than 64 KiB, which no credential has"),
            (SecretRef::Command(vec!["rolecall-no-such-program".to_owned()]), "does not exist"),
            (SecretRef::Command(Vec::new()), "is empty"),
        ] {
            let error = value(&reference).unwrap_err();
            assert!(error.starts_with("client_secret of org `dev`: command `"), "{error}");
            assert!(error.ends_with(why), "{error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
