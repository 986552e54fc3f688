//! The C ABI of the finance SDK: all 17 functions of PROTOCOL.md 3.1.1, exported under the vendor's names.
//!
//! Behaves like the vendor's library where that was measured (PROTOCOL.md 3.1.6), dying on a short ciphertext included,
//! so that whoever loads it must be ready for the same. It must never panic across the boundary; every pointer is checked
//! for null and nothing else can be checked, as in C.

// A C ABI is raw pointers by nature; this is the only module of the crate that may touch them.
#![allow(unsafe_code)]
// The vendor's names.
#![allow(non_snake_case)]

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

use crate::cipher::{self, ENCRYPTED_CHARS_MIN, Mark};
use crate::sdk_endpoints::{ChatDataCall, MediaDataCall, PAGE_MESSAGES_MAX, SdkReply};

mod remote;

use remote::Remote;

const OK: c_int = 0;
const BAD_PARAMETER: c_int = 10000;
const NETWORK: c_int = 10001;
const DECRYPT_MESSAGE: c_int = 10008;
/// Seconds to wait when the caller gives none.
const TIMEOUT_DEFAULT_S: u64 = 10;
/// A marked message keeps its caller for so long before it lets go.
const HANG_S: u64 = 3600;

/// A handle from `NewSdk`.
#[derive(Debug, Default)]
pub struct WeWorkFinanceSdk {
    corpid: String,
    secret: String,
    remote: Option<Remote>,
}

/// A buffer with its length; `buf` ends with a NUL that `len` does not count.
#[repr(C)]
#[derive(Debug)]
pub struct Slice {
    /// Bytes.
    pub buf: *mut c_char,
    /// How many.
    pub len: c_int,
}

/// A chunk of media with the index of the next.
#[repr(C)]
#[derive(Debug)]
pub struct MediaData {
    /// Index of the next chunk.
    pub outindexbuf: *mut c_char,
    /// Its length.
    pub out_len: c_int,
    /// Bytes of this chunk.
    pub data: *mut c_char,
    /// How many.
    pub data_len: c_int,
    /// 1 on the last chunk.
    pub is_finish: c_int,
}

/// Makes a handle.
#[unsafe(no_mangle)]
pub extern "C" fn NewSdk() -> *mut WeWorkFinanceSdk {
    Box::into_raw(Box::default())
}

/// Keeps corpid and secret; 0 without asking anybody, 10000 when one is null or empty.
///
/// # Safety
/// `sdk` comes from `NewSdk`; the texts are C strings or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn Init(sdk: *mut WeWorkFinanceSdk, corpid: *const c_char, secret: *const c_char) -> c_int {
    // SAFETY: the caller promises a handle and C strings; null is checked.
    let (sdk, corpid, secret) = unsafe { (sdk.as_mut(), text(corpid), text(secret)) };
    match (sdk, corpid, secret) {
        (Some(sdk), Some(corpid), Some(secret)) if !corpid.is_empty() && !secret.is_empty() => {
            *sdk = WeWorkFinanceSdk { corpid, secret, remote: Remote::from_environment() };
            OK
        }
        _ => BAD_PARAMETER,
    }
}

/// A page of envelopes behind `seq` as JSON.
///
/// # Safety
/// `sdk` comes from `NewSdk`, `out` from `NewSlice`; the texts are C strings or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetChatData(
    sdk: *mut WeWorkFinanceSdk,
    seq: c_ulonglong,
    limit: c_uint,
    proxy: *const c_char,
    _passwd: *const c_char,
    timeout: c_int,
    out: *mut Slice,
) -> c_int {
    // SAFETY: the caller promises a handle, C strings and a slice; null is checked.
    let (sdk, proxy, out) = unsafe { (sdk.as_ref(), text(proxy), out.as_mut()) };
    let (Some(sdk), Some(out)) = (sdk, out) else {
        return BAD_PARAMETER;
    };
    if limit == 0 || limit > PAGE_MESSAGES_MAX {
        return BAD_PARAMETER;
    }
    let call = ChatDataCall {
        corpid: sdk.corpid.clone(),
        secret: sdk.secret.clone(),
        seq,
        limit,
        proxy: proxy.unwrap_or_default(),
    };
    let reply = sdk.remote.as_ref().and_then(|remote| remote.chat_data(&call, timeout_s(timeout)));
    match reply {
        None => NETWORK,
        Some(SdkReply { code: 0, body, .. }) => fill(out, &body),
        Some(reply) => reply.code,
    }
}

