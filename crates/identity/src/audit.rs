//! The audit trail: who did what to what, when, and how it ended; each entry with a leaf in the audit log.
//!
//! An answer leaves only after its entry is durable. Nothing here holds secrets or the text of a message.

mod act;
mod leaf;
mod readings;
mod verify;
mod writer;

use serde::{Deserialize, Serialize};
use xinlu_http::Outcome;
use xinlu_model::{AuditId, Time, UserId};

pub(crate) use act::Act;
pub use leaf::{AUDIT_BLIND_BYTES, AUDIT_LEAF_BYTES, audit_canonical, audit_leaf};
pub use readings::{Reading, readings};
pub use verify::{AuditCheck, AuditFault, AuditProblem, OtherLeaf, verify_audit};
pub(crate) use writer::{AuditWriter, entry_of};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// Done.
    Done,
    /// Not allowed.
    Refused,
    /// Failed.
    Failed,
    /// The row holds a number that no version of this program writes: it was altered. Never asked for, only shown.
    #[serde(skip_deserializing)]
    Unknown,
}

impl AuditOutcome {
    /// The number on disk and in the leaf; never changes. That of an unknown one is in no leaf, so its entry is told as
    /// altered.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Done => 1,
            Self::Refused => 2,
            Self::Failed => 3,
        }
    }

    /// The outcome of a number on disk.
    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Done,
            2 => Self::Refused,
            3 => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

impl From<Outcome> for AuditOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Refused => Self::Refused,
            Outcome::Failed => Self::Failed,
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, without gaps.
    pub id: AuditId,
    /// When.
    pub at: Time,
    /// Who; `None` before signing in and on the command line.
    pub user: Option<UserId>,
    /// Their name at that time.
    pub user_name: String,
    /// What, `part.verb`.
    pub action: String,
    /// To what.
    pub target: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// More, as JSON text.
    pub detail: String,
    /// The request.
    pub request_id: String,
}
