//! Media: rows against leaves, objects against rows and names.

use aws_lc_rs::digest;
use xinlu_model::{MediaId, MessageKind};

use super::Verification;
use super::leaves::Run;
use crate::ArchiveError;
use crate::body::{id_tag, parse};
use crate::conversation::hexadecimal;
use crate::header::decode_header;
use crate::leaf::{Leaf, MediaLeaf};
use crate::media::{decode_media_header, object_size};
use crate::model::MediaState;
use crate::store::media::{self, MediaRow};
use crate::store::records;

/// Rows read at once.
const PAGE: u32 = 1_000;
/// Bytes of an object hashed at once.
const PIECE_BYTES: u64 = 1024 * 1024;
/// Bytes in front of a container.
const HEADER_BYTES: u64 = 32;

impl Verification {
    pub(super) async fn media_leaves(&mut self, run: Run) -> Result<(), ArchiveError> {
        for (leaf, offset) in run.leaves.iter().zip(0..) {
            let id = MediaId::new(run.first_reference as i64 + offset);
            self.media_leaves.insert(id.number());
            let place = format!("media {id}");
            let row = match media::by_id(&self.input.db, id).await {
                Ok(Some(row)) => row,
                Ok(None) => {
                    self.report.problem(&place, &format!("its row is gone ({} + {offset} stands for it)", run.place));
                    continue;
                }
                Err(error) => {
                    self.note_failure(&place, Err(error))?;
                    continue;
                }
            };
            let Some(leaf) = leaf else { continue };
            match Leaf::decode(leaf) {
                Ok(Leaf::Media(leaf)) => {
                    let checked = self.check_media(&row, &leaf).await;
                    self.note_failure(&place, checked)?;
                }
                Ok(_) => self.report.problem(&place, "its leaf is not one of media"),
                Err(error) => self.report.problem(&place, &format!("its leaf: {error}")),
            }
        }
        Ok(())
    }

    async fn check_media(&mut self, row: &MediaRow, leaf: &MediaLeaf) -> Result<(), ArchiveError> {
        let place = format!("media {}", row.id);
        self.report.media += 1;
        if row.state != MediaState::Stored.number() {
            self.report.problem(&place, "state is not stored though its leaf says so");
        }
        if row.object.as_deref() != Some(leaf.object_sha256.as_slice()) {
            self.report.problem(&place, "object is not the one in the log");
        }
        if row.object_size != Some(leaf.object_size) || row.size.map(object_size) != Some(leaf.object_size) {
            self.report.problem(&place, "size is not that of its leaf");
        }
        if row.ordinal != leaf.ordinal {
            self.report.problem(&place, "ordinal is not that of its leaf");
        }
        if row.stored_at != Some(leaf.stored_at) {
            self.report.problem(&place, "stored_at is not that of its leaf");
        }
        if let Some(what) = self.media_of_record(row, leaf).await? {
            self.report.problem(&place, what);
        }
        Ok(())
    }

    /// Whether the item is the one that its record declares; only with keys.
    async fn media_of_record(&self, row: &MediaRow, leaf: &MediaLeaf) -> Result<Option<&'static str>, ArchiveError> {
        let Some(keys) = &self.input.keys else { return Ok(None) };
        let Some(record) = records::by_id(&self.input.db, row.record).await? else {
            return Ok(Some("record_id names no record"));
        };
        if record.source != row.source {
            return Ok(Some("source_id is not that of its record"));
        }
        // A record that is damaged itself is named as such.
        let (Ok((key, header)), Ok(Some(subject))) =
            (decode_header(&record.header, record.source), keys.subject(record.subject).await)
        else {
            return Ok(None);
        };
        let tag = id_tag(&subject, &key, &header.msgid);
        if leaf.id_tag != tag {
            return Ok(Some("record_id is not that of its leaf"));
        }
        let Ok(body) = self.codec.open(&subject, &tag, &record.header, &record.body) else { return Ok(None) };
        let declared = parse(&body.parsed).ok().and_then(|parsed| parsed.media.into_iter().nth(row.ordinal as usize));
        let kind = declared.map(|declared| i64::from(MessageKind::number(declared.kind)));
        Ok((kind != Some(row.kind)).then_some("kind is not the declared one"))
    }

    /// Rows that say they are stored need a leaf; and which objects there must be.
    pub(super) async fn media_rows(&mut self) -> Result<(), ArchiveError> {
        let mut after = MediaId::new(i64::MIN);
        loop {
            let page = media::page(&self.input.db, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for row in page {
                let place = format!("media {}", row.id);
                if MediaState::from_number(row.state).is_none() {
                    self.report.problem(&place, "state is not known");
                }
                if row.state == MediaState::Stored.number() && !self.media_leaves.contains(&row.id.number()) {
                    self.report.problem(&place, "no leaf stands for it");
                }
                let Some(object) = row.object.as_deref() else { continue };
                let Ok(name) = <[u8; 32]>::try_from(object) else {
                    self.report.problem(&place, "object is not a SHA-256");
                    continue;
                };
                self.objects.insert(name);
                if self.input.blobs.size(&hexadecimal(&name)).await?.is_none() {
                    self.report.problem(&place, &format!("object {} is gone", hexadecimal(&name)));
                }
            }
        }
    }

    /// Every object on disk is what its name says, and its front is a container's.
    pub(super) async fn objects(&mut self) -> Result<(), ArchiveError> {
        let mut strangers = 0_u64;
        for first_byte in 0..=u8::MAX {
            for object in self.input.blobs.list(first_byte).await? {
                self.report.objects += 1;
                let place = format!("object {}", object.name);
                match self.hash(&object.name, object.size).await {
                    Ok(hash) if hexadecimal(&hash) == object.name => {
                        strangers += u64::from(!self.objects.contains(&hash));
                        let front = self.input.blobs.read_range(&object.name, 0, HEADER_BYTES).await;
                        let header = front.map_err(ArchiveError::from).map(|front| decode_media_header(&front));
                        if !matches!(header, Ok(Ok(header)) if object_size(header.size) == object.size) {
                            self.report.problem(&place, "is not a media container");
                        }
                    }
                    Ok(_) => self.report.problem(&place, "its content is not what its name says"),
                    Err(error) => self.report.problem(&place, &error.to_string()),
                }
            }
        }
        if strangers > 0 {
            let what =
                format!("{strangers} objects belong to no media item: left by a crash before their row was written");
            self.report.notes.push(what);
        }
        Ok(())
    }

    async fn hash(&self, name: &str, size: u64) -> Result<[u8; 32], ArchiveError> {
        let mut context = digest::Context::new(&digest::SHA256);
        let mut at = 0;
        while at < size {
            let piece = self.input.blobs.read_range(name, at, PIECE_BYTES.min(size - at)).await?;
            at += piece.len() as u64;
            context = tokio::task::spawn_blocking(move || {
                context.update(&piece);
                context
            })
            .await
            .map_err(|_| ArchiveError::Stopping)?;
        }
        Ok(context.finish().as_ref().try_into().expect("SHA-256 answers 32 bytes"))
    }
}
