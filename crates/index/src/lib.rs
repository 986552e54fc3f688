//! Full text search behind one trait: [`Engine`]. The embedded engine is tantivy over an encrypted directory; a second one (an
//! HTTP search service) has to pass the same [`conformance`] suite.
//!
//! Words: a *piece* is one text of a message (body, file name, link title); a *term* is any substring; a *party* is a numbered
//! person (member or contact) who sent or received a message; a *generation* is one build of the index; a *position* is the place
//! in the archive's journal up to which the index is complete.
//! Invariants: a term matches exactly the documents one of whose folded pieces contains the folded term; totals and facets are
//! exact; documents and the position become durable in one step; nothing readable lies on the disk.
//!
//! The index can always be rebuilt from the archive and is never a source of truth. It must never store message text, decide on
//! rights (the caller hands in a scope) or be called on an async thread: every method may block.

pub mod conformance;
mod crypt;
mod document;
mod embedded;
mod engine;
mod error;
mod highlight;
mod query;
mod request;

pub use crypt::IndexKey;
pub use document::IndexDoc;
pub use embedded::{CACHE_BYTES_DEFAULT, Embedded, EmbeddedOptions, WRITER_HEAP_BYTES_DEFAULT};
pub use engine::{Engine, EngineStatus, Rebuild};
pub use error::IndexError;
pub use highlight::highlight;
pub use query::Expr;
pub use request::{Cursor, FacetRequest, Facets, Hit, LIMIT_MAX, SearchAnswer, SearchRequest, Sort};
