//! Verification of a data directory, offline: files of the log, every row against its leaf, every object against its name.
//!
//! It changes nothing, names everything that is wrong by its place, and says what it could not check. Without keys it
//! cannot open bodies, so it sees changed ciphertexts but not every changed header.
//!
//! Records are walked once, in the order of their leaves; what they imply of other tables is gathered meanwhile and held
//! against those tables, each read once in the order of its key.

mod context;
mod conversations;
mod declared;
mod implied;
mod intake;
mod journal;
mod leaves;
mod media;
mod named;
mod record;
mod records;
mod rest;
mod traces;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::RandomState;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use lru::LruCache;
use tokio::task::JoinSet;
use xinlu_blob::BlobStore;
use xinlu_db::Db;
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::{Head, HeadCheck, LedgerError, LogName, LogReport, head, verify_directory};
use xinlu_model::{ConversationId, ErrorKind, Fault, SourceId};

use crate::ArchiveError;
use crate::body::BodyCodec;
use crate::leaf::CheckpointLeaf;
use crate::model::Source;
use crate::store::conversations::StoredConversation;
use crate::store::sources;
use implied::Implied;

/// Chunks that are checked at the same time: one per core of the smallest machine this runs on.
const CHECKS_MAX: usize = 2;
/// Conversations kept in memory, some 300 bytes each.
const CONVERSATIONS_CACHED: NonZeroUsize = NonZeroUsize::new(20_000).expect("not zero");

/// What is verified, and with what.
pub struct VerifyInput {
    /// The rows; nothing is written to them.
    pub db: Db,
    /// The keys, if they are at hand.
    pub keys: Option<Arc<KeyRing>>,
    /// The objects.
    pub blobs: Arc<BlobStore>,
    /// The directory of the archive log.
    pub log_directory: PathBuf,
    /// A checkpoint that somebody kept.
    pub saved_checkpoint: Option<String>,
    /// Who there is, in the same database.
    pub directory: Arc<Directory>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyProblem {
    /// Where: `record 17`, `media 3`, `object aabb…`, `log/archive/tile/0/000 hash 5`.
    pub place: String,
    /// What.
    pub what: String,
}

impl fmt::Display for VerifyProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Empty when all is intact.
    pub problems: Vec<VerifyProblem>,
    /// What could not be checked, and why.
    pub unchecked: Vec<String>,
    /// What is harmless and yet worth saying.
    pub notes: Vec<String>,
    /// Records checked.
    pub records: u64,
    /// Leaves under the checkpoint.
    pub leaves: u64,
    /// Leaves that wait for their place.
    pub pending: u64,
    /// Stored media items checked.
    pub media: u64,
    /// Objects read.
    pub objects: u64,
    /// Parked items and open batches that decode.
    pub waiting: u64,
    /// The published checkpoint.
    pub checkpoint: String,
    /// The log's name in it; empty when it cannot be trusted.
    pub origin: String,
    /// What the log says of other logs, to be held against them by whoever has them.
    pub carried: Vec<CarriedCheckpoint>,
}

/// Another log's checkpoint that the archive log carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedCheckpoint {
    /// Where it stands, such as `carried checkpoint 3`.
    pub place: String,
    /// What it says.
    pub checkpoint: CheckpointLeaf,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, place: &str, what: &str) {
        self.problems.push(VerifyProblem { place: place.to_owned(), what: what.to_owned() });
    }
}

/// Everything a verification has at hand.
pub(crate) struct Verification {
    input: VerifyInput,
    codec: Arc<BodyCodec>,
    sources: Vec<Source>,
    source_keys: Arc<HashMap<SourceId, String>>,
    conversations: LruCache<ConversationId, Option<Arc<StoredConversation>>>,
    report: VerifyReport,
    running: JoinSet<records::Checked>,
    /// Runs of record numbers that a leaf stands for: first, and the one after the last.
    record_runs: Vec<(i64, i64)>,
    /// Media items that a leaf stands for, in the order of the log, and the record that the row says.
    media_leaves: Vec<(i64, Option<i64>)>,
    report_leaves: HashSet<i64>,
    checkpoint_leaves: HashSet<i64>,
    /// Names of the objects that media rows tell of.
    objects: HashSet<[u8; 32]>,
    /// Leaves that the database says there are.
    head_size: u64,
    implied: Implied,
    hasher: RandomState,
    /// Tables that could not be read beside the records.
    unreadable: HashSet<&'static str>,
}

