//! Searches that people keep: their own, and those that others share.
//!
//! What is kept is a question, never an answer: whoever asks it sees what their own roles show. Only its owner changes it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path};
use xinlu_model::{Time, UserId};

use crate::error::SearchError;
use crate::service::{PERMISSION, Search};
use crate::store::{self, Saved, Wording};

/// Searches that one person may keep; more is no list that anybody reads.
const KEPT_MAX: i64 = 200;
/// Searches that are listed: one's own and what a company shares.
const LISTED_MAX: u32 = 1_000;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of what is kept: the query with the page's other choices.
const QUERY_CHARS_MAX: usize = 4_000;

/// A kept search, as it is shown.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SavedView {
    id: i64,
    name: String,
    /// The page's choices as a query string, `q=…&sort=…`.
    query: String,
    shared: bool,
    /// Whether the caller made it and may change it.
    mine: bool,
    /// Who made it.
    owner: String,
    created_at: Time,
}

/// All that the caller may use.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SavedList {
    /// The newest first, at most 1 000.
    searches: Vec<SavedView>,
}

/// A search to be kept.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedBody {
    /// 1 to 100 characters.
    name: String,
    /// The page's choices as a query string, at most 4 000 characters.
    query: String,
    /// Whether everybody who may search sees it too.
    #[serde(default)]
    shared: bool,
}

/// What was done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SavedDone {
    done: bool,
}

/// The endpoints of kept searches.
pub(crate) fn endpoints(search: &Arc<Search>) -> Vec<Endpoint> {
    const ALL: &str = "/api/v1/searches";
    const ONE: &str = "/api/v1/searches/{id}";
    let access = Access::Permission(PERMISSION);
    let state = || Arc::clone(search);
    vec![
        Endpoint::new(Method::GET, ALL, access, get(list).with_state(state()))
            .summary("Lists one's own kept searches and those that others share")
            .answer::<SavedList>(),
        Endpoint::new(Method::POST, ALL, access, post(create).with_state(state()))
            .summary("Keeps a search")
            .audited("search.save")
            .body::<SavedBody>()
            .answer::<SavedView>(),
        Endpoint::new(Method::PUT, ONE, access, put(change).with_state(state()))
            .summary("Changes a kept search of one's own")
            .audited("search.save")
            .body::<SavedBody>()
            .answer::<SavedView>(),
        Endpoint::new(Method::DELETE, ONE, access, delete(remove).with_state(state()))
            .summary("Forgets a kept search of one's own")
            .audited("search.forget")
            .answer::<SavedDone>(),
    ]
}

fn view(saved: Saved, user: UserId) -> SavedView {
    let Saved { id, user: owner, user_name, name, query, shared, created_at } = saved;
    SavedView { id, name, query, shared, mine: owner == user, owner: user_name, created_at }
}

/// What may be kept of a wish.
fn wording(body: SavedBody) -> Result<Wording, SearchError> {
    let name = body.name.trim().to_owned();
    let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    if name.is_empty() || !fits(&name, NAME_CHARS_MAX) || !fits(&body.query, QUERY_CHARS_MAX) {
        return Err(SearchError::SavedWording);
    }
    Ok(Wording { name, query: body.query, shared: body.shared })
}

async fn list(State(search): State<Arc<Search>>, call: Call) -> Answer<SavedList> {
    let user = call.caller()?.user;
    let searches = store::list(&search.deps().db, user, LISTED_MAX).await.map_err(SearchError::Db)?;
    Ok(Json(SavedList { searches: searches.into_iter().map(|saved| view(saved, user)).collect() }))
}

async fn create(State(search): State<Arc<Search>>, call: Call, Json(body): Json<SavedBody>) -> Answer<SavedView> {
    let caller = call.caller()?;
    let wording = wording(body)?;
    call.note("search:new", json!({"name": wording.name, "shared": wording.shared}));
    Ok(Json(search.keep(caller.user, &caller.name, &wording, call.now()).await?))
}

async fn change(
    State(search): State<Arc<Search>>,
    call: Call,
    Path(id): Path<i64>,
    Json(body): Json<SavedBody>,
) -> Answer<SavedView> {
    let user = call.caller()?.user;
    let wording = wording(body)?;
    call.note(&format!("search:{id}"), json!({"name": wording.name, "shared": wording.shared}));
    let db = &search.deps().db;
    if !store::change(db, id, user, &wording).await.map_err(SearchError::Db)? {
        return Err(SearchError::SavedUnknown.into());
    }
    let saved = store::find(db, id).await.map_err(SearchError::Db)?.ok_or(SearchError::SavedUnknown)?;
    Ok(Json(view(saved, user)))
}

async fn remove(State(search): State<Arc<Search>>, call: Call, Path(id): Path<i64>) -> Answer<SavedDone> {
    let user = call.caller()?.user;
    call.note(&format!("search:{id}"), json!({}));
    if !store::remove(&search.deps().db, id, user).await.map_err(SearchError::Db)? {
        return Err(SearchError::SavedUnknown.into());
    }
    Ok(Json(SavedDone { done: true }))
}

impl Search {
    async fn keep(&self, user: UserId, name: &str, wording: &Wording, now: Time) -> Result<SavedView, SearchError> {
        let mut tx = self.deps().db.begin().await?;
        // The counter's row is locked by the insert, not by the count: two at once may pass the bound by one.
        if store::count(&mut tx, user).await? >= KEPT_MAX {
            return Err(SearchError::SavedTooMany);
        }
        let id = store::add(&mut tx, (user, name), wording, now).await?;
        tx.commit().await?;
        let Wording { name: title, query, shared } = wording.clone();
        let saved = Saved { id, user, user_name: name.to_owned(), name: title, query, shared, created_at: now };
        Ok(view(saved, user))
    }
}
