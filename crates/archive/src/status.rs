//! How intake stands: what was received and what became of each message, per source and day.
//!
//! `received = archived + duplicates + parked + open` holds at every moment; what does not add up is shown as `missing`.
//! It only counts rows and never opens a message.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use xinlu_identity::MemberStatus;
use xinlu_model::{MemberId, PartyId, RecordId, SourceId, Time};

use crate::alarms::Alarm;
use crate::model::{MediaReason, MediaState, ParkReason, Source};
use crate::store::{conversations, intake, media, parked, records, sources, status, traces};
use crate::{Archive, ArchiveError};

/// The stage that the full-text index reports.
pub const STAGE_INDEXED: &str = "indexed";

/// Days are those of China Standard Time (UTC+8), where the companies are whose archives these are.
const DAY_OFFSET_SECONDS: i64 = 8 * 3_600;
const DAY_SECONDS: i64 = 24 * 3_600;
/// The same in microseconds.
pub(crate) const DAY_OFFSET_MICROS: i64 = DAY_OFFSET_SECONDS * 1_000_000;
/// A day in microseconds.
pub(crate) const DAY_MICROS: i64 = DAY_SECONDS * 1_000_000;
/// Days shown.
const DAYS_SHOWN: i64 = 31;
/// Gaps shown one by one; all are counted.
const GAPS_SHOWN: u32 = 20;
/// A permitted member without a message for so long is called silent: a working week and a week-end.
const SILENT_MS: i64 = 7 * DAY_SECONDS * 1_000;

/// The day a time falls on, in days since 1970-01-01.
pub(crate) fn day_of(time: Time) -> i64 {
    (time.seconds() + DAY_OFFSET_SECONDS).div_euclid(DAY_SECONDS)
}

/// `2026-01-05`.
pub(crate) fn day_text(day: i64) -> String {
    let text = Time::from_seconds(day * DAY_SECONDS).rfc3339();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// Everything about intake at one moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusView {
    /// When it was counted.
    pub at: Time,
    /// The last record; 0 when there is none.
    pub last_record: RecordId,
    /// Each source.
    pub sources: Vec<SourceStatus>,
    /// The last 31 days that something came on, the latest first.
    pub days: Vec<DayStatus>,
    /// How far the readers of the archive are.
    pub stages: Vec<StageStatus>,
    /// What somebody must see to.
    pub alarms: Vec<Alarm>,
    /// The last reconciliation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_report: Option<ReportStatus>,
}

/// A source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceStatus {
    /// Its number.
    pub id: SourceId,
    /// Its lasting name.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The last sequence number that is stored.
    pub cursor: u64,
    /// When the last batch came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Time>,
    /// When it was last asked for more with success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polled_at: Option<Time>,
    /// Why asking fails, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_error: Option<String>,
    /// Envelopes and messages delivered.
    pub received: u64,
    /// Of these decrypted.
    pub decrypted: u64,
    /// Of these archived.
    pub archived: u64,
    /// Delivered again with the same bytes.
    pub duplicates: u64,
    /// Stored and not settled yet.
    pub open: u64,
    /// Waiting, by reason.
    pub parked: BTreeMap<String, u64>,
    /// Received and none of these: must be 0.
    pub missing: i64,
    /// Archived and in the index.
    pub indexed: u64,
    /// Media.
    pub media: MediaStatus,
    /// Sequence numbers that never came.
    pub gaps: GapStatus,
    /// Key versions whose private key nobody has given.
    pub key_versions_unknown: Vec<KeyVersion>,
    /// Seats.
    pub seats: SeatStatus,
    /// Contacts whose last word was to agree.
    pub consents_agreed: u64,
    /// Contacts whose last word was to refuse.
    pub consents_refused: u64,
}

/// Media of a source.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct MediaStatus {
    /// Waiting.
    pub pending: u64,
    /// Being fetched.
    pub fetching: u64,
    /// Here.
    pub stored: u64,
    /// Bytes of these.
    pub stored_bytes: u64,
    /// Given up.
    pub failed: u64,
    /// No longer at the source.
    pub lost: u64,
    /// Why, of those that failed at least once.
    pub reasons: BTreeMap<String, u64>,
    /// Since when the oldest that is not here waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Time>,
}

/// Sequence numbers that never came.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct GapStatus {
    /// Runs of them.
    pub gaps: u64,
    /// Numbers in all.
    pub numbers: u64,
    /// The first of them.
    pub first: Vec<GapView>,
}

/// A run of sequence numbers that never came: a possible loss.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GapView {
    /// From.
    pub from: u64,
    /// To, included.
    pub to: u64,
    /// When it was seen.
    pub found_at: Time,
}

/// A key version that is not known.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeyVersion {
    /// `publickey_ver`.
    pub version: u32,
    /// Messages that wait for it.
    pub waiting: u64,
}

