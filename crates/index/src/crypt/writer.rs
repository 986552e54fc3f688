//! Writing an encrypted file from front to back.
//!
//! It must never write a plain byte, and never leave a file without its last block when it was finished properly.

use std::fs::File;
use std::io::{self, Write};

use tantivy::directory::{AntiCallToken, TerminatingWrite};

use super::{BLOCK_BYTES, FileKey, IndexKey, TAG_BYTES, new_header, read_header};

pub struct EncryptedWriter {
    file: File,
    key: FileKey,
    block: Vec<u8>,
    number: u64,
}

impl EncryptedWriter {
    pub fn start(mut file: File, name: &str, key: &IndexKey) -> io::Result<EncryptedWriter> {
        let header = new_header()?;
        let key = FileKey::derive(key, read_header(&header, name)?, name)?;
        file.write_all(&header)?;
        Ok(EncryptedWriter { file, key, block: Vec::with_capacity(BLOCK_BYTES + TAG_BYTES), number: 0 })
    }

    fn put_block(&mut self, last: bool) -> io::Result<()> {
        self.key.seal(self.number, last, &mut self.block)?;
        self.file.write_all(&self.block)?;
        self.block.clear();
        self.number += 1;
        Ok(())
    }
}

impl Write for EncryptedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full block is only written when more follows: the last one, full or not, is sealed as the last.
        if self.block.len() == BLOCK_BYTES && !bytes.is_empty() {
            self.put_block(false)?;
        }
        let taken = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for EncryptedWriter {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.put_block(true)?;
        self.file.sync_data()
    }
}
