//! Conversations and who takes part in them, against the records they are made of.
//!
//! Conversations, the records' own counts and the parties are each read once, in the order of conversations. Titles come
//! from the source's directory and stand in no record, so nothing is said of them.

use std::collections::{HashMap, HashSet, VecDeque};

use xinlu_db::Db;
use xinlu_keys::sha256;
use xinlu_model::{ConversationId, Party, PartyId, RecordId, Time};

use super::Verification;
use super::implied::{parties_of_key, party_mark, party_text};
use super::named::Named;
use crate::ArchiveError;
use crate::conversation::{ConversationKind, hexadecimal, room_of_key};
use crate::header::decode_header;
use crate::store::checks::{self, ConversationRow, Tally};
use crate::store::records;

/// Conversations read at once.
const PAGE: u32 = 1_000;
/// Parties read at once; those of one conversation are in memory together.
const PARTIES_PAGE: u32 = 5_000;
/// Records read at once when a party is looked for that has no row.
const RECORDS_PAGE: u32 = 500;

/// The rows of `archive_parties` in the order of conversations.
struct Parties {
    db: Db,
    read: VecDeque<(i64, i64)>,
    after: (i64, i64),
    is_over: bool,
}

impl Parties {
    fn new(db: Db) -> Self {
        Self { db, read: VecDeque::new(), after: (i64::MIN, i64::MIN), is_over: false }
    }

    async fn next(&mut self) -> Result<Option<(i64, i64)>, ArchiveError> {
        if self.read.is_empty() && !self.is_over {
            self.read = checks::parties(&self.db, self.after, PARTIES_PAGE).await?.into();
            self.is_over = self.read.is_empty();
            self.after = self.read.back().copied().unwrap_or(self.after);
        }
        Ok(self.read.front().copied())
    }

    /// The parties of a conversation; rows of conversations before it, which do not exist, are named.
    async fn of(&mut self, conversation: i64, named: &mut Named) -> Result<Vec<i64>, ArchiveError> {
        let mut parties = Vec::new();
        while let Some((of, party)) = self.next().await?.filter(|(of, _)| *of <= conversation) {
            self.read.pop_front();
            if of == conversation {
                parties.push(party);
            } else {
                named.wrong(format!("conversation {of}"), format!("is not there, and party {party} takes part in it"));
            }
        }
        Ok(parties)
    }
}

impl Verification {
    /// Kind, count, first and last time of every conversation.
    pub(super) async fn conversation_rows(&mut self) -> Result<(), ArchiveError> {
        let mut named = Named::of("archive_conversations");
        let done = self.walk_conversations(&mut named).await;
        self.take_named(named);
        done
    }