/// Seats of a source.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SeatStatus {
    /// Members whose conversations are archived.
    pub permitted: u64,
    /// Members whose conversations are not.
    pub not_permitted: u64,
    /// Members of whom it is not known.
    pub unknown: u64,
    /// Permitted members without a message for a week.
    pub silent: Vec<MemberId>,
    /// Rows of who takes part in conversations that name nobody, as only damage leaves them: some may be called silent
    /// wrongly. `xinlu verify` names them. Absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parties_damaged: Option<u64>,
}

/// A day of a source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayStatus {
    /// `2026-01-05`, China Standard Time.
    pub day: String,
    /// The source.
    pub source: SourceId,
    /// Delivered on it.
    pub received: u64,
    /// Archived of these.
    pub archived: u64,
    /// Delivered again.
    pub duplicates: u64,
    /// In the index, at least; exact with one source.
    pub indexed: u64,
}

/// How far a reader of the archive is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StageStatus {
    /// Its name.
    pub stage: String,
    /// The last record it has done durably.
    pub upto: RecordId,
    /// Records it has before it.
    pub lag: i64,
    /// When it last said so.
    pub reported_at: Time,
}

/// A reconciliation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportStatus {
    /// The day it is of.
    pub day: String,
    /// When it was made.
    pub made_at: Time,
    /// Whether something was wrong.
    pub red: bool,
}

/// All counts, read once for all sources.
struct Counts {
    totals: Vec<(SourceId, [u64; 3])>,
    open: Vec<(SourceId, u64, Time)>,
    parked: Vec<(SourceId, i64, u64, Time)>,
    not_indexed: Vec<(SourceId, u64)>,
    media: Vec<(SourceId, i64, i64, u64, Time)>,
    media_stored: Vec<(SourceId, u64, u64)>,
    gaps: Vec<(SourceId, u64, u64)>,
    versions: Vec<(SourceId, u32, u64)>,
    consents: Vec<(SourceId, bool, u64)>,
    polls: Vec<sources::Poll>,
}

impl Archive {
    /// Counts everything about intake.
    pub async fn status(&self) -> Result<StatusView, ArchiveError> {
        let db = &self.deps.db;
        let at = self.deps.clock.now();
        let last_record = records::last(db).await?;
        let stages = status::stages(db).await?;
        let indexed =
            stages.iter().find(|stage| stage.stage == STAGE_INDEXED).map_or(RecordId::new(0), |stage| stage.upto);
        let known = sources::list(db).await?;
        let counts = self.counts(&known, indexed, last_record).await?;
        let mut sources = Vec::with_capacity(known.len());
        for source in known {
            sources.push(self.source_status(source, &counts, at).await?);
        }
        let days = traces::days(db, day_of(at) - DAYS_SHOWN + 1).await?.into_iter().map(|day| DayStatus {
            day: day_text(day.day),
            source: day.source,
            received: day.received,
            archived: day.archived,
            duplicates: day.duplicates,
            indexed: day.archived.saturating_sub((day.last_record - indexed.number()).max(0) as u64),
        });
        let stages = stages.into_iter().map(|stage| StageStatus {
            lag: last_record.number() - stage.upto.number(),
            stage: stage.stage,
            upto: stage.upto,
            reported_at: stage.reported_at,
        });
        let last_report = status::last_report(db).await?;
        Ok(StatusView {
            at,
            last_record,
            sources,
            days: days.collect(),
            stages: stages.collect(),
            alarms: self.alarms().await?,
            last_report: last_report.map(|report| ReportStatus {
                day: day_text(report.day),
                made_at: report.made_at,
                red: report.red,
            }),
        })
    }

