//! Media: rows against leaves, objects against rows and names.

use aws_lc_rs::digest;
use xinlu_model::{MediaId, MessageKind};

use super::Verification;
use super::leaves::Run;
use super::named::Named;
use crate::ArchiveError;
use crate::body::id_tag;
use crate::conversation::hexadecimal;
use crate::header::decode_header;
use crate::leaf::{Leaf, MediaLeaf};
use crate::media::{decode_media_header, object_size};
use crate::model::{MediaReason, MediaState};
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
            let place = format!("media {id}");
            let row = media::by_id(&self.input.db, id).await;
            let record = row.as_ref().ok().and_then(Option::as_ref).map(|row| row.record.number());
            self.media_leaves.push((id.number(), record));
            let row = match row {
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

    /// Whether the record is the one that its leaf names; only with keys. What the record declares is held against the
    /// row where the record is checked.
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
        Ok((leaf.id_tag != tag).then_some("record_id is not that of its leaf"))
    }

    /// Rows against their state, their record and their leaf; and which objects there must be.
    pub(super) async fn media_rows(&mut self) -> Result<(), ArchiveError> {
        self.media_leaves.sort_unstable();
        let mut named = Named::of("archive_media");
        let done = self.walk_media(&mut named).await;
        self.take_named(named);
        done
    }

    async fn walk_media(&mut self, named: &mut Named) -> Result<(), ArchiveError> {
        let mut after = MediaId::new(i64::MIN);
        // Ids come from a counter without gaps, and no row ever goes.
        let mut expected = 1;
        loop {
            let page = media::page(&self.input.db, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for row in page {
                let (id, place) = (row.id.number(), format!("media {}", row.id));
                if id > expected {
                    let upto = if id == expected + 1 { String::new() } else { format!(", and those up to {}", id - 1) };
                    named.wrong(format!("media {expected}"), format!("its row is gone{upto}"));
                }
                expected = id.saturating_add(1);
                for what in self.media_row_problems(&row) {
                    named.wrong(place.clone(), what.to_owned());
                }
                let Some(object) = row.object.as_deref() else { continue };
                let Ok(name) = <[u8; 32]>::try_from(object) else {
                    named.wrong(place, "object is not a SHA-256".to_owned());
                    continue;
                };
                self.objects.insert(name);
                match self.input.blobs.size(&hexadecimal(&name)).await {
                    Ok(Some(_)) => {}
                    Ok(None) => named.wrong(place, format!("object {} is gone", hexadecimal(&name))),
                    Err(error) => named.wrong(place, format!("object {}: {error}", hexadecimal(&name))),
                }
            }
        }
    }

    fn media_row_problems(&self, row: &MediaRow) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let is_logged = self.media_leaves.binary_search_by_key(&row.id.number(), |(media, _)| *media).is_ok();
        match self.implied.source(row.record.number()) {
            None => wrong.push("record_id names no record"),
            Some(source) if source != row.source => wrong.push("source_id is not that of its record"),
            Some(_) => {}
        }
        if u16::try_from(row.kind).map(MessageKind::from_number).map(MessageKind::number).map(i64::from) != Ok(row.kind)
        {
            wrong.push("kind is not known");
        }
        let reason = row.reason.map(MediaReason::from_number);
        if reason == Some(None) {
            wrong.push("reason is not known");
        }
        let has_object = [row.object.is_some(), row.object_size.is_some(), row.size.is_some(), row.stored_at.is_some()];
        match MediaState::from_number(row.state) {
            None => wrong.push("state is not known"),
            Some(MediaState::Stored) => {
                if !is_logged {
                    wrong.push("no leaf stands for it");
                }
                if reason.is_some() || has_object != [true; 4] {
                    wrong.push("it is stored, and its other columns say it is not");
                }
            }
            Some(state) => {
                if has_object != [false; 4] {
                    wrong.push("it has an object, and its state is not stored");
                }
                let is_expired = reason == Some(Some(MediaReason::Expired));
                let fits = match state {
                    MediaState::Lost => is_expired,
                    MediaState::Failed => reason.is_some() && !is_expired,
                    _ => true,
                };
                if !fits {
                    wrong.push("its state and its reason do not go together");
                }
            }
        }
        wrong
    }

    /// Every object on disk is what its name says, and its front is a container's.
    pub(super) async fn objects(&mut self) -> Result<(), ArchiveError> {
        let mut strangers = 0_u64;
        for first_byte in 0..=u8::MAX {
            let listed = match self.input.blobs.list(first_byte).await {
                Ok(listed) => listed,
                Err(error) => {
                    self.report.problem(&format!("blobs/{first_byte:02x}"), &format!("cannot be listed: {error}"));
                    continue;
                }
            };
            for object in listed {
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
