//! What can go wrong in the archive. Never carries message text.

use xinlu_blob::BlobError;
use xinlu_db::DbError;
use xinlu_identity::IdentityError;
use xinlu_jobs::JobError;
use xinlu_keys::KeysError;
use xinlu_ledger::LedgerError;
use xinlu_model::{ConversationId, ErrorKind, Fault, MediaId, ParkedId, RecordId, SourceId};

use crate::intake::BatchId;

/// An error of the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// No such source.
    #[error("source {0} is not known")]
    SourceUnknown(SourceId),
    /// No such conversation, or not for this caller.
    #[error("conversation {0} is not there, or not for you")]
    ConversationNotFound(ConversationId),
    /// No such record, or not for this caller.
    #[error("message {0} is not there, or not for you")]
    RecordNotFound(RecordId),
    /// No such media item, or not for this caller.
    #[error("media {0} is not there, or not for you")]
    MediaNotFound(MediaId),
    /// The caller sees that it is there, but may not do this with it.
    #[error("your roles do not allow this: {0}")]
    NotAllowed(&'static str),
    /// More than one export takes.
    #[error(
        "an export takes at most {messages_max} messages and {bytes_max} stored bytes: narrow it with from and until"
    )]
    ExportTooLarge {
        /// Messages it may have.
        messages_max: u32,
        /// Stored bytes of these.
        bytes_max: u64,
    },
    /// No preview of this form can be made of the media item.
    #[error("media {0} cannot be shown in this form")]
    PreviewUnsupported(MediaId),
    /// The media item is larger than previews are made of, or grows beyond all measure when it is unpacked.
    #[error("media {0} is too large to be shown in this form")]
    PreviewTooLarge(MediaId),
    /// The media item's bytes are not here (yet).
    #[error("media {0} has not been fetched")]
    MediaNotStored(MediaId),
    /// A byte range that the media item does not have.
    #[error("the range is outside the media item of {size} bytes")]
    RangeOutside {
        /// Its size in bytes.
        size: u64,
    },
    /// The batch was settled already, or never stored.
    #[error("intake batch {0} is not open")]
    BatchUnknown(BatchId),
    /// Not every envelope of the batch was settled, or something else was.
    #[error("intake batch {batch} has {stored} envelopes but {settled} were settled")]
    BatchIncomplete {
        /// The batch.
        batch: BatchId,
        /// Envelopes it has.
        stored: u64,
        /// Envelopes that were settled.
        settled: u64,
    },
    /// No such parked item.
    #[error("parked item {0} is not there")]
    ParkedUnknown(ParkedId),
    /// More in one call than a limit allows.
    #[error("{what}: {count} is more than {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many may be.
        max: usize,
    },
    /// A parameter is not of its form.
    #[error("{parameter} is not valid: {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The subject's key was destroyed: what it encrypted is erased.
    #[error("record {0} was erased")]
    Erased(RecordId),
    /// Stored bytes are not of their format or do not open.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// Where, for instance `record 17`.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A sequence of calls that no caller of ours makes.
    #[error("{0}")]
    Misuse(&'static str),
    /// The program is stopping.
    #[error("the program is stopping")]
    Stopping,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The objects.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The log.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The journal.
    #[error(transparent)]
    Jobs(#[from] JobError),
    /// The directory.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl ArchiveError {
    /// Whether stored bytes or a stored key are damaged. Trying again cannot help, and what stands beside them is not
    /// touched by it, so work goes on without them. An unreachable database is no damage.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Keys(KeysError::Damaged { .. } | KeysError::Unopenable))
    }
}

impl Fault for ArchiveError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::SourceUnknown(_)
            | Self::ConversationNotFound(_)
            | Self::RecordNotFound(_)
            | Self::MediaNotFound(_)
            | Self::Erased(_)
            | Self::ParkedUnknown(_) => ErrorKind::NotFound,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::ExportTooLarge { .. } | Self::PreviewTooLarge(_) => ErrorKind::TooLarge,
            Self::MediaNotStored(_) | Self::BatchUnknown(_) | Self::BatchIncomplete { .. } => ErrorKind::Conflict,
            Self::RangeOutside { .. } | Self::Parameter { .. } | Self::TooMany { .. } | Self::PreviewUnsupported(_) => {
                ErrorKind::Invalid
            }
            Self::Damaged { .. } | Self::Misuse(_) => ErrorKind::Internal,
            Self::Stopping => ErrorKind::Unavailable,
            Self::Db(error) => error.kind(),
            Self::Keys(error) => error.kind(),
            Self::Blob(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Jobs(error) => error.kind(),
            Self::Identity(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SourceUnknown(_) => "archive.source_unknown",
            Self::ConversationNotFound(_) => "archive.conversation_not_found",
            Self::RecordNotFound(_) => "archive.record_not_found",
            Self::MediaNotFound(_) => "archive.media_not_found",
            Self::NotAllowed(_) => "archive.not_allowed",
            Self::ExportTooLarge { .. } => "archive.export_too_large",
            Self::PreviewUnsupported(_) => "media.preview_unsupported",
            Self::PreviewTooLarge(_) => "media.preview_too_large",
            Self::MediaNotStored(_) => "archive.media_not_stored",
            Self::RangeOutside { .. } => "archive.range_outside",
            Self::BatchUnknown(_) => "archive.batch_unknown",
            Self::BatchIncomplete { .. } => "archive.batch_incomplete",
            Self::ParkedUnknown(_) => "archive.parked_unknown",
            Self::TooMany { .. } => "archive.too_many",
            Self::Parameter { .. } => "archive.parameter",
            Self::Erased(_) => "archive.erased",
            Self::Damaged { .. } => "archive.damaged",
            Self::Misuse(_) => "archive.misuse",
            Self::Stopping => "archive.stopping",
            Self::Db(error) => error.code(),
            Self::Keys(error) => error.code(),
            Self::Blob(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Jobs(error) => error.code(),
            Self::Identity(error) => error.code(),
        }
    }
}

/// Bytes that are not of the format they should be; the place is added by whoever knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub &'static str);

impl FormatError {
    /// With the place, as an error of the archive.
    pub(crate) fn at(self, place: String) -> ArchiveError {
        ArchiveError::Damaged { place, what: self.0.to_owned() }
    }
}
