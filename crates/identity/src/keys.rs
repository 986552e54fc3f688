//! API keys: made for oneself, shown once, never allowing more than their owner may do at the time of use.

use std::collections::BTreeSet;

use serde_json::json;
use xinlu_model::{ApiKeyId, RoleId, Time, UserId};

use crate::access::token;
use crate::audit::Act;
use crate::identity::rights_changed;
use crate::store::keys::NewKey;
use crate::store::{keys, roles, users};
use crate::users::present;
use crate::{Identity, IdentityError};

/// Keys of one user that are not revoked.
const KEYS_MAX: i64 = 50;
/// Longest name of a key.
const NAME_LENGTH_MAX: usize = 64;

/// A key that somebody wants.
pub(crate) struct KeyWish<'a> {
    pub(crate) user: UserId,
    pub(crate) name: &'a str,
    pub(crate) roles: Option<&'a [RoleId]>,
    pub(crate) ends_at: Option<Time>,
}

impl Identity {
    /// Makes a key of a user that carries these roles of theirs (`None`: all they hold now) until `ends_at`, for the demo
    /// and the command line. The text is returned once and not stored.
    pub async fn create_api_key(
        &self,
        user: UserId,
        name: &str,
        role_ids: Option<&[RoleId]>,
        ends_at: Option<Time>,
    ) -> Result<(ApiKeyId, String), IdentityError> {
        let act = Act::by_command(self.clock.now(), "api_key.create");
        self.make_api_key(&act, KeyWish { user, name, roles: role_ids, ends_at }).await
    }

    pub(crate) async fn make_api_key(&self, act: &Act, wish: KeyWish<'_>) -> Result<(ApiKeyId, String), IdentityError> {
        let KeyWish { user, name, roles: role_ids, ends_at } = wish;
        let now = self.clock.now();
        if !(1..=NAME_LENGTH_MAX).contains(&name.trim().chars().count()) {
            return Err(IdentityError::Value("a key's name has 1 to 64 characters"));
        }
        if ends_at.is_some_and(|ends_at| ends_at <= now) {
            return Err(IdentityError::Value("a key ends in the future or never"));
        }
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        present(users::find_in(&mut tx, user).await?)?;
        if keys::count_active(&mut tx, user).await? >= KEYS_MAX {
            return Err(IdentityError::Value("a user has at most 50 keys; revoke one"));
        }
        let held: BTreeSet<RoleId> = roles::of_user_in(&mut tx, user).await?.into_iter().map(|role| role.id).collect();
        let wanted: BTreeSet<RoleId> = role_ids.map_or_else(|| held.clone(), |ids| ids.iter().copied().collect());
        if !wanted.is_subset(&held) {
            return Err(IdentityError::KeyRoles);
        }
        let roles: Vec<RoleId> = wanted.into_iter().collect();
        let (key, hint) = token::new_api_key(&*self.random);
        let new = NewKey { hash: token::hash(&key), hint: &hint, name: name.trim(), user, ends_at, roles: &roles };
        let id = keys::add(&mut tx, new, now).await?;
        let detail = json!({"name": name, "user": user, "roles": role_ids, "ends_at": ends_at});
        self.commit(tx, act, &format!("api_key:{id}"), detail).await?;
        Ok((id, key))
    }

    /// Revokes a key; it stops working with the next request on any node.
    pub(crate) async fn revoke_api_key(&self, act: &Act, id: ApiKeyId) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        if !keys::revoke(&mut tx, id, self.clock.now()).await? {
            return Err(IdentityError::NotFound("API key"));
        }
        rights_changed(&mut tx).await?;
        self.commit(tx, act, &format!("api_key:{id}"), json!({})).await?;
        Ok(())
    }
}
