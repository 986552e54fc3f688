//! Signing and encrypting of callbacks (PROTOCOL.md 3.3, docs 90968 and 90930), written apart from the product's code so
//! that each checks the other.
//!
//! It must never be lenient: what it accepts is exactly what WeCom would send.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};

/// WeCom pads to 32 bytes although AES has blocks of 16.
const PADDING_BLOCK_BYTES: usize = 32;
/// Random bytes in front of every plaintext.
pub const RANDOM_BYTES: usize = 16;
/// Bytes of the length that follows them.
const LENGTH_BYTES: usize = 4;

/// Published keys have non-zero trailing bits, which the strict decoder refuses.
const KEY_ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// What was inside an encrypted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The message: XML, or the echo string.
    pub message: Vec<u8>,
    /// Whom it is for: the corpid of a self-built app.
    pub receiver: String,
}

/// `hex(sha1(sorted and joined))` of token, timestamp, nonce and encrypted text.
pub fn sign(token: &str, timestamp: &str, nonce: &str, encrypted: &str) -> String {
    let mut parts = [token, timestamp, nonce, encrypted];
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat().as_bytes()))
}

/// Encrypts a message under an EncodingAESKey; `random` is put in front. Nothing when the key is not 43 characters of base64.
pub fn encrypt(aes_key: &str, random: [u8; RANDOM_BYTES], message: &[u8], receiver: &str) -> Option<String> {
    let key = key_bytes(aes_key)?;
    let mut plain =
        Vec::with_capacity(RANDOM_BYTES + LENGTH_BYTES + message.len() + receiver.len() + PADDING_BLOCK_BYTES);
    plain.extend_from_slice(&random);
    plain.extend_from_slice(&(message.len() as u32).to_be_bytes());
    plain.extend_from_slice(message);
    plain.extend_from_slice(receiver.as_bytes());
    let padding = PADDING_BLOCK_BYTES - plain.len() % PADDING_BLOCK_BYTES;
    plain.resize(plain.len() + padding, padding as u8);
    let (iv, _) = key.split_at(16);
    let encryptor = cbc::Encryptor::<Aes256>::new_from_slices(&key, iv).ok()?;
    Some(STANDARD.encode(encryptor.encrypt_padded_vec_mut::<NoPadding>(&plain)))
}

/// Undoes [`encrypt`]; nothing when the text was not made under this key.
pub fn decrypt(aes_key: &str, encrypted: &str) -> Option<Opened> {
    let key = key_bytes(aes_key)?;
    let (iv, _) = key.split_at(16);
    let bytes = STANDARD.decode(encrypted).ok()?;
    let decryptor = cbc::Decryptor::<Aes256>::new_from_slices(&key, iv).ok()?;
    let plain = decryptor.decrypt_padded_vec_mut::<NoPadding>(&bytes).ok()?;
    let padding = usize::from(*plain.last()?);
    if padding == 0 || padding > PADDING_BLOCK_BYTES {
        return None;
    }
    let plain = plain.get(RANDOM_BYTES..plain.len().checked_sub(padding)?)?;
    let (length, rest) = plain.split_first_chunk::<LENGTH_BYTES>()?;
    let (message, receiver) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some(Opened { message: message.to_vec(), receiver: String::from_utf8(receiver.to_vec()).ok()? })
}

fn key_bytes(aes_key: &str) -> Option<Vec<u8>> {
    KEY_ENGINE.decode(aes_key).ok().filter(|key| key.len() == 32)
}

#[cfg(test)]
mod tests;
