//! The physical limit of intake: bare RSA-2048 PKCS#1 v1.5 decryptions a second on all cores, with the library intake uses.
//!
//! Prints one JSON object. It measures nothing else, so that `cargo xtask bench intake` can relate to it. Its only argument
//! is how many milliseconds to measure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{
    KeySize, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};

/// Long enough for the processor to settle.
const MEASURED_MS: u64 = 4_000;
/// WeCom's random keys have 88 characters.
const KEY_CHARACTERS: usize = 88;

fn main() {
    let measured_ms = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(MEASURED_MS);
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key can be made");
    let der = private.public_key().as_der().expect("a public key has a form").as_ref().to_vec();
    let public = PublicEncryptingKey::from_der(&der).expect("what was written can be read");
    let public = Pkcs1PublicEncryptingKey::new(public).expect("it encrypts");
    let mut sealed = vec![0u8; public.ciphertext_size()];
    public.encrypt(&[b'a'; KEY_CHARACTERS], &mut sealed).expect("88 characters fit");
    let private = Arc::new(Pkcs1PrivateDecryptingKey::new(private).expect("it decrypts"));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            let (private, stop, done, sealed) =
                (Arc::clone(&private), Arc::clone(&stop), Arc::clone(&done), sealed.clone());
            thread::spawn(move || {
                let mut open = vec![0u8; private.min_output_size()];
                while !stop.load(Ordering::Relaxed) {
                    private.decrypt(&sealed, &mut open).expect("it was encrypted for this key");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(measured_ms));
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("it does nothing that fails");
    }
    let rate = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    println!("{{\"per_second\": {rate:.0}, \"threads\": {cores}}}");
}
