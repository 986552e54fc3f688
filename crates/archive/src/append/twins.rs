//! Tells deliveries apart that carry one seq and one msgid, so that whatever of them has to wait keeps its own envelope.
//!
//! It never takes the source's word that a seq or a msgid is used once. Pure.

use std::collections::HashMap;

use xinlu_keys::sha256;

use crate::intake::Envelope;
use crate::model::Settled;

/// SHA-256 of a message's bytes; `None` for what was not decrypted.
pub(crate) type Digest = Option<[u8; 32]>;

/// One delivery as it was settled.
pub(crate) struct Delivery<'a> {
    seq: u64,
    msgid: &'a str,
    raw: Option<&'a [u8]>,
}

impl<'a> Delivery<'a> {
    pub(crate) fn of(settled: &'a Settled) -> Self {
        match settled {
            Settled::Message(inbound) => {
                Self { seq: inbound.header.seq, msgid: &inbound.header.msgid, raw: Some(&inbound.raw) }
            }
            Settled::Parked { seq, msgid, .. } => Self { seq: *seq, msgid, raw: None },
        }
    }
}

/// The deliveries that share seq and msgid with another one, in their order: next to always none.
#[derive(Default)]
pub(crate) struct Twins(HashMap<(u64, String), Vec<Digest>>);

impl Twins {
    pub(crate) fn of(deliveries: &[Delivery<'_>]) -> Self {
        let mut seqs: Vec<u64> = deliveries.iter().map(|one| one.seq).collect();
        seqs.sort_unstable();
        if seqs.windows(2).all(|pair| pair.first() != pair.last()) {
            return Self::default();
        }
        let mut together: HashMap<(u64, &str), Vec<&Delivery<'_>>> = HashMap::new();
        for one in deliveries {
            together.entry((one.seq, one.msgid)).or_default().push(one);
        }
        let twins = together.into_iter().filter(|(_, deliveries)| deliveries.len() > 1);
        let digests = |all: Vec<&Delivery<'_>>| all.iter().map(|one| one.raw.map(|raw| sha256(&[raw]))).collect();
        Self(twins.map(|((seq, msgid), all)| ((seq, msgid.to_owned()), digests(all))).collect())
    }

    /// What a message is known by among its twins; `None` when it has none.
    pub(crate) fn digest(&self, seq: u64, msgid: &str, raw: &[u8]) -> Digest {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(seq, msgid.to_owned())).map(|_| sha256(&[raw]))
    }

    /// Which of its twins a thing is, from 0, leaving out those that were picked before; 0 when it has none.
    fn pick(&self, seq: u64, msgid: &str, digest: Digest, is_free: impl Fn(usize) -> bool) -> Option<usize> {
        match self.0.get(&(seq, msgid.to_owned())) {
            None => Some(0).filter(|only| is_free(*only)),
            Some(twins) => (0..twins.len()).find(|place| twins.get(*place) == Some(&digest) && is_free(*place)),
        }
    }
}

/// Things by seq and msgid, each given out once.
pub(crate) struct ByDelivery<T>(HashMap<(u64, String), Vec<Option<T>>>);

impl<T> ByDelivery<T> {
    /// `all` in the order of the deliveries.
    pub(crate) fn new(all: impl Iterator<Item = ((u64, String), T)>) -> Self {
        let mut by_key: HashMap<(u64, String), Vec<Option<T>>> = HashMap::new();
        for (key, one) in all {
            by_key.entry(key).or_default().push(Some(one));
        }
        Self(by_key)
    }

    /// The one of this delivery; `None` when it is not there or was given out.
    pub(crate) fn take(&mut self, twins: &Twins, seq: u64, msgid: &str, digest: Digest) -> Option<T> {
        let places = self.0.get_mut(&(seq, msgid.to_owned()))?;
        let place = twins.pick(seq, msgid, digest, |place| places.get(place).is_some_and(Option::is_some))?;
        places.get_mut(place)?.take()
    }
}

/// Envelopes in the order of their batch.
pub(crate) fn by_delivery(envelopes: Vec<Envelope>) -> ByDelivery<Envelope> {
    ByDelivery::new(envelopes.into_iter().map(|envelope| ((envelope.seq, envelope.msgid.clone()), envelope)))
}

#[cfg(test)]
mod tests;
