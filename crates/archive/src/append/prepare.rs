//! Everything of a record that needs no database: header, ciphertext, leaf. It runs on the blocking pool, before the
//! transaction, so that the database's only writer is held as briefly as can be.
//!
//! Nothing prepared depends on the record's number, which is known only inside the transaction.

use std::sync::Arc;

use xinlu_keys::{NONCE_BYTES, Subject, sha256};
use xinlu_model::{Inbound, PartyId};

use super::identity::{identity, revocation_target};
use crate::body::{BLIND_BYTES, Body, BodyCodec, RAW_BYTES_MAX, commitment, id_tag, parsed_bytes};
use crate::conversation::{ConversationKind, conversation_key};
use crate::error::FormatError;
use crate::header::encode_header;
use crate::leaf::{Leaf, RecordLeaf};

/// Random bytes one record needs: a nonce and a blind.
pub(crate) const RANDOM_BYTES: usize = NONCE_BYTES + BLIND_BYTES;

/// A record that only lacks its number and its conversation's.
pub(crate) struct Prepared {
    pub(crate) identity: i64,
    pub(crate) sender: PartyId,
    /// The sender, then the recipients, each once.
    pub(crate) parties: Vec<PartyId>,
    pub(crate) subject: Arc<Subject>,
    pub(crate) header: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) leaf: Vec<u8>,
    pub(crate) conversation_kind: ConversationKind,
    pub(crate) conversation_key: String,
    /// The message that this one takes back.
    pub(crate) revokes: Option<i64>,
    /// Whose consent it tells of.
    pub(crate) consenting: Option<PartyId>,
    pub(crate) inbound: Inbound,
}

/// A message with everything that had to be looked up for it.
pub(crate) struct Resolved {
    pub(crate) inbound: Inbound,
    pub(crate) sender: PartyId,
    pub(crate) recipients: Vec<PartyId>,
    pub(crate) consenting: Option<PartyId>,
    pub(crate) subject: Arc<Subject>,
}

/// A message that the archive cannot take as it is.
pub(crate) struct Refused {
    pub(crate) inbound: Inbound,
    pub(crate) subject: Arc<Subject>,
    pub(crate) why: FormatError,
}

/// Prepares messages in their order; `random` has `RANDOM_BYTES` for each.
pub(crate) fn prepare_all(
    codec: &BodyCodec,
    source_key: &str,
    messages: Vec<Resolved>,
    random: &[u8],
) -> (Vec<Prepared>, Vec<Refused>) {
    let mut prepared = Vec::with_capacity(messages.len());
    let mut refused = Vec::new();
    for (message, random) in messages.into_iter().zip(random.chunks_exact(RANDOM_BYTES)) {
        match prepare(codec, source_key, message, random) {
            Ok(one) => prepared.push(one),
            Err(one) => refused.push(*one),
        }
    }
    (prepared, refused)
}

fn prepare(codec: &BodyCodec, source_key: &str, message: Resolved, random: &[u8]) -> Result<Prepared, Box<Refused>> {
    let Resolved { mut inbound, sender, recipients, consenting, subject } = message;
    let Encrypted { header, body, leaf } = match encrypt(codec, source_key, &mut inbound, &subject, random) {
        Ok(encrypted) => encrypted,
        Err(why) => return Err(Box::new(Refused { inbound, subject, why })),
    };
    let (conversation_kind, conversation_key) = conversation_key(&inbound.header, sender, &recipients);
    Ok(Prepared {
        identity: identity(source_key, &inbound.header.msgid),
        sender,
        parties: parties(sender, &recipients),
        subject,
        header,
        body,
        leaf,
        conversation_kind,
        conversation_key,
        revokes: inbound.parsed.revokes.as_ref().map(|msgid| revocation_target(source_key, msgid)),
        consenting,
        inbound,
    })
}

/// What is stored of a message and logged of it.
struct Encrypted {
    header: Vec<u8>,
    body: Vec<u8>,
    leaf: Vec<u8>,
}

/// Header, ciphertext and leaf.
fn encrypt(
    codec: &BodyCodec,
    source_key: &str,
    inbound: &mut Inbound,
    subject: &Subject,
    random: &[u8],
) -> Result<Encrypted, FormatError> {
    if inbound.raw.len() > RAW_BYTES_MAX {
        return Err(FormatError("a message is larger than the archive takes"));
    }
    let (nonce, blind) = random.split_first_chunk().expect("the caller cuts pieces of a nonce and a blind");
    let blind: [u8; BLIND_BYTES] = *blind.first_chunk().expect("the caller cuts pieces of a nonce and a blind");
    let header = encode_header(source_key, &inbound.header)?;
    let tag = id_tag(subject, source_key, &inbound.header.msgid);
    let commitment = commitment(&blind, &header, &inbound.raw);
    let body = Body { blind, raw: std::mem::take(&mut inbound.raw), parsed: parsed_bytes(&inbound.parsed)? };
    let sealed = codec.seal(subject, &tag, nonce, &header, &body);
    inbound.raw = body.raw;
    let sealed = sealed?;
    let leaf = Leaf::Record(RecordLeaf {
        commitment,
        id_tag: tag,
        ciphertext_sha256: sha256(&[&sealed]),
        key_epoch: subject.epoch,
        alias: subject.alias,
        observed_at: inbound.header.observed_at,
        sent_at: inbound.header.sent_at,
    });
    Ok(Encrypted { header, body: sealed, leaf: leaf.encode()? })
}

/// The sender, then the recipients in their order, each once.
pub(crate) fn parties(sender: PartyId, recipients: &[PartyId]) -> Vec<PartyId> {
    let mut parties = Vec::with_capacity(recipients.len() + 1);
    parties.push(sender);
    if recipients.len() <= 8 {
        for party in recipients {
            if !parties.contains(party) {
                parties.push(*party);
            }
        }
        return parties;
    }
    let mut seen = std::collections::HashSet::with_capacity(recipients.len());
    seen.insert(sender);
    parties.extend(recipients.iter().copied().filter(|party| seen.insert(*party)));
    parties
}
