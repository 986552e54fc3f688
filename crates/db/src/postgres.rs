//! PostgreSQL below `Db`: a pool over one or several hosts, statements prepared once per connection.
//!
//! Beyond this machine it speaks TLS, unless the configuration says `sslmode=disable`.
//! `target_session_attrs=read-write` in the URL makes a fail-over find the new primary by itself.

mod transport;

use std::error::Error as _;
use std::str::FromStr;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use futures_util::future::try_join_all;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{DbError, Row, Statement, Value};

use transport::{Transport, transport};

/// Connections of one process; PostgreSQL allows 100 unless told otherwise, and several nodes share them.
const CONNECTIONS_MAX: usize = 16;
/// Statements sent before the first answer is awaited; bounds the memory of a long batch.
const PIPELINE_MAX: usize = 512;
/// Advisory lock that lets one process migrate at a time ("xinlu" in letters of the phone keypad).
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(94658)";

/// What the client library calls every failure to agree on TLS; it has no code for it.
const TLS_FAILED: &str = "error performing TLS handshake";

pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(crate) fn open(url: &str) -> Result<Self, DbError> {
        let mut config = Config::from_str(url).map_err(|error| DbError::Config(error.to_string()))?;
        let recycle = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let transport = transport(&config);
        if transport == Transport::Exposed {
            tracing::warn!(
                "THE DATABASE IS REACHED WITHOUT ENCRYPTION: the configuration says sslmode=disable for a host that is not \
                 this machine; whoever is in between reads and changes all that is stored"
            );
        }
        let manager = match transport {
            Transport::Local | Transport::Exposed => Manager::from_config(config, NoTls, recycle),
            Transport::Tls => {
                config.ssl_mode(SslMode::Require);
                Manager::from_config(config, MakeRustlsConnect::new(tls()?), recycle)
            }
        };
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS_MAX)
            .build()
            .map_err(|error| DbError::Config(error.to_string()))?;
        Ok(Self { pool })
    }

    async fn client(&self) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) if error.to_string().starts_with(TLS_FAILED) => {
                DbError::TlsRequired(error.source().map_or_else(|| error.to_string(), ToString::to_string))
            }
            error => DbError::Unreachable(error.to_string()),
        })
    }

    pub(crate) async fn begin(&self) -> Result<PostgresTx, DbError> {
        // Held before it begins: a caller who goes away meanwhile must not give back a connection inside a transaction.
        let tx = PostgresTx { client: Some(self.client().await?) };
        tx.client()?.batch_execute("BEGIN").await.map_err(|error| sql_error("begin", &error))?;
        Ok(tx)
    }

    pub(crate) async fn query(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        query(&self.client().await?, statement, &values).await
    }

    pub(crate) async fn prepare(&self, statement: &'static Statement) -> Result<Vec<(String, Type)>, DbError> {
        let client = self.client().await?;
        let prepared = client.prepare(statement.sql).await.map_err(|error| sql_error(statement.name, &error))?;
        Ok(prepared.columns().iter().map(|column| (column.name().to_owned(), column.type_().clone())).collect())
    }
}

pub(crate) struct PostgresTx {
    client: Option<Object>,
}

impl PostgresTx {
    fn client(&self) -> Result<&Object, DbError> {
        self.client.as_ref().ok_or_else(|| DbError::Unreachable("the transaction has ended".to_owned()))
    }

    pub(crate) async fn lock_migrations(&self) -> Result<(), DbError> {
        self.client()?.batch_execute(MIGRATION_LOCK).await.map_err(|error| sql_error("migration lock", &error))
    }

    pub(crate) async fn query(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        query(self.client()?, statement, &values).await
    }

    pub(crate) async fn query_many(
        &self,
        statement: &'static Statement,
        many: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        let client = self.client()?;
        let mut answers = Vec::with_capacity(many.len());
        for chunk in many.chunks(PIPELINE_MAX) {
            answers.extend(try_join_all(chunk.iter().map(|values| query(client, statement, values))).await?);
        }
        Ok(answers)
    }

    pub(crate) async fn execute_many(
        &self,
        statement: &'static Statement,
        many: Vec<Vec<Value>>,
    ) -> Result<u64, DbError> {
        let client = self.client()?;
        let failed = |error: tokio_postgres::Error| sql_error(statement.name, &error);
        let prepared = client.prepare_cached(statement.sql).await.map_err(failed)?;
        let mut changed = 0;
        for chunk in many.chunks(PIPELINE_MAX) {
            let sent = chunk.iter().map(|values| async {
                let values = parameters(values);
                client.execute(&prepared, &values).await
            });
            changed += try_join_all(sent).await.map_err(failed)?.into_iter().sum::<u64>();
        }
        Ok(changed)
    }

    pub(crate) async fn batch(&self, sql: String) -> Result<(), DbError> {
        self.client()?.batch_execute(&sql).await.map_err(|error| sql_error("migration", &error))
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbError> {
        let client = self.client()?;
        client.batch_execute("COMMIT").await.map_err(|error| sql_error("commit", &error))?;
        self.client = None;
        Ok(())
    }
}

impl PostgresTx {
    /// Ends an open transaction without keeping anything: the connection is given up, so the server rolls back.
    fn abandon(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        self.abandon();
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

async fn query(client: &Object, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, DbError> {
    let failed = |error: tokio_postgres::Error| sql_error(statement.name, &error);
    let prepared = client.prepare_cached(statement.sql).await.map_err(failed)?;
    let rows = client.query(&prepared, &parameters(values)).await.map_err(failed)?;
    let mut answer = Vec::with_capacity(rows.len());
    for row in rows {
        let values = (0..row.len()).map(|index| row.try_get::<_, Value>(index).map_err(failed));
        answer.push(Row::new(statement, values.collect::<Result<_, _>>()?));
    }
    Ok(answer)
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        match *ty {
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(ty, raw).map(|number| Self::Int(i64::from(number))),
            Type::BYTEA => Vec::<u8>::from_sql(ty, raw).map(Self::Bytes),
            _ => String::from_sql(ty, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(ty)
    }
}

fn sql_error(statement: &'static str, error: &tokio_postgres::Error) -> DbError {
    let Some(cause) = error.as_db_error() else {
        return DbError::Unreachable(error.to_string());
    };
    let code = cause.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return DbError::Unique { statement };
    }
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE]
        .contains(code)
    {
        return DbError::Busy;
    }
    DbError::Sql { statement, message: cause.to_string() }
}

fn tls() -> Result<rustls::ClientConfig, DbError> {
    let mut roots = rustls::RootCertStore::empty();
    let loaded = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(loaded.certs);
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| DbError::Config(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
