//! One search from the query to the page.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xinlu_archive::{Archive, MessageView};
use xinlu_db::Db;
use xinlu_http::{Caller, Level, Visible};
use xinlu_identity::Directory;
use xinlu_index::{
    Cursor, Engine, EngineStatus, Expr, FacetRequest, LIMIT_MAX, SearchAnswer, SearchRequest, Sort, highlight,
};
use xinlu_jobs::journal;
use xinlu_model::{Clock, Position, RecordId, Time};

use crate::error::SearchError;
use crate::indexer::{Indexer, on_engine};
use crate::language::{Field, Query, parse};
use crate::rebuild::Rebuilding;
use crate::resolve::{Names, conversation_number};
use crate::zone::CHINA_MINUTES;

/// The permission that searching uses: to find is to read.
pub(crate) const PERMISSION: &str = "conversation.read";
/// Values of a facet that are listed.
const FACET_VALUES: usize = 20;

/// What search is made of.
pub struct SearchDeps {
    /// The index.
    pub engine: Arc<dyn Engine>,
    /// Where records are opened.
    pub archive: Arc<Archive>,
    /// Names.
    pub directory: Arc<Directory>,
    /// For the journal, when the index is rebuilt.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Search.
pub struct Search {
    deps: SearchDeps,
    indexer: Arc<Indexer>,
    rebuilding: Arc<Rebuilding>,
}

/// A facet that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Kinds of message.
    Kind,
    /// Conversations, the most frequent.
    Conversation,
    /// Senders, the most frequent.
    Sender,
    /// Months in China's time.
    Month,
}

/// In what order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Newest first.
    #[default]
    Time,
    /// Oldest first.
    TimeAscending,
    /// Best first.
    Relevance,
}

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) query: &'a str,
    pub(crate) order: Order,
    pub(crate) limit: u32,
    pub(crate) after: Option<&'a str>,
    pub(crate) facets: &'a [Facet],
}

/// A hit, opened as far as the caller may see it.
pub(crate) struct Found {
    pub(crate) message: MessageView,
    /// Piece number and byte range in it.
    pub(crate) highlights: Vec<(usize, usize, usize)>,
}

/// A page of hits.
pub(crate) struct FoundPage {
    pub(crate) found: Vec<Found>,
    pub(crate) answer: SearchAnswer,
}

impl Search {
    /// Search over an index.
    pub fn new(deps: SearchDeps) -> Arc<Self> {
        let indexer =
            Arc::new(Indexer::new(Arc::clone(&deps.engine), Arc::clone(&deps.archive), Arc::clone(&deps.clock)));
        Arc::new(Self { deps, indexer, rebuilding: Arc::default() })
    }

    /// The consumer that keeps the index up to date.
    pub fn indexer(&self) -> Arc<Indexer> {
        Arc::clone(&self.indexer)
    }

    /// The index itself.
    pub fn engine(&self) -> Arc<dyn Engine> {
        Arc::clone(&self.deps.engine)
    }

    pub(crate) fn deps(&self) -> &SearchDeps {
        &self.deps
    }

    /// Asks the index within the caller's scope, then opens the page as far as the caller may see it.
    pub(crate) async fn search(
        &self,
        caller: &Caller,
        question: &Question<'_>,
        now: Time,
    ) -> Result<FoundPage, SearchError> {
        let query = parse(question.query)?;
        let readable = caller.grants.visible(PERMISSION, Level::Text);
        let known = caller.grants.visible(PERMISSION, Level::Metadata);
        let all_readable = readable == known;
        let asks_for_text = query.asks_for_text() || (!all_readable && self.asks_for_hidden_names(&query).await?);
        if asks_for_text && readable == Visible::nobody() {
            return Err(SearchError::TextNotAllowed);
        }
        let contact_names = asks_for_text || all_readable;
        let visible = if asks_for_text { readable } else { known };
        let names = Names { directory: &self.deps.directory, archive: &self.deps.archive, now, contact_names };
        let expr = names.resolve(&query).await?;
        let request = request(question, expr.clone(), &visible)?;
        let asked = request.clone();
        let mut answer = on_engine(&self.deps.engine, move |engine| engine.search(&asked)).await?;
        let ids: Vec<RecordId> =
            answer.hits.iter().map(|hit| RecordId::new(i64::try_from(hit.record).unwrap_or(i64::MAX))).collect();
        let views = self.deps.archive.message_views(&ids, &caller.grants, false).await?;
        if views.done < answer.hits.len() {
            // Of large messages fewer fit into a page; the index says where the shorter one ends.
            let shorter = SearchRequest { limit: views.done, facets: FacetRequest::default(), ..request };
            answer.next = on_engine(&self.deps.engine, move |engine| engine.search(&shorter)).await?.next;
            answer.hits.truncate(views.done);
        }
        let found = views.items.into_iter().map(|message| found(&expr, message)).collect();
        Ok(FoundPage { found, answer })
    }

