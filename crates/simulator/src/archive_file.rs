//! The envelopes of a corp on disk: one append-only file of ready JSON and one of fixed-size index entries.
//!
//! Envelopes lie one behind the other, each followed by a comma, in the order of their seq (1, 2, 3 …), so that a page of
//! `GetChatData` is one read. Useful for serving at disk speed; not useful for anything but paging by seq. Nothing is ever
//! changed in place: after a crash the torn tail is cut off and written again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::SimulatorError;

/// Bytes of an index entry: end offset (u64), message time in ms (i64), origin (u64), all little-endian.
const ENTRY_BYTES: usize = 24;

/// Where a message came from; the counters of the simulator are counts of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Prepared before the first start.
    Past,
    /// Live traffic.
    Live,
    /// Put in by a test.
    Injected,
}

impl Origin {
    fn number(self) -> u64 {
        match self {
            Self::Past => 0,
            Self::Live => 1,
            Self::Injected => 2,
        }
    }

    fn from_number(number: u64) -> Self {
        match number {
            0 => Self::Past,
            1 => Self::Live,
            _ => Self::Injected,
        }
    }
}

/// One envelope that is to be appended.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The envelope as JSON, without a comma.
    pub json: Vec<u8>,
    /// Time of the message, milliseconds since 1970.
    pub msgtime_ms: i64,
    /// Where it came from.
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    end: u64,
    msgtime_ms: i64,
    origin: Origin,
}

/// A stretch of envelopes that can be read without holding any lock.
#[derive(Clone, Debug)]
pub struct Stretch {
    file: Arc<File>,
    start: u64,
    end: u64,
}

impl Stretch {
    /// The envelopes, each followed by a comma.
    pub fn read(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; (self.end - self.start) as usize];
        self.file.read_exact_at(&mut bytes, self.start)?;
        Ok(bytes)
    }
}

/// The archive of one corp.
#[derive(Debug)]
pub struct ArchiveFile {
    envelopes: Arc<File>,
    index: File,
    places: Vec<Place>,
    counts: BTreeMap<u64, u64>,
    path: PathBuf,
}

impl ArchiveFile {
    /// Opens `NAME.bin` and `NAME.idx` in `folder`, making them when absent and cutting off a torn tail.
    pub fn open(folder: &Path, name: &str) -> Result<Self, SimulatorError> {
        let path = folder.join(format!("{name}.bin"));
        let at = |error| SimulatorError::file(&path, error);
        std::fs::create_dir_all(folder).map_err(at)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let envelopes = options.open(&path).map_err(at)?;
        let index_path = folder.join(format!("{name}.idx"));
        let index = options.open(&index_path).map_err(at)?;
        let bytes = std::fs::read(&index_path).map_err(at)?;
        let length = envelopes.metadata().map_err(at)?.len();
        let mut places: Vec<Place> = bytes.chunks_exact(ENTRY_BYTES).filter_map(read_place).collect();
        while places.last().is_some_and(|place| place.end > length) {
            places.pop();
        }
        envelopes.set_len(places.last().map_or(0, |place| place.end)).map_err(at)?;
        index.set_len((places.len() * ENTRY_BYTES) as u64).map_err(at)?;
        let mut file =
            Self { envelopes: Arc::new(envelopes), index, places: Vec::new(), counts: BTreeMap::new(), path };
        file.add(places);
        Ok(file)
    }

    /// The seq of the last envelope, 0 when there is none. Seqs have no gaps.
    pub fn last_seq(&self) -> u64 {
        self.places.len() as u64
    }

    /// How many envelopes came from `origin`.
    pub fn count(&self, origin: Origin) -> u64 {
        self.counts.get(&origin.number()).copied().unwrap_or(0)
    }

    /// Appends envelopes; the first gets `last_seq() + 1`. Both files are written, the index last.
    pub fn append(&mut self, entries: &[Entry]) -> Result<(), SimulatorError> {
        let mut end = self.places.last().map_or(0, |place| place.end);
        let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.json.len() + 1).sum());
        let mut index = Vec::with_capacity(entries.len() * ENTRY_BYTES);
        let mut places = Vec::with_capacity(entries.len());
        for entry in entries {
            bytes.extend_from_slice(&entry.json);
            bytes.push(b',');
            end += entry.json.len() as u64 + 1;
            index.extend_from_slice(&end.to_le_bytes());
            index.extend_from_slice(&entry.msgtime_ms.to_le_bytes());
            index.extend_from_slice(&entry.origin.number().to_le_bytes());
            places.push(Place { end, msgtime_ms: entry.msgtime_ms, origin: entry.origin });
        }
        (&*self.envelopes)
            .write_all(&bytes)
            .and_then(|()| self.index.write_all(&index))
            .map_err(|error| SimulatorError::file(&self.path, error))?;
        self.add(places);
        Ok(())
    }

    /// The stretch of at most `count` envelopes whose seq is greater than `after_seq`, and how many they are.
    pub fn stretch(&self, after_seq: u64, count: u64) -> (Stretch, u64) {
        let first = after_seq.min(self.last_seq());
        let last = first.saturating_add(count).min(self.last_seq());
        let stretch = Stretch { file: Arc::clone(&self.envelopes), start: self.end_of(first), end: self.end_of(last) };
        (stretch, last - first)
    }

    /// The seq before the first envelope behind `after_seq` whose message is not older than `oldest_ms`.
    pub fn skip_older(&self, after_seq: u64, oldest_ms: i64) -> u64 {
        let behind = self.places.iter().skip(after_seq as usize);
        after_seq + behind.take_while(|place| place.msgtime_ms < oldest_ms).count() as u64
    }

    fn add(&mut self, places: Vec<Place>) {
        for place in &places {
            *self.counts.entry(place.origin.number()).or_default() += 1;
        }
        self.places.extend(places);
    }

    fn end_of(&self, seq: u64) -> u64 {
        match seq.checked_sub(1) {
            None => 0,
            Some(position) => self.places.get(position as usize).map_or(0, |place| place.end),
        }
    }
}

fn read_place(bytes: &[u8]) -> Option<Place> {
    let (end, rest) = bytes.split_first_chunk::<8>()?;
    let (time, rest) = rest.split_first_chunk::<8>()?;
    let (origin, _) = rest.split_first_chunk::<8>()?;
    Some(Place {
        end: u64::from_le_bytes(*end),
        msgtime_ms: i64::from_le_bytes(*time),
        origin: Origin::from_number(u64::from_le_bytes(*origin)),
    })
}

#[cfg(test)]
mod tests;
