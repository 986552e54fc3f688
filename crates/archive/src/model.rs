//! The archive's own words: what is settled, what is parked and why, what a record looks like when read.

use xinlu_model::{ConversationId, Header, Inbound, MediaId, ParkedId, Parsed, PartyId, RecordId, SourceId, Time};

use crate::intake::Envelope;

/// Why something could not be archived and waits. The names are stable; the numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParkReason {
    /// No private key of that version has been given.
    KeyMissing,
    /// The private key of that version does not open it.
    KeyWrong,
    /// The source's own decryption refused it.
    DecryptFailed,
    /// The source's library died over it.
    SdkCrashed,
    /// Decrypted, but not JSON of a message.
    JsonBroken,
    /// Its msgid was archived before with other bytes.
    MsgidConflict,
    /// The envelope itself is not of its form.
    EnvelopeInvalid,
    /// Larger than the archive takes.
    TooLarge,
    /// Its msgid was archived before, and that record cannot be read: its subject's key is gone or it is damaged. What
    /// came may be the only copy.
    RecordUnreadable,
}

const REASONS: [(ParkReason, i64, &str); 9] = [
    (ParkReason::KeyMissing, 1, "key_missing"),
    (ParkReason::KeyWrong, 2, "key_wrong"),
    (ParkReason::DecryptFailed, 3, "decrypt_failed"),
    (ParkReason::SdkCrashed, 4, "sdk_crashed"),
    (ParkReason::JsonBroken, 5, "json_broken"),
    (ParkReason::MsgidConflict, 6, "msgid_conflict"),
    (ParkReason::EnvelopeInvalid, 7, "envelope_invalid"),
    (ParkReason::TooLarge, 8, "too_large"),
    (ParkReason::RecordUnreadable, 9, "record_unreadable"),
];

impl ParkReason {
    /// All reasons in the order of their numbers.
    pub fn all() -> Vec<Self> {
        REASONS.iter().map(|(reason, ..)| *reason).collect()
    }

    /// The number on disk.
    pub fn number(self) -> i64 {
        REASONS.iter().find(|(reason, ..)| *reason == self).map_or(0, |(_, number, _)| *number)
    }

    /// The reason of a number on disk.
    pub fn from_number(number: i64) -> Option<Self> {
        REASONS.iter().find(|(_, known, _)| *known == number).map(|(reason, ..)| *reason)
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        REASONS.iter().find(|(reason, ..)| *reason == self).map_or("", |(.., name)| *name)
    }

    /// Whether it was decrypted before it had to wait.
    pub fn is_decrypted(self) -> bool {
        matches!(self, Self::JsonBroken | Self::MsgidConflict | Self::TooLarge | Self::RecordUnreadable)
    }
}

/// What became of one envelope.
#[derive(Clone, Debug)]
pub enum Settled {
    /// A message.
    Message(Box<Inbound>),
    /// It has to wait.
    Parked {
        /// The envelope's.
        seq: u64,
        /// The envelope's.
        msgid: String,
        /// Why.
        reason: ParkReason,
        /// More for a person, without text of the message.
        detail: String,
    },
}

/// What a settlement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The first new record; the others follow it.
    pub first: Option<RecordId>,
    /// New records.
    pub appended: u64,
    /// Messages whose msgid was archived before with the same bytes.
    pub duplicates: u64,
    /// Items parked, conflicts among them.
    pub parked: u64,
    /// Messages whose msgid was archived before, with other bytes or in a record that cannot be read; parked.
    pub conflicts: u64,
}

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedItem {
    /// Its id.
    pub id: ParkedId,
    /// Where it came from.
    pub source: SourceId,
    /// As it was delivered; `None` for a source without envelopes.
    pub envelope: Option<Envelope>,
    /// The source's sequence number.
    pub seq: u64,
    /// The source's id of the message.
    pub msgid: String,
    /// Why it waits.
    pub reason: ParkReason,
    /// More for a person.
    pub detail: String,
    /// How often it was tried again.
    pub attempts: u32,
    /// When the source's delivery became durable.
    pub observed_at: Time,
    /// Since when it waits.
    pub parked_at: Time,
}