    /// Whether a query speaks of what only those see who see text: titles of conversations, and names of contacts. Which
    /// names contacts have plays no part in the answer, or it would tell of them: a name that is no member's and no id
    /// can only be meant as a contact's.
    async fn asks_for_hidden_names(&self, query: &Query) -> Result<bool, SearchError> {
        let mut parties = Vec::new();
        if hidden_title_or_parties(query, &mut parties) {
            return Ok(true);
        }
        let directory = &self.deps.directory;
        for value in parties {
            let is_known = !directory.find_members_by_userid(value).await?.is_empty()
                || !directory.find_members_by_name(value).await?.is_empty()
                || !directory.find_contacts_by_external_id(value).await?.is_empty();
            if !is_known {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the index stands, and the journal's end.
    pub(crate) async fn status(&self) -> Result<(EngineStatus, Position), SearchError> {
        let status = on_engine(&self.deps.engine, |engine| engine.status()).await?;
        Ok((status, journal::end(&self.deps.db).await?))
    }

    /// How far a rebuild is, and how the last one ended.
    pub(crate) fn rebuilding(&self) -> &Rebuilding {
        &self.rebuilding
    }

    /// Begins to build the index anew while the old one serves.
    pub(crate) fn rebuild(&self) -> Result<(), SearchError> {
        self.rebuilding.begin()?;
        let rebuilding = Arc::clone(&self.rebuilding);
        let (db, engine, archive) =
            (self.deps.db.clone(), Arc::clone(&self.deps.engine), Arc::clone(&self.deps.archive));
        tokio::spawn(async move { rebuilding.run(&db, &engine, &archive).await });
        Ok(())
    }
}

/// Whether a query names a conversation by its title; else the values that name parties are gathered.
fn hidden_title_or_parties<'a>(query: &'a Query, parties: &mut Vec<&'a str>) -> bool {
    match query {
        Query::Field(Field::In, value) => conversation_number(value).is_none(),
        Query::Field(Field::From | Field::To | Field::With, value) => {
            parties.push(value.trim());
            false
        }
        Query::And(parts) | Query::Or(parts) => parts.iter().any(|part| hidden_title_or_parties(part, parties)),
        Query::Not(part) => hidden_title_or_parties(part, parties),
        Query::All | Query::Term(_) | Query::Prefix(_) | Query::Field(..) => false,
    }
}

fn request(question: &Question<'_>, expr: Expr, visible: &Visible) -> Result<SearchRequest, SearchError> {
    let scope = match visible {
        Visible::All => None,
        Visible::Members(members) => Some(members.iter().map(|member| member.number().unsigned_abs()).collect()),
    };
    let limit = question.limit as usize;
    if limit > LIMIT_MAX {
        return Err(SearchError::TooLarge);
    }
    let wants = |facet: Facet| question.facets.contains(&facet);
    let values = |facet: Facet| if wants(facet) { FACET_VALUES } else { 0 };
    Ok(SearchRequest {
        expr,
        scope,
        sort: match question.order {
            Order::Time => Sort::TimeDescending,
            Order::TimeAscending => Sort::TimeAscending,
            Order::Relevance => Sort::Relevance,
        },
        limit,
        after: question.after.map(read_cursor).transpose()?,
        facets: FacetRequest {
            kinds: wants(Facet::Kind),
            conversations_max: values(Facet::Conversation),
            senders_max: values(Facet::Sender),
            months: wants(Facet::Month),
            utc_offset_minutes: CHINA_MINUTES,
        },
    })
}

fn found(expr: &Expr, message: MessageView) -> Found {
    let pieces = message.pieces.iter().flatten().enumerate();
    let highlights = pieces
        .flat_map(|(number, piece)| {
            highlight(expr, &piece.text).into_iter().map(move |(start, end)| (number, start, end))
        })
        .collect();
    Found { message, highlights }
}

/// The key of a page as text.
pub(crate) fn write_cursor(cursor: &Cursor) -> String {
    format!("{}.{}.{}", cursor.sent_at_micros, cursor.record, cursor.score_bits)
}

fn read_cursor(text: &str) -> Result<Cursor, SearchError> {
    let mut parts = text.split('.');
    let mut next = || parts.next().ok_or(SearchError::Cursor);
    let cursor = Cursor {
        sent_at_micros: next()?.parse().map_err(|_| SearchError::Cursor)?,
        record: next()?.parse().map_err(|_| SearchError::Cursor)?,
        score_bits: next()?.parse().map_err(|_| SearchError::Cursor)?,
    };
    match parts.next() {
        None => Ok(cursor),
        Some(_) => Err(SearchError::Cursor),
    }
}

#[cfg(test)]
mod tests;
