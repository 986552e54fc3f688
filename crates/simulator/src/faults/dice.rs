//! Chances that can be repeated: the outcome is a function of the seed, what is drawn for, and a number.

/// FNV-1a, 64 bits.
const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01B3;

/// A number from 0 to below 1 for (`seed`, `what`, `number`).
pub fn draw(seed: u64, what: &str, number: u64) -> f64 {
    let name = hash(what.as_bytes());
    let mixed = mix(seed ^ mix(name ^ mix(number)));
    // The 53 bits that a double can hold.
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// Whether something of chance `ratio` happens.
pub fn happens(seed: u64, what: &str, number: u64, ratio: f64) -> bool {
    ratio > 0.0 && draw(seed, what, number) < ratio
}

/// A number for a text, the same for ever.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(FNV_OFFSET, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

/// The finisher of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
