//! Names a person may be about to type after `from:`, `to:`, `with:`, `in:` or `dept:`, or plainly.
//!
//! It asks the directory and the archive, never the index, and names only what the caller's roles show anyway: members in
//! their scope, and contacts and titles to who reads everybody's text. It never counts what it leaves out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Level, Query, Visible};
use xinlu_model::ConversationId;

use crate::error::SearchError;
use crate::service::{PERMISSION, Search};

/// Names of one kind that are suggested; more would only be scrolled past.
const EACH_MAX: usize = 6;
/// Characters that are looked up.
const CHARS_MAX: usize = 64;

/// What is being typed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Typed {
    /// The name as far as it is typed, 1 to 64 characters, without the field before it.
    text: String,
}

/// What a suggestion names.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Named {
    Member,
    Contact,
    Conversation,
    Department,
}

/// A name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Suggestion {
    kind: Named,
    id: i64,
    name: String,
    /// The query that finds it, such as `from:zhangsan` or `in:#12`.
    insert: String,
}

/// Names that fit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Suggestions {
    suggestions: Vec<Suggestion>,
}

pub(crate) fn endpoints(search: &Arc<Search>) -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/search/suggestions",
            Access::Permission(PERMISSION),
            get(suggest).with_state(Arc::clone(search)),
        )
        .summary("Suggests members, contacts, conversations and departments by a part of their name")
        .parameters::<Typed>()
        .answer::<Suggestions>(),
    ]
}

async fn suggest(State(search): State<Arc<Search>>, call: Call, Query(typed): Query<Typed>) -> Answer<Suggestions> {
    let text = typed.text.trim();
    if text.chars().count() > CHARS_MAX {
        return Err(SearchError::TooLarge.into());
    }
    if text.is_empty() {
        return Ok(Json(Suggestions { suggestions: Vec::new() }));
    }
    let grants = &call.caller()?.grants;
    let known = grants.visible(PERMISSION, Level::Metadata);
    let mut suggestions = search.members_like(text, &known).await?;
    if known == Visible::All {
        suggestions.extend(search.departments_like(text).await?);
    }
    if grants.visible(PERMISSION, Level::Text) == Visible::All {
        suggestions.extend(search.contacts_like(text).await?);
        suggestions.extend(search.conversations_like(text, grants).await?);
    }
    Ok(Json(Suggestions { suggestions }))
}

/// A value as the query language reads it back: in quotes when it has more than letters, digits, `_` and `-`, or is a word of
/// the language itself.
fn quoted(value: &str) -> String {
    let named = value.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-');
    let plain = named && !["AND", "OR", "NOT"].contains(&value);
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', " ")) }
}

impl Search {
    async fn members_like(&self, text: &str, known: &Visible) -> Result<Vec<Suggestion>, SearchError> {
        let directory = &self.deps().directory;
        let mut suggestions = Vec::new();
        for id in directory.find_members_by_name(text).await? {
            if suggestions.len() == EACH_MAX {
                break;
            }
            if !known.sees(&[id]) {
                continue;
            }
            let Some(member) = directory.find_member(id).await? else { continue };
            suggestions.push(Suggestion {
                kind: Named::Member,
                id: id.number(),
                name: member.name.clone(),
                insert: format!("from:{}", quoted(&member.userid)),
            });
        }
        Ok(suggestions)
    }

    async fn departments_like(&self, text: &str) -> Result<Vec<Suggestion>, SearchError> {
        let directory = &self.deps().directory;
        let found = directory.find_departments_by_name(text).await?;
        let departments = directory.departments().await?;
        let named = departments.iter().filter(|department| found.contains(&department.id));
        let suggestion = |department: &Arc<xinlu_identity::Department>| Suggestion {
            kind: Named::Department,
            id: department.id.number(),
            name: department.name.clone(),
            insert: format!("dept:{}", quoted(&department.name)),
        };
        Ok(named.take(EACH_MAX).map(suggestion).collect())
    }

    async fn contacts_like(&self, text: &str) -> Result<Vec<Suggestion>, SearchError> {
        let directory = &self.deps().directory;
        let mut suggestions = Vec::new();
        for id in directory.find_contacts_by_name(text).await?.into_iter().take(EACH_MAX) {
            let Some(contact) = directory.find_contact(id).await? else { continue };
            suggestions.push(Suggestion {
                kind: Named::Contact,
                id: id.number(),
                name: contact.name.clone(),
                insert: format!("with:{}", quoted(&contact.external_id)),
            });
        }
        Ok(suggestions)
    }

    async fn conversations_like(
        &self,
        text: &str,
        grants: &xinlu_http::Grants,
    ) -> Result<Vec<Suggestion>, SearchError> {
        let archive = &self.deps().archive;
        let mut ids: Vec<ConversationId> = archive.conversations_titled(text).await?;
        ids.truncate(EACH_MAX);
        let titles = archive.conversation_titles(grants, &ids).await?;
        let suggestion = |id: &ConversationId| {
            Some(Suggestion {
                kind: Named::Conversation,
                id: id.number(),
                name: titles.get(id)?.clone(),
                insert: format!("in:#{}", id.number()),
            })
        };
        Ok(ids.iter().filter_map(suggestion).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use crate::language::{Field, Query, parse};

    #[test]
    fn what_is_inserted_reads_back_as_the_same_name() {
        for name in ["zhangsan", "wo-a_1", "华东 大区", "王(已离职)", "张OR李", "OR", "a:b"] {
            let query = parse(&format!("from:{}", quoted(name))).unwrap();
            assert_eq!(query, Query::Field(Field::From, name.to_owned()), "{name}");
        }
    }
}
