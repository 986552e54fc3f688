//! The embedded engine: tantivy in this process, over an encrypted directory.
//!
//! On the disk: a folder with `CURRENT` (the name of the serving generation) and one folder per generation, `gen-N`. A rebuild makes
//! the next one and puts its name into `CURRENT` in one step; folders that `CURRENT` does not name are left-overs and go.
//! It must never serve from two generations in one answer.

mod columns;
mod compile;
mod excluded;
mod facets;
mod generation;
mod schema;
mod search;
mod tokenizer;
mod top;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use crate::crypt::{Cache, IndexKey, write_in_one_step};
use crate::engine::{Engine, EngineStatus, Rebuild};
use crate::{IndexDoc, IndexError, SearchAnswer, SearchRequest};
use generation::Generation;

/// What the writer may gather in memory before it writes a segment.
pub const WRITER_HEAP_BYTES_DEFAULT: usize = 64 << 20;
/// Decrypted ranges kept: the columns and heavy posting lists of some ten million messages.
pub const CACHE_BYTES_DEFAULT: usize = 256 << 20;
const CURRENT: &str = "CURRENT";
const GENERATION_PREFIX: &str = "gen-";

/// How to open the embedded engine.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    pub directory: PathBuf,
    pub key: IndexKey,
    /// At least 16 MiB.
    pub writer_heap_bytes: usize,
    pub cache_bytes_max: usize,
}

impl EmbeddedOptions {
    pub fn new(directory: PathBuf, key: IndexKey) -> Self {
        EmbeddedOptions {
            directory,
            key,
            writer_heap_bytes: WRITER_HEAP_BYTES_DEFAULT,
            cache_bytes_max: CACHE_BYTES_DEFAULT,
        }
    }
}

/// The embedded engine.
pub struct Embedded {
    shared: Arc<Shared>,
}

struct Shared {
    options: EmbeddedOptions,
    cache: Arc<Cache>,
    current: RwLock<Arc<Generation>>,
    rebuilding: AtomicBool,
}

impl Embedded {
    /// Opens the index, or makes an empty one at position 0. An index written in another format is put aside for an empty one too:
    /// the feeder sees position 0 and fills it again.
    pub fn open(options: EmbeddedOptions) -> Result<Embedded, IndexError> {
        fs::create_dir_all(&options.directory)?;
        let cache = Arc::new(Cache::new(options.cache_bytes_max));
        let number = read_current(&options.directory)?;
        let generation = match number {
            Some(number) => match Generation::open(&options, &cache, number)? {
                Some(generation) => generation,
                None => {
                    tracing::warn!(generation = number, "the index has an outdated format and is built anew");
                    Self::start_anew(&options, &cache, number + 1)?
                }
            },
            None => Self::start_anew(&options, &cache, 1)?,
        };
        remove_leftovers(&options.directory, generation.number());
        let shared =
            Shared { options, cache, current: RwLock::new(Arc::new(generation)), rebuilding: AtomicBool::new(false) };
        Ok(Embedded { shared: Arc::new(shared) })
    }

    /// Throws the index away (it is damaged, or its key is gone) and opens an empty one at position 0.
    pub fn reset(options: EmbeddedOptions) -> Result<Embedded, IndexError> {
        if options.directory.exists() {
            fs::remove_dir_all(&options.directory)?;
        }
        Self::open(options)
    }

    /// Waits until the background has merged what it is merging; after a bulk load, for figures that stay. What is not committed
    /// is dropped.
    pub fn settle(&self) -> Result<(), IndexError> {
        self.current().settle()
    }

    fn start_anew(options: &EmbeddedOptions, cache: &Arc<Cache>, number: u64) -> Result<Generation, IndexError> {
        let generation = Generation::create(options, cache, number)?;
        write_current(&options.directory, number)?;
        Ok(generation)
    }

    fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.shared.current.read())
    }
}

