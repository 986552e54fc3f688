//! ZIP files (APPNOTE.TXT 6.3): written as a stream for exports, and read within hard limits for previews.
//!
//! What is written is plain ZIP without extensions: deflated entries with data descriptors and UTF-8 names, below 4 GiB and
//! 65 535 entries. What is read is foreign and trusted in nothing: every length is checked, and what unpacks beyond its
//! limits is refused before it takes memory. Pure.

mod reader;
mod writer;

pub(crate) use reader::{ZipFault, ZipReader};
pub(crate) use writer::ZipWriter;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Bytes of the end record without its comment.
const END_BYTES: usize = 22;

#[cfg(test)]
mod tests;
