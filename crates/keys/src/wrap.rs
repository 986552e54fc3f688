//! How keys are wrapped: AES-256-GCM under the key above, with what the key is as additional data.
//!
//! The formats are for ever. It never wraps two keys with the same nonce: nonces are random.

use xinlu_model::Random;
use zeroize::Zeroizing;

use crate::cipher::{KEY_BYTES, NONCE_BYTES, open, seal};
use crate::subject::ALIAS_BYTES;

/// Key material that is overwritten when it goes.
pub(crate) type SecretKey = Zeroizing<[u8; KEY_BYTES]>;

const KEK_LABEL: &[u8] = b"xinlu kek v1";
const SUBJECT_LABEL: &[u8] = b"xinlu subject key v1";
const NAME_KEY_LABEL: &[u8] = b"xinlu name key v1";
const ROOT_LABEL: &[u8] = b"xinlu root wrap v1";

pub(crate) fn fresh_key(random: &dyn Random) -> SecretKey {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    random.fill(key.as_mut());
    key
}

pub(crate) fn fresh_nonce(random: &dyn Random) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce);
    nonce
}

/// The key that wraps KEKs, derived from the root key so that the root key itself encrypts nothing.
pub(crate) fn root_wrap_key(root: &[u8; KEY_BYTES]) -> SecretKey {
    Zeroizing::new(crate::hkdf(root, ROOT_LABEL, &[]))
}

pub(crate) fn kek_aad(epoch: u32) -> Vec<u8> {
    [KEK_LABEL, &epoch.to_be_bytes()].concat()
}

pub(crate) fn name_key_aad(epoch: u32) -> Vec<u8> {
    [NAME_KEY_LABEL, &epoch.to_be_bytes()].concat()
}

/// A subject's row cannot be given another's key, alias, tag or epoch.
pub(crate) fn subject_aad(number: i64, alias: &[u8; ALIAS_BYTES], tag: &[u8], epoch: u32) -> Vec<u8> {
    [SUBJECT_LABEL, &number.to_be_bytes(), alias, tag, &epoch.to_be_bytes()].concat()
}

pub(crate) fn wrap(above: &SecretKey, random: &dyn Random, aad: &[u8], key: &SecretKey) -> Vec<u8> {
    seal(above, &fresh_nonce(random), aad, key.as_ref())
}

/// `None` when the wrapped key does not open or is no key.
pub(crate) fn unwrap_key(above: &SecretKey, aad: &[u8], wrapped: &[u8]) -> Option<SecretKey> {
    let opened = Zeroizing::new(open(above, aad, wrapped).ok()?);
    let key: [u8; KEY_BYTES] = opened.as_slice().try_into().ok()?;
    Some(Zeroizing::new(key))
}
