//! Every way in which the simulator can be told to misbehave; the faults file is this type as JSON.
//!
//! The schema is `faults.schema.json`, the manual `docs/simulator-faults.md`; a test holds all three together. With the
//! defaults nothing misbehaves. Chances are drawn by [`dice`], never from the system, so a run can be repeated.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub mod dice;
mod kinds;

pub use kinds::{MediaFault, MessageFault};

/// Bytes of a media chunk (PROTOCOL.md 3.1.4).
pub const MEDIA_CHUNK_BYTES: u64 = 524_288;

/// All faults. A ratio is a chance from 0 (never) to 1 (always).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Seed of all chances.
    pub seed: u64,
    /// The SDK's calls.
    pub sdk: SdkFaults,
    /// Which messages can be fetched at all.
    pub window: WindowFaults,
    /// What is wrong with single messages; applies to those appended while it is set.
    pub messages: MessageFaults,
    /// What is wrong with single media files.
    pub media: MediaFaults,
    /// The HTTP APIs.
    pub http: HttpFaults,
    /// Callbacks.
    pub callback: CallbackFaults,
}

/// Faults of the SDK's calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SdkFaults {
    /// Faults of `GetChatData`.
    pub get_chat_data: CallFaults,
    /// Faults of `GetMediaData`.
    pub get_media_data: CallFaults,
    /// `GetChatData` returns 0 but its JSON has this `errcode`, with this ratio.
    pub errcodes: BTreeMap<i64, f64>,
    /// More messages asked for than this give errcode 301058; 0 switches it off.
    pub page_messages_max: u64,
    /// More calls of `GetChatData` in a minute give errcode 45009; 0 switches it off (WeCom: 600).
    pub calls_per_minute_max: u64,
    /// When not empty, `GetChatData` from any other address gives errcode 301042.
    pub trusted_ips: Vec<IpAddr>,
}

/// Faults of one function of the SDK.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallFaults {
    /// Return code (10000 to 10011) and its ratio.
    pub codes: BTreeMap<i32, f64>,
    /// Waits so long before it answers.
    pub delay_ms: u64,
}

/// Which messages can be fetched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowFaults {
    /// Only messages whose time lies in the last so many days; WeCom keeps 5. Absent: all of the past.
    pub days: Option<u32>,
    /// Messages with a smaller seq are gone.
    pub first_seq: u64,
    /// Messages with these seqs are never delivered (gaps).
    pub missing_seqs: Vec<u64>,
}

/// Faults of single messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessageFaults {
    /// Fault and its ratio; the first that is drawn is played.
    pub ratios: BTreeMap<MessageFault, f64>,
    /// The message with this seq gets this fault.
    pub at_seq: BTreeMap<u64, MessageFault>,
}

/// Faults of media files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaFaults {
    /// Fault and its ratio; drawn by sdkfileid, so a file always has the same one.
    pub ratios: BTreeMap<MediaFault, f64>,
    /// The file with this sdkfileid gets this fault.
    pub by_id: BTreeMap<String, MediaFault>,
    /// A file is well after so many faulty downloads (counted by their first chunk); 0 is never.
    pub faulty_downloads_max: u64,
    /// Bytes of a chunk.
    pub chunk_bytes: u64,
}

impl Default for MediaFaults {
    fn default() -> Self {
        Self {
            ratios: BTreeMap::new(),
            by_id: BTreeMap::new(),
            faulty_downloads_max: 0,
            chunk_bytes: MEDIA_CHUNK_BYTES,
        }
    }
}

/// Faults of the HTTP APIs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpFaults {
    /// When not empty, calls from any other address give 60020.
    pub trusted_ips: Vec<IpAddr>,
    /// Together with `trusted_ips`: `gettoken` from another address succeeds, and its token gives 41001.
    pub untrusted_token_gives_41001: bool,
    /// A token is good for so long.
    pub token_ttl_s: u64,
    /// Faults by path (`/cgi-bin/user/get`) or for all (`*`).
    pub apis: BTreeMap<String, ApiFault>,
    /// Calls a minute by path or for all (`*`) before 45009.
    pub calls_per_minute_max: BTreeMap<String, u64>,
    /// Calls under way at once before 45033; 0 switches it off.
    pub concurrency_max: u64,
}

impl Default for HttpFaults {
    fn default() -> Self {
        Self {
            trusted_ips: Vec::new(),
            untrusted_token_gives_41001: false,
            token_ttl_s: 7200,
            apis: BTreeMap::new(),
            calls_per_minute_max: BTreeMap::new(),
            concurrency_max: 0,
        }
    }
}

/// Faults of one API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiFault {
    /// The `errcode` to answer with; 0 plays none.
    pub errcode: i64,
    /// How often.
    pub ratio: f64,
    /// The API is well after so many; 0 is never.
    pub times_max: u64,
    /// Waits so long before it answers.
    pub delay_ms: u64,
    /// Answers with this HTTP status and no JSON; 0 plays none.
    pub status: u16,
}

impl Default for ApiFault {
    fn default() -> Self {
        Self { errcode: 0, ratio: 1.0, times_max: 0, delay_ms: 0, status: 0 }
    }
}

/// Faults and times of callbacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackFaults {
    /// `msgaudit_notify` at most so often (doc 95039: 15 s).
    pub notify_interval_ms: u64,
    /// Waits so long before it sends.
    pub delay_ms: u64,
    /// An answer that takes longer counts as none.
    pub timeout_ms: u64,
    /// Sends again so often after a failure.
    pub retries_max: u32,
    /// Waits so long between tries.
    pub retry_delay_ms: u64,
    /// Ratio of callbacks never sent.
    pub lost: f64,
    /// Ratio of callbacks sent twice.
    pub duplicated: f64,
    /// Ratio of callbacks with a wrong signature.
    pub bad_signature: f64,
    /// Ratio of callbacks for another corp.
    pub wrong_receiver: f64,
}

impl Default for CallbackFaults {
    fn default() -> Self {
        Self {
            notify_interval_ms: 15_000,
            delay_ms: 0,
            timeout_ms: 5_000,
            retries_max: 3,
            retry_delay_ms: 1_000,
            lost: 0.0,
            duplicated: 0.0,
            bad_signature: 0.0,
            wrong_receiver: 0.0,
        }
    }
}

#[cfg(test)]
mod tests;
