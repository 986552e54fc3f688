//! Reading records: by number, opened and parsed, so many bytes at once and no more.
//!
//! No rights are checked here: callers are other parts (the index), or endpoints that have checked them.

use std::collections::HashMap;
use std::sync::Arc;

use xinlu_keys::Subject;
use xinlu_model::{ConversationId, Fault as _, Header, Parsed, Party, PartyId, RecordId, Time};

use crate::append::{STEPS_MAX, identity, parties};
use crate::archive::{header_of, place};
use crate::body::{Body, BodyCodec, id_tag, parse};
use crate::model::{RecordView, Source};
use crate::store::records::{self, StoredRecord};
use crate::store::sizes::{self, fitting};
use crate::{Archive, ArchiveError};

/// Records read from the database at once; bounds memory.
const READ_MAX: u32 = 1_000;
/// Bytes of records that one page takes, stored as well as opened; only a single record may be larger. A page of usual
/// messages has less than a hundredth of it.
pub const PAGE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Stored bytes that are opened where they were read: some 20 messages, less than half a millisecond of work. More goes
/// to the blocking pool.
const INLINE_BYTES_MAX: usize = 16 * 1024;

/// A page of records in order.
#[derive(Clone, Debug, Default)]
pub struct RecordPage {
    /// The records; those whose key is gone and damaged ones are left out.
    pub records: Vec<Arc<RecordView>>,
    /// Where the next page begins; `None` when all that were asked for were read.
    pub next: Option<RecordId>,
}

/// The first of some stored records, opened.
pub(crate) struct Opened {
    pub(crate) views: Vec<RecordView>,
    /// Those of them that could not be opened, in no order.
    pub(crate) left_out: Vec<LeftOut>,
    /// How many of them were opened or left out; the others did not fit.
    pub(crate) done: usize,
}

/// A record whose key is gone or that is damaged.
pub(crate) struct LeftOut {
    place: usize,
    pub(crate) record: RecordId,
    pub(crate) sent_at: Time,
    /// The code of the error.
    pub(crate) code: &'static str,
}

/// A stored record with everything that opening it takes.
struct Sealed {
    place: usize,
    stored: StoredRecord,
    source_key: String,
    header: Header,
    subject: Arc<Subject>,
}

/// An opened record whose parties have no numbers yet.
struct Plain {
    stored: StoredRecord,
    source_key: String,
    header: Header,
    parsed: Parsed,
    raw: Vec<u8>,
}

impl Archive {
    /// Up to `count` records from `first` on, in order, as far as they fit into a page. What was appended just now comes
    /// from memory. Damaged records are logged and counted.
    pub async fn records_page(&self, first: RecordId, count: u32) -> Result<RecordPage, ArchiveError> {
        if let Some(records) = self.handover.get(first, count as usize) {
            return Ok(RecordPage { records, next: None });
        }
        let end = first.plus(i64::from(count));
        let sizes = sizes::range(&self.deps.db, first, end, count.min(READ_MAX)).await?;
        let Some((last, _)) = sizes.last() else { return Ok(RecordPage::default()) };
        let fit = fitting(&sizes, sizes.len(), PAGE_BYTES_MAX);
        let stored = records::range(&self.deps.db, first, fit as u32).await?;
        let ids: Vec<RecordId> = stored.iter().map(|stored| stored.id).collect();
        let Opened { views, done, .. } = self.open_first(stored, PAGE_BYTES_MAX).await?;
        let all_read = done == sizes.len() && (count <= READ_MAX || sizes.len() < READ_MAX as usize);
        let after = ids.get(done.saturating_sub(1)).unwrap_or(last).plus(1);
        Ok(RecordPage {
            records: views.into_iter().map(Arc::new).collect(),
            next: Some(after).filter(|after| !all_read && *after < end),
        })
    }

    /// The same, all pages together: for short ranges only, since they are all held in memory.
    pub async fn records(&self, first: RecordId, count: u32) -> Result<Vec<Arc<RecordView>>, ArchiveError> {
        let end = first.plus(i64::from(count)).number();
        let mut page = self.records_page(first, count).await?;
        let mut all = std::mem::take(&mut page.records);
        while let Some(next) = page.next {
            page = self.records_page(next, (end - next.number()) as u32).await?;
            all.append(&mut page.records);
        }
        Ok(all)
    }

