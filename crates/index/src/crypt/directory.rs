//! The directory that tantivy sees: files of one folder, all encrypted but the (empty) lock files.
//!
//! Locks are advisory file locks, so a killed process leaves none behind. It must never follow a path out of its folder: names
//! come from tantivy and are plain file names.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, WatchCallback, WatchHandle, WritePtr};

use super::cache::Cache;
use super::reader::EncryptedFile;
use super::writer::EncryptedWriter;
use super::{IndexKey, open_whole, seal_whole};

#[derive(Clone)]
pub struct EncryptedDirectory {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    key: IndexKey,
    cache: Arc<Cache>,
    /// A file opened twice is one file to the cache.
    open: Mutex<HashMap<PathBuf, Weak<EncryptedFile>>>,
}

impl EncryptedDirectory {
    pub fn new(root: PathBuf, key: IndexKey, cache: Arc<Cache>) -> Self {
        EncryptedDirectory { inner: Arc::new(Inner { root, key, cache, open: Mutex::new(HashMap::new()) }) }
    }

    fn full(&self, path: &Path) -> PathBuf {
        self.inner.root.join(path)
    }

    fn open_file(&self, path: &Path) -> io::Result<Arc<EncryptedFile>> {
        let mut open = self.inner.open.lock();
        if let Some(file) = open.get(path).and_then(Weak::upgrade) {
            return Ok(file);
        }
        open.retain(|_, file| file.strong_count() > 0);
        let file = Arc::new(EncryptedFile::open(&self.full(path), &name(path), &self.inner.key, &self.inner.cache)?);
        open.insert(path.to_owned(), Arc::downgrade(&file));
        Ok(file)
    }
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn not_readable(path: &Path, error: io::Error) -> OpenReadError {
    if error.kind() == io::ErrorKind::NotFound {
        return OpenReadError::FileDoesNotExist(path.to_owned());
    }
    OpenReadError::wrap_io_error(error, path.to_owned())
}

impl fmt::Debug for EncryptedDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedDirectory").finish_non_exhaustive()
    }
}

impl Directory for EncryptedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let file = self.open_file(path).map_err(|error| not_readable(path, error))?;
        Ok(file)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.open.lock().remove(path);
        fs::remove_file(self.full(path)).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return DeleteError::FileDoesNotExist(path.to_owned());
            }
            DeleteError::IoError { io_error: Arc::new(error), filepath: path.to_owned() }
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.full(path).try_exists().map_err(|error| not_readable(path, error))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let refused = |error: io::Error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return OpenWriteError::FileAlreadyExists(path.to_owned());
            }
            OpenWriteError::wrap_io_error(error, path.to_owned())
        };
        let file = OpenOptions::new().write(true).create_new(true).open(self.full(path)).map_err(refused)?;
        let writer = EncryptedWriter::start(file, &name(path), &self.inner.key).map_err(refused)?;
        Ok(BufWriter::new(Box::new(writer)))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let sealed = fs::read(self.full(path)).map_err(|error| not_readable(path, error))?;
        open_whole(&self.inner.key, &name(path), &sealed).map_err(|error| not_readable(path, error))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let sealed = seal_whole(&self.inner.key, &name(path), data)?;
        write_in_one_step(&self.full(path), &sealed)
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.inner.root)?.sync_all()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        let refused = |error: io::Error| LockError::IoError(Arc::new(error));
        let path = self.full(&lock.filepath);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(refused)?;
        if lock.is_blocking {
            file.lock().map_err(refused)?;
        } else {
            file.try_lock().map_err(|_| LockError::LockBusy)?;
        }
        Ok(DirectoryLock::from(Box::new(file)))
    }

    /// Readers are told to look again after each commit, so nothing is ever called back.
    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

/// Replaces a file so that after a crash either the old or the new content is there.
pub fn write_in_one_step(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(content)?;
    file.sync_data()?;
    fs::rename(&beside, path)
}