impl Engine for Embedded {
    fn add(&self, documents: &[IndexDoc]) -> Result<(), IndexError> {
        self.current().add(documents)
    }

    fn delete(&self, records: &[u64]) -> Result<(), IndexError> {
        self.current().delete(records)
    }

    fn commit(&self, after: u64, position: u64) -> Result<(), IndexError> {
        self.current().commit(Some(after), position)
    }

    fn position(&self) -> Result<u64, IndexError> {
        Ok(self.current().position())
    }

    fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, IndexError> {
        request.check()?;
        self.current().search(request)
    }

    fn purge(&self) -> Result<(), IndexError> {
        self.current().purge()
    }

    fn rebuild(&self) -> Result<Box<dyn Rebuild>, IndexError> {
        if self.shared.rebuilding.swap(true, Ordering::AcqRel) {
            return Err(IndexError::RebuildRunning);
        }
        let number = self.current().number() + 1;
        let path = generation_path(&self.shared.options.directory, number);
        let made =
            remove_if_there(&path).and_then(|()| Generation::create(&self.shared.options, &self.shared.cache, number));
        match made {
            Ok(generation) => {
                Ok(Box::new(Building { shared: Arc::clone(&self.shared), generation: Some(Arc::new(generation)) }))
            }
            Err(error) => {
                self.shared.rebuilding.store(false, Ordering::Release);
                Err(error)
            }
        }
    }

    fn status(&self) -> Result<EngineStatus, IndexError> {
        self.current().status()
    }
}

/// The next generation, until it is finished or dropped.
struct Building {
    shared: Arc<Shared>,
    generation: Option<Arc<Generation>>,
}

impl Building {
    fn generation(&self) -> &Generation {
        self.generation.as_ref().expect("taken only by finish and drop, after which nothing is called")
    }
}

impl Rebuild for Building {
    fn add(&mut self, documents: &[IndexDoc]) -> Result<(), IndexError> {
        self.generation().add(documents)
    }

    fn delete(&mut self, records: &[u64]) -> Result<(), IndexError> {
        self.generation().delete(records)
    }

    fn commit(&mut self, position: u64) -> Result<(), IndexError> {
        self.generation().commit(None, position)
    }

    fn finish(mut self: Box<Self>) -> Result<(), IndexError> {
        let generation = Arc::clone(self.generation.as_ref().expect("finish is called once and takes self"));
        generation.roll_back()?;
        write_current(&self.shared.options.directory, generation.number())?;
        self.generation = None;
        let old = std::mem::replace(&mut *self.shared.current.write(), generation);
        old.retire();
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if let Some(generation) = self.generation.take() {
            generation.retire();
        }
        self.shared.rebuilding.store(false, Ordering::Release);
    }
}

fn generation_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{GENERATION_PREFIX}{number}"))
}

fn read_current(directory: &Path) -> Result<Option<u64>, IndexError> {
    let text = match fs::read_to_string(directory.join(CURRENT)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let number = text.trim().strip_prefix(GENERATION_PREFIX).and_then(|number| number.parse().ok());
    match number {
        Some(number) if generation_path(directory, number).is_dir() => Ok(Some(number)),
        _ => Err(IndexError::Damaged { file: CURRENT.to_owned(), reason: "it names no generation" }),
    }
}

fn write_current(directory: &Path, number: u64) -> Result<(), IndexError> {
    write_in_one_step(&directory.join(CURRENT), format!("{GENERATION_PREFIX}{number}\n").as_bytes())?;
    fs::File::open(directory)?.sync_all()?;
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), IndexError> {
    if path.exists() {
        fs::remove_dir_all(path)?;
    }
    Ok(())
}

fn remove_leftovers(directory: &Path, current: u64) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(GENERATION_PREFIX))
            .and_then(|number| number.parse::<u64>().ok());
        if number.is_some_and(|number| number != current)
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, "an old generation of the index cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests;
