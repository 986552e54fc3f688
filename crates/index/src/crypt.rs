//! Encryption at rest: the format of an index file and the key it is under.
//!
//! A file is a header (`XLINDEX1`, then 16 random bytes, its file id) and blocks of [`BLOCK_BYTES`] of plain text, each sealed with
//! AES-256-GCM (NIST SP 800-38D) and followed by its 16-byte tag; the last block may be shorter and always exists. Every file has
//! a key of its own: HKDF-SHA256 (RFC 5869) of the index key with the file id as salt and the file name as information, so the
//! block number alone is a unique nonce. Block number and "this is the last one" are authenticated too: blocks cannot be swapped
//! within or between files, and a file can be neither renamed nor cut without being noticed.
//!
//! It must never return bytes that were not authenticated, and never take randomness from a seed: a repeated file id under one
//! name would repeat nonces.

mod cache;
mod directory;
mod reader;
mod writer;

use std::fmt;
use std::io;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

pub use cache::Cache;
pub use directory::{EncryptedDirectory, write_in_one_step};

/// Plain bytes of a block: small enough that one look into a term dictionary decrypts little (1 µs), large enough that tags and
/// calls cost nothing on long reads.
pub const BLOCK_BYTES: usize = 16 * 1024;
const MAGIC: &[u8; 8] = b"XLINDEX1";
const FILE_ID_BYTES: usize = 16;
const HEADER_BYTES: usize = MAGIC.len() + FILE_ID_BYTES;
const TAG_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
const SEALED_BLOCK_BYTES: usize = BLOCK_BYTES + TAG_BYTES;

/// The 32-byte key an index is encrypted under. Not printable, wiped when dropped.
#[derive(Clone)]
pub struct IndexKey(Zeroizing<[u8; 32]>);

impl IndexKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        IndexKey(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(…)")
    }
}

/// Travels inside an `io::Error` through tantivy and comes out as [`crate::IndexError::Damaged`].
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct DamagedFile {
    pub file: String,
    pub reason: &'static str,
}

fn damaged(file: &str, reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, DamagedFile { file: file.to_owned(), reason })
}

/// The key of one file.
struct FileKey(LessSafeKey);

impl FileKey {
    fn derive(key: &IndexKey, file_id: &[u8], file_name: &str) -> io::Result<FileKey> {
        let refused = |_| io::Error::other("the key of an index file cannot be derived");
        let information = [b"xinlu index file 1".as_slice(), file_name.as_bytes()];
        let secret = Salt::new(HKDF_SHA256, file_id).extract(key.0.as_slice());
        let derived = secret.expand(&information, &AES_256_GCM).map_err(refused)?;
        Ok(FileKey(LessSafeKey::new(UnboundKey::from(derived))))
    }

    fn nonce(block: u64) -> Nonce {
        let mut bytes = [0; NONCE_BYTES];
        let (_, low) = bytes.split_at_mut(NONCE_BYTES - 8);
        low.copy_from_slice(&block.to_be_bytes());
        Nonce::assume_unique_for_key(bytes)
    }

    fn bound(block: u64, last: bool) -> Aad<[u8; 9]> {
        let mut bytes = [u8::from(last); 9];
        let (number, _) = bytes.split_at_mut(8);
        number.copy_from_slice(&block.to_be_bytes());
        Aad::from(bytes)
    }

    /// Appends the tag to `block`, which becomes cipher text.
    fn seal(&self, number: u64, last: bool, block: &mut Vec<u8>) -> io::Result<()> {
        self.0
            .seal_in_place_append_tag(Self::nonce(number), Self::bound(number, last), block)
            .map_err(|_| io::Error::other("an index block cannot be encrypted"))
    }

