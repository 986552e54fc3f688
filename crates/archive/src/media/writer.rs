//! Writes the pieces of a download so that a crash costs at most the last piece.
//!
//! A piece is held back until the next one comes, so that an item of one piece (most are) goes straight into its object.
//! What is on disk is always sealed; what the database says is durable is durable.

use std::sync::Arc;

use xinlu_keys::NONCE_BYTES;
use xinlu_model::{MediaId, Time};

use super::context;
use super::fetch::MediaTask;
use super::frames::{FRAME_OVERHEAD, PartialKey};
use crate::model::MediaReason;
use crate::store::media::{self, Progress};
use crate::{Archive, ArchiveError};

/// The largest item: WeCom takes files of up to 4 GB from paying companies.
pub const MEDIA_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// The largest piece; the SDK's are 512 KiB.
const PIECE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How the name of an object in the making ends.
pub(super) const MAKING_END: &str = "-new";

/// Why a download did not end well.
#[derive(Debug, thiserror::Error)]
pub enum MediaFailure {
    /// The bytes are not what was declared. What came was thrown away, so the next try starts anew.
    #[error("the bytes are not what was declared: {}", .0.name())]
    Checked(MediaReason),
    /// Somebody else has claimed the item since.
    #[error("the claim has run out")]
    ClaimLost,
    /// The archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl From<xinlu_blob::BlobError> for MediaFailure {
    fn from(error: xinlu_blob::BlobError) -> Self {
        Self::Archive(error.into())
    }
}

impl From<xinlu_db::DbError> for MediaFailure {
    fn from(error: xinlu_db::DbError) -> Self {
        Self::Archive(error.into())
    }
}

/// Takes the pieces of one item.
pub struct MediaWriter {
    pub(super) archive: Arc<Archive>,
    pub(super) task: MediaTask,
    pub(super) context: Vec<u8>,
    pub(super) key: Arc<PartialKey>,
    /// Bytes that are durable in the partial file.
    pub(super) received: u64,
    pub(super) partial_size: u64,
    /// Until when the claim is ours for certain.
    lease_until: Time,
    /// The last piece, not durable yet.
    pub(super) held: Vec<u8>,
    next_index: String,
}

/// Where the pieces of an item's download are.
pub(crate) fn partial_name(media: MediaId) -> String {
    format!("m{media}")
}

/// Where a claim makes the object: its own file, for a claim that ran out may still be at work.
pub(super) fn making_name(media: MediaId, claim: i64) -> String {
    format!("m{media}-{claim}{MAKING_END}")
}

impl Archive {
    /// A writer that goes on where the task's `resume` says.
    pub fn media_writer(self: &Arc<Self>, task: &MediaTask) -> MediaWriter {
        let context = context(&task.claim.id_tag, task.claim.ordinal);
        MediaWriter {
            archive: Arc::clone(self),
            key: Arc::new(PartialKey::new(&task.claim.subject, &context)),
            context,
            received: task.resume.as_ref().map_or(0, |resume| resume.received),
            partial_size: task.claim.partial_size,
            lease_until: task.claim.lease_until,
            held: Vec::new(),
            next_index: String::new(),
            task: task.clone(),
        }
    }
}

impl MediaWriter {
    /// Takes the next piece and what the source goes on from after it. The piece before it is durable on return, and a
    /// task claimed after a crash resumes behind it.
    pub async fn write(&mut self, piece: Vec<u8>, next_index: &str) -> Result<(), MediaFailure> {
        if piece.len() > PIECE_BYTES_MAX {
            return Err(
                ArchiveError::TooMany { what: "bytes of a piece", count: piece.len(), max: PIECE_BYTES_MAX }.into()
            );
        }
        if self.received + (self.held.len() + piece.len()) as u64 > MEDIA_BYTES_MAX {
            return Err(MediaFailure::Checked(MediaReason::TooLarge));
        }
        self.flush().await?;
        self.held = piece;
        next_index.clone_into(&mut self.next_index);
        Ok(())
    }

    /// Bytes taken so far, those of earlier claims included.
    pub fn received(&self) -> u64 {
        self.received + self.held.len() as u64
    }

    /// Makes the held piece durable, then the place to go on from.
    async fn flush(&mut self) -> Result<(), MediaFailure> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.hold_claim().await?;
        let piece = std::mem::take(&mut self.held);
        let mut nonces = [[0; NONCE_BYTES]; 2];
        for nonce in &mut nonces {
            self.archive.deps.random.fill(nonce);
        }
        let [frame_nonce, index_nonce] = nonces;
        let (key, offset, length) = (Arc::clone(&self.key), self.received, piece.len() as u64);
        let frame = tokio::task::spawn_blocking(move || key.seal_frame(&frame_nonce, offset, &piece))
            .await
            .map_err(|_| ArchiveError::Stopping)?;
        let blobs = &self.archive.deps.blobs;
        blobs.partial_append_at(&partial_name(self.task.media), self.partial_size, frame).await?;
        let (received, partial_size) = (offset + length, self.partial_size + length + FRAME_OVERHEAD);
        let lease_until = self.archive.deps.clock.now().plus_millis(self.task.claim.lease_ms);
        let progress = Progress {
            resume_index: self.key.seal_index(&index_nonce, received, &self.next_index),
            received,
            partial_size,
            lease_until,
        };
        let mut tx = self.archive.deps.db.begin().await?;
        if !media::progress(&mut tx, self.task.media, self.task.claim.number, progress).await? {
            return Err(MediaFailure::ClaimLost);
        }
        tx.commit().await?;
        (self.received, self.partial_size) = (received, partial_size);
        self.lease_until = lease_until;
        Ok(())
    }

    /// Makes sure, before the partial file is touched, that nobody else writes it: a source that is slow may have cost
    /// the lease.
    async fn hold_claim(&mut self) -> Result<(), MediaFailure> {
        let (now, lease_ms) = (self.archive.deps.clock.now(), self.task.claim.lease_ms);
        if self.lease_until.millis_since(now) > lease_ms / 2 {
            return Ok(());
        }
        let lease_until = now.plus_millis(lease_ms);
        let mut tx = self.archive.deps.db.begin().await?;
        if !media::renew(&mut tx, self.task.media, self.task.claim.number, lease_until).await? {
            return Err(MediaFailure::ClaimLost);
        }
        tx.commit().await?;
        self.lease_until = lease_until;
        Ok(())
    }
}
