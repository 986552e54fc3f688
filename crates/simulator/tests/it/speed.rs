//! How fast the simulator prepares, serves and decrypts, so that it is never what a benchmark measures.

use std::time::Instant;

use wework_finance_sdk::cipher::{Mark, encrypt};

use crate::harness::{Simulator, slow_tests_are_off};
use crate::sdk_library::{Sdk, decrypt, library};

const MESSAGES: u64 = 50_000;
const DECRYPTIONS: u32 = 200_000;
/// What a release build must reach; a debug build a tenth of it.
const PREPARED_PER_S_MIN: f64 = 3_000.0;
const SERVED_PER_S_MIN: f64 = 20_000.0;
const DECRYPTED_PER_S_MIN: f64 = 100_000.0;

fn check(what: &str, count: u64, started: Instant, per_s_min: f64) {
    let per_s = count as f64 / started.elapsed().as_secs_f64();
    println!("{what}: {per_s:.0}/s");
    let share = if cfg!(debug_assertions) { 0.1 } else { 1.0 };
    assert!(per_s > per_s_min * share, "{what}: {per_s:.0}/s");
}

#[test]
fn rates() {
    if slow_tests_are_off() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let simulator = Simulator::start(folder.path(), MESSAGES);
    check("prepared", MESSAGES, started, PREPARED_PER_S_MIN);
    let sdk = Sdk::new(&simulator);
    let started = Instant::now();
    let mut bytes = 0;
    for page in 0..MESSAGES / 1000 {
        bytes += sdk.chat_bytes(page * 1000, 1000).unwrap().len();
    }
    assert!(bytes > MESSAGES as usize * 500);
    check("served", MESSAGES, started, SERVED_PER_S_MIN);
    let library = library();
    let message = encrypt("key", Mark::Plain, &[b'x'; 300]);
    let started = Instant::now();
    for _ in 0..DECRYPTIONS {
        assert_eq!(decrypt(&library, Some("key"), Some(&message)).unwrap().len(), 300);
    }
    check("decrypted", u64::from(DECRYPTIONS), started, DECRYPTED_PER_S_MIN);
}
