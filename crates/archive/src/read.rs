//! Reading records: by number, opened and parsed.
//!
//! No rights are checked here: callers are other parts (the index), or endpoints that have checked them.

use std::collections::HashMap;
use std::sync::Arc;

use xinlu_model::{Header, Parsed, Party, PartyId, RecordId};

use crate::append::{STEPS_MAX, identity, parties};
use crate::archive::{header_of, place};
use crate::body::{Body, parse};
use crate::model::{RecordView, Source};
use crate::store::records::{self, StoredRecord};
use crate::{Archive, ArchiveError};

/// Records read from the database at once; bounds memory.
const READ_MAX: u32 = 1_000;

impl Archive {
    /// Up to `count` records from `first` on, in order; those whose key was destroyed are left out, as are
    /// damaged ones, which are logged and counted. What was appended just now comes from memory.
    pub async fn records(&self, first: RecordId, count: u32) -> Result<Vec<Arc<RecordView>>, ArchiveError> {
        if let Some(kept) = self.handover.get(first, count as usize) {
            return Ok(kept);
        }
        let mut views = Vec::with_capacity(count as usize);
        let end = first.plus(i64::from(count));
        let mut next = first;
        while next < end {
            let left = (end.number() - next.number()) as u32;
            let stored = records::range(&self.deps.db, next, left.min(READ_MAX)).await?;
            let Some(last) = stored.last().map(|stored| stored.id) else { break };
            let stored = stored.into_iter().filter(|stored| stored.id < end).collect();
            views.extend(self.open_all(stored).await?.into_iter().map(Arc::new));
            next = last.plus(1);
        }
        Ok(views)
    }

    /// The records of these ids, in their order; those that are not there, erased or damaged are left out.
    pub async fn read(&self, ids: &[RecordId]) -> Result<Vec<RecordView>, ArchiveError> {
        let mut stored = Vec::with_capacity(ids.len());
        for id in ids {
            stored.extend(records::by_id(&self.deps.db, *id).await?);
        }
        self.open_all(stored).await
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

    /// Opens stored records; those whose key was destroyed are left out. So are damaged ones, or one of them would stop
    /// every reader for ever; verification names them.
    pub(crate) async fn open_all(&self, stored: Vec<StoredRecord>) -> Result<Vec<RecordView>, ArchiveError> {
        let mut opened = Vec::with_capacity(stored.len());
        for stored in stored {
            match self.open_one(&stored).await {
                Ok((key, header, parsed, raw)) => opened.push((stored, key, header, parsed, raw)),
                Err(ArchiveError::Erased(_)) => {}
                // Also a record whose source number was changed: it names no source.
                Err(error) if error.is_damage() || matches!(error, ArchiveError::SourceUnknown(_)) => {
                    tracing::error!(record = %stored.id, %error, "a record is damaged and left out");
                    metrics::counter!("xinlu_archive_damaged_total").increment(1);
                }
                Err(error) => return Err(error),
            }
        }
        let ids = self.party_numbers(opened.iter().map(|(_, key, header, ..)| (key.as_str(), header))).await?;
        let mut views = Vec::with_capacity(opened.len());
        for (stored, key, header, parsed, raw) in opened {
            let number = |party: &Party| ids.get(&(key.clone(), party.clone())).copied();
            let recipients: Vec<PartyId> = header.recipients.iter().filter_map(number).collect();
            let sender = number(&header.sender).ok_or(ArchiveError::Misuse("the directory left a party out"))?;
            let parties = parties(sender, &recipients);
            let conversation = stored.conversation;
            views.push(RecordView { id: stored.id, header, conversation, sender, parties, parsed, raw });
        }
        Ok(views)
    }

    /// A record's source key, header, parsed form and raw bytes.
    async fn open_one(&self, stored: &StoredRecord) -> Result<(String, Header, Parsed, Vec<u8>), ArchiveError> {
        let source = self.source(stored.source).await?;
        let header = header_of(stored)?;
        let Body { raw, parsed, .. } = self.open_record(stored, &source.key, &header).await?;
        let parsed = parse(&parsed).map_err(|error| error.at(place(stored)))?;
        Ok((source.key, header, parsed, raw))
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
