//! The archive itself: what it is made of, its sources, and opening single records.
//!
//! Everything else it can do stands in the file of that subject.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use xinlu_blob::BlobStore;
use xinlu_db::Db;
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::Ledger;
use xinlu_model::{Clock, Header, Random, SourceId};

use crate::ArchiveError;
use crate::append::{Handover, KnownConversations};
use crate::body::{Body, BodyCodec, id_tag};
use crate::header::decode_header;
use crate::model::Source;
use crate::store::records::StoredRecord;
use crate::store::{conversations, sources};

/// What the archive is made of.
#[derive(Clone)]
pub struct ArchiveDeps {
    /// Where rows are; `MIGRATIONS` of archive, ledger, jobs and identity have run.
    pub db: Db,
    /// Whose keys encrypt.
    pub keys: Arc<KeyRing>,
    /// Where media is.
    pub blobs: Arc<BlobStore>,
    /// The archive log.
    pub ledger: Arc<Ledger>,
    /// Who there is.
    pub directory: Arc<Directory>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For nonces and blinds.
    pub random: Arc<dyn Random>,
}

/// The archive.
pub struct Archive {
    pub(crate) deps: ArchiveDeps,
    pub(crate) codec: Arc<BodyCodec>,
    pub(crate) conversations: KnownConversations,
    pub(crate) handover: Handover,
    pub(crate) audit_log: OnceLock<Arc<Ledger>>,
    /// Names of sources by number; they never change, but `name` may and is not taken from here.
    sources: Mutex<HashMap<SourceId, Source>>,
}

impl Archive {
    /// Opens the archive on its parts.
    pub fn open(deps: ArchiveDeps) -> Arc<Self> {
        Arc::new(Self {
            deps,
            codec: Arc::default(),
            conversations: KnownConversations::new(),
            handover: Handover::default(),
            audit_log: OnceLock::new(),
            sources: Mutex::default(),
        })
    }

    /// The source of a lasting name such as `wecom:CORPID`; made when it is not known yet.
    pub async fn ensure_source(&self, key: &str, name: &str) -> Result<SourceId, ArchiveError> {
        let mut tx = self.deps.db.begin().await?;
        let id = sources::ensure(&mut tx, key, name, self.deps.clock.now()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// All sources.
    pub async fn sources(&self) -> Result<Vec<Source>, ArchiveError> {
        sources::list(&self.deps.db).await
    }

    /// The last sequence number of a source that is stored; 0 before the first.
    pub async fn cursor(&self, source: SourceId) -> Result<u64, ArchiveError> {
        let source = sources::find(&self.deps.db, source).await?.ok_or(ArchiveError::SourceUnknown(source))?;
        Ok(source.cursor)
    }

    /// Tells how asking a source for more went: `None` well, else why not. The alarms judge by it.
    pub async fn report_poll(&self, source: SourceId, error: Option<&str>) -> Result<(), ArchiveError> {
        let mut tx = self.deps.db.begin().await?;
        sources::polled(&mut tx, source, self.deps.clock.now(), error).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a group its name.
    pub async fn name_group(&self, source: SourceId, room: &str, title: &str) -> Result<(), ArchiveError> {
        let mut tx = self.deps.db.begin().await?;
        conversations::retitle(&mut tx, source, room, title).await?;
        Ok(tx.commit().await?)
    }

    /// A source whose number and lasting name are asked for; its cursor may be old.
    pub(crate) async fn source(&self, id: SourceId) -> Result<Source, ArchiveError> {
        if let Some(source) = self.sources.lock().get(&id) {
            return Ok(source.clone());
        }
        let source = sources::find(&self.deps.db, id).await?.ok_or(ArchiveError::SourceUnknown(id))?;
        self.sources.lock().insert(id, source.clone());
        Ok(source)
    }

    /// Decrypts a stored record.
    pub(crate) async fn open_record(
        &self,
        stored: &StoredRecord,
        source_key: &str,
        header: &Header,
    ) -> Result<Body, ArchiveError> {
        let subject = self.deps.keys.subject(stored.subject).await?.ok_or(ArchiveError::Erased(stored.id))?;
        let tag = id_tag(&subject, source_key, &header.msgid);
        self.codec.open(&subject, &tag, &stored.header, &stored.body).map_err(|error| error.at(place(stored)))
    }
}

pub(crate) fn place(stored: &StoredRecord) -> String {
    format!("record {}", stored.id)
}

/// What a stored record says of itself.
pub(crate) fn header_of(stored: &StoredRecord) -> Result<Header, ArchiveError> {
    let (_, header) = decode_header(&stored.header, stored.source).map_err(|error| error.at(place(stored)))?;
    Ok(header)
}
