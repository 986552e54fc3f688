//! What can be said of a connection without asking anybody: its form, its files, its keys.
//!
//! The same functions refuse a connection that is to be stored.

use std::path::Path;

use super::CheckFault;
use super::exposed::exposed;
use crate::wecom_app::callback_crypto::CallbackCrypto;
use crate::wecom_app::callbacks::{CallbackQuery, verify_url};
use crate::wecom_archive::key_ring::{GivenKey, KeyTextFault, check_key};
use crate::{WecomCallbackConfig, WecomConfig};

/// What the self-test of a callback sends itself. It never leaves this process, so its randomness may be any.
const ECHO: &str = "xinlu self-test";
const ECHO_RANDOM: [u8; 16] = [0x58; 16];

/// Everything here, for a connection that is to be stored.
pub(crate) fn all(config: &WecomConfig) -> Result<(), CheckFault> {
    corp_id(&config.corp_id)?;
    if let Some(archive) = &config.archive {
        if archive.secret.is_empty() {
            return Err(CheckFault::SecretMissing);
        }
        library(&archive.library)?;
        given_keys(&archive.given_keys)?;
    }
    config.callback.as_ref().map_or(Ok(()), |keys| callback(&config.corp_id, keys))
}

/// Whether a text may be a corp's id.
pub(crate) fn corp_id(id: &str) -> Result<(), CheckFault> {
    let odd = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'_' && byte != b'-';
    if id.is_empty() || id.bytes().any(odd) { Err(CheckFault::CorpId) } else { Ok(()) }
}

/// Whether there is a regular file that only root and the account of this process can write.
pub(super) fn library(path: &Path) -> Result<(), CheckFault> {
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file());
    if !is_file {
        return Err(CheckFault::LibraryMissing);
    }
    if exposed(path).unwrap_or(true) { Err(CheckFault::LibraryExposed) } else { Ok(()) }
}

/// Whether each text is a private key that can be used, and there is one.
pub(super) fn given_keys(keys: &[GivenKey]) -> Result<(), CheckFault> {
    if keys.is_empty() {
        return Err(CheckFault::KeysAbsent);
    }
    for GivenKey { version, pem } in keys {
        check_key(pem.reveal()).map_err(|fault| match fault {
            KeyTextFault::TooSmall => CheckFault::KeyTooSmall(*version),
            other => CheckFault::KeyInvalid { version: *version, reason: other.reason() },
        })?;
    }
    Ok(())
}

/// Whether the callback address would understand WeCom: what is encrypted as WeCom does is given to the verification.
pub(super) fn callback(corp_id: &str, keys: &WecomCallbackConfig) -> Result<(), CheckFault> {
    if keys.token.is_empty() || keys.encoding_aes_key.is_empty() {
        return Err(CheckFault::CallbackIncomplete);
    }
    let crypto = CallbackCrypto::new(keys.token.clone(), &keys.encoding_aes_key, corp_id)
        .map_err(|_| CheckFault::CallbackKey)?;
    let (timestamp, nonce) = ("1".to_owned(), "self-test".to_owned());
    let sealed = crypto.seal(ECHO.as_bytes(), ECHO_RANDOM, &timestamp, &nonce);
    let query = CallbackQuery { msg_signature: sealed.signature, timestamp, nonce, echostr: sealed.encrypt };
    match verify_url(&crypto, &query) {
        Ok(echo) if echo == ECHO => Ok(()),
        _ => Err(CheckFault::CallbackBroken),
    }
}
