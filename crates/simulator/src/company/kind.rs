//! The kinds of archive messages and who sends them where.
//!
//! Only names and fitness; `bodies.rs` gives each kind its shape.

use super::scenario::{Role, Setting};

/// The 33 message types of PROTOCOL.md section 3.2, and the enterprise switch log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
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

use Kind::{
    Agree, Calendar, Card, Chatrecord, Collect, Disagree, Docmsg, Emotion, ExternalRedpacket, File, Image, Link,
    Location, Markdown, Meeting, MeetingNotification, MeetingVoiceCall, Mixed, News, Note, Qydiskfile, Redpacket,
    Revoke, Solitaire, Sphfeed, Switch, Text, Todo, Video, Voice, VoipDocShare, Voiptext, Vote, Weapp,
};

/// Every kind with its `msgtype` and how often it interrupts a talk, per 10 000 lines.
pub const KINDS: [(Kind, &str, usize); 34] = [
    (Text, "text", 0),
    (Image, "image", 430),
    (Revoke, "revoke", 70),
    (Agree, "agree", 20),
    (Disagree, "disagree", 6),
    (Voice, "voice", 260),
    (Video, "video", 70),
    (Card, "card", 25),
    (Location, "location", 12),
    (Emotion, "emotion", 190),
    (File, "file", 10),
    (Link, "link", 50),
    (Weapp, "weapp", 25),
    (Chatrecord, "chatrecord", 30),
    (Todo, "todo", 15),
    (Vote, "vote", 8),
    (Collect, "collect", 8),
    (Redpacket, "redpacket", 12),
    (ExternalRedpacket, "external_redpacket", 12),
    (Meeting, "meeting", 12),
    (MeetingNotification, "meeting_notification", 10),
    (MeetingVoiceCall, "meeting_voice_call", 12),
    (VoipDocShare, "voip_doc_share", 8),
    (Docmsg, "docmsg", 20),
    (Markdown, "markdown", 15),
    (News, "news", 12),
    (Calendar, "calendar", 12),
    (Mixed, "mixed", 50),
    (Sphfeed, "sphfeed", 25),
    (Voiptext, "voiptext", 40),
    (Qydiskfile, "qydiskfile", 12),
    (Solitaire, "solitaire", 8),
    (Note, "note", 12),
    (Switch, "switch", 5),
];

impl Kind {
    /// The `msgtype`, also the word in scripts after `!`.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        KINDS.iter().find(|(_, known, _)| *known == name).map(|(kind, _, _)| *kind)
    }

    /// Whether people send it in such a conversation.
    pub fn fits(self, setting: Setting) -> bool {
        let internal = matches!(setting, Setting::Colleague | Setting::Team);
        let crowd = matches!(setting, Setting::Group | Setting::Team);
        match self {
            Todo | Docmsg | Calendar | Redpacket => internal,
            Vote | Collect | Solitaire => crowd,
            ExternalRedpacket => !internal,
            Agree | Disagree => setting == Setting::Direct,
            Markdown | News => setting == Setting::Team,
            MeetingVoiceCall | VoipDocShare | Voiptext => !crowd,
            Text => false,
            _ => true,
        }
    }

    /// Who must send it, when that is not just anybody.
    pub fn sender(self) -> Option<Role> {
        match self {
            Agree | Disagree => Some(Role::C),
            Todo | Vote | Collect | Meeting | MeetingNotification | Docmsg | Calendar | Card | Switch | Qydiskfile
            | Note => Some(Role::A),
            _ => None,
        }
    }

    /// Kinds sent by a robot.
    pub fn robotic(self) -> bool {
        matches!(self, Markdown | News)
    }
}