    /// Tells how far a reader of the archive is: everything up to this record is durably done.
    pub async fn report_stage(&self, stage: &str, upto: RecordId) -> Result<(), ArchiveError> {
        let mut tx = self.deps.db.begin().await?;
        status::save_stage(&mut tx, stage, upto, self.deps.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn counts(&self, known: &[Source], indexed: RecordId, last: RecordId) -> Result<Counts, ArchiveError> {
        let db = &self.deps.db;
        // Record numbers have no gaps, so with one source nothing needs to be counted.
        let not_indexed = match known {
            [only] => vec![(only.id, (last.number() - indexed.number()).max(0) as u64)],
            _ => records::count_after(db, indexed).await?,
        };
        Ok(Counts {
            totals: traces::totals(db).await?,
            open: intake::counts(db).await?,
            parked: parked::counts(db).await?,
            not_indexed,
            media: media::counts(db).await?,
            media_stored: media::stored_sums(db).await?,
            gaps: intake::gap_sums(db).await?,
            versions: parked::unknown_versions(db).await?,
            consents: traces::consent_counts(db).await?,
            polls: sources::polls(db).await?,
        })
    }

    async fn source_status(&self, source: Source, counts: &Counts, at: Time) -> Result<SourceStatus, ArchiveError> {
        let id = source.id;
        let of = |wanted: &SourceId| *wanted == id;
        let [received, archived, duplicates] =
            counts.totals.iter().find(|(source, _)| of(source)).map_or([0; 3], |(_, totals)| *totals);
        let open = counts.open.iter().find(|(source, ..)| of(source)).map_or(0, |(_, open, _)| *open);
        let waiting = counts.parked.iter().filter(|(source, ..)| of(source));
        let waiting: Vec<(ParkReason, u64)> =
            waiting.filter_map(|(_, reason, items, _)| Some((ParkReason::from_number(*reason)?, *items))).collect();
        let parked: u64 = waiting.iter().map(|(_, items)| items).sum();
        let parked_decrypted: u64 =
            waiting.iter().filter(|(reason, _)| reason.is_decrypted()).map(|(_, items)| items).sum();
        let not_indexed = counts.not_indexed.iter().find(|(source, _)| of(source)).map_or(0, |(_, count)| *count);
        let poll = counts.polls.iter().find(|poll| poll.source == id);
        let consents = |agreed: bool| {
            let found = counts.consents.iter().find(|(source, is_agreed, _)| of(source) && *is_agreed == agreed);
            found.map_or(0, |(.., contacts)| *contacts)
        };
        let (gaps, numbers) =
            counts.gaps.iter().find(|(source, ..)| of(source)).map_or((0, 0), |(_, gaps, numbers)| (*gaps, *numbers));
        let first = intake::gaps(&self.deps.db, id, GAPS_SHOWN).await?;
        let first = first.into_iter().map(|gap| GapView { from: gap.first, to: gap.last, found_at: gap.found_at });
        let versions = counts.versions.iter().filter(|(source, ..)| of(source));
        Ok(SourceStatus {
            id,
            cursor: source.cursor,
            received_at: source.received_at,
            polled_at: poll.and_then(|poll| poll.polled_at),
            poll_error: poll.and_then(|poll| poll.error.clone()),
            received,
            decrypted: archived + duplicates + parked_decrypted,
            archived,
            duplicates,
            open,
            parked: waiting.iter().map(|(reason, items)| (reason.name().to_owned(), *items)).collect(),
            missing: received as i64 - (archived + duplicates + parked + open) as i64,
            indexed: archived.saturating_sub(not_indexed),
            media: media_status(id, counts),
            gaps: GapStatus { gaps, numbers, first: first.collect() },
            key_versions_unknown: versions
                .map(|(_, version, waiting)| KeyVersion { version: *version, waiting: *waiting })
                .collect(),
            seats: self.seats(&source, at).await?,
            consents_agreed: consents(true),
            consents_refused: consents(false),
            key: source.key,
            name: source.name,
        })
    }

    async fn seats(&self, source: &Source, at: Time) -> Result<SeatStatus, ArchiveError> {
        let (spoke, damaged) = conversations::last_of_parties(&self.deps.db, source.id).await?;
        let spoke: BTreeMap<PartyId, Time> = spoke.into_iter().collect();
        let mut seats = SeatStatus { parties_damaged: (damaged > 0).then_some(damaged), ..SeatStatus::default() };
        for member in self.deps.directory.members().await? {
            if member.source != source.key || member.status == MemberStatus::Left {
                continue;
            }
            match member.archived_seat {
                Some(true) => {
                    seats.permitted += 1;
                    let last = spoke.get(&PartyId::member(member.id));
                    if last.is_none_or(|last| at.millis_since(*last) > SILENT_MS) {
                        seats.silent.push(member.id);
                    }
                }
                Some(false) => seats.not_permitted += 1,
                None => seats.unknown += 1,
            }
        }
        Ok(seats)
    }
}

fn media_status(source: SourceId, counts: &Counts) -> MediaStatus {
    let mut status = MediaStatus::default();
    for (_, state, reason, items, queued_at) in counts.media.iter().filter(|(of, ..)| *of == source) {
        match MediaState::from_number(*state) {
            Some(MediaState::Pending) => status.pending += items,
            Some(MediaState::Fetching) => status.fetching += items,
            Some(MediaState::Lost) => status.lost += items,
            _ => status.failed += items,
        }
        if let Some(reason) = MediaReason::from_number(*reason) {
            *status.reasons.entry(reason.name().to_owned()).or_default() += items;
        }
        if *state < MediaState::Stored.number() {
            let earlier = status.waiting_since.is_none_or(|since| *queued_at < since);
            status.waiting_since = if earlier { Some(*queued_at) } else { status.waiting_since };
        }
    }
    if let Some((_, items, bytes)) = counts.media_stored.iter().find(|(of, ..)| *of == source) {
        status.stored = *items;
        status.stored_bytes = *bytes;
    }
    status
}

#[cfg(test)]
mod tests;
