//! Intake: batches are stored as fetched, and settled when decrypted; each message is archived exactly once.
//!
//! A batch is durable, with its source's cursor, before anything is decrypted. Settling writes records, leaves, parked
//! items and the event, and deletes the batch, in one transaction: whatever crashes, a batch is either still open or
//! fully settled. Nothing here ever drops a message: what is no record is a counted duplicate or a parked item.

mod classify;
mod handover;
mod identity;
mod known;
mod parked;
mod prepare;
mod resolve;
mod twins;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use xinlu_db::Tx;
use xinlu_model::{Inbound, SourceId, Time};

use classify::Conflict;
pub(crate) use classify::STEPS_MAX;
pub(crate) use handover::Handover;
pub use identity::identity;
pub(crate) use identity::revocation_target;
pub(crate) use known::KnownConversations;
pub use parked::PARKED_PER_CALL_MAX;
pub(crate) use parked::{RAW_LABEL, raw_key};
pub(crate) use prepare::parties;
use prepare::{Prepared, Refused};
use twins::{Delivery, Digest, Twins, by_delivery};
use write::Written;

use crate::intake::{BatchId, Envelope, StoredBatch, pack_envelopes, unpack_envelopes};
use crate::model::{ParkReason, RecordView, Settled, Settlement, Source};
use crate::status::day_of;
use crate::store::intake::{self, Gap};
use crate::store::parked::ParkedRow;
use crate::store::traces::{self, DayGrowth};
use crate::store::{parked as parked_store, sources};
use crate::{Archive, ArchiveError};

/// Envelopes of one batch; WeCom gives at most 1 000 a call, and several calls may be joined.
pub const ENVELOPES_PER_BATCH_MAX: usize = 10_000;
/// Bytes of one batch's ciphertexts: far below what a database row can hold.
pub const BATCH_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Batches answered by `open_intake`: what a crash leaves is few.
const OPEN_BATCHES_MAX: u32 = 16;

impl Archive {
    /// Stores a fetched batch with the source's cursor, before anything is decrypted. Durable when it returns.
    ///
    /// The cursor goes to the highest `seq` seen, never back. Numbers that were left out are kept as gaps.
    pub async fn store_intake(&self, source: SourceId, envelopes: Vec<Envelope>) -> Result<StoredBatch, ArchiveError> {
        let bytes: usize = envelopes.iter().map(|one| one.encrypted_key.len() + one.encrypted_message.len()).sum();
        limit("envelopes of a batch", envelopes.len(), ENVELOPES_PER_BATCH_MAX)?;
        limit("bytes of a batch", bytes, BATCH_BYTES_MAX)?;
        let envelopes = Arc::new(envelopes);
        let to_pack = Arc::clone(&envelopes);
        let packed = tokio::task::spawn_blocking(move || pack_envelopes(&to_pack))
            .await
            .map_err(|_| ArchiveError::Stopping)?
            .map_err(|error| error.at("a fetched batch".to_owned()))?;
        let now = self.deps.clock.now();
        let mut tx = self.deps.db.begin().await?;
        let known = sources::find_in(&mut tx, source).await?.ok_or(ArchiveError::SourceUnknown(source))?;
        let seqs: Vec<u64> = envelopes.iter().map(|one| one.seq).collect();
        note_seqs(&mut tx, &known, &seqs, now).await?;
        let id = intake::add(&mut tx, source, now, envelopes.len() as u64, packed).await?;
        tx.commit().await?;
        metrics::counter!("xinlu_archive_received_total").increment(envelopes.len() as u64);
        Ok(StoredBatch { id, observed_at: now, envelopes })
    }

    /// Batches of a source after batch `after` that were stored and not settled, oldest first, at most 16: what a crash
    /// left. Ask again after the last until none come. A batch that does not unpack is logged, counted and left out; it
    /// stays open, and verification names it.
    pub async fn open_intake(&self, source: SourceId, after: BatchId) -> Result<Vec<StoredBatch>, ArchiveError> {
        let mut after = after;
        loop {
            let rows = intake::list(&self.deps.db, source, after, OPEN_BATCHES_MAX).await?;
            let Some((last, ..)) = rows.last() else { return Ok(Vec::new()) };
            after = *last;
            let mut batches = Vec::with_capacity(rows.len());
            for (id, observed_at, packed) in rows {
                match unpack_envelopes(&packed) {
                    Ok(envelopes) => batches.push(StoredBatch { id, observed_at, envelopes: Arc::new(envelopes) }),
                    Err(error) => {
                        tracing::error!(%source, batch = %id, %error, "an intake batch is damaged and stays open");
                        metrics::counter!("xinlu_archive_damaged_total").increment(1);
                    }
                }
            }
            if !batches.is_empty() {
                return Ok(batches);
            }
        }
    }

