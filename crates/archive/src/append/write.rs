//! The transaction of an append: records, conversations, media, revocations, consents, counts, leaves and the event.
//!
//! All or nothing; what must be remembered in memory is answered and kept only after the commit.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use xinlu_db::{Tx, next_ids};
use xinlu_jobs::journal;
use xinlu_ledger::{LogName, RefKind, submit};
use xinlu_model::{ConversationId, Event, PartyId, RecordId, Time};

use super::classify::{Classes, Conflict, all_fresh};
use super::known::Known;
use super::prepare::Prepared;
use crate::model::{Settlement, Source};
use crate::status::day_of;
use crate::store::RECORD_COUNTER;
use crate::store::conversations::{self, Growth, NewConversation};
use crate::store::media::{self, NewMedia};
use crate::store::records::{self, StoredRecord};
use crate::store::traces::{self, DayGrowth, NewConsent};
use crate::{Archive, ArchiveError};

/// What was written, to be remembered once it is committed.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) settlement: Settlement,
    /// Place in the prepared, record, conversation; in the order of records.
    pub(crate) appended: Vec<(usize, RecordId, ConversationId)>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) known: Vec<(String, Arc<Known>)>,
}

/// Where a conversation was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Cached,
    Loaded,
    /// Just made, with this batch counted already.
    Made,
}

/// One conversation's share of a batch.
struct Share<'a> {
    key: &'a str,
    kind: crate::conversation::ConversationKind,
    first_at: Time,
    last_at: Time,
    messages: i64,
    parties: HashSet<PartyId>,
}

impl Archive {
    /// Writes a batch. `None` when a msgid was seen before and `careful` is false: the transaction is spoilt then and the
    /// caller begins again, carefully.
    pub(crate) async fn write(
        &self,
        tx: &mut Tx,
        source: &Source,
        prepared: &[Prepared],
        careful: bool,
        now: Time,
    ) -> Result<Option<Written>, ArchiveError> {
        if prepared.is_empty() {
            return Ok(Some(Written::default()));
        }
        next_ids(tx, RECORD_COUNTER, 0).await?;
        let classes = if careful { self.classify(tx, source, prepared).await? } else { all_fresh(prepared) };
        let count = classes.fresh.len() as i64;
        let first = RecordId::new(next_ids(tx, RECORD_COUNTER, count).await?);
        let (conversations, known) = self.conversations_of(tx, source, prepared, &classes).await?;
        let fresh = || classes.fresh.iter().zip(&conversations).zip(0..);
        let appended: Vec<_> =
            fresh().map(|(((place, _), conversation), offset)| (*place, first.plus(offset), *conversation)).collect();
        let rows = fresh().filter_map(|(((place, identity), conversation), offset)| {
            prepared.get(*place).map(|one| row(source, one, first.plus(offset), *identity, *conversation))
        });
        if records::add(tx, rows.collect()).await? != count as u64 {
            return if careful { Err(ArchiveError::Misuse("a message was appended twice at once")) } else { Ok(None) };
        }
        self.write_traces(tx, source, prepared, &appended, now).await?;
        write_days(tx, source, prepared, &classes, &appended).await?;
        if count > 0 {
            let leaves: Vec<Vec<u8>> =
                appended.iter().filter_map(|(place, ..)| prepared.get(*place)).map(|one| one.leaf.clone()).collect();
            submit(tx, LogName::Archive, RefKind::RECORD, first.number() as u64, &leaves).await?;
            journal::append(tx, now, &Event::MessageArchived { source: source.id, first, count }).await?;
        }
        let settlement = Settlement {
            first: (count > 0).then_some(first),
            appended: count as u64,
            duplicates: classes.duplicates.len() as u64,
            parked: 0,
            conflicts: classes.conflicts.len() as u64,
        };
        Ok(Some(Written { settlement, appended, conflicts: classes.conflicts, known }))
    }

