//! Signing in and out. Failures are counted before a password or a second factor is looked at, per name and per address, in the database,
//! so that neither many requests at once nor a restart nor another node gives more tries.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::json;
use xinlu_db::Tx;
use xinlu_http::Caller;
use xinlu_model::{Time, UserId};

use crate::access::token;
use crate::audit::Act;
use crate::model::UserState;
use crate::store::sessions::{Held, NewSession};
use crate::store::users::name_key;
use crate::store::{sessions, users};
use crate::users::present;
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
/// Signs of a session's id: 64 bits, of at most 32 sessions of one user.
const SESSION_ID_LENGTH: usize = 16;
const MS_PER_MINUTE: i64 = 60_000;

/// A session just begun.
#[derive(Debug)]
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) caller: Caller,
    /// They must change their password first.
    pub(crate) password_due: bool,
    /// The session's token, for the cookie only.
    pub(crate) token: String,
    /// When it ends at the latest.
    pub(crate) ends_at: Time,
}

/// How signing in went wrong lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    /// Attempts since the last success that were not forgiven; those made while locked out count as well.
    pub(crate) attempts: u64,
    /// Until when nobody can sign in under this name.
    pub(crate) locked_until: Option<Time>,
}

/// What somebody sends to sign in, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    /// A code of the second factor, or a recovery code.
    pub(crate) totp: Option<&'a str>,
    pub(crate) address: Option<IpAddr>,
    /// What the program calls itself, cut to bounds.
    pub(crate) agent: &'a str,
}

impl Identity {
    /// Checks name, password and second factor and begins a session. Whether there is a second factor is told only after
    /// the right password; one that is wrong counts as a failure of name and address, one that is absent does not.
    pub(crate) async fn sign_in(&self, act: Act, attempt: Attempt<'_>) -> Result<SignedIn, IdentityError> {
        match self.try_sign_in(act, attempt).await {
            Ok(signed_in) => {
                metrics::counter!("xinlu_sign_ins_total").increment(1);
                Ok(signed_in)
            }
            Err(error) => {
                let reason = match error {
                    IdentityError::SignIn => "wrong",
                    IdentityError::TotpRequired => return Err(error),
                    IdentityError::TotpWrong => "totp_wrong",
                    IdentityError::Locked => "locked",
                    IdentityError::Crowded => "crowded",
                    _ => "error",
                };
                metrics::counter!("xinlu_sign_in_failures_total", "reason" => reason).increment(1);
                Err(error)
            }
        }
    }

    async fn try_sign_in(&self, act: Act, attempt: Attempt<'_>) -> Result<SignedIn, IdentityError> {
        let user = self.right_password(attempt.name, attempt.password, attempt.address).await?;
        let begun = self.begin_session(act, user, attempt).await;
        match begun {
            Ok(_) => self.forgive(attempt.name, attempt.address).await?,
            Err(IdentityError::TotpWrong) => {}
            Err(_) => self.forgive_one(attempt.name, attempt.address).await?,
        }
        begun
    }

    async fn begin_session(&self, act: Act, user: UserId, attempt: Attempt<'_>) -> Result<SignedIn, IdentityError> {
        let now = self.clock.now();
        let token = token::new_token(&*self.random);
        let ends_at = now.plus_millis(i64::from(self.config.session_minutes) * MS_PER_MINUTE);
        let from = attempt.address.map(|address| address.to_string());
        let address = from.as_deref().unwrap_or_default();
        let new = NewSession { hash: &token::hash(&token), user, ends_at, address, agent: attempt.agent };
        let mut tx = self.db.begin().await?;
        let user = present(users::find_in(&mut tx, user).await?)?;
        let factor = self.second_factor(&mut tx, user.id, attempt.totp, now).await?;
        sessions::add(&mut tx, &new, OTHER_SESSIONS_MAX, now).await?;
        users::signed_in(&mut tx, user.id, now).await?;
        let grants = Arc::default();
        let caller = Caller { user: user.id, name: user.name, member: user.member, grants, by_cookie: true };
        let act = act.of_caller(caller.clone());
        let mut detail = json!({"address": from});
        if let (Some(fields), Some(name)) = (detail.as_object_mut(), factor.name()) {
            fields.insert("second_factor".to_owned(), json!(name));
        }
        self.commit(tx, &act, &format!("user:{}", user.id), detail).await?;
        Ok(SignedIn { caller, password_due: user.password_due, token, ends_at })
    }

