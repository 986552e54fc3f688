//! Alarms: what somebody must see to before it cannot be undone.
//!
//! Raised once, told in the log, by a metric and on the status page, kept until the cause is gone. What is judged is
//! judged purely; nothing here repairs anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xinlu_model::{SourceId, Time};

use crate::model::ParkReason;
use crate::store::sources::Poll;
use crate::store::status::AlarmRow;
use crate::store::{media, parked, sources, status};
use crate::{Archive, ArchiveError};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Polls come every few seconds; silence for so long is no hiccup.
const INTAKE_SILENT_MS: i64 = 10 * MINUTE_MS;
/// From here on it is critical.
const INTAKE_SILENT_CRITICAL_MS: i64 = HOUR_MS;
/// WeCom deletes after five days (PROTOCOL.md 3.1.2); this leaves a week-end's length to act.
const WINDOW_NEAR_MS: i64 = 3 * DAY_MS;
/// A day before the loss.
const WINDOW_CRITICAL_MS: i64 = 4 * DAY_MS;

const WARNING: i64 = 1;
const CRITICAL: i64 = 2;

/// What is wrong. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmName {
    /// Asking the source for more has not succeeded for ten minutes.
    IntakeStopped,
    /// Messages wait for a private key.
    KeyMissing,
    /// The source will soon delete what has not been fetched.
    WindowNear,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should look.
    Warning,
    /// Somebody must act now.
    Critical,
}

/// An alarm that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alarm {
    /// What.
    pub name: AlarmName,
    /// How bad.
    pub severity: Severity,
    /// Where.
    pub source: SourceId,
    /// Since when.
    pub since: Time,
    /// For a person.
    pub detail: String,
}

/// What alarms of one source are judged by.
#[derive(Clone, Debug)]
pub(crate) struct Signs {
    pub(crate) poll: Poll,
    /// Messages that wait for a private key.
    pub(crate) waiting_for_key: u64,
    pub(crate) waiting_for_key_since: Option<Time>,
    /// Since when the oldest media item waits.
    pub(crate) media_since: Option<Time>,
}

impl AlarmName {
    const ALL: [Self; 3] = [Self::IntakeStopped, Self::KeyMissing, Self::WindowNear];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IntakeStopped => "intake_stopped",
            Self::KeyMissing => "key_missing",
            Self::WindowNear => "window_near",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl Archive {
    /// The alarms that stand.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, ArchiveError> {
        let rows = status::alarms(&self.deps.db).await?;
        Ok(rows.into_iter().filter_map(alarm).collect())
    }

    /// Judges anew: raises what is wrong, clears what is right again, and tells of every change.
    pub async fn check_alarms(&self) -> Result<Vec<Alarm>, ArchiveError> {
        let now = self.deps.clock.now();
        let signs = self.signs().await?;
        let judged: Vec<Alarm> = signs.iter().flat_map(|signs| judge(signs, now)).collect();
        let before = self.alarms().await?;
        let same = |one: &Alarm, other: &Alarm| one.name == other.name && one.source == other.source;
        let mut tx = self.deps.db.begin().await?;
        for alarm in &judged {
            status::raise(&mut tx, &row(alarm)).await?;
            let (name, source) = (alarm.name.name(), alarm.source);
            let old = before.iter().find(|old| same(old, alarm));
            if old.is_none_or(|old| old.severity < alarm.severity) {
                tracing::error!(alarm = name, %source, severity = ?alarm.severity, detail = alarm.detail, "alarm raised");
            }
        }
        for gone in before.iter().filter(|old| !judged.iter().any(|alarm| same(old, alarm))) {
            status::clear(&mut tx, gone.name.name(), gone.source).await?;
            tracing::info!(alarm = gone.name.name(), source = %gone.source, "alarm cleared");
        }
        tx.commit().await?;
        for signs in &signs {
            for name in AlarmName::ALL {
                let stands = judged.iter().any(|alarm| alarm.name == name && alarm.source == signs.poll.source);
                let labels = [("alarm", name.name().to_owned()), ("source", signs.poll.source.to_string())];
                metrics::gauge!("xinlu_archive_alarm", &labels).set(if stands { 1.0 } else { 0.0 });
            }
        }
        self.alarms().await
    }