    /// The first records of these ids, in their order, as far as they fit into a page; those that are not there, whose
    /// key is gone or that are damaged are left out.
    pub(crate) async fn read(&self, ids: &[RecordId]) -> Result<Opened, ArchiveError> {
        let mut stored = Vec::with_capacity(ids.len());
        let mut places = Vec::with_capacity(ids.len());
        let mut bytes = 0;
        let mut done = 0;
        for id in ids {
            if bytes >= PAGE_BYTES_MAX {
                break;
            }
            if let Some(found) = records::by_id(&self.deps.db, *id).await? {
                bytes += found.body.len() as u64;
                stored.push(found);
                places.push(done);
            }
            done += 1;
        }
        let opened = self.open_first(stored, PAGE_BYTES_MAX).await?;
        // What did not fit once it was open begins the next page.
        let done = places.get(opened.done).copied().unwrap_or(done);
        Ok(Opened { done, ..opened })
    }

    /// The conversation of a record.
    pub(crate) async fn conversation_of(&self, record: RecordId) -> Result<Option<ConversationId>, ArchiveError> {
        Ok(records::by_id(&self.deps.db, record).await?.map(|found| found.conversation))
    }

    /// The highest subject number among the newest records; 0 when there are none. A key file that never gave out this
    /// number is another or an older one.
    pub async fn newest_subject(&self) -> Result<i64, ArchiveError> {
        records::newest_subject(&self.deps.db).await
    }

    /// The record of a msgid of a source.
    pub(crate) async fn find_record(&self, source: &Source, msgid: &str) -> Result<Option<RecordId>, ArchiveError> {
        let first = identity(&source.key, msgid);
        for step in 0..STEPS_MAX {
            let stored = records::by_identity(&self.deps.db, first.wrapping_add(step)).await?;
            let Some(stored) = stored else { return Ok(None) };
            if stored.source == source.id && header_of(&stored)?.msgid == msgid {
                return Ok(Some(stored.id));
            }
        }
        Ok(None)
    }

    /// The last record; number 0 when there is none.
    pub async fn last_record(&self) -> Result<RecordId, ArchiveError> {
        records::last(&self.deps.db).await
    }

    /// Opens the first of these records: as many as fit into `bytes_max` opened, at least one. Those whose key is gone are
    /// left out. So are damaged ones, or one of them would stop every reader for ever; verification names them.
    pub(crate) async fn open_first(&self, stored: Vec<StoredRecord>, bytes_max: u64) -> Result<Opened, ArchiveError> {
        let count = stored.len();
        let bytes: usize = stored.iter().map(|stored| stored.body.len()).sum();
        let mut sealed = Vec::with_capacity(count);
        let mut left_out = Vec::new();
        for (place, stored) in stored.into_iter().enumerate() {
            let (record, sent_at) = (stored.id, stored.sent_at);
            match self.sealed(place, stored).await {
                Ok(one) => sealed.push(one),
                Err(error) => left_out.push(leave_out(LeftOut { place, record, sent_at, code: error.code() }, error)?),
            }
        }
        let codec = Arc::clone(&self.codec);
        let open = move || open_fitting(&codec, sealed, bytes_max, count);
        let Fitting { plain, left_out: unopened, done } = if bytes <= INLINE_BYTES_MAX {
            open()
        } else {
            tokio::task::spawn_blocking(open).await.map_err(|_| ArchiveError::Stopping)?
        };
        left_out.retain(|one| one.place < done);
        left_out.extend(unopened);
        Ok(Opened { views: self.with_numbers(plain).await?, left_out, done })
    }

    async fn sealed(&self, place: usize, stored: StoredRecord) -> Result<Sealed, ArchiveError> {
        let source_key = self.source(stored.source).await?.key;
        let header = header_of(&stored)?;
        let subject = self.deps.keys.subject(stored.subject).await?.ok_or(ArchiveError::Erased(stored.id))?;
        Ok(Sealed { place, stored, source_key, header, subject })
    }

