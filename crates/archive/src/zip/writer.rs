//! Writes a ZIP file piece by piece: what is ready is taken away, so that memory stays bounded however large it grows.
//!
//! It keeps the directory of its entries and nothing else of what was written.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::{CENTRAL, DEFLATED, DESCRIPTOR, END, LOCAL};
use crate::error::FormatError;

/// Version 2.0: deflate.
const VERSION: u16 = 20;
/// Data descriptor after the entry; the name is UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
/// Read by everybody who may read the file, written by its owner; as Unix has it, in the upper half.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// Made on Unix, so that the attributes count.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// The 16-bit count of entries ends here.
const ENTRIES_MAX: usize = u16::MAX as usize;

/// An entry that is done.
struct Entry {
    name: String,
    crc: u32,
    packed: u32,
    size: u32,
    offset: u32,
}

/// The entry that is being written.
struct Open {
    name: String,
    offset: u32,
    begun: u64,
    size: u64,
    crc: Crc,
    encoder: DeflateEncoder<Vec<u8>>,
}

/// A ZIP file under way.
pub(crate) struct ZipWriter {
    ready: Vec<u8>,
    /// Bytes taken away already.
    taken: u64,
    entries: Vec<Entry>,
    open: Option<Open>,
    date: u16,
    time: u16,
}

impl ZipWriter {
    /// All entries bear this time: year from 1980, month, day, hour, minute, second, local to whoever reads it.
    pub(crate) fn new(stamp: [u16; 6]) -> Self {
        let [year, month, day, hour, minute, second] = stamp;
        Self {
            ready: Vec::new(),
            taken: 0,
            entries: Vec::new(),
            open: None,
            date: year.saturating_sub(1980) << 9 | month << 5 | day,
            time: hour << 11 | minute << 5 | (second / 2),
        }
    }

    /// Ends the entry before and begins one. Names are relative, with `/`.
    pub(crate) fn begin(&mut self, name: &str) -> Result<(), FormatError> {
        self.end()?;
        if self.entries.len() >= ENTRIES_MAX {
            return Err(FormatError("a ZIP file has at most 65535 entries"));
        }
        let offset = small(self.place())?;
        let length = u16::try_from(name.len()).map_err(|_| FormatError("a name in a ZIP file is too long"))?;
        self.number32(LOCAL);
        for number in [VERSION, FLAGS, DEFLATED, self.time, self.date] {
            self.number16(number);
        }
        // Check sum and sizes follow the entry.
        for _ in 0..3 {
            self.number32(0);
        }
        self.number16(length);
        self.number16(0);
        self.ready.extend_from_slice(name.as_bytes());
        let encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let begun = self.place();
        self.open = Some(Open { name: name.to_owned(), offset, begun, size: 0, crc: Crc::new(), encoder });
        Ok(())
    }

    /// Adds to the entry that was begun.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let Some(open) = &mut self.open else { return Err(FormatError("no entry of a ZIP file was begun")) };
        open.crc.update(bytes);
        open.size += bytes.len() as u64;
        open.encoder.write_all(bytes).map_err(|_| FormatError("an entry cannot be compressed"))?;
        self.ready.append(open.encoder.get_mut());
        Ok(())
    }

    /// Ends the last entry and writes the directory.
    pub(crate) fn finish(&mut self) -> Result<(), FormatError> {
        self.end()?;
        let begun = small(self.place())?;
        let entries = std::mem::take(&mut self.entries);
        for entry in &entries {
            self.number32(CENTRAL);
            for number in [MADE_BY, VERSION, FLAGS, DEFLATED, self.time, self.date] {
                self.number16(number);
            }
            for number in [entry.crc, entry.packed, entry.size] {
                self.number32(number);
            }
            self.number16(entry.name.len() as u16);
            // No extra field, no comment, disk 0, no inner attributes.
            for _ in 0..4 {
                self.number16(0);
            }
            self.number32(ATTRIBUTES);
            self.number32(entry.offset);
            self.ready.extend_from_slice(entry.name.as_bytes());
        }
        let bytes = small(self.place() - u64::from(begun))?;
        self.number32(END);
        for number in [0, 0, entries.len() as u16, entries.len() as u16] {
            self.number16(number);
        }
        self.number32(bytes);
        self.number32(begun);
        self.number16(0);
        Ok(())
    }

    /// Bytes that are ready.
    pub(crate) fn ready_bytes(&self) -> usize {
        self.ready.len()
    }

    /// Takes away what is ready.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.taken += self.ready.len() as u64;
        std::mem::take(&mut self.ready)
    }

    fn end(&mut self) -> Result<(), FormatError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let Open { name, offset, begun, size, crc, encoder } = open;
        let rest = encoder.finish().map_err(|_| FormatError("an entry cannot be compressed"))?;
        self.ready.extend_from_slice(&rest);
        let packed = small(self.place() - begun)?;
        let entry = Entry { name, crc: crc.sum(), packed, size: small(size)?, offset };
        for number in [DESCRIPTOR, entry.crc, entry.packed, entry.size] {
            self.number32(number);
        }
        self.entries.push(entry);
        Ok(())
    }

    fn place(&self) -> u64 {
        self.taken + self.ready.len() as u64
    }

    fn number16(&mut self, number: u16) {
        self.ready.extend_from_slice(&number.to_le_bytes());
    }

    fn number32(&mut self, number: u32) {
        self.ready.extend_from_slice(&number.to_le_bytes());
    }
}

fn small(number: u64) -> Result<u32, FormatError> {
    u32::try_from(number).map_err(|_| FormatError("a ZIP file ends at 4 GiB"))
}
