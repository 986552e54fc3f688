//! Wake-ups inside this process: who waits for work is told after the commit that brought it.
//!
//! Only a hint. Every waiter also looks by itself now and then, so a lost hint costs time, never work.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The topics of one database.
#[derive(Default)]
pub(crate) struct Wakes(Mutex<HashMap<&'static str, Arc<Notify>>>);

impl Wakes {
    /// The bell of a topic; `notified().await` waits for it.
    pub(crate) fn listen(&self, topic: &'static str) -> Arc<Notify> {
        Arc::clone(self.0.lock().entry(topic).or_default())
    }

    /// Rings it: one stored permit, so a ring before the wait is not lost.
    pub(crate) fn ring(&self, topic: &'static str) {
        self.listen(topic).notify_one();
    }
}
