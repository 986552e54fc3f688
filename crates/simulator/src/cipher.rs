//! The inner cipher of the simulated SDK: what `DecryptData` undoes.
//!
//! The vendor's cipher is unpublished, so this is one of our own: AES-256-GCM under SHA-256 of the 88-character random
//! key. One byte in front tells `DecryptData` how to behave, because that call has no handle through which a fault could
//! reach it. It must never be used for anything but simulated traffic: the nonce is fixed, which is sound only because
//! every message has a key of its own.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of the authentication tag at the end.
const TAG_BYTES: usize = 16;
/// The real library throws `std::out_of_range` and aborts below this length (PROTOCOL.md 3.1.6).
pub const ENCRYPTED_CHARS_MIN: usize = 13;
/// The first return code that a mark can ask for; the last is [`CODE_LAST`].
const CODE_FIRST: u16 = 10000;
/// The last documented return code (doc 91552).
const CODE_LAST: u16 = 10011;
/// Marks at and above this byte ask for a return code.
const MARK_CODE_BASE: u8 = 0xC0;

/// How `DecryptData` is to behave on one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Decrypt and return 0.
    Plain,
    /// Kill the process with SIGABRT.
    Abort,
    /// Kill the process with SIGSEGV (seen with the real library of 2024-06-06).
    Segfault,
    /// Never return.
    Hang,
    /// Return this code, 10000 to 10011.
    Code(u16),
}

impl Mark {
    fn byte(self) -> u8 {
        match self {
            Self::Plain => 0x01,
            Self::Abort => 0xA0,
            Self::Segfault => 0xA1,
            Self::Hang => 0xA2,
            Self::Code(code) => MARK_CODE_BASE + (code.clamp(CODE_FIRST, CODE_LAST) - CODE_FIRST) as u8,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Plain),
            0xA0 => Some(Self::Abort),
            0xA1 => Some(Self::Segfault),
            0xA2 => Some(Self::Hang),
            _ => {
                let code = CODE_FIRST + u16::from(byte.checked_sub(MARK_CODE_BASE)?);
                (code <= CODE_LAST).then_some(Self::Code(code))
            }
        }
    }
}

/// Encrypts `plain` under the 88-character `encrypt_key`; returns base64 of mark ‖ ciphertext ‖ tag.
pub fn encrypt(encrypt_key: &str, mark: Mark, plain: &[u8]) -> String {
    let mut sealed = Vec::with_capacity(1 + plain.len() + TAG_BYTES);
    sealed.push(mark.byte());
    sealed.extend_from_slice(plain);
    let (aad, body) = sealed.split_at_mut(1);
    let tag = key(encrypt_key)
        .seal_in_place_separate_tag(nonce(), Aad::from(&*aad), body)
        .expect("a message is far below the 64 GiB that GCM can seal");
    sealed.extend_from_slice(tag.as_ref());
    STANDARD.encode(sealed)
}

/// Undoes [`encrypt`]: the mark and the plain bytes, or nothing when the text is not one of ours or the key is wrong.
/// With any mark but [`Mark::Plain`] the bytes are there too, so that a fault can be told from garbage.
pub fn decrypt(encrypt_key: &str, encrypted: &[u8]) -> Option<(Mark, Vec<u8>)> {
    let mut bytes = STANDARD.decode(encrypted).ok()?;
    let mark = Mark::from_byte(*bytes.first()?)?;
    let mut body = bytes.split_off(1);
    let plain_len = key(encrypt_key).open_in_place(nonce(), Aad::from(&*bytes), &mut body).ok()?.len();
    body.truncate(plain_len);
    Some((mark, body))
}

fn key(encrypt_key: &str) -> LessSafeKey {
    let hash = digest::digest(&digest::SHA256, encrypt_key.as_bytes());
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, hash.as_ref()).expect("SHA-256 gives the 32 bytes AES-256 takes"))
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests;
