//! The secrets of WeCom's HTTP APIs: whether each gets a token and may read what it is for.
//!
//! It asks with a client of its own, so that no token from before hides that a secret was changed.

use std::sync::Arc;

use super::{CheckFault, Found, Outcome, Subject, bounded, of_code};
use crate::corp::client;
use crate::wecom_app::client::{SecretKind, WecomClient};
use crate::wecom_app::contacts::{department_count, permit_list};
use crate::wecom_app::error::WecomError;

/// The checks that ask WeCom.
pub(super) const ASK_WECOM: [&str; 4] = ["permit_list", "contact_secret", "contacts", "external_secret"];

pub(super) async fn checks(subject: &Subject<'_>) -> Vec<Found> {
    let client = match client(subject.config, subject.clock) {
        Ok(Some(client)) => client,
        Ok(None) => return ASK_WECOM.map(Found::skipped).into(),
        Err(error) => {
            tracing::warn!(corp = subject.config.corp_id, %error, "no client for the checks");
            return ASK_WECOM.map(|name| Found::new(name, Err(CheckFault::Unknown))).into();
        }
    };
    let ms = subject.check_ms;
    let (permits, contacts, external) =
        tokio::join!(permits(&client, ms), contacts(&client, ms), external(&client, ms));
    let mut found = vec![permits];
    found.extend(contacts);
    found.push(external);
    found
}

async fn permits(client: &Arc<WecomClient>, ms: u64) -> Found {
    if !client.has(SecretKind::Archive) {
        return Found::skipped("permit_list");
    }
    let read = bounded(ms, async { permit_list(client).await.map_err(of_archive) }).await;
    Found::new("permit_list", read.map(|members| Some(format!("{} members", members.len()))))
}

async fn contacts(client: &Arc<WecomClient>, ms: u64) -> [Found; 2] {
    if !client.has(SecretKind::Contacts) {
        return ["contact_secret", "contacts"].map(Found::skipped);
    }
    let secret = Found::new("contact_secret", sign_in(client, SecretKind::Contacts, ms).await);
    if matches!(secret.outcome, Outcome::Failed(_)) {
        return [secret, Found::skipped("contacts")];
    }
    let read = bounded(ms, async { department_count(client).await.map_err(of_directory) }).await;
    [secret, Found::new("contacts", read.map(|departments| Some(format!("{departments} departments"))))]
}

async fn external(client: &Arc<WecomClient>, ms: u64) -> Found {
    if !client.has(SecretKind::External) {
        return Found::skipped("external_secret");
    }
    Found::new("external_secret", sign_in(client, SecretKind::External, ms).await)
}

async fn sign_in(client: &Arc<WecomClient>, kind: SecretKind, ms: u64) -> Result<Option<String>, CheckFault> {
    bounded(ms, async { client.sign_in(kind).await.map_err(of_archive) }).await.map(|()| None)
}

/// What the secret may not read is another fault than a wrong secret.
fn of_directory(error: WecomError) -> CheckFault {
    match error.errcode() {
        Some(errcode) if error.is_not_permitted() => CheckFault::NotPermitted(errcode),
        _ => of_archive(error),
    }
}

fn of_archive(error: WecomError) -> CheckFault {
    match error {
        WecomError::Refused { errcode, address, .. } => of_code(errcode, address),
        WecomError::TimedOut => CheckFault::TimedOut,
        WecomError::NotJson | WecomError::TooLarge => CheckFault::AnswerUnreadable,
        WecomError::Throttled { .. } => CheckFault::Busy(THROTTLED),
        other @ (WecomError::Network(_) | WecomError::Status(_)) => CheckFault::NoAnswer(other.to_string()),
        WecomError::NoSecret => CheckFault::SecretMissing,
    }
}

/// WeCom's number for an API that is called too often.
const THROTTLED: i64 = 45009;
