//! Reading an encrypted file: any range, decrypted block by block, with the cache in between.
//!
//! It must never hold the whole file: only what is asked for is read.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use tantivy::HasLen;
use tantivy::directory::{FileHandle, OwnedBytes};

use super::cache::{Cache, RangeKey};
use super::{BLOCK_BYTES, FileKey, HEADER_BYTES, IndexKey, Layout, SEALED_BLOCK_BYTES, damaged, read_header};

pub struct EncryptedFile {
    file: File,
    name: String,
    key: FileKey,
    layout: Layout,
    number: u64,
    cache: Arc<Cache>,
}

impl EncryptedFile {
    pub fn open(path: &Path, name: &str, key: &IndexKey, cache: &Arc<Cache>) -> io::Result<EncryptedFile> {
        let file = File::open(path)?;
        let layout = Layout::of(file.metadata()?.len(), name)?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0)?;
        let file_key = FileKey::derive(key, read_header(&header, name)?, name)?;
        let number = cache.file_number();
        Ok(EncryptedFile { file, name: name.to_owned(), key: file_key, layout, number, cache: Arc::clone(cache) })
    }

    fn read(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.layout.plain_bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a range outside the index file"));
        }
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        let first = range.start / BLOCK_BYTES;
        let last = (range.end - 1) / BLOCK_BYTES;
        if first == last {
            let start = first * BLOCK_BYTES;
            let end = start + self.layout.block_bytes(first as u64);
            let block = self.cached(start..end)?;
            return Ok(block.slice(range.start - start..range.end - start));
        }
        self.cached(range)
    }

    fn cached(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let key = RangeKey { file: self.number, start: range.start, end: range.end };
        if let Some(bytes) = self.cache.find(key) {
            return Ok(bytes);
        }
        let bytes = OwnedBytes::new(self.decrypt(range)?);
        self.cache.keep(key, &bytes);
        Ok(bytes)
    }

    fn decrypt(&self, range: Range<usize>) -> io::Result<Vec<u8>> {
        let first = (range.start / BLOCK_BYTES) as u64;
        let end = ((range.end - 1) / BLOCK_BYTES) as u64 + 1;
        let start = first as usize * BLOCK_BYTES;
        let plain_bytes: usize = (first..end).map(|block| self.layout.block_bytes(block)).sum();
        let mut plain = vec![0; plain_bytes];
        let mut sealed = vec![0; SEALED_BLOCK_BYTES];
        for (block, target) in (first..end).zip(plain.chunks_mut(BLOCK_BYTES)) {
            let sealed = &mut sealed[..target.len() + super::TAG_BYTES];
            self.file.read_exact_at(sealed, Layout::offset(block))?;
            self.key
                .open(block, self.layout.is_last(block), sealed, target)
                .map_err(|reason| damaged(&self.name, reason))?;
        }
        plain.truncate(range.end - start);
        plain.drain(..range.start - start);
        Ok(plain)
    }
}

impl Drop for EncryptedFile {
    fn drop(&mut self) {
        self.cache.forget_file(self.number);
    }
}

impl HasLen for EncryptedFile {
    fn len(&self) -> usize {
        self.layout.plain_bytes
    }
}

impl FileHandle for EncryptedFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.read(range)
    }
}

impl fmt::Debug for EncryptedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedFile").field("name", &self.name).finish_non_exhaustive()
    }
}
