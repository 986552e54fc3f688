//! The one face of full text search.
//!
//! It must never be implemented with weaker promises than the ones written here; the conformance suite checks them.

use crate::{IndexDoc, IndexError, SearchAnswer, SearchRequest};

/// A full text engine. All methods may block; call them on the blocking pool.
///
/// One feeder at a time calls the writing methods; searching is free at any time and sees the last commit.
pub trait Engine: Send + Sync {
    /// Takes documents for the next commit. A record must not be added twice.
    fn add(&self, documents: &[IndexDoc]) -> Result<(), IndexError>;

    /// Takes deletions for the next commit; unknown records are nothing wrong. Applies to documents added before.
    fn delete(&self, records: &[u64]) -> Result<(), IndexError>;

    /// Makes what was taken since the last commit durable and visible, together with the journal position reached, in one step.
    ///
    /// `after` is the position from which the feeder went on. If the index is at another one (another generation has been put in
    /// its place), everything taken is dropped and [`IndexError::Position`] says where to go on.
    fn commit(&self, after: u64, position: u64) -> Result<(), IndexError>;

    /// Journal position of the last commit; 0 for an empty index. After a crash the feeder goes on from here.
    fn position(&self) -> Result<u64, IndexError>;

    fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, IndexError>;

    /// Rewrites every part that still holds deleted documents, so that nothing of them is left. Call after the commit of the
    /// deletions; for erasure.
    fn purge(&self) -> Result<(), IndexError>;

    /// Starts a second generation beside this one, empty and at position 0. One at a time.
    fn rebuild(&self) -> Result<Box<dyn Rebuild>, IndexError>;

    fn status(&self) -> Result<EngineStatus, IndexError>;
}

/// A generation that is being built while the old one serves. Dropping it discards what was built.
pub trait Rebuild: Send {
    fn add(&mut self, documents: &[IndexDoc]) -> Result<(), IndexError>;

    fn delete(&mut self, records: &[u64]) -> Result<(), IndexError>;

    fn commit(&mut self, position: u64) -> Result<(), IndexError>;

    /// Puts this generation in the place of the old one, at once for new searches, and removes the old one. What was not
    /// committed to it is dropped. The feeder goes on from this generation's position.
    fn finish(self: Box<Self>) -> Result<(), IndexError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineStatus {
    pub documents: u64,
    pub segments: usize,
    /// On the disk.
    pub bytes: u64,
    pub position: u64,
    pub generation: u64,
}
