//! What is written is read again, and what lies is refused.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::{ZipFault, ZipReader, ZipWriter};

const STAMP: [u16; 6] = [2026, 1, 5, 8, 30, 0];

fn written(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(STAMP);
    let mut out = Vec::new();
    for (name, bytes) in entries {
        zip.begin(name).unwrap();
        for piece in bytes.chunks(1_000) {
            zip.write(piece).unwrap();
            out.extend(zip.take());
        }
    }
    zip.finish().unwrap();
    out.extend(zip.take());
    assert_eq!(zip.ready_bytes(), 0);
    out
}

#[test]
fn entries_come_back() {
    let long: Vec<u8> = (0..100_000_u32).flat_map(|number| number.wrapping_mul(number).to_le_bytes()).collect();
    let bytes = written(&[("说明.txt", "你好".as_bytes()), ("a/long", &long), ("empty", b"")]);
    let mut zip = ZipReader::open(&bytes, 1 << 20).unwrap();
    assert_eq!(zip.read("说明.txt").unwrap().unwrap(), "你好".as_bytes());
    assert_eq!(zip.read("a/long").unwrap().unwrap(), long);
    assert_eq!(zip.read("empty").unwrap().unwrap(), b"");
    assert_eq!(zip.read("absent").unwrap(), None);
    // Bytes after it are a comment to whoever reads, and none at all is no file.
    assert!(ZipReader::open(&bytes[..bytes.len() - 1], 1 << 20).is_err());
    assert!(ZipReader::open(b"PK", 1 << 20).is_err());
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let zeros = vec![0; 8 << 20];
    let bytes = written(&[("bomb", &zeros), ("small", b"x")]);
    assert!(bytes.len() < 64 * 1024, "it is small as it comes: {}", bytes.len());
    let mut zip = ZipReader::open(&bytes, 1 << 30).unwrap();
    assert_eq!(zip.read("bomb"), Err(ZipFault::TooLarge), "a thousand times its size");
    assert_eq!(zip.read("small").unwrap().unwrap(), b"x", "the others are read");

    let text = "<w:t>text</w:t>".repeat(30_000).into_bytes();
    let bytes = written(&[("one", &text), ("two", &text)]);
    let mut zip = ZipReader::open(&bytes, text.len() as u64).unwrap();
    assert_eq!(zip.read("one").unwrap().unwrap().len(), text.len());
    assert_eq!(zip.read("two"), Err(ZipFault::TooLarge), "together they are beyond the limit");
}

#[test]
fn a_declaration_that_is_too_small_is_seen() {
    let mut bytes = written(&[("lies", &vec![7; 5_000])]);
    let central = bytes.windows(4).position(|four| four == [0x50, 0x4b, 1, 2]).unwrap();
    bytes[central + 24..central + 28].copy_from_slice(&10_u32.to_le_bytes());
    assert_eq!(ZipReader::open(&bytes, 1 << 20).unwrap().read("lies"), Err(ZipFault::TooLarge));
    bytes[central + 24..central + 28].copy_from_slice(&5_001_u32.to_le_bytes());
    assert_eq!(ZipReader::open(&bytes, 1 << 20).unwrap().read("lies"), Err(ZipFault::Broken));
}

#[test]
fn no_byte_of_a_file_can_make_reading_fail_otherwise() {
    let good = written(&[("word/document.xml", b"<w:t>text</w:t>"), ("b", b"more")]);
    for place in 0..good.len() {
        for value in [0, 0xff, good[place] ^ 0x40] {
            let mut bytes = good.clone();
            bytes[place] = value;
            if let Ok(mut zip) = ZipReader::open(&bytes, 1 << 20) {
                for name in ["word/document.xml", "b"] {
                    if let Ok(Some(read)) = zip.read(name) {
                        assert!(read == b"<w:t>text</w:t>" || read == b"more", "byte {place} = {value}");
                    }
                }
            }
        }
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&good).unwrap();
    assert!(ZipReader::open(&encoder.finish().unwrap(), 1 << 20).is_err());
}
