//! Turns the items of an answer of `GetChatData` into envelopes, one for each, and loses none of them.
//!
//! An item of the right form becomes an envelope as it is. One of an odd form (a ciphertext or a key version that is
//! missing or no text or number) keeps its own JSON, byte for byte, in the place of the encrypted message, with an empty
//! encrypted key, so that it ends parked as `envelope_invalid` with all that was delivered at hand; bytes that are no
//! UTF-8 stand there as `base64:…`. One whose seq is missing or unreadable has besides the seq that was asked after, which
//! is stored already and so moves no cursor and opens no gap, and the msgid `unnumbered:` and the SHA-256 of its bytes in
//! hex, which is the same however often it is delivered.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use xinlu_archive::Envelope;

/// What the msgid of an item without a readable seq begins with.
pub const UNNUMBERED: &str = "unnumbered:";
/// What the kept bytes of an item begin with when they are no UTF-8.
const AS_BASE64: &str = "base64:";
/// Added to a control character inside a text to make it a letter of its own.
const CONTROL_LETTERS: u32 = 0x100;
/// Control characters end here.
const CONTROLS_END: u8 = 0x20;

/// An answer with its items.
pub(super) struct Answer {
    pub(super) errcode: i64,
    pub(super) envelopes: Vec<Envelope>,
}

/// An answer of the right form, as all are.
#[derive(Deserialize)]
struct Strict {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    chatdata: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    seq: u64,
    msgid: String,
    publickey_ver: u32,
    encrypt_random_key: String,
    encrypt_chat_msg: String,
}

/// An answer of any form.
#[derive(Deserialize)]
struct Loose<'a> {
    #[serde(default, borrow)]
    errcode: Option<&'a RawValue>,
    #[serde(default, borrow)]
    chatdata: Option<&'a RawValue>,
}

/// An item of any form; a field that stands in it twice makes all of it unreadable.
#[derive(Default, Deserialize)]
struct Fields<'a> {
    #[serde(default, borrow)]
    seq: Option<&'a RawValue>,
    #[serde(default, borrow)]
    msgid: Option<&'a RawValue>,
    #[serde(default, borrow)]
    publickey_ver: Option<&'a RawValue>,
    #[serde(default, borrow)]
    encrypt_random_key: Option<&'a RawValue>,
    #[serde(default, borrow)]
    encrypt_chat_msg: Option<&'a RawValue>,
}

/// The items of an answer to a fetch after the seq `after`; `None` when it is no answer.
pub(super) fn read(json: &[u8], after: u64) -> Option<Answer> {
    // A list would pass for an object whose fields come in order.
    json.trim_ascii_start().first().filter(|first| **first == b'{')?;
    match serde_json::from_slice::<Strict>(json) {
        Ok(answer) => {
            let envelopes = answer.chatdata.into_iter().map(envelope).collect();
            Some(Answer { errcode: answer.errcode, envelopes })
        }
        Err(_) => read_loosely(json, after),
    }
}

fn envelope(item: Item) -> Envelope {
    Envelope {
        seq: item.seq,
        msgid: msgid(item.msgid, item.seq),
        key_version: item.publickey_ver,
        encrypted_key: item.encrypt_random_key,
        encrypted_message: item.encrypt_chat_msg,
    }
}

/// Item by item, where one that is odd must not cost the others.
fn read_loosely(json: &[u8], after: u64) -> Option<Answer> {
    let text = transcribed(json);
    let answer: Loose<'_> = serde_json::from_str(&text).ok()?;
    let errcode = answer.errcode.map_or(Some(0), whole_number)?;
    let items: Vec<&RawValue> = match answer.chatdata {
        Some(items) => serde_json::from_str(items.get()).ok()?,
        None => Vec::new(),
    };
    let is_transcribed = matches!(text, Cow::Owned(_));
    let envelopes = items.into_iter().map(|item| {
        let bytes = if is_transcribed { original(item.get()) } else { item.get().into() };
        loose_envelope(item.get(), &bytes, is_transcribed, after)
    });
    Some(Answer { errcode, envelopes: envelopes.collect() })
}

