//! What was received against what became of it: records, doubles, parked items, open batches, gaps and cursors.
//!
//! Per source and day, `received = archived + duplicates + parked + open` holds after every transaction: everything
//! counts on the day it was first held, whenever it is settled. When a parked item was tried or since when it waits
//! stands nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use xinlu_keys::open;
use xinlu_model::{ParkedId, SourceId};

use super::Verification;
use super::implied::DayOf;
use super::named::Named;
use crate::ArchiveError;
use crate::append::{RAW_LABEL, raw_key};
use crate::intake::{BatchId, unpack_envelopes};
use crate::model::{ParkReason, Source};
use crate::status::{day_of, day_text};
use crate::store::checks::{self, DayRow, IntakeRow};
use crate::store::parked::{self, ParkedRow};

/// Rows read at once; batches are large, so few.
const PAGE: u32 = 200;
const BATCH_PAGE: u32 = 4;
/// Small rows read at once.
const DAYS_PAGE: u32 = 1_000;
/// The last day that has a name of four digits a year: 9999-12-31.
const DAY_MAX: i64 = 2_932_896;
/// Sources that number what they deliver without gaps, and deliver it in envelopes (PROTOCOL.md 3.1.2). The cursor of any
/// other is its own.
const NUMBERED_SOURCES: &str = "wecom:";

/// What waits of a day.
#[derive(Clone, Copy, Debug, Default)]
struct WaitingOf {
    parked: i64,
    open: i64,
}

type Waiting = BTreeMap<(SourceId, i64), WaitingOf>;

/// `2026-01-05`, or the number of a day that no calendar has.
pub(super) fn day_name(day: i64) -> String {
    if (0..=DAY_MAX).contains(&day) { day_text(day) } else { format!("day {day}") }
}

impl Verification {
    pub(super) async fn intake_phases(&mut self) -> Result<(), ArchiveError> {
        let mut waiting = Waiting::new();
        let open = self.open_batches(&mut waiting).await;
        let parked = self.parked_items(&mut waiting).await;
        let is_whole = open.is_ok() && parked.is_ok();
        self.note_failure("archive_intake", open)?;
        self.note_failure("archive_parked", parked)?;
        if is_whole {
            let mut named = Named::of("archive_days");
            let doubles = self.days(&waiting, &mut named).await;
            self.take_named(named);
            let mut named = Named::of("archive_gaps");
            let done = match doubles {
                Ok(doubles) => self.numbers(&doubles, &mut named).await,
                Err(error) => self.note_failure("archive_days", Err(error)),
            };
            self.take_named(named);
            return self.note_failure("archive_gaps", done);
        }
        let what = "what was received was not held against what became of it: not all that waits could be read";
        self.report.unchecked.push(what.to_owned());
        Ok(())
    }

