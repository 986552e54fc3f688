//! The kinds of message, channel-neutral but complete for WeCom's archive (33 and `switch`).
//!
//! The number of a kind lies in records and leaves for ever: add at the end, never renumber.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // The names are WeCom's own, PROTOCOL.md 3.2.
pub enum MessageKind {
    Unknown,
    Text,
    Image,
    Revoke,
    Agree,
    Disagree,
    Voice,
    Video,
    Card,
    Location,
    Emotion,
    File,
    Link,
    Weapp,
    Chatrecord,
    Todo,
    Vote,
    Collect,
    Redpacket,
    ExternalRedpacket,
    Meeting,
    MeetingNotification,
    MeetingVoiceCall,
    VoipDocShare,
    Docmsg,
    Markdown,
    News,
    Calendar,
    Mixed,
    Sphfeed,
    Voiptext,
    Qydiskfile,
    Solitaire,
    Note,
    Switch,
}

/// Kind, number on disk, name on the wire.
const TABLE: [(MessageKind, u16, &str); 35] = [
    (MessageKind::Unknown, 0, "unknown"),
    (MessageKind::Text, 1, "text"),
    (MessageKind::Image, 2, "image"),
    (MessageKind::Revoke, 3, "revoke"),
    (MessageKind::Agree, 4, "agree"),
    (MessageKind::Disagree, 5, "disagree"),
    (MessageKind::Voice, 6, "voice"),
    (MessageKind::Video, 7, "video"),
    (MessageKind::Card, 8, "card"),
    (MessageKind::Location, 9, "location"),
    (MessageKind::Emotion, 10, "emotion"),
    (MessageKind::File, 11, "file"),
    (MessageKind::Link, 12, "link"),
    (MessageKind::Weapp, 13, "weapp"),
    (MessageKind::Chatrecord, 14, "chatrecord"),
    (MessageKind::Todo, 15, "todo"),
    (MessageKind::Vote, 16, "vote"),
    (MessageKind::Collect, 17, "collect"),
    (MessageKind::Redpacket, 18, "redpacket"),
    (MessageKind::ExternalRedpacket, 19, "external_redpacket"),
    (MessageKind::Meeting, 20, "meeting"),
    (MessageKind::MeetingNotification, 21, "meeting_notification"),
    (MessageKind::MeetingVoiceCall, 22, "meeting_voice_call"),
    (MessageKind::VoipDocShare, 23, "voip_doc_share"),
    (MessageKind::Docmsg, 24, "docmsg"),
    (MessageKind::Markdown, 25, "markdown"),
    (MessageKind::News, 26, "news"),
    (MessageKind::Calendar, 27, "calendar"),
    (MessageKind::Mixed, 28, "mixed"),
    (MessageKind::Sphfeed, 29, "sphfeed"),
    (MessageKind::Voiptext, 30, "voiptext"),
    (MessageKind::Qydiskfile, 31, "qydiskfile"),
    (MessageKind::Solitaire, 32, "solitaire"),
    (MessageKind::Note, 33, "note"),
    (MessageKind::Switch, 34, "switch"),
];

impl MessageKind {
    /// All kinds in the order of their numbers.
    pub fn all() -> Vec<Self> {
        TABLE.iter().map(|(kind, ..)| *kind).collect()
    }

    /// The number on disk.
    pub fn number(self) -> u16 {
        TABLE.iter().find(|(kind, ..)| *kind == self).map_or(0, |(_, number, _)| *number)
    }

    /// The kind of a number on disk; a number from the future is `Unknown`.
    pub fn from_number(number: u16) -> Self {
        TABLE.iter().find(|(_, known, _)| *known == number).map_or(Self::Unknown, |(kind, ..)| *kind)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(kind, ..)| *kind == self).map_or("unknown", |(.., name)| *name)
    }

    /// The kind of a name; `None` when it is no kind we know.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|(.., known)| *known == name).map(|(kind, ..)| *kind)
    }
}

impl Serialize for MessageKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for MessageKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom("unknown message kind"))
    }
}

impl utoipa::PartialSchema for MessageKind {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(TABLE.iter().map(|(.., name)| *name)))
            .build()
            .into()
    }
}
impl utoipa::ToSchema for MessageKind {}
