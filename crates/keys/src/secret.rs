//! Small secrets of other parts (a corp's secret, a private key), sealed for their own tables.
//!
//! Format, for ever: `version 1 ‖ u32 epoch ‖ nonce ‖ ciphertext ‖ tag`, the name as additional data. What is sealed
//! under one name never opens under another.

use xinlu_model::Random;

use crate::KeysError;
use crate::cipher::{open, seal};
use crate::wrap::{SecretKey, fresh_nonce};

const VERSION: u8 = 1;
const LABEL: &[u8] = b"xinlu secret v1";

pub(crate) fn seal_secret(kek: &SecretKey, epoch: u32, random: &dyn Random, name: &str, secret: &[u8]) -> Vec<u8> {
    let mut sealed = vec![VERSION];
    sealed.extend_from_slice(&epoch.to_be_bytes());
    sealed.extend(seal(kek, &fresh_nonce(random), &aad(epoch, name), secret));
    sealed
}

/// The epoch a sealed secret says it was sealed in, and the rest.
pub(crate) fn split(sealed: &[u8]) -> Result<(u32, &[u8]), KeysError> {
    let (&VERSION, rest) = sealed.split_first().ok_or(KeysError::Unopenable)? else {
        return Err(KeysError::Unopenable);
    };
    let (epoch, rest) = rest.split_first_chunk().ok_or(KeysError::Unopenable)?;
    Ok((u32::from_be_bytes(*epoch), rest))
}

pub(crate) fn open_secret(kek: &SecretKey, epoch: u32, name: &str, rest: &[u8]) -> Result<Vec<u8>, KeysError> {
    open(kek, &aad(epoch, name), rest)
}

fn aad(epoch: u32, name: &str) -> Vec<u8> {
    [LABEL, &epoch.to_be_bytes(), name.as_bytes()].concat()
}
