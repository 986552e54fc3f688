//! The inner cipher gives back what it was given and nothing to a wrong key.

use super::{ENCRYPTED_CHARS_MIN, Mark, decrypt, encrypt};

#[test]
fn every_mark_survives_the_round_trip() {
    let marks = [Mark::Plain, Mark::Abort, Mark::Segfault, Mark::Hang, Mark::Code(10000), Mark::Code(10011)];
    for mark in marks {
        let text = encrypt("key", mark, "你好".as_bytes());
        assert!(text.len() >= ENCRYPTED_CHARS_MIN);
        assert_eq!(decrypt("key", text.as_bytes()), Some((mark, "你好".as_bytes().to_vec())));
    }
}

#[test]
fn an_empty_message_is_still_long_enough_for_the_library() {
    assert!(encrypt("key", Mark::Plain, b"").len() >= ENCRYPTED_CHARS_MIN);
}

#[test]
fn a_wrong_key_a_changed_character_and_garbage_are_refused() {
    let text = encrypt("key", Mark::Plain, b"hello, this is a message");
    assert_eq!(decrypt("other", text.as_bytes()), None);
    let mut changed = text.clone().into_bytes();
    changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
    assert_eq!(decrypt("key", &changed), None);
    assert_eq!(decrypt("key", b"not base64 at all!"), None);
    assert_eq!(decrypt("key", b""), None);
}

#[test]
fn a_changed_mark_is_refused() {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let mut bytes = engine.decode(encrypt("key", Mark::Plain, b"text")).unwrap();
    bytes[0] = 0xA0;
    assert_eq!(decrypt("key", engine.encode(bytes).as_bytes()), None);
}
