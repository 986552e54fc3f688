//! Text files as UTF-8: by their byte order mark, else as UTF-8, else as GB18030, as files of Chinese programs are.
//!
//! What has zero bytes or is none of these is no text.

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::Fault;

/// The text; `cut`: the bytes end in the midst of the file, perhaps of a letter.
pub(super) fn decoded(bytes: &[u8], cut: bool) -> Result<String, Fault> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None if bytes.contains(&0) => return Err(Fault::Unsupported),
        None if is_utf_8(bytes, cut) => (UTF_8, bytes),
        None => (GB18030, bytes),
    };
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let length = decoder.max_utf8_buffer_length(bytes.len()).ok_or(Fault::TooLarge)?;
    let mut text = String::with_capacity(length);
    let (_, _, replaced) = decoder.decode_to_string(bytes, &mut text, !cut);
    if replaced { Err(Fault::Unsupported) } else { Ok(text) }
}

fn is_utf_8(bytes: &[u8], cut: bool) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => cut && error.error_len().is_none(),
    }
}
