//! Secrets that stand for somebody: sessions, API keys, the set-up token, one-time passwords.
//!
//! Each has 256 random bits (a one-time password 120), so a plain hash is enough to store it by.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xinlu_model::Random;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// What every API key begins with, so that scanners for leaked secrets know it.
pub(crate) const API_KEY_PREFIX: &str = "xk_";
/// Signs of an API key that are kept readable, prefix included, so that people know their keys apart.
const HINT_LENGTH: usize = 9;
/// Signs of a one-time password that are easily told apart (no 0 O 1 l I); 32 of them, five bits each.
const CLEAR_SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
/// Signs of a one-time password: 120 bits, and within what people type.
const PASSWORD_LENGTH: usize = 24;

/// A token as base64url without padding, 43 signs.
pub(crate) fn new_token(random: &dyn Random) -> String {
    let mut bytes = [0u8; TOKEN_BYTES];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An API key and its hint.
pub(crate) fn new_api_key(random: &dyn Random) -> (String, String) {
    let key = format!("{API_KEY_PREFIX}{}", new_token(random));
    let hint = key.chars().take(HINT_LENGTH).collect();
    (key, hint)
}

/// A password that is given out once and must be changed.
pub(crate) fn new_password(random: &dyn Random) -> String {
    let mut bytes = [0u8; PASSWORD_LENGTH];
    random.fill(&mut bytes);
    let sign = |byte: u8| CLEAR_SIGNS.get(usize::from(byte) % CLEAR_SIGNS.len()).copied().map_or('-', char::from);
    bytes.into_iter().map(sign).collect()
}

/// What is stored of a token: its SHA-256.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}
