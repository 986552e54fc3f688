//! Verification of a data directory, offline: files of the log, every row against its leaf, every object against its name.
//!
//! It changes nothing, names everything that is wrong by its place, and says what it could not check. Without keys it
//! cannot open bodies, so it sees changed ciphertexts but not every changed header.

mod leaves;
mod media;
mod record;
mod records;
mod rest;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinSet;
use xinlu_blob::BlobStore;
use xinlu_db::Db;
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::{LogReport, verify_directory};
use xinlu_model::{ConversationId, ErrorKind, Fault, SourceId};

use crate::ArchiveError;
use crate::body::BodyCodec;
use crate::store::conversations::StoredConversation;
use crate::store::sources;

/// Chunks that are checked at the same time: one per core of the smallest machine this runs on.
const CHECKS_MAX: usize = 2;

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
    pub(crate) input: VerifyInput,
    pub(crate) codec: Arc<BodyCodec>,
    pub(crate) source_keys: Arc<HashMap<SourceId, String>>,
    pub(crate) conversations: HashMap<ConversationId, Option<Arc<StoredConversation>>>,
    pub(crate) report: VerifyReport,
    pub(crate) running: JoinSet<records::Checked>,
    /// Runs of record numbers that a leaf stands for: first, and the one after the last.
    pub(crate) record_runs: Vec<(i64, i64)>,
    pub(crate) media_leaves: HashSet<i64>,
    pub(crate) report_leaves: HashSet<i64>,
    pub(crate) checkpoint_leaves: HashSet<i64>,
    /// Names of the objects that media rows tell of.
    pub(crate) objects: HashSet<[u8; 32]>,
}

/// Verifies a data directory. Errors are only what keeps it from going on at all, such as an unreachable database; a
/// row or a table that cannot be read is a problem of the report.
pub async fn verify(input: VerifyInput) -> Result<VerifyReport, ArchiveError> {
    let (folder, saved) = (input.log_directory.clone(), input.saved_checkpoint.clone());
    let log = tokio::task::spawn_blocking(move || verify_directory(&folder, saved.as_deref()))
        .await
        .map_err(|_| ArchiveError::Stopping)?;
    let sources = sources::list(&input.db).await;
    let mut verification = Verification {
        input,
        codec: Arc::default(),
        source_keys: Arc::default(),
        conversations: HashMap::new(),
        report: VerifyReport { leaves: log.tree_size, checkpoint: log.checkpoint.clone(), ..VerifyReport::default() },
        running: JoinSet::new(),
        record_runs: Vec::new(),
        media_leaves: HashSet::new(),
        report_leaves: HashSet::new(),
        checkpoint_leaves: HashSet::new(),
        objects: HashSet::new(),
    };
    match sources {
        Ok(sources) => {
            verification.source_keys = Arc::new(sources.into_iter().map(|source| (source.id, source.key)).collect());
        }
        Err(error) => verification.note_failure("archive_sources", Err(error))?,
    }
    for problem in &log.problems {
        let position = problem.position.as_ref().map(|position| format!(" {position}")).unwrap_or_default();
        verification.report.problem(&format!("log/archive/{}{position}", problem.file), &problem.what);
    }
    let leftovers = log.leftovers.iter().map(|file| format!("log/archive/{file} is left of an interrupted round"));
    verification.report.notes.extend(leftovers);
    if verification.input.keys.is_none() {
        let what = "bodies, commitments, id tags and headers were not checked: the keys are not at hand";
        verification.report.unchecked.push(what.to_owned());
    }
    verification.phases(&log).await?;
    Ok(verification.report)
}

impl Verification {
    /// All checks; what one of them stumbles over does not keep the others from being made.
    async fn phases(&mut self, log: &LogReport) -> Result<(), ArchiveError> {
        let done = self.walk_log(log).await;
        self.note_failure("ledger_placements", done)?;
        let done = self.walk_pending().await;
        self.note_failure("ledger_pending", done)?;
        self.wait_for_all().await?;
        let done = self.rows_without_leaf().await;
        self.note_failure("archive_records", done)?;
        let done = self.media_rows().await;
        self.note_failure("archive_media", done)?;
        let done = self.objects().await;
        self.note_failure("objects", done)?;
        let done = self.reports().await;
        self.note_failure("archive_reports", done)?;
        let done = self.checkpoints().await;
        self.note_failure("archive_checkpoints", done)?;
        let done = self.open_batches().await;
        self.note_failure("archive_intake", done)?;
        let done = self.parked_items().await;
        self.note_failure("archive_parked", done)
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
    pub(crate) async fn make_room(&mut self) -> Result<(), ArchiveError> {
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
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
