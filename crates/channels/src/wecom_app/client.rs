//! Calls WeCom's HTTP APIs: tokens, retries and back-off in one place (PROTOCOL.md 3.4).
//!
//! One token for each secret, fetched once however many wait for it, renewed once when WeCom refuses it. It never logs
//! a token or a URL, and never reads more of an answer than its limit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use xinlu_model::{Clock, Time};

use super::error::{Verdict, WecomError, address_in, verdict};
use crate::{ChannelError, Secret};

/// WeCom's own host, unless a simulator or a gateway stands in for it.
pub const BASE_URL: &str = "https://qyapi.weixin.qq.com";
/// The largest known answer (a page of contacts) has some hundred KB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Tries after `-1` (busy).
const BUSY_RETRIES_MAX: u32 = 3;
/// An API called too often is blocked until the next minute (doc 90312).
const THROTTLED_MS: i64 = 60_000;
/// A token is renewed so long before it ends, so that a call under way does not outlive it.
const TOKEN_MARGIN_MS: i64 = 300_000;
/// How long a token lasts when WeCom does not say.
const TOKEN_SECONDS_DEFAULT: i64 = 7_200;
const GETTOKEN: &str = "/cgi-bin/gettoken";

/// Which secret a call needs; each has a token of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// Of the conversation archive (会话内容存档).
    Archive,
    /// Of the contacts synchronisation (通讯录同步) or an app that may read it.
    Contacts,
    /// Of customer contact (客户联系).
    External,
}

/// Where and how to call.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Without a slash at the end.
    pub base_url: String,
    /// `http://user:password@host:port`; empty: none.
    pub proxy: Secret,
    /// The longest a call may take, in milliseconds.
    pub timeout_ms: u64,
    /// First wait after `-1`, doubled each time, in milliseconds.
    pub busy_retry_ms: u64,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { base_url: BASE_URL.to_owned(), proxy: Secret::default(), timeout_ms: 10_000, busy_retry_ms: 200 }
    }
}

struct Token {
    text: String,
    good_until: Time,
}

struct Account {
    secret: Secret,
    /// Held while a token is fetched, so that it is fetched once.
    token: tokio::sync::Mutex<Option<Arc<Token>>>,
}

