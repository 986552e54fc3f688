//! A transparency log as plain data: hashes, tiles, entry bundles, proofs and signed checkpoints.
//!
//! The formats are the public ones of C2SP (`c2sp.org/tlog-tiles`, `tlog-checkpoint`, `signed-note`,
//! `tlog-proof`) over the Merkle tree of RFC 6962, so that strangers' tools can judge our logs.
//!
//! Words: an *entry* is what was logged, a *leaf* its hash; a *tile* holds up to 256 neighbouring hashes of
//! one level, a *bundle* the entries under a level-0 tile; a *frontier* is the right edge of a tree, all that
//! is needed to grow it; a *checkpoint* is a signed size and root.
//!
//! Invariants: equal entries in equal order give equal bytes in every file, however they were batched;
//! whatever is parsed is refused unless formatting it again gives the same bytes.
//!
//! This crate never reads a file, the clock or a random source, and never waits.

mod bundle;
mod checkpoint;
mod error;
mod hash;
mod note;
mod proof;
mod proof_text;
mod tile;
mod tree;
mod verify;

pub use bundle::{ENTRY_BYTES_MAX, decode_bundle, push_entry};
pub use checkpoint::Checkpoint;
pub use error::TlogError;
pub use hash::{EMPTY_ROOT, HASH_BYTES, Hash, leaf_hash, node_hash};
pub use note::{NOTE_BYTES_MAX, Note, NoteSignature, SEED_BYTES, Signer, Verifier};
pub use proof::{ReadTile, prove_consistency, prove_inclusion, tree_root};
pub use proof_text::ProofText;
pub use tile::{Bundle, LogFile, TILE_HEIGHT, TILE_WIDTH, Tile, level_count, tile_count};
pub use tree::{Frontier, perfect_root};
pub use verify::{root_from_inclusion, verify_consistency, verify_inclusion};
