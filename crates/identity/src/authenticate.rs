//! Who asks, and with which rights: the two faces that `http` asks for.
//!
//! A session or key is looked up at each request, so what ended or was revoked stops at once on every node; the rights
//! that follow from it are kept until users, roles or the directory change.

use std::sync::Arc;

use async_trait::async_trait;
use xinlu_http::{ApiError, AuditRecord, AuditSink, Authenticate, Caller, Credentials, Grants};
use xinlu_model::Time;

use crate::access::permission::Rule;
use crate::access::{scope, token};
use crate::directory::MemberStatus;
use crate::identity::HeldGrants;
use crate::model::UserState;
use crate::store::sessions::Owner;
use crate::store::{keys, roles, sessions};
use crate::{Identity, IdentityError, audit};

/// How far the time of last use may lag: a write a minute and session is what it costs.
const TOUCH_MS: i64 = 60_000;
/// Longest bearer text or cookie that is looked at; ours have 46 signs.
const TOKEN_BYTES_MAX: usize = 128;
/// In place of a key's number for rights that come with a session.
const NO_KEY: i64 = 0;

#[async_trait]
impl Authenticate for Identity {
    async fn authenticate(&self, credentials: &Credentials<'_>, now: Time) -> Result<Option<Caller>, ApiError> {
        let caller = match (credentials.bearer, credentials.session) {
            (Some(key), _) => self.by_key(key, now).await?,
            (None, Some(token)) => self.by_session(token, now).await?,
            (None, None) => None,
        };
        Ok(caller)
    }
}

#[async_trait]
impl AuditSink for Identity {
    async fn record(&self, record: AuditRecord) -> Result<(), ApiError> {
        Ok(self.audit.write(audit::entry_of(record)).await?)
    }
}

impl Identity {
    async fn by_session(&self, token: &str, now: Time) -> Result<Option<Caller>, IdentityError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Ok(None);
        }
        let hash = token::hash(token);
        let Some(owner) = sessions::find(&self.db, &hash).await? else { return Ok(None) };
        if self.is_over(owner.seen_at, owner.ends_at, now) || owner.state != UserState::Active {
            let mut tx = self.db.begin().await?;
            sessions::end(&mut tx, &hash).await?;
            tx.commit().await?;
            return Ok(None);
        }
        if now.millis_since(owner.seen_at) >= TOUCH_MS {
            let mut tx = self.db.begin().await?;
            sessions::touch(&mut tx, &hash, now).await?;
            tx.commit().await?;
        }
        let grants = self.grants_of(&owner, NO_KEY).await?;
        Ok(Some(caller(owner, grants, true)))
    }

    async fn by_key(&self, key: &str, now: Time) -> Result<Option<Caller>, IdentityError> {
        if key.len() > TOKEN_BYTES_MAX || !key.starts_with(token::API_KEY_PREFIX) {
            return Ok(None);
        }
        let Some(found) = keys::find(&self.db, &token::hash(key)).await? else { return Ok(None) };
        if found.revoked || now >= found.owner.ends_at || found.owner.state != UserState::Active {
            return Ok(None);
        }
        if now.millis_since(found.owner.seen_at) >= TOUCH_MS {
            let mut tx = self.db.begin().await?;
            keys::used(&mut tx, found.key, now).await?;
            tx.commit().await?;
        }
        let grants = self.grants_of(&found.owner, found.key.number()).await?;
        Ok(Some(caller(found.owner, grants, false)))
    }

    /// The rights of a user, or through one of their keys, on today's directory. Who has left the company or must change
    /// their password has none.
    async fn grants_of(&self, owner: &Owner, key: i64) -> Result<Arc<Grants>, IdentityError> {
        if owner.password_due {
            return Ok(Arc::default());
        }
        let place = (owner.user, key);
        let fresh = |held: &HeldGrants| {
            held.directory_version == owner.directory_version && held.access_version == owner.access_version
        };
        let held = self.grants.lock().get(&place);
        if let Some(held) = held.filter(fresh) {
            return Ok(held.grants);
        }
        let snapshot = self.directory.snapshot_at(owner.directory_version).await?;
        let left =
            owner.member.and_then(|id| snapshot.members.get(&id)).is_some_and(|one| one.status == MemberStatus::Left);
        let roles = match key {
            _ if left => Vec::new(),
            NO_KEY => roles::of_user(&self.db, owner.user).await?,
            key => roles::of_key(&self.db, owner.user, key).await?,
        };
        let rules: Vec<Rule> = roles.into_iter().flat_map(|role| role.rules).collect();
        let grants = Arc::new(scope::grants(&rules, owner.member, &snapshot));
        let held = HeldGrants {
            directory_version: owner.directory_version,
            access_version: owner.access_version,
            grants: Arc::clone(&grants),
        };
        self.grants.lock().insert(place, held);
        Ok(grants)
    }
}

fn caller(owner: Owner, grants: Arc<Grants>, by_cookie: bool) -> Caller {
    Caller { user: owner.user, name: owner.name, member: owner.member, grants, by_cookie }
}
