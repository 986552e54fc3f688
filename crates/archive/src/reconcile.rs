//! Reconciliation: once a day everything is counted, judged, kept as a report, and the report's hash goes into the log.
//!
//! A report is red when something received is not accounted for. Once made it never changes.

mod days;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;
use xinlu_keys::sha256;
use xinlu_ledger::{LogName, RefKind, submit};
use xinlu_model::Time;

pub(crate) use days::DAYS_SHOWN;
pub use days::{DayState, ReconciledDay, ReconciledDays};

use crate::leaf::{Leaf, ReportLeaf};
use crate::status::{StatusView, day_of, day_text};
use crate::store::status::{self, ReportRow};
use crate::{Archive, ArchiveError};

/// How often alarms are judged: well below the ten minutes of the shortest.
const LOOK_EVERY_MS: u64 = 30_000;
const REPORT_VERSION: u32 = 1;

/// A reconciliation report, as its JSON is kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Report {
    /// Of this form.
    pub version: u32,
    /// The day it closes.
    pub day: String,
    /// When it was made.
    pub made_at: Time,
    /// Whether something is wrong.
    pub red: bool,
    /// What is wrong, for a person.
    pub findings: Vec<String>,
    /// All counts.
    pub status: StatusView,
}

impl Archive {
    /// Reconciles now: counts, judges, keeps the report, submits its leaf.
    pub async fn reconcile(&self) -> Result<Report, ArchiveError> {
        let made_at = self.deps.clock.now();
        let status = self.status().await?;
        let findings = findings(&status);
        let day = day_of(made_at) - 1;
        let report = Report {
            version: REPORT_VERSION,
            day: day_text(day),
            made_at,
            red: !findings.is_empty(),
            findings,
            status,
        };
        let bytes =
            serde_json::to_vec(&report).map_err(|_| ArchiveError::Misuse("a report cannot be written as JSON"))?;
        let leaf = Leaf::Report(ReportLeaf { report_sha256: sha256(&[&bytes]), made_at });
        let leaf = leaf.encode().map_err(|error| error.at("a report".to_owned()))?;
        let row = ReportRow { id: 0, day, made_at, red: report.red, report: bytes };
        let mut tx = self.deps.db.begin().await?;
        let id = status::add_report(&mut tx, row).await?;
        submit(&mut tx, LogName::Archive, RefKind::REPORT, id as u64, &[leaf]).await?;
        tx.commit().await?;
        if report.red {
            tracing::error!(day = report.day, findings = report.findings.join("; "), "reconciliation is red");
        } else {
            tracing::info!(day = report.day, "reconciliation is green");
        }
        Ok(report)
    }

    /// Clears leftovers of downloads, then judges the alarms every half minute and reconciles after each midnight, until told to stop.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let mut stop = stop;
        if let Err(error) = self.clear_partials().await {
            tracing::warn!(%error, "leftovers of downloads could not be cleared away");
        }
        while !*stop.borrow() {
            if let Err(error) = self.look().await {
                tracing::error!(%error, "the archive could not be looked over");
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn look(&self) -> Result<(), ArchiveError> {
        self.check_alarms().await?;
        let yesterday = day_of(self.deps.clock.now()) - 1;
        let last = status::last_report(&self.deps.db).await?;
        if last.is_none_or(|last| last.day < yesterday) {
            self.reconcile().await?;
        }
        Ok(())
    }
}

/// What is wrong, in words.
fn findings(status: &StatusView) -> Vec<String> {
    let mut findings = Vec::new();
    for source in &status.sources {
        let key = &source.key;
        if source.missing != 0 {
            findings.push(format!("{key}: {} messages are not accounted for", source.missing));
        }
        if source.gaps.numbers > 0 {
            findings.push(format!("{key}: {} sequence numbers never came", source.gaps.numbers));
        }
        let parked: u64 = source.parked.values().sum();
        if parked > 0 {
            findings.push(format!("{key}: {parked} messages wait"));
        }
        if source.media.failed + source.media.lost > 0 {
            let (failed, lost) = (source.media.failed, source.media.lost);
            findings.push(format!("{key}: {failed} media items failed and {lost} are lost"));
        }
        if source.seats.not_permitted > 0 {
            findings.push(format!("{key}: {} members are not archived", source.seats.not_permitted));
        }
    }
    findings.extend(status.alarms.iter().map(|alarm| format!("{}: {}", alarm.name.name(), alarm.detail)));
    findings
}