    /// Whether it is the user's password; takes failures back when it is.
    pub(crate) async fn check_password(
        &self,
        name: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<UserId, IdentityError> {
        let user = self.right_password(name, password, address).await?;
        self.forgive(name, address).await?;
        Ok(user)
    }

    /// Counts the attempt, then checks; an unknown name takes as long and is counted alike.
    async fn right_password(
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
        known.filter(|_| right).map(|known| known.id).ok_or(IdentityError::SignIn)
    }

    /// Forgets the failures of a name, and this attempt of an address.
    async fn forgive(&self, name: &str, address: Option<IpAddr>) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        sessions::forgive(&mut tx, &user_attempts(name)).await?;
        if let Some(address) = address {
            sessions::forgive_one(&mut tx, &address_attempts(address)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes this attempt back and no other: it was no guess, but nobody was let in.
    async fn forgive_one(&self, name: &str, address: Option<IpAddr>) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        sessions::forgive_one(&mut tx, &user_attempts(name)).await?;
        if let Some(address) = address {
            sessions::forgive_one(&mut tx, &address_attempts(address)).await?;
        }
        Ok(tx.commit().await?)
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

    /// How signing in went wrong lately for these names, in the same order.
    pub(crate) async fn failures_of(&self, names: &[&str]) -> Result<Vec<Failures>, IdentityError> {
        let now = self.clock.now();
        let counted: Vec<String> = names.iter().map(|name| user_attempts(name)).collect();
        let found = sessions::attempts(&self.db, &counted).await?;
        let failures = |name: &String| match found.get(name) {
            Some((attempts, last_at)) if now.millis_since(*last_at) < LOCKED_MS => Failures {
                attempts: (*attempts).max(0) as u64,
                locked_until: (*attempts >= USER_FAILURES_MAX).then(|| last_at.plus_millis(LOCKED_MS)),
            },
            _ => Failures::default(),
        };
        Ok(counted.iter().map(failures).collect())
    }

    /// Ends a session of a user.
    pub(crate) async fn sign_out(&self, act: &Act, user: UserId, token: &str) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        sessions::end(&mut tx, &token::hash(token)).await?;
        self.commit(tx, act, &format!("user:{user}"), json!({})).await?;
        Ok(())
    }

    /// Ends all sessions of a user and returns how many there were.
    pub(crate) async fn sign_out_everywhere(&self, act: &Act, user: UserId) -> Result<u64, IdentityError> {
        let mut tx = self.db.begin().await?;
        let ended = sessions::end_all(&mut tx, user).await?;
        self.commit(tx, act, &format!("user:{user}"), json!({"ended": ended})).await?;
        Ok(ended)
    }

    /// The sessions of a user that are not over, the one used last first.
    pub(crate) async fn sessions_of(&self, user: UserId) -> Result<Vec<Held>, IdentityError> {
        let now = self.clock.now();
        let mut held = sessions::of_user(&self.db, user).await?;
        held.retain(|one| !self.is_over(one.seen_at, one.ends_at, now));
        Ok(held)
    }

    /// Whether a session ended by itself.
    pub(crate) fn is_over(&self, seen_at: Time, ends_at: Time, now: Time) -> bool {
        now >= ends_at || now.millis_since(seen_at) >= i64::from(self.config.session_idle_minutes) * MS_PER_MINUTE
    }

    /// Ends one session of a user, by its id.
    pub(crate) async fn end_session(&self, act: &Act, user: UserId, id: &str) -> Result<(), IdentityError> {
        let held = sessions::of_user(&self.db, user).await?;
        let hash = held.into_iter().map(|one| one.hash).find(|hash| session_id(hash) == id);
        let mut tx = self.db.begin().await?;
        let ended = match &hash {
            Some(hash) => sessions::end_of_user(&mut tx, user, hash).await?,
            None => false,
        };
        if !ended {
            return Err(IdentityError::NotFound("session"));
        }
        self.commit(tx, act, &format!("user:{user}"), json!({"session": id})).await?;
        Ok(())
    }
}

/// The name of a session, from which neither its token nor what is stored of it follows.
pub(crate) fn session_id(hash: &[u8]) -> String {
    let mut text = String::from("session ");
    text.extend(hash.iter().map(|byte| format!("{byte:02x}")));
    let id: String = token::hash(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    id.get(..SESSION_ID_LENGTH).unwrap_or(&id).to_owned()
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
