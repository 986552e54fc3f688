//! SQL of sessions and of failed attempts to sign in.

use std::collections::HashMap;

use xinlu_db::{Db, DbError, Row, Tx, Value, sql};
use xinlu_model::{MemberId, Time, UserId};

use crate::model::UserState;

use super::lots;

sql!(FIND = "SELECT s.user_id, u.name, u.member_id, u.state, u.password_due, s.seen_at, s.ends_at,
    COALESCE((SELECT v.number FROM identity_versions v WHERE v.name = 'directory'), 0) AS directory_version,
    COALESCE((SELECT v.number FROM identity_versions v WHERE v.name = 'access'), 0) AS access_version
    FROM identity_sessions s JOIN identity_users u ON u.id = s.user_id WHERE s.token_hash = $1"
    => user_id: Int, name: Text, member_id: MaybeInt, state: Int, password_due: Int, seen_at: Int, ends_at: Int,
       directory_version: Int, access_version: Int);
sql!(
    ADD = "INSERT INTO identity_sessions (token_hash, user_id, created_at, seen_at, ends_at, address, agent)
    VALUES ($1, $2, $3, $3, $4, $5, $6)"
);
sql!(OF_USER = "SELECT token_hash, created_at, seen_at, ends_at, address, agent FROM identity_sessions
    WHERE user_id = $1 ORDER BY seen_at DESC, created_at DESC, token_hash"
    => token_hash: Bytes, created_at: Int, seen_at: Int, ends_at: Int, address: Text, agent: Text);
sql!(END_OF_USER = "DELETE FROM identity_sessions WHERE user_id = $1 AND token_hash = $2");
sql!(TOUCH = "UPDATE identity_sessions SET seen_at = $2 WHERE token_hash = $1");
sql!(END = "DELETE FROM identity_sessions WHERE token_hash = $1");
sql!(END_ALL = "DELETE FROM identity_sessions WHERE user_id = $1");
sql!(END_OTHERS = "DELETE FROM identity_sessions WHERE user_id = $1 AND token_hash <> $2");
sql!(END_OVERDUE = "DELETE FROM identity_sessions WHERE ends_at <= $1");
sql!(
    END_OLDEST = "DELETE FROM identity_sessions WHERE user_id = $1 AND token_hash NOT IN
    (SELECT o.token_hash FROM identity_sessions o WHERE o.user_id = $1 ORDER BY o.seen_at DESC, o.token_hash LIMIT $2)"
);
sql!(ATTEMPT = "INSERT INTO identity_attempts (name, attempts, last_at) VALUES ($1, 1, $2)
    ON CONFLICT (name) DO UPDATE SET
    attempts = CASE WHEN identity_attempts.last_at <= $3 THEN 1 ELSE identity_attempts.attempts + 1 END,
    last_at = CASE WHEN identity_attempts.last_at > $3 AND identity_attempts.attempts >= $4
        THEN identity_attempts.last_at ELSE $2 END
    RETURNING attempts" => attempts: Int);
sql!(ATTEMPTS_16 = "SELECT name, attempts, last_at FROM identity_attempts
    WHERE name IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    => name: Text, attempts: Int, last_at: Int);
sql!(FORGIVE = "DELETE FROM identity_attempts WHERE name = $1");
sql!(FORGIVE_ONE = "UPDATE identity_attempts SET attempts = attempts - 1 WHERE name = $1 AND attempts > 0");
sql!(FORGET_NONE = "DELETE FROM identity_attempts WHERE name = $1 AND attempts <= 0");
sql!(FORGET_OLD = "DELETE FROM identity_attempts WHERE last_at <= $1");

/// Name of the version that every change of users, roles and keys moves on.
pub(crate) const ACCESS_VERSION: &str = "access";

/// Who a session or key belongs to, and the versions their rights depend on.
pub(crate) struct Owner {
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) member: Option<MemberId>,
    pub(crate) state: UserState,
    pub(crate) password_due: bool,
    pub(crate) seen_at: Time,
    pub(crate) ends_at: Time,
    pub(crate) directory_version: i64,
    pub(crate) access_version: i64,
}

fn owner(mut row: Row) -> Result<Owner, DbError> {
    Ok(Owner {
        user: row.id()?,
        name: row.text()?,
        member: row.maybe_int()?.map(MemberId::new),
        state: UserState::from_number(row.int()?),
        password_due: row.flag()?,
        seen_at: row.time()?,
        ends_at: row.time()?,
        directory_version: row.int()?,
        access_version: row.int()?,
    })
}

