//! One build of the index: its folder, its writer, its reader.
//!
//! It must never make documents visible without the position that belongs to them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, UserOperation};
use tantivy::query::doc_predicate_query::{DocPredicateQuery, FunctionPredicate};
use tantivy::{DocId, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, SegmentReader};

use super::columns::ColumnCache;
use super::schema::{Fields, RECORD, document, schema};
use super::tokenizer::{BigramTokenizer, TOKENIZER};
use super::{EmbeddedOptions, generation_path, search};
use crate::crypt::{Cache, EncryptedDirectory};
use crate::engine::EngineStatus;
use crate::{IndexDoc, IndexError, SearchAnswer, SearchRequest};

/// Documents handed to the indexing thread at once; it looks at its memory after each such batch.
const BATCH_DOCS: usize = 200;
/// Segments up to this size are merged on; larger ones stay: merging them takes memory and minutes and gains little.
const MERGE_DOCS_MAX: usize = 1_000_000;
/// Segments below this size count as equal, so that the small commits of live traffic are gathered quickly.
const MERGE_LAYER_DOCS_MIN: u32 = 20_000;
/// Rounds of purging while background merges take segments away under our hands.
const PURGE_ROUNDS_MAX: usize = 20;

pub struct Generation {
    number: u64,
    path: PathBuf,
    writer_heap_bytes: usize,
    index: Index,
    fields: Fields,
    reader: IndexReader,
    /// `None` until first needed, and again after an error killed it.
    writer: Mutex<Option<IndexWriter>>,
    position: AtomicU64,
    columns: ColumnCache,
    retired: AtomicBool,
}

impl Generation {
    pub fn create(options: &EmbeddedOptions, cache: &Arc<Cache>, number: u64) -> Result<Generation, IndexError> {
        let path = generation_path(&options.directory, number);
        fs::create_dir_all(&path)?;
        let directory = EncryptedDirectory::new(path, options.key.clone(), Arc::clone(cache));
        let (schema, _) = schema();
        let index = Index::create(directory, schema, IndexSettings::default())?;
        Self::with_index(options, number, index)
    }

