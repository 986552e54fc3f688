//! Previews: forms of a media item that every browser shows, made of the stored bytes when they are asked for.
//!
//! Voice (AMR, which no browser plays) becomes WAV; text, Word and Excel files become plain text, of which nothing can run.
//! The bytes are foreign: whatever they say of themselves, no preview takes more than its limits. Nothing is kept.

mod audio;
mod document;
mod sheet;
mod text;
mod xml;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::media::MediaReader;
use crate::zip::ZipFault;
use crate::{Archive, ArchiveError};

/// Bytes of an office file or a recording: both are held in memory.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Bytes of a text file that are shown; the rest is cut off, and the answer says so. A browser lays out so much at once.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes that all parts of an office file together unpack to.
const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Endings of names whose files are text.
const TEXT_ENDINGS: [&str; 12] = ["txt", "csv", "tsv", "json", "md", "log", "xml", "html", "htm", "yaml", "yml", "ini"];

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreviewForm {
    /// A recording as WAV, 8 kHz, 16 bits, one channel.
    Wav,
    /// A document as plain text, UTF-8.
    Text,
}

/// A preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether there is more in the item than is shown.
    pub cut: bool,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Unsupported,
    TooLarge,
}

impl From<ZipFault> for Fault {
    fn from(fault: ZipFault) -> Self {
        match fault {
            ZipFault::Broken => Self::Unsupported,
            ZipFault::TooLarge => Self::TooLarge,
        }
    }
}

/// How a file is read.
#[derive(Clone, Copy)]
enum Kind {
    Voice,
    Text,
    Document,
    Sheet,
}

impl Archive {
    /// A preview of an open media item. Errors: `PreviewUnsupported`, `PreviewTooLarge`.
    pub async fn preview(&self, reader: &MediaReader, form: PreviewForm) -> Result<Preview, ArchiveError> {
        let named = |fault| match fault {
            Fault::Unsupported => ArchiveError::PreviewUnsupported(reader.media),
            Fault::TooLarge => ArchiveError::PreviewTooLarge(reader.media),
        };
        let kind = kind(form, reader.name.as_deref()).ok_or(named(Fault::Unsupported))?;
        let cut = matches!(kind, Kind::Text) && reader.size > TEXT_BYTES_MAX;
        let bytes_max = if matches!(kind, Kind::Text) { TEXT_BYTES_MAX } else { FILE_BYTES_MAX };
        if reader.size > bytes_max && !cut {
            return Err(named(Fault::TooLarge));
        }
        let end = reader.size.min(bytes_max);
        let mut bytes = Vec::with_capacity(end as usize);
        while (bytes.len() as u64) < end {
            let at = bytes.len() as u64;
            bytes.extend(self.read_media(reader, at, end - at).await?);
        }
        // A fault in somebody's parser must not be more than a file that cannot be shown.
        let made = tokio::task::spawn_blocking(move || make(kind, &bytes, cut)).await;
        made.unwrap_or(Err(Fault::Unsupported)).map_err(named)
    }
}

fn kind(form: PreviewForm, name: Option<&str>) -> Option<Kind> {
    if form == PreviewForm::Wav {
        return Some(Kind::Voice);
    }
    let ending = name?.rsplit_once('.')?.1.to_lowercase();
    match ending.as_str() {
        "docx" => Some(Kind::Document),
        "xlsx" => Some(Kind::Sheet),
        other => TEXT_ENDINGS.contains(&other).then_some(Kind::Text),
    }
}

fn make(kind: Kind, bytes: &[u8], cut: bool) -> Result<Preview, Fault> {
    match kind {
        Kind::Voice => Ok(Preview { bytes: audio::wav(bytes)?, cut: false }),
        Kind::Text => Ok(Preview { bytes: text::decoded(bytes, cut)?.into_bytes(), cut }),
        Kind::Document => document::text(bytes).map(shown),
        Kind::Sheet => sheet::text(bytes).map(shown),
    }
}

/// Text that is written up to its limit and no further.
struct Page {
    text: String,
    full: bool,
}

impl Page {
    fn new() -> Self {
        Self { text: String::new(), full: false }
    }

    fn push(&mut self, text: &str) {
        if self.text.len() + text.len() > TEXT_BYTES_MAX as usize {
            self.full = true;
        }
        if !self.full {
            self.text.push_str(text);
        }
    }
}

fn shown(page: Page) -> Preview {
    Preview { bytes: page.text.into_bytes(), cut: page.full }
}

#[cfg(test)]
mod tests;
