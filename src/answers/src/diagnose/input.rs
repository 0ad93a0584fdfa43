//! What people paste, as text: whatever its encoding, and whether it is text at all.

/// The longest input that is looked at, in bytes. Error bodies have a few hundred.
const LONGEST: usize = 1 << 20;

/// The input, read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pasted {
    /// The text.
    pub text: String,
    /// Whether it is something else than text: compressed, an image, noise.
    pub binary: bool,
    /// Whether it was longer than what is looked at.
    pub cut: bool,
    /// What is worth saying of its encoding.
    pub note: Option<&'static str>,
}

/// Reads bytes as text.
pub(super) fn read(bytes: &[u8]) -> Pasted {
    let cut = bytes.len() > LONGEST;
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return of_text(String::from_utf8_lossy(rest).into_owned(), cut, None);
    }
    for (mark, big) in [(&b"\xff\xfe"[..], false), (&b"\xfe\xff"[..], true)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return of_text(wide(rest, big), cut, Some("it is UTF-16"));
        }
    }
    // A shell that writes UTF-16 does not always write a mark: every second byte of plain text is then zero.
    for (at, big) in [(1, false), (0, true)] {
        let head: Vec<u8> = bytes.iter().skip(at).step_by(2).take(64).copied().collect();
        if head.len() >= 4 && head.iter().filter(|byte| **byte == 0).count() * 10 >= head.len() * 9 {
            return of_text(wide(bytes, big), cut, Some("it is UTF-16"));
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => of_text(text.to_owned(), cut, None),
        // Cut within a character, by us or before us.
        Err(error) if error.error_len().is_none() => {
            of_text(String::from_utf8_lossy(bytes).trim_end_matches('\u{fffd}').to_owned(), cut, None)
        }
        Err(_) => of_text(String::from_utf8_lossy(bytes).into_owned(), cut, Some("some of its bytes are not UTF-8")),
    }
}

fn wide(bytes: &[u8], big: bool) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| {
            let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
            if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        })
        .collect();
    String::from_utf16_lossy(&units)
}

fn of_text(text: String, cut: bool, note: Option<&'static str>) -> Pasted {
    let odd = |c: &char| *c == '\u{fffd}' || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1b}' | '\u{7}'));
    let head = || text.chars().take(4096);
    let binary = head().filter(odd).count() * 10 > head().count();
    Pasted { text, binary, cut, note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_every_encoding_that_a_shell_writes() {
        let text = r#"{"code":"not.found","message":"ü"}"#;
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            little.clone(),
            big.clone(),
        ] {
            let read = read(&bytes);
            assert_eq!((read.text.as_str(), read.binary), (text, false));
        }
    }

    #[test]
    fn noise_is_binary_and_a_stray_byte_is_not() {
        let noise: Vec<u8> = (0..200u16).map(|n| (n * 37 % 256) as u8).collect();
        assert!(read(&noise).binary);
        assert!(!read(b"status 403 caf\xe9 closed, please ask the front desk").binary);
        assert!(!read(&"403 ü".as_bytes()[..5]).binary);
    }
}
