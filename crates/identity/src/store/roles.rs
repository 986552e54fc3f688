//! SQL of roles and of who holds them.

use xinlu_db::{Db, DbError, Row, Tx, next_ids, sql};
use xinlu_model::{RoleId, UserId};

use crate::IdentityError;
use crate::access::permission::Rule;
use crate::model::Role;

sql!(LIST = "SELECT id, code, name, description, rules FROM identity_roles ORDER BY id"
    => id: Int, code: MaybeText, name: Text, description: Text, rules: Text);
sql!(ADD = "INSERT INTO identity_roles (id, code, name, description, rules) VALUES ($1, $2, $3, $4, $5)");
sql!(SAVE = "UPDATE identity_roles SET name = $2, description = $3, rules = $4 WHERE id = $1");
sql!(DELETE = "DELETE FROM identity_roles WHERE id = $1");
sql!(OF_USER = "SELECT r.id, r.code, r.name, r.description, r.rules FROM identity_roles r
    JOIN identity_user_roles u ON u.role_id = r.id WHERE u.user_id = $1 ORDER BY r.id"
    => id: Int, code: MaybeText, name: Text, description: Text, rules: Text);
sql!(OF_KEY = "SELECT r.id, r.code, r.name, r.description, r.rules FROM identity_roles r
    JOIN identity_user_roles u ON u.role_id = r.id AND u.user_id = $1
    JOIN identity_api_key_roles k ON k.role_id = r.id AND k.api_key_id = $2 ORDER BY r.id"
    => id: Int, code: MaybeText, name: Text, description: Text, rules: Text);
sql!(HOLDERS = "SELECT user_id FROM identity_user_roles WHERE role_id = $1 ORDER BY user_id" => user_id: Int);
sql!(ACTIVE_HOLDINGS = "SELECT h.user_id, h.role_id FROM identity_user_roles h JOIN identity_users u ON u.id = h.user_id
    WHERE u.state = 1 ORDER BY h.user_id, h.role_id" => user_id: Int, role_id: Int);
sql!(CLEAR = "DELETE FROM identity_user_roles WHERE user_id = $1");
sql!(GIVE = "INSERT INTO identity_user_roles (user_id, role_id) VALUES ($1, $2)");

fn role(mut row: Row) -> Result<Role, IdentityError> {
    let (id, code, name, description, rules) = (row.id()?, row.maybe_text()?, row.text()?, row.text()?, row.text()?);
    let rules = serde_json::from_str(&rules);
    let rules = rules.map_err(|error| IdentityError::Internal(format!("rules of role {id}: {error}")))?;
    Ok(Role { id, code, name, description, rules })
}

fn all(rows: Vec<Row>) -> Result<Vec<Role>, IdentityError> {
    rows.into_iter().map(role).collect()
}

fn json(rules: &[Rule]) -> Result<String, IdentityError> {
    serde_json::to_string(rules).map_err(|error| IdentityError::Internal(error.to_string()))
}

pub(crate) async fn list(db: &Db) -> Result<Vec<Role>, IdentityError> {
    all(db.query(&LIST, Vec::new()).await?)
}

pub(crate) async fn list_in(tx: &mut Tx) -> Result<Vec<Role>, IdentityError> {
    all(tx.query(&LIST, Vec::new()).await?)
}

pub(crate) async fn of_user(db: &Db, user: UserId) -> Result<Vec<Role>, IdentityError> {
    all(db.query(&OF_USER, vec![user.into()]).await?)
}

pub(crate) async fn of_user_in(tx: &mut Tx, user: UserId) -> Result<Vec<Role>, IdentityError> {
    all(tx.query(&OF_USER, vec![user.into()]).await?)
}

/// The roles of a key that its owner still holds.
pub(crate) async fn of_key(db: &Db, user: UserId, key: i64) -> Result<Vec<Role>, IdentityError> {
    all(db.query(&OF_KEY, vec![user.into(), key.into()]).await?)
}

pub(crate) async fn holders(tx: &mut Tx, role: RoleId) -> Result<Vec<UserId>, DbError> {
    let rows = tx.query(&HOLDERS, vec![role.into()]).await?;
    rows.into_iter().map(|mut row| row.id()).collect()
}

/// Which user who may sign in holds which role.
pub(crate) async fn active_holdings(tx: &mut Tx) -> Result<Vec<(UserId, RoleId)>, DbError> {
    let rows = tx.query(&ACTIVE_HOLDINGS, Vec::new()).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.id()?))).collect()
}

pub(crate) async fn add(
    tx: &mut Tx,
    code: Option<&str>,
    name: &str,
    description: &str,
    rules: &[Rule],
) -> Result<RoleId, IdentityError> {
    let id = RoleId::new(next_ids(tx, "identity_role", 1).await?);
    let values = vec![id.into(), code.into(), name.into(), description.into(), json(rules)?.into()];
    tx.execute(&ADD, values).await?;
    Ok(id)
}

pub(crate) async fn save(
    tx: &mut Tx,
    id: RoleId,
    name: &str,
    description: &str,
    rules: &[Rule],
) -> Result<(), IdentityError> {
    tx.execute(&SAVE, vec![id.into(), name.into(), description.into(), json(rules)?.into()]).await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: RoleId) -> Result<(), DbError> {
    tx.execute(&DELETE, vec![id.into()]).await.map(|_| ())
}

/// Makes these the roles of a user.
pub(crate) async fn give(tx: &mut Tx, user: UserId, roles: &[RoleId]) -> Result<(), DbError> {
    tx.execute(&CLEAR, vec![user.into()]).await?;
    let rows = roles.iter().map(|role| vec![user.into(), (*role).into()]).collect();
    tx.execute_many(&GIVE, rows).await.map(|_| ())
}
