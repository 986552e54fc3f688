//! Where an export goes: one page as it is, or the entries of a ZIP file; handed on piece by piece.
//!
//! It holds back no more than a piece.

use tokio::sync::mpsc::Sender;

use super::{Export, ExportForm};
use crate::ArchiveError;
use crate::error::FormatError;
use crate::status::DAY_OFFSET_MICROS;
use crate::zip::ZipWriter;
use xinlu_model::Time;

/// Bytes that go together.
const PIECE_BYTES: usize = 64 * 1024;

/// Where an export goes.
pub(super) struct Outlet {
    sender: Sender<Result<Vec<u8>, ArchiveError>>,
    plain: Vec<u8>,
    zip: Option<ZipWriter>,
}

impl Outlet {
    pub(super) fn new(sender: Sender<Result<Vec<u8>, ArchiveError>>, export: &Export) -> Self {
        let zip = (export.question.form == ExportForm::Zip).then(|| ZipWriter::new(stamp(export.at)));
        Self { sender, plain: Vec::new(), zip }
    }

    /// Begins a file of a package; a page alone has no name.
    pub(super) fn begin(&mut self, name: &str) -> Result<(), ArchiveError> {
        self.zip.as_mut().map_or(Ok(()), |zip| zip.begin(name)).map_err(broken)
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let ready = match &mut self.zip {
            Some(zip) => {
                zip.write(bytes).map_err(broken)?;
                zip.ready_bytes()
            }
            None => {
                self.plain.extend_from_slice(bytes);
                self.plain.len()
            }
        };
        if ready >= PIECE_BYTES { self.send().await } else { Ok(()) }
    }

    /// Ends the package and hands on what is left.
    pub(super) async fn finish(mut self) -> Result<(), ArchiveError> {
        if let Some(zip) = &mut self.zip {
            zip.finish().map_err(broken)?;
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), ArchiveError> {
        let piece = self.zip.as_mut().map_or_else(|| std::mem::take(&mut self.plain), ZipWriter::take);
        // The client has gone: nobody is left to make it for.
        self.sender.send(Ok(piece)).await.map_err(|_| ArchiveError::Stopping)
    }
}

fn broken(error: FormatError) -> ArchiveError {
    error.at("a package under way".to_owned())
}

/// `2026-01-05 08:30:00`, China Standard Time.
pub(super) fn shown_time(time: Time) -> String {
    let seconds = Time::from_micros(time.micros().saturating_add(DAY_OFFSET_MICROS)).seconds();
    Time::from_seconds(seconds).rfc3339().trim_end_matches('Z').replace('T', " ")
}

/// Year, month, day, hour, minute, second of the same clock.
fn stamp(time: Time) -> [u16; 6] {
    let shown = shown_time(time);
    let mut numbers = shown.split(['-', ' ', ':']).map(|number| number.parse().unwrap_or_default());
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}
