//! The queue of media to be fetched: claiming, giving up, trying again.
//!
//! A claim is a lease with a number; whoever lost it can write nothing more.

use std::sync::Arc;

use xinlu_keys::Subject;
use xinlu_model::{MediaDeclared, MediaId, MessageKind, RecordId, SourceId, Time};

use super::context;
use super::frames::PartialKey;
use crate::archive::header_of;
use crate::body::{id_tag, parse};
use crate::model::{MediaItem, MediaReason, MediaState};
use crate::store::media::{self, MediaRow};
use crate::store::records;
use crate::{Archive, ArchiveError};

/// Items claimed at once: each is decrypted for its handle.
const CLAIMS_MAX: u32 = 256;

/// Where a download goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// What the source gave to go on from.
    pub index: String,
    /// Bytes that are here already.
    pub received: u64,
}

/// An item to fetch.
#[derive(Clone)]
pub struct MediaTask {
    /// The item.
    pub media: MediaId,
    /// Whose.
    pub record: RecordId,
    /// From where.
    pub source: SourceId,
    /// The source's handle (`sdkfileid`).
    pub handle: String,
    /// What it is.
    pub kind: MessageKind,
    /// Lower-case hex MD5, when declared.
    pub md5: Option<String>,
    /// Size in bytes, when declared.
    pub size: Option<u64>,
    /// Where to go on; `None`: from the start.
    pub resume: Option<Resume>,
    /// How often it has failed before.
    pub attempts: u32,
    pub(super) claim: Claim,
}

/// What a writer needs of a claim.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) number: i64,
    pub(super) lease_ms: i64,
    pub(super) lease_until: Time,
    pub(super) ordinal: u32,
    pub(super) id_tag: [u8; 32],
    pub(super) subject: Arc<Subject>,
    pub(super) partial_size: u64,
}

impl Archive {
    /// Claims up to `limit` items that are due, for `lease_ms` after each piece that is written. An item whose record
    /// cannot be opened is given up by name. After any other error the other claims go back at once.
    pub async fn claim_media(
        &self,
        source: SourceId,
        limit: u32,
        lease_ms: i64,
    ) -> Result<Vec<MediaTask>, ArchiveError> {
        let now = self.deps.clock.now();
        let lease_until = now.plus_millis(lease_ms);
        let mut tx = self.deps.db.begin().await?;
        let due = media::due(&mut tx, source, now, limit.min(CLAIMS_MAX)).await?;
        let mut claimed = Vec::with_capacity(due.len());
        for mut row in due {
            if media::claim(&mut tx, &row, lease_until).await? {
                row.claim += 1;
                claimed.push(row);
            }
        }
        tx.commit().await?;
        let mut claims: Vec<(MediaId, i64)> = claimed.iter().map(|row| (row.id, row.claim)).collect();
        let mut tasks = Vec::with_capacity(claimed.len());
        for row in claimed {
            let id = row.id;
            match self.task_or_end(row, lease_ms, lease_until).await {
                Ok(task) => tasks.extend(task),
                Err(error) => {
                    // This one waits for its lease to end, or it would be the first again and hold up all others.
                    claims.retain(|(media, _)| *media != id);
                    if let Err(error) = self.give_back(&claims).await {
                        tracing::error!(%source, %error, "claimed media waits for its leases to end");
                    }
                    return Err(error);
                }
            }
        }
        Ok(tasks)
    }

