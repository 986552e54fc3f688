//! Downloads media: claims what is due, fetches it in chunks, resumes where it stopped, retries within bounds
//! (PROTOCOL.md 3.1.4).
//!
//! Lanes run beside intake with workers of their own, so a large video never delays a message. It never keeps a file in
//! memory, and never takes a file's name for a path.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use xinlu_archive::{Archive, MediaFailure, MediaReason, MediaTask};
use xinlu_model::{Clock, SourceId, Time};

use super::intake::{settings, with_library};
use super::sdk_worker::{MediaChunk, SdkError, SdkProcess, WorkerCommand};
use super::status::IntakeStatus;
use crate::stop::stopped;
use crate::{ChannelError, WecomArchiveConfig};

/// Items claimed at once by a lane.
const CLAIM_MAX: u32 = 16;
/// How long a claim lasts; a lane that died gives its items back after this.
const LEASE_MS: i64 = 10 * 60_000;
/// How often a lane without work looks by itself.
const LOOK_AGAIN_MS: u64 = 2_000;
/// A lane without work for so many looks lets its worker go.
const IDLE_LOOKS_MAX: u32 = 30;
/// First wait after a failure that may pass; doubled each time.
const RETRY_MS: i64 = 5_000;
/// Longest such wait.
const RETRY_MS_MAX: i64 = 3 * 3_600_000;
/// Tries when the network or WeCom fails: with the waits above, more than the five days that WeCom keeps media.
const NETWORK_ATTEMPTS_MAX: u32 = 60;
/// Tries when what comes is not what was declared.
const CONTENT_ATTEMPTS_MAX: u32 = 5;
/// Wait after the worker cannot start at all.
const WORKER_WAIT_MS: u64 = 5_000;
/// WeCom's 5-day window is over, or the file was deleted.
const CODES_LOST: [i32; 1] = [10010];
/// The handle is not known.
const CODES_UNKNOWN: [i32; 2] = [10005, 301_048];
/// These may pass: network, unreadable reply, system failure, and configuration that a person mends.
const CODES_RETRY: [i32; 5] = [10001, 10002, 10003, 10009, 10011];

/// The media of one corp.
pub struct MediaFetch {
    /// Where it goes.
    pub archive: Arc<Archive>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whose.
    pub source: SourceId,
    /// Where it is noted how it goes.
    pub status: Arc<Mutex<IntakeStatus>>,
    /// Rings when there may be work; it wakes one lane, which wakes the next when there is more than it can claim.
    pub bell: Arc<Notify>,
    /// The corp's id.
    pub corp_id: String,
    /// How to fetch.
    pub config: WecomArchiveConfig,
    /// How to start a worker; the library's path is added.
    pub worker: WorkerCommand,
}

/// How one download ended.
enum Ended {
    Stored,
    Failed(MediaReason),
    /// Another lane or process has it now.
    ClaimLost,
    /// The worker cannot run; nothing is known of the item.
    NoWorker,
}

