//! The configuration: one struct of structs, all defaults in the types.
//!
//! Unknown keys are an error. Secrets are a type that cannot be printed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use xinlu_channels::{Secret, WecomConfig};
use xinlu_identity::IdentityConfig;

/// All settings. Every key may be left out, but `[[wecom]]` where a corp is to be archived.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen. Anything but loopback needs `[tls]`.
    pub listen: Listen,
    /// The data directory.
    pub data: DataDirectory,
    /// Another database than the embedded one.
    pub database: Database,
    /// The certificate.
    pub tls: Option<Tls>,
    /// Signing in.
    pub sign_in: IdentityConfig,
    /// The search index.
    pub search: Search,
    /// The WeCom corps whose conversations are archived.
    pub wecom: Vec<WecomConfig>,
}

/// An address to listen on; `127.0.0.1:8420` unless told.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Listen(pub SocketAddr);

impl Default for Listen {
    fn default() -> Self {
        Self(SocketAddr::from(([127, 0, 0, 1], 8420)))
    }
}

/// The directory that holds everything; `data` unless told.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct DataDirectory(pub PathBuf);

impl Default for DataDirectory {
    fn default() -> Self {
        Self(PathBuf::from("data"))
    }
}

/// Where rows are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// A PostgreSQL URL (several hosts allowed). Without it: SQLite in the data directory. Hosts other than this machine are
    /// reached over TLS 1.3 with a certificate that the system trusts, or not at all (`db.tls_required`); who wants to send
    /// everything in the clear says `sslmode=disable`, and is warned at each start.
    pub url: Option<Secret>,
    /// Where subject keys are kept when `url` is set: another PostgreSQL URL with a back-up of its own.
    pub keys_url: Option<Secret>,
}

/// Files of a certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the certificate and those above it.
    pub certificate: PathBuf,
    /// PEM file with its key.
    pub key: PathBuf,
}

/// Memory of the search index.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// Decrypted parts of the index kept in memory, in MiB; 96 unless told. From some million messages on, 256 keeps the
    /// slowest searches fast.
    pub cache_mib: u32,
    /// What the writer gathers before it writes, in MiB; 32 unless told.
    pub writer_mib: u32,
}

impl Default for Search {
    fn default() -> Self {
        Self { cache_mib: 96, writer_mib: 32 }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("config.unreadable: {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The file is wrong.
    #[error("config.invalid: {path}: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        cause: String,
    },
    /// Plain HTTP beyond this machine.
    #[error("config.tls_required: {listen} is not loopback; set [tls] certificate and key, or listen on 127.0.0.1")]
    TlsRequired {
        /// The address.
        listen: SocketAddr,
    },
    /// The certificate cannot be used.
    #[error("config.tls_unusable: {cause}")]
    TlsUnusable {
        /// Why.
        cause: String,
    },
}

impl Config {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable =
            |error: std::io::Error| ConfigError::Unreadable { path: path.into(), cause: error.to_string() };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        toml::from_str(&text).map_err(|error| ConfigError::Invalid { path: path.into(), cause: error.to_string() })
    }

    /// Refuses what would be unsafe to run.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.tls.is_none() && !self.listen.0.ip().is_loopback() {
            return Err(ConfigError::TlsRequired { listen: self.listen.0 });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
