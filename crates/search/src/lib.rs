//! Search over the archive: the query language, rights as part of the query, the indexer and its rebuild.
//!
//! Words: a `Query` is what a person typed; it is resolved to an `Expr` of the index; a page of hits is decrypted, masked to the
//! caller's level and highlighted by the archive's own reading rules.
//!
//! Invariants: the scope is part of the question to the index, never a filter on its answer; words may be asked for only where the
//! caller sees text, or counts would tell hidden words; the index holds nothing that the archive could not give again.
//!
//! What it knows of messages lies in the index, with the position of the journal it has reached. Its only table, `search_saved`,
//! holds the questions that people keep.

mod api;
mod documents;
mod error;
mod indexer;
mod language;
mod rebuild;
mod resolve;
mod saved;
mod service;
mod store;
mod suggest;
mod zone;

pub use api::endpoints;
pub use error::SearchError;
pub use indexer::Indexer;
pub use language::{Field, Query, parse};
pub use service::{Search, SearchDeps};
pub use store::MIGRATIONS;
