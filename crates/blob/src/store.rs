//! The object store itself.
//!
//! Every method works on the blocking pool and is durable when it returns, unless it says otherwise.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::name::object_path;
use crate::{BlobError, files};

/// An object's name and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Objects in a directory: `aa/bb/aabb…`, and what is under way in `partial/`.
pub struct BlobStore {
    pub(crate) root: PathBuf,
    pub(crate) partial: PathBuf,
}

impl BlobStore {
    /// Opens the directory; makes it when it is not there.
    pub fn directory(path: &Path) -> Result<Arc<Self>, BlobError> {
        let partial = path.join("partial");
        files::make_folders(path, path)?;
        files::make_folders(path, &partial)?;
        Ok(Arc::new(Self { root: path.to_owned(), partial }))
    }

    /// Puts bytes under a name unless it is taken; then nothing changes, for a name is its content's hash.
    pub async fn put_bytes_if_absent(&self, name: &str, bytes: Vec<u8>) -> Result<(), BlobError> {
        let (root, target) = (self.root.clone(), self.root.join(object_path(name)?));
        let file = self.partial.join(format!("put-{name}"));
        blocking(move || {
            if files::size(&target)?.is_some() {
                return Ok(());
            }
            files::append_at(&file, 0, &bytes)?;
            files::name_finished(&root, &file, &target)
        })
        .await
    }

    /// Reads `length` bytes from `offset` on. A range beyond the end is an error, never cut short.
    pub async fn read_range(&self, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, BlobError> {
        let (path, name) = (self.root.join(object_path(name)?), name.to_owned());
        blocking(move || files::read_range(&path, &name, offset, length)).await
    }

    /// The size in bytes; `None` when there is no such object.
    pub async fn size(&self, name: &str) -> Result<Option<u64>, BlobError> {
        let path = self.root.join(object_path(name)?);
        blocking(move || files::size(&path)).await
    }

    /// Whether there is such an object.
    pub async fn exists(&self, name: &str) -> Result<bool, BlobError> {
        Ok(self.size(name).await?.is_some())
    }

    /// The objects whose names begin with this byte, in order. All 256 give all objects.
    pub async fn list(&self, first_byte: u8) -> Result<Vec<ObjectInfo>, BlobError> {
        let root = self.root.clone();
        blocking(move || {
            let mut objects = Vec::new();
            for folder in files::folders(&root.join(format!("{first_byte:02x}")))? {
                let files = files::list(&folder)?.into_iter();
                objects.extend(files.map(|(name, size)| ObjectInfo { name, size }));
            }
            Ok(objects)
        })
        .await
    }

    /// Deletes an object; `false` when it was not there.
    pub async fn delete(&self, name: &str) -> Result<bool, BlobError> {
        let path = self.root.join(object_path(name)?);
        blocking(move || files::delete(&path)).await
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| BlobError::Interrupted)?
}

#[cfg(test)]
mod tests;
