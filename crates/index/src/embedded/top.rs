//! The best k of many, cheaply: candidates gather in a buffer that is cut down to k when full, so most cost one comparison.
//!
//! It must never give two equal keys different ranks between pages; keys are unique because records are.

/// Candidates beyond k before the buffer is cut down.
const SLACK: usize = 1024;

/// Keeps the k greatest keys.
pub struct Top<K> {
    keys: Vec<K>,
    limit: usize,
    /// Keys not above this cannot be among the best any more.
    threshold: Option<K>,
}

impl<K: Ord + Copy> Top<K> {
    pub fn new(limit: usize) -> Self {
        Top { keys: Vec::with_capacity(limit + SLACK), limit, threshold: None }
    }

    pub fn threshold(&self) -> Option<K> {
        self.threshold
    }

    pub fn push(&mut self, key: K) {
        if self.limit == 0 || self.threshold.is_some_and(|threshold| key <= threshold) {
            return;
        }
        self.keys.push(key);
        if self.keys.len() == self.limit + SLACK {
            self.cut();
        }
    }

    /// Cuts down to the best k and raises the threshold.
    pub fn cut(&mut self) {
        if self.limit == 0 || self.keys.len() < self.limit {
            return;
        }
        self.keys.select_nth_unstable_by(self.limit - 1, |a, b| b.cmp(a));
        self.keys.truncate(self.limit);
        self.threshold = self.keys.last().copied();
    }

    /// The best k, best first.
    pub fn into_sorted(mut self) -> Vec<K> {
        self.keys.sort_unstable_by(|a, b| b.cmp(a));
        self.keys.truncate(self.limit);
        self.keys
    }
}
