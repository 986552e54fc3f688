//! Examines a running corp: its connection, and how fetching goes, whichever process fetches.

use std::sync::Arc;

use xinlu_archive::{Archive, SourceStatus};
use xinlu_model::{Clock, Time};

use super::{CHECK_MS, Check, CheckFault, Found, Outcome, Subject, bounded, found};
use crate::corp::Corp;
use crate::wecom_archive::sdk_worker::WorkerCommand;
use crate::wecom_archive::status::IntakeStatus;

/// Without a successful fetch for so long, something is wrong however seldom is polled.
const LAG_MS_MIN: i64 = 15 * 60_000;
/// So many polls may fail before it counts as lag.
const POLLS_MISSED_MAX: i64 = 3;

/// All checks of a corp.
pub(crate) async fn doctor(
    corp: &Corp,
    archive: &Arc<Archive>,
    worker: &WorkerCommand,
    clock: &Arc<dyn Clock>,
) -> Vec<Check> {
    let status = corp.intake_status();
    let known = bounded(CHECK_MS, source_status(archive, corp)).await;
    let seen = status.iter().flat_map(|status| status.keys_seen.iter().copied());
    let waited_for = known.iter().flat_map(|source| source.key_versions_unknown.iter().map(|key| key.version));
    let keys_seen = seen.chain(waited_for).collect();
    // The last stored message comes once more, so that its key can be tried.
    let after = known.as_ref().map_or(0, |source| source.cursor).saturating_sub(1);
    let mut found = found(&Subject { config: &corp.config, worker, clock, after, keys_seen, check_ms: CHECK_MS }).await;
    found.push(notified(corp, status.as_ref()));
    found.extend(polls(corp, status.as_ref(), known, clock.now()));
    found.into_iter().map(Found::worded).collect()
}

async fn source_status(archive: &Arc<Archive>, corp: &Corp) -> Result<SourceStatus, CheckFault> {
    let status = archive.status().await.map_err(|error| {
        tracing::error!(corp = corp.config.corp_id, %error, "the status of the archive cannot be read");
        CheckFault::Unknown
    })?;
    status.sources.into_iter().find(|source| source.id == corp.source).ok_or(CheckFault::Unknown)
}

fn notified(corp: &Corp, status: Option<&IntakeStatus>) -> Found {
    let name = "notified";
    if corp.crypto.is_none() {
        return Found::skipped(name);
    }
    match status.and_then(|status| status.notified_at) {
        Some(at) => Found::new(name, Ok(Some(at.to_string()))),
        None => Found { name, outcome: Outcome::Skipped(Some("not since the start of this process".to_owned())) },
    }
}

/// The last poll, and how long ago the last good one is.
fn polls(corp: &Corp, status: Option<&IntakeStatus>, known: Result<SourceStatus, CheckFault>, now: Time) -> [Found; 2] {
    let (Some(status), Some(archive)) = (status, &corp.config.archive) else {
        return ["polled", "lag"].map(Found::skipped);
    };
    let known = match known {
        Ok(known) => known,
        Err(fault) => return ["polled", "lag"].map(|name| Found::new(name, Err(fault.clone()))),
    };
    let polled_at = status.answered_at.max(known.polled_at);
    let failure = status.trouble.as_ref().map(|trouble| trouble.name.clone()).or(known.poll_error);
    let polled = match (failure, polled_at) {
        (Some(failure), _) => Found::new("polled", Err(CheckFault::PollFailed(failure))),
        (None, Some(at)) => Found::new("polled", Ok(Some(at.to_string()))),
        (None, None) => Found { name: "polled", outcome: Outcome::Skipped(Some("not yet".to_owned())) },
    };
    let Some(polled_at) = polled_at else { return [polled, Found::skipped("lag")] };
    let lag_ms = now.millis_since(polled_at).max(0);
    let interval_ms = i64::try_from(archive.poll_interval_ms).unwrap_or(i64::MAX);
    let lag = if lag_ms > LAG_MS_MIN.max(interval_ms.saturating_mul(POLLS_MISSED_MAX)) {
        Err(CheckFault::Lagging(lag_ms / 1_000))
    } else {
        Ok(Some(format!("{} s", lag_ms / 1_000)))
    };
    [polled, Found::new("lag", lag)]
}
