//! What waits: listing it, and settling it once its key has come.
//!
//! A parked item goes only in the transaction that archives or counts its message.

use std::collections::BTreeMap;

use xinlu_keys::{NONCE_BYTES, Subject, open, seal};
use xinlu_model::{Header, Inbound, ParkedId, SourceId};

use super::twins::{ByDelivery, Delivery, Twins};
use super::{Archive, ArchiveError, limit};
use crate::intake::unpack_envelopes;
use crate::model::{ParkReason, ParkedItem, Settled, Settlement, Source};
use crate::store::parked::{self, ParkedRow};

/// Parked items settled in one call: about a fetched batch.
pub const PARKED_PER_CALL_MAX: usize = 1_000;

const RAW_KEY: &str = "parked raw key";
pub(crate) const RAW_LABEL: &[u8] = b"xinlu parked raw v1";

/// Parked items that became messages, by the delivery each was.
struct Ready {
    rows: ByDelivery<ParkedRow>,
    twins: Twins,
}

impl Archive {
    /// What waits, in the order it was parked, after one; of a source and for a reason, or all.
    pub async fn parked(
        &self,
        source: Option<SourceId>,
        reason: Option<ParkReason>,
        after: ParkedId,
        limit: u32,
    ) -> Result<Vec<ParkedItem>, ArchiveError> {
        let rows = parked::list(&self.deps.db, source, reason, after, limit).await?;
        rows.into_iter().map(item).collect()
    }

    /// Settles items that waited: archived (or counted as duplicates) and gone, or tried in vain and still there. One
    /// transaction a source. An item that is not there any more is left out.
    pub async fn settle_parked(&self, settled: Vec<(ParkedId, Settled)>) -> Result<Settlement, ArchiveError> {
        limit("parked items", settled.len(), PARKED_PER_CALL_MAX)?;
        let mut by_source: BTreeMap<SourceId, Vec<(ParkedRow, Settled)>> = BTreeMap::new();
        for (id, one) in settled {
            if let Some(row) = parked::find(&self.deps.db, id).await? {
                by_source.entry(row.source).or_default().push((row, one));
            }
        }
        let mut total = Settlement::default();
        for (source, settled) in by_source {
            let source = self.source(source).await?;
            let one = self.settle_parked_of(&source, settled).await?;
            total.first = total.first.or(one.first);
            total.appended += one.appended;
            total.duplicates += one.duplicates;
            total.parked += one.parked;
            total.conflicts += one.conflicts;
        }
        Ok(total)
    }

    async fn settle_parked_of(
        &self,
        source: &Source,
        settled: Vec<(ParkedRow, Settled)>,
    ) -> Result<Settlement, ArchiveError> {
        let decrypted = settled.iter().filter(|(_, one)| matches!(one, Settled::Message(_)));
        let twins = Twins::of(&decrypted.map(|(_, one)| Delivery::of(one)).collect::<Vec<_>>());
        let mut messages = Vec::new();
        let mut ready = Vec::new();
        let mut again = Vec::new();
        for (row, one) in settled {
            match one {
                Settled::Message(mut inbound) => {
                    inbound.header.observed_at = row.observed_at;
                    ready.push(((inbound.header.seq, inbound.header.msgid.clone()), row));
                    messages.push(*inbound);
                }
                Settled::Parked { reason, detail, .. } => again.push((row.id, reason, detail)),
            }
        }
        let (prepared, refused) = self.prepare(source, messages).await?;
        let now = self.deps.clock.now();
        let mut tx = self.deps.db.begin().await?;
        let written = self.write(&mut tx, source, &prepared, true, now).await?;
        let mut written = written.ok_or(ArchiveError::Misuse("a careful append was refused"))?;
        let ids: Vec<ParkedId> = ready.iter().map(|(_, row)| row.id).collect();
        let there = parked::by_ids(&mut tx, &ids).await?;
        if there.iter().any(Option::is_none) {
            return Err(ArchiveError::Misuse("a parked item was settled twice at once"));
        }
        parked::delete(&mut tx, &ids).await?;
        let mut ready = Ready { rows: ByDelivery::new(ready.into_iter()), twins };
        let mut rows = Vec::new();
        for conflict in &written.conflicts {
            let Some(one) = prepared.get(conflict.place) else { continue };
            rows.push(self.wait_again(
                source,
                &mut ready,
                &one.inbound,
                &one.subject,
                conflict.reason,
                conflict.detail(),
            )?);
        }
        for one in &refused {
            let why = one.why.to_string();
            rows.push(self.wait_again(source, &mut ready, &one.inbound, &one.subject, ParkReason::TooLarge, &why)?);
        }
        written.settlement.parked = rows.len() as u64 + again.len() as u64;
        parked::add(&mut tx, rows).await?;
        for (id, reason, detail) in &again {
            parked::tried(&mut tx, *id, *reason, detail).await?;
        }
        tx.commit().await?;
        Ok(self.committed(source, prepared, written))
    }

