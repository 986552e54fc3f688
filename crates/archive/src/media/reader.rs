//! Reads stored media: any range costs only the chunks it touches.
//!
//! Rights are checked by whoever asks.

use xinlu_keys::CipherKey;
use xinlu_model::{MediaId, MessageKind, RecordId};

use super::container::{CHUNK_BYTES, HEADER_BYTES, MediaHeader, chunk_place, decode_media_header, open_chunk};
use super::{container_key, context};
use crate::conversation::hexadecimal;
use crate::store::media;
use crate::{Archive, ArchiveError};

/// Bytes answered at once; a longer range is read in several calls.
const READ_BYTES_MAX: u64 = 1024 * 1024;

/// A stored item, open for reading.
pub struct MediaReader {
    /// The item.
    pub media: MediaId,
    /// Whose.
    pub record: RecordId,
    /// What it is.
    pub kind: MessageKind,
    /// Its declared file name.
    pub name: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    object: String,
    header: MediaHeader,
    key: CipherKey,
}

impl Archive {
    /// Opens a stored item. Errors: `MediaNotFound`, `MediaNotStored`, `Erased`.
    pub async fn open_media(&self, media: MediaId) -> Result<MediaReader, ArchiveError> {
        let row = media::by_id(&self.deps.db, media).await?.ok_or(ArchiveError::MediaNotFound(media))?;
        let (Some(object), Some(size)) = (&row.object, row.size) else {
            return Err(ArchiveError::MediaNotStored(media));
        };
        let (declared, subject, id_tag) = self.declared(&row).await?;
        let object = hexadecimal(object);
        let header = self.deps.blobs.read_range(&object, 0, HEADER_BYTES).await?;
        let header = decode_media_header(&header).map_err(|error| error.at(format!("object {object}")))?;
        if header.size != size {
            return Err(ArchiveError::Damaged {
                place: format!("media {media}"),
                what: "its size is not its object's".to_owned(),
            });
        }
        let key = container_key(&subject, &context(&id_tag, row.ordinal), &header.salt);
        Ok(MediaReader {
            media,
            record: row.record,
            kind: declared.kind,
            name: declared.name,
            size,
            object,
            header,
            key,
        })
    }

    /// Reads from `start` on: at most `length` bytes, at most 1 MiB at once, nothing beyond the end.
    pub async fn read_media(&self, reader: &MediaReader, start: u64, length: u64) -> Result<Vec<u8>, ArchiveError> {
        let end = start.saturating_add(length.min(READ_BYTES_MAX)).min(reader.size);
        if start >= end {
            return Ok(Vec::new());
        }
        let (first, last) = (start / CHUNK_BYTES, (end - 1) / CHUNK_BYTES);
        let (offset, _) = chunk_place(reader.size, first);
        let (last_offset, last_length) = chunk_place(reader.size, last);
        let span = last_offset + last_length - offset;
        let sealed = self.deps.blobs.read_range(&reader.object, offset, span).await?;
        let mut plaintext = Vec::with_capacity((end - start) as usize);
        for chunk in first..=last {
            let (place, length) = chunk_place(reader.size, chunk);
            let from = (place - offset) as usize;
            let piece = sealed.get(from..from + length as usize).unwrap_or_default();
            let opened = open_chunk(&reader.key, &reader.header, chunk, piece);
            let opened = opened.map_err(|error| error.at(format!("object {} chunk {chunk}", reader.object)))?;
            let chunk_start = chunk * CHUNK_BYTES;
            let from = start.saturating_sub(chunk_start) as usize;
            let to = (end - chunk_start).min(opened.len() as u64) as usize;
            plaintext.extend_from_slice(opened.get(from..to).unwrap_or_default());
        }
        Ok(plaintext)
    }
}
