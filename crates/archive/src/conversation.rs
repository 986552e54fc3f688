//! Which conversation a message belongs to, and whose key encrypts it. Pure.
//!
//! The rules are for ever, or a conversation would fall apart in two: a group is its room; else an unordered pair; else
//! (nobody or several addressed without a room) the set of those who take part. The subject is, in a group, group ×
//! sender; with a contact, the contact in both directions; between members, the sender.

use xinlu_keys::sha256;
use xinlu_model::{Header, Party, PartyId, PartyKind};

/// What kind of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Two parties.
    Pair,
    /// A group of the source.
    Group,
    /// Anything else.
    Thread,
}

impl ConversationKind {
    /// The number on disk; never changes.
    pub const fn number(self) -> i64 {
        match self {
            Self::Pair => 1,
            Self::Group => 2,
            Self::Thread => 3,
        }
    }

    /// The kind of a number on disk.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Pair),
            2 => Some(Self::Group),
            3 => Some(Self::Thread),
            _ => None,
        }
    }
}

/// Most of a key that is kept readable; longer sets are named by their hash.
const KEY_BYTES_MAX: usize = 200;

/// Kind and key of the conversation; within a source the key is its name. `recipients` are in any order.
pub fn conversation_key(header: &Header, sender: PartyId, recipients: &[PartyId]) -> (ConversationKind, String) {
    if let Some(room) = &header.room {
        return (ConversationKind::Group, format!("g:{room}"));
    }
    let mut parties: Vec<i64> = recipients.iter().chain([&sender]).map(|party| party.packed()).collect();
    parties.sort_unstable();
    parties.dedup();
    let (kind, letter) =
        if parties.len() == 2 { (ConversationKind::Pair, 'p') } else { (ConversationKind::Thread, 't') };
    let mut key = String::from(letter);
    for party in parties {
        key.push(':');
        key.push_str(&party.to_string());
    }
    if key.len() > KEY_BYTES_MAX {
        key = format!("{letter}#{}", hexadecimal(&sha256(&[key.as_bytes()])));
    }
    (kind, key)
}

/// The room that a conversation's key names; `None` for a pair or a thread.
pub(crate) fn room_of_key(key: &str) -> Option<&str> {
    key.strip_prefix("g:")
}

/// The name of the subject whose key encrypts the message.
pub fn subject_name(source_key: &str, header: &Header) -> String {
    let sender = &header.sender;
    if let Some(room) = &header.room {
        return format!("group:{source_key}:{room}:{}", sender.id);
    }
    let mut others: Vec<&Party> = header.recipients.iter().filter(|party| *party != sender).collect();
    others.sort_unstable();
    others.dedup();
    if others.len() > 1 {
        let mut members: Vec<&Party> = others;
        members.push(sender);
        members.sort_unstable();
        let text: Vec<String> = members.iter().map(|party| format!("{}:{}", party.kind.number(), party.id)).collect();
        let set = hexadecimal(&sha256(&[text.join("\n").as_bytes()]));
        return format!("set:{source_key}:{set}:{}", sender.id);
    }
    let contact = others.into_iter().chain([sender]).find(|party| party.kind == PartyKind::Contact);
    let subject = contact.unwrap_or(sender);
    let word = match subject.kind {
        PartyKind::Member => "member",
        PartyKind::Contact => "contact",
        PartyKind::Bot => "bot",
    };
    format!("{word}:{source_key}:{}", subject.id)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
