//! The RSA key pairs of a corp, one per `publickey_ver`, kept as PKCS#8 PEM in `DIR/keys`.
//!
//! One more pair is *withheld*: messages can be encrypted for it by a fault, and its private key lies in a folder of its
//! own so that a test can hand it over later. Keys are made once and never overwritten: what was encrypted must stay readable.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;

use crate::error::SimulatorError;

/// The version that messages of the `withheld_key_version` fault name.
pub const WITHHELD_VERSION: u32 = 90;
/// Characters in a line of PEM (RFC 7468).
const PEM_LINE_CHARS: usize = 64;
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// The public halves, parsed and ready.
#[derive(Debug)]
pub struct RsaKeys {
    versions: Vec<Pkcs1PublicEncryptingKey>,
    /// Made when first asked for: making a key takes a tenth of a second and few worlds need this one.
    withheld: OnceLock<Pkcs1PublicEncryptingKey>,
    making: Mutex<()>,
    folder: PathBuf,
}

impl RsaKeys {
    /// Reads versions 1 to `versions` from `folder`, making those that are missing.
    pub fn open(folder: &Path, versions: u32) -> Result<Self, SimulatorError> {
        let opened = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..=versions.max(1))
                .map(|version| folder.join(format!("{version}.pem")))
                .map(|path| scope.spawn(move || open_key(&path)))
                .collect();
            threads.into_iter().map(|thread| thread.join().map_err(|_| ())).collect::<Vec<_>>()
        });
        let panicked = |()| SimulatorError::Key { what: folder.display().to_string() };
        let versions = opened.into_iter().map(|key| key.map_err(panicked)?).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { versions, withheld: OnceLock::new(), making: Mutex::new(()), folder: folder.to_path_buf() })
    }

    /// How many versions there are; they count from 1.
    pub fn versions(&self) -> u32 {
        self.versions.len() as u32
    }

    /// Where the PEM files lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Encrypts the random key of a message, RSA-2048 PKCS#1 v1.5, as base64. [`WITHHELD_VERSION`] is a version too.
    pub fn encrypt(&self, version: u32, encrypt_key: &str) -> Result<String, SimulatorError> {
        let unknown = || SimulatorError::Key { what: format!("version {version}") };
        let key = if version == WITHHELD_VERSION {
            self.withheld()?
        } else {
            self.versions.get((version as usize).wrapping_sub(1)).ok_or_else(unknown)?
        };
        let mut buffer = vec![0; key.ciphertext_size()];
        let sealed = key.encrypt(encrypt_key.as_bytes(), &mut buffer).map_err(|_| unknown())?;
        Ok(STANDARD.encode(sealed))
    }

    fn withheld(&self) -> Result<&Pkcs1PublicEncryptingKey, SimulatorError> {
        if let Some(key) = self.withheld.get() {
            return Ok(key);
        }
        let name = format!("{WITHHELD_VERSION}.pem");
        let _guard = self.making.lock();
        let key = open_key(&self.folder.join("withheld").join(name))?;
        Ok(self.withheld.get_or_init(|| key))
    }
}

fn open_key(path: &Path) -> Result<Pkcs1PublicEncryptingKey, SimulatorError> {
    let refused = |_| SimulatorError::Key { what: path.display().to_string() };
    let private = if path.exists() {
        let text = std::fs::read_to_string(path).map_err(|error| SimulatorError::file(path, error))?;
        read_private_key(&text).ok_or(()).map_err(|()| SimulatorError::Key { what: path.display().to_string() })?
    } else {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(refused)?;
        let der: Pkcs8V1Der<'_> = private.as_der().map_err(refused)?;
        write_private_file(path, &pem(der.as_ref())).map_err(|error| SimulatorError::file(path, error))?;
        private
    };
    Pkcs1PublicEncryptingKey::new(private.public_key()).map_err(refused)
}

/// Reads a PKCS#8 PEM private key; nothing when the text is not one.
pub fn read_private_key(text: &str) -> Option<PrivateDecryptingKey> {
    let body = text.split_once(PEM_BEGIN)?.1.split_once(PEM_END)?.0;
    let base64: String = body.split_whitespace().collect();
    PrivateDecryptingKey::from_pkcs8(&STANDARD.decode(base64).ok()?).ok()
}

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("{PEM_BEGIN}\n");
    for line in base64.as_bytes().chunks(PEM_LINE_CHARS) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(PEM_END);
    text.push('\n');
    text
}

fn write_private_file(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let half = path.with_extension("tmp");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&half, path)
}