    /// What waits to be settled must still be readable, or it could never be archived.
    async fn open_batches(&mut self, waiting: &mut Waiting) -> Result<(), ArchiveError> {
        let mut after = BatchId::new(i64::MIN);
        loop {
            let page = checks::intake(&self.input.db, after, BATCH_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for row in page {
                self.report.waiting += 1;
                let of = waiting.entry((row.source, day_of(row.observed_at))).or_default();
                of.open = of.open.saturating_add(row.count);
                if let Some(what) = self.batch_problem(&row) {
                    self.report.problem(&format!("intake batch {}", row.id), &what);
                }
            }
        }
    }

    fn batch_problem(&mut self, row: &IntakeRow) -> Option<String> {
        let seqs = self.implied.seqs.entry(row.source).or_default();
        let envelopes = match unpack_envelopes(&row.envelopes) {
            Ok(envelopes) => envelopes,
            Err(error) => {
                seqs.unknown = seqs.unknown.saturating_add(u64::try_from(row.count).unwrap_or(0));
                return Some(error.to_string());
            }
        };
        for envelope in &envelopes {
            seqs.insert_first(row.observed_at, envelope.seq);
        }
        if !self.source_keys.contains_key(&row.source) {
            return Some("source_id names no source".to_owned());
        }
        let is_counted = i64::try_from(envelopes.len()) == Ok(row.count);
        (!is_counted).then(|| format!("envelope_count is {}, it has {} envelopes", row.count, envelopes.len()))
    }

    /// What is parked must still be readable, too.
    async fn parked_items(&mut self, waiting: &mut Waiting) -> Result<(), ArchiveError> {
        let mut after = ParkedId::new(i64::MIN);
        loop {
            let page = parked::list(&self.input.db, None, None, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for row in page {
                self.report.waiting += 1;
                waiting.entry((row.source, day_of(row.observed_at))).or_default().parked += 1;
                let place = format!("parked item {}", row.id);
                let problem = self.parked_problem(&row).await;
                let seqs = self.implied.seqs.entry(row.source).or_default();
                match problem {
                    Ok(None) => seqs.insert_first(row.observed_at, row.seq),
                    _ => seqs.doubtful.extend(seqs_of(&row)),
                }
                match problem {
                    Ok(None) => {}
                    Ok(Some(what)) => self.report.problem(&place, &what),
                    Err(error) => self.note_failure(&place, Err(error))?,
                }
            }
        }
    }

    async fn parked_problem(&self, row: &ParkedRow) -> Result<Option<String>, ArchiveError> {
        if ParkReason::from_number(row.reason).is_none() {
            return Ok(Some("its reason is not known".to_owned()));
        }
        if row.envelope.is_none() && row.raw.is_none() {
            return Ok(Some("neither its envelope nor its bytes are kept".to_owned()));
        }
        if let Some(packed) = &row.envelope {
            match unpack_envelopes(packed) {
                Ok(envelopes) => {
                    let same = envelopes.first().is_some_and(|one| {
                        one.seq == row.seq && one.msgid == row.msgid && one.key_version == row.key_version
                    });
                    if !same {
                        return Ok(Some("its columns are not those of its envelope".to_owned()));
                    }
                }
                Err(error) => return Ok(Some(error.to_string())),
            }
        }
        let Some(source) = self.source_keys.get(&row.source) else {
            return Ok(Some("source_id names no source".to_owned()));
        };
        let (Some(raw), Some(subject), Some(keys)) = (&row.raw, row.subject, &self.input.keys) else {
            return Ok((row.raw.is_some() != row.subject.is_some()).then(|| "its bytes have no subject".to_owned()));
        };
        let Some(subject) = keys.subject(subject).await? else {
            return Ok(Some("its subject's key is gone".to_owned()));
        };
        let opened = open(&raw_key(source, &subject, row.seq, &row.msgid), RAW_LABEL, raw);
        Ok(opened.err().map(|error| error.to_string()))
    }

    /// Every day's counters; answers how often each source delivered something again.
    async fn days(&self, waiting: &Waiting, named: &mut Named) -> Result<BTreeMap<SourceId, u64>, ArchiveError> {
        // Days without a row, too.
        let mut left: BTreeSet<(SourceId, i64)> = waiting.keys().chain(self.implied.days.keys()).copied().collect();
        let mut doubles: BTreeMap<SourceId, u64> = BTreeMap::new();
        let mut after = (SourceId::new(i64::MIN), i64::MIN);
        loop {
            let page = checks::days(&self.input.db, after, DAYS_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.source, last.day);
            for row in page {
                let key = (row.source, row.day);
                left.remove(&key);
                let total = doubles.entry(row.source).or_default();
                *total = total.saturating_add(u64::try_from(row.duplicates).unwrap_or(0));
                let (records, waiting) = (self.implied.days.get(&key), waiting.get(&key).copied().unwrap_or_default());
                for what in day_problems(&row, records, waiting) {
                    named.wrong(self.day_place(key), what);
                }
            }
        }
        for key in left {
            named.wrong(self.day_place(key), "its counters are gone from archive_days".to_owned());
        }
        Ok(doubles)
    }

    fn day_place(&self, (source, day): (SourceId, i64)) -> String {
        format!("intake of {} on {}", self.source_name(source), day_name(day))
    }

    fn source_name(&self, source: SourceId) -> String {
        self.source_keys.get(&source).cloned().unwrap_or_else(|| format!("source {source}"))
    }

    /// Cursors and gaps against the numbers that are stored.
    async fn numbers(&mut self, doubles: &BTreeMap<SourceId, u64>, named: &mut Named) -> Result<(), ArchiveError> {
        let mut gaps: BTreeMap<SourceId, Vec<(u64, u64)>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = checks::gaps(&self.input.db, after, DAYS_PAGE).await?;
            let Some((source, first, _)) = page.last() else { break };
            after = Some((*source, *first));
            for (source, first, last) in page {
                gaps.entry(source).or_default().push((first, last));
            }
        }
        for source in self.sources.clone() {
            let gaps = gaps.remove(&source.id).unwrap_or_default();
            if source.key.starts_with(NUMBERED_SOURCES) {
                self.numbers_of(&source, gaps, doubles.get(&source.id).copied().unwrap_or_default(), named);
            } else {
                let what = format!("the cursor of {} was not compared: its numbers are its own", source.key);
                self.report.unchecked.push(what);
            }
        }
        for (source, gaps) in gaps {
            for (first, last) in gaps {
                named.wrong(gap_place(&format!("source {source}"), (first, last)), "names no source".to_owned());
            }
        }
        Ok(())
    }

    /// Every number from the first that came up to the cursor is stored, was delivered again, or is kept as a gap.
    fn numbers_of(&mut self, source: &Source, gaps: Vec<(u64, u64)>, doubles: u64, named: &mut Named) {
        let Some(mut seqs) = self.implied.seqs.remove(&source.id) else { return };
        let (key, cursor) = (&source.key, source.cursor);
        let highest = seqs.highest().unwrap_or_default();
        if cursor < highest {
            let what = format!("its cursor is {cursor}, and number {highest} is stored; it never goes back");
            named.wrong(format!("source {key}"), what);
        }
        for gap in gaps {
            let what = if gap.0 > gap.1 {
                "ends before it begins"
            } else if gap.1 > cursor {
                "reaches beyond the cursor"
            } else if seqs.touches(gap.0, gap.1) {
                "some of these numbers are stored, or in another gap"
            } else {
                seqs.insert(gap.0, gap.1);
                continue;
            };
            named.wrong(gap_place(key, gap), what.to_owned());
        }
        if seqs.is_full {
            let what = format!("whether numbers of {key} are missing: there are too many holes between them");
            self.report.unchecked.push(what);
            return;
        }
        for doubtful in std::mem::take(&mut seqs.doubtful) {
            seqs.insert(doubtful, doubtful);
        }
        let Some(first) = seqs.first() else { return };
        let (missing, told) = seqs.holes(first, cursor);
        if missing > doubles.saturating_add(seqs.unknown) {
            let told: Vec<String> = told.iter().map(|(from, to)| format!("{from} to {to}")).collect();
            let what = format!(
                "{missing} numbers up to its cursor {cursor} are neither stored nor kept as a gap, and only {doubles} \
                 deliveries were doubles: {}",
                told.join(", ")
            );
            named.wrong(format!("source {key}"), what);
        }
    }
}

/// The numbers that a damaged parked item may have.
fn seqs_of(row: &ParkedRow) -> impl Iterator<Item = u64> {
    let packed = row.envelope.as_ref().and_then(|packed| unpack_envelopes(packed).ok()).unwrap_or_default();
    std::iter::once(row.seq).chain(packed.into_iter().map(|envelope| envelope.seq))
}

fn gap_place(key: &str, (first, last): (u64, u64)) -> String {
    format!("gap {first} to {last} of {key}")
}

fn day_problems(row: &DayRow, records: Option<&DayOf>, waiting: WaitingOf) -> Vec<String> {
    let mut wrong = Vec::new();
    let count = records.map_or(0, |records| records.records);
    if row.archived != count {
        wrong.push(format!("says {} records were archived, there are {count}", row.archived));
    }
    let ends = records.map_or((0, 0), |records| (records.first.number(), records.last.number()));
    if (row.first_record, row.last_record) != ends {
        let (first, last) = ends;
        wrong.push(format!(
            "says its records are {} to {}, they are {first} to {last}",
            row.first_record, row.last_record
        ));
    }
    let sum = [row.archived, row.duplicates, waiting.parked, waiting.open].into_iter().map(i128::from).sum::<i128>();
    let missing = i128::from(row.received) - sum;
    if missing != 0 {
        let what = if missing > 0 {
            format!("{missing} are gone, from archive_parked or archive_intake")
        } else {
            format!("{} are too many", -missing)
        };
        wrong.push(format!(
            "{} were received; {} were archived, {} delivered again, {} are parked and {} open: {what}",
            row.received, row.archived, row.duplicates, waiting.parked, waiting.open
        ));
    }
    wrong
}