    async fn signs(&self) -> Result<Vec<Signs>, ArchiveError> {
        let db = &self.deps.db;
        let parked = parked::counts(db).await?;
        let media: BTreeMap<SourceId, Time> =
            media::counts(db).await?.into_iter().fold(BTreeMap::new(), |mut all, one| {
                let (source, state, _, _, since) = one;
                if state < crate::model::MediaState::Stored.number() {
                    let oldest = all.entry(source).or_insert(since);
                    *oldest = since.min(*oldest);
                }
                all
            });
        let signs = sources::polls(db).await?.into_iter().map(|poll| {
            let keys = parked.iter().filter(|(source, reason, ..)| {
                let reason = ParkReason::from_number(*reason);
                *source == poll.source && matches!(reason, Some(ParkReason::KeyMissing | ParkReason::KeyWrong))
            });
            Signs {
                waiting_for_key: keys.clone().map(|(_, _, items, _)| items).sum(),
                waiting_for_key_since: keys.map(|(.., since)| *since).min(),
                media_since: media.get(&poll.source).copied(),
                poll,
            }
        });
        Ok(signs.collect())
    }
}

/// What is wrong with a source.
pub(crate) fn judge(signs: &Signs, now: Time) -> Vec<Alarm> {
    let source = signs.poll.source;
    let mut alarms = Vec::new();
    // A source that is never asked for more (it hands messages in) cannot fall silent.
    let polls = signs.poll.polled_at.is_some() || signs.poll.failed_at.is_some();
    let heard_at = signs.poll.polled_at.unwrap_or(signs.poll.created_at);
    let silent_ms = if polls { now.millis_since(heard_at) } else { 0 };
    if silent_ms > INTAKE_SILENT_MS {
        let why = signs.poll.error.as_deref().unwrap_or("nobody has asked");
        alarms.push(Alarm {
            name: AlarmName::IntakeStopped,
            severity: severity(silent_ms > INTAKE_SILENT_CRITICAL_MS),
            source,
            since: heard_at,
            detail: format!("nothing could be fetched since {heard_at}: {why}"),
        });
    }
    if let Some(since) = signs.waiting_for_key_since {
        alarms.push(Alarm {
            name: AlarmName::KeyMissing,
            severity: Severity::Critical,
            source,
            since,
            detail: format!("{} messages wait for a private key", signs.waiting_for_key),
        });
    }
    let media_ms = signs.media_since.map_or(0, |since| now.millis_since(since));
    let oldest_ms = silent_ms.max(media_ms);
    if oldest_ms > WINDOW_NEAR_MS {
        let what = if silent_ms >= media_ms { "messages" } else { "media" };
        alarms.push(Alarm {
            name: AlarmName::WindowNear,
            severity: severity(oldest_ms > WINDOW_CRITICAL_MS),
            source,
            since: now.plus_millis(WINDOW_NEAR_MS - oldest_ms),
            detail: format!("{what} have waited for {} hours; the source deletes after 120", oldest_ms / HOUR_MS),
        });
    }
    alarms
}

fn severity(critical: bool) -> Severity {
    if critical { Severity::Critical } else { Severity::Warning }
}

fn row(alarm: &Alarm) -> AlarmRow {
    AlarmRow {
        name: alarm.name.name().to_owned(),
        source: alarm.source,
        severity: if alarm.severity == Severity::Critical { CRITICAL } else { WARNING },
        since: alarm.since,
        detail: alarm.detail.clone(),
    }
}

fn alarm(row: AlarmRow) -> Option<Alarm> {
    Some(Alarm {
        name: AlarmName::from_name(&row.name)?,
        severity: severity(row.severity == CRITICAL),
        source: row.source,
        since: row.since,
        detail: row.detail,
    })
}
