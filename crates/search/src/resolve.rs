//! From names to ids: what a person typed becomes what the index is asked.
//!
//! A name that nobody has matches nothing; it never widens the question.

use std::collections::BTreeSet;

use xinlu_archive::Archive;
use xinlu_identity::Directory;
use xinlu_index::Expr;
use xinlu_model::{MessageKind, PartyId, Time};

use crate::error::SearchError;
use crate::language::{Field, Query};
use crate::zone;

/// What names are looked up in.
pub(crate) struct Names<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) archive: &'a Archive,
    pub(crate) now: Time,
    /// Whether names of contacts are known to who asks.
    pub(crate) contact_names: bool,
}

/// The conversation that a value of `in:` names by its number.
pub(crate) fn conversation_number(value: &str) -> Option<u64> {
    value.trim().trim_start_matches('#').parse().ok()
}

impl Names<'_> {
    /// The expression of a query.
    pub(crate) async fn resolve(&self, query: &Query) -> Result<Expr, SearchError> {
        Ok(match query {
            Query::All => Expr::All,
            Query::Term(term) => Expr::Term(term.clone()),
            Query::Prefix(term) => Expr::Prefix(term.clone()),
            Query::And(parts) => Expr::And(self.all(parts).await?),
            Query::Or(parts) => Expr::Or(self.all(parts).await?),
            Query::Not(part) => Expr::Not(Box::new(Box::pin(self.resolve(part)).await?)),
            Query::Field(field, value) => self.field(*field, value.trim()).await?,
        })
    }

    async fn all(&self, parts: &[Query]) -> Result<Vec<Expr>, SearchError> {
        let mut resolved = Vec::with_capacity(parts.len());
        for part in parts {
            resolved.push(Box::pin(self.resolve(part)).await?);
        }
        Ok(resolved)
    }

    async fn field(&self, field: Field, value: &str) -> Result<Expr, SearchError> {
        Ok(match field {
            Field::From => Expr::From(self.parties(value).await?),
            Field::To => Expr::To(self.parties(value).await?),
            Field::With => Expr::Party(self.parties(value).await?),
            Field::In => Expr::Conversation(self.conversations(value).await?),
            Field::Dept => Expr::Party(self.department(value).await?),
            Field::Kind => {
                let kind = MessageKind::from_name(&value.to_lowercase());
                Expr::Kind(vec![kind.ok_or_else(|| wrong(format!("no kind of message is called {value}")))?.number()])
            }
            Field::After => Expr::SentAfter(self.point(value)?),
            Field::Before => Expr::SentBefore(self.point(value)?),
            Field::Has if ["media", "媒体", "附件"].contains(&value) => Expr::HasMedia,
            Field::Has => return Err(wrong("has: knows only media".to_owned())),
        })
    }

    fn point(&self, value: &str) -> Result<i64, SearchError> {
        let point = zone::point(value, self.now);
        point.map(Time::micros).ok_or_else(|| wrong(format!("{value} is no date (2026-01-31, 2026-01, 7d)")))
    }

    /// Members and contacts of that name or id.
    async fn parties(&self, value: &str) -> Result<Vec<u64>, SearchError> {
        let mut found = BTreeSet::new();
        let mut members = self.directory.find_members_by_userid(value).await?;
        if members.is_empty() {
            members = self.directory.find_members_by_name(value).await?;
        }
        found.extend(members.into_iter().map(PartyId::member));
        let mut contacts = self.directory.find_contacts_by_external_id(value).await?;
        if contacts.is_empty() && self.contact_names {
            contacts = self.directory.find_contacts_by_name(value).await?;
        }
        found.extend(contacts.iter().copied().flat_map(|contact| [PartyId::contact(contact), PartyId::bot(contact)]));
        Ok(found.into_iter().map(|party| party.packed().unsigned_abs()).collect())
    }

    async fn department(&self, value: &str) -> Result<Vec<u64>, SearchError> {
        let departments = self.directory.find_departments_by_name(value).await?;
        let members = self.directory.members_of_departments(&departments, true).await?;
        Ok(members.into_iter().map(|member| PartyId::member(member).packed().unsigned_abs()).collect())
    }

    async fn conversations(&self, value: &str) -> Result<Vec<u64>, SearchError> {
        if let Some(number) = conversation_number(value) {
            return Ok(vec![number]);
        }
        let found = self.archive.conversations_titled(value).await?;
        Ok(found.into_iter().map(|conversation| conversation.number().unsigned_abs()).collect())
    }
}

fn wrong(what: String) -> SearchError {
    SearchError::Syntax { at: 0, what }
}