    async fn with_numbers(&self, plain: Vec<Plain>) -> Result<Vec<RecordView>, ArchiveError> {
        let ids = self.party_numbers(plain.iter().map(|one| (one.source_key.as_str(), &one.header))).await?;
        let mut views = Vec::with_capacity(plain.len());
        for Plain { stored, source_key, header, parsed, raw } in plain {
            let number = |party: &Party| ids.get(&(source_key.clone(), party.clone())).copied();
            let recipients: Vec<PartyId> = header.recipients.iter().filter_map(number).collect();
            let sender = number(&header.sender).ok_or(ArchiveError::Misuse("the directory left a party out"))?;
            let parties = parties(sender, &recipients);
            let conversation = stored.conversation;
            views.push(RecordView { id: stored.id, header, conversation, sender, parties, parsed, raw });
        }
        Ok(views)
    }

    async fn party_numbers<'a>(
        &self,
        headers: impl Iterator<Item = (&'a str, &'a Header)>,
    ) -> Result<HashMap<(String, Party), PartyId>, ArchiveError> {
        let mut by_source: HashMap<String, Vec<Party>> = HashMap::new();
        for (key, header) in headers {
            let parties = by_source.entry(key.to_owned()).or_default();
            parties.extend(std::iter::once(&header.sender).chain(&header.recipients).cloned());
        }
        let mut numbers = HashMap::new();
        for (key, mut parties) in by_source {
            parties.sort_unstable();
            parties.dedup();
            let ids = self.deps.directory.resolve(&key, &parties).await?;
            numbers.extend(parties.into_iter().map(|party| (key.clone(), party)).zip(ids));
        }
        Ok(numbers)
    }
}

/// What `open_fitting` came to.
struct Fitting {
    plain: Vec<Plain>,
    left_out: Vec<LeftOut>,
    /// How many were dealt with.
    done: usize,
}

/// Opens records of the `count` until they fill `bytes_max`.
fn open_fitting(codec: &BodyCodec, sealed: Vec<Sealed>, bytes_max: u64, count: usize) -> Fitting {
    let mut plain: Vec<Plain> = Vec::with_capacity(sealed.len());
    let mut left_out = Vec::new();
    let mut bytes = 0;
    for one in sealed {
        let (place, record, sent_at) = (one.place, one.stored.id, one.stored.sent_at);
        match open_one(codec, one) {
            Ok((opened, size)) => {
                bytes += size;
                if bytes > bytes_max && !plain.is_empty() {
                    return Fitting { plain, left_out, done: place };
                }
                plain.push(opened);
            }
            // Damage is all that opening can meet.
            Err(error) => {
                left_out.extend(leave_out(LeftOut { place, record, sent_at, code: error.code() }, error));
            }
        }
    }
    Fitting { plain, left_out, done: count }
}

/// A record and its opened bytes.
fn open_one(codec: &BodyCodec, sealed: Sealed) -> Result<(Plain, u64), ArchiveError> {
    let Sealed { stored, source_key, header, subject, .. } = sealed;
    let tag = id_tag(&subject, &source_key, &header.msgid);
    let opened = codec.open(&subject, &tag, &stored.header, &stored.body);
    let Body { raw, parsed, .. } = opened.map_err(|error| error.at(place(&stored)))?;
    let bytes = (raw.len() + parsed.len()) as u64;
    let parsed = parse(&parsed).map_err(|error| error.at(place(&stored)))?;
    Ok((Plain { stored, source_key, header, parsed, raw }, bytes))
}

/// Passes over a record that cannot be read; the error if it is none of the record's.
fn leave_out(one: LeftOut, error: ArchiveError) -> Result<LeftOut, ArchiveError> {
    match error {
        ArchiveError::Erased(_) => Ok(one),
        // Also a record whose source number was changed: it names no source.
        error if error.is_damage() || matches!(error, ArchiveError::SourceUnknown(_)) => {
            tracing::error!(record = %one.record, %error, "a record is damaged and left out");
            metrics::counter!("xinlu_archive_damaged_total").increment(1);
            Ok(one)
        }
        error => Err(error),
    }
}

#[cfg(test)]
mod tests;
