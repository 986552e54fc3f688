//! The worker's loop: one frame in, one call of the library, one frame out, until the parent closes the stream.
//!
//! It never prints, and it keeps nothing between frames but the initialised library.

use std::io::{self, Read, Write};

use super::frame::{FRAME_BYTES_MAX, LENGTH_BYTES, PREAMBLE, Request, Response};
use super::input::{self, CODE_REFUSED};

/// One chunk of media as the library gave it.
pub struct Chunk {
    /// Return code, 0 when all is well.
    pub code: i32,
    /// Whether it is the last.
    pub finished: bool,
    /// Where the next begins.
    pub next_index: Vec<u8>,
    /// The bytes.
    pub data: Vec<u8>,
}

/// What the worker needs of the library; inputs are checked before.
pub trait FinanceSdk {
    /// `Init`, with the proxy for all later calls.
    fn init(&mut self, corp: &std::ffi::CStr, secret: &std::ffi::CStr, proxy: Proxy) -> i32;
    /// `GetChatData`.
    fn fetch(&mut self, seq: u64, limit: u32, timeout_s: u32) -> (i32, Vec<u8>);
    /// `DecryptData`.
    fn decrypt(&mut self, key: &std::ffi::CStr, message: &std::ffi::CStr) -> (i32, Vec<u8>);
    /// `GetMediaData`.
    fn media(&mut self, index: &std::ffi::CStr, file: &std::ffi::CStr, timeout_s: u32) -> Chunk;
}

/// Proxy address and `user:password`, both empty when there is none.
#[derive(Default)]
pub struct Proxy {
    /// `http://…` or `socks5://…`.
    pub address: std::ffi::CString,
    /// `user:password`.
    pub password: std::ffi::CString,
}

/// Serves frames until the input ends. `sdk` is an error text when the library could not be loaded; every request is
/// then answered with it.
pub fn serve(
    sdk: &mut Result<Box<dyn FinanceSdk>, String>,
    input: &mut dyn Read,
    output: &mut dyn Write,
) -> io::Result<()> {
    output.write_all(PREAMBLE)?;
    output.flush()?;
    while let Some(frame) = read_frame(input)? {
        let response = match (Request::decode(&frame), sdk.as_mut()) {
            (Err(malformed), _) => Response::Failed { reason: malformed.to_string() },
            (_, Err(reason)) => Response::Failed { reason: reason.clone() },
            (Ok(request), Ok(sdk)) => answer(sdk.as_mut(), &request),
        };
        let mut frame = response.encode();
        if frame.len() - LENGTH_BYTES > FRAME_BYTES_MAX {
            // A page too big for a frame is told like WeCom's own "page too big", so the parent asks for fewer.
            frame = Response::Fetch { code: 0, json: b"{\"errcode\":301058}".to_vec() }.encode();
        }
        output.write_all(&frame)?;
        output.flush()?;
    }
    Ok(())
}

fn read_frame(input: &mut dyn Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; LENGTH_BYTES];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too large"));
    }
    let mut frame = vec![0; length];
    input.read_exact(&mut frame)?;
    Ok(Some(frame))
}

fn answer(sdk: &mut dyn FinanceSdk, request: &Request) -> Response {
    match request {
        Request::Init { corp, secret, proxy, proxy_password } => {
            Response::Init { code: init(sdk, [corp, secret, proxy, proxy_password]).unwrap_or(CODE_REFUSED) }
        }
        Request::Fetch { seq, limit, timeout_s } => {
            let fetched = input::limit(*limit).map(|limit| sdk.fetch(*seq, limit, *timeout_s));
            let (code, json) = fetched.unwrap_or((CODE_REFUSED, Vec::new()));
            Response::Fetch { code, json }
        }
        Request::Decrypt { pairs } => {
            let opened = pairs.iter().map(|(key, message)| match input::pair(key, message) {
                Some((key, message)) => sdk.decrypt(&key, &message),
                None => (CODE_REFUSED, Vec::new()),
            });
            Response::Decrypt { opened: opened.collect() }
        }
        Request::Media { index, file, timeout_s } => {
            let refused = Chunk { code: CODE_REFUSED, finished: false, next_index: Vec::new(), data: Vec::new() };
            let chunk = media(sdk, index, file, *timeout_s).unwrap_or(refused);
            Response::Media {
                code: chunk.code,
                finished: chunk.finished,
                next_index: chunk.next_index,
                data: chunk.data,
            }
        }
    }
}

fn init(sdk: &mut dyn FinanceSdk, texts: [&Vec<u8>; 4]) -> Option<i32> {
    let [corp, secret, address, password] = texts.map(|bytes| input::text(bytes));
    let proxy = Proxy { address: address?, password: password? };
    Some(sdk.init(&corp?, &secret?, proxy))
}

fn media(sdk: &mut dyn FinanceSdk, index: &[u8], file: &[u8], timeout_s: u32) -> Option<Chunk> {
    let index = input::text(index)?;
    let file = input::text(file).filter(|file| !file.is_empty())?;
    Some(sdk.media(&index, &file, timeout_s))
}

#[cfg(test)]
mod tests;
