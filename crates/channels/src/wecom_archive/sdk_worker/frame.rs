//! Frames between parent and worker: u32 length ‖ u8 operation ‖ fields, little-endian, each byte string with a u32
//! length before it.
//!
//! Strict request and answer, so there are no request numbers. A frame beyond the limit is refused before any memory
//! is taken for it.

/// Sent once by the worker before its first frame. The parent skips whatever a library prints before it.
pub(super) const PREAMBLE: &[u8; 16] = b"\x00xinlu-sdk-1\x00\xff\xfe\r";

/// A page of 1 000 ordinary messages is 1 to 2 MB; a page of merged records can be ten times that.
pub(super) const FRAME_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of the length in front of a frame.
pub(super) const LENGTH_BYTES: usize = 4;

/// What the parent asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Load and initialise; before anything but `Decrypt`.
    Init { corp: Vec<u8>, secret: Vec<u8>, proxy: Vec<u8>, proxy_password: Vec<u8> },
    /// `GetChatData`.
    Fetch { seq: u64, limit: u32, timeout_s: u32 },
    /// `DecryptData` for each pair.
    Decrypt { pairs: Vec<(Vec<u8>, Vec<u8>)> },
    /// One call of `GetMediaData`.
    Media { index: Vec<u8>, file: Vec<u8>, timeout_s: u32 },
}

/// What the worker answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response {
    /// The return code of `Init`.
    Init { code: i32 },
    /// The return code and the JSON.
    Fetch { code: i32, json: Vec<u8> },
    /// For each pair the return code and the message.
    Decrypt { opened: Vec<(i32, Vec<u8>)> },
    /// The return code, whether it was the last chunk, where the next begins, and the chunk.
    Media { code: i32, finished: bool, next_index: Vec<u8>, data: Vec<u8> },
    /// The library cannot be loaded or the request makes no sense; the text holds no secret.
    Failed { reason: String },
}

/// The frame is not one of ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame is malformed")]
pub(super) struct Malformed;

impl Request {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut frame = Writer::new();
        match self {
            Self::Init { corp, secret, proxy, proxy_password } => {
                frame.byte(1);
                for text in [corp, secret, proxy, proxy_password] {
                    frame.bytes(text);
                }
            }
            Self::Fetch { seq, limit, timeout_s } => {
                frame.byte(2);
                frame.raw(&seq.to_le_bytes());
                frame.raw(&limit.to_le_bytes());
                frame.raw(&timeout_s.to_le_bytes());
            }
            Self::Decrypt { pairs } => {
                frame.byte(3);
                frame.raw(&(pairs.len() as u32).to_le_bytes());
                for (key, message) in pairs {
                    frame.bytes(key);
                    frame.bytes(message);
                }
            }
            Self::Media { index, file, timeout_s } => {
                frame.byte(4);
                frame.bytes(index);
                frame.bytes(file);
                frame.raw(&timeout_s.to_le_bytes());
            }
        }
        frame.finish()
    }

    pub(super) fn decode(frame: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader(frame);
        let request = match fields.byte()? {
            1 => Self::Init {
                corp: fields.bytes()?,
                secret: fields.bytes()?,
                proxy: fields.bytes()?,
                proxy_password: fields.bytes()?,
            },
            2 => Self::Fetch {
                seq: u64::from_le_bytes(fields.array()?),
                limit: fields.number()?,
                timeout_s: fields.number()?,
            },
            3 => {
                let count = fields.number()?;
                let pairs = (0..count).map(|_| Ok((fields.bytes()?, fields.bytes()?)));
                Self::Decrypt { pairs: pairs.collect::<Result<_, Malformed>>()? }
            }
            4 => Self::Media { index: fields.bytes()?, file: fields.bytes()?, timeout_s: fields.number()? },
            _ => return Err(Malformed),
        };
        fields.end(request)
    }
}

impl Response {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut frame = Writer::new();
        match self {
            Self::Init { code } => {
                frame.byte(1);
                frame.raw(&code.to_le_bytes());
            }
            Self::Fetch { code, json } => {
                frame.byte(2);
                frame.raw(&code.to_le_bytes());
                frame.bytes(json);
            }
            Self::Decrypt { opened } => {
                frame.byte(3);
                frame.raw(&(opened.len() as u32).to_le_bytes());
                for (code, message) in opened {
                    frame.raw(&code.to_le_bytes());
                    frame.bytes(message);
                }
            }
            Self::Media { code, finished, next_index, data } => {
                frame.byte(4);
                frame.raw(&code.to_le_bytes());
                frame.byte(u8::from(*finished));
                frame.bytes(next_index);
                frame.bytes(data);
            }
            Self::Failed { reason } => {
                frame.byte(5);
                frame.bytes(reason.as_bytes());
            }
        }
        frame.finish()
    }

    pub(super) fn decode(frame: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader(frame);
        let response = match fields.byte()? {
            1 => Self::Init { code: fields.code()? },
            2 => Self::Fetch { code: fields.code()?, json: fields.bytes()? },
            3 => {
                let count = fields.number()?;
                let opened = (0..count).map(|_| Ok((fields.code()?, fields.bytes()?)));
                Self::Decrypt { opened: opened.collect::<Result<_, Malformed>>()? }
            }
            4 => Self::Media {
                code: fields.code()?,
                finished: fields.byte()? == 1,
                next_index: fields.bytes()?,
                data: fields.bytes()?,
            },
            5 => Self::Failed { reason: String::from_utf8_lossy(&fields.bytes()?).into_owned() },
            _ => return Err(Malformed),
        };
        fields.end(response)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn new() -> Self {
        Self(vec![0; LENGTH_BYTES])
    }

    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.raw(&(bytes.len() as u32).to_le_bytes());
        self.raw(bytes);
    }

    fn finish(mut self) -> Vec<u8> {
        let length = ((self.0.len() - LENGTH_BYTES) as u32).to_le_bytes();
        for (to, from) in self.0.iter_mut().zip(length) {
            *to = from;
        }
        self.0
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn code(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Malformed> {
        let length = self.number()? as usize;
        let (head, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(head.to_vec())
    }

    fn end<T>(&self, read: T) -> Result<T, Malformed> {
        if self.0.is_empty() { Ok(read) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests;
