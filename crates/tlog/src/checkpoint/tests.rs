//! Checkpoints: the golden example, strict reading, and that nothing unsigned gets through.

use super::Checkpoint;
use crate::leaf_hash;
use crate::{Signer, TlogError, Verifier};

const ORIGIN: &str = "xinlu.example/archive";
/// A checkpoint as the first version wrote it; it must read for ever.
const GOLDEN: &str = include_str!("../../testdata/checkpoint.v1");
const GOLDEN_VKEY: &str = include_str!("../../testdata/vkey.v1");

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[42; 32]).unwrap()
}

#[test]
fn the_golden_checkpoint_is_still_what_we_write_and_read() {
    let checkpoint = Checkpoint::new(ORIGIN, 123_456_789_012, leaf_hash(b"golden"));
    assert_eq!(checkpoint.sign(&[&signer()]).unwrap(), GOLDEN);
    assert_eq!(format!("{}\n", signer().verifier()), GOLDEN_VKEY);
    let verifier = Verifier::parse(GOLDEN_VKEY.trim_end()).unwrap();
    assert_eq!(Checkpoint::open(GOLDEN, ORIGIN, &verifier), Ok(checkpoint));
}

#[test]
fn another_log_or_key_is_refused() {
    let refused = Checkpoint::open(GOLDEN, "xinlu.example/audit", &signer().verifier()).unwrap_err();
    assert_eq!(refused.to_string(), "checkpoint is of log xinlu.example/archive, expected xinlu.example/audit");
    let stranger = Signer::from_seed(ORIGIN, &[43; 32]).unwrap().verifier();
    assert_eq!(Checkpoint::open(GOLDEN, ORIGIN, &stranger), Err(TlogError::SignatureMissing));
}

#[test]
fn every_flipped_bit_is_refused() {
    let verifier = signer().verifier();
    for position in 0..GOLDEN.len() {
        for bit in 0..8 {
            let mut bytes = GOLDEN.as_bytes().to_vec();
            bytes[position] ^= 1 << bit;
            let Ok(altered) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(Checkpoint::open(&altered, ORIGIN, &verifier).is_err(), "byte {position} bit {bit}");
        }
    }
}

#[test]
fn extension_lines_are_kept() {
    let mut checkpoint = Checkpoint::new(ORIGIN, 0, crate::EMPTY_ROOT);
    checkpoint.extensions = vec!["one".to_owned(), "two 2".to_owned()];
    let signed = checkpoint.sign(&[&signer()]).unwrap();
    assert_eq!(Checkpoint::open(&signed, ORIGIN, &signer().verifier()), Ok(checkpoint));
}

#[test]
fn malformed_texts_are_refused() {
    let root = crate::EMPTY_ROOT.to_base64();
    let check = |text: String, reason: &'static str| {
        assert_eq!(Checkpoint::from_text(&text), Err(TlogError::CheckpointMalformed { reason }), "{text:?}");
    };
    check(String::new(), "last line has no end");
    check(format!("o\n1\n{root}"), "last line has no end");
    check(format!("\n1\n{root}\n"), "origin is empty");
    check("o\n".to_owned(), "no tree size");
    check("o\n1\n".to_owned(), "no root hash");
    check(format!("o\nx\n{root}\n"), "tree size is not a number");
    check(format!("o\n-1\n{root}\n"), "tree size is not a number");
    check(format!("o\n18446744073709551616\n{root}\n"), "tree size is not a number");
    check(format!("o\n01\n{root}\n"), "tree size is not in its shortest form");
    check(format!("o\n+1\n{root}\n"), "tree size is not in its shortest form");
    check("o\n1\nAAAA\n".to_owned(), "root hash is not 32 bytes in base64");
    check(format!("o\n1\n{}\n", root.trim_end_matches('=')), "root hash is not 32 bytes in base64");
    check(format!("o\n1\n{root}\n\n"), "extension line is empty");
    check(format!("o\n1\n{root}\na\n\nb\n"), "extension line is empty");
}

#[test]
fn what_could_not_be_read_back_is_never_signed() {
    for origin in ["", "a\nb"] {
        let checkpoint = Checkpoint::new(origin, 1, crate::EMPTY_ROOT);
        assert!(checkpoint.sign(&[&signer()]).is_err(), "{origin:?}");
    }
    let mut checkpoint = Checkpoint::new(ORIGIN, 1, crate::EMPTY_ROOT);
    checkpoint.extensions = vec![String::new()];
    assert!(checkpoint.sign(&[&signer()]).is_err());
}