    /// Settles a batch: every envelope of it, each once. One transaction: all or nothing. The order does not matter but
    /// among envelopes with one seq and one msgid, which come in the order of the batch.
    ///
    /// Errors: `BatchUnknown` when it was settled before, `BatchIncomplete` when the numbers do not agree.
    pub async fn settle(&self, batch: BatchId, settled: Vec<Settled>) -> Result<Settlement, ArchiveError> {
        let row = intake::find(&self.deps.db, batch).await?.ok_or(ArchiveError::BatchUnknown(batch))?;
        if row.count != settled.len() as u64 {
            return Err(ArchiveError::BatchIncomplete { batch, stored: row.count, settled: settled.len() as u64 });
        }
        let source = self.source(row.source).await?;
        let twins = Twins::of(&settled.iter().map(Delivery::of).collect::<Vec<_>>());
        let (messages, waiting) = part(settled, row.observed_at);
        let (prepared, refused) = self.prepare(&source, messages).await?;
        let origin = Origin::Batch { id: batch, waiting, twins };
        self.append(Append { source, observed_at: row.observed_at, prepared, refused, origin }).await
    }

    /// Archives messages of a source that needs no decryption: intake and records in one transaction. `cursor` is the
    /// last sequence number they cover; it never goes back.
    pub async fn append_direct(
        &self,
        source: SourceId,
        cursor: Option<u64>,
        messages: Vec<Inbound>,
    ) -> Result<Settlement, ArchiveError> {
        let batch = self.prepare_direct(source, messages).await?;
        self.append_prepared(batch, cursor).await
    }

    /// The first half of `append_direct`: keys, compression and encryption, before any transaction. A caller that has
    /// the next batch prepared while one is written must write them in their order.
    pub async fn prepare_direct(&self, source: SourceId, messages: Vec<Inbound>) -> Result<DirectBatch, ArchiveError> {
        limit("messages of a batch", messages.len(), ENVELOPES_PER_BATCH_MAX)?;
        let source = self.source(source).await?;
        let observed_at = self.deps.clock.now();
        let count = messages.len() as u64;
        let settled = messages.into_iter().map(|message| Settled::Message(Box::new(message))).collect();
        let (messages, _) = part(settled, observed_at);
        let (prepared, refused) = self.prepare(&source, messages).await?;
        let origin = Origin::Direct { count, cursor: 0 };
        Ok(DirectBatch(Append { source, observed_at, prepared, refused, origin }))
    }

    /// The second half of `append_direct`.
    pub async fn append_prepared(&self, batch: DirectBatch, cursor: Option<u64>) -> Result<Settlement, ArchiveError> {
        let DirectBatch(mut append) = batch;
        if let Origin::Direct { cursor: covered, .. } = &mut append.origin {
            *covered = cursor.unwrap_or(0);
        }
        self.append(append).await
    }

    /// The one transaction of an append. It is begun again, and then looks every message up, when one was seen before.
    async fn append(&self, append: Append) -> Result<Settlement, ArchiveError> {
        let mut careful = false;
        loop {
            let now = self.deps.clock.now();
            let mut tx = self.deps.db.begin().await?;
            if let Some(mut written) = self.write(&mut tx, &append.source, &append.prepared, careful, now).await? {
                written.settlement.parked = self.write_rest(&mut tx, &append, &written, now).await?;
                tx.commit().await?;
                if let Origin::Direct { count, .. } = append.origin {
                    metrics::counter!("xinlu_archive_received_total").increment(count);
                }
                return Ok(self.committed(&append.source, append.prepared, written));
            }
            careful = true;
        }
    }

