//! A fresh database per test: SQLite always, PostgreSQL when the test script started one.
//!
//! `XINLU_TEST_PG` holds its URL. Without it the PostgreSQL half is skipped, loudly.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tokio_postgres::{Config, NoTls};
use xinlu_db::{Db, DbConfig, Migration};

/// A migrated database with the folder it lives beside; both go away with it.
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// A folder for whatever else the test keeps.
    pub folder: TempDir,
    /// How to open the same database again (as after a crash).
    pub config: DbConfig,
}

/// A fresh SQLite database.
pub async fn sqlite(parts: &[&[Migration]]) -> TestDb {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let config = DbConfig::Sqlite { path: folder.path().join("test.db") };
    open(config, folder, parts).await
}

/// A fresh PostgreSQL database, or `None` (said loudly) when no server was started.
pub async fn postgres(parts: &[&[Migration]]) -> Option<TestDb> {
    let Some(url) = std::env::var_os("XINLU_TEST_PG").and_then(|url| url.into_string().ok()) else {
        eprintln!("SKIPPED on PostgreSQL: XINLU_TEST_PG is not set (make test starts one)");
        return None;
    };
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("xinlu_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let server: Config = url.parse().expect("XINLU_TEST_PG is a PostgreSQL URL");
    let (client, connection) = server.connect(NoTls).await.expect("the test PostgreSQL answers");
    tokio::spawn(connection);
    let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await;
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a test database can be made");
    let (base, _) = url.rsplit_once('/').expect("the URL names a database");
    let folder = TempDir::new().expect("a temporary folder can be made");
    Some(open(DbConfig::Postgres { url: format!("{base}/{name}") }, folder, parts).await)
}

/// One database of each engine that is here.
pub async fn both(parts: &[&[Migration]]) -> Vec<TestDb> {
    let mut databases = vec![sqlite(parts).await];
    databases.extend(postgres(parts).await);
    databases
}

async fn open(config: DbConfig, folder: TempDir, parts: &[&[Migration]]) -> TestDb {
    let db = Db::open(&config).expect("a fresh database opens");
    db.migrate(parts).await.expect("a fresh database migrates");
    TestDb { db, folder, config }
}

/// The folder `../shared` beside the checkout, or `None` (said loudly) in a newcomer's clone.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")).join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("SKIPPED: ../shared/{path} is not here");
    None
}
