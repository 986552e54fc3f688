//! Facts of the past that parts tell one another through the journal.
//!
//! Once written, a variant keeps its meaning for ever: journals are replayed.

use serde::{Deserialize, Serialize};

use crate::{MediaId, RecordId, SourceId};

/// A place in the journal; positions are gapless and in the order of commits.
pub type Position = i64;

/// What happened. One event covers a whole batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Records `first` to `first + count - 1` stand in the archive.
    MessageArchived {
        /// The source they came from.
        source: SourceId,
        /// The first record of the batch.
        first: RecordId,
        /// How many, all consecutive.
        count: i64,
    },
    /// A media item's bytes are complete and stored.
    MediaStored {
        /// Whose media it is.
        record: RecordId,
        /// The item.
        media: MediaId,
    },
}
