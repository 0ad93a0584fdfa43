//! Ids as the platform writes them, made from numbers: the same always.

/// A GUID made from a kind and a number: the same always.
pub(super) fn guid(kind: u16, number: u64) -> String {
    let mixed = mix(number ^ u64::from(kind) << 48);
    let more = mix(mixed);
    format!(
        "{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}",
        mixed >> 32,
        mixed >> 16 & 0xFFFF,
        mixed & 0xFFF,
        more >> 48 & 0xFFF,
        more & 0xFFFF_FFFF_FFFF
    )
}

/// The finaliser of the splitmix64 generator: a well-mixed number from any number.
pub(super) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
