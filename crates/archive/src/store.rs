//! All SQL of the archive, one file a subject.
//!
//! Nothing here decides; it only reads and writes rows.

pub(crate) mod checks;
pub(crate) mod consents;
pub(crate) mod contact_visibility;
pub(crate) mod conversations;
pub(crate) mod days;
pub(crate) mod intake;
pub(crate) mod media;
pub(crate) mod migrations;
pub(crate) mod parked;
pub(crate) mod reach;
pub(crate) mod records;
pub(crate) mod rooms;
pub(crate) mod sizes;
pub(crate) mod sources;
pub(crate) mod status;
pub(crate) mod traces;

use xinlu_db::Value;

/// Sequence numbers are unsigned at the source; beyond 2^63 they are stored as negative numbers and come back unchanged.
pub(crate) fn seq(number: u64) -> Value {
    Value::Int(number.cast_signed())
}

/// The counter of records; locked from the first step of an append, so appends of one database come one after the other.
pub(crate) const RECORD_COUNTER: &str = "archive_record";
