//! What the simulated SDK library asks the simulator: pages of envelopes and chunks of media.
//!
//! Internal to this crate and free to change. The return code travels in a header and the body is handed on untouched,
//! so that a page costs one read from disk and no parsing.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::api::tokens::{Kind, kind_of_secret};
use crate::faults::{Faults, MediaFault, dice};
use crate::world::{Corp, World};

/// Header with the return code of the SDK function.
pub const HEADER_CODE: &str = "x-sdk-code";
/// Header with the next index buffer.
pub const HEADER_INDEX: &str = "x-sdk-index";
/// Header that is `1` on the last chunk.
pub const HEADER_FINISH: &str = "x-sdk-finish";
/// Most messages in a page (PROTOCOL.md 3.1.2).
pub const PAGE_MESSAGES_MAX: u32 = 1000;
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3600 * 1000;
/// A minute, over which calls are counted.
const MINUTE_MS: i64 = 60_000;
const INDEX_PREFIX: &str = "Range:bytes=";

/// `GetChatData` as the library sends it on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChatDataCall {
    /// From `Init`.
    pub corpid: String,
    /// From `Init`.
    pub secret: String,
    /// Messages behind this one.
    pub seq: u64,
    /// At most so many.
    pub limit: u32,
    /// Proxy given by the caller, only counted.
    pub proxy: String,
}

/// `GetMediaData` as the library sends it on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MediaDataCall {
    /// From `Init`.
    pub corpid: String,
    /// From `Init`.
    pub secret: String,
    /// Empty for the first chunk.
    pub index: String,
    /// Which file.
    pub sdkfileid: String,
    /// Proxy given by the caller, only counted.
    pub proxy: String,
}

/// What goes back to the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdkReply {
    /// Return code of the function.
    pub code: i32,
    /// JSON or media bytes.
    pub body: Vec<u8>,
    /// The next index buffer.
    pub index: String,
    /// No chunk follows.
    pub finished: bool,
}

impl SdkReply {
    fn code(code: i32) -> Self {
        Self { code, ..Self::default() }
    }
}

/// Answers `GetChatData`.
pub fn chat_data(world: &World, call: &ChatDataCall, remote: IpAddr, now_ms: i64) -> SdkReply {
    let faults = world.faults();
    if let Some(code) = drawn_code(world, &faults, "get_chat_data", &faults.sdk.get_chat_data.codes) {
        return SdkReply::code(code);
    }
    if call.limit == 0 || call.limit > PAGE_MESSAGES_MAX {
        return SdkReply::code(10000);
    }
    let body = match chat_page(world, &faults, call, remote, now_ms) {
        Ok(body) => body,
        Err(Refusal::Json(errcode)) => error_json(errcode, remote),
        Err(Refusal::Code(code)) => return SdkReply::code(code),
    };
    SdkReply { body, ..SdkReply::default() }
}

enum Refusal {
    Json(i64),
    Code(i32),
}

fn chat_page(
    world: &World,
    faults: &Faults,
    call: &ChatDataCall,
    remote: IpAddr,
    now_ms: i64,
) -> Result<Vec<u8>, Refusal> {
    let sdk = &faults.sdk;
    let drawn = sdk
        .errcodes
        .iter()
        .find(|(errcode, ratio)| dice::happens(faults.seed, &format!("errcode {errcode}"), world.next_draw(), **ratio));
    if let Some((errcode, _)) = drawn {
        return Err(Refusal::Json(*errcode));
    }
    if !sdk.trusted_ips.is_empty() && !sdk.trusted_ips.contains(&remote) {
        return Err(Refusal::Json(301_042));
    }
    let corp = authorised(world, &call.corpid, &call.secret).map_err(Refusal::Json)?;
    corp.count_call("GetChatData");
    if !call.proxy.is_empty() {
        corp.count_call("GetChatData through a proxy");
    }
    let minute = format!("minute {} {} GetChatData", now_ms / MINUTE_MS, corp.config.corpid);
    if sdk.calls_per_minute_max > 0 && !world.may_play(&minute, sdk.calls_per_minute_max) {
        return Err(Refusal::Json(45009));
    }
    if sdk.page_messages_max > 0 && u64::from(call.limit) > sdk.page_messages_max {
        return Err(Refusal::Json(301_058));
    }
    page(corp, faults, call.seq, u64::from(call.limit), now_ms).map_err(|_| Refusal::Code(10003))
}

/// The page behind `seq`, with the window and the gaps of the faults.
fn page(corp: &Corp, faults: &Faults, seq: u64, limit: u64, now_ms: i64) -> std::io::Result<Vec<u8>> {
    let window = &faults.window;
    let stretches = {
        let archive = corp.archive.lock();
        let mut after = seq.max(window.first_seq.saturating_sub(1));
        if let Some(days) = window.days {
            after = archive.skip_older(after, now_ms - i64::from(days) * DAY_MS);
        }
        let mut missing: Vec<u64> = window.missing_seqs.iter().copied().filter(|missing| *missing > after).collect();
        missing.sort_unstable();
        missing.dedup();
        let mut left = limit;
        let mut stretches = Vec::with_capacity(1 + missing.len());
        for gap in missing {
            let (stretch, found) = archive.stretch(after, left.min(gap - after - 1));
            stretches.push(stretch);
            left -= found;
            after = gap;
        }
        stretches.push(archive.stretch(after, left).0);
        stretches
    };
    let mut body = br#"{"errcode":0,"errmsg":"ok","chatdata":["#.to_vec();
    for stretch in stretches {
        body.extend_from_slice(&stretch.read()?);
    }
    if body.last() == Some(&b',') {
        body.pop();
    }
    body.extend_from_slice(b"]}");
    Ok(body)
}

