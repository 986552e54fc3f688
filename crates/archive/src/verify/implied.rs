//! What records imply of other tables, gathered while they are walked and held against those tables afterwards.
//!
//! Pure. It grows with days, groups' members, revocations and holes between sequence numbers, never with messages.

mod seqs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use xinlu_model::{ConversationId, Party, PartyId, PartyKind, RecordId, SourceId};

use super::record::{Context, Findings};
use crate::append::revocation_target;
use crate::status::day_of;
use crate::store::records::StoredRecord;

pub(super) use seqs::SeqSet;

/// The records that were first held on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayOf {
    pub(super) records: i64,
    pub(super) first: RecordId,
    pub(super) last: RecordId,
}

/// Records of one source whose numbers follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceRun {
    pub(super) first: i64,
    pub(super) end: i64,
    pub(super) source: SourceId,
}

/// What the records seen so far imply.
#[derive(Default)]
pub(crate) struct Implied {
    pub(super) days: BTreeMap<(SourceId, i64), DayOf>,
    pub(super) seqs: BTreeMap<SourceId, SeqSet>,
    /// Who takes part, by `party_mark`, in conversations whose key does not say it.
    pub(super) parties: HashMap<ConversationId, HashSet<u64>>,
    /// Conversations of which a record cannot be read.
    pub(super) unsure: HashSet<ConversationId>,
    /// Target and record of each revocation.
    pub(super) revocations: Vec<(i64, i64)>,
    /// Records that could not be opened and so imply nothing of media, consent and revocation.
    pub(super) unopened: HashSet<i64>,
    runs: Vec<SourceRun>,
}

/// What stands for a party in memory. The hasher's key is random in each run, so nobody can prepare two that meet.
pub(super) fn party_mark(hasher: &RandomState, party: &Party) -> u64 {
    hasher.hash_one((party.kind, party.id.as_str()))
}

/// The parties that a conversation's key says it has; `None` when the key does not say.
pub(super) fn parties_of_key(key: &str) -> Option<Vec<i64>> {
    let (letter, numbers) = key.split_once(':')?;
    if letter != "p" && letter != "t" {
        return None;
    }
    numbers.split(':').map(|number| number.parse().ok()).collect()
}

impl Implied {
    /// Takes in a record as it was found by the check of it.
    pub(super) fn note(&mut self, row: &StoredRecord, findings: &Findings, context: &Context) {
        let key = findings.header.as_ref().map(|(key, _)| key.as_str());
        let source = source_of(row, key, context);
        self.note_run(SourceRun { first: row.id.number(), end: row.id.plus(1).number(), source });
        let observed_at = findings.observed_at.or(findings.header.as_ref().map(|(_, header)| header.observed_at));
        if let Some(observed_at) = observed_at {
            let of = DayOf { records: 1, first: row.id, last: row.id };
            self.note_day((source, day_of(observed_at)), of);
            let seqs = self.seqs.entry(source).or_default();
            match &findings.header {
                Some((_, header)) if findings.wrong.is_empty() => seqs.insert_first(observed_at, header.seq),
                Some((_, header)) => seqs.doubtful.extend([header.seq, row.seq]),
                None => seqs.doubtful.push(row.seq),
            }
        }
        self.note_parties(row, findings, context);
        let Some((parsed, (key, _))) = findings.parsed.as_ref().zip(findings.header.as_ref()) else {
            self.unopened.insert(row.id.number());
            return;
        };
        let target = parsed.revokes.as_ref().map(|msgid| revocation_target(key, msgid));
        self.revocations.extend(target.map(|target| (target, row.id.number())));
    }

    fn note_parties(&mut self, row: &StoredRecord, findings: &Findings, context: &Context) {
        let Some((_, header)) = &findings.header else {
            self.unsure.insert(row.conversation);
            return;
        };
        let known = context.conversations.get(&row.conversation).and_then(Option::as_ref);
        let is_silent = known.is_some_and(|conversation| parties_of_key(&conversation.key).is_none());
        if !findings.belongs || !is_silent {
            return;
        }
        let parties = self.parties.entry(row.conversation).or_default();
        let named = header.recipients.iter().chain([&header.sender]);
        parties.extend(named.map(|party| party_mark(&context.hasher, party)));
    }

    fn note_day(&mut self, day: (SourceId, i64), of: DayOf) {
        let known = self.days.entry(day).or_insert(DayOf { records: 0, ..of });
        known.records += of.records;
        known.first = known.first.min(of.first);
        known.last = known.last.max(of.last);
    }

    fn note_run(&mut self, run: SourceRun) {
        match self.runs.last_mut() {
            Some(last) if last.end == run.first && last.source == run.source => last.end = run.end,
            _ => self.runs.push(run),
        }
    }

    /// Takes in what another part of the walk found.
    pub(super) fn merge(&mut self, other: Self) {
        for (day, of) in other.days {
            self.note_day(day, of);
        }
        for (source, seqs) in other.seqs {
            self.seqs.entry(source).or_default().merge(seqs);
        }
        for (conversation, parties) in other.parties {
            self.parties.entry(conversation).or_default().extend(parties);
        }
        self.unsure.extend(other.unsure);
        self.revocations.extend(other.revocations);
        self.unopened.extend(other.unopened);
        for run in other.runs {
            self.note_run(run);
        }
    }

    /// Once all records are in: puts their runs in order.
    pub(super) fn close(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        runs.sort_unstable_by_key(|run| run.first);
        for run in runs {
            self.note_run(run);
        }
    }

    /// The runs that touch the records from `first` to before `end`.
    pub(super) fn runs(&self, first: i64, end: i64) -> &[SourceRun] {
        let from = self.runs.partition_point(|run| run.end <= first);
        let to = self.runs.partition_point(|run| run.first < end);
        self.runs.get(from..to).unwrap_or_default()
    }

    /// Whose record it is; `None` when there is none.
    pub(super) fn source(&self, record: i64) -> Option<SourceId> {
        self.runs(record, record.saturating_add(1)).first().map(|run| run.source)
    }

    /// The highest record that was seen; 0 when there is none.
    pub(super) fn last_record(&self) -> i64 {
        self.runs.last().map_or(0, |run| run.end - 1)
    }
}

/// The source that the header names, which a changed column does not change.
fn source_of(row: &StoredRecord, key: Option<&str>, context: &Context) -> SourceId {
    let keys = &context.source_keys;
    if key.is_none_or(|key| keys.get(&row.source).is_some_and(|known| known == key)) {
        return row.source;
    }
    let named = keys.iter().find(|(_, known)| Some(known.as_str()) == key);
    named.map_or(row.source, |(source, _)| *source)
}

/// As people know a party: its id at the source, and our number.
pub(super) fn party_text(packed: i64, external_id: Option<&str>) -> String {
    let kind = match PartyId::from_packed(packed).map(PartyId::kind) {
        Some(PartyKind::Member) => "member",
        Some(PartyKind::Contact) => "contact",
        Some(PartyKind::Bot) => "bot",
        None => "party",
    };
    external_id.map_or_else(|| format!("{kind} (party {packed})"), |id| format!("{kind} {id} (party {packed})"))
}

#[cfg(test)]
mod tests;
