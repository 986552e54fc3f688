//! Reads, for a chunk of records, everything their check needs.
//!
//! It decides nothing. What cannot be read of another table is named once and left out, so that the records are checked
//! all the same.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use xinlu_keys::Subject;
use xinlu_model::{ConversationId, ErrorKind, Fault, PartyId, RecordId};

use super::Verification;
use super::declared::Kept;
use super::implied::parties_of_key;
use super::record::Context;
use crate::ArchiveError;
use crate::append::{STEPS_MAX, identity};
use crate::header::decode_header;
use crate::store::checks::{self, ConsentRow, MediaOf};
use crate::store::conversations::{self, StoredConversation};
use crate::store::records::{self, StoredRecord};

/// Rows of another table read at once.
const PAGE: u32 = 5_000;

type Conversations = HashMap<ConversationId, Option<Arc<StoredConversation>>>;

impl Verification {
    /// Everything the check of these rows, of records `first` to before `end`, needs.
    pub(super) async fn context(
        &mut self,
        first: RecordId,
        end: RecordId,
        rows: &[StoredRecord],
    ) -> Result<Context, ArchiveError> {
        let conversations = self.conversations_of(rows).await?;
        let kept = self.kept(first, end).await?;
        let named = conversations.values().flatten().filter_map(|one| parties_of_key(&one.key)).flatten();
        let consenting = kept.consents.iter().flat_map(HashMap::values).map(|consent| consent.contact);
        let numbers = rows.iter().map(|row| row.sender).chain(named).chain(consenting);
        let mut parties: Vec<PartyId> = numbers.filter_map(PartyId::from_packed).collect();
        parties.sort_unstable();
        parties.dedup();
        Ok(Context {
            codec: Arc::clone(&self.codec),
            source_keys: Arc::clone(&self.source_keys),
            conversations,
            names: self.input.directory.names(&parties).await?,
            stepped: self.stepped(rows).await?,
            subjects: self.subjects(rows).await?,
            kept,
            hasher: self.hasher.clone(),
        })
    }

    /// What it takes to read records that no leaf stands for.
    pub(super) fn bare_context(&self) -> Context {
        Context {
            codec: Arc::clone(&self.codec),
            source_keys: Arc::clone(&self.source_keys),
            conversations: HashMap::new(),
            names: HashMap::new(),
            stepped: HashSet::new(),
            subjects: None,
            kept: Kept::default(),
            hasher: self.hasher.clone(),
        }
    }

    async fn conversations_of(&mut self, rows: &[StoredRecord]) -> Result<Conversations, ArchiveError> {
        let mut conversations = HashMap::new();
        for row in rows {
            if conversations.contains_key(&row.conversation) {
                continue;
            }
            let known = match self.conversations.get(&row.conversation).cloned() {
                Some(known) => known,
                None => {
                    let found = conversations::find(&self.input.db, row.conversation).await?.map(Arc::new);
                    self.conversations.put(row.conversation, found.clone());
                    found
                }
            };
            conversations.insert(row.conversation, known);
        }
        Ok(conversations)
    }

    /// What other tables keep of these records; nothing without keys, for then nothing tells what they should keep.
    async fn kept(&mut self, first: RecordId, end: RecordId) -> Result<Kept, ArchiveError> {
        if self.input.keys.is_none() {
            return Ok(Kept::default());
        }
        let media = self.media_kept(first, end).await;
        let media = self.or_named("archive_media", media)?;
        let consents = self.consents_kept(first, end).await;
        Ok(Kept { media, consents: self.or_named("archive_consents", consents)? })
    }

    async fn media_kept(&self, first: RecordId, end: RecordId) -> Result<HashMap<i64, Vec<MediaOf>>, ArchiveError> {
        let mut kept: HashMap<i64, Vec<MediaOf>> = HashMap::new();
        let mut after = (first.number() - 1, i64::MAX);
        loop {
            let page = checks::media_of(&self.input.db, after, end, PAGE).await?;
            let Some(last) = page.last() else { return Ok(kept) };
            after = (last.record, last.ordinal);
            for item in page {
                kept.entry(item.record).or_default().push(item);
            }
        }
    }

    async fn consents_kept(&self, first: RecordId, end: RecordId) -> Result<HashMap<i64, ConsentRow>, ArchiveError> {
        // A record has one at most, and a chunk fewer records than a page has rows.
        let rows = checks::consents(&self.input.db, first.number() - 1, end.number(), PAGE).await?;
        Ok(rows.into_iter().map(|row| (row.record, row)).collect())
    }

    /// `None` when it could not be read, which is named the first time.
    fn or_named<T>(&mut self, table: &'static str, read: Result<T, ArchiveError>) -> Result<Option<T>, ArchiveError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
            Err(error) => {
                if self.unreadable.insert(table) {
                    self.report.problem(table, &format!("cannot be held against the records: {error}"));
                }
                Ok(None)
            }
        }
    }

    /// Records that stepped over taken numbers, as `append` does: all before theirs are taken by other messages.
    async fn stepped(&self, rows: &[StoredRecord]) -> Result<HashSet<RecordId>, ArchiveError> {
        let mut stepped = HashSet::new();
        for row in rows {
            let Ok((key, header)) = decode_header(&row.header, row.source) else { continue };
            let (first, steps) =
                (identity(&key, &header.msgid), row.identity.wrapping_sub(identity(&key, &header.msgid)));
            if !(1..STEPS_MAX).contains(&steps) {
                continue;
            }
            let mut taken = true;
            for step in 0..steps {
                let other = records::by_identity(&self.input.db, first.wrapping_add(step)).await?;
                taken &= other.is_some_and(|other| {
                    decode_header(&other.header, other.source).is_ok_and(|(_, other)| other.msgid != header.msgid)
                });
            }
            if taken {
                stepped.insert(row.id);
            }
        }
        Ok(stepped)
    }

    async fn subjects(
        &mut self,
        rows: &[StoredRecord],
    ) -> Result<Option<HashMap<i64, Option<Arc<Subject>>>>, ArchiveError> {
        let Some(keys) = self.input.keys.clone() else { return Ok(None) };
        let mut subjects = HashMap::new();
        for row in rows {
            if subjects.contains_key(&row.subject) {
                continue;
            }
            match keys.subject(row.subject).await {
                // A number that was never given is told apart from one whose key is gone.
                Ok(None) if !keys.was_given(row.subject).await? => {}
                Ok(subject) => _ = subjects.insert(row.subject, subject),
                Err(error) => self.report.problem(&format!("key of subject {}", row.subject), &error.to_string()),
            }
        }
        Ok(Some(subjects))
    }
}
