//! Callbacks of WeCom: checked, made durable, answered; acted on afterwards (PROTOCOL.md 3.3).
//!
//! A callback is only a hint: what changed is always fetched. It is answered after a durable write and long before
//! WeCom's five seconds; repeats of the same callback are one job. It never echoes or logs what was in it.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use xinlu_model::Time;

use super::callback_crypto::{CallbackCrypto, CallbackError};
use super::xml;

/// The job that a callback becomes.
pub const JOB_KIND: &str = "channels.wecom_callback";

/// What a callback tells, as far as anybody here acts on it. Ids only, no text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackEvent {
    /// The corp.
    pub corp_id: String,
    /// `Event`, such as `msgaudit_notify`.
    pub event: String,
    /// `ChangeType`, such as `add_external_contact`.
    pub change_type: String,
    /// `CreateTime` in seconds.
    pub created_at: i64,
    /// `ChatId` of a group that changed; empty for anything else.
    #[serde(default)]
    pub chat_id: String,
}

/// What has to be done about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Fetch messages.
    FetchMessages,
    /// Read the directory again.
    SyncDirectory,
    /// Ask for the name of the group again.
    NameRoom,
    /// Nothing (yet).
    Nothing,
}

/// A callback that was checked: the event and the key under which repeats of it are the same job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCallback {
    /// What it tells.
    pub event: CallbackEvent,
    /// SHA-256 of corp and plaintext in hex: a repeat carries the same plaintext in another ciphertext.
    pub key: String,
}

/// The query of a callback URL.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// Lower-case hex SHA-1.
    #[serde(default)]
    pub msg_signature: String,
    /// Seconds since the epoch.
    #[serde(default)]
    pub timestamp: String,
    /// Random text.
    #[serde(default)]
    pub nonce: String,
    /// Only when the URL is verified: the encrypted echo.
    #[serde(default)]
    pub echostr: String,
}

/// The plain echo for the verification of the URL.
pub fn verify_url(crypto: &CallbackCrypto, query: &CallbackQuery) -> Result<String, CallbackError> {
    // A `+` that was not escaped arrives as a space; base64 has no spaces.
    let echo = query.echostr.replace(' ', "+");
    let plain = crypto.open(&query.msg_signature, &query.timestamp, &query.nonce, &echo)?;
    String::from_utf8(plain).map_err(|_| CallbackError::Malformed)
}

/// Checks and reads the body of a callback: XML with `Encrypt`, or JSON with `encrypt`.
pub fn check(
    crypto: &CallbackCrypto,
    corp_id: &str,
    query: &CallbackQuery,
    body: &[u8],
) -> Result<CheckedCallback, CallbackError> {
    let encrypt = encrypted(body).ok_or(CallbackError::Malformed)?;
    let plain = crypto.open(&query.msg_signature, &query.timestamp, &query.nonce, &encrypt)?;
    let root = xml::read(&plain).ok_or(CallbackError::Malformed)?;
    let event = CallbackEvent {
        corp_id: corp_id.to_owned(),
        event: root.text_of("Event").to_owned(),
        change_type: root.text_of("ChangeType").to_owned(),
        created_at: root.text_of("CreateTime").parse().unwrap_or(0),
        chat_id: root.text_of("ChatId").to_owned(),
    };
    let hashed = digest(&SHA256, &[corp_id.as_bytes(), b"\n", &plain].concat());
    let key = hashed.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(CheckedCallback { event, key })
}

fn encrypted(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Encrypted {
        encrypt: String,
    }
    if body.trim_ascii_start().first() == Some(&b'{') {
        return serde_json::from_slice::<Encrypted>(body).ok().map(|body| body.encrypt);
    }
    let root = xml::read(body)?;
    let encrypt = root.text_of("Encrypt");
    (!encrypt.is_empty()).then(|| encrypt.to_owned())
}

/// What an event asks for.
pub fn reaction(event: &CallbackEvent) -> Reaction {
    match (event.event.as_str(), event.change_type.as_str()) {
        // A contact who consents says so in a message too (`agree`).
        ("msgaudit_notify", _) | ("change_external_contact", "msg_audit_approved") => Reaction::FetchMessages,
        ("change_contact" | "change_external_contact" | "change_external_tag", _) => Reaction::SyncDirectory,
        ("change_external_chat", _) => Reaction::NameRoom,
        _ => Reaction::Nothing,
    }
}

/// An encrypted answer, as WeCom takes it for a passive reply: XML with `Encrypt`, `MsgSignature`, `TimeStamp`, `Nonce`.
pub fn reply(crypto: &CallbackCrypto, message: &[u8], random: [u8; 16], now: Time, nonce: &str) -> String {
    let timestamp = now.seconds().to_string();
    let sealed = crypto.seal(message, random, &timestamp, nonce);
    format!(
        "<xml><Encrypt><![CDATA[{}]]></Encrypt><MsgSignature><![CDATA[{}]]></MsgSignature>\
         <TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>",
        sealed.encrypt, sealed.signature
    )
}

#[cfg(test)]
mod tests;