    /// `None` when the item was given up.
    async fn task_or_end(
        &self,
        row: MediaRow,
        lease_ms: i64,
        lease_until: Time,
    ) -> Result<Option<MediaTask>, ArchiveError> {
        let (id, claim) = (row.id, row.claim);
        match self.task(row, lease_ms, lease_until).await {
            Ok(task) => Ok(Some(task)),
            Err(error) if is_of_the_item(&error) => {
                tracing::error!(media = %id, %error, "a media item's record cannot be opened");
                self.end_claim(id, claim, MediaReason::Refused, None).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn task(&self, row: MediaRow, lease_ms: i64, lease_until: Time) -> Result<MediaTask, ArchiveError> {
        let (declared, subject, id_tag) = self.declared(&row).await?;
        let key = PartialKey::new(&subject, &context(&id_tag, row.ordinal));
        let index = row.resume_index.as_ref().and_then(|sealed| key.open_index(row.received, sealed));
        let resume = index.map(|index| Resume { index, received: row.received });
        let partial_size = if resume.is_some() { row.partial_size } else { 0 };
        Ok(MediaTask {
            media: row.id,
            record: row.record,
            source: row.source,
            handle: declared.handle,
            kind: declared.kind,
            md5: declared.md5.filter(|md5| !md5.is_empty()),
            size: declared.size,
            resume,
            attempts: row.attempts,
            claim: Claim {
                number: row.claim,
                lease_ms,
                lease_until,
                ordinal: row.ordinal,
                id_tag,
                subject,
                partial_size,
            },
        })
    }

    /// An item as its record declares it, with the record's subject and id tag.
    pub(super) async fn declared(
        &self,
        row: &MediaRow,
    ) -> Result<(MediaDeclared, Arc<Subject>, [u8; 32]), ArchiveError> {
        let stored =
            records::by_id(&self.deps.db, row.record).await?.ok_or(ArchiveError::RecordNotFound(row.record))?;
        let source = self.source(stored.source).await?;
        let header = header_of(&stored)?;
        let body = self.open_record(&stored, &source.key, &header).await?;
        let damaged = |what: &str| ArchiveError::Damaged { place: format!("media {}", row.id), what: what.to_owned() };
        let parsed = parse(&body.parsed).map_err(|error| error.at(format!("record {}", stored.id)))?;
        let declared = parsed.media.into_iter().nth(row.ordinal as usize);
        let declared = declared.ok_or_else(|| damaged("its record declares no such item"))?;
        let subject = self.deps.keys.subject(stored.subject).await?.ok_or(ArchiveError::Erased(stored.id))?;
        let tag = id_tag(&subject, &source.key, &header.msgid);
        Ok((declared, subject, tag))
    }

    /// Ends a claim without success: to be tried again at `retry_at`, or given up (`None`): lost when the source has
    /// deleted it, failed otherwise. What came so far stays for the next try. `false`, and nothing is done, when somebody
    /// else has claimed the item since.
    pub async fn media_failed(
        &self,
        task: &MediaTask,
        reason: MediaReason,
        retry_at: Option<Time>,
    ) -> Result<bool, ArchiveError> {
        self.end_claim(task.media, task.claim.number, reason, retry_at).await
    }

    async fn end_claim(
        &self,
        media: MediaId,
        claim: i64,
        reason: MediaReason,
        retry_at: Option<Time>,
    ) -> Result<bool, ArchiveError> {
        let state = match (retry_at, reason) {
            (Some(_), _) => MediaState::Pending,
            (None, MediaReason::Expired) => MediaState::Lost,
            (None, _) => MediaState::Failed,
        };
        let mut tx = self.deps.db.begin().await?;
        let next_at = retry_at.unwrap_or(self.deps.clock.now());
        if !media::fail(&mut tx, media, claim, state, reason, next_at).await? {
            return Ok(false);
        }
        tx.commit().await?;
        if retry_at.is_none() {
            self.deps.blobs.partial_delete(&super::writer::partial_name(media)).await?;
        }
        metrics::counter!("xinlu_archive_media_failures_total", "reason" => reason.name()).increment(1);
        Ok(true)
    }

    /// Gives back these claims without counting a try: they can be claimed again at once. Claims that others hold by
    /// now are not touched. Answers how many went back.
    pub async fn unclaim_media(&self, tasks: &[MediaTask]) -> Result<u64, ArchiveError> {
        let claims: Vec<(MediaId, i64)> = tasks.iter().map(|task| (task.media, task.claim.number)).collect();
        self.give_back(&claims).await
    }

    async fn give_back(&self, claims: &[(MediaId, i64)]) -> Result<u64, ArchiveError> {
        if claims.is_empty() {
            return Ok(0);
        }
        let mut tx = self.deps.db.begin().await?;
        // Nobody is woken: whoever gives back has a reason to wait first.
        let given_back = media::unclaim(&mut tx, claims, self.deps.clock.now()).await?;
        tx.commit().await?;
        Ok(given_back)
    }

    /// Gives back all claims of a source, whoever holds them: only for whoever has just become the only one to fetch
    /// from it, before its first claim. A lane gives back its own with `unclaim_media`.
    pub async fn release_media(&self, source: SourceId) -> Result<u64, ArchiveError> {
        let mut tx = self.deps.db.begin().await?;
        let released = media::release(&mut tx, source, self.deps.clock.now()).await?;
        tx.commit().await?;
        Ok(released)
    }

    /// Puts an item that was given up back into the queue with all its tries before it; `false` when it was not given up.
    pub async fn retry_media(&self, media: MediaId) -> Result<bool, ArchiveError> {
        let mut tx = self.deps.db.begin().await?;
        let retried = media::retry(&mut tx, media, self.deps.clock.now()).await?;
        tx.wake(crate::MEDIA_TOPIC);
        tx.commit().await?;
        Ok(retried)
    }

    /// An item as it stands.
    pub async fn media_item(&self, media: MediaId) -> Result<Option<MediaItem>, ArchiveError> {
        Ok(media::by_id(&self.deps.db, media).await?.map(|row| row.item()))
    }

    /// The items of a record in their order.
    pub async fn media_of(&self, record: RecordId) -> Result<Vec<MediaItem>, ArchiveError> {
        Ok(media::of_record(&self.deps.db, record).await?.iter().map(MediaRow::item).collect())
    }
}

/// Whether an error is of one item and lasts: the item is given up, and the queue goes on.
fn is_of_the_item(error: &ArchiveError) -> bool {
    let of_item =
        matches!(error, ArchiveError::Erased(_) | ArchiveError::RecordNotFound(_) | ArchiveError::SourceUnknown(_));
    of_item || error.is_damage()
}
