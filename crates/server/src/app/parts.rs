//! Opens the parts below the product: database, keys, logs, people, archive.
//!
//! It holds the data directory for this process.

use std::fmt::Write as _;
use std::sync::Arc;

use xinlu_archive::{Archive, ArchiveDeps};
use xinlu_blob::BlobStore;
use xinlu_channels::wecom_archive::sdk_worker::WorkerCommand;
use xinlu_db::{Db, DbConfig, Migration};
use xinlu_identity::{Directory, Identity, IdentityDeps};
use xinlu_index::{Embedded, EmbeddedOptions, Engine, IndexKey};
use xinlu_keys::{KeyRing, hkdf};
use xinlu_ledger::{Ledger, LogName};
use xinlu_model::Random;
use xinlu_search::{Search, SearchDeps};

use super::{Failure, World};
use crate::config::Config;
use crate::data::{DataLayout, DataLock};
use crate::wal;

/// Bytes of an installation's name in the origin of its logs: enough that no two ever share one.
const ORIGIN_BYTES: usize = 8;
/// Bytes in a MiB.
const MIB: usize = 1024 * 1024;
/// Tables of all parts, from the bottom up.
pub const TABLES: [&[Migration]; 6] = [
    xinlu_jobs::MIGRATIONS,
    xinlu_ledger::MIGRATIONS,
    xinlu_identity::MIGRATIONS,
    xinlu_archive::MIGRATIONS,
    xinlu_channels::MIGRATIONS,
    xinlu_search::MIGRATIONS,
];

/// The opened parts.
pub struct Parts {
    /// Where things lie.
    pub layout: DataLayout,
    /// The rows.
    pub db: Db,
    /// Where the keys are.
    pub keys_db: Db,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// The log of the archive.
    pub archive_log: Arc<Ledger>,
    /// The log of the audit trail.
    pub audit_log: Arc<Ledger>,
    /// People and rights.
    pub identity: Arc<Identity>,
    /// The archive.
    pub archive: Arc<Archive>,
    root_key: [u8; 32],
    _lock: DataLock,
}

impl Parts {
    /// Opens them; makes what is absent.
    pub async fn open(config: &Config, world: &World) -> Result<Self, Failure> {
        let layout = DataLayout::new(&config.data.0);
        layout.create()?;
        let lock = layout.lock()?;
        let random = world.random.as_ref();
        let db = Db::open(&rows(config, &layout)).map_err(Failure::part)?;
        db.migrate(&TABLES).await.map_err(Failure::part)?;
        let root_key = layout.key("root.key", random)?;
        let keys_db = Db::open(&key_rows(config, &layout)).map_err(Failure::part)?;
        let (clock, shared) = (Arc::clone(&world.clock), Arc::clone(&world.random));
        let keys = KeyRing::open(keys_db.clone(), root_key, shared, clock).await.map_err(Failure::part)?;
        let archive_log = ledger(&layout, &db, LogName::Archive, world).await?;
        let audit_log = ledger(&layout, &db, LogName::Audit, world).await?;
        let directory = Directory::open(db.clone(), Arc::clone(&world.clock));
        let mut sign_in = config.sign_in.clone();
        sign_in.secure_cookie = config.tls.is_some();
        let identity = Identity::open(IdentityDeps {
            db: db.clone(),
            directory: Arc::clone(&directory),
            ledger: Some(Arc::clone(&audit_log)),
            keys: Some(Arc::clone(&keys)),
            clock: Arc::clone(&world.clock),
            random: Arc::clone(&world.random),
            config: sign_in,
        })
        .await
        .map_err(Failure::part)?;
        let archive = Archive::open(ArchiveDeps {
            db: db.clone(),
            keys: Arc::clone(&keys),
            blobs: BlobStore::directory(&layout.blobs()).map_err(Failure::part)?,
            ledger: Arc::clone(&archive_log),
            directory,
            clock: Arc::clone(&world.clock),
            random: Arc::clone(&world.random),
        });
        refuse_older_keys(&keys, &archive).await?;
        identity.set_contact_visibility(archive.clone());
        identity.set_conversation_reach(archive.clone());
        archive.set_audit_log(Arc::clone(&audit_log));
        Ok(Self { layout, db, keys_db, keys, archive_log, audit_log, identity, archive, root_key, _lock: lock })
    }

