//! The archive over HTTP, one resource a file.
//!
//! No SQL and no rule here: rights and levels are the work of `timeline`, `view` and `proof`.

mod agreements;
mod conversations;
mod export;
mod intake;
mod media;
mod preview;
mod reconciliation;
mod records;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use xinlu_http::Endpoint;

use crate::Archive;

/// Counts and alarms.
pub(crate) const STATUS: &str = "archive.status";
/// Who agreed to be archived.
pub(crate) const CONSENTS: &str = "consent.read";

/// All endpoints of the archive.
pub fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    [
        conversations::endpoints(archive),
        export::endpoints(archive),
        records::endpoints(archive),
        reconciliation::endpoints(archive),
        media::endpoints(archive),
        preview::endpoints(archive),
        intake::endpoints(archive),
        agreements::endpoints(archive),
    ]
    .into_iter()
    .flatten()
    .collect()
}
