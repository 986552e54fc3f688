//! SQL of users and of the first run.

use xinlu_db::{Db, DbError, Row, Tx, Value, next_ids, sql};
use xinlu_model::{MemberId, Time, UserId};

use crate::model::{User, UserState};

sql!(LOAD = "SELECT id, name, member_id, state, password_due, created_at, password_at, signed_in_at,
    (SELECT COUNT(*) FROM identity_totp t WHERE t.user_id = identity_users.id AND t.enabled_at IS NOT NULL) AS totp
    FROM identity_users WHERE id = $1"
    => id: Int, name: Text, member_id: MaybeInt, state: Int, password_due: Int, created_at: Int, password_at: Int,
       signed_in_at: MaybeInt, totp: Int);
sql!(LIST = "SELECT id, name, member_id, state, password_due, created_at, password_at, signed_in_at,
    (SELECT COUNT(*) FROM identity_totp t WHERE t.user_id = identity_users.id AND t.enabled_at IS NOT NULL) AS totp
    FROM identity_users WHERE id > $1 AND state <> 3 ORDER BY id LIMIT $2"
    => id: Int, name: Text, member_id: MaybeInt, state: Int, password_due: Int, created_at: Int, password_at: Int,
       signed_in_at: MaybeInt, totp: Int);
sql!(BY_NAME = "SELECT id, password, state FROM identity_users WHERE name_key = $1"
    => id: Int, password: Text, state: Int);
sql!(ANY = "SELECT id FROM identity_users ORDER BY id LIMIT 1" => id: Int);
sql!(BOUND = "SELECT id FROM identity_users WHERE member_id = $1 AND state <> 3" => id: Int);
sql!(ADD = "INSERT INTO identity_users (id, name, name_key, password, password_due, member_id, state, created_at, password_at)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)");
sql!(SAVE = "UPDATE identity_users SET member_id = $2, state = $3 WHERE id = $1");
sql!(SET_PASSWORD = "UPDATE identity_users SET password = $2, password_due = $3, password_at = $4 WHERE id = $1");
sql!(SIGNED_IN = "UPDATE identity_users SET signed_in_at = $2 WHERE id = $1");
sql!(CLEAR_SETUP = "DELETE FROM identity_setup");
sql!(ADD_SETUP = "INSERT INTO identity_setup (id, token_hash, created_at) VALUES (1, $1, $2)");
sql!(SETUP = "SELECT token_hash FROM identity_setup WHERE id = 1" => token_hash: Bytes);

/// What a sign-in needs of a user.
pub(crate) struct Known {
    pub(crate) id: UserId,
    pub(crate) password: String,
    pub(crate) state: UserState,
}

/// The form a name is unique in.
pub(crate) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

fn user(mut row: Row) -> Result<User, DbError> {
    Ok(User {
        id: row.id()?,
        name: row.text()?,
        member: row.maybe_int()?.map(MemberId::new),
        state: UserState::from_number(row.int()?),
        password_due: row.flag()?,
        created_at: row.time()?,
        password_at: row.time()?,
        signed_in_at: row.maybe_time()?,
        totp: row.flag()?,
    })
}

pub(crate) async fn find(db: &Db, id: UserId) -> Result<Option<User>, DbError> {
    db.find(&LOAD, vec![id.into()]).await?.map(user).transpose()
}

pub(crate) async fn find_in(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    tx.find(&LOAD, vec![id.into()]).await?.map(user).transpose()
}

pub(crate) async fn list(db: &Db, after: UserId, limit: u32) -> Result<Vec<User>, DbError> {
    db.query(&LIST, vec![after.into(), limit.into()]).await?.into_iter().map(user).collect()
}

pub(crate) async fn find_by_name(db: &Db, name: &str) -> Result<Option<Known>, DbError> {
    let row = db.find(&BY_NAME, vec![name_key(name).into()]).await?;
    row.map(|mut row| Ok(Known { id: row.id()?, password: row.text()?, state: UserState::from_number(row.int()?) }))
        .transpose()
}

/// Whether anybody was ever made.
pub(crate) async fn any(db: &Db) -> Result<bool, DbError> {
    Ok(db.find(&ANY, Vec::new()).await?.is_some())
}

pub(crate) async fn any_in(tx: &mut Tx) -> Result<bool, DbError> {
    Ok(tx.find(&ANY, Vec::new()).await?.is_some())
}

/// One writer of users and of what they hold at a time, on every node: what is checked still holds when it is stored.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    next_ids(tx, "identity_user", 0).await.map(|_| ())
}

/// Who is bound to a member.
pub(crate) async fn bound(tx: &mut Tx, member: MemberId) -> Result<Option<UserId>, DbError> {
    tx.find(&BOUND, vec![member.into()]).await?.map(|mut row| row.id()).transpose()
}

/// A user to be made.
pub(crate) struct NewRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) password_due: bool,
    pub(crate) member: Option<MemberId>,
}

pub(crate) async fn add(tx: &mut Tx, new: &NewRow<'_>, now: Time) -> Result<UserId, DbError> {
    let id = UserId::new(next_ids(tx, "identity_user", 1).await?);
    let values = vec![
        id.into(),
        new.name.trim().into(),
        name_key(new.name).into(),
        new.password.into(),
        new.password_due.into(),
        new.member.into(),
        now.into(),
    ];
    tx.execute(&ADD, values).await?;
    Ok(id)
}

pub(crate) async fn save(tx: &mut Tx, id: UserId, member: Option<MemberId>, state: UserState) -> Result<(), DbError> {
    tx.execute(&SAVE, vec![id.into(), member.into(), state.number().into()]).await.map(|_| ())
}

pub(crate) async fn set_password(tx: &mut Tx, id: UserId, hash: &str, due: bool, now: Time) -> Result<(), DbError> {
    tx.execute(&SET_PASSWORD, vec![id.into(), hash.into(), due.into(), now.into()]).await.map(|_| ())
}

pub(crate) async fn signed_in(tx: &mut Tx, id: UserId, now: Time) -> Result<(), DbError> {
    tx.execute(&SIGNED_IN, vec![id.into(), now.into()]).await.map(|_| ())
}

/// Replaces the set-up token, or with `None` takes it away.
pub(crate) async fn set_setup(tx: &mut Tx, hash: Option<Vec<u8>>, now: Time) -> Result<(), DbError> {
    tx.execute(&CLEAR_SETUP, Vec::new()).await?;
    if let Some(hash) = hash {
        tx.execute(&ADD_SETUP, vec![Value::Bytes(hash), now.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn setup(tx: &mut Tx) -> Result<Option<Vec<u8>>, DbError> {
    tx.find(&SETUP, Vec::new()).await?.map(|mut row| row.bytes()).transpose()
}
