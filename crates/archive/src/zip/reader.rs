//! Reads entries of a foreign ZIP file that lies in memory, each within its limits.

use std::io::Read as _;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::{CENTRAL, DEFLATED, END, END_BYTES, LOCAL, STORED};

/// Entries a file may have; office files have some dozens, with every picture some hundreds.
const ENTRIES_MAX: usize = 4_096;
/// The longest comment after the end record.
const COMMENT_BYTES_MAX: usize = u16::MAX as usize;
/// An entry may unpack to so many times its size: XML of office files stays below a hundred, deflate itself ends at 1032.
const RATIO_MAX: u64 = 200;
/// Small entries may have any ratio.
const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// Bits of the flags: encrypted.
const ENCRYPTED: u16 = 1;
/// Bytes of an entry's head in the directory, and before its data, each without its name and extra field.
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZipFault {
    /// Not a ZIP file, damaged, encrypted or packed in a way we do not know.
    Broken,
    /// Beyond a limit.
    TooLarge,
}

struct Entry {
    name: String,
    encrypted: bool,
    method: u16,
    crc: u32,
    packed: usize,
    size: u64,
    offset: usize,
}

/// A ZIP file in memory.
pub(crate) struct ZipReader<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<'a> ZipReader<'a> {
    /// Reads the directory; all entries together may unpack to `unpacked_bytes_max`.
    pub(crate) fn open(bytes: &'a [u8], unpacked_bytes_max: u64) -> Result<Self, ZipFault> {
        let end = end_record(bytes).ok_or(ZipFault::Broken)?;
        let count = usize::from(number16(bytes, end + 10).ok_or(ZipFault::Broken)?);
        if count > ENTRIES_MAX {
            return Err(ZipFault::TooLarge);
        }
        let mut place = number32(bytes, end + 16).ok_or(ZipFault::Broken)? as usize;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let (entry, next) = central(bytes, place).ok_or(ZipFault::Broken)?;
            entries.push(entry);
            place = next;
        }
        Ok(Self { bytes, entries, left: unpacked_bytes_max })
    }

    /// The bytes of an entry; `None` when there is none of this name.
    pub(crate) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ZipFault> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else { return Ok(None) };
        if entry.encrypted {
            return Err(ZipFault::Broken);
        }
        if entry.size > self.left || entry.size > RATIO_FREE_BYTES.max(RATIO_MAX * entry.packed as u64) {
            return Err(ZipFault::TooLarge);
        }
        let packed = data(self.bytes, entry).ok_or(ZipFault::Broken)?;
        let unpacked = match entry.method {
            STORED => packed.to_vec(),
            DEFLATED => inflate(packed, entry.size)?,
            _ => return Err(ZipFault::Broken),
        };
        let mut crc = Crc::new();
        crc.update(&unpacked);
        if unpacked.len() as u64 != entry.size || crc.sum() != entry.crc {
            return Err(ZipFault::Broken);
        }
        self.left -= entry.size;
        Ok(Some(unpacked))
    }
}

/// One byte more than declared is asked for, so that a wrong declaration is seen and takes no memory.
fn inflate(packed: &[u8], size: u64) -> Result<Vec<u8>, ZipFault> {
    let mut unpacked = Vec::new();
    let read = DeflateDecoder::new(packed).take(size + 1).read_to_end(&mut unpacked);
    read.map_err(|_| ZipFault::Broken)?;
    if unpacked.len() as u64 > size { Err(ZipFault::TooLarge) } else { Ok(unpacked) }
}

/// The end record stands last, before a comment at most.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(COMMENT_BYTES_MAX);
    (first..=last).rev().find(|place| number32(bytes, *place) == Some(END))
}

fn central(bytes: &[u8], place: usize) -> Option<(Entry, usize)> {
    if number32(bytes, place)? != CENTRAL {
        return None;
    }
    let name_at = place.checked_add(CENTRAL_BYTES)?;
    let name_end = name_at.checked_add(usize::from(number16(bytes, place + 28)?))?;
    let name = String::from_utf8_lossy(bytes.get(name_at..name_end)?).into_owned();
    let after = usize::from(number16(bytes, place + 30)?) + usize::from(number16(bytes, place + 32)?);
    let entry = Entry {
        name,
        encrypted: number16(bytes, place + 8)? & ENCRYPTED != 0,
        method: number16(bytes, place + 10)?,
        crc: number32(bytes, place + 16)?,
        packed: number32(bytes, place + 20)? as usize,
        size: u64::from(number32(bytes, place + 24)?),
        offset: number32(bytes, place + 42)? as usize,
    };
    Some((entry, name_end.checked_add(after)?))
}

fn data<'a>(bytes: &'a [u8], entry: &Entry) -> Option<&'a [u8]> {
    let place = entry.offset;
    if number32(bytes, place)? != LOCAL {
        return None;
    }
    let names = usize::from(number16(bytes, place + 26)?) + usize::from(number16(bytes, place + 28)?);
    let begin = place.checked_add(LOCAL_BYTES)?.checked_add(names)?;
    bytes.get(begin..begin.checked_add(entry.packed)?)
}

fn number16(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

fn number32(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}
