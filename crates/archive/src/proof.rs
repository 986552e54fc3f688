//! Proofs for readers: that a record is in the log, what it commits to, and that the log only grew.
//!
//! What opens a commitment (blind, header, raw bytes) leaves only at level text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;
use xinlu_http::{Grants, Level};
use xinlu_ledger::{LogName, ProofAnswer, RefKind, submit};
use xinlu_model::RecordId;
use xinlu_tlog::leaf_hash;

use crate::archive::header_of;
use crate::leaf::{CheckpointLeaf, Leaf};
use crate::store::{records, status};
use crate::view::ProofState;
use crate::{Archive, ArchiveError};

/// A record's proof, with all that a stranger's tool needs to check it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProofView {
    /// Whether it has its place under a published checkpoint.
    pub state: ProofState,
    /// The log's name.
    pub log: String,
    /// Place of the leaf, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf_index: Option<u64>,
    /// Leaves of the tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree_size: Option<u64>,
    /// The entry, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// RFC 6962 hash of the entry, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf_hash: Option<String>,
    /// From the leaf's sibling up, base64.
    pub hashes: Vec<String>,
    /// The signed checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// The log's public key.
    pub vkey: String,
    /// What opens the leaf's commitment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening: Option<OpeningView>,
}

/// commitment = HMAC-SHA-256(blind, 1 ‖ u32 length of header ‖ header ‖ raw).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpeningView {
    /// Base64.
    pub blind: String,
    /// Base64.
    pub header: String,
    /// Base64.
    pub raw: String,
}

/// That the tree of `to` leaves begins with the tree of `from` leaves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsistencyView {
    /// Leaves of the smaller tree.
    pub from: u64,
    /// Leaves of the larger tree.
    pub to: u64,
    /// Base64.
    pub hashes: Vec<String>,
}

impl Archive {
    /// The published checkpoint of the archive log.
    pub async fn checkpoint(&self) -> Result<String, ArchiveError> {
        Ok(self.deps.ledger.checkpoint().await?)
    }

    /// The proof of a record that the caller may know of.
    pub async fn proof(&self, grants: &Grants, record: RecordId) -> Result<ProofView, ArchiveError> {
        let missing = ArchiveError::RecordNotFound(record);
        let Some(stored) = records::by_id(&self.deps.db, record).await? else { return Err(missing) };
        let Some(level) = self.level(grants, stored.conversation).await? else { return Err(missing) };
        let ledger = &self.deps.ledger;
        let mut view = ProofView {
            state: ProofState::Pending,
            log: ledger.verifier().name().to_owned(),
            leaf_index: None,
            tree_size: None,
            leaf: None,
            leaf_hash: None,
            hashes: Vec::new(),
            checkpoint: None,
            vkey: ledger.verifier().to_string(),
            opening: None,
        };
        match ledger.proof(RefKind::RECORD, record.number() as u64).await? {
            ProofAnswer::Found { leaf_index, tree_size, leaf, hashes, checkpoint } => {
                view.state = ProofState::Logged;
                view.leaf_index = Some(leaf_index);
                view.tree_size = Some(tree_size);
                view.leaf_hash = Some(STANDARD.encode(leaf_hash(&leaf).0));
                view.leaf = Some(STANDARD.encode(leaf));
                view.hashes = hashes.iter().map(|hash| STANDARD.encode(hash.0)).collect();
                view.checkpoint = Some(checkpoint);
            }
            ProofAnswer::Pending | ProofAnswer::Absent => {}
        }
        if level == Level::Text {
            let source = self.source(stored.source).await?;
            let header = header_of(&stored)?;
            match self.open_record(&stored, &source.key, &header).await {
                Ok(body) => {
                    view.opening = Some(OpeningView {
                        blind: STANDARD.encode(body.blind),
                        header: STANDARD.encode(&stored.header),
                        raw: STANDARD.encode(&body.raw),
                    });
                }
                // The text is gone, the proof stays.
                Err(ArchiveError::Erased(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(view)
    }

    /// Makes another log's checkpoint a leaf of this one, so that neither can be rewritten alone.
    pub async fn carry_checkpoint(&self, origin: &str, size: u64, root: [u8; 32]) -> Result<(), ArchiveError> {
        let now = self.deps.clock.now();
        let leaf = Leaf::Checkpoint(CheckpointLeaf { origin: origin.to_owned(), size, root, at: now });
        let leaf = leaf.encode().map_err(|error| error.at("a checkpoint to be carried".to_owned()))?;
        let mut tx = self.deps.db.begin().await?;
        let id = status::add_checkpoint(&mut tx, &leaf, now).await?;
        submit(&mut tx, LogName::Archive, RefKind::CHECKPOINT, id as u64, &[leaf]).await?;
        Ok(tx.commit().await?)
    }
}
