//! Passwords: their rules, and Argon2id on the blocking pool with a bound on how many at once.
//!
//! It never stores or logs a password, and takes as long for an unknown name as for a known one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use xinlu_model::Random;

use crate::error::PasswordRule;
use crate::{IdentityError, access::token};

/// Memory of one hash in KiB: with two passes the first choice of OWASP's cheat sheet "Password Storage" that fits
/// beside an archive in 400 MB; about 30 ms on one core, so that a guess costs an attacker as much.
pub const ARGON2_MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const ARGON2_PASSES: u32 = 2;
/// Lanes; more would only help who has more cores than we.
pub const ARGON2_LANES: u32 = 1;

/// Passwords checked at once: two cores' worth, 38 MiB.
const AT_ONCE_MAX: usize = 2;
/// Passwords that may wait for that: about half a second's worth; more are turned away.
const WAITING_MAX: usize = 32;
/// Fewest characters: NIST SP 800-63B asks for 8, and 12 leave online guessing hopeless without odd rules of signs.
const LENGTH_MIN: usize = 12;
/// Most characters; far above any passphrase, and it bounds what is hashed.
const LENGTH_MAX: usize = 128;
/// Fewest different characters: stops `aaaaaaaaaaaa` and `121212121212`.
const DIFFERENT_MIN: usize = 5;
/// Shortest user name that a password must not contain; shorter ones turn up by chance.
const NAME_LENGTH_MIN: usize = 3;
/// Bytes of salt (RFC 9106 section 3.1).
const SALT_BYTES: usize = 16;

/// Checks the rules. `name` is the user's.
pub(crate) fn check_rules(password: &str, name: &str) -> Result<(), PasswordRule> {
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Err(PasswordRule::TooShort);
    }
    if length > LENGTH_MAX {
        return Err(PasswordRule::TooLong);
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT_MIN {
        return Err(PasswordRule::TooSimple);
    }
    let name = name.to_lowercase();
    if name.chars().count() >= NAME_LENGTH_MIN && password.to_lowercase().contains(&name) {
        return Err(PasswordRule::HasName);
    }
    Ok(())
}

/// Hashes and checks passwords, a few at a time.
pub(crate) struct Passwords {
    random: Arc<dyn Random>,
    gate: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// The hash of a password nobody knows, for names that do not exist.
    nobody: String,
}

impl Passwords {
    pub(crate) async fn new(random: Arc<dyn Random>) -> Result<Self, IdentityError> {
        let secret = token::new_token(&*random);
        let salt = salt(&*random)?;
        let nobody = blocking(move || compute(&secret, &salt)).await?;
        Ok(Self { random, gate: Arc::new(Semaphore::new(AT_ONCE_MAX)), waiting: AtomicUsize::new(0), nobody })
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, IdentityError> {
        let _turn = self.turn().await?;
        let (password, salt) = (password.to_owned(), salt(&*self.random)?);
        blocking(move || compute(&password, &salt)).await
    }

    /// Waits for a turn to check a password; refuses when too many wait.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, IdentityError> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(IdentityError::Crowded);
        }
        let waiting = Waiting(&self.waiting);
        let turn = Arc::clone(&self.gate).acquire_owned().await;
        drop(waiting);
        turn.map_err(|_| IdentityError::Crowded)
    }

    /// Whether it is the password. Without a hash (nobody of that name) it takes the same time and says no.
    pub(crate) async fn verify(
        &self,
        _turn: &OwnedSemaphorePermit,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, IdentityError> {
        if password.chars().count() > LENGTH_MAX {
            return Ok(false);
        }
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or_else(|| self.nobody.clone()));
        let right = blocking(move || check(&password, &hash)).await?;
        Ok(right && known)
    }
}

/// Counts down also when the waiter goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn argon2() -> Result<Argon2<'static>, IdentityError> {
    let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, None);
    let params = params.map_err(|error| IdentityError::Internal(format!("argon2: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn salt(random: &dyn Random) -> Result<SaltString, IdentityError> {
    let mut bytes = [0u8; SALT_BYTES];
    random.fill(&mut bytes);
    SaltString::encode_b64(&bytes).map_err(|error| IdentityError::Internal(format!("argon2: {error}")))
}

fn compute(password: &str, salt: &SaltString) -> Result<String, IdentityError> {
    let hash = argon2()?.hash_password(password.as_bytes(), salt);
    hash.map(|hash| hash.to_string()).map_err(|error| IdentityError::Internal(format!("argon2: {error}")))
}

/// The parameters are those in the string, so older ones go on being read.
fn check(password: &str, hash: &str) -> Result<bool, IdentityError> {
    let hash = PasswordHash::new(hash).map_err(|error| IdentityError::Internal(format!("argon2: {error}")))?;
    match argon2()?.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::Password) => Ok(false),
        Err(error) => Err(IdentityError::Internal(format!("argon2: {error}"))),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IdentityError> + Send + 'static,
) -> Result<T, IdentityError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| IdentityError::Internal(error.to_string()))?
}