/// Decrypts one message. Dies with SIGABRT when `encrypt_msg` has fewer than 13 characters, as the vendor's does.
///
/// # Safety
/// The texts are C strings or null; `out` comes from `NewSlice`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DecryptData(encrypt_key: *const c_char, encrypt_msg: *const c_char, out: *mut Slice) -> c_int {
    if encrypt_key.is_null() || encrypt_msg.is_null() || out.is_null() {
        return BAD_PARAMETER;
    }
    // SAFETY: none is null, and the caller promises C strings and a slice.
    let (key, message, out) =
        unsafe { (CStr::from_ptr(encrypt_key), CStr::from_ptr(encrypt_msg).to_bytes(), &mut *out) };
    if message.len() < ENCRYPTED_CHARS_MIN {
        std::process::abort();
    }
    let opened = key.to_str().ok().and_then(|key| cipher::decrypt(key, message));
    match opened {
        None => DECRYPT_MESSAGE,
        Some((Mark::Plain, plain)) => fill(out, &plain),
        Some((Mark::Abort, _)) => std::process::abort(),
        Some((Mark::Segfault, _)) => {
            // SAFETY: neither call touches memory; together they end the process, which is the point. A Rust host has
            // a handler of its own, which would survive a signal that is merely raised.
            unsafe {
                libc::signal(libc::SIGSEGV, libc::SIG_DFL);
                libc::raise(libc::SIGSEGV);
            }
            DECRYPT_MESSAGE
        }
        Some((Mark::Hang, _)) => {
            std::thread::sleep(std::time::Duration::from_secs(HANG_S));
            DECRYPT_MESSAGE
        }
        Some((Mark::Code(code), _)) => c_int::from(code),
    }
}

/// A chunk of a media file.
///
/// # Safety
/// `sdk` comes from `NewSdk`, `out` from `NewMediaData`; the texts are C strings or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetMediaData(
    sdk: *mut WeWorkFinanceSdk,
    indexbuf: *const c_char,
    sdkFileid: *const c_char,
    proxy: *const c_char,
    _passwd: *const c_char,
    timeout: c_int,
    out: *mut MediaData,
) -> c_int {
    // SAFETY: the caller promises a handle, C strings and a media buffer; null is checked.
    let (sdk, index, sdkfileid, proxy, out) =
        unsafe { (sdk.as_ref(), text(indexbuf), text(sdkFileid), text(proxy), out.as_mut()) };
    let (Some(sdk), Some(sdkfileid), Some(out)) = (sdk, sdkfileid, out) else {
        return BAD_PARAMETER;
    };
    if sdkfileid.is_empty() {
        return BAD_PARAMETER;
    }
    let call = MediaDataCall {
        corpid: sdk.corpid.clone(),
        secret: sdk.secret.clone(),
        index: index.unwrap_or_default(),
        sdkfileid,
        proxy: proxy.unwrap_or_default(),
    };
    let reply = sdk.remote.as_ref().and_then(|remote| remote.media_data(&call, timeout_s(timeout)));
    match reply {
        None => NETWORK,
        Some(reply) if reply.code == 0 => fill_media(out, &reply),
        Some(reply) => reply.code,
    }
}

/// Ends a handle; null is fine.
///
/// # Safety
/// `sdk` comes from `NewSdk` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DestroySdk(sdk: *mut WeWorkFinanceSdk) {
    if !sdk.is_null() {
        // SAFETY: made by `NewSdk` with `Box::into_raw`.
        drop(unsafe { Box::from_raw(sdk) });
    }
}

/// Makes an empty slice.
#[unsafe(no_mangle)]
pub extern "C" fn NewSlice() -> *mut Slice {
    Box::into_raw(Box::new(Slice { buf: ptr::null_mut(), len: 0 }))
}

/// Ends a slice; null is fine.
///
/// # Safety
/// `slice` comes from `NewSlice` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FreeSlice(slice: *mut Slice) {
    if !slice.is_null() {
        // SAFETY: made by `NewSlice`; its buffer by `copy`.
        unsafe {
            libc::free((*slice).buf.cast());
            drop(Box::from_raw(slice));
        }
    }
}

/// The bytes of a slice.
///
/// # Safety
/// `slice` comes from `NewSlice` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetContentFromSlice(slice: *mut Slice) -> *mut c_char {
    // SAFETY: a slice or null.
    unsafe { slice.as_ref() }.map_or(ptr::null_mut(), |slice| slice.buf)
}