    /// What an append leaves beside its records: parked rows (answers how many), and the batch or the cursor.
    async fn write_rest(
        &self,
        tx: &mut Tx,
        append: &Append,
        written: &Written,
        now: Time,
    ) -> Result<u64, ArchiveError> {
        let Append { source, observed_at, prepared, refused, origin } = append;
        let no_twins = Twins::default();
        let (waiting, twins) = match origin {
            Origin::Batch { waiting, twins, .. } => (waiting.as_slice(), twins),
            Origin::Direct { .. } => (&[][..], &no_twins),
        };
        let mut held = held_rows(source, waiting, *observed_at, now);
        held.extend(self.refused_rows(source, refused, twins, *observed_at, now));
        held.extend(self.conflict_rows(source, prepared, written, twins, *observed_at, now));
        match origin {
            Origin::Batch { id, .. } => {
                if !held.is_empty() {
                    let packed = intake::envelopes(tx, *id).await?.ok_or(ArchiveError::BatchUnknown(*id))?;
                    add_envelopes(&mut held, &packed, twins, *id)?;
                }
                if !intake::delete(tx, *id).await? {
                    return Err(ArchiveError::BatchUnknown(*id));
                }
            }
            Origin::Direct { count, cursor } => {
                let known = sources::find_in(tx, source.id).await?.ok_or(ArchiveError::SourceUnknown(source.id))?;
                sources::move_cursor(tx, source.id, known.cursor.max(*cursor), now).await?;
                let growth = DayGrowth { received: *count, ..DayGrowth::default() };
                traces::bump_day(tx, source.id, day_of(*observed_at), growth).await?;
            }
        }
        let parked = held.len() as u64;
        parked_store::add(tx, held.into_iter().map(|held| held.row).collect()).await?;
        Ok(parked)
    }

    /// After the commit: what may be remembered now.
    fn committed(&self, source: &Source, prepared: Vec<Prepared>, written: Written) -> Settlement {
        let Written { settlement, appended, known, .. } = written;
        self.conversations.put(source.id, known);
        let mut places: BTreeMap<usize, _> =
            appended.into_iter().map(|(place, id, talk)| (place, (id, talk))).collect();
        let views = prepared.into_iter().enumerate().filter_map(|(place, one)| {
            let (id, conversation) = places.remove(&place)?;
            let Prepared { sender, parties, inbound, .. } = one;
            let Inbound { mut header, raw, parsed } = inbound;
            header.source = source.id;
            Some(RecordView { id, header, conversation, sender, parties, parsed, raw })
        });
        self.handover.put(views.collect());
        metrics::counter!("xinlu_archive_archived_total").increment(settlement.appended);
        metrics::counter!("xinlu_archive_duplicates_total").increment(settlement.duplicates);
        metrics::counter!("xinlu_archive_parked_total").increment(settlement.parked);
        settlement
    }

    fn refused_rows(
        &self,
        source: &Source,
        refused: &[Refused],
        twins: &Twins,
        observed_at: Time,
        now: Time,
    ) -> Vec<Held> {
        let row = |refused: &Refused| {
            let (header, raw) = (&refused.inbound.header, &refused.inbound.raw);
            let row = ParkedRow {
                detail: refused.why.to_string(),
                raw: Some(self.seal_raw(source, &refused.subject, header, raw)),
                subject: Some(refused.subject.number),
                ..parked_row(source, header.seq, &header.msgid, ParkReason::TooLarge, observed_at, now)
            };
            Held { digest: twins.digest(header.seq, &header.msgid, raw), row }
        };
        refused.iter().map(row).collect()
    }

    fn conflict_rows(
        &self,
        source: &Source,
        prepared: &[Prepared],
        written: &Written,
        twins: &Twins,
        observed_at: Time,
        now: Time,
    ) -> Vec<Held> {
        let row = |conflict: &Conflict| {
            let one = prepared.get(conflict.place)?;
            let (header, raw) = (&one.inbound.header, &one.inbound.raw);
            let row = ParkedRow {
                detail: conflict.detail().to_owned(),
                raw: Some(self.seal_raw(source, &one.subject, header, raw)),
                subject: Some(one.subject.number),
                ..parked_row(source, header.seq, &header.msgid, conflict.reason, observed_at, now)
            };
            Some(Held { digest: twins.digest(header.seq, &header.msgid, raw), row })
        };
        written.conflicts.iter().filter_map(row).collect()
    }
}

/// Messages of a source that needs no decryption, encrypted and ready to be written.
pub struct DirectBatch(Append);

/// Everything that one transaction writes.
struct Append {
    source: Source,
    observed_at: Time,
    prepared: Vec<Prepared>,
    refused: Vec<Refused>,
    origin: Origin,
}

