//! Intake from a source that needs no decryption: parse, encrypt, append; the next batches are parsed
//! and encrypted while one is written, and they are written in their order.
//!
//! What cannot be parsed is left out and counted; the caller knows where it came from.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use xinlu_archive::{Archive, DirectBatch};
use xinlu_model::{Clock, Inbound, SourceId};

use super::parse::{Delivery, parse};
use crate::ChannelError;

/// Batches that wait to be appended.
const WAITING_BATCHES: usize = 2;

/// One message as the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectMessage {
    /// The source's sequence number.
    pub seq: u64,
    /// The source's id, when it stands beside the message.
    pub msgid: Option<String>,
    /// The message's JSON.
    pub raw: Vec<u8>,
}

/// A source of plain messages.
#[async_trait]
pub trait DirectSource: Send {
    /// The next batch after this seq, in order; empty at the end.
    async fn next(&mut self, after: u64) -> Result<Vec<DirectMessage>, ChannelError>;
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DirectTotals {
    /// Records appended.
    pub appended: u64,
    /// Messages that were there before.
    pub duplicates: u64,
    /// Messages that are no JSON object.
    pub broken: u64,
}

/// Takes in everything the source has after what is stored.
pub async fn run_direct(
    archive: &Arc<Archive>,
    source: SourceId,
    feed: &mut dyn DirectSource,
    clock: &Arc<dyn Clock>,
) -> Result<DirectTotals, ChannelError> {
    let (parsed, mut parsed_out) = mpsc::channel::<ParsedBatch>(WAITING_BATCHES);
    let start = archive.cursor(source).await?;
    let read = async move {
        let mut cursor = start;
        loop {
            let batch = feed.next(cursor).await?;
            let Some(last) = batch.last() else { return Ok::<(), ChannelError>(()) };
            cursor = last.seq;
            let clock = Arc::clone(clock);
            let batch = tokio::task::spawn_blocking(move || parse_batch(source, batch, clock.as_ref())).await;
            let batch = batch.map_err(|error| ChannelError::Internal(error.to_string()))?;
            if parsed.send(ParsedBatch { cursor, ..batch }).await.is_err() {
                return Ok(());
            }
        }
    };
    let (encrypted, mut encrypted_out) = mpsc::channel::<(u64, u64, DirectBatch)>(WAITING_BATCHES);
    let encrypt = async move {
        while let Some(ParsedBatch { cursor, messages, broken }) = parsed_out.recv().await {
            let batch = archive.prepare_direct(source, messages).await?;
            if encrypted.send((cursor, broken, batch)).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    let append = async {
        let mut totals = DirectTotals::default();
        while let Some((cursor, broken, batch)) = encrypted_out.recv().await {
            let done = archive.append_prepared(batch, Some(cursor)).await?;
            totals.appended += done.appended;
            totals.duplicates += done.duplicates;
            totals.broken += broken;
        }
        Ok(totals)
    };
    let ((), (), totals) = tokio::try_join!(read, encrypt, append)?;
    Ok(totals)
}

struct ParsedBatch {
    cursor: u64,
    messages: Vec<Inbound>,
    broken: u64,
}

fn parse_batch(source: SourceId, batch: Vec<DirectMessage>, clock: &dyn Clock) -> ParsedBatch {
    let observed_at = clock.now();
    let count = batch.len();
    let read = batch.into_iter().filter_map(|message| {
        let delivery = Delivery { source, seq: message.seq, msgid: message.msgid.as_deref(), observed_at };
        parse(&delivery, message.raw).ok()
    });
    let messages: Vec<Inbound> = read.collect();
    ParsedBatch { cursor: 0, broken: (count - messages.len()) as u64, messages }
}

#[cfg(test)]
mod tests;
