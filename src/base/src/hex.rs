//! Bytes as text: hashes in ids, file names and headers.

/// Bytes as lower-case hexadecimal digits, two a byte.
pub fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().map(|byte| format!("{byte:02x}")).collect()
}
