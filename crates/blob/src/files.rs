//! File work that survives power loss: write, sync, rename, sync the folder.
//!
//! Blocking; callers put it on the blocking pool.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::BlobError;

pub(crate) fn io(what: &Path) -> impl FnOnce(std::io::Error) -> BlobError + '_ {
    move |cause| BlobError::Io { what: what.display().to_string(), cause }
}

/// Makes a folder and those above it up to `root`, each durable in its parent.
pub(crate) fn make_folders(root: &Path, folder: &Path) -> Result<(), BlobError> {
    if folder.is_dir() {
        return Ok(());
    }
    if folder != root
        && let Some(parent) = folder.parent()
    {
        make_folders(root, parent)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir_all(folder).map_err(io(folder))?,
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(io(folder)(error)),
        _ => {}
    }
    folder.parent().map_or(Ok(()), sync_folder)
}

pub(crate) fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))
}

/// Cuts the file to `offset`, appends, and syncs. Makes the file when `offset` is 0.
pub(crate) fn append_at(path: &Path, offset: u64, bytes: &[u8]) -> Result<(), BlobError> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(offset == 0).truncate(false).open(path).map_err(io(path))?;
    let length = file.metadata().map_err(io(path))?.len();
    if length < offset {
        return Err(BlobError::Range { name: path.display().to_string(), end: offset });
    }
    file.set_len(offset).map_err(io(path))?;
    file.seek(SeekFrom::Start(offset)).map_err(io(path))?;
    file.write_all(bytes).map_err(io(path))?;
    file.sync_data().map_err(io(path))
}

/// Appends without syncing: for a file that is synced as a whole at its end.
pub(crate) fn append(path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
    let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(io(path))?;
    file.write_all(bytes).map_err(io(path))
}

pub(crate) fn read_range(path: &Path, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, BlobError> {
    let end = offset.saturating_add(length);
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(BlobError::NotFound(name.to_owned())),
        other => other.map_err(io(path))?,
    };
    if file.metadata().map_err(io(path))?.len() < end {
        return Err(BlobError::Range { name: name.to_owned(), end });
    }
    file.seek(SeekFrom::Start(offset)).map_err(io(path))?;
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes).map_err(io(path))?;
    Ok(bytes)
}

/// `None` when the file is not there.
pub(crate) fn size(path: &Path) -> Result<Option<u64>, BlobError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(path)(error)),
    }
}

/// Gives a finished file its name, unless that is taken; either way the file's old name is gone. Durable on return.
pub(crate) fn name_finished(root: &Path, file: &Path, target: &Path) -> Result<(), BlobError> {
    if size(target)?.is_some() {
        return delete(file).map(|_| ());
    }
    File::open(file).and_then(|file| file.sync_all()).map_err(io(file))?;
    let folder = target.parent().unwrap_or(root);
    make_folders(root, folder)?;
    fs::rename(file, target).map_err(io(target))?;
    sync_folder(folder)
}

/// `false` when it was not there.
pub(crate) fn delete(path: &Path) -> Result<bool, BlobError> {
    match fs::remove_file(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync_folder).map(|()| true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io(path)(error)),
    }
}

/// The folders in a folder, in order; none when it is not there.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(io(folder))?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(io(folder))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Names and sizes of the plain files in a folder; none when the folder is not there.
pub(crate) fn list(folder: &Path) -> Result<Vec<(String, u64)>, BlobError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(io(folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io(folder))?;
        let metadata = entry.metadata().map_err(io(folder))?;
        if metadata.is_file() {
            files.push((entry.file_name().to_string_lossy().into_owned(), metadata.len()));
        }
    }
    files.sort();
    Ok(files)
}
