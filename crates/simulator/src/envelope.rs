//! Turns a plain message into the envelope that `GetChatData` hands out (PROTOCOL.md 3.1.2).
//!
//! The random key and the inner ciphertext come from the random source given, the RSA padding from the system, so an
//! envelope is made once and kept. It must never be made again for a seq that was already handed out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore as _;
use rand_chacha::ChaCha8Rng;

use crate::archive_file::{Entry, Origin};
use crate::cipher::{self, Mark};
use crate::company::PlainMessage;
use crate::error::SimulatorError;
use crate::faults::{Faults, MessageFault, dice};
use crate::mutate::mutate;
use crate::rsa_keys::{RsaKeys, WITHHELD_VERSION};

/// 66 random bytes are 88 characters of base64, as seen in practice (RND-208).
const RANDOM_KEY_BYTES: usize = 66;
/// What the `short_ciphertext` fault delivers: 12 characters, one below the length that is safe.
const SHORT_CIPHERTEXT: &str = "AAAAAAAAAAAA";

/// What an envelope is made from, apart from the message.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'a> {
    /// The corp's keys.
    pub keys: &'a RsaKeys,
    /// The version in force when the message is sent.
    pub version: u32,
    /// The fault to play on it, if any.
    pub fault: Option<MessageFault>,
    /// Where the message comes from.
    pub origin: Origin,
}

/// The fault drawn for the message with this seq.
pub fn fault_of(faults: &Faults, seq: u64) -> Option<MessageFault> {
    if let Some(fault) = faults.messages.at_seq.get(&seq) {
        return Some(*fault);
    }
    let mut drawn = faults.messages.ratios.iter();
    drawn.find(|(fault, ratio)| dice::happens(faults.seed, &fault.to_string(), seq, **ratio)).map(|(fault, _)| *fault)
}

/// Makes the envelope of `message` as `seq`; `previous_msgid` is for the fault that repeats one.
pub fn seal(
    sealing: Sealing<'_>,
    seq: u64,
    message: PlainMessage,
    previous_msgid: Option<&str>,
    random: &mut ChaCha8Rng,
) -> Result<Entry, SimulatorError> {
    let message = match sealing.fault {
        Some(fault) => mutate(message, fault, previous_msgid),
        None => message,
    };
    let mut key_bytes = [0; RANDOM_KEY_BYTES];
    random.fill_bytes(&mut key_bytes);
    let encrypt_key = STANDARD.encode(key_bytes);
    let (used, named) = versions(sealing);
    let mut random_key = sealing.keys.encrypt(used, &encrypt_key)?;
    let mut chat = cipher::encrypt(&encrypt_key, mark(sealing.fault), &message.json);
    match sealing.fault {
        Some(MessageFault::BrokenRandomKey) => random_key = STANDARD.encode([0xFF; 256]),
        Some(MessageFault::ShortCiphertext) => SHORT_CIPHERTEXT.clone_into(&mut chat),
        Some(MessageFault::CorruptCiphertext) => chat = corrupt(&chat),
        _ => {}
    }
    let msgid = serde_json::Value::from(message.msgid.as_str());
    let json = format!(
        r#"{{"seq":{seq},"msgid":{msgid},"publickey_ver":{named},"encrypt_random_key":"{random_key}","encrypt_chat_msg":"{chat}"}}"#
    );
    Ok(Entry { json: json.into_bytes(), msgtime_ms: message.msgtime_ms, origin: sealing.origin })
}

/// The version that encrypts and the version that the envelope names.
fn versions(sealing: Sealing<'_>) -> (u32, u32) {
    let version = sealing.version;
    match sealing.fault {
        Some(MessageFault::WithheldKeyVersion) => (WITHHELD_VERSION, WITHHELD_VERSION),
        // With a single version there is no other to name but one that does not exist.
        Some(MessageFault::WrongKeyVersion) if version > 1 => (version, version - 1),
        Some(MessageFault::WrongKeyVersion) => (version, version + 1),
        _ => (version, version),
    }
}

fn mark(fault: Option<MessageFault>) -> Mark {
    match fault {
        Some(MessageFault::DecryptAbort) => Mark::Abort,
        Some(MessageFault::DecryptSegfault) => Mark::Segfault,
        Some(MessageFault::DecryptHang) => Mark::Hang,
        Some(MessageFault::DecryptCode(code)) => Mark::Code(code),
        _ => Mark::Plain,
    }
}

fn corrupt(chat: &str) -> String {
    let middle = chat.len() / 2;
    chat.char_indices()
        .map(|(place, letter)| match letter {
            'A' if place == middle => 'B',
            _ if place == middle => 'A',
            _ => letter,
        })
        .collect()
}

/// `msgtime` (or `time` of a switch) found without parsing the whole; 0 when there is none. Records inside a chatrecord
/// carry times of their own, but in seconds, so the largest is the message's.
pub fn msgtime_ms(json: &[u8]) -> i64 {
    number_after(json, b"\"msgtime\":").or_else(|| number_after(json, b"\"time\":")).unwrap_or(0)
}

fn number_after(json: &[u8], name: &[u8]) -> Option<i64> {
    let places = json.windows(name.len()).enumerate().filter(|(_, window)| *window == name);
    places
        .filter_map(|(place, _)| {
            let digits = json.get(place + name.len()..)?.iter().skip_while(|byte| **byte == b' ');
            let text: Vec<u8> = digits.take_while(|byte| byte.is_ascii_digit()).copied().collect();
            String::from_utf8(text).ok()?.parse().ok()
        })
        .max()
}

#[cfg(test)]
mod tests;
