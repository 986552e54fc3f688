//! The corp's RSA private keys, one for each version of the public key (PROTOCOL.md 3.1.3): files `VERSION.pem` of a
//! folder, or texts that were handed over.
//!
//! Files are read again when they change; parsed keys are kept, because parsing costs half as much as decrypting. Old
//! keys stay: messages use the key that was newest when they were sent. It never writes to the folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::RwLock;

use crate::{ChannelError, Secret, WecomArchiveConfig};

/// A PEM of an RSA-4096 key has 3 KB.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
/// More versions than any corp has made.
const KEYS_MAX: usize = 1_000;
/// How aws-lc-rs says that a key has fewer than 2048 bits.
const TOO_SMALL: &str = "TooSmall";
/// Messages a thread takes at once: enough to make the counter free, few enough that all threads end together.
const SHARE: usize = 16;

/// Why a random key could not be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFailure {
    /// No private key of this version is here.
    Missing,
    /// The private key of this version does not fit.
    Wrong,
}

/// A random key as it was sent, or why it stays closed.
pub type OpenedKey = Result<Vec<u8>, KeyFailure>;

/// A random key to decrypt: the version it names and the RSA ciphertext.
#[derive(Clone, Debug)]
pub struct SealedKey {
    /// `publickey_ver` of the message.
    pub version: u32,
    /// The decoded `encrypt_random_key`.
    pub ciphertext: Vec<u8>,
}

/// A file that is no usable key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKeyFile {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// A private key that was handed over instead of lying in a folder.
#[derive(Clone, Debug)]
pub struct GivenKey {
    /// Its version.
    pub version: u32,
    /// PEM, PKCS#8 or PKCS#1.
    pub pem: Secret,
}

/// Why a text is no usable private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTextFault {
    /// It holds no private key in PEM.
    NotPem,
    /// The key is no RSA key, or a damaged one.
    NotRsa,
    /// The key is shorter than 2048 bits, the shortest that WeCom takes.
    TooSmall,
}

impl KeyTextFault {
    /// For a person.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotPem => "it holds no PKCS#8 or PKCS#1 private key in PEM",
            Self::NotRsa => "it holds no RSA private key",
            Self::TooSmall => "its RSA key has fewer than 2048 bits",
        }
    }
}

#[derive(Default)]
struct State {
    keys: BTreeMap<u32, Arc<Pkcs1PrivateDecryptingKey>>,
    seen: BTreeMap<String, (SystemTime, u64)>,
    bad: Vec<BadKeyFile>,
    generation: u64,
}

/// All private keys of one corp.
pub struct PrivateKeys {
    /// `None`: the keys were handed over and never change.
    folder: Option<PathBuf>,
    state: RwLock<State>,
}

