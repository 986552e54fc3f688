//! What may be handed to the library. Anything else is answered here, because the library would abort or read beyond
//! its end (PROTOCOL.md 3.1.6: fewer than 13 characters throw `std::out_of_range`).
//!
//! Pure. It never repairs an input.

use std::ffi::CString;

/// The real library aborts below this length.
const ENCRYPTED_CHARS_MIN: usize = 13;
/// The largest message text is far below this; larger is no message.
const ENCRYPTED_CHARS_MAX: usize = 16 * 1024 * 1024;
/// 88 characters in practice.
const KEY_CHARS_MAX: usize = 1024;
/// Identifiers, secrets, proxies, index buffers and file ids are at most some hundred characters.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// `GetChatData` takes 1 to 1 000.
const LIMIT_MAX: u32 = 1000;

/// Own return code, below all of the library's: the input was refused before the call.
pub(super) const CODE_REFUSED: i32 = 1;

/// Key and message for `DecryptData`.
pub(super) fn pair(key: &[u8], message: &[u8]) -> Option<(CString, CString)> {
    let key_good = (1..=KEY_CHARS_MAX).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
    let message_good = (ENCRYPTED_CHARS_MIN..=ENCRYPTED_CHARS_MAX).contains(&message.len()) && is_base64(message);
    if !key_good || !message_good {
        return None;
    }
    Some((CString::new(key).ok()?, CString::new(message).ok()?))
}

/// A text without NUL, bounded.
pub(super) fn text(bytes: &[u8]) -> Option<CString> {
    if bytes.len() > TEXT_BYTES_MAX {
        return None;
    }
    CString::new(bytes).ok()
}

/// A `limit` that `GetChatData` takes.
pub(super) fn limit(limit: u32) -> Option<u32> {
    (1..=LIMIT_MAX).contains(&limit).then_some(limit)
}

fn is_base64(bytes: &[u8]) -> bool {
    let body = bytes.strip_suffix(b"==").or_else(|| bytes.strip_suffix(b"=")).unwrap_or(bytes);
    body.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}
