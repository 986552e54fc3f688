//! The bytes behind an sdkfileid: the company's, or those that a test registered.
//!
//! Registered bytes lie in `DIR/media/CORP`, named by a hash of the id: an id comes from outside and is never a path.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest;
use parking_lot::Mutex;

use crate::company::Company;
use crate::error::SimulatorError;

/// Files kept in memory, so that the chunks of one download do not generate the file anew each time.
const CACHED_FILES: usize = 16;

/// Media of one corp.
#[derive(Debug)]
pub struct MediaStore {
    folder: PathBuf,
    cache: Mutex<VecDeque<(String, Arc<Vec<u8>>)>>,
}

impl MediaStore {
    /// A store whose registered files lie in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), cache: Mutex::new(VecDeque::new()) }
    }

    /// Registers bytes for an id, for this start and all later ones.
    pub fn register(&self, id: &str, bytes: &[u8]) -> Result<(), SimulatorError> {
        let path = self.path(id);
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| SimulatorError::file(&path, error))?;
        self.cache.lock().retain(|(cached, _)| cached != id);
        Ok(())
    }

    /// The bytes of `id`, or nothing when nobody knows it.
    pub fn bytes(&self, company: &Company, id: &str) -> Option<Arc<Vec<u8>>> {
        if let Some((_, bytes)) = self.cache.lock().iter().find(|(cached, _)| cached == id) {
            return Some(Arc::clone(bytes));
        }
        let found = std::fs::read(self.path(id)).ok().or_else(|| company.media(id))?;
        let bytes = Arc::new(found);
        let mut cache = self.cache.lock();
        cache.push_back((id.to_owned(), Arc::clone(&bytes)));
        if cache.len() > CACHED_FILES {
            cache.pop_front();
        }
        Some(bytes)
    }

    fn path(&self, id: &str) -> PathBuf {
        let name = hex::encode(digest::digest(&digest::SHA256, id.as_bytes()));
        self.folder.join(format!("{name}.bin"))
    }
}
