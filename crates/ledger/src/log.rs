//! The logs there are, and the kinds of reference their leaves are known by.
//!
//! Numbers and names stand in databases and directories for ever: never change one.

/// One of our logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogName {
    /// Records, media and reports of the archive.
    Archive,
    /// The audit trail.
    Audit,
}

impl LogName {
    /// The log's folder below `DATA/log`, and its label in metrics.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Audit => "audit",
        }
    }

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Archive => 1,
            Self::Audit => 2,
        }
    }

    /// The bell that rings when something was submitted.
    pub(crate) const fn topic(self) -> &'static str {
        match self {
            Self::Archive => "ledger_archive",
            Self::Audit => "ledger_audit",
        }
    }

    /// The counter that numbers pending batches in the order of their commits.
    pub(crate) const fn counter(self) -> &'static str {
        match self {
            Self::Archive => "ledger_archive",
            Self::Audit => "ledger_audit",
        }
    }
}

/// What a reference counts. The number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefKind(pub i64);

impl RefKind {
    /// A record of the archive.
    pub const RECORD: Self = Self(1);
    /// A finished download of a medium.
    pub const MEDIA: Self = Self(2);
    /// An entry of the audit trail.
    pub const AUDIT: Self = Self(3);
    /// A checkpoint of the other log.
    pub const CHECKPOINT: Self = Self(4);
    /// A report of reconciliation.
    pub const REPORT: Self = Self(5);
}
