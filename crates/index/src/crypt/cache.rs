//! Decrypted ranges of index files, the least recently used ones dropped first, bounded by bytes.
//!
//! One cache serves all files of an index. Columns and posting lists are read as a whole again and again; they are kept under their
//! exact range. Everything smaller is kept by block.
//! It must never hold a range of a file that no one has open any more.

use lru::LruCache;
use parking_lot::Mutex;
use tantivy::directory::OwnedBytes;

/// Beside its bytes an entry costs about this much, so that many tiny ones are bounded too.
const ENTRY_BYTES: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RangeKey {
    pub file: u64,
    pub start: usize,
    pub end: usize,
}

pub struct Cache {
    inner: Mutex<Inner>,
    bytes_max: usize,
}

struct Inner {
    entries: LruCache<RangeKey, OwnedBytes>,
    bytes: usize,
    next_file: u64,
}

impl Cache {
    pub fn new(bytes_max: usize) -> Self {
        Cache { inner: Mutex::new(Inner { entries: LruCache::unbounded(), bytes: 0, next_file: 0 }), bytes_max }
    }

    /// A number for a newly opened file, never given twice.
    pub fn file_number(&self) -> u64 {
        let mut inner = self.inner.lock();
        inner.next_file += 1;
        inner.next_file
    }

    pub fn find(&self, key: RangeKey) -> Option<OwnedBytes> {
        self.inner.lock().entries.get(&key).cloned()
    }

    /// Keeps a range, unless it alone would take more than half of the room.
    pub fn keep(&self, key: RangeKey, bytes: &OwnedBytes) {
        let cost = bytes.len() + ENTRY_BYTES;
        if cost > self.bytes_max / 2 {
            return;
        }
        let mut dropped = Vec::new();
        let mut inner = self.inner.lock();
        inner.bytes += cost;
        dropped.extend(inner.entries.put(key, bytes.clone()));
        while inner.bytes.saturating_sub(freed(&dropped)) > self.bytes_max {
            let Some((_, oldest)) = inner.entries.pop_lru() else { break };
            dropped.push(oldest);
        }
        inner.bytes = inner.bytes.saturating_sub(freed(&dropped));
        // Large buffers are freed after the lock is.
        drop(inner);
    }

    pub fn forget_file(&self, file: u64) {
        let mut inner = self.inner.lock();
        let keys: Vec<RangeKey> = inner.entries.iter().map(|(key, _)| *key).filter(|key| key.file == file).collect();
        for key in keys {
            if let Some(bytes) = inner.entries.pop(&key) {
                inner.bytes = inner.bytes.saturating_sub(bytes.len() + ENTRY_BYTES);
            }
        }
    }
}

fn freed(dropped: &[OwnedBytes]) -> usize {
    dropped.iter().map(|bytes| bytes.len() + ENTRY_BYTES).sum()
}
