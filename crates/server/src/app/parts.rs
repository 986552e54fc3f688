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
use xinlu_search::{Search, SearchDeps};

use super::{Failure, World};
use crate::config::Config;
use crate::data::{DataLayout, DataLock};

/// Bytes in a MiB.
const MIB: usize = 1024 * 1024;
/// Tables of all parts, from the bottom up.
pub const TABLES: [&[Migration]; 4] =
    [xinlu_jobs::MIGRATIONS, xinlu_ledger::MIGRATIONS, xinlu_identity::MIGRATIONS, xinlu_archive::MIGRATIONS];

/// The opened parts.
pub struct Parts {
    /// Where things lie.
    pub layout: DataLayout,
    /// The rows.
    pub db: Db,
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
        let keys = KeyRing::open(keys_db, root_key, shared, clock).await.map_err(Failure::part)?;
        let archive_log = ledger(&layout, &db, LogName::Archive, world).await?;
        let audit_log = ledger(&layout, &db, LogName::Audit, world).await?;
        let directory = Directory::open(db.clone(), Arc::clone(&world.clock));
        let mut sign_in = config.sign_in.clone();
        sign_in.secure_cookie = config.tls.is_some();
        let identity = Identity::open(IdentityDeps {
            db: db.clone(),
            directory: Arc::clone(&directory),
            ledger: Some(Arc::clone(&audit_log)),
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
        Ok(Self { layout, db, keys, archive_log, audit_log, identity, archive, root_key, _lock: lock })
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

/// Opens a log under its own key. The origin names this installation for ever; it is made once.
async fn ledger(layout: &DataLayout, db: &Db, log: LogName, world: &World) -> Result<Arc<Ledger>, Failure> {
    let seed = layout.key(&format!("log-{}.key", log.folder()), world.random.as_ref())?;
    let name = layout.key("installation", world.random.as_ref())?;
    let mut short = String::new();
    for byte in name.iter().take(8) {
        let _ = write!(short, "{byte:02x}");
    }
    let origin = format!("xinlu.internal/{short}/{}", log.folder());
    let directory = layout.logs().join(log.folder());
    let opened = Ledger::open(db.clone(), directory, log, &origin, seed, Arc::clone(&world.clock));
    opened.await.map_err(Failure::part)
}

/// How this program starts itself as the SDK's worker.
pub(crate) fn worker(environment: Vec<(String, String)>) -> Result<WorkerCommand, Failure> {
    let program = std::env::current_exe()?;
    Ok(WorkerCommand { program, arguments: vec!["sdk-worker".to_owned()], environment })
}