/// The corp that a corpid and a secret open for the archive, or the errcode that refuses them.
fn authorised<'w>(world: &'w World, corpid: &str, secret: &str) -> Result<&'w Corp, i64> {
    let corp = world.corp(corpid).ok_or(40013_i64)?;
    match kind_of_secret(&corp.config, secret) {
        _ if secret.is_empty() => Err(41001),
        Some(Kind::Archive) => Ok(corp),
        Some(_) => Err(48002),
        None => Err(40001),
    }
}

fn error_json(errcode: i64, remote: IpAddr) -> Vec<u8> {
    let errmsg = format!(
        "{}, hint: [{}], from ip: {remote}, more info at https://open.work.weixin.qq.com/devtool/query?e={errcode}",
        ApiError::of(errcode).errmsg,
        dice::hash(&errcode.to_le_bytes()),
    );
    serde_json::json!({"errcode": errcode, "errmsg": errmsg}).to_string().into_bytes()
}

fn drawn_code(
    world: &World,
    faults: &Faults,
    function: &str,
    codes: &std::collections::BTreeMap<i32, f64>,
) -> Option<i32> {
    let mut drawn = codes.iter();
    drawn
        .find(|(code, ratio)| dice::happens(faults.seed, &format!("{function} {code}"), world.next_draw(), **ratio))
        .map(|(code, _)| *code)
}

/// Answers `GetMediaData`: the chunk that `index` asks for.
pub fn media_data(world: &World, call: &MediaDataCall) -> SdkReply {
    let faults = world.faults();
    if call.sdkfileid.is_empty() {
        return SdkReply::code(10000);
    }
    if let Some(code) = drawn_code(world, &faults, "get_media_data", &faults.sdk.get_media_data.codes) {
        return SdkReply::code(code);
    }
    // The real function has no JSON to put an errcode in: bad credentials show as a network-side failure.
    let Ok(corp) = authorised(world, &call.corpid, &call.secret) else {
        return SdkReply::code(10003);
    };
    corp.count_call("GetMediaData");
    let Some(start) = chunk_start(&call.index) else {
        return SdkReply::code(10000);
    };
    let fault = media_fault(&faults, &call.sdkfileid).filter(|_| {
        let what = format!("media {}", call.sdkfileid);
        // Only the first chunk counts, or a file could turn well in the middle of a download.
        let times_max = faults.media.faulty_downloads_max;
        if start == 0 { world.may_play(&what, times_max) } else { still_faulty(world, &what, times_max) }
    });
    match fault {
        Some(MediaFault::FileIdError) => return SdkReply::code(10005),
        Some(MediaFault::Expired) => return SdkReply::code(10010),
        _ => {}
    }
    let Some(bytes) = corp.media.bytes(&corp.company, &call.sdkfileid) else {
        return SdkReply::code(10005);
    };
    chunk(&bytes, start, faults.media.chunk_bytes.max(1) as usize, fault)
}

/// Whether the download under way is one of the faulty ones.
fn still_faulty(world: &World, what: &str, times_max: u64) -> bool {
    times_max == 0 || world.played.lock().get(what).is_none_or(|times| *times <= times_max)
}

fn media_fault(faults: &Faults, sdkfileid: &str) -> Option<MediaFault> {
    if let Some(fault) = faults.media.by_id.get(sdkfileid) {
        return Some(*fault);
    }
    let number = dice::hash(sdkfileid.as_bytes());
    let mut ratios = faults.media.ratios.iter();
    ratios
        .find(|(fault, ratio)| dice::happens(faults.seed, &format!("{fault:?}"), number, **ratio))
        .map(|(fault, _)| *fault)
}

fn chunk_start(index: &str) -> Option<usize> {
    if index.is_empty() {
        return Some(0);
    }
    index.strip_prefix(INDEX_PREFIX)?.split_once('-')?.0.parse().ok()
}

fn chunk(bytes: &[u8], start: usize, chunk_bytes: usize, fault: Option<MediaFault>) -> SdkReply {
    let served = match fault {
        Some(MediaFault::CutOff) => bytes.len() / 2,
        Some(MediaFault::Empty) => 0,
        _ => bytes.len(),
    };
    if start > served {
        return SdkReply::code(10000);
    }
    let end = start.saturating_add(chunk_bytes).min(served);
    let mut body = bytes.get(start..end).unwrap_or_default().to_vec();
    if fault == Some(MediaFault::Corrupt)
        && start == 0
        && let Some(byte) = body.last_mut()
    {
        *byte ^= 1;
    }
    let finished = end == served;
    let index = if finished { String::new() } else { format!("{INDEX_PREFIX}{end}-{}", end + chunk_bytes - 1) };
    SdkReply { code: 0, body, index, finished }
}