/// The length of a slice.
///
/// # Safety
/// `slice` comes from `NewSlice` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetSliceLen(slice: *mut Slice) -> c_int {
    // SAFETY: a slice or null.
    unsafe { slice.as_ref() }.map_or(0, |slice| slice.len)
}

/// Makes an empty media buffer.
#[unsafe(no_mangle)]
pub extern "C" fn NewMediaData() -> *mut MediaData {
    Box::into_raw(Box::new(MediaData {
        outindexbuf: ptr::null_mut(),
        out_len: 0,
        data: ptr::null_mut(),
        data_len: 0,
        is_finish: 0,
    }))
}

/// Ends a media buffer; null is fine.
///
/// # Safety
/// `media` comes from `NewMediaData` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FreeMediaData(media: *mut MediaData) {
    if !media.is_null() {
        // SAFETY: made by `NewMediaData`; its buffers by `copy`.
        unsafe {
            libc::free((*media).outindexbuf.cast());
            libc::free((*media).data.cast());
            drop(Box::from_raw(media));
        }
    }
}

/// The index of the next chunk.
///
/// # Safety
/// `media` comes from `NewMediaData` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetOutIndexBuf(media: *mut MediaData) -> *mut c_char {
    // SAFETY: a media buffer or null.
    unsafe { media.as_ref() }.map_or(ptr::null_mut(), |media| media.outindexbuf)
}

/// The bytes of a chunk.
///
/// # Safety
/// `media` comes from `NewMediaData` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetData(media: *mut MediaData) -> *mut c_char {
    // SAFETY: a media buffer or null.
    unsafe { media.as_ref() }.map_or(ptr::null_mut(), |media| media.data)
}

/// The length of the index of the next chunk.
///
/// # Safety
/// `media` comes from `NewMediaData` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetIndexLen(media: *mut MediaData) -> c_int {
    // SAFETY: a media buffer or null.
    unsafe { media.as_ref() }.map_or(0, |media| media.out_len)
}

/// The length of a chunk.
///
/// # Safety
/// `media` comes from `NewMediaData` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetDataLen(media: *mut MediaData) -> c_int {
    // SAFETY: a media buffer or null.
    unsafe { media.as_ref() }.map_or(0, |media| media.data_len)
}

/// 1 when no chunk follows.
///
/// # Safety
/// `media` comes from `NewMediaData` or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IsMediaDataFinish(media: *mut MediaData) -> c_int {
    // SAFETY: a media buffer or null.
    unsafe { media.as_ref() }.map_or(0, |media| media.is_finish)
}

/// A C string as text; nothing when null. What is not UTF-8 is replaced, for the simulator to refuse.
///
/// # Safety
/// `pointer` is a C string or null.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: not null here, and the caller promises a C string.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

fn timeout_s(timeout: c_int) -> u64 {
    u64::try_from(timeout).ok().filter(|seconds| *seconds > 0).unwrap_or(TIMEOUT_DEFAULT_S)
}

fn fill(out: &mut Slice, bytes: &[u8]) -> c_int {
    let Some(length) = replace(&mut out.buf, bytes) else {
        return NETWORK;
    };
    out.len = length;
    OK
}

fn fill_media(out: &mut MediaData, reply: &SdkReply) -> c_int {
    let filled = (replace(&mut out.outindexbuf, reply.index.as_bytes()), replace(&mut out.data, &reply.body));
    let (Some(out_len), Some(data_len)) = filled else {
        return NETWORK;
    };
    out.out_len = out_len;
    out.data_len = data_len;
    out.is_finish = c_int::from(reply.finished);
    OK
}

/// Frees what `place` holds and puts a NUL-terminated copy of `bytes` there; its length, or nothing without memory.
fn replace(place: &mut *mut c_char, bytes: &[u8]) -> Option<c_int> {
    let length = c_int::try_from(bytes.len()).ok()?;
    // SAFETY: `place` is null or from `malloc`; the new buffer has room for the bytes and the NUL.
    unsafe {
        libc::free((*place).cast::<c_void>());
        let copy: *mut u8 = libc::malloc(bytes.len() + 1).cast();
        *place = copy.cast();
        if copy.is_null() {
            return None;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
        copy.add(bytes.len()).write(0);
    }
    Some(length)
}
