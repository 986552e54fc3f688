//! Signature and encryption of callbacks (PROTOCOL.md 3.3; official pages 90968 and 90930).
//!
//! Pure: randomness and times are handed in. It never says why an input was refused beyond its kind, and never shows a
//! plaintext or a key.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest, Sha1};
use xinlu_model::{ErrorKind, Fault};

use crate::Secret;

/// Characters of an EncodingAESKey.
const ENCODED_KEY_CHARS: usize = 43;
/// Bytes of an AES-256 key.
const KEY_BYTES: usize = 32;
/// Bytes of an AES block, also of the initialisation vector.
const BLOCK_BYTES: usize = 16;
/// WeCom pads to 32 bytes, not to the cipher's 16.
const PAD_BLOCK_BYTES: usize = 32;
/// Random bytes before the length.
const RANDOM_BYTES: usize = 16;
/// Bytes of the length.
const LENGTH_BYTES: usize = 4;

/// Valid keys may end in bits that strict base64 refuses (seen in the published vector).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a callback was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The configured EncodingAESKey is not 43 characters of base64.
    #[error("the EncodingAESKey is not 43 characters of base64")]
    KeyInvalid,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    SignatureWrong,
    /// The ciphertext or what is in it is malformed.
    #[error("the callback is malformed")]
    Malformed,
    /// It is meant for somebody else.
    #[error("the callback is meant for another receiver")]
    ReceiverWrong,
}

impl Fault for CallbackError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::KeyInvalid => ErrorKind::Internal,
            Self::SignatureWrong | Self::ReceiverWrong => ErrorKind::Forbidden,
            Self::Malformed => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::KeyInvalid => "channels.callback_key_invalid",
            Self::SignatureWrong => "channels.callback_signature_wrong",
            Self::Malformed => "channels.callback_malformed",
            Self::ReceiverWrong => "channels.callback_receiver_wrong",
        }
    }
}

/// An encrypted message with its signature, as a passive reply or a test sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCallback {
    /// Base64 of the ciphertext.
    pub encrypt: String,
    /// Lower-case hex SHA-1.
    pub signature: String,
}

/// The keys of one callback address.
#[derive(Clone)]
pub struct CallbackCrypto {
    token: Secret,
    key: [u8; KEY_BYTES],
    receiver: String,
}

impl std::fmt::Debug for CallbackCrypto {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "CallbackCrypto({})", self.receiver)
    }
}

impl CallbackCrypto {
    /// `receiver` is the corp id (self-built apps), the suite id (third parties) or empty (bots).
    pub fn new(token: Secret, encoding_aes_key: &Secret, receiver: &str) -> Result<Self, CallbackError> {
        let encoded = encoding_aes_key.reveal();
        if encoded.len() != ENCODED_KEY_CHARS {
            return Err(CallbackError::KeyInvalid);
        }
        let bytes = BASE64.decode(encoded).map_err(|_| CallbackError::KeyInvalid)?;
        let key = bytes.try_into().map_err(|_| CallbackError::KeyInvalid)?;
        Ok(Self { token, key, receiver: receiver.to_owned() })
    }

    /// Lower-case hex of SHA-1 over the four texts in byte order, joined.
    pub fn signature(&self, timestamp: &str, nonce: &str, encrypt: &str) -> String {
        let mut parts = [self.token.reveal(), timestamp, nonce, encrypt];
        parts.sort_unstable();
        let mut hash = Sha1::new();
        for part in parts {
            hash.update(part.as_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks the signature, then decrypts, then checks for whom it is. Returns the message (XML, or the echo string).
    pub fn open(&self, signature: &str, timestamp: &str, nonce: &str, encrypt: &str) -> Result<Vec<u8>, CallbackError> {
        let expected = self.signature(timestamp, nonce, encrypt);
        verify_slices_are_equal(expected.as_bytes(), signature.as_bytes())
            .map_err(|_| CallbackError::SignatureWrong)?;
        let mut buffer = BASE64.decode(encrypt).map_err(|_| CallbackError::Malformed)?;
        let plain = cbc::Decryptor::<Aes256>::new(&self.key.into(), &self.vector().into())
            .decrypt_padded_mut::<NoPadding>(&mut buffer)
            .map_err(|_| CallbackError::Malformed)?;
        let (message, receiver) = split(plain).ok_or(CallbackError::Malformed)?;
        verify_slices_are_equal(receiver, self.receiver.as_bytes()).map_err(|_| CallbackError::ReceiverWrong)?;
        Ok(message.to_vec())
    }

    /// Encrypts and signs; `random` must be fresh for each message.
    pub fn seal(&self, message: &[u8], random: [u8; RANDOM_BYTES], timestamp: &str, nonce: &str) -> SealedCallback {
        let mut plain = Vec::with_capacity(message.len() + self.receiver.len() + 3 * PAD_BLOCK_BYTES);
        plain.extend_from_slice(&random);
        plain.extend_from_slice(&(message.len() as u32).to_be_bytes());
        plain.extend_from_slice(message);
        plain.extend_from_slice(self.receiver.as_bytes());
        let pad = PAD_BLOCK_BYTES - plain.len() % PAD_BLOCK_BYTES;
        plain.resize(plain.len() + pad, pad as u8);
        let sealed = cbc::Encryptor::<Aes256>::new(&self.key.into(), &self.vector().into())
            .encrypt_padded_vec_mut::<NoPadding>(&plain);
        let encrypt = BASE64.encode(sealed);
        let signature = self.signature(timestamp, nonce, &encrypt);
        SealedCallback { encrypt, signature }
    }

    fn vector(&self) -> [u8; BLOCK_BYTES] {
        let mut vector = [0; BLOCK_BYTES];
        for (to, from) in vector.iter_mut().zip(self.key) {
            *to = from;
        }
        vector
    }
}

/// Message and receiver out of random(16) ‖ length(4) ‖ message ‖ receiver ‖ padding.
fn split(plain: &[u8]) -> Option<(&[u8], &[u8])> {
    let pad = usize::from(*plain.last()?);
    if !(1..=PAD_BLOCK_BYTES).contains(&pad) {
        return None;
    }
    let content = plain.get(..plain.len().checked_sub(pad)?)?;
    let padding = plain.get(content.len()..)?;
    if padding.iter().any(|byte| usize::from(*byte) != pad) {
        return None;
    }
    let (length, rest) = content.get(RANDOM_BYTES..)?.split_at_checked(LENGTH_BYTES)?;
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
