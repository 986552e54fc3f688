//! What was stored although it lies outside the order of the cursor: late deliveries and items without a seq.
//!
//! The cursor does not move over them, so the same ones may be delivered with every fetch; each is to be stored once. It
//! remembers by SHA-256, in memory and within bounds: what is forgotten is stored once more, never left out.

use std::collections::{HashSet, VecDeque};

use aws_lc_rs::digest::{Context, SHA256};
use xinlu_archive::Envelope;

use crate::wecom_archive::page::UNNUMBERED;

/// Two megabytes at most; several full pages of nothing but repetitions.
const REMEMBERED_MAX: usize = 20_000;

type Hash = Vec<u8>;

/// What is remembered.
#[derive(Default)]
pub(super) struct Outside {
    known: HashSet<Hash>,
    order: VecDeque<Hash>,
}

impl Outside {
    /// Whether this very envelope lies outside and was stored before.
    pub(super) fn knows(&self, cursor: u64, envelope: &Envelope) -> bool {
        envelope.seq <= cursor && self.known.contains(&hash(envelope))
    }

    /// Remembers those of a stored batch that lie outside.
    pub(super) fn stored(&mut self, cursor: u64, envelopes: &[Envelope]) {
        for envelope in envelopes.iter().filter(|envelope| envelope.seq <= cursor) {
            let hash = hash(envelope);
            if self.known.insert(hash.clone()) {
                self.order.push_back(hash);
            }
        }
        while self.order.len() > REMEMBERED_MAX {
            let Some(oldest) = self.order.pop_front() else { break };
            self.known.remove(&oldest);
        }
    }
}

/// An item without a seq is the same wherever it is delivered; its msgid is made of its bytes.
fn hash(envelope: &Envelope) -> Hash {
    let mut context = Context::new(&SHA256);
    let fields = [&envelope.msgid, &envelope.encrypted_key, &envelope.encrypted_message];
    for field in fields {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field.as_bytes());
    }
    if !envelope.msgid.starts_with(UNNUMBERED) {
        context.update(&envelope.seq.to_be_bytes());
        context.update(&envelope.key_version.to_be_bytes());
    }
    context.finish().as_ref().to_vec()
}
