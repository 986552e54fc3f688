//! `Db` and `Tx`: what parts hold. Which engine runs below shows nowhere else.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::postgres::{Postgres, PostgresTx};
use crate::sqlite::{Sqlite, SqliteTx};
use crate::wake::Wakes;
use crate::{DbError, Engine, Migration, Row, Statement, Value, migrate};

/// Where the database is.
#[derive(Clone, Debug)]
pub enum DbConfig {
    /// A file; created when absent.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL URL or key-value string; several hosts allowed. Beyond this machine it is reached over TLS 1.3 only,
    /// unless it says `sslmode=disable`.
    Postgres {
        /// The URL. It may carry a password: never logged.
        url: String,
    },
}

/// A database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    below: Below,
    wakes: Arc<Wakes>,
}

#[derive(Clone)]
enum Below {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Db {
    /// Opens it. Tables are brought up to date by `migrate`.
    pub fn open(config: &DbConfig) -> Result<Self, DbError> {
        let below = match config {
            DbConfig::Sqlite { path } => Below::Sqlite(Arc::new(Sqlite::open(path)?)),
            DbConfig::Postgres { url } => Below::Postgres(Arc::new(Postgres::open(url)?)),
        };
        Ok(Self { below, wakes: Arc::default() })
    }

    /// Which engine runs below; only for tests, status pages and `dialect`.
    pub fn engine(&self) -> Engine {
        match self.below {
            Below::Sqlite(_) => Engine::Sqlite,
            Below::Postgres(_) => Engine::Postgres,
        }
    }

    /// Brings the tables of all parts up to date, in one transaction.
    pub async fn migrate(&self, parts: &[&[Migration]]) -> Result<(), DbError> {
        migrate::run(self, parts).await
    }

    /// Begins a transaction that may write. On SQLite there is one at a time; keep it short.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        let below = match &self.below {
            Below::Sqlite(sqlite) => TxBelow::Sqlite(sqlite.begin().await?),
            Below::Postgres(postgres) => TxBelow::Postgres(postgres.begin().await?),
        };
        Ok(Tx { below, wakes: Arc::clone(&self.wakes), topics: Vec::new() })
    }

    /// Reads outside any transaction; sees what is committed.
    pub async fn query(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        match &self.below {
            Below::Sqlite(sqlite) => sqlite.query(statement, values).await,
            Below::Postgres(postgres) => postgres.query(statement, values).await,
        }
    }

    /// Reads the first row, if there is one.
    pub async fn find(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        Ok(self.query(statement, values).await?.into_iter().next())
    }

    /// The bell that rings after a commit whose transaction called `wake` with this topic.
    pub fn listen(&self, topic: &'static str) -> Arc<Notify> {
        self.wakes.listen(topic)
    }

    /// Copies a SQLite database into a file while it is in use. PostgreSQL has its own tools for this.
    pub async fn backup(&self, target: PathBuf) -> Result<(), DbError> {
        match &self.below {
            Below::Sqlite(sqlite) => sqlite.backup(target).await,
            Below::Postgres(_) => Err(DbError::Config("use pg_basebackup or pg_dump".to_owned())),
        }
    }

    /// Brings what was committed into the database file and empties SQLite's write-ahead file, which else keeps what was
    /// deleted. False when a reader was in the way: call it again later. PostgreSQL recycles its own; true.
    pub async fn truncate_wal(&self) -> Result<bool, DbError> {
        match &self.below {
            Below::Sqlite(sqlite) => sqlite.truncate_wal().await,
            Below::Postgres(_) => Ok(true),
        }
    }

    pub(crate) async fn prepare(
        &self,
        statement: &'static Statement,
    ) -> Result<Vec<(String, Option<tokio_postgres::types::Type>)>, DbError> {
        match &self.below {
            Below::Sqlite(sqlite) => Ok(sqlite.prepare(statement)?.into_iter().map(|name| (name, None)).collect()),
            Below::Postgres(postgres) => {
                Ok(postgres.prepare(statement).await?.into_iter().map(|(name, ty)| (name, Some(ty))).collect())
            }
        }
    }
}

/// One transaction. Dropped without `commit`, nothing of it remains.
pub struct Tx {
    below: TxBelow,
    wakes: Arc<Wakes>,
    topics: Vec<&'static str>,
}

enum TxBelow {
    Sqlite(SqliteTx),
    Postgres(PostgresTx),
}

impl Tx {
    pub(crate) fn engine(&self) -> Engine {
        match self.below {
            TxBelow::Sqlite(_) => Engine::Sqlite,
            TxBelow::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) async fn lock_migrations(&mut self) -> Result<(), DbError> {
        match &self.below {
            TxBelow::Sqlite(_) => Ok(()),
            TxBelow::Postgres(tx) => tx.lock_migrations().await,
        }
    }

    pub(crate) async fn batch(&mut self, sql: String) -> Result<(), DbError> {
        match &self.below {
            TxBelow::Sqlite(tx) => tx.batch(sql).await,
            TxBelow::Postgres(tx) => tx.batch(sql).await,
        }
    }

    /// Runs a statement and returns its rows.
    pub async fn query(&mut self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        match &self.below {
            TxBelow::Sqlite(tx) => tx.query(statement, values).await,
            TxBelow::Postgres(tx) => tx.query(statement, values).await,
        }
    }

    /// Runs a statement once per set of values (pipelined), each with its rows.
    pub async fn query_many(
        &mut self,
        statement: &'static Statement,
        many: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        match &self.below {
            TxBelow::Sqlite(tx) => tx.query_many(statement, many).await,
            TxBelow::Postgres(tx) => tx.query_many(statement, many).await,
        }
    }

    /// The first row, if there is one.
    pub async fn find(&mut self, statement: &'static Statement, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        Ok(self.query(statement, values).await?.into_iter().next())
    }

    /// The one row a statement always answers (aggregates, `RETURNING` of an upsert).
    pub async fn query_one(&mut self, statement: &'static Statement, values: Vec<Value>) -> Result<Row, DbError> {
        self.find(statement, values)
            .await?
            .ok_or(DbError::Sql { statement: statement.name, message: "no row where one always is".to_owned() })
    }

    /// Runs a statement; how many rows it changed.
    pub async fn execute(&mut self, statement: &'static Statement, values: Vec<Value>) -> Result<u64, DbError> {
        self.execute_many(statement, vec![values]).await
    }

    /// Runs a statement once per set of values (one hop on SQLite, pipelined on PostgreSQL).
    pub async fn execute_many(&mut self, statement: &'static Statement, many: Vec<Vec<Value>>) -> Result<u64, DbError> {
        match &self.below {
            TxBelow::Sqlite(tx) => tx.execute_many(statement, many).await,
            TxBelow::Postgres(tx) => tx.execute_many(statement, many).await,
        }
    }

    /// Rings the bell of `topic` once this transaction is committed.
    pub fn wake(&mut self, topic: &'static str) {
        if !self.topics.contains(&topic) {
            self.topics.push(topic);
        }
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.below {
            TxBelow::Sqlite(tx) => tx.commit().await?,
            TxBelow::Postgres(tx) => tx.commit().await?,
        }
        for topic in self.topics {
            self.wakes.ring(topic);
        }
        Ok(())
    }
}
