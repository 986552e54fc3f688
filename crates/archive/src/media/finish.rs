//! The end of a download: check size and MD5, encrypt once into the object, then row, leaf and event in one transaction.
//!
//! The object is durable before the row says so. The same bytes always give the same object, so doing it twice (after a
//! crash) changes nothing.

use std::sync::Arc;

use aws_lc_rs::digest;
use md5::{Digest as _, Md5};
use xinlu_jobs::journal;
use xinlu_keys::CipherKey;
use xinlu_ledger::{LogName, RefKind, submit};
use xinlu_model::{Event, MediaId};

use super::container::{CHUNK_BYTES, MediaHeader, encode_media_header, object_size, seal_chunk};
use super::writer::{MAKING_END, MediaFailure, MediaWriter, making_name, partial_name};
use super::{Digest, container_key, media_commitment, salt};
use crate::conversation::hexadecimal;
use crate::leaf::{Leaf, MediaLeaf};
use crate::model::{MediaReason, MediaState};
use crate::store::media::{self, Finished};
use crate::{Archive, ArchiveError};

/// Ciphertext gathered before it is written.
const WRITE_BYTES: usize = 4 * 1024 * 1024;
/// Length of the number before each frame.
const LENGTH_BYTES: u64 = size_of::<u32>() as u64;

/// MD5 and SHA-256 of what comes.
struct Digesting {
    size: u64,
    md5: Md5,
    sha256: digest::Context,
}

/// Encrypts what comes into chunks, and gathers ciphertext and its hash.
struct Sealing {
    key: CipherKey,
    header: MediaHeader,
    chunk: u64,
    rest: Vec<u8>,
    out: Vec<u8>,
    hash: digest::Context,
}

impl MediaWriter {
    /// Ends the item: checks what was declared, stores the object, and makes it known.
    ///
    /// Errors: `Checked` names what is wrong with the bytes; the caller then calls `media_failed`, with or without a
    /// further try.
    pub async fn finish(self) -> Result<(), MediaFailure> {
        let digest = self.digest().await?;
        if let Some(reason) = judge(&self.task, &digest) {
            self.start_over().await?;
            return Err(MediaFailure::Checked(reason));
        }
        let subject = &self.task.claim.subject;
        let header = MediaHeader { size: digest.size, salt: salt(subject, &self.context, &digest) };
        let object = self.seal(header).await?;
        let now = self.archive.deps.clock.now();
        let leaf = Leaf::Media(MediaLeaf {
            id_tag: self.task.claim.id_tag,
            ordinal: self.task.claim.ordinal,
            commitment: media_commitment(subject, &self.context, &digest),
            object_sha256: object,
            object_size: object_size(digest.size),
            key_epoch: subject.epoch,
            alias: subject.alias,
            stored_at: now,
        });
        let media = self.task.media;
        let leaf = leaf.encode().map_err(|error| error.at(format!("media {media}")))?;
        let finished = Finished { object, object_size: object_size(digest.size), size: digest.size, stored_at: now };
        let mut tx = self.archive.deps.db.begin().await?;
        if !media::finish(&mut tx, media, self.task.claim.number, finished).await? {
            return Err(MediaFailure::ClaimLost);
        }
        let reference = media.number() as u64;
        submit(&mut tx, LogName::Archive, RefKind::MEDIA, reference, &[leaf]).await.map_err(ArchiveError::from)?;
        let event = Event::MediaStored { record: self.task.record, media };
        journal::append(&mut tx, now, &event).await.map_err(ArchiveError::from)?;
        tx.commit().await?;
        self.archive.deps.blobs.partial_delete(&partial_name(media)).await?;
        metrics::counter!("xinlu_archive_media_stored_total").increment(1);
        Ok(())
    }

    /// Throws away what came, so that the next try begins at the start. Not what another claim has fetched since.
    async fn start_over(&self) -> Result<(), MediaFailure> {
        let mut tx = self.archive.deps.db.begin().await?;
        if !media::restart(&mut tx, self.task.media, self.task.claim.number).await? {
            return Err(MediaFailure::ClaimLost);
        }
        tx.commit().await?;
        self.archive.deps.blobs.partial_delete(&partial_name(self.task.media)).await?;
        Ok(())
    }

