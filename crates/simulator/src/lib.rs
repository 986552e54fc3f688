//! A WeCom that runs here: the finance SDK's C ABI, the HTTP APIs, signed callbacks, and a demo company to talk in it.
//!
//! Words: the *world* is all that one process simulates; a *corp* is one company in it with its secrets, keys and
//! archive; the *past* is what was said before the first start, *live* traffic is what is said since; a *fault* is a
//! way to misbehave that is switched on on purpose.
//!
//! Invariants: a data directory always continues where it stopped (same seqs, same bytes, same keys); with faults off
//! the simulator does what the protocol page says; message content comes from the seed alone.
//!
//! It must never depend on another crate of this workspace, and no product crate may link it: it is a sibling program
//! and a shared library that is loaded by path, like the vendor's.

pub mod admin;
pub mod api;
pub mod archive_file;
pub mod callback_crypto;
pub mod callbacks;
pub mod cipher;
pub mod company;
pub mod corp_config;
pub mod envelope;
pub mod error;
pub mod faults;
pub mod media_store;
pub mod mutate;
pub mod prepare;
pub mod process;
pub mod rsa_keys;
pub mod sdk;
pub mod sdk_endpoints;
pub mod serve;
pub mod world;
