//! Access tokens: one per secret, given out again while it is good (PROTOCOL.md 3.4).
//!
//! Tokens live in memory only, so a restart of the simulator makes all of them unknown (40014), which clients must survive.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::Scope;
use crate::corp_config::CorpConfig;
use crate::faults::dice;

/// Which secret a token was got with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Conversation archive.
    Archive,
    /// Contacts synchronisation.
    Contacts,
    /// Customer contact.
    External,
    /// The self-built app.
    App,
}

impl Kind {
    /// Whether a token of this kind may call an API of that scope.
    pub fn allows(self, scope: Scope) -> bool {
        match scope {
            Scope::Any => true,
            Scope::Archive => self == Self::Archive,
            Scope::Contacts => matches!(self, Self::Contacts | Self::App),
            Scope::External => matches!(self, Self::External | Self::App),
            Scope::App => self == Self::App,
        }
    }
}

/// A token that was given out.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// The secret it came from.
    pub kind: Kind,
    /// From then on 42001.
    pub expires_at_ms: i64,
    /// Got from an address that is not trusted, so every use gives 41001.
    pub from_untrusted_ip: bool,
}

/// The tokens of one corp.
#[derive(Debug)]
pub struct Tokens {
    given: Mutex<HashMap<String, Token>>,
    current: Mutex<HashMap<(Kind, bool), String>>,
    number: AtomicU64,
    seed: u64,
}

impl Tokens {
    /// No token yet.
    pub fn new(seed: u64) -> Self {
        Self { given: Mutex::default(), current: Mutex::default(), number: AtomicU64::new(0), seed }
    }

    /// The token for a secret: the current one while it is good, else a new one.
    pub fn give(&self, kind: Kind, now_ms: i64, ttl_ms: i64, from_untrusted_ip: bool) -> (String, Token) {
        let mut current = self.current.lock();
        let mut given = self.given.lock();
        if let Some(text) = current.get(&(kind, from_untrusted_ip))
            && let Some(token) = given.get(text)
            && now_ms < token.expires_at_ms
        {
            return (text.clone(), *token);
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let material = format!("{} {number} {now_ms}", self.seed);
        let parts: Vec<String> =
            (0..8).map(|part| format!("{:016x}", dice::hash(format!("{part} {material}").as_bytes()))).collect();
        let text = parts.concat();
        let token = Token { kind, expires_at_ms: now_ms + ttl_ms, from_untrusted_ip };
        given.insert(text.clone(), token);
        current.insert((kind, from_untrusted_ip), text.clone());
        (text, token)
    }

    /// The token with this text.
    pub fn find(&self, text: &str) -> Option<Token> {
        self.given.lock().get(text).copied()
    }

    /// Forgets all tokens, so that they give 40014.
    pub fn revoke_all(&self) {
        self.given.lock().clear();
        self.current.lock().clear();
    }

    /// Ends all tokens, so that they give 42001.
    pub fn expire_all(&self) {
        for token in self.given.lock().values_mut() {
            token.expires_at_ms = 0;
        }
    }
}

/// What a secret opens; nothing when it is none of the corp's.
pub fn kind_of_secret(config: &CorpConfig, secret: &str) -> Option<Kind> {
    let secrets = [
        (&config.archive_secret, Kind::Archive),
        (&config.contact_secret, Kind::Contacts),
        (&config.external_contact_secret, Kind::External),
        (&config.app_secret, Kind::App),
    ];
    secrets.into_iter().find(|(known, _)| *known == secret).map(|(_, kind)| kind)
}
