//! The last changes in memory, numbered. Pure but for its locks.
//!
//! A number is never given twice in an epoch, and an epoch is one run of the server: what was before it is not known here.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

/// Changes that are kept for those who come back: some minutes of a busy server.
const KEPT: usize = 1_024;

/// What a change is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// Messages were archived.
    Intake,
    /// Messages can be found.
    Index,
    /// What somebody must see to.
    Alarm,
    /// A log has grown.
    Log,
}

impl Topic {
    /// As the frames say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Index => "index",
            Self::Alarm => "alarm",
            Self::Log => "log",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) seq: u64,
    pub(crate) topic: Topic,
    pub(crate) data: Value,
}

/// What was asked for is no longer kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missed {
    pub(crate) last: u64,
}

#[derive(Default)]
struct Kept {
    changes: VecDeque<Change>,
    last: u64,
    newest: HashMap<Topic, Value>,
}

/// Where changes are told and heard.
pub(crate) struct Hub {
    epoch: String,
    kept: Mutex<Kept>,
    bell: watch::Sender<u64>,
}

impl Hub {
    /// A hub that has told nothing; no two runs share an epoch.
    pub(crate) fn new(epoch: String) -> Self {
        Self { epoch, kept: Mutex::default(), bell: watch::Sender::new(0) }
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The number of the last change; 0 when there was none.
    pub(crate) fn last(&self) -> u64 {
        self.kept.lock().last
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.bell.receiver_count()
    }

    /// Told at every change.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Tells a change, unless it is what the topic said last.
    pub(crate) fn tell(&self, topic: Topic, data: Value) {
        let mut kept = self.kept.lock();
        if kept.newest.get(&topic) == Some(&data) {
            return;
        }
        kept.newest.insert(topic, data.clone());
        kept.last += 1;
        let seq = kept.last;
        if kept.changes.len() == KEPT {
            kept.changes.pop_front();
        }
        kept.changes.push_back(Change { seq, topic, data });
        drop(kept);
        self.bell.send_replace(seq);
    }

    /// All changes after a number.
    pub(crate) fn after(&self, seq: u64) -> Result<Vec<Change>, Missed> {
        let kept = self.kept.lock();
        let oldest = kept.changes.front().map_or(kept.last + 1, |change| change.seq);
        if seq + 1 < oldest {
            return Err(Missed { last: kept.last });
        }
        Ok(kept.changes.iter().filter(|change| change.seq > seq).cloned().collect())
    }
}

/// `EPOCH:SEQ`.
pub(crate) fn read_place(text: &str) -> Option<(String, u64)> {
    let (epoch, seq) = text.rsplit_once(':')?;
    let seq: u64 = seq.parse().ok()?;
    (!epoch.is_empty() && seq < u64::MAX).then(|| (epoch.to_owned(), seq))
}
