//! The context of one call, and the two faces that `identity` implements.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use parking_lot::Mutex;
use serde_json::Value;
use xinlu_model::{ErrorKind, Time};

use crate::{ApiError, Caller};

/// What the request carries to say who asks.
#[derive(Debug)]
pub struct Credentials<'a> {
    /// `Authorization: Bearer …`: an API key.
    pub bearer: Option<&'a str>,
    /// The session cookie.
    pub session: Option<&'a str>,
}

/// Finds out who asks.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// `None`: nobody known; an error only when it could not be found out.
    async fn authenticate(&self, credentials: &Credentials<'_>, now: Time) -> Result<Option<Caller>, ApiError>;
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Not allowed.
    Refused,
    /// Failed.
    Failed,
}

/// One entry for the audit trail.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    /// When.
    pub at: Time,
    /// Who; `None` before signing in.
    pub caller: Option<Caller>,
    /// What, `part.verb`.
    pub action: String,
    /// To what: the path, or what the handler named.
    pub target: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More, without secrets or message text.
    pub detail: Value,
    /// The request.
    pub request_id: String,
}

/// Writes the audit trail.
#[async_trait]
pub trait AuditSink: Send + Sync {
    /// Durable when it returns.
    async fn record(&self, record: AuditRecord) -> Result<(), ApiError>;
}

/// What a handler may say for the audit entry of its call.
#[derive(Default)]
pub(crate) struct Noted {
    pub(crate) target: Option<String>,
    pub(crate) detail: Value,
    pub(crate) caller: Option<Caller>,
    pub(crate) entered: bool,
    pub(crate) showed_nothing: bool,
}

/// The context of one call. As an argument of a handler it is always there; `caller()` only behind a check.
#[derive(Clone)]
pub struct Call {
    pub(crate) caller: Option<Caller>,
    pub(crate) now: Time,
    pub(crate) request_id: String,
    pub(crate) address: Option<IpAddr>,
    pub(crate) noted: Arc<Mutex<Noted>>,
}

impl Call {
    /// Who asks; an error on a public endpoint without sign-in.
    pub fn caller(&self) -> Result<&Caller, ApiError> {
        self.caller.as_ref().ok_or_else(ApiError::unauthenticated)
    }

    /// The time of this call.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The id of this request, as in the logs and in errors.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The address the connection came from (a proxy's, behind one); `None` when the server did not say.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Names what was read or changed in the audit entry, instead of the bare path. No secrets, no message text.
    pub fn note(&self, target: &str, detail: Value) {
        let mut noted = self.noted.lock();
        noted.target = Some(target.to_owned());
        noted.detail = detail;
    }

    /// Says that the audit entry of this call was written together with what it did, so that a second one is needed only if it
    /// fails after all.
    pub fn entered(&self) {
        self.noted.lock().entered = true;
    }

    /// Says that this call, unlike others of its endpoint, shows nothing that somebody must answer for, so that it needs an
    /// entry only if it is refused.
    pub fn shows_nothing(&self) {
        self.noted.lock().showed_nothing = true;
    }

    /// Says who asks in the audit entry of a call that began without knowing (signing in).
    pub fn identified(&self, caller: Caller) {
        self.noted.lock().caller = Some(caller);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let call = parts.extensions.get::<Self>().cloned();
        call.ok_or_else(|| ApiError::new(ErrorKind::Internal, "http.no_call", "this endpoint is not in the table"))
    }
}
