//! From envelopes to what is settled: RSA, the library, the parser, each failure with its named reason.
//!
//! Whatever happens to one envelope, every envelope gets exactly one answer, in order. It never logs a key or a text.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinlu_archive::{Envelope, ParkReason, Settled};
use xinlu_model::{SourceId, Time};

use super::key_ring::{KeyFailure, PrivateKeys, SealedKey};
use super::parse::{Delivery, parse};
use super::sdk_worker::{Decrypted, SdkProcess};
use crate::ChannelError;

/// Below this the real library aborts (PROTOCOL.md 3.1.6); what is so short is no message.
const ENCRYPTED_CHARS_MIN: usize = 13;
/// Larger than any message; a frame to the worker must hold it.
const ENCRYPTED_CHARS_MAX: usize = 16 * 1024 * 1024;
/// Largest decrypted message the archive is asked to take.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Return code of the library: the random key does not fit.
const CODE_KEY: i32 = 10006;

/// Why an envelope has to wait, before it is worded as `Settled`.
pub type Park = (ParkReason, String);

/// Envelopes with the time each became durable.
#[derive(Clone, Debug)]
pub struct Batch {
    /// In the order of the source.
    pub envelopes: Arc<Vec<Envelope>>,
    /// One for each.
    pub observed_at: Arc<Vec<Time>>,
}

impl Batch {
    /// Envelopes that became durable together.
    pub fn together(envelopes: Arc<Vec<Envelope>>, observed_at: Time) -> Self {
        let observed_at = Arc::new(vec![observed_at; envelopes.len()]);
        Self { envelopes, observed_at }
    }
}

/// Decrypts the random keys of a batch; one answer for each envelope.
pub async fn open_keys(
    keys: &Arc<PrivateKeys>,
    envelopes: &[Envelope],
    threads: usize,
) -> Result<Vec<Result<Vec<u8>, Park>>, ChannelError> {
    let checked: Vec<Result<SealedKey, Park>> = envelopes.iter().map(check).collect();
    let sealed: Vec<SealedKey> = checked.iter().flatten().cloned().collect();
    let mut opened = keys.open_all(Arc::new(sealed), threads).await?.into_iter();
    let answers = envelopes.iter().zip(checked).map(|(envelope, checked)| {
        checked?;
        let opened = opened.next().unwrap_or(Err(KeyFailure::Wrong));
        opened.map_err(|failure| park_of_key(failure, envelope.key_version))
    });
    Ok(answers.collect())
}

/// Decrypts and parses a batch whose random keys are open. An error means the worker cannot run at all.
pub async fn open_messages(
    sdk: &mut SdkProcess,
    source: SourceId,
    batch: &Batch,
    keys: Vec<Result<Vec<u8>, Park>>,
) -> Result<Vec<Settled>, ChannelError> {
    let mut pairs = Vec::with_capacity(keys.len());
    let mut parks = Vec::with_capacity(keys.len());
    for (envelope, key) in batch.envelopes.iter().zip(keys) {
        match key {
            Ok(key) => {
                pairs.push((key, envelope.encrypted_message.clone().into_bytes()));
                parks.push(None);
            }
            Err(park) => parks.push(Some(park)),
        }
    }
    let decrypted = if pairs.is_empty() { Vec::new() } else { sdk.decrypt(pairs).await? };
    let batch = batch.clone();
    let parsed = tokio::task::spawn_blocking(move || {
        let mut decrypted = decrypted.into_iter();
        let settle = |((envelope, park), observed_at): ((&Envelope, Option<Park>), &Time)| match park {
            Some(park) => parked(envelope, park),
            None => message(source, *observed_at, envelope, decrypted.next().unwrap_or(Decrypted::Refused)),
        };
        batch.envelopes.iter().zip(parks).zip(batch.observed_at.iter()).map(settle).collect()
    });
    parsed.await.map_err(|error| ChannelError::Internal(error.to_string()))
}

/// What becomes of one decrypted message.
fn message(source: SourceId, observed_at: Time, envelope: &Envelope, decrypted: Decrypted) -> Settled {
    let raw = match decrypted {
        Decrypted::Plain(raw) if raw.len() > MESSAGE_BYTES_MAX => {
            return parked(envelope, (ParkReason::TooLarge, format!("{} bytes", raw.len())));
        }
        Decrypted::Plain(raw) => raw,
        other => return parked(envelope, park_of(&other)),
    };
    let delivery = Delivery { source, seq: envelope.seq, msgid: Some(&envelope.msgid), observed_at };
    match parse(&delivery, raw) {
        Ok(inbound) => Settled::Message(Box::new(inbound)),
        Err(error) => parked(envelope, (ParkReason::JsonBroken, error.to_string())),
    }
}

fn park_of(decrypted: &Decrypted) -> Park {
    match decrypted {
        Decrypted::Code(CODE_KEY) => (ParkReason::KeyWrong, format!("the SDK answered {CODE_KEY}")),
        Decrypted::Code(code) => (ParkReason::DecryptFailed, format!("the SDK answered {code}")),
        Decrypted::Crashed => (ParkReason::SdkCrashed, "the SDK crashed or hung on it".to_owned()),
        Decrypted::Refused | Decrypted::Plain(_) => {
            (ParkReason::EnvelopeInvalid, "the SDK would not survive it".to_owned())
        }
    }
}

fn park_of_key(failure: KeyFailure, version: u32) -> Park {
    match failure {
        KeyFailure::Missing => (ParkReason::KeyMissing, format!("no private key {version}.pem")),
        KeyFailure::Wrong => (ParkReason::KeyWrong, format!("the private key {version}.pem does not fit")),
    }
}

fn parked(envelope: &Envelope, (reason, detail): Park) -> Settled {
    Settled::Parked { seq: envelope.seq, msgid: envelope.msgid.clone(), reason, detail }
}

fn check(envelope: &Envelope) -> Result<SealedKey, Park> {
    let invalid = |what: &str| (ParkReason::EnvelopeInvalid, what.to_owned());
    if envelope.encrypted_key.is_empty() {
        return Err(invalid("it is no complete envelope; what was delivered is kept in place of its message"));
    }
    let message = &envelope.encrypted_message;
    if message.len() < ENCRYPTED_CHARS_MIN {
        return Err(invalid("the encrypted message is too short"));
    }
    if message.len() > ENCRYPTED_CHARS_MAX {
        return Err((ParkReason::TooLarge, format!("{} encrypted characters", message.len())));
    }
    let ciphertext = STANDARD.decode(&envelope.encrypted_key).unwrap_or_default();
    if ciphertext.is_empty() {
        return Err(invalid("the encrypted key is not base64"));
    }
    Ok(SealedKey { version: envelope.key_version, ciphertext })
}
