//! `/api/v1/conversations`: which there are, and their messages.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path, Query};
use xinlu_model::{AuditId, ContactId, ConversationId, DepartmentId, MemberId, Page, PageLimit, RecordId, Time};

use crate::conversation::ConversationKind;
use crate::timeline::{ConversationFilter, ConversationView, MessagePage, ReadersPage, Window};
use crate::view::READ;
use crate::{Archive, ArchiveError};

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let state = || Arc::clone(archive);
    vec![
        Endpoint::new(Method::GET, "/api/v1/conversations", Access::Permission(READ), get(list).with_state(state()))
            .audited("conversation.list")
            .summary("Lists the conversations in your scope, the latest first; with their last words if asked, which is a reading.")
            .parameters::<ListQuery>()
            .answer::<Page<ConversationView>>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/conversations/{id}",
            Access::Permission(READ),
            get(view).with_state(state()),
        )
        .summary("Shows a conversation.")
        .answer::<ConversationView>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/conversations/{id}/messages",
            Access::Permission(READ),
            get(messages).with_state(state()),
        )
        .audited("conversation.read")
        .summary("Shows messages of a conversation, oldest first: the newest page unless told otherwise.")
        .parameters::<MessagesQuery>()
        .answer::<MessagePage>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/conversations/{id}/readers",
            Access::Permission(READ),
            get(readers).with_state(state()),
        )
        .audited("conversation.readers")
        .summary(
            "Who read a conversation that you may read, newest first, as the audit trail tells; for who reads everybody's \
             conversations or the audit trail.",
        )
        .parameters::<ReadersQuery>()
        .answer::<ReadersPage>(),
    ]
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// Items of a page, 1 to 200; 50 unless told.
    limit: Option<u32>,
    /// Only with this member.
    member: Option<MemberId>,
    /// Only with this contact.
    contact: Option<ContactId>,
    /// Only with somebody of this department or below.
    department: Option<DepartmentId>,
    /// Only of this kind: `pair`, `group` or `thread`.
    kind: Option<ConversationKind>,
    /// Only those whose title, as you see it, contains this, letter case aside; at most 64 characters. A conversation
    /// without a title of its own goes by the names of who takes part. At level metadata only names of members count.
    title: Option<String>,
    /// With `last`: the latest message of each in a few words, at your level in it. To see words is to read, so this makes
    /// an entry in the audit trail that names the conversations; the list without words makes none.
    #[serde(default)]
    words: bool,
}

/// Which page of the messages; at most one of `after`, `before`, `around` and `at`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessagesQuery {
    /// The `next` of a page, or `0` for the very beginning: later messages.
    after: Option<String>,
    /// The `previous` of a page: earlier messages.
    before: Option<String>,
    /// A record: the messages around it.
    around: Option<RecordId>,
    /// A moment (RFC 3339): the messages sent then or later, the first of them first. Beyond the last message the page is
    /// empty, and its `previous` leads back.
    #[param(value_type = Option<String>, format = "date-time")]
    at: Option<Time>,
    /// Items of a page, 1 to 200; 50 unless told.
    limit: Option<u32>,
    /// With the bytes as delivered (level text only).
    #[serde(default)]
    raw: bool,
}

/// Which page of the readers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReadersQuery {
    /// The `next` of the page before.
    after: Option<AuditId>,
    /// Items of a page, 1 to 200; 50 unless told.
    limit: Option<u32>,
}

pub(super) fn page_limit(limit: Option<u32>) -> Result<PageLimit, ArchiveError> {
    PageLimit::new(limit).ok_or(ArchiveError::Parameter { parameter: "limit", expected: "1 to 200" })
}

async fn list(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Query(query): Query<ListQuery>,
) -> Answer<Page<ConversationView>> {
    if !query.words {
        call.shows_nothing();
    }
    let limit = page_limit(query.limit)?;
    let filter = ConversationFilter {
        member: query.member,
        contact: query.contact,
        department: query.department,
        kind: query.kind,
        title: query.title,
    };
    let grants = &call.caller()?.grants;
    let mut page = archive.list_conversations(grants, &filter, query.after.as_deref(), limit).await?;
    if query.words {
        let shown = archive.add_last_words(grants, &mut page.items).await?;
        call.note("conversations", json!({"conversations": shown}));
    }
    Ok(Json(page))
}

async fn view(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(id): Path<ConversationId>,
) -> Answer<ConversationView> {
    Ok(Json(archive.conversation(&call.caller()?.grants, id).await?))
}

async fn messages(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(id): Path<ConversationId>,
    Query(query): Query<MessagesQuery>,
) -> Answer<MessagePage> {
    let limit = page_limit(query.limit)?;
    let window = match (query.after, query.before, query.around, query.at) {
        (None, None, None, None) => Window::Newest,
        (Some(after), None, None, None) => Window::After(after),
        (None, Some(before), None, None) => Window::Before(before),
        (None, None, Some(around), None) => Window::Around(around),
        (None, None, None, Some(at)) => Window::At(at),
        _ => {
            let expected = "only one of after, before, around and at";
            return Err(ArchiveError::Parameter { parameter: "after", expected }.into());
        }
    };
    call.note(&format!("conversation {id}"), json!({"raw": query.raw}));
    let page = archive.messages(&call.caller()?.grants, id, &window, limit, query.raw).await?;
    let (first, last) = (page.items.first().map(|item| item.record), page.items.last().map(|item| item.record));
    call.note(&format!("conversation {id}"), json!({"first": first, "last": last, "raw": query.raw}));
    Ok(Json(page))
}

async fn readers(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(id): Path<ConversationId>,
    Query(query): Query<ReadersQuery>,
) -> Answer<ReadersPage> {
    call.note(&format!("conversation {id}"), json!({}));
    let limit = page_limit(query.limit)?;
    Ok(Json(archive.readers(&call.caller()?.grants, id, query.after, limit).await?))
}
