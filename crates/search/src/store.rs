//! All SQL of this part: searches that people keep.

use xinlu_db::{Db, DbError, Migration, Row, Tx, next_ids, sql};
use xinlu_model::{Time, UserId};

/// The tables of this part, forward only.
pub const MIGRATIONS: &[Migration] = &[Migration {
    part: "search",
    number: 1,
    sql: "CREATE TABLE search_saved (id BIGKEY, user_id BIGINT NOT NULL, user_name TEXT NOT NULL, name TEXT NOT NULL,
    query TEXT NOT NULL, shared BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX search_saved_user ON search_saved (user_id);
CREATE INDEX search_saved_shared ON search_saved (shared);",
}];

const COUNTER: &str = "search_saved";

sql!(LIST = "SELECT id, user_id, user_name, name, query, shared, created_at FROM search_saved
    WHERE user_id = $1 OR shared = 1 ORDER BY id DESC LIMIT $2"
    => id: Int, user_id: Int, user_name: Text, name: Text, query: Text, shared: Int, created_at: Int);
sql!(FIND = "SELECT id, user_id, user_name, name, query, shared, created_at FROM search_saved WHERE id = $1"
    => id: Int, user_id: Int, user_name: Text, name: Text, query: Text, shared: Int, created_at: Int);
sql!(COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS saved FROM search_saved WHERE user_id = $1" => saved: Int);
sql!(
    ADD = "INSERT INTO search_saved (id, user_id, user_name, name, query, shared, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"
);
sql!(CHANGE = "UPDATE search_saved SET name = $3, query = $4, shared = $5 WHERE id = $1 AND user_id = $2");
sql!(REMOVE = "DELETE FROM search_saved WHERE id = $1 AND user_id = $2");

/// A search that somebody keeps.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub(crate) id: i64,
    pub(crate) user: UserId,
    pub(crate) user_name: String,
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) shared: bool,
    pub(crate) created_at: Time,
}

/// What its owner may change.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) shared: bool,
}

fn saved(mut row: Row) -> Result<Saved, DbError> {
    Ok(Saved {
        id: row.int()?,
        user: row.id()?,
        user_name: row.text()?,
        name: row.text()?,
        query: row.text()?,
        shared: row.int()? != 0,
        created_at: row.time()?,
    })
}

/// One's own and the shared ones, newest first.
pub(crate) async fn list(db: &Db, user: UserId, limit: u32) -> Result<Vec<Saved>, DbError> {
    db.query(&LIST, vec![user.into(), limit.into()]).await?.into_iter().map(saved).collect()
}

pub(crate) async fn find(db: &Db, id: i64) -> Result<Option<Saved>, DbError> {
    db.find(&FIND, vec![id.into()]).await?.map(saved).transpose()
}

pub(crate) async fn count(tx: &mut Tx, user: UserId) -> Result<i64, DbError> {
    tx.query_one(&COUNT, vec![user.into()]).await?.int()
}

/// The id it was given.
pub(crate) async fn add(tx: &mut Tx, user: (UserId, &str), wording: &Wording, now: Time) -> Result<i64, DbError> {
    let id = next_ids(tx, COUNTER, 1).await?;
    let Wording { name, query, shared } = wording;
    let values = vec![
        id.into(),
        user.0.into(),
        user.1.into(),
        name.as_str().into(),
        query.as_str().into(),
        i64::from(*shared).into(),
        now.into(),
    ];
    tx.execute(&ADD, values).await?;
    Ok(id)
}

/// Whether it was there and theirs.
pub(crate) async fn change(db: &Db, id: i64, user: UserId, wording: &Wording) -> Result<bool, DbError> {
    let Wording { name, query, shared } = wording;
    let values = vec![id.into(), user.into(), name.as_str().into(), query.as_str().into(), i64::from(*shared).into()];
    let mut tx = db.begin().await?;
    let changed = tx.execute(&CHANGE, values).await? > 0;
    tx.commit().await?;
    Ok(changed)
}

/// Whether it was there and theirs.
pub(crate) async fn remove(db: &Db, id: i64, user: UserId) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let removed = tx.execute(&REMOVE, vec![id.into(), user.into()]).await? > 0;
    tx.commit().await?;
    Ok(removed)
}

#[cfg(test)]
mod tests;
