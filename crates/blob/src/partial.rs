//! Files under way: they grow piece by piece and end as an object or not at all.
//!
//! A partial's content is its writer's affair; nothing here ever looks into it.

use crate::name::{object_path, partial_path};
use crate::store::blocking;
use crate::{BlobError, BlobStore, ObjectInfo, files};

impl BlobStore {
    /// Cuts the partial to `offset` bytes and appends; durable on return. Offset 0 begins it anew.
    pub async fn partial_append_at(&self, name: &str, offset: u64, bytes: Vec<u8>) -> Result<(), BlobError> {
        let path = self.partial.join(partial_path(name)?);
        blocking(move || {
            files::append_at(&path, offset, &bytes)?;
            if offset == 0
                && let Some(folder) = path.parent()
            {
                files::sync_folder(folder)?;
            }
            Ok(())
        })
        .await
    }

    /// Appends without waiting for the disk; `promote` does that for the whole file.
    pub async fn partial_append(&self, name: &str, bytes: Vec<u8>) -> Result<(), BlobError> {
        let path = self.partial.join(partial_path(name)?);
        blocking(move || files::append(&path, &bytes)).await
    }

    /// The size in bytes; `None` when there is no such partial.
    pub async fn partial_size(&self, name: &str) -> Result<Option<u64>, BlobError> {
        let path = self.partial.join(partial_path(name)?);
        blocking(move || files::size(&path)).await
    }

    /// Reads `length` bytes from `offset` on.
    pub async fn partial_read(&self, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, BlobError> {
        let (path, name) = (self.partial.join(partial_path(name)?), name.to_owned());
        blocking(move || files::read_range(&path, &name, offset, length)).await
    }

    /// Drops a partial; `false` when it was not there.
    pub async fn partial_delete(&self, name: &str) -> Result<bool, BlobError> {
        let path = self.partial.join(partial_path(name)?);
        blocking(move || files::delete(&path)).await
    }

    /// All partials in order.
    pub async fn partial_list(&self) -> Result<Vec<ObjectInfo>, BlobError> {
        let folder = self.partial.clone();
        let files = blocking(move || files::list(&folder)).await?;
        Ok(files.into_iter().map(|(name, size)| ObjectInfo { name, size }).collect())
    }

    /// Makes a finished partial the object of that name, unless there is one; the partial is gone either way.
    pub async fn promote(&self, partial: &str, name: &str) -> Result<(), BlobError> {
        let file = self.partial.join(partial_path(partial)?);
        let (root, target) = (self.root.clone(), self.root.join(object_path(name)?));
        blocking(move || files::name_finished(&root, &file, &target)).await
    }
}