    /// The row of a message that has to wait again, with the envelope it was delivered in.
    fn wait_again(
        &self,
        source: &Source,
        ready: &mut Ready,
        inbound: &Inbound,
        subject: &Subject,
        reason: ParkReason,
        detail: &str,
    ) -> Result<ParkedRow, ArchiveError> {
        let header = &inbound.header;
        let digest = ready.twins.digest(header.seq, &header.msgid, &inbound.raw);
        let row = ready.rows.take(&ready.twins, header.seq, &header.msgid, digest);
        let row = row.ok_or(ArchiveError::Misuse("a parked item was settled as another message"))?;
        Ok(ParkedRow {
            reason: reason.number(),
            detail: detail.to_owned(),
            raw: Some(self.seal_raw(source, subject, header, &inbound.raw)),
            subject: Some(subject.number),
            attempts: row.attempts + 1,
            ..row
        })
    }

    /// A parked message's bytes, encrypted for its subject.
    pub(crate) fn seal_raw(&self, source: &Source, subject: &Subject, header: &Header, raw: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        self.deps.random.fill(&mut nonce);
        seal(&raw_key(&source.key, subject, header.seq, &header.msgid), &nonce, RAW_LABEL, raw)
    }

    /// The bytes of a parked message that was decrypted before it had to wait; `None` when only its envelope is here.
    pub async fn parked_raw(&self, id: ParkedId) -> Result<Option<Vec<u8>>, ArchiveError> {
        let row = parked::find(&self.deps.db, id).await?.ok_or(ArchiveError::ParkedUnknown(id))?;
        let (Some(raw), Some(subject)) = (&row.raw, row.subject) else { return Ok(None) };
        let Some(subject) = self.deps.keys.subject(subject).await? else { return Ok(None) };
        let source = self.source(row.source).await?;
        Ok(Some(open(&raw_key(&source.key, &subject, row.seq, &row.msgid), RAW_LABEL, raw)?))
    }
}

pub(crate) fn raw_key(source_key: &str, subject: &Subject, seq: u64, msgid: &str) -> [u8; 32] {
    let context = [source_key.as_bytes(), &[0], &seq.to_be_bytes(), msgid.as_bytes()].concat();
    subject.derive(RAW_KEY, &context)
}

fn item(row: ParkedRow) -> Result<ParkedItem, ArchiveError> {
    let place = || format!("parked item {}", row.id);
    let damaged = |what: &str| ArchiveError::Damaged { place: place(), what: what.to_owned() };
    let reason = ParkReason::from_number(row.reason).ok_or_else(|| damaged("its reason is not known"))?;
    let envelope = match &row.envelope {
        Some(packed) => unpack_envelopes(packed).map_err(|error| error.at(place()))?.into_iter().next(),
        None => None,
    };
    Ok(ParkedItem {
        id: row.id,
        source: row.source,
        envelope,
        seq: row.seq,
        msgid: row.msgid,
        reason,
        detail: row.detail,
        attempts: row.attempts,
        observed_at: row.observed_at,
        parked_at: row.parked_at,
    })
}
