//! Contacts: seen by who may see a member that looks after them or talks with them, at the level they read conversations
//! at (`access/covering.rs`).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, ApiError, Call, Endpoint, Grants, Json, Level, Path, Query, Visible};
use xinlu_model::{ContactId, MemberId, Page, PartyKind, Time};

use crate::access::covering::{covered, covered_remark, level_of};
use crate::access::permission::CONTACT_READ;
use crate::directory::{Contact, ContactOrigin, TagId};
use crate::store::contacts::{self, Follow, search_form};
use crate::store::tags;
use crate::{Identity, IdentityError};

use super::tags::TagView;
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
            .summary("Lists contacts by a text in name, company or id, and by tag; a page may be short and go on")
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
    /// Name, company or id contains this, as far as the caller sees them.
    name: Option<String>,
    /// A member in the caller's scope gave them this tag.
    #[param(value_type = Option<i64>)]
    tag: Option<TagId>,
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
    /// Empty while only messages told of them; below level `text` only its beginning, or the source's id.
    name: String,
    /// Empty below level `text`.
    avatar: String,
    /// Empty below level `masked`.
    company: String,
    origin: ContactOrigin,
    /// 0 unknown, 1 male, 2 female.
    gender: i64,
    created_at: Time,
    /// How much of them the caller sees: as of the conversations with the members who look after them.
    level: Level,
    /// Who looks after them, as far as the caller may see.
    members: Vec<Follower>,
    /// The tags that these members gave them, each once, by group and name.
    tags: Vec<TagView>,
}

/// A member who looks after a contact.
#[derive(Serialize, utoipa::ToSchema)]
struct Follower {
    member: MemberId,
    /// What they call the contact; below level `text` only its beginning, or nothing.
    remark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_at: Option<Time>,
    /// The tags they gave the contact, by group and name.
    tags: Vec<TagView>,
}

/// What a caller is shown of contacts.
struct View<'a> {
    grants: &'a Grants,
    /// Whose contacts they are.
    visible: Visible,
    /// Only those whose shown name, company or id contains this.
    text: String,
    /// Only those to whom a member in scope gave this.
    tag: Option<TagId>,
}

impl<'a> View<'a> {
    fn new(grants: &'a Grants, text: &str, tag: Option<TagId>) -> Self {
        Self { grants, visible: grants.visible(CONTACT_READ, Level::Metadata), text: search_form(text), tag }
    }

    /// What is hidden from the caller is not found by them either.
    fn finds(&self, shown: &ContactView) -> bool {
        let is_tagged = self.tag.is_none_or(|tag| shown.tags.iter().any(|one| one.id == tag));
        let texts = [&shown.name, &shown.company, &shown.external_id];
        is_tagged && (self.text.is_empty() || texts.iter().any(|text| search_form(text).contains(&self.text)))
    }
}

async fn list(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Query(query): Query<ListContacts>,
) -> Answer<Page<ContactView>> {
    let limit = limit(query.limit)?;
    let text = query.name.unwrap_or_default();
    let asked = View::new(&call.caller()?.grants, &text, query.tag);
    let mut place = after(query.after.as_deref())?;
    let mut items: Vec<ContactView> = Vec::new();
    let mut looked_at = 0;
    loop {
        let lot = contacts::list(&identity.db, &text, query.tag, ContactId::new(place), READ_AT_ONCE).await?;
        let complete = lot.len() < READ_AT_ONCE as usize;
        looked_at += lot.len();
        let Some(last) = lot.last().map(|contact| contact.id.number()) else {
            return Ok(Json(Page { items, next: None }));
        };
        items.extend(seen(&identity, lot, &asked).await?);
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
    let asked = View::new(&call.caller()?.grants, "", None);
    let found = contacts::by_ids(&identity.db, &[id]).await?;
    let shown = seen(&identity, found, &asked).await?.into_iter().next();
    Ok(Json(shown.ok_or(IdentityError::NotFound("contact"))?))
}

/// Those of the contacts that may be seen and are asked for, in the same order.
async fn seen(identity: &Identity, lot: Vec<Contact>, asked: &View<'_>) -> Result<Vec<ContactView>, ApiError> {
    let ids: Vec<ContactId> = lot.iter().map(|contact| contact.id).collect();
    let mut follows = contacts::follows(&identity.db, &ids).await?;
    let mut allowed: Option<BTreeSet<ContactId>> = None;
    if let Visible::Members(members) = &asked.visible {
        follows.retain(|follow| members.contains(&follow.member));
        let mut seen: BTreeSet<ContactId> = follows.iter().map(|follow| follow.contact).collect();
        if let Some(visibility) = identity.contact_visibility.get() {
            seen.extend(visibility.talking_with(&ids, members).await?);
        }
        allowed = Some(seen);
    }
    let mut given: HashMap<(ContactId, MemberId), Vec<TagView>> = HashMap::new();
    for one in tags::given(&identity.db, &ids).await? {
        given.entry((one.contact, one.member)).or_default().push(TagView::new(one.tag));
    }
    let mut shown = Vec::with_capacity(lot.len());
    for contact in lot {
        if allowed.as_ref().is_some_and(|allowed| !allowed.contains(&contact.id)) {
            continue;
        }
        let own: Vec<&Follow> = follows.iter().filter(|follow| follow.contact == contact.id).collect();
        let followers: Vec<MemberId> = own.iter().map(|follow| follow.member).collect();
        let level = level_of(asked.grants, contact.kind, &followers);
        let follower = |follow: &&Follow| Follower {
            member: follow.member,
            remark: covered_remark(&follow.remark, level),
            added_at: follow.added_at,
            tags: given.remove(&(follow.contact, follow.member)).unwrap_or_default(),
        };
        shown.push(contact_view(covered(contact, level), level, own.iter().map(follower).collect()));
    }
    shown.retain(|contact| asked.finds(contact));
    Ok(shown)
}

fn contact_view(contact: Contact, level: Level, members: Vec<Follower>) -> ContactView {
    let mut tags: Vec<TagView> = Vec::new();
    for tag in members.iter().flat_map(|follower| &follower.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    tags.sort_by(|one, other| one.place().cmp(&other.place()));
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
        level,
        members,
        tags,
    }
}