    /// Decrypts one sealed block into `plain`, which is 16 bytes shorter.
    fn open(&self, number: u64, last: bool, sealed: &[u8], plain: &mut [u8]) -> Result<(), &'static str> {
        let (cipher, tag) = sealed.split_at_checked(plain.len()).ok_or("a block is cut off")?;
        self.0
            .open_separate_gather(Self::nonce(number), Self::bound(number, last), cipher, tag, plain)
            .map_err(|_| "a block does not authenticate")
    }
}

fn new_header() -> io::Result<[u8; HEADER_BYTES]> {
    let mut header = [0; HEADER_BYTES];
    let (magic, file_id) = header.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    aws_lc_rs::rand::fill(file_id).map_err(|_| io::Error::other("the system gives no randomness"))?;
    Ok(header)
}

/// The file id of a header.
fn read_header<'a>(header: &'a [u8], file: &str) -> io::Result<&'a [u8]> {
    match header.split_at_checked(MAGIC.len()) {
        Some((magic, file_id)) if magic == MAGIC => Ok(file_id),
        _ => Err(damaged(file, "it has no valid header")),
    }
}

/// Where the plain bytes of a file lie.
#[derive(Debug, Clone, Copy)]
struct Layout {
    blocks: u64,
    plain_bytes: usize,
}

impl Layout {
    fn of(file_bytes: u64, file: &str) -> io::Result<Layout> {
        let cut_off = || damaged(file, "it is cut off");
        let sealed = file_bytes.checked_sub(HEADER_BYTES as u64).filter(|sealed| *sealed > 0).ok_or_else(cut_off)?;
        let blocks = sealed.div_ceil(SEALED_BLOCK_BYTES as u64);
        let tags = blocks * TAG_BYTES as u64;
        let last = sealed - (blocks - 1) * SEALED_BLOCK_BYTES as u64;
        if last < TAG_BYTES as u64 {
            return Err(cut_off());
        }
        Ok(Layout { blocks, plain_bytes: (sealed - tags) as usize })
    }

    fn is_last(self, block: u64) -> bool {
        block + 1 == self.blocks
    }

    /// Plain bytes of a block.
    fn block_bytes(self, block: u64) -> usize {
        if self.is_last(block) { self.plain_bytes - (self.blocks as usize - 1) * BLOCK_BYTES } else { BLOCK_BYTES }
    }

    fn offset(block: u64) -> u64 {
        HEADER_BYTES as u64 + block * SEALED_BLOCK_BYTES as u64
    }
}

/// A whole small file (the ones written in one step).
fn seal_whole(key: &IndexKey, file: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
    let header = new_header()?;
    let file_key = FileKey::derive(key, read_header(&header, file)?, file)?;
    let mut out = header.to_vec();
    let mut blocks = plain.chunks(BLOCK_BYTES).peekable();
    let mut number = 0;
    loop {
        let mut block = blocks.next().unwrap_or_default().to_vec();
        let last = blocks.peek().is_none();
        file_key.seal(number, last, &mut block)?;
        out.extend_from_slice(&block);
        number += 1;
        if last {
            return Ok(out);
        }
    }
}

fn open_whole(key: &IndexKey, file: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
    let layout = Layout::of(sealed.len() as u64, file)?;
    let (header, body) = sealed.split_at_checked(HEADER_BYTES).ok_or_else(|| damaged(file, "it is cut off"))?;
    let file_key = FileKey::derive(key, read_header(header, file)?, file)?;
    let mut plain = vec![0; layout.plain_bytes];
    let targets = plain.chunks_mut(BLOCK_BYTES);
    if layout.plain_bytes == 0 {
        file_key.open(0, true, body, &mut []).map_err(|reason| damaged(file, reason))?;
    }
    for (number, (target, block)) in targets.zip(body.chunks(SEALED_BLOCK_BYTES)).enumerate() {
        let number = number as u64;
        file_key.open(number, layout.is_last(number), block, target).map_err(|reason| damaged(file, reason))?;
    }
    Ok(plain)
}

#[cfg(test)]
mod tests;
