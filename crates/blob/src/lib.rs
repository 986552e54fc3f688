//! Objects: named, immutable, durable once put. Today in a directory; an object store fits behind the same face.
//!
//! Words: an *object* has a lower-case hexadecimal hash as its name and never changes; a *partial* is a file under way
//! that grows by whole pieces until it is promoted to an object or dropped.
//!
//! Invariants: what `put_*` or `promote` answered survives power loss; an object that is there is never overwritten;
//! a path is only ever made of a checked name, never of a user's file name.
//!
//! It never looks into objects: hashing and encryption are its callers' work.

mod error;
mod files;
mod name;
mod partial;
mod store;

pub use error::BlobError;
pub use store::{BlobStore, ObjectInfo};
