//! Contacts: seen by who may see a member that looks after them or talks with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, ApiError, Call, Endpoint, Json, Level, Path, Query, Visible};
use xinlu_model::{ContactId, MemberId, Page, PartyKind, Time};

use crate::access::permission::CONTACT_READ;
use crate::directory::{Contact, ContactOrigin};
use crate::store::contacts;
use crate::{Identity, IdentityError};

use super::{after, limit};

/// Contacts looked at for one page. A page may be short and still have a next: who sees few among many goes on from there.
const LOOKED_AT_MAX: usize = 2_000;
/// Contacts read at a time.
const READ_AT_ONCE: u32 = 200;

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    let read = Access::Permission(CONTACT_READ);
    vec![
        Endpoint::new(Method::GET, "/api/v1/contacts", read, get(list).with_state(state()))
            .summary("Lists contacts whose name, company or id contains a text; a page may be short and go on")
            .parameters::<ListContacts>()
            .answer::<Page<ContactView>>(),
        Endpoint::new(Method::GET, "/api/v1/contacts/{id}", read, get(view).with_state(state()))
            .summary("Shows a contact")
            .answer::<ContactView>(),
    ]
}

/// Which contacts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListContacts {
    /// Name, company or id contains this.
    name: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// 1 to 200, 50 unless told.
    limit: Option<u32>,
}

/// A contact.
#[derive(Serialize, utoipa::ToSchema)]
struct ContactView {
    id: ContactId,
    /// Contact or bot.
    kind: PartyKind,
    /// The source's key.
    source: String,
    external_id: String,
    /// Empty while only messages told of them.
    name: String,
    avatar: String,
    company: String,
    origin: ContactOrigin,
    /// 0 unknown, 1 male, 2 female.
    gender: i64,
    created_at: Time,
    /// Who looks after them, as far as the caller may see.
    members: Vec<Follower>,
}

/// A member who looks after a contact.
#[derive(Serialize, utoipa::ToSchema)]
struct Follower {
    member: MemberId,
    /// What they call the contact.
    remark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_at: Option<Time>,
}

async fn list(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Query(query): Query<ListContacts>,
) -> Answer<Page<ContactView>> {
    let limit = limit(query.limit)?;
    let visible = call.caller()?.grants.visible(CONTACT_READ, Level::Metadata);
    let text = query.name.unwrap_or_default();
    let mut place = after(query.after.as_deref())?;
    let mut items: Vec<ContactView> = Vec::new();
    let mut looked_at = 0;
    loop {
        let lot = contacts::list(&identity.db, &text, ContactId::new(place), READ_AT_ONCE).await?;
        let complete = lot.len() < READ_AT_ONCE as usize;
        looked_at += lot.len();
        let Some(last) = lot.last().map(|contact| contact.id.number()) else {
            return Ok(Json(Page { items, next: None }));
        };
        items.extend(seen(&identity, lot, &visible).await?);
        if items.len() > limit as usize {
            items.truncate(limit as usize);
            let next = items.last().map(|contact| contact.id.to_string());
            return Ok(Json(Page { items, next }));
        }
        place = last;
        if complete {
            return Ok(Json(Page { items, next: None }));
        }
        if looked_at >= LOOKED_AT_MAX {
            return Ok(Json(Page { items, next: Some(place.to_string()) }));
        }
    }
}

async fn view(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<ContactId>) -> Answer<ContactView> {
    let visible = call.caller()?.grants.visible(CONTACT_READ, Level::Metadata);
    let found = contacts::by_ids(&identity.db, &[id]).await?;
    let shown = seen(&identity, found, &visible).await?.into_iter().next();
    Ok(Json(shown.ok_or(IdentityError::NotFound("contact"))?))
}

/// Those of the contacts that may be seen, in the same order.
async fn seen(identity: &Identity, lot: Vec<Contact>, visible: &Visible) -> Result<Vec<ContactView>, ApiError> {
    let ids: Vec<ContactId> = lot.iter().map(|contact| contact.id).collect();
    let mut follows = contacts::follows(&identity.db, &ids).await?;
    let mut allowed: Option<BTreeSet<ContactId>> = None;
    if let Visible::Members(members) = visible {
        follows.retain(|follow| members.contains(&follow.member));
        let mut seen: BTreeSet<ContactId> = follows.iter().map(|follow| follow.contact).collect();
        if let Some(visibility) = identity.contact_visibility.get() {
            seen.extend(visibility.talking_with(&ids, members).await?);
        }
        allowed = Some(seen);
    }
    let mut shown = Vec::with_capacity(lot.len());
    for contact in lot {
        if allowed.as_ref().is_some_and(|allowed| !allowed.contains(&contact.id)) {
            continue;
        }
        let own = follows.iter().filter(|follow| follow.contact == contact.id);
        let members = own
            .map(|follow| Follower { member: follow.member, remark: follow.remark.clone(), added_at: follow.added_at })
            .collect();
        shown.push(contact_view(contact, members));
    }
    Ok(shown)
}

fn contact_view(contact: Contact, members: Vec<Follower>) -> ContactView {
    ContactView {
        id: contact.id,
        kind: contact.kind,
        source: contact.source,
        external_id: contact.external_id,
        name: contact.name,
        avatar: contact.avatar,
        company: contact.company,
        origin: contact.origin,
        gender: contact.gender,
        created_at: contact.created_at,
        members,
    }
}