/// `bytes` is the item as delivered, `text` as it can be parsed.
fn loose_envelope(text: &str, bytes: &[u8], is_transcribed: bool, after: u64) -> Envelope {
    let fields = text.starts_with('{').then(|| serde_json::from_str::<Fields<'_>>(text).ok()).flatten();
    let fields = fields.unwrap_or_default();
    let kept = |seq: u64, msgid: String| Envelope {
        seq,
        msgid,
        key_version: 0,
        encrypted_key: String::new(),
        encrypted_message: kept(bytes),
    };
    let Some(seq) = fields.seq.and_then(number) else {
        tracing::error!(after, "WeCom delivered an item without a readable seq; it is kept unnumbered");
        return kept(after, unnumbered(bytes));
    };
    let msgid = msgid(fields.msgid.map(|msgid| named(msgid, is_transcribed)).unwrap_or_default(), seq);
    let ciphertext = |field: Option<&RawValue>| {
        let text: String = serde_json::from_str(field?.get()).ok()?;
        (text.is_ascii() || !is_transcribed).then_some(text)
    };
    let key_version = fields.publickey_ver.and_then(number).and_then(|version| u32::try_from(version).ok());
    let parts = (key_version, ciphertext(fields.encrypt_random_key), ciphertext(fields.encrypt_chat_msg));
    let (Some(key_version), Some(encrypted_key), Some(encrypted_message)) = parts else {
        tracing::error!(seq, "WeCom delivered an item of an odd form; it is kept as it came");
        return kept(seq, msgid);
    };
    Envelope { seq, msgid, key_version, encrypted_key, encrypted_message }
}

/// A number, or its digits in a text.
fn number(value: &RawValue) -> Option<u64> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

fn whole_number(value: &RawValue) -> Option<i64> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A msgid of any form as a text: the text that it is, or its JSON.
fn named(value: &RawValue, is_transcribed: bool) -> String {
    let mut json = value.get().to_owned();
    if is_transcribed {
        json = String::from_utf8_lossy(&original(&json)).into_owned();
        json.retain(|letter| !letter.is_control());
    }
    serde_json::from_str(&json).unwrap_or(json)
}

/// An id that can be stored and shown; a message without one is known by its seq.
fn msgid(mut msgid: String, seq: u64) -> String {
    msgid.retain(|letter| !letter.is_control());
    if msgid.is_empty() { format!("seq:{seq}") } else { msgid }
}

fn unnumbered(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    digest(&SHA256, bytes).as_ref().iter().fold(UNNUMBERED.to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An item's bytes as a text from which they can be had back.
fn kept(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{AS_BASE64}{}", STANDARD.encode(bytes)),
    }
}

/// JSON for a strict parser. Where the bytes are no UTF-8, or control characters stand inside texts, each byte that the
/// parser would refuse becomes a letter of its own, so that `original` can undo it for every part of the whole.
fn transcribed(json: &[u8]) -> Cow<'_, str> {
    let mut controls = false;
    each_byte(json, |byte, in_text| controls |= in_text && byte < CONTROLS_END);
    match std::str::from_utf8(json) {
        Ok(text) if !controls => return Cow::Borrowed(text),
        _ => {}
    }
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    each_byte(json, |byte, in_text| {
        let is_control = in_text && byte < CONTROLS_END;
        let letter = if is_control { char::from_u32(CONTROL_LETTERS + u32::from(byte)) } else { None };
        text.push(letter.unwrap_or(char::from(byte)));
    });
    Cow::Owned(text)
}

/// The bytes that a part of a transcribed text stands for.
fn original(transcribed: &str) -> Vec<u8> {
    let byte = |letter: char| u8::try_from(u32::from(letter) % CONTROL_LETTERS).unwrap_or_default();
    transcribed.chars().map(byte).collect()
}

/// Tells of each byte whether it stands inside a text of the JSON.
fn each_byte(json: &[u8], mut tell: impl FnMut(u8, bool)) {
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        let ends = *byte == b'"' && !escaped;
        tell(*byte, in_text && !ends);
        escaped = in_text && *byte == b'\\' && !escaped;
        in_text ^= ends;
    }
}
