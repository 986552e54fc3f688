//! Conversations that were seen lately, so that a steady stream of messages only counts them up.
//!
//! An entry is put in only after the transaction that made it true was committed.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use xinlu_model::{ConversationId, PartyId, SourceId};

/// Some 200 bytes each for pairs: 4 MB; more than are spoken in on a day in a large company.
const CONVERSATIONS_CACHED: NonZeroUsize = NonZeroUsize::new(20_000).expect("not zero");

/// A conversation with everybody the database knows to take part.
pub(crate) struct Known {
    pub(crate) id: ConversationId,
    pub(crate) parties: HashSet<PartyId>,
}

/// The cache.
pub(crate) struct KnownConversations(Mutex<LruCache<(SourceId, String), Arc<Known>>>);

impl KnownConversations {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(LruCache::new(CONVERSATIONS_CACHED)))
    }

    pub(crate) fn get(&self, source: SourceId, keys: &[&str]) -> Vec<Option<Arc<Known>>> {
        let mut cached = self.0.lock();
        keys.iter().map(|key| cached.get(&(source, (*key).to_owned())).cloned()).collect()
    }

    pub(crate) fn put(&self, source: SourceId, known: Vec<(String, Arc<Known>)>) {
        let mut cached = self.0.lock();
        for (key, known) in known {
            cached.put((source, key), known);
        }
    }
}
