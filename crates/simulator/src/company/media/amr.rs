//! Voice: valid AMR-NB files (RFC 4867, section 5) of a given length.
//!
//! Frames of mode 0 (4.75 kbit/s), 13 bytes for 20 ms, as the WeCom client records. What they
//! sound like does not matter; readers find the right length.

use crate::company::dice::mix_two;

const FRAMES_PER_SECOND: u64 = 50;
/// Frame type 0 with the quality bit set.
const FRAME_HEADER: u8 = 0x04;

/// A recording of `seconds` seconds.
pub fn recording(seed: u64, seconds: u64) -> Vec<u8> {
    let mut out = b"#!AMR\n".to_vec();
    for frame in 0..seconds * FRAMES_PER_SECOND {
        out.push(FRAME_HEADER);
        // A syllable lasts about eight frames; between syllables it is quiet.
        let syllable = mix_two(seed, frame / 8);
        let spoken = if syllable.is_multiple_of(4) { 0 } else { syllable };
        out.extend_from_slice(&spoken.to_le_bytes());
        out.extend_from_slice(&(spoken as u32 ^ 0x55).to_le_bytes());
    }
    out
}
