//! The archive: everything that was said, appended once, encrypted per subject, provable.
//!
//! Words: an *envelope* is what a source delivers before decryption, an *intake batch* a fetch of them; a *record* is an
//! archived message: a *header* that says who, when and what kind, and a *body* that is encrypted; its *leaf* in the log
//! commits to both without telling of them; a *subject* is whose key encrypts it; what cannot be archived yet is
//! *parked*, with its reason.
//!
//! Invariants: nothing delivered is ever dropped: it is a record, a counted duplicate, a parked item, or still open; a
//! msgid of a source is archived once; a record, its leaf and the event of it are written in one transaction, and its
//! intake ciphertext goes in the same; a body's ciphertext never changes; formats on disk are for ever, with an example
//! of each in `testdata/`.
//!
//! It never fetches from a channel, never builds the index, and shows nobody more than their level.

mod alarms;
mod api;
mod append;
mod archive;
mod body;
mod consent;
mod contact_visibility;
mod conversation;
mod error;
mod export;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod golden;
mod header;
mod history;
mod intake;
mod leaf;
mod media;
mod model;
mod preview;
mod proof;
mod reach;
mod read;
mod reconcile;
mod rooms;
mod status;
mod store;
mod timeline;
mod verify;
mod view;
mod wire;
mod zip;

pub use alarms::{Alarm, AlarmName, Severity};
pub use api::endpoints;
pub use append::{BATCH_BYTES_MAX, DirectBatch, ENVELOPES_PER_BATCH_MAX, PARKED_PER_CALL_MAX, identity};
pub use archive::{Archive, ArchiveDeps};
pub use body::{BLIND_BYTES, Body, BodyCodec, PARSED_BYTES_MAX, RAW_BYTES_MAX, commitment, id_tag};
pub use consent::{Agreement, AgreementAnswer, AgreementQuestion, AgreementQuestions, AgreementView, Asked};
pub use conversation::{ConversationKind, conversation_key, subject_name};
pub use error::{ArchiveError, FormatError};
pub use export::{EXPORT_BYTES_MAX, EXPORT_MESSAGES_MAX, Export, ExportForm, ExportLanguage, ExportQuestion};
pub use header::{decode_header, encode_header};
pub use history::{HistoryLog, KeptCheckpoint, LogHistory};
pub use intake::{BatchId, Envelope, IntakeBatch, StoredBatch, pack_envelopes, unpack_envelopes};
pub use leaf::{CheckpointLeaf, LEAF_BYTES_MAX, Leaf, MediaLeaf, RecordLeaf, ReportLeaf};
pub use media::{
    CHUNK_BYTES, MEDIA_BYTES_MAX, MediaFailure, MediaHeader, MediaReader, MediaTask, MediaWriter, Resume, content_type,
    decode_media_header, encode_media_header, is_shown_inline, object_size,
};
pub use model::{
    ConsentEntry, MediaItem, MediaReason, MediaState, ParkReason, ParkedItem, RecordView, Settled, Settlement, Source,
};
pub use preview::{Preview, PreviewForm};
pub use proof::{ConsistencyView, OpeningView, ProofView};
pub use read::{PAGE_BYTES_MAX, RecordPage};
pub use reconcile::{DayState, ReconciledDay, ReconciledDays, Report};
pub use rooms::Room;
pub use status::{STAGE_INDEXED, SourceStatus, StatusView};
pub use store::migrations::MIGRATIONS;
pub use timeline::{
    ConsentView, ConversationFilter, ConversationView, DamagedMessage, LastMessage, MessagePage, ReaderView,
    ReadersPage, Window,
};
pub use verify::{CarriedCheckpoint, VerifyInput, VerifyProblem, VerifyReport, verify};
pub use view::{MediaView, MessageView, MessageViews, PartyView, ProofPlace, ProofState, READ, REVEAL};

/// The wake-up topic that rings when media is due.
pub const MEDIA_TOPIC: &str = "archive_media";
