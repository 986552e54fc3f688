//! Reading and writing the binary formats: big-endian numbers and length-prefixed fields. Pure.
//!
//! Reading never goes beyond the end and never allocates more than the bytes at hand.

use crate::error::FormatError;

/// Reads from the front.
pub(crate) struct Reader<'a>(&'a [u8]);

const SHORT: FormatError = FormatError("ends too early");

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (array, rest) = self.0.split_first_chunk::<N>().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, FormatError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FormatError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, FormatError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A text with its length in two bytes before it.
    pub(crate) fn text16(&mut self) -> Result<String, FormatError> {
        let length = self.u16()?;
        let bytes = self.take(usize::from(length))?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| FormatError("a text is not UTF-8"))
    }

    /// Bytes with their length in four bytes before them.
    pub(crate) fn bytes32(&mut self) -> Result<&'a [u8], FormatError> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn end(&self) -> Result<(), FormatError> {
        if self.0.is_empty() { Ok(()) } else { Err(FormatError("goes on after its end")) }
    }
}

/// Appends a text whose length fits into two bytes; callers check limits before.
pub(crate) fn push_text16(out: &mut Vec<u8>, text: &str) -> Result<(), FormatError> {
    let length = u16::try_from(text.len()).map_err(|_| FormatError("a text is longer than 65 535 bytes"))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Appends bytes whose length fits into four bytes.
pub(crate) fn push_bytes32(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), FormatError> {
    let length = u32::try_from(bytes.len()).map_err(|_| FormatError("a field is longer than 4 GiB"))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}
