//! Turns one decrypted archive message (PROTOCOL.md 3.2) into what the archive takes.
//!
//! Lenient: an unknown type, a missing field or a field of another shape never stops a message; only bytes that are no
//! JSON object are refused, and then the caller parks them. Pure: it never reads the clock, the database or a file, and
//! it never changes the raw bytes, which are what proofs bind.

mod body;
mod clean;
mod texts;

use serde_json::{Map, Value};
use xinlu_model::{
    Action, Consent, ConsentChange, Header, Inbound, MessageKind, Parsed, Party, PartyKind, SourceId, Time,
};

use body::Walk;

/// The sender of a message that names none. No WeCom userid begins with `-`, so it can never be somebody.
pub const NO_SENDER_ID: &str = "-";

/// External ids have 32 characters; userids that begin alike (`wolf`, `wbchen`) are far shorter.
const EXTERNAL_ID_BYTES_MIN: usize = 16;

/// 9999-12-31T23:59:59.999Z: the last time RFC 3339 can say.
const TIME_MILLIS_MAX: i64 = 253_402_300_799_999;

/// The fields every message has; what else stands beside the body belongs to the body.
const COMMON_FIELDS: [&str; 7] = ["msgid", "action", "from", "tolist", "roomid", "msgtime", "msgtype"];

/// What is known of a message before it is read.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Where it came from.
    pub source: SourceId,
    /// The source's sequence number.
    pub seq: u64,
    /// The msgid of the envelope, which is the key against doubles; without one the message's own is taken.
    pub msgid: Option<&'a str>,
    /// When we first held it durably.
    pub observed_at: Time,
}

/// The bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// They are not JSON, or the JSON is no object. Says where, never what.
    #[error("not a JSON object ({0})")]
    Broken(String),
}

/// Reads one message. `raw` is kept as it is; `body` of the answer is the message's own object with three changes for
/// display: control characters are gone, JSON inside strings is opened, and each `sdkfileid` is replaced by the
/// `media_ordinal` under which `media` lists it.
pub fn parse(delivery: &Delivery<'_>, raw: Vec<u8>) -> Result<Inbound, ParseError> {
    let mut fields = match clean::read(&raw) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(ParseError::Broken("another JSON value".to_owned())),
        Err(error) => return Err(ParseError::Broken(error)),
    };
    let name = text(&fields, "msgtype").unwrap_or_default().to_owned();
    let action = action(text(&fields, "action"));
    let kind = kind(&name, action);
    let sent_at = sent_at(&fields).unwrap_or(delivery.observed_at);
    let header = Header {
        source: delivery.source,
        seq: delivery.seq,
        msgid: msgid(delivery, &fields),
        kind,
        action,
        sender: sender(&fields),
        recipients: recipients(&mut fields),
        room: text(&fields, "roomid").filter(|room| !room.is_empty()).map(str::to_owned),
        sent_at,
        observed_at: delivery.observed_at,
    };
    let mut body = body_of(kind, &name, fields);
    let mut walk = Walk::default();
    walk.message(kind, &mut body);
    let parsed = Parsed {
        revokes: (kind == MessageKind::Revoke || action == Action::Recall)
            .then(|| text(&body, "pre_msgid").filter(|msgid| !msgid.is_empty()).map(str::to_owned))
            .flatten(),
        consent: consent(kind, &body, &header),
        unknown_kind: (kind == MessageKind::Unknown && !name.is_empty()).then_some(name),
        pieces: walk.pieces,
        media: walk.media,
        body: Value::Object(body),
    };
    Ok(Inbound { header, raw, parsed })
}

/// Whom an id stands for (PROTOCOL.md 3.2): `wm…`/`wo…` outside, `wb…` a bot, anything else a member.
pub fn party(id: &str) -> Party {
    let external = id.len() >= EXTERNAL_ID_BYTES_MIN;
    let kind = match id.get(..2) {
        Some("wm" | "wo") if external => PartyKind::Contact,
        Some("wb") if external => PartyKind::Bot,
        _ => PartyKind::Member,
    };
    Party { kind, id: id.to_owned() }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

fn action(name: Option<&str>) -> Action {
    match name {
        Some("recall") => Action::Recall,
        Some("switch") => Action::Switch,
        _ => Action::Send,
    }
}

fn kind(name: &str, action: Action) -> MessageKind {
    if action == Action::Switch && name.is_empty() {
        return MessageKind::Switch;
    }
    MessageKind::from_name(name).unwrap_or(MessageKind::Unknown)
}

fn msgid(delivery: &Delivery<'_>, fields: &Map<String, Value>) -> String {
    let own = || text(fields, "msgid").filter(|msgid| !msgid.is_empty());
    // A message without any id is still unique by its place in the source.
    delivery.msgid.or_else(own).map_or_else(|| format!("seq:{}", delivery.seq), str::to_owned)
}

fn sender(fields: &Map<String, Value>) -> Party {
    let named = [text(fields, "from"), text(fields, "user")];
    party(named.into_iter().flatten().find(|id| !id.is_empty()).unwrap_or(NO_SENDER_ID))
}

fn recipients(fields: &mut Map<String, Value>) -> Vec<Party> {
    let ids = match fields.remove("tolist") {
        Some(Value::Array(ids)) => ids,
        Some(one) => vec![one],
        None => return Vec::new(),
    };
    ids.iter().filter_map(Value::as_str).filter(|id| !id.is_empty()).map(party).collect()
}

fn sent_at(fields: &Map<String, Value>) -> Option<Time> {
    millis(fields.get("msgtime")).or_else(|| millis(fields.get("time")))
}

/// A time in milliseconds, as a number or as digits in a string; nothing when RFC 3339 could not say it.
fn millis(value: Option<&Value>) -> Option<Time> {
    let millis = value?.as_i64().or_else(|| value?.as_str()?.parse().ok())?;
    (0..=TIME_MILLIS_MAX).contains(&millis).then(|| Time::from_millis(millis))
}

fn consent(kind: MessageKind, body: &Map<String, Value>, header: &Header) -> Option<ConsentChange> {
    let (consent, time) = match kind {
        MessageKind::Agree => (Consent::Agree, "agree_time"),
        MessageKind::Disagree => (Consent::Disagree, "disagree_time"),
        _ => return None,
    };
    Some(ConsentChange {
        contact: text(body, "userid").unwrap_or(&header.sender.id).to_owned(),
        consent,
        changed_at: millis(body.get(time)).unwrap_or(header.sent_at),
    })
}

/// The body's own fields and whatever else is not common to all messages (`voiceid`, a `vote` at the top level …).
fn body_of(kind: MessageKind, name: &str, mut fields: Map<String, Value>) -> Map<String, Value> {
    for common in COMMON_FIELDS {
        fields.remove(common);
    }
    let keys = [texts::body_key(kind), name, "info"];
    let key = keys.into_iter().find(|key| fields.get(*key).is_some_and(Value::is_object));
    let Some(Value::Object(mut body)) = key.and_then(|key| fields.remove(key)) else {
        return fields;
    };
    for (name, value) in fields {
        body.entry(name).or_insert(value);
    }
    body
}

#[cfg(test)]
mod tests;
