//! The four stages of a pass and what flows between them.
//!
//! A stage ends when the one before it has ended and everything has flowed through; an error of ours ends them all, and
//! what was under way is resumed by the next pass from the stored envelopes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{mpsc, watch};
use xinlu_archive::{ArchiveError, BatchId, Envelope, Settled, StoredBatch};

use super::Intake;
use crate::ChannelError;
use crate::stop::stopped;
use crate::wecom_archive::decrypt::{Batch, Park, open_keys, open_messages};
use crate::wecom_archive::page::{FetchOutcome, Page, Trouble, UNNUMBERED, read};
use crate::wecom_archive::sdk_worker::SdkError;
use crate::wecom_archive::status::{IntakeTrouble, SeqGap};

/// Batches that wait between two stages: enough that decryption goes on while a commit waits for the disk. Each is some
/// two megabytes.
const WAITING_BATCHES: usize = 3;
/// WeCom keeps messages for five days (PROTOCOL.md 3.1.2).
const WINDOW_MS: i64 = 5 * 24 * 3_600_000;

/// What became of a page.
enum Taken {
    /// It is stored; the cursor is here now.
    Stored(u64),
    /// It held nothing that is not stored.
    Nothing,
    /// It was as large as could be and held nothing that is not stored, so WeCom does not get on.
    Stuck,
    /// The stages after this one have ended.
    Ended,
}

/// A batch with its random keys open.
struct Keyed {
    batch: StoredBatch,
    keys: Vec<Result<Vec<u8>, Park>>,
}

/// A batch ready to be settled.
struct Ready {
    batch: StoredBatch,
    settled: Vec<Settled>,
}

impl Intake {
    /// Runs the stages until WeCom has nothing more. `false`: a fetch did not work.
    pub(super) async fn run_stages(self: &Arc<Self>, stop: &mut watch::Receiver<bool>) -> Result<bool, ChannelError> {
        let (stored, stored_out) = mpsc::channel(WAITING_BATCHES);
        let (keyed, keyed_out) = mpsc::channel(WAITING_BATCHES);
        let (ready, ready_out) = mpsc::channel(WAITING_BATCHES);
        let (answered, (), (), ()) = tokio::try_join!(
            self.fetch_stage(stop, stored),
            self.key_stage(stored_out, keyed),
            self.message_stage(keyed_out, ready),
            self.settle_stage(ready_out),
        )?;
        Ok(answered)
    }

