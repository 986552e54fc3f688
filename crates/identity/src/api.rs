//! The endpoints of this part, one resource per file. No SQL and no rule here.

mod api_keys;
mod audit;
mod contacts;
mod members;
mod reach;
mod roles;
mod session_list;
mod sessions;
mod setup;
mod tags;
mod totp;
mod users;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use xinlu_http::{ApiError, Endpoint};
use xinlu_model::{ContactId, MemberId, PageLimit};

use crate::{Identity, IdentityError};

/// Finds out who talks with whom; implemented by who holds the conversations and wired by the server.
#[async_trait]
pub trait ContactVisibility: Send + Sync {
    /// Those of `contacts` who have a conversation in which one of `members` takes part.
    async fn talking_with(
        &self,
        contacts: &[ContactId],
        members: &BTreeSet<MemberId>,
    ) -> Result<BTreeSet<ContactId>, ApiError>;
}

/// Every endpoint of this part.
pub fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let parts = [
        setup::endpoints(identity),
        sessions::endpoints(identity),
        session_list::endpoints(identity),
        totp::endpoints(identity),
        users::endpoints(identity),
        roles::endpoints(identity),
        reach::endpoints(identity),
        api_keys::endpoints(identity),
        members::endpoints(identity),
        contacts::endpoints(identity),
        tags::endpoints(identity),
        audit::endpoints(identity),
    ];
    parts.into_iter().flatten().collect()
}

/// An answer that only says it was done.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Done {
    /// Always true.
    done: bool,
}

const DONE: Done = Done { done: true };

/// The size of a page.
fn limit(wanted: Option<u32>) -> Result<u32, IdentityError> {
    let limit = PageLimit::new(wanted).ok_or(IdentityError::Value("a page has 1 to 200 items"))?;
    Ok(limit.get())
}

/// The key that a page goes on from; 0 at the start.
fn after(text: Option<&str>) -> Result<i64, IdentityError> {
    text.map_or(Ok(0), |text| {
        text.parse().ok().filter(|key| *key > 0).ok_or(IdentityError::Value("after is not the next of a page"))
    })
}

/// The key that continues a page, unless it was the last.
fn next(items: usize, limit: u32, last: Option<i64>) -> Option<String> {
    last.filter(|_| items >= limit as usize).map(|last| last.to_string())
}
