//! What an operator says about a corp. Defaults stand in the types; unknown keys are an error.

use std::path::PathBuf;

use serde::Deserialize;

use crate::Secret;
use crate::wecom_app::client::BASE_URL;
use crate::wecom_archive::key_ring::GivenKey;

/// One corp on WeCom.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WecomConfig {
    /// The corp's id, `ww…`.
    pub corp_id: String,
    /// What people call it; shown in pages.
    pub name: String,
    /// The conversation archive; absent: not archived.
    pub archive: Option<WecomArchiveConfig>,
    /// The HTTP APIs.
    pub app: WecomAppConfig,
    /// Callbacks; absent: none are taken and intake goes by its timer.
    pub callback: Option<WecomCallbackConfig>,
}

/// The conversation archive of a corp (会话内容存档).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WecomArchiveConfig {
    /// The secret of the conversation archive, which is not that of an app.
    pub secret: Secret,
    /// The finance SDK's library (`libWeWorkFinanceSdk_C.so`), as downloaded from WeCom.
    pub library: PathBuf,
    /// The folder of the RSA private keys, `VERSION.pem` each.
    pub keys_directory: PathBuf,
    /// `http://host:port` or `socks5://host:port`; empty: none.
    pub proxy: String,
    /// `user:password` of the proxy.
    pub proxy_password: Secret,
    /// How often to look for new messages when no callback comes, in milliseconds.
    pub poll_interval_ms: u64,
    /// Messages of one fetch, 1 to 1 000.
    pub fetch_limit: u32,
    /// Time-out of one call of the SDK over the network, in seconds.
    pub network_timeout_s: u32,
    /// How long decrypting one frame may take before the worker counts as hung, in milliseconds.
    pub decrypt_timeout_ms: u64,
    /// Threads that decrypt RSA; 0: one for each processor.
    pub threads: usize,
    /// Media fetched at the same time, each by a worker of its own; 0: media is not fetched.
    pub media_lanes: usize,
    /// Keys that were handed over; the folder is then not looked at. Never from the file.
    #[serde(skip)]
    pub given_keys: Vec<GivenKey>,
}

impl Default for WecomArchiveConfig {
    fn default() -> Self {
        Self {
            secret: Secret::default(),
            library: PathBuf::new(),
            keys_directory: PathBuf::new(),
            proxy: String::new(),
            proxy_password: Secret::default(),
            poll_interval_ms: 10_000,
            fetch_limit: 1_000,
            network_timeout_s: 10,
            decrypt_timeout_ms: 20_000,
            threads: 0,
            media_lanes: 2,
            given_keys: Vec::new(),
        }
    }
}

/// The HTTP APIs of a corp. An empty secret leaves out what it would allow.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WecomAppConfig {
    /// Where the APIs are, without a slash at the end.
    pub base_url: String,
    /// `http://user:password@host:port`; empty: none.
    pub proxy: Secret,
    /// The longest a call may take, in milliseconds.
    pub timeout_ms: u64,
    /// The secret that may read departments and members.
    pub contacts_secret: Secret,
    /// The secret that may read contacts (客户联系).
    pub external_secret: Secret,
    /// How often to read the directory when nothing says it changed, in milliseconds.
    pub sync_interval_ms: u64,
}

impl Default for WecomAppConfig {
    fn default() -> Self {
        Self {
            base_url: BASE_URL.to_owned(),
            proxy: Secret::default(),
            timeout_ms: 10_000,
            contacts_secret: Secret::default(),
            external_secret: Secret::default(),
            sync_interval_ms: 3_600_000,
        }
    }
}

/// The callback address of a corp, `/api/v1/callbacks/wecom/CORPID`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WecomCallbackConfig {
    /// The token, as typed in WeCom's admin page.
    pub token: Secret,
    /// The EncodingAESKey, 43 characters.
    pub encoding_aes_key: Secret,
}
