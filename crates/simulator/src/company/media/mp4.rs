//! Video: valid, playable MP4 files with one H.264 track.
//!
//! Every macroblock is sent as raw samples (I_PCM, ITU-T H.264 section 7.3.5), so no encoder is
//! needed and the size is easily steered. Samples are never 0, hence no emulation prevention.

use crate::company::dice::mix;

const MACROBLOCK: u32 = 16;
const TIMESCALE: u32 = 1000;
/// The unity matrix of ISO 14496-12 section 8.2.2.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// A film of `seconds` seconds in `frames` pictures of `columns` × `rows` macroblocks.
pub struct Film {
    pub seed: u64,
    pub seconds: u32,
    pub frames: u32,
    pub columns: u32,
    pub rows: u32,
}

/// The film as file bytes.
pub fn film(film: &Film) -> Vec<u8> {
    let samples: Vec<Vec<u8>> = (0..film.frames).map(|frame| sample(film, frame)).collect();
    let head = file_type();
    // The size of moov does not depend on the offset in it, so it is built twice.
    let media_at = head.len() + movie(film, &samples, 0).len() + 8;
    let mut out = head;
    out.extend(movie(film, &samples, media_at as u32));
    out.extend(boxed(*b"mdat", &samples.concat()));
    out
}

fn file_type() -> Vec<u8> {
    boxed(*b"ftyp", b"isom\x00\x00\x02\x00isomiso2avc1mp41")
}