impl PrivateKeys {
    /// Nothing is read before `rescan`.
    pub fn new(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self { folder: Some(folder), state: RwLock::default() })
    }

    /// The keys that were handed over; what is no key among them is a bad file of the name `VERSION.pem`.
    pub fn given(given: &[GivenKey]) -> Arc<Self> {
        let mut state = State { generation: 1, ..State::default() };
        for key in given {
            match read_key(key.pem.reveal()) {
                Ok(read) => drop(state.keys.insert(key.version, Arc::new(read))),
                Err(fault) => {
                    state.bad.push(BadKeyFile { name: format!("{}.pem", key.version), reason: fault.reason() });
                }
            }
        }
        Arc::new(Self { folder: None, state: RwLock::new(state) })
    }

    /// Those of a configuration: handed over, or else in its folder.
    pub fn of(config: &WecomArchiveConfig) -> Arc<Self> {
        if config.given_keys.is_empty() {
            Self::new(config.keys_directory.clone())
        } else {
            Self::given(&config.given_keys)
        }
    }

    /// The versions that are here.
    pub fn versions(&self) -> Vec<u32> {
        self.state.read().keys.keys().copied().collect()
    }

    /// Files in the folder that are no usable key.
    pub fn bad_files(&self) -> Vec<BadKeyFile> {
        self.state.read().bad.clone()
    }

    /// Changes whenever the set of keys changed; starts at 0 before the first scan.
    pub fn generation(&self) -> u64 {
        self.state.read().generation
    }

    /// Looks at the folder again and reads what changed.
    pub async fn rescan(self: &Arc<Self>) -> Result<(), ChannelError> {
        let this = Arc::clone(self);
        let scanned = tokio::task::spawn_blocking(move || this.scan()).await;
        scanned
            .map_err(|error| ChannelError::Internal(error.to_string()))?
            .map_err(|error| ChannelError::Keys(format!("the folder of private keys cannot be read: {error}")))
    }

    fn scan(&self) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let files = list(folder)?;
        if files == self.state.read().seen {
            return Ok(());
        }
        let mut keys = BTreeMap::new();
        let mut bad = Vec::new();
        for name in files.keys() {
            let Some(version) = version_of(name) else {
                bad.push(BadKeyFile { name: name.clone(), reason: "the name is not VERSION.pem" });
                continue;
            };
            match std::fs::read_to_string(folder.join(name)).ok().as_deref().map(read_key) {
                Some(Ok(key)) => drop(keys.insert(version, Arc::new(key))),
                Some(Err(fault)) => bad.push(BadKeyFile { name: name.clone(), reason: fault.reason() }),
                None => bad.push(BadKeyFile { name: name.clone(), reason: "it cannot be read" }),
            }
        }
        for file in &bad {
            tracing::error!(file = file.name, reason = file.reason, "a private key cannot be used");
        }
        tracing::info!(keys = keys.len(), "private keys read");
        let mut state = self.state.write();
        *state = State { keys, seen: files, bad, generation: state.generation + 1 };
        Ok(())
    }

    fn open(&self, sealed: &SealedKey) -> OpenedKey {
        let key = self.state.read().keys.get(&sealed.version).cloned().ok_or(KeyFailure::Missing)?;
        let mut buffer = vec![0; key.min_output_size()];
        let opened = key.decrypt(&sealed.ciphertext, &mut buffer).map_err(|_| KeyFailure::Wrong)?;
        // A wrong key can by chance leave a valid padding; what comes out is then not the text it always is.
        let plausible = !opened.is_empty() && opened.iter().all(u8::is_ascii_graphic);
        if plausible { Ok(opened.to_vec()) } else { Err(KeyFailure::Wrong) }
    }

    /// Decrypts a batch on `threads` threads of the blocking pool; one answer each, in order.
    pub async fn open_all(
        self: &Arc<Self>,
        sealed: Arc<Vec<SealedKey>>,
        threads: usize,
    ) -> Result<Vec<OpenedKey>, ChannelError> {
        let next = Arc::new(AtomicUsize::new(0));
        let threads = threads.clamp(1, sealed.len().div_ceil(SHARE).max(1));
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (this, sealed, next) = (Arc::clone(self), Arc::clone(&sealed), Arc::clone(&next));
                tokio::task::spawn_blocking(move || this.open_shares(&sealed, &next))
            })
            .collect();
        let mut shares = Vec::new();
        for worker in workers {
            shares.extend(worker.await.map_err(|error| ChannelError::Internal(error.to_string()))?);
        }
        shares.sort_unstable_by_key(|(start, _)| *start);
        Ok(shares.into_iter().flat_map(|(_, opened)| opened).collect())
    }

    fn open_shares(&self, sealed: &[SealedKey], next: &AtomicUsize) -> Vec<(usize, Vec<OpenedKey>)> {
        let mut done = Vec::new();
        loop {
            let start = next.fetch_add(SHARE, Ordering::Relaxed);
            let Some(share) = sealed.get(start..(start + SHARE).min(sealed.len())).filter(|share| !share.is_empty())
            else {
                return done;
            };
            done.push((start, share.iter().map(|sealed| self.open(sealed)).collect()));
        }
    }
}

/// Names of the `.pem` files with their time and size.
fn list(folder: &Path) -> std::io::Result<BTreeMap<String, (SystemTime, u64)>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let about = std::fs::metadata(entry.path())?;
        if name.strip_suffix(".pem").is_some()
            && about.is_file()
            && about.len() <= KEY_FILE_BYTES_MAX
            && files.len() < KEYS_MAX
        {
            files.insert(name, (about.modified()?, about.len()));
        }
    }
    Ok(files)
}

fn version_of(name: &str) -> Option<u32> {
    name.strip_suffix(".pem")?.parse().ok()
}

/// Whether this text is a usable private key.
pub fn check_key(pem: &str) -> Result<(), KeyTextFault> {
    read_key(pem).map(drop)
}

fn read_key(pem: &str) -> Result<Pkcs1PrivateDecryptingKey, KeyTextFault> {
    let der = if let Some(der) = pem_body(pem, "PRIVATE KEY") {
        der
    } else if let Some(der) = pem_body(pem, "RSA PRIVATE KEY") {
        wrap_pkcs1(&der)
    } else {
        return Err(KeyTextFault::NotPem);
    };
    let key = PrivateDecryptingKey::from_pkcs8(&der).map_err(|rejected| match rejected.description_() {
        TOO_SMALL => KeyTextFault::TooSmall,
        _ => KeyTextFault::NotRsa,
    })?;
    Pkcs1PrivateDecryptingKey::new(key).map_err(|_| KeyTextFault::NotRsa)
}

fn pem_body(pem: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    STANDARD.decode(body).ok()
}

/// PKCS#8 (RFC 5208) around a PKCS#1 key: version 0, rsaEncryption with NULL, the key as an octet string.
fn wrap_pkcs1(key: &[u8]) -> Vec<u8> {
    const VERSION_AND_ALGORITHM: &[u8] =
        &[0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    const OCTET_STRING: u8 = 0x04;
    const SEQUENCE: u8 = 0x30;
    let inner = [VERSION_AND_ALGORITHM, &der(OCTET_STRING, key)].concat();
    der(SEQUENCE, &inner)
}

/// One DER value with its length in the two-byte long form, which fits every RSA key up to 64 KiB.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    const LONG_FORM_OF_TWO: u8 = 0x82;
    let length = (content.len() as u16).to_be_bytes();
    [&[tag, LONG_FORM_OF_TWO], length.as_slice(), content].concat()
}

#[cfg(test)]
mod tests;