    async fn digest(&self) -> Result<Digest, MediaFailure> {
        let mut digesting = Digesting { size: 0, md5: Md5::new(), sha256: digest::Context::new(&digest::SHA256) };
        let (mut place, mut offset) = (0, 0);
        while let Some((piece, next)) = self.frame(place, offset).await? {
            (place, offset) = (next, offset + piece.len() as u64);
            digesting = blocking(move || digesting.take(&piece)).await?;
        }
        let held = self.held.clone();
        Ok(blocking(move || digesting.take(&held).done()).await?)
    }

    async fn seal(&self, header: MediaHeader) -> Result<[u8; 32], MediaFailure> {
        let file = making_name(self.task.media, self.task.claim.number);
        let sealed = self.seal_into(&file, header).await;
        if sealed.is_err() {
            // What could not be finished is of no use to anybody; if this fails too, the next start clears it.
            let _ = self.archive.deps.blobs.partial_delete(&file).await;
        }
        sealed
    }

    async fn seal_into(&self, file: &str, header: MediaHeader) -> Result<[u8; 32], MediaFailure> {
        let key = container_key(&self.task.claim.subject, &self.context, &header.salt);
        let out = encode_media_header(&header);
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&out);
        let mut sealing = Sealing { key, header, chunk: 0, rest: Vec::new(), out, hash };
        let (mut place, mut offset) = (0, 0);
        let mut written = false;
        while let Some((piece, next)) = self.frame(place, offset).await? {
            (place, offset) = (next, offset + piece.len() as u64);
            sealing = blocking(move || sealing.take(&piece)).await?;
            if sealing.out.len() > WRITE_BYTES {
                self.put(file, std::mem::take(&mut sealing.out), &mut written).await?;
            }
        }
        let held = self.held.clone();
        let (out, object) = blocking(move || sealing.take(&held).done()).await?;
        let name = hexadecimal(&object);
        if written {
            self.put(file, out, &mut written).await?;
            self.archive.deps.blobs.promote(file, &name).await?;
        } else {
            self.archive.deps.blobs.put_bytes_if_absent(&name, out).await?;
        }
        Ok(object)
    }

    async fn put(&self, file: &str, bytes: Vec<u8>, written: &mut bool) -> Result<(), MediaFailure> {
        let blobs = &self.archive.deps.blobs;
        if *written {
            blobs.partial_append(file, bytes).await?;
        } else {
            blobs.partial_append_at(file, 0, bytes).await?;
        }
        *written = true;
        Ok(())
    }

    /// The piece of the frame at `place` of the partial file, and the place of the next; `None` at the durable end.
    async fn frame(&self, place: u64, offset: u64) -> Result<Option<(Vec<u8>, u64)>, MediaFailure> {
        if place >= self.partial_size {
            return Ok(None);
        }
        match self.read_frame(place, offset).await {
            Ok(frame) => Ok(Some(frame)),
            Err(MediaFailure::Archive(error)) => {
                tracing::warn!(media = %self.task.media, %error, "a download under way is damaged and starts over");
                self.start_over().await?;
                Err(MediaFailure::Checked(MediaReason::Network))
            }
            Err(error) => Err(error),
        }
    }

    async fn read_frame(&self, place: u64, offset: u64) -> Result<(Vec<u8>, u64), MediaFailure> {
        let blobs = &self.archive.deps.blobs;
        let name = partial_name(self.task.media);
        let damaged = || ArchiveError::Damaged { place: name.clone(), what: "ends inside a frame".to_owned() };
        let length = blobs.partial_read(&name, place, LENGTH_BYTES).await?;
        let length = length.first_chunk().map(|length| u64::from(u32::from_be_bytes(*length))).ok_or_else(damaged)?;
        let sealed_length = length + super::frames::FRAME_OVERHEAD - LENGTH_BYTES;
        if place + LENGTH_BYTES + sealed_length > self.partial_size {
            return Err(damaged().into());
        }
        let sealed = blobs.partial_read(&name, place + LENGTH_BYTES, sealed_length).await?;
        let key = Arc::clone(&self.key);
        let piece = blocking(move || key.open_frame(offset, &sealed)).await?;
        let piece = piece.map_err(|error| error.at(name.clone()))?;
        Ok((piece, place + LENGTH_BYTES + sealed_length))
    }
}

