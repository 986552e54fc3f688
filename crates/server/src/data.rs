//! The data directory: where everything lies, one process at a time, and its keys.
//!
//! Keys are files that only the owner may read; they are made once and never replaced here.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use xinlu_db::DbConfig;
use xinlu_model::Random;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process uses it.
    #[error("data.in_use: {0} is used by another xinlu process")]
    InUse(PathBuf),
    /// A file cannot be read or written.
    #[error("data.unusable: {path}: {cause}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A key file has another length than a key.
    #[error("data.key_damaged: {0} does not hold a key of 32 bytes")]
    KeyDamaged(PathBuf),
    /// There is nothing here.
    #[error("data.absent: there is no Xinlu data in {0}")]
    Absent(PathBuf),
}

/// The paths below the data directory.
#[derive(Clone, Debug)]
pub struct DataLayout {
    root: PathBuf,
}

/// Holds the directory for this process until dropped.
pub struct DataLock(#[allow(dead_code)] File);

impl DataLayout {
    /// Names the paths; makes nothing.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Makes the directories, readable by the owner only.
    pub fn create(&self) -> Result<(), DataError> {
        for folder in [self.root.clone(), self.keys(), self.logs()] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(unusable(&folder))?;
        }
        Ok(())
    }

    /// Refuses a directory that holds no data, instead of making some.
    pub fn expect_present(&self) -> Result<(), DataError> {
        if self.root.join("xinlu.db").is_file() || self.logs().join("archive/checkpoint").is_file() {
            return Ok(());
        }
        Err(DataError::Absent(self.root.clone()))
    }

    /// Takes the directory for this process.
    pub fn lock(&self) -> Result<DataLock, DataError> {
        let path = self.root.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(unusable(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(DataLock(file)),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(self.root.clone())),
            Err(TryLockError::Error(cause)) => Err(DataError::Unusable { path, cause }),
        }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The embedded database.
    pub fn database(&self) -> DbConfig {
        DbConfig::Sqlite { path: self.root.join("xinlu.db") }
    }

    /// The database of subject keys: a file of its own, with a back-up of its own.
    pub fn keys_database(&self) -> DbConfig {
        DbConfig::Sqlite { path: self.keys().join("keys.db") }
    }

    /// Where keys are.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Where the logs are: `archive` and `audit` below it.
    pub fn logs(&self) -> PathBuf {
        self.root.join("log")
    }

    /// Where media objects are.
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// Where the search index is.
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// A key of that name; made when absent.
    pub fn key(&self, name: &str, random: &dyn Random) -> Result<[u8; KEY_BYTES], DataError> {
        let path = self.keys().join(name);
        if !path.exists() {
            let mut key = [0u8; KEY_BYTES];
            random.fill(&mut key);
            write_private(&path, &key)?;
        }
        self.existing_key(name)
    }

    /// A key that must be there.
    pub fn existing_key(&self, name: &str) -> Result<[u8; KEY_BYTES], DataError> {
        let path = self.keys().join(name);
        let bytes = fs::read(&path).map_err(unusable(&path))?;
        bytes.try_into().map_err(|_| DataError::KeyDamaged(path))
    }
}

/// Writes a file that only the owner may read; whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let temporary = path.with_extension("new");
    let _ = fs::remove_file(&temporary);
    let mut file =
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(&temporary).map_err(unusable(&temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(unusable(&temporary))?;
    fs::rename(&temporary, path).map_err(unusable(path))?;
    let folder = path.parent().unwrap_or(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unusable(folder))
}

fn unusable(path: &Path) -> impl FnOnce(std::io::Error) -> DataError + use<> {
    let path = path.to_owned();
    move |cause| DataError::Unusable { path, cause }
}
