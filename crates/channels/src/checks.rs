//! Checks a connection to WeCom, stored or not, piece by piece: library, secrets, keys, callback, address.
//!
//! Every check ends in bounded time and says what it found by name, code and a sentence. It changes nothing, here or at
//! WeCom, and no answer holds a secret.

mod doctor;
mod exposed;
mod fault;
mod http;
pub(crate) mod local;
mod sdk;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use xinlu_model::{Clock, Fault as _};

pub(crate) use doctor::doctor;
pub use fault::CheckFault;

use crate::WecomConfig;
use crate::wecom_archive::page::trouble;
use crate::wecom_archive::sdk_worker::WorkerCommand;

/// The longest one check may take, in milliseconds. Four are made one after the other at most, and a request ends after a
/// minute.
pub(crate) const CHECK_MS: u64 = 12_000;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckState {
    /// All is well.
    Ok,
    /// Something is wrong; the code says what.
    Failed,
    /// There was nothing to check, or what it needs failed before.
    Skipped,
}

/// One check of a connection.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// What was checked: `corp_id`, `library`, `sdk`, `archive_secret`, `keys`, `permit_list`, `contact_secret`,
    /// `contacts`, `external_secret`, `callback`, `ip`; of a running corp also `notified`, `polled`, `lag`.
    pub(crate) name: &'static str,
    /// How it ended.
    pub(crate) state: CheckState,
    /// The stable code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    /// More for a person; no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// What a check came to, before it is worded.
enum Outcome {
    Ok(Option<String>),
    Failed(CheckFault),
    Skipped(Option<String>),
}

/// A check by name.
struct Found {
    name: &'static str,
    outcome: Outcome,
}

impl Found {
    fn new(name: &'static str, outcome: Result<Option<String>, CheckFault>) -> Self {
        let outcome = match outcome {
            Ok(detail) => Outcome::Ok(detail),
            Err(fault) => Outcome::Failed(fault),
        };
        Self { name, outcome }
    }

    fn skipped(name: &'static str) -> Self {
        Self { name, outcome: Outcome::Skipped(None) }
    }

    fn worded(self) -> Check {
        let (state, code, detail) = match self.outcome {
            Outcome::Ok(detail) => (CheckState::Ok, None, detail),
            Outcome::Failed(fault) => (CheckState::Failed, Some(fault.code()), Some(fault.to_string())),
            Outcome::Skipped(detail) => (CheckState::Skipped, None, detail),
        };
        Check { name: self.name, state, code, detail }
    }
}

/// A connection to check.
pub(crate) struct Subject<'a> {
    /// How it is configured.
    pub(crate) config: &'a WecomConfig,
    /// How to start a worker; the library's path is added.
    pub(crate) worker: &'a WorkerCommand,
    /// The time.
    pub(crate) clock: &'a Arc<dyn Clock>,
    /// The seq to fetch after.
    pub(crate) after: u64,
    /// Versions of keys that messages are known to need.
    pub(crate) keys_seen: BTreeSet<u32>,
    /// The longest one check may take, in milliseconds: `CHECK_MS`.
    pub(crate) check_ms: u64,
}

/// Checks a connection.
pub(crate) async fn connection(subject: &Subject<'_>) -> Vec<Check> {
    found(subject).await.into_iter().map(Found::worded).collect()
}

async fn found(subject: &Subject<'_>) -> Vec<Found> {
    let corp_id = &subject.config.corp_id;
    let mut found = vec![Found::new("corp_id", local::corp_id(corp_id).map(|()| None))];
    let (sdk, http) = tokio::join!(sdk::checks(subject), http::checks(subject));
    found.extend(sdk);
    found.extend(http);
    let callback = subject.config.callback.as_ref();
    let callback = callback.map(|keys| Found::new("callback", local::callback(corp_id, keys).map(|()| None)));
    found.push(callback.unwrap_or(Found::skipped("callback")));
    found.push(address(&found));
    found
}

/// Whether WeCom trusts our address, as the checks before it saw it.
fn address(found: &[Found]) -> Found {
    let asked = || found.iter().filter(|one| sdk::ASKS_WECOM == one.name || http::ASK_WECOM.contains(&one.name));
    let refused = asked().filter_map(|one| match &one.outcome {
        Outcome::Failed(CheckFault::NotTrusted(address)) => Some(*address),
        _ => None,
    });
    // Whoever names the address says more.
    if let Some(address) = refused.max_by_key(Option::is_some) {
        return Found::new("ip", Err(CheckFault::NotTrusted(address)));
    }
    if asked().any(|one| matches!(one.outcome, Outcome::Ok(_))) {
        return Found::new("ip", Ok(None));
    }
    Found::skipped("ip")
}

/// Gives up after the longest that a check may take.
async fn bounded<T>(ms: u64, check: impl Future<Output = Result<T, CheckFault>>) -> Result<T, CheckFault> {
    tokio::time::timeout(Duration::from_millis(ms), check).await.unwrap_or(Err(CheckFault::TimedOut))
}

/// What a return code or errcode says is wrong.
fn of_code(code: i64, address: Option<std::net::IpAddr>) -> CheckFault {
    match trouble(code).name {
        "secret_wrong" => CheckFault::SecretWrong(code),
        "corp_unknown" => CheckFault::CorpUnknown(code),
        "ip_not_trusted" => CheckFault::NotTrusted(address),
        "archive_not_opened" => CheckFault::ArchiveNotOpened,
        "archive_expired" => CheckFault::ArchiveExpired,
        "busy" | "called_too_often" | "system" => CheckFault::Busy(code),
        "network" => CheckFault::NoAnswer(format!("the SDK did not reach WeCom (code {code})")),
        "reply_unreadable" => CheckFault::AnswerUnreadable,
        _ => CheckFault::Refused(code),
    }
}

#[cfg(test)]
mod tests;