    /// The conversation of each fresh message, made or counted up; and what is now known of them.
    async fn conversations_of(
        &self,
        tx: &mut Tx,
        source: &Source,
        prepared: &[Prepared],
        classes: &Classes,
    ) -> Result<(Vec<ConversationId>, Vec<(String, Arc<Known>)>), ArchiveError> {
        let (shares, places) = shares(prepared, classes);
        let known = self.known_conversations(tx, source, &shares).await?;
        let mut new_parties = Vec::new();
        let mut growths = Vec::with_capacity(shares.len());
        let mut to_keep = Vec::new();
        for (share, (known, origin)) in shares.iter().zip(&known) {
            if *origin != Origin::Made {
                growths.push(Growth {
                    id: known.id,
                    messages: share.messages,
                    first_at: share.first_at,
                    last_at: share.last_at,
                });
            }
            let new: Vec<PartyId> = share.parties.difference(&known.parties).copied().collect();
            if new.is_empty() && *origin == Origin::Cached {
                continue;
            }
            let parties = known.parties.iter().copied().chain(new.iter().copied()).collect();
            new_parties.extend(new.into_iter().map(|party| (known.id, party)));
            to_keep.push((share.key.to_owned(), Arc::new(Known { id: known.id, parties })));
        }
        conversations::add_parties(tx, &new_parties).await?;
        conversations::grow(tx, &growths).await?;
        let ids = places.into_iter().filter_map(|place| known.get(place).map(|(known, _)| known.id)).collect();
        Ok((ids, to_keep))
    }

