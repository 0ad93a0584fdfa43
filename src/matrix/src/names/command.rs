//! The call that a command line makes: curl, wget, HTTPie, PowerShell. Method and address are read, nothing else is
//! kept: headers and bodies hold tokens.

use crate::endpoint::Method;

/// Options of curl and wget whose next word is not the address.
const WITH_VALUE: [&str; 32] = [
    "-H",
    "--header",
    "-u",
    "--user",
    "-o",
    "--output",
    "-A",
    "--user-agent",
    "-b",
    "--cookie",
    "-c",
    "--cookie-jar",
    "-e",
    "--referer",
    "-x",
    "--proxy",
    "--cacert",
    "-E",
    "--cert",
    "--key",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-w",
    "--write-out",
    "-D",
    "--dump-header",
    "--retry",
    "--resolve",
    "--oauth2-bearer",
    "-r",
    "--range",
];

/// Options that carry a body, which makes the call a POST.
const BODY: [&str; 12] = [
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-ascii",
    "--data-urlencode",
    "-F",
    "--form",
    "--form-string",
    "--json",
    "--post-data",
    "--post-file",
];

/// The method and the address of a command; `None` where the text is no command.
///
/// # Errors
/// When it is a command without an address that can be read.
pub(super) fn read(text: &str) -> Result<Option<(Method, String)>, String> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ").replace("`\r\n", " ").replace("`\n", " ");
    let joined = joined.replace("^\r\n", " ").replace("^\n", " ").replace(['\r', '\n'], " ");
    let words = shlex::split(&joined)
        .unwrap_or_else(|| joined.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect());
    let program = |word: &String| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_lowercase();
        name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
    };
    let Some(at) = words.iter().take(6).position(|word| {
        ["curl", "wget", "invoke-restmethod", "irm", "invoke-webrequest", "iwr"].contains(&program(word).as_str())
    }) else {
        let is_httpie = words.first().is_some_and(|word| ["http", "https", "xh", "xhs"].contains(&word.as_str()));
        return if is_httpie { httpie(words.get(1..).unwrap_or_default()).map(Some) } else { Ok(None) };
    };
    let rest = words.get(at + 1..).unwrap_or_default();
    match words.get(at).map(program).as_deref() {
        Some("curl" | "wget") => curl(rest).map(Some),
        _ => powershell(rest).map(Some),
    }
}

fn no_address() -> String {
    "the command names no address of the API; write the call as 'GET /api/v2/routing/queues'".to_owned()
}

fn method_of(word: &str) -> Result<Method, String> {
    let letters = word.chars().all(|c| c.is_ascii_alphabetic()) && word.len() < 12;
    word.trim().parse().map_err(|()| {
        let word = if letters { format!("`{word}`") } else { "what the command gives as its method".to_owned() };
        format!("{word} is not a method; write one of GET, POST, PUT, PATCH, DELETE, HEAD")
    })
}

/// Whether a word can be an address: a URL, a path, or a variable with a path behind it.
fn is_address(word: &str) -> bool {
    word.contains('/') && !word.contains(char::is_whitespace) && !word.starts_with('-')
}

/// The likeliest of several addresses: one of the API before any other.
fn best(addresses: Vec<String>) -> Result<String, String> {
    let of_api = addresses.iter().find(|word| word.to_ascii_lowercase().contains("/api/v"));
    of_api.or(addresses.first()).cloned().ok_or_else(no_address)
}

fn curl(words: &[String]) -> Result<(Method, String), String> {
    let (mut method, mut body, mut as_query, mut head) = (None, false, false, false);
    let mut addresses = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "|" | "&&" | ";" | "||") || word.starts_with('>') {
            break;
        }
        let (option, glued) = match word.split_once('=').filter(|_| word.starts_with("--")) {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        match option {
            "-X" | "--request" | "--method" => {
                let value = glued.or_else(|| words.next().cloned()).unwrap_or_default();
                method = Some(method_of(&value)?);
            }
            "-I" | "--head" => head = true,
            "-G" | "--get" => as_query = true,
            "--url" => addresses.extend(glued.or_else(|| words.next().cloned())),
            "-T" | "--upload-file" => {
                words.next();
                method = method.or(Some(Method::Put));
            }
            option if BODY.contains(&option) || WITH_VALUE.contains(&option) => {
                body |= BODY.contains(&option);
                words.next_if(|_| glued.is_none());
            }
            option if option.starts_with("-X") => method = Some(method_of(option.get(2..).unwrap_or_default())?),
            option if option.starts_with("-d") || option.starts_with("-F") => body = true,
            // `-sSX POST`: the last of several short options takes the value.
            option if option.starts_with('-') && !option.starts_with("--") && option.len() > 2 => {
                let letters = option.get(1..).unwrap_or_default();
                head |= letters.contains('I');
                as_query |= letters.contains('G');
                match letters.chars().last() {
                    Some('X') => method = Some(method_of(words.next().map(String::as_str).unwrap_or_default())?),
                    Some('d' | 'F') => {
                        body = true;
                        words.next();
                    }
                    Some('H' | 'u' | 'o' | 'A' | 'b' | 'm' | 'w') => {
                        words.next();
                    }
                    _ => {}
                }
            }
            option if option.starts_with('-') => {}
            address if is_address(address) || address.contains('.') => addresses.push(address.to_owned()),
            _ => {}
        }
    }
    let said = if head {
        Method::Head
    } else if body && !as_query {
        Method::Post
    } else {
        Method::Get
    };
    Ok((method.unwrap_or(said), best(addresses)?))
}

fn powershell(words: &[String]) -> Result<(Method, String), String> {
    let (mut method, mut addresses) = (Method::Get, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, glued) = match word.split_once(':').filter(|_| word.starts_with('-')) {
            Some((option, value)) => (option.to_lowercase(), Some(value.to_owned()).filter(|value| !value.is_empty())),
            None => (word.to_lowercase(), None),
        };
        let mut value = || glued.clone().or_else(|| words.next().cloned()).unwrap_or_default();
        match option.as_str() {
            "-method" | "-m" | "-custommethod" => method = method_of(&value())?,
            "-uri" | "-u" => addresses.push(value()),
            "-headers" | "-body" | "-contenttype" | "-outfile" | "-token" | "-authentication" | "-infile" | "-form" => {
                value();
            }
            option if option.starts_with('-') => {}
            _ if is_address(word) => addresses.push(word.clone()),
            _ => {}
        }
    }
    Ok((method, best(addresses)?))
}

fn httpie(words: &[String]) -> Result<(Method, String), String> {
    let (mut method, mut addresses, mut body) = (None, Vec::new(), false);
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        let is_item = |sign: &str| word.contains(sign) && !word.contains("://");
        if let (true, Ok(read)) = (addresses.is_empty() && method.is_none(), word.parse::<Method>()) {
            method = Some(read);
        } else if addresses.is_empty() && is_address(word) {
            addresses.push(word.clone());
        } else if !is_item("==") && (is_item("=") || is_item(":=")) {
            body = true;
        }
    }
    let said = if body { Method::Post } else { Method::Get };
    Ok((method.unwrap_or(said), best(addresses)?))
}
