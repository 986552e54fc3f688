//! The endpoints of search: find messages, see how the index stands, build it anew.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_archive::MessageView;
use xinlu_http::{Access, Answer, Call, Endpoint, Grants, Json};
use xinlu_index::Facets;
use xinlu_model::{ConversationId, MessageKind, PageLimit, PartyId};

use crate::error::SearchError;
use crate::rebuild::RebuildEnd;
use crate::service::{Facet, Found, Order, PERMISSION, Question, Search, write_cursor};

/// What to search.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchBody {
    /// The query; empty finds everything.
    #[serde(default)]
    query: String,
    /// Newest first unless told.
    #[serde(default)]
    sort: Order,
    /// 1 to 200, 50 unless told.
    #[serde(default)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Counts over all hits.
    #[serde(default)]
    facets: Vec<Facet>,
}

/// A place in a piece that made it a hit: bytes of its UTF-8.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Highlight {
    piece: usize,
    start: usize,
    end: usize,
}

/// A hit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct HitView {
    message: MessageView,
    highlights: Vec<Highlight>,
    conversation: ConversationName,
}

/// The conversation of a hit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ConversationName {
    #[schema(value_type = i64)]
    id: ConversationId,
    title: String,
}

/// A value and how many hits have it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Count {
    /// The value, as it can be put into the query.
    value: String,
    /// For people.
    label: String,
    count: u64,
}

/// Counts over all hits, exact.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
struct FacetsView {
    kind: Vec<Count>,
    conversation: Vec<Count>,
    sender: Vec<Count>,
    month: Vec<Count>,
}

/// A page of hits.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SearchPage {
    items: Vec<HitView>,
    /// All hits, exactly.
    total: u64,
    facets: FacetsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    took_ms: u64,
}

/// How the index stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct IndexStatus {
    /// Messages that can be found.
    documents: u64,
    /// On the disk.
    bytes: u64,
    /// Up to where it has read the journal.
    position: u64,
    /// The journal's end.
    end: i64,
    /// Which build of the index serves.
    generation: u64,
    /// How far a rebuild has read, while one runs.
    rebuilding: Option<i64>,
    /// How the last rebuild since the start of the server ended.
    last_rebuild: Option<RebuildEnd>,
}

/// The endpoints of this part.
pub fn endpoints(search: &Arc<Search>) -> Vec<Endpoint> {
    let state = || Arc::clone(search);
    let mut endpoints = vec![
        Endpoint::new(
            Method::POST,
            "/api/v1/messages/search",
            Access::Permission(PERMISSION),
            post(find).with_state(state()),
        )
        .audited("message.search")
        .summary("Finds messages by the query language, within the caller's scope")
        .body::<SearchBody>()
        .answer::<SearchPage>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/search/index",
            Access::Permission("archive.status"),
            get(status).with_state(state()),
        )
        .summary("How the search index stands")
        .answer::<IndexStatus>(),
        Endpoint::new(
            Method::POST,
            "/api/v1/search/index/rebuild",
            Access::Permission("channel.manage"),
            post(rebuild).with_state(state()),
        )
        .audited("search.rebuild")
        .summary("Builds the search index anew from the archive while the old one serves")
        .answer::<IndexStatus>(),
        Endpoint::new(
            Method::DELETE,
            "/api/v1/search/index/rebuild",
            Access::Permission("channel.manage"),
            delete(cancel_rebuild).with_state(state()),
        )
        .audited("search.rebuild_cancel")
        .summary("Cancels a rebuild that runs; the old index serves on. Does nothing when none runs")
        .answer::<IndexStatus>(),
    ];
    endpoints.extend(crate::saved::endpoints(search));
    endpoints.extend(crate::suggest::endpoints(search));
    endpoints
}

