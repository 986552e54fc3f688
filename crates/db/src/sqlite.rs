//! SQLite below `Db`: one writer behind a gate, a few readers, everything on the blocking pool.
//!
//! WAL with `synchronous=FULL` (a commit survives power loss) and `secure_delete=ON` (what is deleted is overwritten).
//! `secure_delete=FAST` would be cheaper and leave whole freed pages as they were: an intake batch is such pages, and with the
//! corp's RSA key they could be read after the subject's key is destroyed. What was deleted also stays in the write-ahead file
//! until `truncate_wal`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter};

use crate::{DbError, Engine, Row, Statement, Value, dialect};

/// Readers kept open; more would only queue on two to sixteen cores.
const READERS_MAX: usize = 8;
/// How long a connection waits for another process (a backup, `xinlu verify`) before it says busy.
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// How long emptying the write-ahead file waits for a reader (a backup) before it is left for the next time: writers wait
/// meanwhile.
const CHECKPOINT_TIMEOUT_MS: u64 = 200;
/// Prepared statements kept per connection; more than the program has.
const STATEMENTS_MAX: usize = 512;
/// Page cache of a connection in KiB: enough for the upper levels of the indexes of some million rows.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// The same for a reader.
const READER_CACHE_KIB: i64 = 4 * 1024;

pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Arc<Mutex<Connection>>,
    gate: Arc<tokio::sync::Mutex<()>>,
    readers: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, DbError> {
        let writer = connect(path, false)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Arc::new(Mutex::new(writer)),
            gate: Arc::default(),
            readers: Mutex::default(),
        })
    }

    pub(crate) async fn begin(self: &Arc<Self>) -> Result<SqliteTx, DbError> {
        let guard = Arc::clone(&self.gate).lock_owned().await;
        let tx = SqliteTx(Arc::new(Held { writer: Arc::clone(&self.writer), _guard: guard }));
        tx.run(|connection| connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| sql_error("begin", &error)))
            .await?;
        Ok(tx)
    }

    pub(crate) async fn query(
        self: &Arc<Self>,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        let this = Arc::clone(self);
        blocking(move || {
            let pooled = this.readers.lock().pop();
            let connection = match pooled {
                Some(connection) => connection,
                None => connect(&this.path, true)?,
            };
            let rows = query(&connection, statement, values);
            let mut readers = this.readers.lock();
            if readers.len() < READERS_MAX {
                readers.push(connection);
            }
            rows
        })
        .await
    }

    pub(crate) fn prepare(&self, statement: &'static Statement) -> Result<Vec<String>, DbError> {
        let connection = self.writer.lock();
        let sql = dialect::placeholders(Engine::Sqlite, statement.sql);
        let prepared = connection.prepare(&sql).map_err(|error| sql_error(statement.name, &error))?;
        Ok(prepared.column_names().map(str::to_owned).collect())
    }

    pub(crate) async fn truncate_wal(self: &Arc<Self>) -> Result<bool, DbError> {
        let guard = Arc::clone(&self.gate).lock_owned().await;
        let writer = Arc::clone(&self.writer);
        blocking(move || {
            let _guard = guard;
            let failed = |error: rusqlite::Error| sql_error("wal checkpoint", &error);
            let connection = writer.lock();
            connection.busy_timeout(Duration::from_millis(CHECKPOINT_TIMEOUT_MS)).map_err(failed)?;
            let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS)).map_err(failed)?;
            busy.map(|busy| busy == 0).map_err(failed)
        })
        .await
    }

    pub(crate) async fn backup(self: &Arc<Self>, target: PathBuf) -> Result<(), DbError> {
        let path = self.path.clone();
        blocking(move || {
            let source = connect(&path, true)?;
            source
                .backup("main", &target, None::<fn(rusqlite::backup::Progress)>)
                .map_err(|error| sql_error("backup", &error))
        })
        .await
    }
}

