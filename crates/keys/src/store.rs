//! The tables of the key file and all their SQL.
//!
//! They never hold an unwrapped key or a subject's name.

use xinlu_db::{Db, Migration, Row, Tx, Value, next_ids, sql};
use xinlu_model::Time;

use crate::KeysError;
use crate::subject::ALIAS_BYTES;

/// The tables of the key file.
pub const MIGRATIONS: &[Migration] = &[Migration {
    part: "keys",
    number: 1,
    sql: "CREATE TABLE keys_epochs (epoch BIGKEY, wrapped BYTES NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE keys_names (id BIGKEY, epoch BIGINT NOT NULL, wrapped BYTES NOT NULL);
CREATE TABLE keys_subjects (number BIGKEY, tag BYTES NOT NULL UNIQUE, alias BYTES NOT NULL, epoch BIGINT NOT NULL,
    wrapped BYTES NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX keys_subjects_epoch ON keys_subjects (epoch);",
}];

const SUBJECT_COUNTER: &str = "keys_subject";

sql!(EPOCHS = "SELECT epoch, wrapped FROM keys_epochs ORDER BY epoch" => epoch: Int, wrapped: Bytes);
sql!(ADD_EPOCH = "INSERT INTO keys_epochs (epoch, wrapped, created_at) VALUES ($1, $2, $3)");
sql!(NAME_KEY = "SELECT epoch, wrapped FROM keys_names WHERE id = 1" => epoch: Int, wrapped: Bytes);
sql!(
    SAVE_NAME_KEY = "INSERT INTO keys_names (id, epoch, wrapped) VALUES (1, $1, $2)
    ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped"
);
sql!(BY_TAG = "SELECT number, tag, alias, epoch, wrapped FROM keys_subjects WHERE tag = $1"
    => number: Int, tag: Bytes, alias: Bytes, epoch: Int, wrapped: Bytes);
sql!(BY_NUMBER = "SELECT number, tag, alias, epoch, wrapped FROM keys_subjects WHERE number = $1"
    => number: Int, tag: Bytes, alias: Bytes, epoch: Int, wrapped: Bytes);
sql!(OLDER = "SELECT number, tag, alias, epoch, wrapped FROM keys_subjects WHERE epoch < $1 ORDER BY epoch, number LIMIT $2"
    => number: Int, tag: Bytes, alias: Bytes, epoch: Int, wrapped: Bytes);
sql!(
    ADD_SUBJECT = "INSERT INTO keys_subjects (number, tag, alias, epoch, wrapped, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)"
);
sql!(REWRAP = "UPDATE keys_subjects SET epoch = $2, wrapped = $3 WHERE number = $1");
sql!(DESTROY = "DELETE FROM keys_subjects WHERE number = $1");

/// A subject as it is stored.
pub(crate) struct Stored {
    pub(crate) number: i64,
    pub(crate) tag: Vec<u8>,
    pub(crate) alias: [u8; ALIAS_BYTES],
    pub(crate) epoch: u32,
    pub(crate) wrapped: Vec<u8>,
}

fn stored(mut row: Row) -> Result<Stored, KeysError> {
    let number = row.int()?;
    let tag = row.bytes()?;
    let alias = row.bytes()?;
    let alias = alias.try_into().map_err(|_| KeysError::Damaged { what: format!("of subject {number}") })?;
    Ok(Stored { number, tag, alias, epoch: row.int()? as u32, wrapped: row.bytes()? })
}

pub(crate) async fn epochs(db: &Db) -> Result<Vec<(u32, Vec<u8>)>, KeysError> {
    let rows = db.query(&EPOCHS, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.int()? as u32, row.bytes()?))).collect()
}

pub(crate) async fn add_epoch(tx: &mut Tx, epoch: u32, wrapped: Vec<u8>, now: Time) -> Result<(), KeysError> {
    tx.execute(&ADD_EPOCH, vec![epoch.into(), wrapped.into(), now.into()]).await?;
    Ok(())
}

pub(crate) async fn name_key(db: &Db) -> Result<Option<(u32, Vec<u8>)>, KeysError> {
    let row = db.find(&NAME_KEY, vec![]).await?;
    row.map(|mut row| Ok((row.int()? as u32, row.bytes()?))).transpose()
}

pub(crate) async fn save_name_key(tx: &mut Tx, epoch: u32, wrapped: Vec<u8>) -> Result<(), KeysError> {
    tx.execute(&SAVE_NAME_KEY, vec![epoch.into(), wrapped.into()]).await?;
    Ok(())
}

/// Waits for others who make subjects and keeps them waiting until this transaction ends.
pub(crate) async fn lock_subjects(tx: &mut Tx) -> Result<(), KeysError> {
    next_ids(tx, SUBJECT_COUNTER, 0).await?;
    Ok(())
}

/// `None` at the place of each tag that has no subject.
pub(crate) async fn by_tags(tx: &mut Tx, tags: &[[u8; 32]]) -> Result<Vec<Option<Stored>>, KeysError> {
    let many = tags.iter().map(|tag| vec![Value::from(tag.as_slice())]).collect();
    let answers = tx.query_many(&BY_TAG, many).await?;
    answers.into_iter().map(|rows| rows.into_iter().next().map(stored).transpose()).collect()
}

pub(crate) async fn by_number(db: &Db, number: i64) -> Result<Option<Stored>, KeysError> {
    db.find(&BY_NUMBER, vec![number.into()]).await?.map(stored).transpose()
}

pub(crate) async fn older(tx: &mut Tx, epoch: u32, limit: u32) -> Result<Vec<Stored>, KeysError> {
    let rows = tx.query(&OLDER, vec![epoch.into(), limit.into()]).await?;
    rows.into_iter().map(stored).collect()
}

/// The last number that was given to a subject; 0 before the first.
pub(crate) async fn last_number(db: &Db) -> Result<i64, KeysError> {
    // Dropped without a commit: it only looks.
    let mut tx = db.begin().await?;
    Ok(next_ids(&mut tx, SUBJECT_COUNTER, 0).await? - 1)
}

pub(crate) async fn take_numbers(tx: &mut Tx, count: i64) -> Result<i64, KeysError> {
    Ok(next_ids(tx, SUBJECT_COUNTER, count).await?)
}

pub(crate) async fn add_subjects(tx: &mut Tx, subjects: &[Stored], now: Time) -> Result<(), KeysError> {
    let rows = subjects.iter().map(|subject| {
        vec![
            subject.number.into(),
            subject.tag.as_slice().into(),
            subject.alias.as_slice().into(),
            subject.epoch.into(),
            subject.wrapped.as_slice().into(),
            now.into(),
        ]
    });
    tx.execute_many(&ADD_SUBJECT, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn rewrap(tx: &mut Tx, epoch: u32, wrapped: Vec<(i64, Vec<u8>)>) -> Result<(), KeysError> {
    let rows = wrapped.into_iter().map(|(number, wrapped)| vec![number.into(), epoch.into(), wrapped.into()]);
    tx.execute_many(&REWRAP, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn destroy(tx: &mut Tx, number: i64) -> Result<bool, KeysError> {
    Ok(tx.execute(&DESTROY, vec![number.into()]).await? == 1)
}
