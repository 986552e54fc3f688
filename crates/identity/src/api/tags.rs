//! Tags of contacts: those there are, with how many contacts bear them as far as the caller may see.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::Serialize;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Level, Visible};
use xinlu_model::Page;

use crate::access::permission::CONTACT_READ;
use crate::directory::{TagId, TagKind};
use crate::store::tags::{self, Tag};
use crate::{Identity, IdentityError};

/// Tags of one answer. WeCom allows a company 3 000.
const TAGS_MAX: u32 = 10_000;

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/contact-tags",
            Access::Permission(CONTACT_READ),
            get(list).with_state(Arc::clone(identity)),
        )
        .summary("Lists the tags that members in scope gave contacts, by group and name, each with how many bear it")
        .answer::<Page<CountedTag>>(),
    ]
}

/// A tag of a contact.
#[derive(Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub(super) struct TagView {
    pub(super) id: TagId,
    /// The group it stands in; empty: none.
    group: String,
    /// What it says; the source's id while no name is known.
    name: String,
    kind: TagKind,
}

impl TagView {
    pub(super) fn new(tag: Tag) -> Self {
        let name = if tag.name.is_empty() { tag.external_id } else { tag.name };
        Self { id: tag.id, group: tag.group, name, kind: tag.kind }
    }

    /// Where it stands among others.
    pub(super) fn place(&self) -> (&str, &str, TagId) {
        (&self.group, &self.name, self.id)
    }
}

/// A tag and how many bear it.
#[derive(Serialize, utoipa::ToSchema)]
struct CountedTag {
    id: TagId,
    /// The group it stands in; empty: none.
    group: String,
    /// What it says; the source's id while no name is known.
    name: String,
    kind: TagKind,
    /// Contacts to whom a member in scope gave it.
    contacts: u64,
}

async fn list(State(identity): State<Arc<Identity>>, call: Call) -> Answer<Page<CountedTag>> {
    let visible = call.caller()?.grants.visible(CONTACT_READ, Level::Metadata);
    let members = match &visible {
        Visible::All => None,
        Visible::Members(members) => Some(&**members),
    };
    let counts = tags::count(&identity.db, members).await.map_err(IdentityError::from)?;
    let known = tags::list(&identity.db, TAGS_MAX).await.map_err(IdentityError::from)?;
    let counted = |tag: Tag| {
        let contacts = counts.get(&tag.id).copied()?;
        let TagView { id, group, name, kind } = TagView::new(tag);
        Some(CountedTag { id, group, name, kind, contacts })
    };
    Ok(Json(Page { items: known.into_iter().filter_map(counted).collect(), next: None }))
}
