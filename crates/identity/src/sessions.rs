//! Signing in and out. Failures are counted before a password is looked at, per name and per address, in the database,
//! so that neither many requests at once nor a restart nor another node gives more tries.

use std::net::IpAddr;

use xinlu_db::Tx;
use xinlu_model::{Time, UserId};

use crate::access::token;
use crate::model::UserState;
use crate::store::sessions::NewSession;
use crate::store::users::name_key;
use crate::store::{sessions, users};
use crate::{Identity, IdentityError};

/// Failures after which a name is locked.
pub const USER_FAILURES_MAX: i64 = 10;
/// Failures after which an address is locked: more, since a whole office or a proxy may share one.
pub const ADDRESS_FAILURES_MAX: i64 = 50;
/// How long a lock-out lasts, and how long failures are remembered.
pub const LOCKED_MS: i64 = 15 * 60 * 1_000;
/// Sessions of one user besides the newest; the oldest end.
const OTHER_SESSIONS_MAX: i64 = 31;
/// Longest name that is looked up at all.
const NAME_BYTES_MAX: usize = 256;
/// Signs of a hashed name in the table of attempts: 128 bits.
const ATTEMPT_NAME_LENGTH: usize = 32;
const MS_PER_MINUTE: i64 = 60_000;

/// A session just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The session's token, for the cookie only.
    pub token: String,
    /// When it ends at the latest.
    pub ends_at: Time,
}

impl Identity {
    /// Checks name and password and begins a session.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<SignedIn, IdentityError> {
        let user = match self.check_password(name, password, address).await {
            Ok(user) => user,
            Err(error) => {
                let reason = match error {
                    IdentityError::SignIn => "wrong",
                    IdentityError::Locked => "locked",
                    IdentityError::Crowded => "crowded",
                    _ => "error",
                };
                metrics::counter!("xinlu_sign_in_failures_total", "reason" => reason).increment(1);
                return Err(error);
            }
        };
        let now = self.clock.now();
        let token = token::new_token(&*self.random);
        let ends_at = now.plus_millis(i64::from(self.config.session_minutes) * MS_PER_MINUTE);
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        let new = NewSession { hash: &token::hash(&token), user, ends_at, address: &address };
        let mut tx = self.db.begin().await?;
        sessions::add(&mut tx, &new, OTHER_SESSIONS_MAX, now).await?;
        users::signed_in(&mut tx, user, now).await?;
        tx.commit().await?;
        metrics::counter!("xinlu_sign_ins_total").increment(1);
        Ok(SignedIn { user, token, ends_at })
    }

    /// Counts the attempt, then checks; an unknown name takes as long and is counted alike.
    pub(crate) async fn check_password(
        &self,
        name: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<UserId, IdentityError> {
        if name.len() > NAME_BYTES_MAX {
            return Err(IdentityError::SignIn);
        }
        let turn = self.passwords.turn().await?;
        self.count_attempt(name, address).await?;
        let known = users::find_by_name(&self.db, name).await?;
        let known = known.filter(|known| known.state == UserState::Active);
        let hash = known.as_ref().map(|known| known.password.clone());
        let right = self.passwords.verify(&turn, password, hash).await?;
        let user = known.filter(|_| right).ok_or(IdentityError::SignIn)?;
        let mut tx = self.db.begin().await?;
        sessions::forgive(&mut tx, &user_attempts(name)).await?;
        if let Some(address) = address {
            sessions::forgive_one(&mut tx, &address_attempts(address)).await?;
        }
        tx.commit().await?;
        Ok(user.id)
    }

    async fn count_attempt(&self, name: &str, address: Option<IpAddr>) -> Result<(), IdentityError> {
        let now = self.clock.now();
        let since = now.plus_millis(-LOCKED_MS);
        let mut tx = self.db.begin().await?;
        sessions::forget_old_attempts(&mut tx, since).await?;
        let mut locked = false;
        if let Some(address) = address {
            let name = address_attempts(address);
            locked = counted(&mut tx, &name, now, since, ADDRESS_FAILURES_MAX).await?;
        }
        if !locked {
            locked = counted(&mut tx, &user_attempts(name), now, since, USER_FAILURES_MAX).await?;
        }
        tx.commit().await?;
        if locked { Err(IdentityError::Locked) } else { Ok(()) }
    }

    /// Counts an attempt of an address that is not to sign in (the first run).
    pub(crate) async fn count_address(&self, address: Option<IpAddr>) -> Result<(), IdentityError> {
        let Some(address) = address else { return Ok(()) };
        let now = self.clock.now();
        let since = now.plus_millis(-LOCKED_MS);
        let mut tx = self.db.begin().await?;
        let locked = counted(&mut tx, &address_attempts(address), now, since, ADDRESS_FAILURES_MAX).await?;
        tx.commit().await?;
        if locked { Err(IdentityError::Locked) } else { Ok(()) }
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        sessions::end(&mut tx, &token::hash(token)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends all sessions of a user and returns how many there were.
    pub async fn sign_out_everywhere(&self, user: UserId) -> Result<u64, IdentityError> {
        let mut tx = self.db.begin().await?;
        let ended = sessions::end_all(&mut tx, user).await?;
        tx.commit().await?;
        Ok(ended)
    }
}

async fn counted(tx: &mut Tx, name: &str, now: Time, since: Time, limit: i64) -> Result<bool, IdentityError> {
    Ok(sessions::attempt(tx, name, now, since, limit).await? > limit)
}

/// Names are hashed here: people type passwords into the wrong field.
pub(crate) fn user_attempts(name: &str) -> String {
    let hash = token::hash(&name_key(name));
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("user:{}", hex.get(..ATTEMPT_NAME_LENGTH).unwrap_or(&hex))
}

/// An IPv6 address stands for its /64, which is what one customer gets.
fn address_attempts(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64;
            format!("address:{network:x}::/64")
        }
    }
}
