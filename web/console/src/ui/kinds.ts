/** The kinds of message by their number in records and leaves (crates/model/src/kind.rs); added to at the end, never renumbered. */
export const KINDS = [
  "unknown", "text", "image", "revoke", "agree", "disagree", "voice", "video", "card", "location", "emotion", "file", "link", "weapp",
  "chatrecord", "todo", "vote", "collect", "redpacket", "external_redpacket", "meeting", "meeting_notification", "meeting_voice_call",
  "voip_doc_share", "docmsg", "markdown", "news", "calendar", "mixed", "sphfeed", "voiptext", "qydiskfile", "solitaire", "note", "switch",
] as const;

export type Kind = (typeof KINDS)[number];
