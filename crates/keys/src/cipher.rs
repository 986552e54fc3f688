//! The primitives: AES-256-GCM (NIST SP 800-38D), HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869), SHA-256.
//!
//! A nonce is 96 bits, a tag 128. Whoever hands in a nonce must never use it twice with one key for different texts.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{digest, hmac};

use crate::KeysError;

/// Length of every key here.
pub const KEY_BYTES: usize = 32;
/// Length of a nonce.
pub const NONCE_BYTES: usize = 12;
/// Length of the tag at the end of a ciphertext.
pub const TAG_BYTES: usize = 16;

/// A key that is used several times, set up once.
pub struct CipherKey(LessSafeKey);

impl CipherKey {
    /// Sets the key up.
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("every 32 bytes are an AES-256 key");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts; the answer is ciphertext ‖ tag.
    pub fn seal_at(&self, nonce: &[u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(plaintext.len() + TAG_BYTES);
        sealed.extend_from_slice(plaintext);
        self.seal_tail(nonce, aad, &mut sealed, 0);
        sealed
    }

    /// Decrypts ciphertext ‖ tag.
    pub fn open_at(&self, nonce: &[u8; NONCE_BYTES], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeysError> {
        let mut buffer = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(aad), &mut buffer).map_err(|_| KeysError::Unopenable)?;
        let length = opened.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    fn seal_tail(&self, nonce: &[u8; NONCE_BYTES], aad: &[u8], buffer: &mut Vec<u8>, from: usize) {
        let (_, tail) = buffer.split_at_mut(from);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), tail)
            .expect("AES-GCM refuses only texts beyond 64 GiB, which no limit here lets in");
        buffer.extend_from_slice(tag.as_ref());
    }
}

/// Encrypts once: nonce ‖ ciphertext ‖ tag.
pub fn seal(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(NONCE_BYTES + plaintext.len() + TAG_BYTES);
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(plaintext);
    CipherKey::new(key).seal_tail(nonce, aad, &mut sealed, NONCE_BYTES);
    sealed
}

/// Decrypts what `seal` made: nonce ‖ ciphertext ‖ tag.
pub fn open(key: &[u8; KEY_BYTES], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeysError> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(KeysError::Unopenable)?;
    CipherKey::new(key).open_at(nonce, aad, rest)
}

/// HMAC-SHA-256 over the parts, one after the other. Parts of varying length need their lengths among them.
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    array(context.sign().as_ref())
}

/// SHA-256 over the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    array(context.finish().as_ref())
}

/// HKDF-SHA-256: extract with `salt`, expand with `info` to 32 bytes.
pub fn hkdf(secret: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; KEY_BYTES] {
    expand(&Salt::new(HKDF_SHA256, salt).extract(secret), info)
}

pub(crate) fn expand(prk: &aws_lc_rs::hkdf::Prk, info: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    let okm = prk.expand(info, Length).expect("32 bytes are fewer than the 8160 HKDF can give");
    okm.fill(&mut key).expect("the buffer has the length that was asked for");
    key
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

fn array(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("SHA-256 answers 32 bytes")
}

#[cfg(test)]
mod tests;
