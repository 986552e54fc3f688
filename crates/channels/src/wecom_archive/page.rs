//! Reads what `GetChatData` answers and says what to do about it (PROTOCOL.md 3.1.2 and 3.1.5).
//!
//! Pure and lenient: an item that is not of its form becomes an envelope that is parked, as long as it has a seq.

use serde::Deserialize;
use serde_json::Value;
use xinlu_archive::Envelope;

/// What a fetch came to.
#[derive(Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// Envelopes in the order of their seq, each seq once and greater than the one asked for. Empty: nothing new.
    Page(Vec<Envelope>),
    /// The page is too large: ask for fewer.
    Smaller,
    /// It may work later.
    Later(Trouble),
}

/// Why a fetch did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The stable name, as status, metric and log say it.
    pub name: &'static str,
    /// WeCom's number.
    pub code: i64,
    /// Whether a person has to do something before it can work.
    pub needs_person: bool,
}

/// Return codes and errcodes that have a name; anything else is `refused`.
const TROUBLES: [(i64, &str, bool); 17] = [
    (-1, "busy", false),
    (10001, "network", false),
    (10002, "reply_unreadable", false),
    (10003, "system", false),
    (10000, "bad_parameter", true),
    (10009, "ip_not_trusted", true),
    (10011, "tls_certificate", true),
    (45009, "called_too_often", false),
    (45033, "called_too_often", false),
    (40001, "secret_wrong", true),
    (40013, "corp_unknown", true),
    (40091, "secret_wrong", true),
    (41001, "ip_not_trusted", true),
    (48002, "secret_wrong", true),
    (60020, "ip_not_trusted", true),
    (301_042, "ip_not_trusted", true),
    (301_052, "archive_expired", true),
];
/// The archive was never opened in WeCom's admin page.
const NOT_OPENED: i64 = 301_053;
/// The page asked for is too large.
const TOO_LARGE: i64 = 301_058;
/// The name of an answer that is no JSON.
const UNREADABLE: i64 = 10002;

#[derive(Deserialize)]
struct Answer {
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

/// Judges return code and JSON of a fetch after the seq `after`.
pub fn read(code: i32, json: &[u8], after: u64) -> FetchOutcome {
    if code != 0 {
        return FetchOutcome::Later(trouble(i64::from(code)));
    }
    let (errcode, mut envelopes) = match serde_json::from_slice::<Answer>(json) {
        Ok(answer) => (answer.errcode, answer.chatdata.into_iter().map(envelope).collect()),
        Err(_) => match read_leniently(json) {
            Some(read) => read,
            None => return FetchOutcome::Later(trouble(UNREADABLE)),
        },
    };
    match errcode {
        0 => {
            envelopes.retain(|envelope: &Envelope| envelope.seq > after);
            envelopes.sort_by_key(|envelope| envelope.seq);
            envelopes.dedup_by_key(|envelope| envelope.seq);
            FetchOutcome::Page(envelopes)
        }
        TOO_LARGE => FetchOutcome::Smaller,
        errcode => FetchOutcome::Later(trouble(errcode)),
    }
}

fn trouble(code: i64) -> Trouble {
    if code == NOT_OPENED {
        return Trouble { name: "archive_not_opened", code, needs_person: true };
    }
    let found = TROUBLES.iter().find(|(known, ..)| *known == code);
    let (name, needs_person) = found.map_or(("refused", true), |(_, name, needs_person)| (*name, *needs_person));
    Trouble { name, code, needs_person }
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
fn read_leniently(json: &[u8]) -> Option<(i64, Vec<Envelope>)> {
    let answer: Value = serde_json::from_str(&String::from_utf8_lossy(json)).ok()?;
    let errcode = answer.get("errcode").and_then(Value::as_i64).unwrap_or(0);
    let items = answer.get("chatdata").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut envelopes = Vec::with_capacity(items.len());
    for item in items {
        let number = |name: &str| {
            let value = item.get(name)?;
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(seq) = number("seq") else {
            tracing::error!("WeCom delivered a message without a seq; it cannot be stored");
            continue;
        };
        envelopes.push(Envelope {
            seq,
            msgid: msgid(text("msgid"), seq),
            key_version: number("publickey_ver").and_then(|version| version.try_into().ok()).unwrap_or(0),
            encrypted_key: text("encrypt_random_key"),
            encrypted_message: text("encrypt_chat_msg"),
        });
    }
    Some((errcode, envelopes))
}

/// An id that can be stored and shown; a message without one is still unique by its seq.
fn msgid(mut msgid: String, seq: u64) -> String {
    msgid.retain(|letter| !letter.is_control());
    if msgid.is_empty() { format!("seq:{seq}") } else { msgid }
}

#[cfg(test)]
mod tests;
