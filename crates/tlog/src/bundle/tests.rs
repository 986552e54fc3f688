//! Bundles there and back, and every way in which one can be broken.

use super::{ENTRY_BYTES_MAX, decode_bundle, push_entry};
use crate::TlogError;

#[test]
fn entries_come_back() {
    let longest = vec![0xff; ENTRY_BYTES_MAX];
    let entries = [b"".as_slice(), b"a", &longest, b"last"];
    let mut bundle = Vec::new();
    for entry in entries {
        push_entry(&mut bundle, entry).unwrap();
    }
    assert_eq!(decode_bundle(&bundle, 4).unwrap(), entries);
}

#[test]
fn bytes_are_those_of_the_specification() {
    let mut bundle = Vec::new();
    push_entry(&mut bundle, b"ab").unwrap();
    push_entry(&mut bundle, &[7; 258]).unwrap();
    assert_eq!(bundle[..6], [0, 2, b'a', b'b', 1, 2]);
    assert_eq!(bundle.len(), 4 + 260);
}

#[test]
fn broken_bundles_name_the_entry() {
    let check = |bytes: &[u8], width, position, reason| {
        assert_eq!(decode_bundle(bytes, width), Err(TlogError::BundleMalformed { position, reason }));
    };
    check(b"", 1, 0, "ends where a length should stand");
    check(b"\0", 1, 0, "ends where a length should stand");
    check(b"\0\x01a", 2, 1, "ends where a length should stand");
    check(b"\0\x01a\0\x02b", 2, 1, "ends inside the entry");
    check(b"\0\x01a\0", 1, 1, "bytes after the last entry");
    check(b"\0\x01a\0\x01b", 1, 1, "bytes after the last entry");
}

#[test]
fn an_entry_beyond_a_u16_is_refused() {
    let mut bundle = Vec::new();
    let refused = push_entry(&mut bundle, &vec![0; ENTRY_BYTES_MAX + 1]).unwrap_err();
    assert_eq!(refused, TlogError::EntryTooLong { length: 65_536 });
    assert!(bundle.is_empty());
}