/// Verifies a data directory. Errors are only what keeps it from going on at all, such as an unreachable database; a
/// row or a table that cannot be read is a problem of the report.
pub async fn verify(input: VerifyInput) -> Result<VerifyReport, ArchiveError> {
    let head = head(&input.db, LogName::Archive).await;
    let (folder, saved) = (input.log_directory.clone(), input.saved_checkpoint.clone());
    let read = head.as_ref().ok().cloned();
    let log = tokio::task::spawn_blocking(move || {
        let mut log = verify_directory(&folder, saved.as_deref());
        let published = log.tree_size;
        let check = read.map(|head| log.check_head(head.as_ref()));
        (log, published, check)
    });
    let (log, published, check) = log.await.map_err(|_| ArchiveError::Stopping)?;
    let sources = sources::list(&input.db).await;
    let mut verification = Verification::new(
        input,
        VerifyReport {
            leaves: published,
            checkpoint: log.checkpoint.clone(),
            origin: log.origin.clone(),
            ..VerifyReport::default()
        },
    );
    match sources {
        Ok(sources) => {
            verification.source_keys = Arc::new(sources.iter().map(|source| (source.id, source.key.clone())).collect());
            verification.sources = sources;
        }
        Err(error) => verification.note_failure("archive_sources", Err(error))?,
    }
    verification.log_files(&log);
    verification.head(head, check)?;
    if verification.input.keys.is_none() {
        let what = "bodies, commitments, id tags and headers were not checked, nor what records say of media, consent and \
                    revocation: the keys are not at hand";
        verification.report.unchecked.push(what.to_owned());
    }
    let told = "titles of groups, tries and times of what waits, and names in the directory stand in no record and were not \
                checked";
    verification.report.unchecked.push(told.to_owned());
    verification.phases(&log).await?;
    Ok(verification.report)
}

impl Verification {
    fn new(input: VerifyInput, report: VerifyReport) -> Self {
        Self {
            input,
            codec: Arc::default(),
            sources: Vec::new(),
            source_keys: Arc::default(),
            conversations: LruCache::new(CONVERSATIONS_CACHED),
            report,
            running: JoinSet::new(),
            record_runs: Vec::new(),
            media_leaves: Vec::new(),
            report_leaves: HashSet::new(),
            checkpoint_leaves: HashSet::new(),
            objects: HashSet::new(),
            head_size: 0,
            implied: Implied::default(),
            hasher: RandomState::new(),
            unreadable: HashSet::new(),
        }
    }

    fn log_files(&mut self, log: &LogReport) {
        for problem in &log.problems {
            let position = problem.position.as_ref().map(|position| format!(" {position}")).unwrap_or_default();
            self.report.problem(&format!("log/archive/{}{position}", problem.file), &problem.what);
        }
        let leftovers = log.leftovers.iter().map(|file| format!("log/archive/{file} is left of an interrupted round"));
        self.report.notes.extend(leftovers);
    }

    fn head(&mut self, head: Result<Option<Head>, LedgerError>, check: Option<HeadCheck>) -> Result<(), ArchiveError> {
        self.head_size = head.as_ref().ok().and_then(Option::as_ref).map_or(0, |head| head.size);
        self.note_failure("ledger_heads", head.map(drop).map_err(ArchiveError::from))?;
        let Some(check) = check else { return Ok(()) };
        for what in &check.wrong {
            self.report.problem("ledger_heads", what);
        }
        if check.late > 0 {
            let what = format!(
                "{} leaves have their place and no checkpoint yet; they were checked, and the next start publishes it",
                check.late
            );
            self.report.notes.push(what);
        }
        Ok(())
    }

    /// All checks; what one of them stumbles over does not keep the others from being made.
    async fn phases(&mut self, log: &LogReport) -> Result<(), ArchiveError> {
        let done = self.walk_log(log).await;
        self.note_failure("ledger_placements", done)?;
        let done = self.walk_pending().await;
        self.note_failure("ledger_pending", done)?;
        self.wait_for_all().await?;
        let done = self.rows_without_leaf().await;
        self.note_failure("archive_records", done)?;
        self.implied.close();
        let done = self.journal().await;
        self.note_failure("jobs_journal", done)?;
        let done = self.media_rows().await;
        self.note_failure("archive_media", done)?;
        let done = self.objects().await;
        self.note_failure("objects", done)?;
        let done = self.conversation_rows().await;
        self.note_failure("archive_conversations", done)?;
        let done = self.party_rows().await;
        self.note_failure("archive_parties", done)?;
        let done = self.revocation_rows().await;
        self.note_failure("archive_revocations", done)?;
        let done = self.consent_rows().await;
        self.note_failure("archive_consents", done)?;
        let done = self.reports().await;
        self.note_failure("archive_reports", done)?;
        let done = self.checkpoints().await;
        self.note_failure("archive_checkpoints", done)?;
        self.intake_phases().await
    }

    /// Makes a problem of what stopped a check, unless no check at all can be made any more.
    fn note_failure(&mut self, place: &str, done: Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        match done {
            Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
            Err(error) => {
                self.report.problem(place, &format!("cannot be checked to its end: {error}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Waits until fewer than `CHECKS_MAX` chunks are being checked.
    async fn make_room(&mut self) -> Result<(), ArchiveError> {
        while self.running.len() >= CHECKS_MAX {
            self.wait_for_one().await?;
        }
        Ok(())
    }

    async fn wait_for_all(&mut self) -> Result<(), ArchiveError> {
        while !self.running.is_empty() {
            self.wait_for_one().await?;
        }
        Ok(())
    }

    async fn wait_for_one(&mut self) -> Result<(), ArchiveError> {
        if let Some(checked) = self.running.join_next().await {
            let checked = checked.map_err(|_| ArchiveError::Stopping)?;
            self.report.records += checked.records;
            self.report.problems.extend(checked.problems);
            self.implied.merge(checked.implied);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
