//! Stickers that move: valid animated GIF files.
//!
//! Written without compression (a clear code before the code size could grow), which every
//! reader accepts; never larger than 96 × 96 with six frames.

use crate::company::dice::mix;

/// Literal codes 0–127 fit 8-bit codes, so each pixel is one byte.
const MIN_CODE_SIZE: u8 = 7;
const CLEAR_CODE: u8 = 128;
const END_CODE: u8 = 129;
/// Codes grow to 9 bits at entry 256, i.e. 126 entries after a clear code.
const PIXELS_BETWEEN_CLEARS: usize = 120;
const FRAMES: u32 = 6;

/// The animation number `seed` and its side in pixels.
pub fn animation(seed: u64) -> (Vec<u8>, u32) {
    let hash = mix(seed);
    let side = 64 + (hash % 5) as u32 * 8;
    let mut out = b"GIF89a".to_vec();
    out.extend_from_slice(&(side as u16).to_le_bytes());
    out.extend_from_slice(&(side as u16).to_le_bytes());
    out.extend_from_slice(&[0xf6, 0, 0]);
    for index in 0..128_u64 {
        let tint = mix(hash ^ (index / 32));
        out.extend_from_slice(&[
            (tint as u8 | 0x80).wrapping_sub(index as u8 / 2),
            ((tint >> 8) as u8 | 0x60).wrapping_add(index as u8 / 2),
            (tint >> 16) as u8 | 0x40,
        ]);
    }
    out.extend_from_slice(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
    for frame in 0..FRAMES {
        out.extend_from_slice(&[0x21, 0xf9, 4, 0, 12, 0, 0, 0]);
        out.extend_from_slice(&[0x2c, 0, 0, 0, 0]);
        out.extend_from_slice(&(side as u16).to_le_bytes());
        out.extend_from_slice(&(side as u16).to_le_bytes());
        out.extend_from_slice(&[0, MIN_CODE_SIZE]);
        blocks(&mut out, &codes(frame, side));
    }
    out.push(0x3b);
    (out, side)
}

fn codes(frame: u32, side: u32) -> Vec<u8> {
    let mut codes = vec![];
    let centre = i64::from(side / 2);
    let radius = i64::from(side / 4 + frame.min(FRAMES - frame) * 3);
    for (count, position) in (0..side * side).enumerate() {
        if count % PIXELS_BETWEEN_CLEARS == 0 {
            codes.push(CLEAR_CODE);
        }
        let (x, y) = (i64::from(position % side) - centre, i64::from(position / side) - centre);
        let inside = x * x + y * y < radius * radius;
        let eye = y < 0 && (x.abs() - radius / 3).abs() < 3 && (y + radius / 3).abs() < 4;
        codes.push(if eye {
            127
        } else if inside {
            40 + (y + centre) as u8 % 20
        } else {
            2
        });
    }
    codes.push(END_CODE);
    codes
}

fn blocks(out: &mut Vec<u8>, codes: &[u8]) {
    for block in codes.chunks(255) {
        out.push(block.len() as u8);
        out.extend_from_slice(block);
    }
    out.push(0);
}