/// The HTTP side of one corp.
pub struct WecomClient {
    http: reqwest::Client,
    settings: HttpSettings,
    corp_id: String,
    accounts: HashMap<SecretKind, Account>,
    throttled: Mutex<HashMap<(SecretKind, &'static str), Time>>,
    clock: Arc<dyn Clock>,
}

impl WecomClient {
    /// Kinds without a secret are refused when called.
    pub fn new(
        corp_id: &str,
        secrets: Vec<(SecretKind, Secret)>,
        settings: HttpSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, ChannelError> {
        let given = secrets.into_iter().filter(|(_, secret)| !secret.is_empty());
        let accounts = given.map(|(kind, secret)| (kind, Account { secret, token: tokio::sync::Mutex::default() }));
        Ok(Arc::new(Self {
            http: transport(&settings)?,
            settings,
            corp_id: corp_id.to_owned(),
            accounts: accounts.collect(),
            throttled: Mutex::default(),
            clock,
        }))
    }

    /// Whether there is a secret for this kind.
    pub fn has(&self, kind: SecretKind) -> bool {
        self.accounts.contains_key(&kind)
    }

    /// Gets a token, unless one is held: whether the secret is accepted.
    pub async fn sign_in(&self, kind: SecretKind) -> Result<(), WecomError> {
        let account = self.accounts.get(&kind).ok_or(WecomError::NoSecret)?;
        self.token(account).await.map(drop)
    }

    /// `GET api?query`.
    pub async fn get(
        &self,
        kind: SecretKind,
        api: &'static str,
        query: &[(&str, &str)],
    ) -> Result<Map<String, Value>, WecomError> {
        self.call(kind, api, query, None).await
    }

    /// `POST api` with a JSON body.
    pub async fn post(
        &self,
        kind: SecretKind,
        api: &'static str,
        body: &Value,
    ) -> Result<Map<String, Value>, WecomError> {
        self.call(kind, api, &[], Some(body)).await
    }

    async fn call(
        &self,
        kind: SecretKind,
        api: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Map<String, Value>, WecomError> {
        let account = self.accounts.get(&kind).ok_or(WecomError::NoSecret)?;
        self.refuse_throttled(kind, api)?;
        let mut renewed = false;
        let mut busy = 0;
        loop {
            let token = self.token(account).await?;
            let parameters = [query, &[("access_token", token.text.as_str())]].concat();
            let answer = self.send(api, &parameters, body).await?;
            let errcode = errcode(&answer);
            match verdict(errcode) {
                Verdict::Done => return Ok(answer),
                Verdict::Token if !renewed => {
                    renewed = true;
                    forget(account, &token).await;
                }
                Verdict::Busy if busy < BUSY_RETRIES_MAX => {
                    tokio::time::sleep(Duration::from_millis(self.settings.busy_retry_ms << busy)).await;
                    busy += 1;
                }
                Verdict::Throttled => return Err(self.throttle(kind, api)),
                _ => return Err(refused(api, &answer)),
            }
        }
    }

    fn refuse_throttled(&self, kind: SecretKind, api: &'static str) -> Result<(), WecomError> {
        let now = self.clock.now();
        match self.throttled.lock().get(&(kind, api)) {
            Some(until) if *until > now => Err(WecomError::Throttled { api, until: *until }),
            _ => Ok(()),
        }
    }

    fn throttle(&self, kind: SecretKind, api: &'static str) -> WecomError {
        let until = self.clock.now().plus_millis(THROTTLED_MS);
        self.throttled.lock().insert((kind, api), until);
        WecomError::Throttled { api, until }
    }

    async fn token(&self, account: &Account) -> Result<Arc<Token>, WecomError> {
        let mut held = account.token.lock().await;
        if let Some(token) = held.as_ref().filter(|token| token.good_until > self.clock.now()) {
            return Ok(Arc::clone(token));
        }
        let query = [("corpid", self.corp_id.as_str()), ("corpsecret", account.secret.reveal())];
        let mut busy = 0;
        let answer = loop {
            let answer = self.send(GETTOKEN, &query, None).await?;
            match verdict(errcode(&answer)) {
                Verdict::Done => break answer,
                Verdict::Busy if busy < BUSY_RETRIES_MAX => {
                    tokio::time::sleep(Duration::from_millis(self.settings.busy_retry_ms << busy)).await;
                    busy += 1;
                }
                _ => return Err(refused(GETTOKEN, &answer)),
            }
        };
        let text = answer.get("access_token").and_then(Value::as_str).ok_or(WecomError::NotJson)?.to_owned();
        let seconds = answer.get("expires_in").and_then(Value::as_i64).unwrap_or(TOKEN_SECONDS_DEFAULT);
        let lasts_ms = seconds.saturating_mul(1_000);
        // A token that lasts shorter than the margin is used for half its life.
        let good_ms = (lasts_ms - TOKEN_MARGIN_MS).max(lasts_ms / 2);
        let token = Arc::new(Token { text, good_until: self.clock.now().plus_millis(good_ms) });
        *held = Some(Arc::clone(&token));
        Ok(token)
    }

    async fn send(
        &self,
        api: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Map<String, Value>, WecomError> {
        let url = format!("{}{api}", self.settings.base_url);
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let mut response = request.query(query).send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(WecomError::Status(status.as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(WecomError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&bytes).map_err(|_| WecomError::NotJson)
    }
}

/// Forgets a refused token, unless somebody renewed it meanwhile.
async fn forget(account: &Account, refused: &Arc<Token>) {
    let mut held = account.token.lock().await;
    if held.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
        *held = None;
    }
}

/// A missing `errcode` is success: some replies leave it out.
fn errcode(answer: &Map<String, Value>) -> i64 {
    answer.get("errcode").and_then(Value::as_i64).unwrap_or(0)
}

fn refused(api: &'static str, answer: &Map<String, Value>) -> WecomError {
    let message = answer.get("errmsg").and_then(Value::as_str).unwrap_or_default();
    WecomError::Refused { api, errcode: errcode(answer), address: address_in(message) }
}

fn failed(error: reqwest::Error) -> WecomError {
    if error.is_timeout() {
        return WecomError::TimedOut;
    }
    WecomError::Network(error.without_url().to_string())
}

fn transport(settings: &HttpSettings) -> Result<reqwest::Client, ChannelError> {
    let invalid = |error: &dyn std::fmt::Display| ChannelError::Config(error.to_string());
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .timeout(Duration::from_millis(settings.timeout_ms))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if !settings.proxy.is_empty() {
        let proxy = reqwest::Proxy::all(settings.proxy.reveal());
        builder = builder.proxy(proxy.map_err(|_| ChannelError::Config("the proxy is not a URL".to_owned()))?);
    }
    builder.build().map_err(|error| invalid(&error.without_url()))
}

fn tls() -> Result<rustls::ClientConfig, ChannelError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ChannelError::Config(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests;