    /// For each share what the database knows of its conversation, which is made when it knows nothing.
    async fn known_conversations(
        &self,
        tx: &mut Tx,
        source: &Source,
        shares: &[Share<'_>],
    ) -> Result<Vec<(Arc<Known>, Origin)>, ArchiveError> {
        let keys: Vec<&str> = shares.iter().map(|share| share.key).collect();
        let cached = self.conversations.get(source.id, &keys);
        let unknown: Vec<&Share<'_>> =
            shares.iter().zip(&cached).filter(|(_, known)| known.is_none()).map(|(share, _)| share).collect();
        let mut loaded = self.load_conversations(tx, source, &unknown).await?.into_iter();
        let together = cached.into_iter().map(|known| match known {
            Some(known) => Some((known, Origin::Cached)),
            None => loaded.next().map(|(known, origin)| (Arc::new(known), origin)),
        });
        together.collect::<Option<_>>().ok_or(ArchiveError::Misuse("a conversation was left out"))
    }

    async fn load_conversations(
        &self,
        tx: &mut Tx,
        source: &Source,
        shares: &[&Share<'_>],
    ) -> Result<Vec<(Known, Origin)>, ArchiveError> {
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<&str> = shares.iter().map(|share| share.key).collect();
        let found = conversations::by_keys(tx, source.id, &keys).await?;
        let missing = shares.iter().zip(&found).filter(|(_, found)| found.is_none());
        let missing: Vec<NewConversation<'_>> = missing
            .map(|(share, _)| NewConversation {
                key: share.key,
                kind: share.kind,
                first_at: share.first_at,
                last_at: share.last_at,
                messages: share.messages,
            })
            .collect();
        let mut made = conversations::add(tx, source.id, &missing).await?.into_iter();
        let existing: Vec<ConversationId> = found.iter().flatten().copied().collect();
        let mut parties = conversations::parties_of(tx, &existing).await?.into_iter();
        let known = found.into_iter().map(|found| match found {
            Some(id) => {
                let parties = parties.next()?.into_iter().collect();
                Some((Known { id, parties }, Origin::Loaded))
            }
            None => made.next().map(|id| (Known { id, parties: HashSet::new() }, Origin::Made)),
        });
        known.collect::<Option<_>>().ok_or(ArchiveError::Misuse("a conversation was left out"))
    }

    async fn write_traces(
        &self,
        tx: &mut Tx,
        source: &Source,
        prepared: &[Prepared],
        appended: &[(usize, RecordId, ConversationId)],
        now: Time,
    ) -> Result<(), ArchiveError> {
        let mut media_rows = Vec::new();
        let mut revocations = Vec::new();
        let mut consents = Vec::new();
        for (place, record, conversation) in appended {
            let Some(one) = prepared.get(*place) else { continue };
            // The place in the list is what counts, so that no declaration can spoil a batch by its ordinal.
            media_rows.extend(one.inbound.parsed.media.iter().zip(0..).map(|(declared, ordinal)| NewMedia {
                record: *record,
                ordinal,
                kind: i64::from(declared.kind.number()),
            }));
            revocations.extend(one.revokes.map(|target| (target, *record)));
            if let (Some(contact), Some(change)) = (one.consenting, &one.inbound.parsed.consent) {
                consents.push(NewConsent {
                    record: *record,
                    contact,
                    consent: change.consent,
                    changed_at: change.changed_at,
                    conversation: *conversation,
                });
            }
        }
        if !media_rows.is_empty() {
            media::add(tx, source.id, &media_rows, now).await?;
            tx.wake(crate::MEDIA_TOPIC);
        }
        if !revocations.is_empty() {
            traces::add_revocations(tx, &revocations).await?;
        }
        if !consents.is_empty() {
            traces::add_consents(tx, source.id, &consents).await?;
        }
        Ok(())
    }
}

/// Counts of the days on which what was appended or counted was first held.
async fn write_days(
    tx: &mut Tx,
    source: &Source,
    prepared: &[Prepared],
    classes: &Classes,
    appended: &[(usize, RecordId, ConversationId)],
) -> Result<(), ArchiveError> {
    let day = |place: &usize| prepared.get(*place).map(|one| day_of(one.inbound.header.observed_at));
    let mut days: BTreeMap<i64, DayGrowth> = BTreeMap::new();
    for (place, record, _) in appended {
        let Some(day) = day(place) else { continue };
        let growth = days.entry(day).or_default();
        growth.archived += 1;
        if growth.records.0 == 0 {
            growth.records.0 = record.number();
        }
        growth.records.1 = record.number();
    }
    for day in classes.duplicates.iter().filter_map(day) {
        days.entry(day).or_default().duplicates += 1;
    }
    for (day, growth) in days {
        traces::bump_day(tx, source.id, day, growth).await?;
    }
    Ok(())
}

/// The conversations of a batch, and for each fresh message the place of its conversation among them.
fn shares<'a>(prepared: &'a [Prepared], classes: &Classes) -> (Vec<Share<'a>>, Vec<usize>) {
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    let mut shares: Vec<Share<'a>> = Vec::new();
    let mut places = Vec::with_capacity(classes.fresh.len());
    for one in classes.fresh.iter().filter_map(|(place, _)| prepared.get(*place)) {
        let at = one.inbound.header.sent_at;
        let place = *by_key.entry(one.conversation_key.as_str()).or_insert_with(|| {
            shares.push(Share {
                key: &one.conversation_key,
                kind: one.conversation_kind,
                first_at: at,
                last_at: at,
                messages: 0,
                parties: HashSet::new(),
            });
            shares.len() - 1
        });
        places.push(place);
        if let Some(share) = shares.get_mut(place) {
            share.first_at = share.first_at.min(at);
            share.last_at = share.last_at.max(at);
            share.messages += 1;
            share.parties.extend(&one.parties);
        }
    }
    (shares, places)
}

fn row(source: &Source, one: &Prepared, id: RecordId, identity: i64, conversation: ConversationId) -> StoredRecord {
    StoredRecord {
        id,
        source: source.id,
        identity,
        seq: one.inbound.header.seq,
        conversation,
        kind: i64::from(one.inbound.header.kind.number()),
        sent_at: one.inbound.header.sent_at,
        sender: one.sender.packed(),
        subject: one.subject.number,
        header: one.header.clone(),
        body: one.body.clone(),
    }
}
