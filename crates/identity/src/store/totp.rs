//! SQL of second factors: sealed secrets, the last step used, hashes of recovery codes.

use xinlu_db::{Db, DbError, Row, Tx, sql};
use xinlu_model::{Time, UserId};

sql!(FIND = "SELECT secret, enabled_at, step FROM identity_totp WHERE user_id = $1"
    => secret: Bytes, enabled_at: MaybeInt, step: Int);
sql!(
    BEGIN = "INSERT INTO identity_totp (user_id, secret, step, created_at) VALUES ($1, $2, 0, $3)
    ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at"
);
sql!(ENABLE = "UPDATE identity_totp SET enabled_at = $2, step = $3 WHERE user_id = $1");
sql!(USE_STEP = "UPDATE identity_totp SET step = $2 WHERE user_id = $1 AND step < $2");
sql!(END = "DELETE FROM identity_totp WHERE user_id = $1");
sql!(ADD_CODE = "INSERT INTO identity_recovery_codes (user_id, code_hash) VALUES ($1, $2)");
sql!(USE_CODE = "DELETE FROM identity_recovery_codes WHERE user_id = $1 AND code_hash = $2");
sql!(END_CODES = "DELETE FROM identity_recovery_codes WHERE user_id = $1");
sql!(CODES_LEFT = "SELECT COUNT(*) AS codes FROM identity_recovery_codes WHERE user_id = $1" => codes: Int);

/// A second factor as stored.
pub(crate) struct Held {
    /// Sealed.
    pub(crate) secret: Vec<u8>,
    /// `None` while it was begun only.
    pub(crate) enabled_at: Option<Time>,
    /// The last step whose code was taken.
    pub(crate) step: i64,
}

fn held(mut row: Row) -> Result<Held, DbError> {
    Ok(Held { secret: row.bytes()?, enabled_at: row.maybe_time()?, step: row.int()? })
}

pub(crate) async fn find(db: &Db, user: UserId) -> Result<Option<Held>, DbError> {
    db.find(&FIND, vec![user.into()]).await?.map(held).transpose()
}

pub(crate) async fn find_in(tx: &mut Tx, user: UserId) -> Result<Option<Held>, DbError> {
    tx.find(&FIND, vec![user.into()]).await?.map(held).transpose()
}

/// Stores a secret that does not count yet, in place of one begun before.
pub(crate) async fn begin(tx: &mut Tx, user: UserId, secret: Vec<u8>, now: Time) -> Result<(), DbError> {
    tx.execute(&BEGIN, vec![user.into(), secret.into(), now.into()]).await.map(|_| ())
}

/// From now on it is asked for; these and no others are the recovery codes.
pub(crate) async fn enable(
    tx: &mut Tx,
    user: UserId,
    step: i64,
    code_hashes: Vec<Vec<u8>>,
    now: Time,
) -> Result<(), DbError> {
    tx.execute(&ENABLE, vec![user.into(), now.into(), step.into()]).await?;
    tx.execute(&END_CODES, vec![user.into()]).await?;
    let rows = code_hashes.into_iter().map(|hash| vec![user.into(), hash.into()]).collect();
    tx.execute_many(&ADD_CODE, rows).await.map(|_| ())
}

/// Takes the code of a step; `false` when that or a later one was taken before.
pub(crate) async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, DbError> {
    Ok(tx.execute(&USE_STEP, vec![user.into(), step.into()]).await? == 1)
}

/// Takes a recovery code; `false` when there is none such (any more).
pub(crate) async fn use_code(tx: &mut Tx, user: UserId, hash: Vec<u8>) -> Result<bool, DbError> {
    Ok(tx.execute(&USE_CODE, vec![user.into(), hash.into()]).await? == 1)
}

/// Takes it away, begun or enabled; says whether there was one.
pub(crate) async fn end(tx: &mut Tx, user: UserId) -> Result<bool, DbError> {
    tx.execute(&END_CODES, vec![user.into()]).await?;
    Ok(tx.execute(&END, vec![user.into()]).await? == 1)
}

pub(crate) async fn codes_left(db: &Db, user: UserId) -> Result<i64, DbError> {
    db.find(&CODES_LEFT, vec![user.into()]).await?.map_or(Ok(0), |mut row| row.int())
}
