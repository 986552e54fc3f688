//! Pictures: valid PNG files of gradients, charts, QR-like squares and paper slips.
//!
//! Pure functions of a number. Never larger than 400 × 400, so that making one stays cheap.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use crate::company::dice::{mix, mix_two};

/// A picture as file bytes with its size in pixels.
pub struct Picture {
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// The picture number `seed`; a square one of 120 × 120 when it is to be a sticker.
pub fn picture(seed: u64, sticker: bool) -> Picture {
    let hash = mix(seed);
    let (width, height) =
        if sticker { (120, 120) } else { (180 + (hash % 12) as u32 * 20, 140 + (hash / 16 % 10) as u32 * 20) };
    let mut rows = Vec::with_capacity((width as usize * 3 + 1) * height as usize);
    for y in 0..height {
        rows.push(0);
        for x in 0..width {
            rows.extend_from_slice(&colour(hash, sticker, (x, y), (width, height)));
        }
    }
    Picture { bytes: encode(&rows, width, height), width, height }
}

fn colour(hash: u64, sticker: bool, (x, y): (u32, u32), (width, height): (u32, u32)) -> [u8; 3] {
    let base = [(hash >> 8) as u8 | 0x40, (hash >> 16) as u8 | 0x40, (hash >> 24) as u8 | 0x40];
    let style = if sticker { 0 } else { (hash >> 40) % 4 };
    match style {
        0 => disc(base, (x, y), (width, height)),
        1 => {
            let bar = x * 8 / width;
            let top = 20 + (mix_two(hash, u64::from(bar)) % u64::from(height - 40)) as u32;
            if x * 8 % width > width / 5 && y > top { base } else { [250, 250, 248] }
        }
        2 => {
            let (cell_x, cell_y) = (x * 29 / width, y * 29 / height);
            let border = cell_x == 0 || cell_y == 0 || cell_x == 28 || cell_y == 28;
            let dark = mix_two(hash, u64::from(cell_x * 64 + cell_y)) & 1 == 1;
            if dark && !border { [20, 20, 24] } else { [255, 255, 255] }
        }
        _ => {
            // Lines of a slip of paper: dark strokes of differing length.
            let line = y / 14;
            let length = width / 3 + (mix_two(hash, u64::from(line)) % u64::from(width / 2)) as u32;
            let ink = y % 14 > 8 && x > 14 && x < length;
            if ink { [70, 72, 80] } else { [246, 243, 232] }
        }
    }
}

fn disc(base: [u8; 3], (x, y): (u32, u32), (width, height): (u32, u32)) -> [u8; 3] {
    let (dx, dy) = (i64::from(x) - i64::from(width / 2), i64::from(y) - i64::from(height / 2));
    let radius = i64::from(width.min(height) / 3);
    let inside = dx * dx + dy * dy < radius * radius;
    let shade = (y * 120 / height) as u8;
    base.map(|part| if inside { 255 - part / 2 } else { part.wrapping_sub(shade / 2) })
}

fn encode(rows: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(rows).expect("writing to memory does not fail");
    let packed = packer.finish().expect("writing to memory does not fail");
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"IDAT", &packed);
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    out.extend_from_slice(&(body.len() as u32).to_be_bytes());
    out.extend_from_slice(&name);
    out.extend_from_slice(body);
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(body);
    out.extend_from_slice(&crc.sum().to_be_bytes());
}
