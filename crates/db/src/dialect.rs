//! All that differs between the engines, in one place.

/// Which engine runs below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// SQLite wants `?1` where the shared text says `$1`.
pub(crate) fn placeholders(engine: Engine, sql: &str) -> String {
    match engine {
        Engine::Postgres => sql.to_owned(),
        Engine::Sqlite => sql.replace('$', "?"),
    }
}

/// Column types of migrations: `BIGKEY` is an integer primary key, `BYTES` a byte string.
/// `BIGINT` and `TEXT` are understood by both.
pub(crate) fn migration(engine: Engine, sql: &str) -> String {
    let (key, bytes) = match engine {
        Engine::Sqlite => ("INTEGER PRIMARY KEY", "BLOB"),
        Engine::Postgres => ("BIGINT PRIMARY KEY", "BYTEA"),
    };
    sql.replace("BIGKEY", key).replace("BYTES", bytes)
}