/// Where it comes from, and what goes with it.
enum Origin {
    /// A stored batch, which goes in the same transaction, with what of it has to wait.
    Batch { id: BatchId, waiting: Vec<Waiting>, twins: Twins },
    /// A source without envelopes: how many messages, and the last sequence number they cover.
    Direct { count: u64, cursor: u64 },
}

/// A row to be parked.
struct Held {
    row: ParkedRow,
    digest: Digest,
}

/// An envelope that has to wait.
pub(crate) struct Waiting {
    seq: u64,
    msgid: String,
    reason: ParkReason,
    detail: String,
}

/// Messages, told when they were first held, and what has to wait.
fn part(settled: Vec<Settled>, observed_at: Time) -> (Vec<Inbound>, Vec<Waiting>) {
    let mut messages = Vec::with_capacity(settled.len());
    let mut waiting = Vec::new();
    for one in settled {
        match one {
            Settled::Message(mut inbound) => {
                inbound.header.observed_at = observed_at;
                messages.push(*inbound);
            }
            Settled::Parked { seq, msgid, reason, detail } => waiting.push(Waiting { seq, msgid, reason, detail }),
        }
    }
    (messages, waiting)
}

fn held_rows(source: &Source, waiting: &[Waiting], observed_at: Time, now: Time) -> Vec<Held> {
    let row = |waiting: &Waiting| ParkedRow {
        detail: waiting.detail.clone(),
        ..parked_row(source, waiting.seq, &waiting.msgid, waiting.reason, observed_at, now)
    };
    waiting.iter().map(|waiting| Held { row: row(waiting), digest: None }).collect()
}

pub(crate) fn parked_row(
    source: &Source,
    seq: u64,
    msgid: &str,
    reason: ParkReason,
    observed_at: Time,
    now: Time,
) -> ParkedRow {
    ParkedRow {
        id: xinlu_model::ParkedId::new(0),
        source: source.id,
        seq,
        msgid: msgid.to_owned(),
        key_version: 0,
        reason: reason.number(),
        detail: String::new(),
        envelope: None,
        raw: None,
        subject: None,
        attempts: 0,
        observed_at,
        parked_at: now,
    }
}

/// Gives each row the envelope it was delivered in.
fn add_envelopes(held: &mut [Held], packed: &[u8], twins: &Twins, batch: BatchId) -> Result<(), ArchiveError> {
    let damaged = |error: crate::FormatError| error.at(format!("intake batch {batch}"));
    let mut envelopes = by_delivery(unpack_envelopes(packed).map_err(damaged)?);
    for Held { row, digest } in held {
        let Some(envelope) = envelopes.take(twins, row.seq, &row.msgid, *digest) else {
            if row.raw.is_some() {
                // The bytes themselves are kept, so nothing is lost without the envelope.
                continue;
            }
            return Err(ArchiveError::Misuse("something was parked that is not in the batch"));
        };
        row.key_version = envelope.key_version;
        row.envelope = Some(pack_envelopes(&[envelope]).map_err(damaged)?);
    }
    Ok(())
}

/// Moves the cursor, counts what came and keeps the gaps. Every envelope counts as received, also one of several with
/// the same number; a number is missing only when none came.
async fn note_seqs(tx: &mut Tx, source: &Source, seqs: &[u64], now: Time) -> Result<(), ArchiveError> {
    let mut ordered = seqs.to_vec();
    ordered.sort_unstable();
    ordered.dedup();
    let mut last = source.cursor;
    let mut gaps = Vec::new();
    for seq in ordered {
        if seq <= source.cursor {
            intake::fill_gap(tx, source.id, seq).await?;
            continue;
        }
        // Before the very first number nothing is known to be missing.
        if last > 0 && seq > last + 1 {
            gaps.push(Gap { first: last + 1, last: seq - 1, found_at: now });
        }
        last = seq;
    }
    if !gaps.is_empty() {
        intake::add_gaps(tx, source.id, &gaps).await?;
    }
    sources::move_cursor(tx, source.id, last, now).await?;
    let growth = DayGrowth { received: seqs.len() as u64, ..DayGrowth::default() };
    traces::bump_day(tx, source.id, day_of(now), growth).await
}

pub(crate) fn limit(what: &'static str, count: usize, max: usize) -> Result<(), ArchiveError> {
    if count <= max { Ok(()) } else { Err(ArchiveError::TooMany { what, count, max }) }
}

#[cfg(test)]
mod tests;
