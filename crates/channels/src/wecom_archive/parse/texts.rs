//! Where each kind of message keeps its body and its texts: the table behind the parser (PROTOCOL.md 3.2).
//!
//! Data only. A new kind of WeCom's is a new row here and in `MessageKind`, nothing else.

use xinlu_model::{MessageKind, PieceRole};

/// Where a text stands in a body.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In the field of this name.
    Field(&'static str),
    /// Each string of the list of this name.
    Each(&'static str),
    /// The second field of each object in the list of the first name.
    EachField(&'static str, &'static str),
}

use PieceRole::{Description, FileName, Name, Place as Spot, Text, Title};
use Place::{Each, EachField, Field};

/// The key of the body where it is not the kind's own name.
pub(super) fn body_key(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::ExternalRedpacket => "redpacket",
        MessageKind::Docmsg => "doc",
        MessageKind::MeetingNotification
        | MessageKind::Markdown
        | MessageKind::News
        | MessageKind::Voiptext
        | MessageKind::Qydiskfile
        | MessageKind::Solitaire
        | MessageKind::Note => "info",
        other => other.name(),
    }
}

/// The texts of a kind in reading order.
pub(super) fn texts(kind: MessageKind) -> &'static [(Place, PieceRole)] {
    match kind {
        MessageKind::Text | MessageKind::Markdown | MessageKind::MeetingNotification => &[(Field("content"), Text)],
        MessageKind::File | MessageKind::VoipDocShare | MessageKind::Qydiskfile => &[(Field("filename"), FileName)],
        MessageKind::Link => &[(Field("title"), Title), (Field("description"), Description)],
        MessageKind::Weapp => {
            &[(Field("title"), Title), (Field("description"), Description), (Field("displayname"), Name)]
        }
        MessageKind::Card => &[(Field("corpname"), Name), (Field("name"), Name)],
        MessageKind::Location => &[(Field("title"), Spot), (Field("address"), Spot)],
        MessageKind::Chatrecord => &[(Field("title"), Title)],
        MessageKind::Todo => &[(Field("title"), Title), (Field("content"), Text)],
        MessageKind::Vote => &[(Field("votetitle"), Title), (Each("voteitem"), Text)],
        MessageKind::Collect => {
            &[(Field("title"), Title), (Field("room_name"), Name), (EachField("details", "ques"), Text)]
        }
        MessageKind::Redpacket | MessageKind::ExternalRedpacket => &[(Field("wish"), Text)],
        MessageKind::Meeting => &[(Field("topic"), Title), (Field("address"), Spot), (Field("remarks"), Description)],
        MessageKind::MeetingVoiceCall => &[(EachField("demofiledata", "filename"), FileName)],
        MessageKind::Docmsg => &[(Field("title"), Title), (Field("doc_creator"), Name)],
        MessageKind::News => &[(EachField("item", "title"), Title), (EachField("item", "description"), Description)],
        MessageKind::Calendar => &[
            (Field("title"), Title),
            (Field("creatorname"), Name),
            (Each("attendeename"), Name),
            (Field("place"), Spot),
            (Field("remarks"), Description),
        ],
        MessageKind::Sphfeed => &[(Field("sph_name"), Name), (Field("feed_desc"), Description)],
        MessageKind::Solitaire => &[(Field("solitaire_content"), Text)],
        _ => &[],
    }
}

/// The list of nested messages of a kind.
pub(super) fn children(kind: MessageKind) -> &'static [&'static str] {
    match kind {
        MessageKind::Chatrecord | MessageKind::Mixed => &["item"],
        // WeCom's field table says `item`, its sample `items`.
        MessageKind::Note => &["items", "item"],
        _ => &[],
    }
}

/// The kind of a nested item: `ChatRecordText` in a chatrecord, `text` in mixed and note.
pub(super) fn nested_kind(name: &str) -> MessageKind {
    let bare = name.strip_prefix("ChatRecord").unwrap_or(name).to_ascii_lowercase();
    MessageKind::from_name(&bare).unwrap_or(MessageKind::Unknown)
}

/// In a kind we do not know: fields that hold what a person reads.
pub(super) fn role_of_field(name: &str) -> Option<PieceRole> {
    match name {
        "content" | "text" | "wish" | "ques" => Some(Text),
        "title" | "topic" => Some(Title),
        "description" | "desc" | "remarks" | "feed_desc" | "digest" => Some(Description),
        "filename" | "file_name" => Some(FileName),
        "name" | "nickname" | "displayname" | "corpname" => Some(Name),
        "address" | "place" => Some(Spot),
        _ => None,
    }
}
