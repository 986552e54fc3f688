//! An act and its entry in the audit trail, in one transaction: neither is ever there without the other.
//!
//! The router makes an entry of every audited call as well, unless it is told that one is there already. Nothing here
//! holds secrets.

use serde_json::{Value, json};
use xinlu_db::Tx;
use xinlu_http::{AuditRecord, Call, Caller, Outcome};
use xinlu_model::{AuditId, Time};

use crate::{Identity, IdentityError};

use super::writer::{append, entry_of};

/// Who acts, when, and in which request.
#[derive(Clone)]
pub(crate) struct Act {
    /// `None` on the command line.
    call: Option<Call>,
    at: Time,
    caller: Option<Caller>,
    action: &'static str,
}

impl Act {
    /// In a call; `action` is what the endpoint table calls it.
    pub(crate) fn of(call: &Call, action: &'static str) -> Self {
        Self { call: Some(call.clone()), at: call.now(), caller: call.caller().ok().cloned(), action }
    }

    /// From the command line, where nobody is signed in.
    pub(crate) fn by_command(now: Time, action: &'static str) -> Self {
        Self { call: None, at: now, caller: None, action }
    }

    /// The same, of somebody who was not known when the call began.
    pub(crate) fn of_caller(self, caller: Caller) -> Self {
        Self { caller: Some(caller), ..self }
    }

    fn record(&self, target: &str, mut detail: Value) -> AuditRecord {
        if self.call.is_none()
            && let Some(fields) = detail.as_object_mut()
        {
            fields.insert("by".to_owned(), json!("command line"));
        }
        AuditRecord {
            at: self.at,
            caller: self.caller.clone(),
            action: self.action.to_owned(),
            target: target.to_owned(),
            outcome: Outcome::Done,
            detail,
            request_id: self.call.as_ref().map(|call| call.request_id().to_owned()).unwrap_or_default(),
        }
    }
}

impl Identity {
    /// Enters what an operator is about to do from the command line to something that is not ours; when this fails, it
    /// must not be done.
    pub async fn enter_command(
        &self,
        action: &'static str,
        target: &str,
        detail: Value,
    ) -> Result<AuditId, IdentityError> {
        let act = Act::by_command(self.clock.now(), action);
        let tx = self.db.begin().await?;
        self.commit(tx, &act, target, detail).await
    }

    /// Makes an act durable together with its entry; when the entry cannot be written, nothing was done.
    pub(crate) async fn commit(
        &self,
        mut tx: Tx,
        act: &Act,
        target: &str,
        detail: Value,
    ) -> Result<AuditId, IdentityError> {
        let entry = entry_of(act.record(target, detail));
        let id = match append(&mut tx, &*self.random, vec![entry]).await {
            Ok(id) => id,
            Err(error) => {
                tracing::error!(%error, action = act.action, "an act was taken back: the audit trail cannot be written");
                metrics::counter!("xinlu_audit_failures_total").increment(1);
                return Err(IdentityError::AuditUnavailable);
            }
        };
        tx.commit().await?;
        if let Some(call) = &act.call {
            call.entered();
        }
        Ok(id)
    }
}
