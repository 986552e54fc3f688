//! Sends callbacks: encrypted, signed, retried, and lost or doubled when a fault says so (PROTOCOL.md 3.3).
//!
//! `msgaudit_notify` is sent at most once in an interval and only when there is something new (doc 95039). It must never
//! hold up anything else: a receiver that hangs costs this task its time and nobody else's.

use std::sync::Arc;
use std::time::Duration;

use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::callback_crypto::{self, RANDOM_BYTES};
use crate::error::SimulatorError;
use crate::faults::{CallbackFaults, dice};
use crate::process;
use crate::world::{Corp, World};

/// Agent id of the archive app in `msgaudit_notify` (doc 95039).
const ARCHIVE_AGENT_ID: u32 = 2_000_004;
/// An answer is an echo string or an encrypted text of some kilobytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// How often the sender looks for something new.
const TICK: Duration = Duration::from_millis(100);

/// Sends `msgaudit_notify` for the corp at `index` for as long as the process runs.
pub async fn notify_for_ever(world: Arc<World>, agent: ureq::Agent, index: usize) {
    let Some(corp) = world.corps.get(index) else {
        return;
    };
    let mut last_sent_ms = 0;
    loop {
        tokio::time::sleep(TICK).await;
        let faults = world.faults();
        let last_seq = corp.archive.lock().last_seq();
        let (url, notified) = {
            let log = corp.callbacks.lock();
            (log.url.clone(), log.notified_seq)
        };
        let now_ms = process::now_ms();
        let due = now_ms - last_sent_ms >= faults.callback.notify_interval_ms as i64;
        let Some(url) = url.filter(|_| last_seq > notified && due) else {
            continue;
        };
        last_sent_ms = now_ms;
        corp.callbacks.lock().notified_seq = last_seq;
        // The result stands in the log of the corp; there is nobody to tell.
        let _ = send(&world, corp, &agent, &url, &notify_xml(corp, now_ms)).await;
    }
}

/// The plain XML of `msgaudit_notify`.
pub fn notify_xml(corp: &Corp, now_ms: i64) -> String {
    let (corpid, seconds) = (&corp.config.corpid, now_ms / 1000);
    format!(
        "<xml><ToUserName><![CDATA[{corpid}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>{seconds}</CreateTime><MsgType><![CDATA[event]]></MsgType><AgentID>{ARCHIVE_AGENT_ID}</AgentID><Event><![CDATA[msgaudit_notify]]></Event></xml>"
    )
}

/// Encrypts and sends one event with all retries and faults.
pub async fn send(world: &World, corp: &Corp, agent: &ureq::Agent, url: &str, xml: &str) -> Result<(), SimulatorError> {
    let faults = world.faults();
    let settings = &faults.callback;
    let number = world.next_draw();
    let happens = |what: &str, ratio: f64| dice::happens(faults.seed, what, number, ratio);
    tokio::time::sleep(Duration::from_millis(settings.delay_ms)).await;
    if happens("callback lost", settings.lost) {
        corp.callbacks.lock().lost += 1;
        return Ok(());
    }
    let other = format!("ww{:016x}", dice::hash(corp.config.corpid.as_bytes()));
    let receiver = if happens("callback receiver", settings.wrong_receiver) { &other } else { &corp.config.corpid };
    let mut parcel = seal(corp, xml.as_bytes(), receiver)?;
    if happens("callback signature", settings.bad_signature) {
        parcel.signature = "0".repeat(parcel.signature.len());
    }
    let times = if happens("callback duplicated", settings.duplicated) { 2 } else { 1 };
    let mut result = Ok(());
    for _ in 0..times {
        result = deliver(corp, agent, url, &parcel, settings).await;
    }
    result
}

/// Checks the receiver's URL as the admin page does: the answer must be the echo string, bare.
pub async fn verify(world: &World, corp: &Corp, agent: &ureq::Agent, url: &str) -> Result<(), SimulatorError> {
    let failed = |reason: String| SimulatorError::Callback { url: url.to_owned(), reason };
    let echo: String = random().random_range(1_000_000_000_u64..u64::MAX).to_string();
    let parcel = seal(corp, echo.as_bytes(), &corp.config.corpid)?;
    let timeout_ms = world.faults().callback.timeout_ms;
    let call = Call { url: url.to_owned(), query: parcel.query(true), body: None, timeout_ms };
    let (status, body) = call.send(agent).await.map_err(failed)?;
    if !(200..300).contains(&status) {
        return Err(failed(format!("status {status}")));
    }
    if body != echo.as_bytes() {
        return Err(failed("the answer is not the bare echo string".to_owned()));
    }
    Ok(())
}

