//! An SDK worker for tests: the frames and the loop of the real one, and instead of WeCom's library one made for tests.
//!
//! `fake_sdk_worker good FOLDER` serves the folder's `traffic.jsonl`, `answers/SEQ` (what a fetch after that seq gets,
//! whatever it is) and `media/ID`; `real LIBRARY` loads a library as the product does; any other role is a worker whose
//! library cannot be loaded. It aborts, hangs or refuses where a message tells it to. Never part of the product.

use std::ffi::CStr;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinlu_channels::wecom_archive::sdk_worker::{Chunk, FinanceSdk, Proxy, serve, worker_main};

/// The only random key that opens messages; `testing.rs` seals with the same.
const RANDOM_KEY: &str = "the-random-key-of-every-message";
/// A page of more is too large.
const PAGE_MAX: u32 = 400;
/// Bytes of a media chunk.
const CHUNK_BYTES: usize = 4;

/// Opens a message by base64, unless the message says otherwise.
struct Library {
    corp: String,
    folder: PathBuf,
}

impl FinanceSdk for Library {
    fn init(&mut self, corp: &CStr, secret: &CStr, _: Proxy) -> i32 {
        self.corp = corp.to_string_lossy().into_owned();
        if secret.to_bytes() == b"right" { 0 } else { 10004 }
    }

    fn fetch(&mut self, seq: u64, limit: u32, _: u32) -> (i32, Vec<u8>) {
        if seq == 666 {
            std::process::abort();
        }
        if let Ok(answer) = std::fs::read(self.folder.join("answers").join(seq.to_string())) {
            return (0, answer);
        }
        if limit > PAGE_MAX {
            return (0, br#"{"errcode":301058}"#.to_vec());
        }
        let traffic = std::fs::read_to_string(self.folder.join("traffic.jsonl")).unwrap_or_default();
        let all = traffic.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let page = all.filter(|item| item["seq"].as_u64() > Some(seq)).take(limit as usize);
        let page: Vec<Value> = page.collect();
        (0, json!({"errcode": 0, "errmsg": "ok", "chatdata": page}).to_string().into_bytes())
    }

    fn decrypt(&mut self, key: &CStr, message: &CStr) -> (i32, Vec<u8>) {
        if key.to_bytes() != RANDOM_KEY.as_bytes() {
            return (10006, Vec::new());
        }
        let plain = STANDARD.decode(message.to_bytes()).unwrap_or_default();
        match plain.as_slice() {
            b"abort here" => std::process::abort(),
            b"hang here!" => loop {
                std::thread::park();
            },
            b"code 10008" => (10008, Vec::new()),
            _ => (0, plain),
        }
    }

    fn media(&mut self, index: &CStr, file: &CStr, _: u32) -> Chunk {
        let refused = |code| Chunk { code, finished: false, next_index: Vec::new(), data: Vec::new() };
        let file = match file.to_str() {
            Ok("abort") => std::process::abort(),
            Ok("busy") => return refused(10003),
            Ok("gone") => return refused(10010),
            Ok(file) => file,
            Err(_) => return refused(10005),
        };
        let Ok(bytes) = std::fs::read(self.folder.join("media").join(file)) else { return refused(10005) };
        let start: usize = index.to_str().ok().and_then(|index| index.parse().ok()).unwrap_or(0);
        let end = (start + CHUNK_BYTES).min(bytes.len());
        let data = bytes.get(start..end).unwrap_or_default().to_vec();
        Chunk { code: 0, finished: end == bytes.len(), next_index: end.to_string().into_bytes(), data }
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let role = arguments.next().unwrap_or_default();
    let path = PathBuf::from(arguments.next().unwrap_or_default());
    let served = if role == "real" {
        worker_main(&path)
    } else {
        let good = role == "good";
        let sdk = || Box::new(Library { corp: String::new(), folder: path }) as Box<dyn FinanceSdk>;
        let mut sdk = if good { Ok(sdk()) } else { Err("no library".to_owned()) };
        serve(&mut sdk, &mut io::stdin().lock(), &mut io::stdout().lock())
    };
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