pub(crate) async fn find(db: &Db, hash: &[u8]) -> Result<Option<Owner>, DbError> {
    db.find(&FIND, vec![hash.into()]).await?.map(owner).transpose()
}

/// A session to be made.
pub(crate) struct NewSession<'a> {
    pub(crate) hash: &'a [u8],
    pub(crate) user: UserId,
    pub(crate) ends_at: Time,
    pub(crate) address: &'a str,
    pub(crate) agent: &'a str,
}

/// A session as it stands.
pub(crate) struct Held {
    pub(crate) hash: Vec<u8>,
    pub(crate) created_at: Time,
    pub(crate) seen_at: Time,
    pub(crate) ends_at: Time,
    pub(crate) address: String,
    pub(crate) agent: String,
}

/// All sessions of a user, the one used last first; those that are over but not cleared away yet included.
pub(crate) async fn of_user(db: &Db, user: UserId) -> Result<Vec<Held>, DbError> {
    let rows = db.query(&OF_USER, vec![user.into()]).await?;
    let held = |mut row: Row| {
        Ok(Held {
            hash: row.bytes()?,
            created_at: row.time()?,
            seen_at: row.time()?,
            ends_at: row.time()?,
            address: row.text()?,
            agent: row.text()?,
        })
    };
    rows.into_iter().map(held).collect()
}

/// Starts a session; of the user's others only the latest `others_max` stay.
pub(crate) async fn add(tx: &mut Tx, new: &NewSession<'_>, others_max: i64, now: Time) -> Result<(), DbError> {
    tx.execute(&END_OVERDUE, vec![now.into()]).await?;
    tx.execute(&END_OLDEST, vec![new.user.into(), others_max.into()]).await?;
    let values =
        vec![new.hash.into(), new.user.into(), now.into(), new.ends_at.into(), new.address.into(), new.agent.into()];
    tx.execute(&ADD, values).await.map(|_| ())
}

pub(crate) async fn touch(tx: &mut Tx, hash: &[u8], now: Time) -> Result<(), DbError> {
    tx.execute(&TOUCH, vec![hash.into(), now.into()]).await.map(|_| ())
}

pub(crate) async fn end(tx: &mut Tx, hash: &[u8]) -> Result<(), DbError> {
    tx.execute(&END, vec![hash.into()]).await.map(|_| ())
}

/// Ends one session of this user; `false` when they have none such.
pub(crate) async fn end_of_user(tx: &mut Tx, user: UserId, hash: &[u8]) -> Result<bool, DbError> {
    Ok(tx.execute(&END_OF_USER, vec![user.into(), hash.into()]).await? == 1)
}

pub(crate) async fn end_all(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute(&END_ALL, vec![user.into()]).await
}

pub(crate) async fn end_others(tx: &mut Tx, user: UserId, hash: &[u8]) -> Result<u64, DbError> {
    tx.execute(&END_OTHERS, vec![user.into(), hash.into()]).await
}

/// Counts an attempt before it is made and returns how many there were since `since`. Once `limit` is reached the time
/// stands still, so that waiting helps however often somebody tries.
pub(crate) async fn attempt(tx: &mut Tx, name: &str, now: Time, since: Time, limit: i64) -> Result<i64, DbError> {
    tx.query_one(&ATTEMPT, vec![name.into(), now.into(), since.into(), limit.into()]).await?.int()
}

/// Attempts that were counted and not forgiven, and when the last that counts was; by the name they are counted under.
pub(crate) async fn attempts(db: &Db, names: &[String]) -> Result<HashMap<String, (i64, Time)>, DbError> {
    let keys: Vec<Value> = names.iter().map(|name| name.as_str().into()).collect();
    let mut found = HashMap::new();
    for lot in lots(&keys) {
        for mut row in db.query(&ATTEMPTS_16, lot).await? {
            found.insert(row.text()?, (row.int()?, row.time()?));
        }
    }
    Ok(found)
}

pub(crate) async fn forgive(tx: &mut Tx, name: &str) -> Result<(), DbError> {
    tx.execute(&FORGIVE, vec![name.into()]).await.map(|_| ())
}

pub(crate) async fn forgive_one(tx: &mut Tx, name: &str) -> Result<(), DbError> {
    tx.execute(&FORGIVE_ONE, vec![name.into()]).await?;
    tx.execute(&FORGET_NONE, vec![name.into()]).await.map(|_| ())
}

pub(crate) async fn forget_old_attempts(tx: &mut Tx, until: Time) -> Result<(), DbError> {
    tx.execute(&FORGET_OLD, vec![until.into()]).await.map(|_| ())
}