async fn find(State(search): State<Arc<Search>>, call: Call, Json(body): Json<SearchBody>) -> Answer<SearchPage> {
    let began = Instant::now();
    let limit = PageLimit::new(body.limit).ok_or(SearchError::TooLarge)?;
    let question = Question {
        query: &body.query,
        order: body.sort,
        limit: limit.get(),
        after: body.after.as_deref(),
        facets: &body.facets,
    };
    call.note("messages", json!({"query": body.query}));
    let page = search.search(call.caller()?, &question, call.now()).await?;
    // To find is to read: the entry names the conversations whose messages were shown.
    let shown: BTreeSet<i64> = page.found.iter().map(|found| found.message.conversation.number()).collect();
    call.note("messages", json!({"query": body.query, "total": page.answer.total, "conversations": shown}));
    let grants = &call.caller()?.grants;
    let titles = titles(&search, grants, &page.found, &page.answer.facets).await?;
    let facets = facets(&search, grants, &page.answer.facets, &titles).await?;
    let items = page.found.into_iter().map(|found| hit(found, &titles)).collect();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let next = page.answer.next.as_ref().map(write_cursor);
    Ok(Json(SearchPage { items, total: page.answer.total, facets, next, took_ms }))
}

type Titles = HashMap<ConversationId, String>;

/// Titles as the caller may see them.
async fn titles(search: &Search, grants: &Grants, found: &[Found], facets: &Facets) -> Result<Titles, SearchError> {
    let of_hits = found.iter().map(|found| found.message.conversation);
    let of_facets = facets.conversations.iter().map(|(id, _)| conversation(*id));
    let mut ids: Vec<ConversationId> = of_hits.chain(of_facets).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(search.deps().archive.conversation_titles(grants, &ids).await?)
}

fn conversation(number: u64) -> ConversationId {
    ConversationId::new(i64::try_from(number).unwrap_or(i64::MAX))
}

fn hit(found: Found, titles: &Titles) -> HitView {
    let id = found.message.conversation;
    let highlights = found.highlights.into_iter().map(|(piece, start, end)| Highlight { piece, start, end });
    HitView {
        highlights: highlights.collect(),
        conversation: ConversationName { id, title: titles.get(&id).cloned().unwrap_or_default() },
        message: found.message,
    }
}

async fn facets(search: &Search, grants: &Grants, facets: &Facets, titles: &Titles) -> Result<FacetsView, SearchError> {
    let kinds = facets.kinds.iter().map(|(number, count)| {
        let name = MessageKind::from_number(*number).name();
        Count { value: name.to_owned(), label: name.to_owned(), count: *count }
    });
    let conversations = facets.conversations.iter().map(|(number, count)| Count {
        value: number.to_string(),
        label: titles.get(&conversation(*number)).cloned().unwrap_or_default(),
        count: *count,
    });
    let months = facets.months.iter().map(|(month, count)| {
        let text = format!("{:04}-{:02}", month / 100, month % 100);
        Count { value: text.clone(), label: text, count: *count }
    });
    let parties: Vec<(PartyId, u64)> = facets
        .senders
        .iter()
        .filter_map(|(packed, count)| Some((PartyId::from_packed(i64::try_from(*packed).ok()?)?, *count)))
        .collect();
    let ids: Vec<PartyId> = parties.iter().map(|(party, _)| *party).collect();
    let names = search.deps().archive.party_views(grants, &ids).await?;
    let senders = parties.iter().filter_map(|(party, count)| {
        let name = names.get(party)?;
        Some(Count { value: name.external_id.clone(), label: name.name.clone(), count: *count })
    });
    Ok(FacetsView {
        kind: kinds.collect(),
        conversation: conversations.collect(),
        sender: senders.collect(),
        month: months.collect(),
    })
}

async fn status(State(search): State<Arc<Search>>, _: Call) -> Answer<IndexStatus> {
    view(&search).await
}

async fn rebuild(State(search): State<Arc<Search>>, _: Call) -> Answer<IndexStatus> {
    search.rebuild()?;
    view(&search).await
}

async fn cancel_rebuild(State(search): State<Arc<Search>>, _: Call) -> Answer<IndexStatus> {
    search.rebuilding().cancel();
    view(&search).await
}

async fn view(search: &Search) -> Answer<IndexStatus> {
    let (status, end) = search.status().await?;
    let rebuilding = search.rebuilding();
    Ok(Json(IndexStatus {
        documents: status.documents,
        bytes: status.bytes,
        position: status.position,
        end,
        generation: status.generation,
        rebuilding: rebuilding.progress(),
        last_rebuild: rebuilding.last(),
    }))
}