fn boxed(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = ((body.len() + 8) as u32).to_be_bytes().to_vec();
    out.extend_from_slice(&name);
    out.extend_from_slice(body);
    out
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn movie(film: &Film, samples: &[Vec<u8>], media_at: u32) -> Vec<u8> {
    let length = film.seconds * TIMESCALE;
    let mut header = words(&[0, 0, 0, TIMESCALE, length, 0x1_0000, 0x0100_0000, 0, 0]);
    header.extend(words(&MATRIX));
    header.extend(words(&[0, 0, 0, 0, 0, 0, 2]));
    let (width, height) = (film.columns * MACROBLOCK, film.rows * MACROBLOCK);
    let mut track = words(&[3, 0, 0, 1, 0, length, 0, 0, 0, 0]);
    track.extend(words(&MATRIX));
    track.extend(words(&[width << 16, height << 16]));
    let mut handler = words(&[0, 0]);
    handler.extend_from_slice(b"vide");
    handler.extend(words(&[0, 0, 0]));
    handler.extend_from_slice(b"VideoHandler\0");
    let location = boxed(*b"url ", &words(&[1]));
    let references = boxed(*b"dref", &[words(&[0, 1]), location].concat());
    let information = [
        boxed(*b"vmhd", &words(&[1, 0, 0])),
        boxed(*b"dinf", &references),
        boxed(*b"stbl", &sample_table(film, samples, media_at)),
    ];
    let media = [
        boxed(*b"mdhd", &words(&[0, 0, 0, TIMESCALE, length, 0x55c4_0000])),
        boxed(*b"hdlr", &handler),
        boxed(*b"minf", &information.concat()),
    ];
    let track = [boxed(*b"tkhd", &track), boxed(*b"mdia", &media.concat())];
    boxed(*b"moov", &[boxed(*b"mvhd", &header), boxed(*b"trak", &track.concat())].concat())
}

fn sample_table(film: &Film, samples: &[Vec<u8>], media_at: u32) -> Vec<u8> {
    let (width, height) = (film.columns * MACROBLOCK, film.rows * MACROBLOCK);
    let (sequence, picture) = (sequence_parameters(film), picture_parameters());
    let mut configuration = vec![1, 66, 0xc0, 30, 0xff, 0xe1];
    configuration.extend_from_slice(&(sequence.len() as u16).to_be_bytes());
    configuration.extend_from_slice(&sequence);
    configuration.push(1);
    configuration.extend_from_slice(&(picture.len() as u16).to_be_bytes());
    configuration.extend_from_slice(&picture);
    let mut entry = words(&[0, 1, 0, 0, 0, 0, (width << 16) | height]);
    entry.extend(words(&[0x48_0000, 0x48_0000, 0, 1 << 16]));
    entry.extend_from_slice(&[0; 30]);
    entry.extend_from_slice(&[0, 0x18, 0xff, 0xff]);
    entry.extend(boxed(*b"avcC", &configuration));
    let sizes: Vec<u32> = samples.iter().map(|sample| sample.len() as u32).collect();
    let count = film.frames;
    let step = film.seconds * TIMESCALE / count.max(1);
    [
        boxed(*b"stsd", &[words(&[0, 1]), boxed(*b"avc1", &entry)].concat()),
        boxed(*b"stts", &words(&[0, 1, count, step])),
        boxed(*b"stsc", &words(&[0, 1, 1, count, 1])),
        boxed(*b"stsz", &[words(&[0, 0, count]), words(&sizes)].concat()),
        boxed(*b"stco", &words(&[0, 1, media_at])),
    ]
    .concat()
}

/// One access unit: an IDR slice whose macroblocks are all raw, with its length before it.
fn sample(film: &Film, frame: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.unsigned(0);
    bits.unsigned(7);
    bits.unsigned(0);
    bits.fixed(0, 4);
    bits.unsigned(frame % 2);
    bits.fixed(0, 2);
    bits.unsigned(0);
    bits.unsigned(1);
    let hash = mix(film.seed);
    for index in 0..film.columns * film.rows {
        bits.unsigned(25);
        bits.align();
        let (left, top) = (index % film.columns * MACROBLOCK, index / film.columns * MACROBLOCK);
        for y in 0..MACROBLOCK {
            bits.bytes.extend((0..MACROBLOCK).map(|x| {
                let wave = (left + x + frame * 5) ^ (top + y);
                ((wave & 0x7f) + 60) as u8
            }));
        }
        let blue = ((hash & 0x3f) as u32 + 80 + left / 4) as u8;
        let red = (((hash >> 8) & 0x3f) as u32 + 80 + top / 4 + frame) as u8;
        bits.bytes.extend_from_slice(&[blue.max(1); 64]);
        bits.bytes.extend_from_slice(&[red.max(1); 64]);
    }
    bits.fixed(1, 1);
    bits.align();
    let mut out = (bits.bytes.len() as u32 + 1).to_be_bytes().to_vec();
    out.push(0x65);
    out.extend_from_slice(&bits.bytes);
    out
}

/// Baseline profile, level 3, no reordering.
fn sequence_parameters(film: &Film) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x67, 66, 0xc0, 30], free: 0 };
    for value in [0, 0, 2, 0] {
        bits.unsigned(value);
    }
    bits.fixed(0, 1);
    bits.unsigned(film.columns - 1);
    bits.unsigned(film.rows - 1);
    bits.fixed(0b1_1001, 5);
    bits.align();
    bits.bytes
}

/// CAVLC, one slice group, the deblocking filter under control of the slice.
fn picture_parameters() -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x68], free: 0 };
    bits.unsigned(0);
    bits.unsigned(0);
    bits.fixed(0, 2);
    for value in [0, 0, 0] {
        bits.unsigned(value);
    }
    bits.fixed(0, 3);
    for value in [0, 0, 0] {
        bits.unsigned(value);
    }
    bits.fixed(0b1001, 4);
    bits.align();
    bits.bytes
}

/// A bit string, most significant bit first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Unused low bits of the last byte.
    free: u32,
}

impl Bits {
    fn fixed(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << self.free;
            }
        }
    }

    /// The Exp-Golomb code ue(v); the signed code of 0 is the same bit.
    fn unsigned(&mut self, value: u32) {
        let length = (value + 1).ilog2();
        self.fixed(0, length);
        self.fixed(value + 1, length + 1);
    }

    fn align(&mut self) {
        self.free = 0;
    }
}
