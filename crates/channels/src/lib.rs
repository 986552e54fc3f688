//! Channels: the only part that speaks with the outside for the company.
//!
//! Words: a *corp* is one WeCom company; `wecom_archive` brings its conversations into the archive; `wecom_app` is its
//! HTTP side (tokens, contacts, callbacks).
//!
//! Invariants: whatever arrives is durable before it is acted on; nothing that arrives can stop what comes after it;
//! secrets, tokens and message text are never logged. It depends on no other product part.

mod api;
mod channels;
mod checks;
mod config;
mod corp;
mod error;
mod secret;
#[cfg(test)]
mod simulated;
mod stop;
mod store;
mod stored;
#[cfg(test)]
mod testing;
pub mod wecom_app;
pub mod wecom_archive;

pub use api::endpoints;
pub use channels::{Channels, ChannelsDeps};
pub use checks::CheckFault;
pub use config::{WecomAppConfig, WecomArchiveConfig, WecomCallbackConfig, WecomConfig};
pub use corp::{CallbackStatus, SyncStatus};
pub use error::ChannelError;
pub use secret::Secret;
pub use store::MIGRATIONS;