/// An encrypted text with all that travels in the URL beside it.
struct Parcel {
    encrypted: String,
    signature: String,
    timestamp: String,
    nonce: String,
}

impl Parcel {
    fn query(&self, with_text: bool) -> Vec<(String, String)> {
        let mut query = vec![
            ("msg_signature".to_owned(), self.signature.clone()),
            ("timestamp".to_owned(), self.timestamp.clone()),
            ("nonce".to_owned(), self.nonce.clone()),
        ];
        if with_text {
            query.push(("echostr".to_owned(), self.encrypted.clone()));
        }
        query
    }
}

/// One HTTP call: GET without a body, else POST.
#[derive(Clone)]
struct Call {
    url: String,
    query: Vec<(String, String)>,
    body: Option<String>,
    timeout_ms: u64,
}

impl Call {
    /// Status and body, or what went wrong.
    async fn send(self, agent: &ureq::Agent) -> Result<(u16, Vec<u8>), String> {
        let agent = agent.clone();
        let sent = tokio::task::spawn_blocking(move || self.send_blocking(&agent)).await;
        sent.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    fn send_blocking(self, agent: &ureq::Agent) -> Result<(u16, Vec<u8>), ureq::Error> {
        let timeout = Some(Duration::from_millis(self.timeout_ms));
        let mut response = match self.body {
            None => agent.get(&self.url).query_pairs(self.query).config().timeout_global(timeout).build().call()?,
            Some(body) => {
                let request = agent.post(&self.url).query_pairs(self.query).content_type("text/xml");
                request.config().timeout_global(timeout).build().send(&body)?
            }
        };
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        Ok((response.status().as_u16(), body))
    }
}

/// The client for callbacks. A proxy from the environment would only be in the way of the operator's own server.
pub fn new_agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent()
}

fn seal(corp: &Corp, message: &[u8], receiver: &str) -> Result<Parcel, SimulatorError> {
    let mut random = random();
    let mut prefix = [0; RANDOM_BYTES];
    random.fill_bytes(&mut prefix);
    // WeCom's random prefix is printable.
    for byte in &mut prefix {
        *byte = b'a' + *byte % 26;
    }
    let config = &corp.config;
    let encrypted = callback_crypto::encrypt(&config.callback_aes_key, prefix, message, receiver)
        .ok_or_else(|| SimulatorError::Key { what: "EncodingAESKey".to_owned() })?;
    let timestamp = (process::now_ms() / 1000).to_string();
    let nonce = random.random_range(100_000_000_u32..u32::MAX).to_string();
    let signature = callback_crypto::sign(&config.callback_token, &timestamp, &nonce, &encrypted);
    Ok(Parcel { encrypted, signature, timestamp, nonce })
}

async fn deliver(
    corp: &Corp,
    agent: &ureq::Agent,
    url: &str,
    parcel: &Parcel,
    settings: &CallbackFaults,
) -> Result<(), SimulatorError> {
    let body = format!(
        "<xml><ToUserName><![CDATA[{}]]></ToUserName><AgentID><![CDATA[{ARCHIVE_AGENT_ID}]]></AgentID><Encrypt><![CDATA[{}]]></Encrypt></xml>",
        corp.config.corpid, parcel.encrypted
    );
    let call =
        Call { url: url.to_owned(), query: parcel.query(false), body: Some(body), timeout_ms: settings.timeout_ms };
    let mut reason = String::new();
    for attempt in 0..=settings.retries_max {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(settings.retry_delay_ms)).await;
        }
        reason = match call.clone().send(agent).await {
            Ok((status, _)) if (200..300).contains(&status) => {
                let mut log = corp.callbacks.lock();
                log.delivered += 1;
                log.last_result = status.to_string();
                return Ok(());
            }
            Ok((status, _)) => format!("status {status}"),
            Err(reason) => reason,
        };
        let mut log = corp.callbacks.lock();
        log.failed_tries += 1;
        log.last_result.clone_from(&reason);
    }
    corp.callbacks.lock().failed += 1;
    Err(SimulatorError::Callback { url: url.to_owned(), reason })
}

/// Nonces must differ between runs, so they are not seeded by the world.
fn random() -> ChaCha8Rng {
    ChaCha8Rng::from_rng(&mut rand::rng())
}