/// The writer, held for one transaction. Every statement under way holds it too: when the caller is gone in the middle
/// of one, the rollback and the next transaction wait for that statement.
struct Held {
    writer: Arc<Mutex<Connection>>,
    _guard: tokio::sync::OwnedMutexGuard<()>,
}

pub(crate) struct SqliteTx(Arc<Held>);

impl SqliteTx {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let held = Arc::clone(&self.0);
        blocking(move || work(&held.writer.lock())).await
    }

    pub(crate) async fn query(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        self.run(move |connection| query(connection, statement, values)).await
    }

    pub(crate) async fn query_many(
        &self,
        statement: &'static Statement,
        many: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        self.run(move |connection| many.into_iter().map(|values| query(connection, statement, values)).collect()).await
    }

    pub(crate) async fn execute_many(
        &self,
        statement: &'static Statement,
        many: Vec<Vec<Value>>,
    ) -> Result<u64, DbError> {
        self.run(move |connection| {
            let sql = dialect::placeholders(Engine::Sqlite, statement.sql);
            let mut prepared = connection.prepare_cached(&sql).map_err(|error| sql_error(statement.name, &error))?;
            let mut changed = 0;
            for values in &many {
                changed += prepared
                    .execute(params_from_iter(values))
                    .map_err(|error| sql_error(statement.name, &error))? as u64;
            }
            Ok(changed)
        })
        .await
    }

    pub(crate) async fn batch(&self, sql: String) -> Result<(), DbError> {
        self.run(move |connection| connection.execute_batch(&sql).map_err(|error| sql_error("migration", &error))).await
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        self.run(|connection| connection.execute_batch("COMMIT").map_err(|error| sql_error("commit", &error))).await
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The gate is still ours, so nobody else is inside; after a commit there is nothing to roll back.
        let connection = self.writer.lock();
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "rollback failed");
        }
    }
}

fn connect(path: &Path, read_only: bool) -> Result<Connection, DbError> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE;
    if !read_only {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let failed = |error: rusqlite::Error| DbError::Unreachable(format!("{}: {error}", path.display()));
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS)).map_err(failed)?;
    let cache = if read_only { READER_CACHE_KIB } else { WRITER_CACHE_KIB };
    let settings = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; \
         PRAGMA cache_size=-{cache}; PRAGMA wal_autocheckpoint=12000; PRAGMA query_only={};",
        i32::from(read_only)
    );
    connection.execute_batch(&settings).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

fn query(connection: &Connection, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
    let failed = |error: rusqlite::Error| sql_error(statement.name, &error);
    let sql = dialect::placeholders(Engine::Sqlite, statement.sql);
    let mut prepared = connection.prepare_cached(&sql).map_err(failed)?;
    let width = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(&values)).map_err(failed)?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..width).map(|index| row.get_ref(index).map_err(failed).and_then(|value| own(statement, value)));
        answer.push(Row::new(statement, values.collect::<Result<_, _>>()?));
    }
    Ok(answer)
}

fn own(statement: &'static Statement, value: ValueRef<'_>) -> Result<Value, DbError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(text) => String::from_utf8(text.to_vec())
            .map(Value::Text)
            .map_err(|_| DbError::Sql { statement: statement.name, message: "a text is not UTF-8".to_owned() }),
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        ValueRef::Real(_) => {
            Err(DbError::Sql { statement: statement.name, message: "a number is not whole".to_owned() })
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
    }
}

fn sql_error(statement: &'static str, error: &rusqlite::Error) -> DbError {
    match error.sqlite_error() {
        Some(cause) if cause.code == ErrorCode::ConstraintViolation => DbError::Unique { statement },
        Some(cause) if cause.code == ErrorCode::DatabaseBusy => DbError::Busy,
        _ => DbError::Sql { statement, message: error.to_string() },
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, DbError> + Send + 'static) -> Result<T, DbError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| DbError::Unreachable(error.to_string()))?
}
