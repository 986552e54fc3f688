//! SQL of API keys.

use xinlu_db::{Db, DbError, Row, Tx, next_ids, sql};
use xinlu_model::{ApiKeyId, MemberId, RoleId, Time, UserId};

use crate::model::{ApiKey, UserState};

use super::sessions::Owner;

sql!(FIND = "SELECT k.id, k.user_id, u.name, u.member_id, u.state, u.password_due, k.used_at, k.ends_at, k.revoked_at,
    COALESCE((SELECT v.number FROM identity_versions v WHERE v.name = 'directory'), 0) AS directory_version,
    COALESCE((SELECT v.number FROM identity_versions v WHERE v.name = 'access'), 0) AS access_version
    FROM identity_api_keys k JOIN identity_users u ON u.id = k.user_id WHERE k.token_hash = $1"
    => id: Int, user_id: Int, name: Text, member_id: MaybeInt, state: Int, password_due: Int, used_at: MaybeInt,
       ends_at: MaybeInt, revoked_at: MaybeInt, directory_version: Int, access_version: Int);
sql!(LIST = "SELECT k.id, k.user_id, u.name AS user_name, k.name, k.hint, k.created_at, k.ends_at, k.used_at, k.revoked_at
    FROM identity_api_keys k JOIN identity_users u ON u.id = k.user_id
    WHERE k.id > $1 AND (CAST($2 AS BIGINT) = 0 OR k.user_id = $2) ORDER BY k.id LIMIT $3"
    => id: Int, user_id: Int, user_name: Text, name: Text, hint: Text, created_at: Int, ends_at: MaybeInt,
       used_at: MaybeInt, revoked_at: MaybeInt);
sql!(LOAD = "SELECT k.id, k.user_id, u.name AS user_name, k.name, k.hint, k.created_at, k.ends_at, k.used_at, k.revoked_at
    FROM identity_api_keys k JOIN identity_users u ON u.id = k.user_id WHERE k.id = $1"
    => id: Int, user_id: Int, user_name: Text, name: Text, hint: Text, created_at: Int, ends_at: MaybeInt,
       used_at: MaybeInt, revoked_at: MaybeInt);
sql!(ROLES = "SELECT role_id FROM identity_api_key_roles WHERE api_key_id = $1 ORDER BY role_id" => role_id: Int);
sql!(COUNT = "SELECT COUNT(*) AS active FROM identity_api_keys WHERE user_id = $1 AND revoked_at IS NULL" => active: Int);
sql!(
    ADD = "INSERT INTO identity_api_keys (id, token_hash, hint, name, user_id, created_at, ends_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"
);
sql!(ADD_ROLE = "INSERT INTO identity_api_key_roles (api_key_id, role_id) VALUES ($1, $2)");
sql!(REVOKE = "UPDATE identity_api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL");
sql!(REVOKE_ALL = "UPDATE identity_api_keys SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL");
sql!(USED = "UPDATE identity_api_keys SET used_at = $2 WHERE id = $1");

/// A key as authentication needs it.
pub(crate) struct KeyOwner {
    pub(crate) key: ApiKeyId,
    pub(crate) owner: Owner,
    pub(crate) revoked: bool,
}

pub(crate) async fn find(db: &Db, hash: &[u8]) -> Result<Option<KeyOwner>, DbError> {
    db.find(&FIND, vec![hash.into()]).await?.map(key_owner).transpose()
}

fn key_owner(mut row: Row) -> Result<KeyOwner, DbError> {
    let (key, user, name, member) = (row.id()?, row.id()?, row.text()?, row.maybe_int()?.map(MemberId::new));
    let (state, password_due) = (UserState::from_number(row.int()?), row.flag()?);
    let seen_at = row.maybe_time()?.unwrap_or_default();
    let ends_at = row.maybe_time()?.unwrap_or(Time::from_micros(i64::MAX));
    let revoked = row.maybe_int()?.is_some();
    let (directory_version, access_version) = (row.int()?, row.int()?);
    let owner = Owner { user, name, member, state, password_due, seen_at, ends_at, directory_version, access_version };
    Ok(KeyOwner { key, owner, revoked })
}

fn key(mut row: Row) -> Result<ApiKey, DbError> {
    Ok(ApiKey {
        id: row.id()?,
        user: row.id()?,
        user_name: row.text()?,
        name: row.text()?,
        hint: row.text()?,
        created_at: row.time()?,
        ends_at: row.maybe_time()?,
        used_at: row.maybe_time()?,
        revoked_at: row.maybe_time()?,
        roles: Vec::new(),
    })
}

/// Keys of a user, or with `None` of all, with their roles.
pub(crate) async fn list(db: &Db, user: Option<UserId>, after: ApiKeyId, limit: u32) -> Result<Vec<ApiKey>, DbError> {
    let whose = user.map_or(0, UserId::number);
    let rows = db.query(&LIST, vec![after.into(), whose.into(), limit.into()]).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let mut key = key(row)?;
        key.roles = roles(db, key.id).await?;
        keys.push(key);
    }
    Ok(keys)
}

async fn roles(db: &Db, key: ApiKeyId) -> Result<Vec<RoleId>, DbError> {
    let rows = db.query(&ROLES, vec![key.into()]).await?;
    rows.into_iter().map(|mut row| row.id()).collect()
}

pub(crate) async fn load(db: &Db, id: ApiKeyId) -> Result<Option<ApiKey>, DbError> {
    let Some(row) = db.find(&LOAD, vec![id.into()]).await? else { return Ok(None) };
    let mut key = key(row)?;
    key.roles = roles(db, id).await?;
    Ok(Some(key))
}

pub(crate) async fn count_active(tx: &mut Tx, user: UserId) -> Result<i64, DbError> {
    tx.query_one(&COUNT, vec![user.into()]).await?.int()
}

/// A key to be made.
pub(crate) struct NewKey<'a> {
    pub(crate) hash: Vec<u8>,
    pub(crate) hint: &'a str,
    pub(crate) name: &'a str,
    pub(crate) user: UserId,
    pub(crate) ends_at: Option<Time>,
    pub(crate) roles: &'a [RoleId],
}

pub(crate) async fn add(tx: &mut Tx, new: NewKey<'_>, now: Time) -> Result<ApiKeyId, DbError> {
    let id = ApiKeyId::new(next_ids(tx, "identity_api_key", 1).await?);
    let values = vec![
        id.into(),
        new.hash.into(),
        new.hint.into(),
        new.name.into(),
        new.user.into(),
        now.into(),
        new.ends_at.into(),
    ];
    tx.execute(&ADD, values).await?;
    tx.execute_many(&ADD_ROLE, new.roles.iter().map(|role| vec![id.into(), (*role).into()]).collect()).await?;
    Ok(id)
}

pub(crate) async fn revoke(tx: &mut Tx, id: ApiKeyId, now: Time) -> Result<bool, DbError> {
    Ok(tx.execute(&REVOKE, vec![id.into(), now.into()]).await? > 0)
}

pub(crate) async fn revoke_all(tx: &mut Tx, user: UserId, now: Time) -> Result<u64, DbError> {
    tx.execute(&REVOKE_ALL, vec![user.into(), now.into()]).await
}

pub(crate) async fn used(tx: &mut Tx, id: ApiKeyId, now: Time) -> Result<(), DbError> {
    tx.execute(&USED, vec![id.into(), now.into()]).await.map(|_| ())
}