    async fn walk_conversations(&self, named: &mut Named) -> Result<(), ArchiveError> {
        let mut after = ConversationId::new(i64::MIN);
        loop {
            let page = checks::conversations(&self.input.db, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            // Records of a conversation that is not there are named one by one where the records are checked.
            let tallies = checks::tallies(&self.input.db, after, last.id).await?;
            let tallies: HashMap<ConversationId, Tally> = tallies.into_iter().collect();
            after = last.id;
            for row in page {
                let place = format!("conversation {}", row.id);
                for what in check_conversation(&row, tallies.get(&row.id)) {
                    named.wrong(place.clone(), what);
                }
            }
        }
    }

    /// Who takes part in every conversation.
    pub(super) async fn party_rows(&mut self) -> Result<(), ArchiveError> {
        let mut named = Named::of("archive_parties");
        let done = self.walk_parties(&mut named).await;
        self.take_named(named);
        done
    }

    async fn walk_parties(&self, named: &mut Named) -> Result<(), ArchiveError> {
        let mut parties = Parties::new(self.input.db.clone());
        let mut after = ConversationId::new(i64::MIN);
        loop {
            let page = checks::conversations(&self.input.db, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in page {
                let kept = parties.of(row.id.number(), named).await?;
                let place = format!("conversation {}", row.id);
                for what in self.check_parties(&row, &kept).await? {
                    named.wrong(place.clone(), what);
                }
            }
        }
        parties.of(i64::MAX, named).await?;
        Ok(())
    }

    async fn check_parties(&self, row: &ConversationRow, kept: &[i64]) -> Result<Vec<String>, ArchiveError> {
        if let Some(said) = parties_of_key(&row.key) {
            return self.check_by_key(&said, kept).await;
        }
        let mut wrong = Vec::new();
        if room_of_key(&row.key).is_none() && key_of_many(kept) != row.key {
            wrong.push("the parties in archive_parties are not those of its key".to_owned());
        }
        let Some(said) = self.implied.parties.get(&row.id) else { return Ok(wrong) };
        let Some(source_key) = self.source_keys.get(&row.source) else { return Ok(wrong) };
        let ids: Vec<PartyId> = kept.iter().filter_map(|packed| PartyId::from_packed(*packed)).collect();
        let names = self.input.directory.names(&ids).await?;
        let mut missing: HashSet<u64> = said.clone();
        for packed in kept {
            let name = PartyId::from_packed(*packed).and_then(|id| names.get(&id));
            let mark = name.filter(|name| name.source == *source_key).map(|name| {
                let party = Party { kind: name.kind, id: name.external_id.clone() };
                party_mark(&self.hasher, &party)
            });
            let is_said = mark.is_some_and(|mark| missing.remove(&mark));
            if !is_said && !self.implied.unsure.contains(&row.id) {
                let who = party_text(*packed, name.map(|name| name.external_id.as_str()));
                wrong.push(format!("{who} is in archive_parties and in none of its records"));
            }
        }
        if !missing.is_empty() {
            wrong.extend(self.who_is_missing(row.id, missing).await?);
        }
        Ok(wrong)
    }

    /// For pairs and threads: their key says who takes part, and the key was held against every record.
    async fn check_by_key(&self, said: &[i64], kept: &[i64]) -> Result<Vec<String>, ArchiveError> {
        if said == kept {
            return Ok(Vec::new());
        }
        let ids: Vec<PartyId> = said.iter().chain(kept).filter_map(|packed| PartyId::from_packed(*packed)).collect();
        let names = self.input.directory.names(&ids).await?;
        let who = |packed: i64| {
            let name = PartyId::from_packed(packed).and_then(|id| names.get(&id));
            party_text(packed, name.map(|name| name.external_id.as_str()))
        };
        let missing = said.iter().filter(|party| !kept.contains(party));
        let missing = missing.map(|party| format!("{} takes part and is not in archive_parties", who(*party)));
        let extra = kept.iter().filter(|party| !said.contains(party));
        let extra = extra.map(|party| format!("{} is in archive_parties and takes no part", who(*party)));
        Ok(missing.chain(extra).collect())
    }

    /// Looks through a conversation's records for those whose rows are gone, which only marks are known of.
    async fn who_is_missing(
        &self,
        conversation: ConversationId,
        missing: HashSet<u64>,
    ) -> Result<Vec<String>, ArchiveError> {
        let mut missing = missing;
        let mut found = Vec::new();
        let mut after = (Time::from_micros(i64::MIN), RecordId::new(i64::MIN));
        while !missing.is_empty() {
            let page = records::later(&self.input.db, conversation, after, RECORDS_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.sent_at, last.id);
            for row in page {
                let Ok((_, header)) = decode_header(&row.header, row.source) else { continue };
                for party in header.recipients.iter().chain([&header.sender]) {
                    if missing.remove(&party_mark(&self.hasher, party)) {
                        let what =
                            format!("{} takes part in record {} and is not in archive_parties", party.id, row.id);
                        found.push(what);
                    }
                }
            }
        }
        if !missing.is_empty() {
            found.push(format!("{} more take part and are not in archive_parties", missing.len()));
        }
        Ok(found)
    }
}

/// The key of a thread whose parties are too many to be listed in it.
fn key_of_many(parties: &[i64]) -> String {
    let list: Vec<String> = parties.iter().map(i64::to_string).collect();
    format!("t#{}", hexadecimal(&sha256(&[format!("t:{}", list.join(":")).as_bytes()])))
}

fn check_conversation(row: &ConversationRow, tally: Option<&Tally>) -> Vec<String> {
    let mut wrong = Vec::new();
    let kind = if room_of_key(&row.key).is_some() {
        Some(ConversationKind::Group)
    } else if row.key.starts_with('p') {
        Some(ConversationKind::Pair)
    } else {
        row.key.starts_with('t').then_some(ConversationKind::Thread)
    };
    if kind.map(ConversationKind::number) != Some(row.kind) {
        wrong.push("kind is not that of its key".to_owned());
    }
    let Some(tally) = tally else {
        wrong.push("no record is of it".to_owned());
        return wrong;
    };
    if row.tally.messages != tally.messages {
        wrong.push(format!("says it has {} messages, its records are {}", row.tally.messages, tally.messages));
    }
    if row.tally.first_at != tally.first_at {
        wrong.push("first_at is not that of its first record".to_owned());
    }
    if row.tally.last_at != tally.last_at {
        wrong.push("last_at is not that of its last record".to_owned());
    }
    wrong
}
