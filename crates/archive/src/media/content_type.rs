//! The media type that is told to browsers. Pure.
//!
//! Only types that cannot run script are ever shown inside a page; everything else is a download.

use xinlu_model::MessageKind;

/// File name endings we know.
const BY_ENDING: [(&str, &str); 14] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("amr", "audio/amr"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("zip", "application/zip"),
    ("txt", "text/plain; charset=utf-8"),
];
/// First bytes we know.
const BY_FRONT: [(&[u8], &str); 7] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"#!AMR", "audio/amr"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
];
const UNKNOWN: &str = "application/octet-stream";

/// The type of an item by its name, else by its first bytes (none when they are not at hand), else by its kind.
pub fn content_type(kind: MessageKind, name: Option<&str>, front: &[u8]) -> &'static str {
    let ending = name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_lowercase());
    if let Some((_, known)) = ending.and_then(|ending| BY_ENDING.iter().find(|(known, _)| *known == ending)) {
        return known;
    }
    if let Some((_, known)) = BY_FRONT.iter().find(|(known, _)| front.starts_with(known)) {
        return known;
    }
    if front.get(4..8) == Some(b"ftyp".as_slice()) {
        return "video/mp4";
    }
    match kind {
        MessageKind::Voice | MessageKind::MeetingVoiceCall => "audio/amr",
        MessageKind::Video => "video/mp4",
        MessageKind::Image | MessageKind::Emotion if front.is_empty() => "image/png",
        _ => UNKNOWN,
    }
}

/// Whether a browser may show it in a page.
pub fn is_shown_inline(content_type: &str) -> bool {
    ["image/png", "image/jpeg", "image/gif", "image/webp", "audio/amr", "audio/mpeg", "video/mp4"]
        .contains(&content_type)
}
