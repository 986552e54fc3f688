//! A message on its way into the archive: the header everybody may filter by, and the body that is encrypted.
//!
//! `Parsed` is what pages show and the index reads; `raw` is what was delivered and is what proofs bind.

use serde::{Deserialize, Serialize};

use crate::{MessageKind, Party, SourceId, Time};

/// What the source says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Somebody sent a message.
    Send,
    /// Somebody took one back; `Parsed::revokes` names it.
    Recall,
    /// Somebody switched to another company in the client.
    Switch,
}

impl Action {
    /// The number on disk; never changes.
    pub const fn number(self) -> u8 {
        match self {
            Self::Send => 1,
            Self::Recall => 2,
            Self::Switch => 3,
        }
    }

    /// The action of a number on disk.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Send),
            2 => Some(Self::Recall),
            3 => Some(Self::Switch),
            _ => None,
        }
    }
}

/// What a record says of itself without being opened. It is the additional data of the record's cipher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where it came from.
    pub source: SourceId,
    /// The source's sequence number.
    pub seq: u64,
    /// The source's id of the message, unique in the source.
    pub msgid: String,
    /// What it is.
    pub kind: MessageKind,
    /// Sent, recalled or switched.
    pub action: Action,
    /// Who said it.
    pub sender: Party,
    /// To whom, in the order of the source.
    pub recipients: Vec<Party>,
    /// The group's id (WeCom `roomid`), if it was said in a group.
    pub room: Option<String>,
    /// When the source says it was said.
    pub sent_at: Time,
    /// When we first held it durably.
    pub observed_at: Time,
}

/// What role a piece of text plays, so that a page can say where a word was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PieceRole {
    /// What was written.
    Text,
    /// A title (link, file preview, meeting, vote …).
    Title,
    /// A description below a title.
    Description,
    /// A file's name.
    FileName,
    /// A person's or company's name (card).
    Name,
    /// A postal address or place.
    Place,
    /// Text inside a merged, mixed or note item.
    Nested,
}

/// One piece of text that can be searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Piece {
    /// What it is.
    pub role: PieceRole,
    /// The text as delivered.
    pub text: String,
}

/// A media item as the message declares it; its bytes come later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MediaDeclared {
    /// Place in the message: 0 for the message's own, then in reading order.
    pub ordinal: u32,
    /// Kind of the item: image, voice, video, file, emotion, `meeting_voice_call`, `voip_doc_share`.
    pub kind: MessageKind,
    /// The source's handle to fetch it by.
    pub handle: String,
    /// Lower-case hex MD5, when declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// Size in bytes, when declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// File name, when declared. It is data, never a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Whether a contact lets conversations be archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Agreed.
    Agree,
    /// Refused.
    Disagree,
}

/// A contact agreed or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentChange {
    /// The contact's id in the source.
    pub contact: String,
    /// What they said.
    pub consent: Consent,
    /// When they said it.
    pub changed_at: Time,
}

/// The parsed form of a message: what is shown, searched and fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parsed {
    /// The body for display: the source's own object under its own names, cleaned of control characters.
    pub body: serde_json::Value,
    /// The texts, in reading order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Piece>,
    /// The media, in reading order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaDeclared>,
    /// The msgid of the message that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revokes: Option<String>,
    /// A change of consent that this message tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentChange>,
    /// The source's name of the kind, when it is one we do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_kind: Option<String>,
}

/// A message ready to be archived.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    /// What may be filtered by.
    pub header: Header,
    /// The bytes as delivered.
    pub raw: Vec<u8>,
    /// The parsed form.
    pub parsed: Parsed,
}
