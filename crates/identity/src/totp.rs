//! The second factor of a user: begun, enabled by a code, asked for at signing in, taken away.
//!
//! Secrets are stored sealed by the key ring and shown once; of recovery codes only hashes are stored. A code is taken in
//! the transaction that makes the session, so none is ever good for two.

use std::sync::Arc;

use serde_json::json;
use xinlu_db::Tx;
use xinlu_keys::KeyRing;
use xinlu_model::{Time, UserId};

use crate::access::totp::{self, Typed};
use crate::audit::Act;
use crate::store::totp::Held;
use crate::store::{sessions, totp as store, users};
use crate::users::present;
use crate::{Identity, IdentityError};

/// Which second factor let somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    /// None: the user has none.
    None,
    /// A code of their app.
    Code,
    /// A recovery code.
    Recovery,
}

impl Factor {
    /// As the audit trail has it.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Code => Some("totp"),
            Self::Recovery => Some("recovery code"),
        }
    }
}

/// How the second factor of a user stands.
pub(crate) struct TotpState {
    pub(crate) enabled: bool,
    pub(crate) recovery_codes_left: i64,
}

/// A secret, to be shown once.
pub(crate) struct TotpSecret {
    /// Base 32.
    pub(crate) secret: String,
    /// `otpauth://…`
    pub(crate) uri: String,
}

/// What the key ring binds a secret to.
fn sealed_as(user: UserId) -> String {
    format!("identity.totp.{user}")
}

impl Identity {
    fn key_ring(&self) -> Result<&Arc<KeyRing>, IdentityError> {
        let none = || IdentityError::Internal("this process was not given the keys".to_owned());
        self.keys.as_ref().ok_or_else(none)
    }

    pub(crate) async fn totp_state(&self, user: UserId) -> Result<TotpState, IdentityError> {
        let enabled = store::find(&self.db, user).await?.is_some_and(|held| held.enabled_at.is_some());
        let recovery_codes_left = store::codes_left(&self.db, user).await?;
        Ok(TotpState { enabled, recovery_codes_left })
    }

    /// Makes a secret that counts once a code of it was typed.
    pub(crate) async fn begin_totp(&self, act: &Act, user: UserId) -> Result<TotpSecret, IdentityError> {
        let secret = totp::new_secret(&*self.random);
        let sealed = self.key_ring()?.seal_secret(&sealed_as(user), &secret);
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let owner = present(users::find_in(&mut tx, user).await?)?;
        if owner.totp {
            return Err(IdentityError::TotpEnabled);
        }
        store::begin(&mut tx, user, sealed, self.clock.now()).await?;
        self.commit(tx, act, &format!("user:{user}"), json!({})).await?;
        Ok(TotpSecret { secret: totp::base32(&secret), uri: totp::uri(&owner.name, &secret) })
    }

    /// Enables what was begun, if this is a code of it, and returns the recovery codes, which are shown only now.
    pub(crate) async fn enable_totp(&self, act: &Act, user: UserId, typed: &str) -> Result<Vec<String>, IdentityError> {
        let Some(Typed::Code(typed)) = Typed::read(typed) else { return Err(IdentityError::TotpWrong) };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let held = store::find_in(&mut tx, user).await?.ok_or(IdentityError::TotpNotBegun)?;
        if held.enabled_at.is_some() {
            return Err(IdentityError::TotpEnabled);
        }
        let secret = self.key_ring()?.open_secret(&sealed_as(user), &held.secret).await?;
        let step = totp::matching_step(&secret, &typed, now, held.step).ok_or(IdentityError::TotpWrong)?;
        let codes = totp::new_recovery_codes(&*self.random);
        let hashes = codes.iter().map(|code| totp::recovery_hash(user, code)).collect();
        store::enable(&mut tx, user, step, hashes, now).await?;
        self.commit(tx, act, &format!("user:{user}"), json!({})).await?;
        Ok(codes)
    }

    /// Takes one's own second factor away; asks for the password.
    pub(crate) async fn disable_totp(&self, act: &Act, user: UserId, password: &str) -> Result<(), IdentityError> {
        let owner = present(users::find(&self.db, user).await?)?;
        self.check_password(&owner.name, password, None).await?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let ended = store::end(&mut tx, user).await?;
        self.commit(tx, act, &format!("user:{user}"), json!({"had_one": ended})).await?;
        Ok(())
    }

    /// Takes another's second factor away (their phone is lost) and ends their sessions.
    pub(crate) async fn reset_totp(&self, act: &Act, user: UserId) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        present(users::find_in(&mut tx, user).await?)?;
        let ended = store::end(&mut tx, user).await?;
        let sessions_ended = sessions::end_all(&mut tx, user).await?;
        let detail = json!({"had_one": ended, "sessions_ended": sessions_ended});
        self.commit(tx, act, &format!("user:{user}"), detail).await?;
        Ok(())
    }

    /// Asks a user whose password was right for the second factor, if they have one, and takes it.
    pub(crate) async fn second_factor(
        &self,
        tx: &mut Tx,
        user: UserId,
        typed: Option<&str>,
        now: Time,
    ) -> Result<Factor, IdentityError> {
        let held = store::find_in(tx, user).await?.filter(|held| held.enabled_at.is_some());
        let Some(held) = held else { return Ok(Factor::None) };
        let typed = typed.and_then(Typed::read).ok_or(IdentityError::TotpRequired)?;
        let (factor, taken) = match typed {
            Typed::Code(typed) => (Factor::Code, self.take_code(tx, user, &held, &typed, now).await?),
            Typed::Recovery(typed) => {
                (Factor::Recovery, store::use_code(tx, user, totp::recovery_hash(user, &typed)).await?)
            }
        };
        if taken { Ok(factor) } else { Err(IdentityError::TotpWrong) }
    }

    async fn take_code(
        &self,
        tx: &mut Tx,
        user: UserId,
        held: &Held,
        typed: &str,
        now: Time,
    ) -> Result<bool, IdentityError> {
        let secret = self.key_ring()?.open_secret(&sealed_as(user), &held.secret).await?;
        match totp::matching_step(&secret, typed, now, held.step) {
            Some(step) => Ok(store::use_step(tx, user, step).await?),
            None => Ok(false),
        }
    }
}