impl Digesting {
    fn take(mut self, piece: &[u8]) -> Self {
        self.size += piece.len() as u64;
        self.md5.update(piece);
        self.sha256.update(piece);
        self
    }

    fn done(self) -> Digest {
        let sha256 = self.sha256.finish().as_ref().try_into().expect("SHA-256 answers 32 bytes");
        Digest { size: self.size, md5: self.md5.finalize().into(), sha256 }
    }
}

impl Sealing {
    fn take(mut self, piece: &[u8]) -> Self {
        self.rest.extend_from_slice(piece);
        // The last chunk waits: only at the end is it known to be the last.
        while self.rest.len() > CHUNK_BYTES as usize {
            let after = self.rest.split_off(CHUNK_BYTES as usize);
            let full = std::mem::replace(&mut self.rest, after);
            self.push(&full);
        }
        self
    }

    fn push(&mut self, plaintext: &[u8]) {
        let sealed = seal_chunk(&self.key, &self.header, self.chunk, plaintext);
        self.hash.update(&sealed);
        self.out.extend_from_slice(&sealed);
        self.chunk += 1;
    }

    fn done(mut self) -> (Vec<u8>, [u8; 32]) {
        let last = std::mem::take(&mut self.rest);
        self.push(&last);
        (self.out, self.hash.finish().as_ref().try_into().expect("SHA-256 answers 32 bytes"))
    }
}

/// What is wrong with the bytes, if anything.
fn judge(task: &super::MediaTask, digest: &Digest) -> Option<MediaReason> {
    if digest.size == 0 && task.size != Some(0) {
        return Some(MediaReason::Empty);
    }
    if task.size.is_some_and(|size| size != digest.size) {
        return Some(MediaReason::SizeMismatch);
    }
    let declared = task.md5.as_ref().map(|md5| md5.to_lowercase());
    declared.filter(|md5| *md5 != hexadecimal(&digest.md5)).map(|_| MediaReason::Md5Mismatch)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ArchiveError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ArchiveError::Stopping)
}

impl Archive {
    /// Deletes what downloads left that have ended: a crash may come between an item's row and its partial file, or while
    /// an object is made. What is under way is never touched. Answers how many files went.
    pub async fn clear_partials(&self) -> Result<u64, ArchiveError> {
        let mut cleared = 0;
        for partial in self.deps.blobs.partial_list().await? {
            let Some((media, making)) = partial_of(&partial.name) else { continue };
            let row = media::by_id(&self.deps.db, media).await?;
            let in_use = row.is_some_and(|row| match making {
                Making::No => row.state < MediaState::Stored.number(),
                Making::By(claim) => row.state == MediaState::Fetching.number() && row.claim == claim,
            });
            if !in_use {
                cleared += u64::from(self.deps.blobs.partial_delete(&partial.name).await?);
            }
        }
        Ok(cleared)
    }
}

/// Whether a file is an object in the making, and of which claim.
enum Making {
    No,
    By(i64),
}

/// The item that a partial file is of; `None` for files that are none of ours. An earlier version gave objects in the
/// making no claim: claims begin at 1, so nobody holds such a file.
fn partial_of(name: &str) -> Option<(MediaId, Making)> {
    let name = name.strip_prefix('m')?;
    let Some(made) = name.strip_suffix(MAKING_END) else { return Some((MediaId::new(name.parse().ok()?), Making::No)) };
    let (media, claim) = made.split_once('-').unwrap_or((made, "0"));
    Some((MediaId::new(media.parse().ok()?), Making::By(claim.parse().ok()?)))
}
