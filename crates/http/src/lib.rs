//! The shape of every endpoint: path, permission and audit action stand together as data, and one place checks them.
//!
//! Words: an `Endpoint` is one row of the table; a `Caller` is who asks, with `Grants`; a `Call` is what a handler gets;
//! `Authenticate` and `AuditSink` are implemented by `identity` and wired by `server`.
//!
//! Invariants: no handler runs before its row's access was checked; an audited answer leaves only after its entry is
//! durable; every error is `{"error":{"code","message","request_id"}}`; the OpenAPI document is made of the same rows.
//!
//! It holds no rule of any part and opens no database.

mod access;
mod call;
mod endpoint;
mod error;
mod extract;
mod openapi;
mod router;
mod walk;

pub use access::{Access, Caller, Grant, Grants, Level, Visible};
pub use call::{AuditRecord, AuditSink, Authenticate, Call, Credentials, Outcome};
pub use endpoint::Endpoint;
pub use error::{Answer, ApiError};
pub use extract::{Json, Path, Query};
pub use openapi::document;
pub use router::{SESSION_COOKIE, Services, router, session_token};
pub use walk::{Probe, Probed, probes, walk};
