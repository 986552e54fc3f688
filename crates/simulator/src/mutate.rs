//! Plays a message fault on the plain text of one message. Pure: text in, text out.
//!
//! Faults of the envelope (keys, ciphertext) are not here but in `envelope.rs`. It must never be called with faults off:
//! what a message says then is the company's business alone.

use serde_json::{Map, Value, json};

use crate::company::PlainMessage;
use crate::faults::MessageFault;

/// An integer that fits neither a double nor a signed 64-bit number (WxJava's sample).
const HUGE_INTEGER: u64 = 11_101_571_002_822_706_744;
/// How far back a message out of order lies.
const OUT_OF_ORDER_MS: i64 = 3 * 24 * 3600 * 1000;
/// A raw byte that JSON forbids inside strings.
const CONTROL_BYTE: u8 = 0x0B;
/// Members that every message has; all others belong to its type.
const COMMON: [&str; 6] = ["msgid", "action", "from", "tolist", "roomid", "msgtime"];

/// The message with `fault` played on it; `previous_msgid` is that of the message before it.
pub fn mutate(message: PlainMessage, fault: MessageFault, previous_msgid: Option<&str>) -> PlainMessage {
    let changed = match fault {
        MessageFault::BrokenJson => {
            let kept = message.json.len() * 2 / 3;
            return PlainMessage { json: message.json.get(..kept).unwrap_or_default().to_vec(), ..message };
        }
        MessageFault::ControlCharacters => return with_control_byte(message),
        MessageFault::HugeIntegers => retype(&message, "meeting", |body| {
            body.insert("meeting".to_owned(), json!({"topic": "夕会", "starttime": 1_603_877_400, "endtime": 1_603_881_000, "address": "", "remarks": "", "meetingtype": 102, "meetingid": HUGE_INTEGER, "status": 1}));
        }),
        MessageFault::UnknownType => retype(&message, "hologram", |body| {
            body.insert("hologram".to_owned(), json!({"depth": 3, "caption": "全息影像"}));
        }),
        MessageFault::VoteNested => retype(&message, "vote", |body| {
            body.insert("vote".to_owned(), Value::Object(vote()));
        }),
        MessageFault::VoteAtTopLevel => retype(&message, "vote", |body| body.extend(vote())),
        MessageFault::OutOfOrder => {
            let msgtime_ms = message.msgtime_ms - OUT_OF_ORDER_MS;
            let edited = edit(&message, |body| {
                body.insert("msgtime".to_owned(), json!(msgtime_ms));
            });
            return PlainMessage { msgtime_ms, json: edited.unwrap_or(message.json), ..message };
        }
        MessageFault::RepeatedMsgid => {
            let msgid = previous_msgid.unwrap_or(&message.msgid).to_owned();
            let edited = edit(&message, |body| {
                body.insert("msgid".to_owned(), json!(msgid));
            });
            return PlainMessage { msgid, json: edited.unwrap_or(message.json), ..message };
        }
        MessageFault::EmptyMd5 => edit(&message, |body| replace_md5(body, |_| String::new())),
        MessageFault::WrongMd5 => edit(&message, |body| replace_md5(body, |md5| md5.chars().rev().collect())),
        _ => None,
    };
    match changed {
        Some(json) => PlainMessage { json, ..message },
        None => message,
    }
}

fn vote() -> Map<String, Value> {
    let body = json!({"votetitle": "团建去哪里", "voteitem": ["爬山", "烧烤", "剧本杀"], "votetype": 101, "voteid": "vote_fault"});
    body.as_object().cloned().unwrap_or_default()
}

fn edit(message: &PlainMessage, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Vec<u8>> {
    let mut body: Map<String, Value> = serde_json::from_slice(&message.json).ok()?;
    change(&mut body);
    serde_json::to_vec(&body).ok()
}

fn retype(message: &PlainMessage, msgtype: &str, add: impl FnOnce(&mut Map<String, Value>)) -> Option<Vec<u8>> {
    edit(message, |body| {
        body.retain(|name, _| COMMON.contains(&name.as_str()));
        body.insert("msgtype".to_owned(), json!(msgtype));
        body.insert("action".to_owned(), json!("send"));
        add(body);
    })
}

fn with_control_byte(message: PlainMessage) -> PlainMessage {
    const MARK: &[u8] = b"\"content\":\"";
    let mut json = message.json;
    if let Some(place) = json.windows(MARK.len()).position(|window| window == MARK) {
        json.insert(place + MARK.len(), CONTROL_BYTE);
    } else if json.last() == Some(&b'}') {
        json.pop();
        json.extend_from_slice(b",\"remark\":\"a");
        json.push(CONTROL_BYTE);
        json.extend_from_slice(b"b\"}");
    }
    PlainMessage { json, ..message }
}

fn replace_md5(body: &mut Map<String, Value>, change: fn(&str) -> String) {
    for (name, value) in body.iter_mut() {
        match value {
            Value::String(text) if name == "md5sum" => *text = change(text),
            Value::Object(inner) => replace_md5(inner, change),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
