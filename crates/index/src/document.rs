//! What the index is told about a message.
//!
//! It must never carry anything that is not needed to find, filter, sort or count.

/// A message as the index sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexDoc {
    /// The archive record: unique, growing with the order of archiving.
    pub record: u64,
    /// Microseconds since 1970-01-01 UTC.
    pub sent_at_micros: i64,
    pub kind: u16,
    pub source: u32,
    pub conversation: u64,
    /// Party number of the sender.
    pub sender: u64,
    /// Own members among the parties; the scope of a reader is judged by these.
    pub members: Vec<u64>,
    /// All parties, members and contacts, senders and recipients.
    pub parties: Vec<u64>,
    pub has_media: bool,
    /// The original texts; each is searched by itself, no term matches across two of them.
    pub pieces: Vec<String>,
}

impl IndexDoc {
    /// The parties other than the sender, each once.
    pub fn recipients(&self) -> Vec<u64> {
        let mut recipients: Vec<u64> = self.parties.iter().copied().filter(|party| *party != self.sender).collect();
        recipients.sort_unstable();
        recipients.dedup();
        recipients
    }
}