    async fn fetch_stage(
        &self,
        stop: &mut watch::Receiver<bool>,
        out: mpsc::Sender<StoredBatch>,
    ) -> Result<bool, ChannelError> {
        if !self.resume(&out).await? {
            return Ok(false);
        }
        let mut cursor = self.archive.cursor(self.source).await?;
        self.status.lock().cursor = cursor;
        while !*stop.borrow() {
            let limit = self.limit.load(Ordering::Relaxed);
            let fetched = tokio::select! {
                fetched = self.fetch(cursor, limit) => fetched,
                () = stopped(stop) => break,
            };
            match fetched {
                Ok(FetchOutcome::Page(page)) => match self.take(page, cursor, limit, &out).await? {
                    Taken::Stored(reached) => cursor = reached,
                    Taken::Nothing => return Ok(true),
                    Taken::Stuck => return Ok(self.only_repetitions()),
                    Taken::Ended => return Ok(false),
                },
                Ok(FetchOutcome::Smaller) if limit > 1 => self.limit.store(limit / 2, Ordering::Relaxed),
                Ok(FetchOutcome::Smaller) => {
                    return Ok(self.not_answered(Trouble {
                        name: "page_too_large",
                        code: 301_058,
                        needs_person: true,
                    }));
                }
                Ok(FetchOutcome::Later(trouble)) => return Ok(self.not_answered(trouble)),
                Err(SdkError::Died) => {
                    return Ok(self.not_answered(Trouble { name: "worker_died", code: 0, needs_person: false }));
                }
                Err(error) => {
                    // The stages after this one must still finish what is stored.
                    let trouble = IntakeTrouble::of_us("worker", error.to_string(), self.clock.now());
                    tracing::error!(source = %self.source, %error, "messages cannot be fetched");
                    self.status.lock().troubled(trouble);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Stores a page with the cursor and sends it on.
    async fn take(
        &self,
        page: Page,
        cursor: u64,
        limit: u32,
        out: &mpsc::Sender<StoredBatch>,
    ) -> Result<Taken, ChannelError> {
        let is_full = page.envelopes.len() + page.repeated >= limit as usize;
        let envelopes = self.leave_out_stored(page, cursor);
        self.note_gaps(cursor, &envelopes);
        self.answered();
        if envelopes.is_empty() {
            return Ok(if is_full { Taken::Stuck } else { Taken::Nothing });
        }
        self.widen(limit);
        let batch = self.archive.store_intake(self.source, envelopes).await?;
        self.outside.lock().stored(cursor, &batch.envelopes);
        // Late deliveries must not move it back.
        let reached = batch.envelopes.last().map_or(cursor, |last| last.seq.max(cursor));
        self.note_received(reached, &batch.envelopes);
        Ok(if out.send(batch).await.is_ok() { Taken::Stored(reached) } else { Taken::Ended })
    }

    /// The envelopes of a page but those outside the sequence that are stored already.
    fn leave_out_stored(&self, page: Page, cursor: u64) -> Vec<Envelope> {
        let Page { mut envelopes, repeated } = page;
        let delivered = envelopes.len();
        {
            let outside = self.outside.lock();
            envelopes.retain(|envelope| !outside.knows(cursor, envelope));
        }
        let repeated = (repeated + delivered - envelopes.len()) as u64;
        if repeated > 0 {
            tracing::warn!(source = %self.source, repeated, "WeCom delivered the same again");
            metrics::counter!("xinlu_wecom_repeated_total").increment(repeated);
            self.status.lock().repeated += repeated;
        }
        envelopes
    }

    /// Sends what an earlier pass left open through the stages again, but what cannot be settled. `false`: they ended.
    async fn resume(&self, out: &mpsc::Sender<StoredBatch>) -> Result<bool, ChannelError> {
        let mut after = BatchId::new(0);
        loop {
            let batches = self.archive.open_intake(self.source, after).await?;
            let Some(last) = batches.last() else { return Ok(true) };
            after = last.id;
            for batch in batches {
                if self.left_open.lock().contains_key(&batch.id) {
                    continue;
                }
                tracing::info!(source = %self.source, batch = %batch.id, "resuming a batch");
                if out.send(batch).await.is_err() {
                    return Ok(false);
                }
            }
        }
    }

    async fn fetch(&self, cursor: u64, limit: u32) -> Result<FetchOutcome, SdkError> {
        let fetched = self.fetcher.lock().await.fetch(cursor, limit).await;
        self.status.lock().fetched_at = Some(self.clock.now());
        let fetched = fetched?;
        // A page of some megabytes takes some milliseconds to read.
        let page = tokio::task::spawn_blocking(move || read(fetched.code, &fetched.json, cursor)).await;
        page.map_err(|_| SdkError::Died)
    }

    fn answered(&self) {
        self.status.lock().answered_at = Some(self.clock.now());
    }

    fn not_answered(&self, trouble: Trouble) -> bool {
        if trouble.needs_person {
            tracing::error!(source = %self.source, name = trouble.name, code = trouble.code, "WeCom refuses messages");
        } else {
            tracing::warn!(source = %self.source, name = trouble.name, code = trouble.code, "a fetch failed");
        }
        self.status.lock().troubled(IntakeTrouble::of_wecom(trouble, self.clock.now()));
        false
    }

    /// A source that always gives what it gave is not asked again and again, and people must know.
    fn only_repetitions(&self) -> bool {
        tracing::error!(source = %self.source, "WeCom delivers only what it delivered before");
        let detail = "a full page held only what was delivered before".to_owned();
        self.status.lock().troubled(IntakeTrouble::of_us("only_repetitions", detail, self.clock.now()));
        false
    }

    /// After a page came through, half of the way back to the configured limit.
    fn widen(&self, limit: u32) {
        let wanted = self.config.fetch_limit;
        if limit < wanted {
            self.limit.store(limit + (wanted - limit).div_ceil(2), Ordering::Relaxed);
        }
    }

    /// Seqs are consecutive; where they are not, messages may be lost for good, and people must know.
    fn note_gaps(&self, cursor: u64, envelopes: &[Envelope]) {
        if cursor == 0 {
            return;
        }
        let now = self.clock.now();
        let mut status = self.status.lock();
        let beyond_window = status.answered_at.is_some_and(|at| now.millis_since(at) > WINDOW_MS);
        let mut last = cursor;
        for envelope in envelopes.iter().filter(|envelope| envelope.seq > cursor) {
            let next = last.saturating_add(1);
            if envelope.seq > next {
                let gap = SeqGap { from: next, to: envelope.seq - 1, found_at: now, beyond_window };
                tracing::error!(source = %self.source, gap.from, gap.to, beyond_window, "WeCom left out messages");
                metrics::counter!("xinlu_wecom_seq_gaps_total").increment(1);
                status.found_gap(gap);
            }
            last = envelope.seq;
        }
    }

    fn note_received(&self, cursor: u64, envelopes: &[Envelope]) {
        let mut status = self.status.lock();
        status.cursor = cursor;
        status.received += envelopes.len() as u64;
        status.unnumbered += envelopes.iter().filter(|envelope| envelope.msgid.starts_with(UNNUMBERED)).count() as u64;
        // What is no envelope names no key.
        for envelope in envelopes.iter().filter(|envelope| !envelope.encrypted_key.is_empty()) {
            if !status.keys_seen.contains(&envelope.key_version) {
                status.keys_seen.insert(envelope.key_version);
            }
        }
        metrics::counter!("xinlu_wecom_received_total").increment(envelopes.len() as u64);
    }

    async fn key_stage(
        &self,
        mut from: mpsc::Receiver<StoredBatch>,
        out: mpsc::Sender<Keyed>,
    ) -> Result<(), ChannelError> {
        while let Some(batch) = from.recv().await {
            let keys = open_keys(&self.keys, &batch.envelopes, self.threads).await?;
            if out.send(Keyed { batch, keys }).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn message_stage(
        &self,
        mut from: mpsc::Receiver<Keyed>,
        out: mpsc::Sender<Ready>,
    ) -> Result<(), ChannelError> {
        let mut sdk = self.decryptor.lock().await;
        while let Some(Keyed { batch, keys }) = from.recv().await {
            let together = Batch::together(Arc::clone(&batch.envelopes), batch.observed_at);
            let settled = open_messages(&mut sdk, self.source, &together, keys).await?;
            if out.send(Ready { batch, settled }).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn settle_stage(&self, mut from: mpsc::Receiver<Ready>) -> Result<(), ChannelError> {
        while let Some(Ready { batch, settled }) = from.recv().await {
            note_parked(&settled);
            let done = match self.archive.settle(batch.id, settled).await {
                Ok(done) => done,
                Err(error) if is_lasting(&error) => {
                    self.leave_open(batch.id, &error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            {
                let mut status = self.status.lock();
                status.appended += done.appended;
                status.duplicates += done.duplicates;
                status.parked += done.parked;
            }
            metrics::counter!("xinlu_wecom_appended_total").increment(done.appended);
            metrics::counter!("xinlu_wecom_parked_total").increment(done.parked);
        }
        Ok(())
    }

    /// A batch that cannot be settled stays stored and does not hold up the ones after it. It is tried again at the
    /// next start.
    fn leave_open(&self, batch: BatchId, error: &ArchiveError) {
        tracing::error!(source = %self.source, %batch, %error, "a batch cannot be settled and stays open");
        metrics::counter!("xinlu_wecom_batches_left_open_total").increment(1);
        let what = format!("batch {batch} cannot be settled and stays open: {error}");
        let trouble = IntakeTrouble::of_us("batch_left_open", what, self.clock.now());
        self.left_open.lock().insert(batch, trouble.clone());
        self.status.lock().troubled(trouble);
    }
}

/// Whether trying a batch again can never help until a person has repaired something.
fn is_lasting(error: &ArchiveError) -> bool {
    error.is_damage() || matches!(error, ArchiveError::BatchIncomplete { .. } | ArchiveError::Misuse(_))
}

fn note_parked(settled: &[Settled]) {
    for one in settled {
        if let Settled::Parked { seq, reason, detail, .. } = one {
            tracing::warn!(seq, reason = reason.name(), detail, "a message is parked");
        }
    }
}