    /// `None` when the index there has other fields than this version writes.
    pub fn open(options: &EmbeddedOptions, cache: &Arc<Cache>, number: u64) -> Result<Option<Generation>, IndexError> {
        let path = generation_path(&options.directory, number);
        let directory = EncryptedDirectory::new(path, options.key.clone(), Arc::clone(cache));
        let index = match Index::open(directory) {
            Ok(index) => index,
            Err(tantivy::TantivyError::IncompatibleIndex(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if index.schema() != schema().0 {
            return Ok(None);
        }
        Self::with_index(options, number, index).map(Some)
    }

    fn with_index(options: &EmbeddedOptions, number: u64, index: Index) -> Result<Generation, IndexError> {
        index.tokenizers().register(TOKENIZER, BigramTokenizer::default());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let position = index.load_metas()?.payload.and_then(|payload| payload.parse().ok()).unwrap_or(0);
        Ok(Generation {
            number,
            path: generation_path(&options.directory, number),
            writer_heap_bytes: options.writer_heap_bytes,
            index,
            fields: schema().1,
            reader,
            writer: Mutex::new(None),
            position: AtomicU64::new(position),
            columns: ColumnCache::default(),
            retired: AtomicBool::new(false),
        })
    }

    pub fn number(&self) -> u64 {
        self.number
    }

    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    pub fn add(&self, documents: &[IndexDoc]) -> Result<(), IndexError> {
        let mut buffer = String::new();
        self.with_writer(|writer| {
            for batch in documents.chunks(BATCH_DOCS) {
                let operations: Vec<UserOperation> =
                    batch.iter().map(|doc| UserOperation::Add(document(&self.fields, doc, &mut buffer))).collect();
                writer.run(operations)?;
            }
            Ok(())
        })
    }

    pub fn delete(&self, records: &[u64]) -> Result<(), IndexError> {
        if records.is_empty() {
            return Ok(());
        }
        let records: Arc<FxHashSet<u64>> = Arc::new(records.iter().copied().collect());
        let predicate = FunctionPredicate::from(move |reader: &SegmentReader| {
            let column = reader.fast_fields().u64(RECORD)?.first_or_default_col(0);
            let records = Arc::clone(&records);
            Ok(move |doc: DocId| records.contains(&column.get_val(doc)))
        });
        self.with_writer(|writer| {
            writer.delete_query(Box::new(DocPredicateQuery::from(predicate)))?;
            Ok(())
        })
    }

    /// `after` is checked when given.
    pub fn commit(&self, after: Option<u64>, position: u64) -> Result<(), IndexError> {
        let committed = self.position();
        if let Some(expected) = after.filter(|after| *after != committed) {
            self.roll_back()?;
            return Err(IndexError::Position { expected, committed });
        }
        self.with_writer(|writer| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&position.to_string());
            prepared.commit()?;
            Ok(())
        })?;
        self.position.store(position, Ordering::Release);
        self.reload()
    }

    /// Drops what was not committed.
    pub fn roll_back(&self) -> Result<(), IndexError> {
        let mut writer = self.writer.lock();
        if let Some(open) = writer.as_mut()
            && let Err(error) = open.rollback()
        {
            *writer = None;
            return Err(error.into());
        }
        Ok(())
    }

    pub fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, IndexError> {
        search::search(&self.reader.searcher(), &self.fields, &self.columns, request)
    }

    pub fn purge(&self) -> Result<(), IndexError> {
        for _ in 0..PURGE_ROUNDS_MAX {
            let segments = self.index.searchable_segment_metas()?;
            let Some(stale) = segments.iter().find(|segment| segment.has_deletes()) else { break };
            let id = stale.id();
            let merged = self.with_writer(|writer| Ok(writer.merge(&[id])))?.wait();
            // A background merge may have taken the segment; the next round looks again.
            if let Err(error) = merged {
                tracing::debug!(%error, "a segment was merged by someone else");
            }
        }
        if self.index.searchable_segment_metas()?.iter().any(tantivy::SegmentMeta::has_deletes) {
            return Err(IndexError::Storage("deleted documents are still in the index".into()));
        }
        self.reload()?;
        self.with_writer(|writer| Ok(writer.garbage_collect_files()))?.wait()?;
        Ok(())
    }

    /// Waits for the merges under way. What is not committed is dropped.
    pub fn settle(&self) -> Result<(), IndexError> {
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            writer.wait_merging_threads()?;
        }
        self.reload()
    }

    pub fn status(&self) -> Result<EngineStatus, IndexError> {
        let searcher = self.reader.searcher();
        let mut bytes = 0;
        for entry in fs::read_dir(&self.path)? {
            bytes += entry?.metadata().map_or(0, |metadata| metadata.len());
        }
        let segments = searcher.segment_readers().len();
        Ok(EngineStatus {
            documents: searcher.num_docs(),
            segments,
            bytes,
            position: self.position(),
            generation: self.number,
        })
    }

    /// The folder goes when the last search on it has ended.
    pub fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    fn reload(&self) -> Result<(), IndexError> {
        self.reader.reload()?;
        self.columns.keep_only(&self.reader.searcher());
        Ok(())
    }

    fn with_writer<T>(&self, work: impl FnOnce(&mut IndexWriter) -> tantivy::Result<T>) -> Result<T, IndexError> {
        let mut slot = self.writer.lock();
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.open_writer()?,
        };
        // After an error the writer is not put back: what it had gathered is lost, as after a crash, and the next one is healthy.
        let done = work(&mut writer)?;
        *slot = Some(writer);
        Ok(done)
    }

    fn open_writer(&self) -> Result<IndexWriter, IndexError> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(self.writer_heap_bytes)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = self.index.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        policy.set_max_docs_before_merge(MERGE_DOCS_MAX);
        policy.set_min_layer_size(MERGE_LAYER_DOCS_MIN);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }
}

impl Drop for Generation {
    /// Merges under way are broken off: they leave files that the next opening collects, and stopping stays quick.
    fn drop(&mut self) {
        *self.writer.lock() = None;
        if self.retired.load(Ordering::Acquire)
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "an old generation of the index cannot be removed yet");
        }
    }
}