impl MediaFetch {
    /// Runs all lanes until told to stop. Nobody else may fetch from this source meanwhile.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        // What a process that died was fetching is nobody's now.
        if let Err(error) = self.archive.release_media(self.source).await {
            tracing::error!(source = %self.source, %error, "media claimed before the start waits for its lease to end");
        }
        let mut lanes = JoinSet::new();
        for _ in 0..self.config.media_lanes {
            lanes.spawn(Arc::clone(&self).run_lane(stop.clone()));
        }
        while lanes.join_next().await.is_some() {}
    }

    /// A worker for a lane.
    pub fn sdk(&self) -> SdkProcess {
        let command = with_library(&self.worker, &self.config.library);
        SdkProcess::new(command, settings(&self.corp_id, &self.config))
    }

    async fn run_lane(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut sdk = self.sdk();
        let mut idle_looks = 0;
        while !*stop.borrow() {
            let worked = tokio::select! {
                worked = self.work(&mut sdk) => worked,
                () = stopped(&mut stop) => break,
            };
            let wait_ms = match worked {
                Ok(true) => {
                    idle_looks = 0;
                    continue;
                }
                Ok(false) => LOOK_AGAIN_MS,
                Err(error) => {
                    tracing::error!(source = %self.source, %error, "fetching media failed and will go on");
                    WORKER_WAIT_MS
                }
            };
            idle_looks += 1;
            if idle_looks == IDLE_LOOKS_MAX {
                sdk.stop();
            }
            tokio::select! {
                () = self.bell.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
                () = stopped(&mut stop) => break,
            }
        }
    }

    /// Claims and fetches what is due; `false` when nothing was. After an error the other claims go back at once.
    pub async fn work(&self, sdk: &mut SdkProcess) -> Result<bool, ChannelError> {
        let tasks = self.archive.claim_media(self.source, CLAIM_MAX, LEASE_MS).await?;
        if tasks.len() >= CLAIM_MAX as usize {
            self.bell.notify_one();
        }
        let mut left = tasks.as_slice();
        let worked = self.fetch_all(sdk, &mut left).await;
        if worked.is_err()
            && let Err(error) = self.archive.unclaim_media(left).await
        {
            tracing::error!(source = %self.source, %error, "claimed media waits for its leases to end");
        }
        worked.map(|()| !tasks.is_empty())
    }

    /// Fetches one item after the other; after an error `left` are those to be given back. An item that the archive
    /// failed at is not among them: it waits for its lease to end, or it would be the first to be claimed again and hold
    /// up all others.
    async fn fetch_all(&self, sdk: &mut SdkProcess, left: &mut &[MediaTask]) -> Result<(), ChannelError> {
        while let Some((task, rest)) = left.split_first() {
            let together = *left;
            *left = rest;
            match self.fetch(sdk, task).await? {
                Ended::Stored => {
                    self.status.lock().media_stored += 1;
                    metrics::counter!("xinlu_wecom_media_stored_total").increment(1);
                }
                Ended::Failed(reason) => self.failed(task, reason).await?,
                Ended::ClaimLost => tracing::info!(media = %task.media, "another lane has this media item now"),
                // Not the items' fault: they go back without counting as a try.
                Ended::NoWorker => {
                    *left = together;
                    return Err(ChannelError::Sdk(SdkError::Start("media cannot be fetched".to_owned())));
                }
            }
        }
        Ok(())
    }

    async fn failed(&self, task: &MediaTask, reason: MediaReason) -> Result<(), ChannelError> {
        let retry_at = retry_at(reason, task.attempts, self.clock.now());
        tracing::warn!(
            media = %task.media, record = %task.record, reason = reason.name(), again = retry_at.is_some(),
            "a media item was not fetched"
        );
        self.status.lock().media_failed += 1;
        metrics::counter!("xinlu_wecom_media_failed_total").increment(1);
        self.archive.media_failed(task, reason, retry_at).await?;
        Ok(())
    }

    async fn fetch(&self, sdk: &mut SdkProcess, task: &MediaTask) -> Result<Ended, ChannelError> {
        let mut writer = self.archive.media_writer(task);
        let mut index = task.resume.as_ref().map(|resume| resume.index.clone()).unwrap_or_default();
        loop {
            let chunk = match sdk.media(&index, &task.handle).await {
                Ok(chunk) => chunk,
                Err(SdkError::Died) => return Ok(Ended::Failed(MediaReason::SdkCrashed)),
                Err(_) => return Ok(Ended::NoWorker),
            };
            if chunk.code != 0 {
                return Ok(Ended::Failed(reason_of(chunk.code)));
            }
            let MediaChunk { finished, next_index, data, .. } = chunk;
            // A library that neither moves on nor ends would hold the lane for ever.
            if !finished && (data.is_empty() || next_index == index) {
                return Ok(Ended::Failed(MediaReason::Network));
            }
            if let Err(failure) = writer.write(data, &next_index).await {
                return ended(failure);
            }
            if finished {
                return match writer.finish().await {
                    Ok(()) => Ok(Ended::Stored),
                    Err(failure) => ended(failure),
                };
            }
            index = next_index;
        }
    }
}

fn ended(failure: MediaFailure) -> Result<Ended, ChannelError> {
    match failure {
        MediaFailure::Checked(reason) => Ok(Ended::Failed(reason)),
        MediaFailure::ClaimLost => Ok(Ended::ClaimLost),
        MediaFailure::Archive(error) => Err(error.into()),
    }
}

/// What a return code of `GetMediaData` means for the item.
fn reason_of(code: i32) -> MediaReason {
    match code {
        code if CODES_LOST.contains(&code) => MediaReason::Expired,
        code if CODES_UNKNOWN.contains(&code) => MediaReason::HandleUnknown,
        code if CODES_RETRY.contains(&code) => MediaReason::Network,
        _ => MediaReason::Refused,
    }
}

/// When to try again; `None`: no more. `attempts` counts the tries before this one.
fn retry_at(reason: MediaReason, attempts: u32, now: Time) -> Option<Time> {
    let attempts_max = match reason {
        MediaReason::Network => NETWORK_ATTEMPTS_MAX,
        MediaReason::Md5Mismatch | MediaReason::SizeMismatch | MediaReason::Empty | MediaReason::SdkCrashed => {
            CONTENT_ATTEMPTS_MAX
        }
        _ => return None,
    };
    if attempts + 1 >= attempts_max {
        return None;
    }
    Some(now.plus_millis((RETRY_MS << attempts.min(20)).min(RETRY_MS_MAX)))
}

#[cfg(test)]
mod tests;
