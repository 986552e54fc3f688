//! Keys come, change and go as files; batches are decrypted in order whatever the number of threads.

use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::{KeyFailure, PrivateKeys, SealedKey};

/// Bytes of a PKCS#8 wrapping in front of the PKCS#1 key of RSA-2048.
const PKCS8_PREFIX: usize = 26;

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn key() -> PrivateDecryptingKey {
    PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key can be made")
}

fn pkcs8(key: &PrivateDecryptingKey) -> Vec<u8> {
    AsDer::as_der(key).expect("a key has a form").as_ref().to_vec()
}

fn seal(key: &PrivateDecryptingKey, version: u32, text: &str) -> SealedKey {
    let public = Pkcs1PublicEncryptingKey::new(key.public_key()).expect("a key has a public half");
    let mut ciphertext = vec![0; public.ciphertext_size()];
    public.encrypt(text.as_bytes(), &mut ciphertext).expect("88 characters fit");
    SealedKey { version, ciphertext }
}

async fn open(keys: &Arc<PrivateKeys>, sealed: Vec<SealedKey>, threads: usize) -> Vec<Result<String, KeyFailure>> {
    let opened = keys.open_all(Arc::new(sealed), threads).await.expect("threads do not fail");
    opened.into_iter().map(|one| one.map(|text| String::from_utf8(text).expect("ASCII"))).collect()
}

#[tokio::test]
async fn keys_arrive_in_both_forms_and_batches_keep_their_order() {
    let folder = TempDir::new().expect("a folder");
    let (first, second) = (key(), key());
    std::fs::write(folder.path().join("1.pem"), pem("PRIVATE KEY", &pkcs8(&first))).expect("written");
    let keys = PrivateKeys::new(folder.path().to_owned());
    keys.rescan().await.expect("scanned");
    assert_eq!((keys.versions(), keys.generation()), (vec![1], 1));
    keys.rescan().await.expect("scanned");
    assert_eq!(keys.generation(), 1, "nothing changed");

    let sealed = || (0..100).map(|number| seal(if number % 2 == 0 { &first } else { &second }, 1 + number % 2, "text"));
    let opened = open(&keys, sealed().collect(), 2).await;
    assert_eq!(opened.len(), 100, "an empty answer would pass what follows");
    assert!(opened.iter().step_by(2).all(|one| one.as_deref() == Ok("text")));
    assert!(opened.iter().skip(1).step_by(2).all(|one| *one == Err(KeyFailure::Missing)));

    let pkcs1 = pkcs8(&second)[PKCS8_PREFIX..].to_vec();
    std::fs::write(folder.path().join("2.pem"), pem("RSA PRIVATE KEY", &pkcs1)).expect("written");
    keys.rescan().await.expect("scanned");
    assert_eq!((keys.versions(), keys.generation()), (vec![1, 2], 2));
    let texts: Vec<String> = (0..40).map(|number| format!("key-{number}")).collect();
    let sealed: Vec<SealedKey> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| seal(if at % 2 == 0 { &first } else { &second }, 1 + at as u32 % 2, text))
        .collect();
    for threads in [1, 2, 7] {
        let opened = open(&keys, sealed.clone(), threads).await;
        assert_eq!(opened, texts.iter().cloned().map(Ok).collect::<Vec<_>>(), "{threads} threads");
    }
    assert_eq!(open(&keys, Vec::new(), 2).await, []);
}

#[tokio::test]
async fn wrong_keys_and_bad_files_are_named() {
    let folder = TempDir::new().expect("a folder");
    let (first, second) = (key(), key());
    std::fs::write(folder.path().join("1.pem"), pem("PRIVATE KEY", &pkcs8(&first))).expect("written");
    std::fs::write(folder.path().join("2.pem"), "nothing").expect("written");
    std::fs::write(folder.path().join("x.pem"), pem("PRIVATE KEY", &pkcs8(&first))).expect("written");
    std::fs::write(folder.path().join("notes.txt"), "not looked at").expect("written");
    let keys = PrivateKeys::new(folder.path().to_owned());
    keys.rescan().await.expect("scanned");
    let names: Vec<String> = keys.bad_files().into_iter().map(|file| file.name).collect();
    assert_eq!((keys.versions(), names), (vec![1], vec!["2.pem".to_owned(), "x.pem".to_owned()]));
    let short = SealedKey { version: 1, ciphertext: vec![1; 10] };
    let opened = open(&keys, vec![seal(&second, 1, "text"), short, seal(&first, 1, "bin\u{7}")], 1).await;
    assert_eq!(opened, vec![Err(KeyFailure::Wrong); 3]);
    let nowhere = PrivateKeys::new(folder.path().join("absent"));
    assert!(nowhere.rescan().await.is_err());
}
