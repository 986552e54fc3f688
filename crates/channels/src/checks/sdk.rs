//! Library, secret and private keys: a worker of its own loads the library, fetches one message, and the keys are tried on
//! it. Nothing that is fetched is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use xinlu_archive::{Envelope, ParkReason};

use super::{CheckFault, Found, Subject, bounded, local, of_code};
use crate::WecomArchiveConfig;
use crate::wecom_app::error::address_in;
use crate::wecom_archive::decrypt::open_keys;
use crate::wecom_archive::intake::{settings, with_library};
use crate::wecom_archive::key_ring::PrivateKeys;
use crate::wecom_archive::page::{FetchOutcome, read};
use crate::wecom_archive::sdk_worker::{SdkError, SdkProcess};

/// The check that asks WeCom.
pub(super) const ASKS_WECOM: &str = "archive_secret";
/// The library's own time-out, in seconds; it then tells the reason before the check is given up.
const NETWORK_TIMEOUT_S_MAX: u32 = 10;

/// Only the text with the address.
#[derive(Deserialize)]
struct Refusal {
    errmsg: String,
}

pub(super) async fn checks(subject: &Subject<'_>) -> Vec<Found> {
    let Some(archive) = &subject.config.archive else {
        return ["library", "sdk", ASKS_WECOM, "keys"].map(Found::skipped).into();
    };
    let library = local::library(&archive.library);
    let mut settings = settings(&subject.config.corp_id, archive);
    settings.network_timeout_s = settings.network_timeout_s.min(NETWORK_TIMEOUT_S_MAX);
    let mut worker = SdkProcess::new(with_library(subject.worker, &archive.library), settings);
    let loaded = match &library {
        Ok(()) => Some(bounded(subject.check_ms, async { worker.initialise().await.map_err(of_worker) }).await),
        Err(_) => None,
    };
    let fetched = match &loaded {
        Some(Ok(())) if archive.secret.is_empty() => Some(Err(CheckFault::SecretMissing)),
        Some(Ok(())) => Some(bounded(subject.check_ms, fetch(&mut worker, subject.after)).await),
        _ => None,
    };
    let envelopes = fetched.as_ref().and_then(|fetched| fetched.as_ref().ok());
    let keys = keys(archive, &subject.keys_seen, envelopes.map_or(&[], Vec::as_slice));
    let keys = bounded(subject.check_ms, keys).await;
    let detail = |envelopes: Vec<Envelope>| (!envelopes.is_empty()).then(|| "a message was fetched".to_owned());
    let found = |name, outcome: Option<_>| outcome.map_or(Found::skipped(name), |outcome| Found::new(name, outcome));
    vec![
        Found::new("library", library.map(|()| None)),
        found("sdk", loaded.map(|loaded| loaded.map(|()| None))),
        found(ASKS_WECOM, fetched.map(|fetched| fetched.map(detail))),
        Found::new("keys", keys.map(Some)),
    ]
}

fn of_worker(error: SdkError) -> CheckFault {
    match error {
        SdkError::Start(_) => CheckFault::LibraryUnusable(error.to_string()),
        SdkError::Init(code) => CheckFault::SdkRefused(code),
        SdkError::Died => CheckFault::WorkerDied,
    }
}

async fn fetch(worker: &mut SdkProcess, after: u64) -> Result<Vec<Envelope>, CheckFault> {
    let fetched = worker.fetch(after, 1).await.map_err(of_worker)?;
    match read(fetched.code, &fetched.json, after) {
        FetchOutcome::Page(page) => Ok(page.envelopes),
        FetchOutcome::Smaller => Ok(Vec::new()),
        FetchOutcome::Later(trouble) => {
            let refusal = serde_json::from_slice::<Refusal>(&fetched.json).ok();
            Err(of_code(trouble.code, refusal.and_then(|refusal| address_in(&refusal.errmsg))))
        }
    }
}

/// The versions that are here, if they are all that messages need.
async fn keys(
    archive: &WecomArchiveConfig,
    seen: &BTreeSet<u32>,
    envelopes: &[Envelope],
) -> Result<String, CheckFault> {
    let ring = PrivateKeys::of(archive);
    if archive.keys_directory.as_os_str().is_empty() {
        local::given_keys(&archive.given_keys)?;
    }
    ring.rescan().await.map_err(|_| CheckFault::KeysUnreadable)?;
    let held = ring.versions();
    // What is no envelope names no key.
    let sealed: Vec<Envelope> = envelopes.iter().filter(|one| !one.encrypted_key.is_empty()).cloned().collect();
    let needed = seen.iter().copied().chain(sealed.iter().map(|one| one.key_version));
    let missing: BTreeSet<u32> = needed.filter(|version| !held.contains(version)).collect();
    if !missing.is_empty() {
        return Err(CheckFault::KeyMissing(listed(missing)));
    }
    try_on(&ring, &sealed).await?;
    let bad: Vec<String> = ring.bad_files().iter().map(|file| format!("{}: {}", file.name, file.reason)).collect();
    if !bad.is_empty() {
        return Err(CheckFault::KeyFileBad(bad.join("; ")));
    }
    if held.is_empty() { Err(CheckFault::KeysAbsent) } else { Ok(listed(held)) }
}

async fn try_on(ring: &Arc<PrivateKeys>, sealed: &[Envelope]) -> Result<(), CheckFault> {
    let opened = open_keys(ring, sealed, 1).await.map_err(|_| CheckFault::Unknown)?;
    let wrong = sealed.iter().zip(opened).find(|(_, one)| matches!(one, Err((ParkReason::KeyWrong, _))));
    wrong.map_or(Ok(()), |(envelope, _)| Err(CheckFault::KeyWrong(envelope.key_version)))
}

fn listed(versions: impl IntoIterator<Item = u32>) -> String {
    let versions: Vec<String> = versions.into_iter().map(|version| version.to_string()).collect();
    versions.join(", ")
}
