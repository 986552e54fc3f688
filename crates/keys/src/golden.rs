//! Golden examples of the key file's formats: what was wrapped once must be unwrapped for ever.
//!
//! The file in `testdata/` is never changed. `XINLU_WRITE_GOLDEN=1` writes it when it is missing, and only then.

use std::path::PathBuf;

use xinlu_testkit::SeededRandom;
use zeroize::Zeroizing;

use crate::wrap::{kek_aad, name_key_aad, root_wrap_key, subject_aad, unwrap_key, wrap};
use crate::{Subject, hkdf, secret};

/// Name and bytes of each example, one a line in hexadecimal.
fn golden(made: &[(&str, Vec<u8>)]) -> Vec<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/keys-1.txt");
    if !path.exists() && std::env::var_os("XINLU_WRITE_GOLDEN").is_some() {
        let lines: String = made.iter().map(|(name, bytes)| format!("{name} {}\n", hex::encode(bytes))).collect();
        std::fs::write(&path, lines).unwrap();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let read: Vec<_> = text.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert!(read.iter().zip(made).all(|((name, _), (expected, _))| name == expected));
    read.into_iter().map(|(_, bytes)| hex::decode(bytes).unwrap()).collect()
}

#[test]
fn wrapped_keys_secrets_and_derivations() {
    let random = SeededRandom::new(1);
    let above = root_wrap_key(&[7; 32]);
    let (kek, names, key) = (Zeroizing::new([1; 32]), Zeroizing::new([2; 32]), Zeroizing::new([3; 32]));
    let aad = subject_aad(5, &[4; 16], &[6; 32], 1);
    let derived = Subject::new(5, [4; 16], 1, &key).derive("record key", b"context").to_vec();
    let stored = golden(&[
        ("kek", wrap(&above, random.as_ref(), &kek_aad(1), &kek)),
        ("names", wrap(&kek, random.as_ref(), &name_key_aad(1), &names)),
        ("subject", wrap(&kek, random.as_ref(), &aad, &key)),
        ("secret", secret::seal_secret(&kek, 1, random.as_ref(), "corp", b"text")),
        ("derived", derived.clone()),
        ("hkdf", hkdf(b"secret", b"salt", &[b"in", b"fo"]).to_vec()),
    ]);
    assert_eq!(unwrap_key(&above, &kek_aad(1), &stored[0]), Some(kek.clone()));
    assert_eq!(unwrap_key(&kek, &name_key_aad(1), &stored[1]), Some(names));
    assert_eq!(unwrap_key(&kek, &aad, &stored[2]), Some(key));
    let (epoch, rest) = secret::split(&stored[3]).unwrap();
    assert_eq!(secret::open_secret(&kek, epoch, "corp", rest).unwrap(), b"text");
    assert_eq!(stored[4], derived);
    assert_eq!(stored[5], hkdf(b"secret", b"salt", &[b"info"]));
}
