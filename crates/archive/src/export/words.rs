//! The labels of exports, in Chinese and English. Pure.

use xinlu_model::MessageKind;

use super::ExportLanguage;
use crate::conversation::ConversationKind;
use crate::model::MediaState;

/// All labels of a page.
pub(super) struct Words {
    pub(super) tag: &'static str,
    pub(super) heading: &'static str,
    pub(super) kind: &'static str,
    pub(super) source: &'static str,
    pub(super) members: &'static str,
    pub(super) contacts: &'static str,
    pub(super) period: &'static str,
    pub(super) beginning: &'static str,
    pub(super) today: &'static str,
    pub(super) messages: &'static str,
    pub(super) left_out: &'static str,
    pub(super) by: &'static str,
    pub(super) at: &'static str,
    pub(super) checkpoint: &'static str,
    pub(super) no_checkpoint: &'static str,
    pub(super) zone: &'static str,
    pub(super) record: &'static str,
    pub(super) leaf: &'static str,
    pub(super) pending: &'static str,
    pub(super) to: &'static str,
    pub(super) revoked: &'static str,
    pub(super) revokes: &'static str,
    pub(super) bytes: &'static str,
}

const CHINESE: Words = Words {
    tag: "zh-CN",
    heading: "会话存档导出",
    kind: "会话类型",
    source: "来源",
    members: "内部成员",
    contacts: "外部联系人与机器人",
    period: "时间范围",
    beginning: "最早",
    today: "导出时",
    messages: "消息数",
    left_out: "无法显示的消息（密钥已销毁或数据损坏）",
    by: "导出人",
    at: "导出时间",
    checkpoint: "导出时存证日志的检查点",
    no_checkpoint: "尚无检查点",
    zone: "所有时间均为北京时间（UTC+8）。",
    record: "记录",
    leaf: "日志位置",
    pending: "等待写入日志",
    to: "发送给",
    revoked: "此消息已被撤回，见记录",
    revokes: "撤回的是记录",
    bytes: "字节",
};

const ENGLISH: Words = Words {
    tag: "en",
    heading: "Export of an archived conversation",
    kind: "Kind",
    source: "Source",
    members: "Members",
    contacts: "Contacts and bots",
    period: "Period",
    beginning: "beginning",
    today: "time of export",
    messages: "Messages",
    left_out: "Messages that cannot be shown (key destroyed, or data damaged)",
    by: "Exported by",
    at: "Exported at",
    checkpoint: "Checkpoint of the log at the time of export",
    no_checkpoint: "there is no checkpoint yet",
    zone: "All times are China Standard Time (UTC+8).",
    record: "record",
    leaf: "place in the log",
    pending: "waits for its place in the log",
    to: "to",
    revoked: "This message was taken back by record",
    revokes: "It takes back record",
    bytes: "bytes",
};

/// The labels of a language.
pub(super) fn words(language: ExportLanguage) -> &'static Words {
    match language {
        ExportLanguage::Chinese => &CHINESE,
        ExportLanguage::English => &ENGLISH,
    }
}

fn one_of(language: ExportLanguage, chinese: &'static str, english: &'static str) -> &'static str {
    match language {
        ExportLanguage::Chinese => chinese,
        ExportLanguage::English => english,
    }
}

/// What a conversation is called.
pub(super) fn conversation_kind(kind: ConversationKind, language: ExportLanguage) -> &'static str {
    match kind {
        ConversationKind::Pair => one_of(language, "单聊", "two parties"),
        ConversationKind::Group => one_of(language, "群聊", "group"),
        ConversationKind::Thread => one_of(language, "多人会话", "several parties"),
    }
}

/// How far a file is.
pub(super) fn media_state(state: MediaState, language: ExportLanguage) -> &'static str {
    match state {
        MediaState::Pending | MediaState::Fetching => one_of(language, "待下载", "being fetched"),
        MediaState::Stored => one_of(language, "已存档", "archived"),
        MediaState::Failed => one_of(language, "下载失败", "could not be fetched"),
        MediaState::Lost => one_of(language, "来源已删除", "no longer at the source"),
    }
}

/// What a message is called; a rarer one by its own name.
pub(super) fn message_kind(kind: MessageKind, language: ExportLanguage) -> &'static str {
    let (chinese, english) = match kind {
        MessageKind::Text => ("文本", "text"),
        MessageKind::Image => ("图片", "image"),
        MessageKind::Revoke => ("撤回", "taken back"),
        MessageKind::Agree => ("同意存档", "agreed to archiving"),
        MessageKind::Disagree => ("不同意存档", "refused archiving"),
        MessageKind::Voice => ("语音", "voice"),
        MessageKind::Video => ("视频", "video"),
        MessageKind::Card => ("名片", "card"),
        MessageKind::Location => ("位置", "location"),
        MessageKind::Emotion => ("表情", "emotion"),
        MessageKind::File => ("文件", "file"),
        MessageKind::Link => ("链接", "link"),
        MessageKind::Weapp => ("小程序", "mini program"),
        MessageKind::Chatrecord => ("聊天记录", "merged messages"),
        MessageKind::Todo => ("待办", "to do"),
        MessageKind::Vote => ("投票", "vote"),
        MessageKind::Collect => ("填表", "form"),
        MessageKind::Redpacket | MessageKind::ExternalRedpacket => ("红包", "red packet"),
        MessageKind::Meeting | MessageKind::MeetingNotification => ("会议", "meeting"),
        MessageKind::MeetingVoiceCall => ("语音通话", "voice call"),
        MessageKind::VoipDocShare => ("共享文档", "shared document"),
        MessageKind::Docmsg => ("在线文档", "online document"),
        MessageKind::Markdown => ("Markdown", "Markdown"),
        MessageKind::News => ("图文", "news"),
        MessageKind::Calendar => ("日程", "calendar"),
        MessageKind::Mixed => ("混合消息", "mixed"),
        MessageKind::Sphfeed => ("视频号", "channel feed"),
        MessageKind::Voiptext => ("通话", "call"),
        MessageKind::Qydiskfile => ("微盘文件", "drive file"),
        MessageKind::Solitaire => ("接龙", "chain"),
        MessageKind::Note => ("笔记", "note"),
        MessageKind::Switch => ("切换企业", "switched company"),
        MessageKind::Unknown => ("未知类型", "unknown kind"),
    };
    one_of(language, chinese, english)
}
