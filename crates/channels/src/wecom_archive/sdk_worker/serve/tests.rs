//! The loop over plain byte buffers with a library made for the test.

use std::ffi::CStr;

use super::{Chunk, FinanceSdk, Proxy, serve};
use crate::wecom_archive::sdk_worker::frame::{LENGTH_BYTES, PREAMBLE, Request, Response};

/// Decrypts by reversing; remembers nothing.
struct Mirror;

impl FinanceSdk for Mirror {
    fn init(&mut self, _: &CStr, _: &CStr, _: Proxy) -> i32 {
        0
    }
    fn fetch(&mut self, seq: u64, limit: u32, _: u32) -> (i32, Vec<u8>) {
        (0, format!("{seq}/{limit}").into_bytes())
    }
    fn decrypt(&mut self, _: &CStr, message: &CStr) -> (i32, Vec<u8>) {
        (0, message.to_bytes().iter().rev().copied().collect())
    }
    fn media(&mut self, index: &CStr, _: &CStr, _: u32) -> Chunk {
        Chunk { code: 0, finished: true, next_index: Vec::new(), data: index.to_bytes().to_vec() }
    }
}

fn exchange(sdk: Result<Box<dyn FinanceSdk>, String>, requests: &[Request]) -> Vec<Response> {
    let input: Vec<u8> = requests.iter().flat_map(Request::encode).collect();
    let mut output = Vec::new();
    let mut sdk = sdk;
    serve(&mut sdk, &mut input.as_slice(), &mut output).expect("buffers do not fail");
    let mut rest = output.strip_prefix(PREAMBLE.as_slice()).expect("the preamble comes first");
    let mut responses = Vec::new();
    while !rest.is_empty() {
        let (length, tail) = rest.split_at(LENGTH_BYTES);
        let length = u32::from_le_bytes(length.try_into().expect("4 bytes")) as usize;
        responses.push(Response::decode(&tail[..length]).expect("well formed"));
        rest = &tail[length..];
    }
    responses
}

#[test]
fn unsafe_inputs_never_reach_the_library() {
    let pair = |key: &str, message: &str| (key.as_bytes().to_vec(), message.as_bytes().to_vec());
    let good = "QUJDREVGR0hJSktM";
    let pairs = vec![
        pair("key", good),
        pair("key", "QUJDREVGR0hJ"),
        pair("key", ""),
        pair("", good),
        pair("key", "QUJDREVG!0hJSktM"),
        pair("key", "QUJDREVG=0hJSktM"),
        pair("k\0y", good),
        pair(&"k".repeat(1025), good),
    ];
    let requests = [
        Request::Decrypt { pairs },
        Request::Fetch { seq: 7, limit: 0, timeout_s: 1 },
        Request::Fetch { seq: 7, limit: 1001, timeout_s: 1 },
        Request::Fetch { seq: 7, limit: 1000, timeout_s: 1 },
        Request::Media { index: Vec::new(), file: Vec::new(), timeout_s: 1 },
        Request::Media { index: b"a\0b".to_vec(), file: b"id".to_vec(), timeout_s: 1 },
        Request::Init { corp: b"c\0".to_vec(), secret: Vec::new(), proxy: Vec::new(), proxy_password: Vec::new() },
    ];
    let reversed: Vec<u8> = good.bytes().rev().collect();
    let refused = || (1, Vec::new());
    let media = || Response::Media { code: 1, finished: false, next_index: Vec::new(), data: Vec::new() };
    let mut opened = vec![(0, reversed)];
    opened.extend((0..7).map(|_| refused()));
    let expected = vec![
        Response::Decrypt { opened },
        Response::Fetch { code: 1, json: Vec::new() },
        Response::Fetch { code: 1, json: Vec::new() },
        Response::Fetch { code: 0, json: b"7/1000".to_vec() },
        media(),
        media(),
        Response::Init { code: 1 },
    ];
    assert_eq!(exchange(Ok(Box::new(Mirror)), &requests), expected);
}

#[test]
fn a_library_that_cannot_be_loaded_answers_with_its_reason() {
    let reason = "no such library".to_owned();
    let answers = exchange(Err(reason.clone()), &[Request::Fetch { seq: 0, limit: 1, timeout_s: 1 }]);
    assert_eq!(answers, [Response::Failed { reason }]);
}