    /// Leaves nothing deleted behind in the write-ahead files; for a clean stop, when nothing uses the parts any more.
    pub(crate) async fn close(&self) {
        match wal::empty(&self.db, &self.keys_db).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!("a reader is left: the write-ahead files keep what was deleted until the next start");
            }
            Err(error) => tracing::warn!(%error, "the write-ahead files could not be emptied"),
        }
    }

    /// The search on the index in the data directory.
    pub fn search(&self, config: &Config, world: &World) -> Result<Arc<Search>, Failure> {
        let key = hkdf(&self.root_key, b"xinlu", &[b"search index"]);
        let mut options = EmbeddedOptions::new(self.layout.index(), IndexKey::new(key));
        options.writer_heap_bytes = config.search.writer_mib as usize * MIB;
        options.cache_bytes_max = config.search.cache_mib as usize * MIB;
        let engine = Embedded::open(options)
            .map_err(|error| Failure::Part { code: "search.index", cause: error.to_string() })?;
        let engine: Arc<dyn Engine> = Arc::new(engine);
        Ok(Search::new(SearchDeps {
            engine,
            archive: Arc::clone(&self.archive),
            directory: Arc::clone(self.identity.directory()),
            db: self.db.clone(),
            clock: Arc::clone(&world.clock),
        }))
    }
}

/// An empty or older key file beside a filled archive would give numbers out again and lose what was archived since.
async fn refuse_older_keys(keys: &KeyRing, archive: &Archive) -> Result<(), Failure> {
    let (given, used) =
        (keys.last_number().await.map_err(Failure::part)?, archive.newest_subject().await.map_err(Failure::part)?);
    if used <= given {
        return Ok(());
    }
    let cause = format!("the key file knows {given} subjects, records use {used}; restore the newest keys.db");
    Err(Failure::Part { code: "keys.behind", cause })
}

/// The name of a log of this installation, for ever; made once.
pub(crate) fn origin(layout: &DataLayout, log: LogName, random: &dyn Random) -> Result<String, Failure> {
    let name = layout.key("installation", random)?;
    let mut short = String::new();
    for byte in name.iter().take(ORIGIN_BYTES) {
        let _ = write!(short, "{byte:02x}");
    }
    Ok(format!("xinlu.internal/{short}/{}", log.folder()))
}

/// The file of a log's signing key.
pub(crate) fn signing_key(log: LogName) -> String {
    format!("log-{}.key", log.folder())
}

/// Where rows are.
pub(crate) fn rows(config: &Config, layout: &DataLayout) -> DbConfig {
    match &config.database.url {
        Some(url) => DbConfig::Postgres { url: url.reveal().to_owned() },
        None => layout.database(),
    }
}

/// Where subject keys are.
pub(crate) fn key_rows(config: &Config, layout: &DataLayout) -> DbConfig {
    match &config.database.keys_url {
        Some(url) => DbConfig::Postgres { url: url.reveal().to_owned() },
        None => layout.keys_database(),
    }
}

/// Opens a log under its own key.
async fn ledger(layout: &DataLayout, db: &Db, log: LogName, world: &World) -> Result<Arc<Ledger>, Failure> {
    let seed = layout.key(&signing_key(log), world.random.as_ref())?;
    let origin = origin(layout, log, world.random.as_ref())?;
    let directory = layout.logs().join(log.folder());
    let opened = Ledger::open(db.clone(), directory, log, &origin, seed, Arc::clone(&world.clock));
    opened.await.map_err(Failure::part)
}

/// How this program starts itself as the SDK's worker.
pub(crate) fn worker(environment: Vec<(String, String)>) -> Result<WorkerCommand, Failure> {
    let program = std::env::current_exe()?;
    Ok(WorkerCommand { program, arguments: vec!["sdk-worker".to_owned()], environment })
}