/// A record, opened.
#[derive(Clone, Debug)]
pub struct RecordView {
    /// Its id.
    pub id: RecordId,
    /// What it says of itself.
    pub header: Header,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Who said it.
    pub sender: PartyId,
    /// Everybody who takes part: the sender, then the recipients.
    pub parties: Vec<PartyId>,
    /// What is shown and searched.
    pub parsed: Parsed,
    /// As delivered.
    pub raw: Vec<u8>,
}

/// Where messages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its number here.
    pub id: SourceId,
    /// Its lasting name, `wecom:CORPID`.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The last sequence number that is stored; 0 before the first.
    pub cursor: u64,
    /// When the last batch became durable.
    pub received_at: Option<Time>,
}

/// How far the bytes of a media item are. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// Waits to be fetched.
    Pending,
    /// Somebody is fetching it.
    Fetching,
    /// Here.
    Stored,
    /// Given up; may be tried again by a person.
    Failed,
    /// The source no longer has it.
    Lost,
}

impl MediaState {
    /// The number on disk; never changes.
    pub const fn number(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Fetching => 1,
            Self::Stored => 2,
            Self::Failed => 3,
            Self::Lost => 4,
        }
    }

    /// The state of a number on disk.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Pending),
            1 => Some(Self::Fetching),
            2 => Some(Self::Stored),
            3 => Some(Self::Failed),
            4 => Some(Self::Lost),
            _ => None,
        }
    }
}

/// Why a media item is not here. The names are stable; the numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaReason {
    /// The network or the source failed.
    Network,
    /// The source does not know the handle.
    HandleUnknown,
    /// The source has deleted it (WeCom: five days).
    Expired,
    /// The MD5 is not the declared one.
    Md5Mismatch,
    /// The size is not the declared one, as of a file that was cut off.
    SizeMismatch,
    /// Not a single byte came though some were declared, or none were and none came.
    Empty,
    /// Larger than the archive takes.
    TooLarge,
    /// The source's library died over it.
    SdkCrashed,
    /// The source refused otherwise.
    Refused,
}

const MEDIA_REASONS: [(MediaReason, i64, &str); 9] = [
    (MediaReason::Network, 1, "network"),
    (MediaReason::HandleUnknown, 2, "handle_unknown"),
    (MediaReason::Expired, 3, "expired"),
    (MediaReason::Md5Mismatch, 4, "md5_mismatch"),
    (MediaReason::SizeMismatch, 5, "size_mismatch"),
    (MediaReason::Empty, 6, "empty"),
    (MediaReason::TooLarge, 7, "too_large"),
    (MediaReason::SdkCrashed, 8, "sdk_crashed"),
    (MediaReason::Refused, 9, "refused"),
];

impl MediaReason {
    /// The number on disk.
    pub fn number(self) -> i64 {
        MEDIA_REASONS.iter().find(|(reason, ..)| *reason == self).map_or(0, |(_, number, _)| *number)
    }

    /// The reason of a number on disk.
    pub fn from_number(number: i64) -> Option<Self> {
        MEDIA_REASONS.iter().find(|(_, known, _)| *known == number).map(|(reason, ..)| *reason)
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        MEDIA_REASONS.iter().find(|(reason, ..)| *reason == self).map_or("", |(.., name)| *name)
    }
}

/// A media item as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaItem {
    /// Its id.
    pub id: MediaId,
    /// Whose.
    pub record: RecordId,
    /// Its place in the message.
    pub ordinal: u32,
    /// How far it is.
    pub state: MediaState,
    /// Why it is not here.
    pub reason: Option<MediaReason>,
    /// Its size in bytes, once stored.
    pub size: Option<u64>,
    /// How often it was tried.
    pub attempts: u32,
}

/// A contact's answer to whether conversations may be archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEntry {
    /// The source.
    pub source: SourceId,
    /// The contact.
    pub contact: PartyId,
    /// What they said.
    pub consent: xinlu_model::Consent,
    /// When.
    pub changed_at: Time,
    /// The record that tells of it.
    pub record: RecordId,
    /// The conversation it was said in.
    pub conversation: ConversationId,
}
