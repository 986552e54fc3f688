//! The library's way to its simulator: a small HTTP client with kept-alive connections.
//!
//! It must never retry: a failure is the SDK's code 10001 and the caller decides.

use std::time::Duration;

use serde::Serialize;

use crate::sdk_endpoints::{ChatDataCall, HEADER_CODE, HEADER_FINISH, HEADER_INDEX, MediaDataCall, SdkReply};

/// Where the simulator is.
const URL_VARIABLE: &str = "XINLU_SIMULATOR_URL";
/// A page of 1000 long messages stays far below this; anything larger is not our simulator.
const BODY_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A connection to the simulator.
#[derive(Debug)]
pub struct Remote {
    agent: ureq::Agent,
    url: String,
}

impl Remote {
    /// The simulator named by `XINLU_SIMULATOR_URL`; nothing when that is not set.
    pub fn from_environment() -> Option<Self> {
        let url = std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty())?;
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
        Some(Self { agent, url: url.trim_end_matches('/').to_owned() })
    }

    /// Asks for a page; nothing when the simulator did not answer in time.
    pub fn chat_data(&self, call: &ChatDataCall, timeout_s: u64) -> Option<SdkReply> {
        self.ask("/sdk/chatdata", call, timeout_s)
    }

    /// Asks for a chunk; nothing when the simulator did not answer in time.
    pub fn media_data(&self, call: &MediaDataCall, timeout_s: u64) -> Option<SdkReply> {
        self.ask("/sdk/mediadata", call, timeout_s)
    }

    fn ask<T: Serialize>(&self, path: &str, call: &T, timeout_s: u64) -> Option<SdkReply> {
        let body = serde_json::to_vec(call).ok()?;
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.config().timeout_global(Some(Duration::from_secs(timeout_s))).build();
        let mut response = request.send(&body[..]).ok()?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let code = header(HEADER_CODE).parse().ok()?;
        let (index, finished) = (header(HEADER_INDEX), header(HEADER_FINISH) == "1");
        let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec().ok()?;
        Some(SdkReply { code, body, index, finished })
    }
}
