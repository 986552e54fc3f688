//! Agreements as the source knows them: where contacts never said in a message whether they agree to being archived, the
//! source is asked, and its answers are kept here beside what contacts said.
//!
//! An agreement holds for one conversation: a pair of member and contact, or a contact in a group. It never takes the
//! place of a consent that stands in a record, and is no part of the log: it can be asked for again.

mod sight;

pub(crate) use sight::Sight;
use xinlu_http::{Grants, Level};
use xinlu_model::{ContactId, ConversationId, Page, PageLimit, Party, PartyId, PartyKind, SourceId, Time};

use crate::conversation::{ConversationKind, room_of_key};
use crate::store::consents::{self, AgreementRow, OpenConversation};
use crate::store::conversations;
use crate::view::{PartyView, party_view};
use crate::{Archive, ArchiveError};

/// Conversations looked through in one statement: some tenths of a second where all were asked about.
const WINDOW: i64 = 20_000;
/// Answers looked at for one page of them.
const LOOKED_AT_MAX: usize = 1_000;
/// Answers read at a time.
const READ_AT_ONCE: u32 = 200;

/// What a source says of one contact's agreement. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// They agreed.
    Agree,
    /// They refused.
    Disagree,
    /// They were told and said nothing, which counts as agreeing.
    DefaultAgree,
    /// The source said something that we do not know.
    Other,
}

impl Agreement {
    const ALL: [Self; 4] = [Self::Agree, Self::Disagree, Self::DefaultAgree, Self::Other];

    /// The number on disk; never changes.
    pub const fn number(self) -> i64 {
        match self {
            Self::Agree => 1,
            Self::Disagree => 2,
            Self::DefaultAgree => 3,
            Self::Other => 4,
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.number() == number)
    }
}

/// Whose agreement to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A contact's in talks with a member, by the source's ids.
    Pair {
        /// The member.
        member: String,
        /// The contact.
        contact: String,
    },
    /// That of all contacts in a group, by the source's id.
    Room(String),
}

/// A conversation to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementQuestion {
    /// Which.
    pub conversation: ConversationId,
    /// What to ask.
    pub asked: Asked,
}

/// Questions, and how far was looked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementQuestions {
    /// In the order of conversations.
    pub items: Vec<AgreementQuestion>,
    /// Where to go on; `None`: everything was looked through.
    pub next: Option<ConversationId>,
}

/// The source's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementAnswer {
    /// For which conversation.
    pub conversation: ConversationId,
    /// The contact, by the source's id.
    pub contact: String,
    /// What they said.
    pub agreement: Agreement,
    /// Since when, as far as the source says it.
    pub changed_at: Option<Time>,
}

/// An agreement as it is shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AgreementView {
    /// The conversation it holds for.
    pub conversation: ConversationId,
    /// Whose. The permission knows no levels: whoever may see an agreement sees whose it is.
    pub contact: PartyView,
    /// What the source says.
    pub agreement: Agreement,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Time>,
    /// When the source was asked.
    pub checked_at: Time,
}

impl Archive {
    /// Conversations after one in which a contact never said whether they agree, and that were not asked about since
    /// `due_before`; at most `limit`.
    pub async fn agreement_questions(
        &self,
        source: SourceId,
        after: ConversationId,
        due_before: Time,
        limit: u32,
    ) -> Result<AgreementQuestions, ArchiveError> {
        let db = &self.deps.db;
        let last = consents::last_conversation(db).await?;
        let mut from = after;
        let mut found: Vec<OpenConversation> = Vec::new();
        while from < last && found.len() < limit as usize {
            let (upto, wanted) = (from.plus(WINDOW), limit - found.len() as u32);
            let window = consents::open(db, source, (from, upto), due_before, wanted).await?;
            let is_filled = window.len() >= wanted as usize;
            from = window.last().filter(|_| is_filled).map_or(upto, |last| last.id);
            found.extend(window);
        }
        let next = (from < last).then_some(from);
        Ok(AgreementQuestions { items: self.questions(found).await?, next })
    }

    async fn questions(&self, found: Vec<OpenConversation>) -> Result<Vec<AgreementQuestion>, ArchiveError> {
        let mut questions = Vec::with_capacity(found.len());
        let mut pairs = Vec::new();
        for one in found {
            match room_of_key(&one.key) {
                Some(room) => {
                    questions.push(AgreementQuestion { conversation: one.id, asked: Asked::Room(room.to_owned()) });
                }
                None if one.kind == ConversationKind::Pair.number() => {
                    let parties = conversations::parties(&self.deps.db, one.id).await?;
                    let of = |kind| parties.iter().copied().find(|party| party.kind() == kind);
                    pairs.extend(of(PartyKind::Member).zip(of(PartyKind::Contact)).map(|pair| (one.id, pair)));
                }
                None => {}
            }
        }
        let everybody: Vec<PartyId> = pairs.iter().flat_map(|(_, (member, contact))| [*member, *contact]).collect();
        let names = self.deps.directory.names(&everybody).await?;
        let id = |party: &PartyId| names.get(party).map(|name| name.external_id.clone());
        questions.extend(pairs.iter().filter_map(|(conversation, (member, contact))| {
            let asked = Asked::Pair { member: id(member)?, contact: id(contact)? };
            Some(AgreementQuestion { conversation: *conversation, asked })
        }));
        questions.sort_by_key(|question| question.conversation);
        Ok(questions)
    }

    /// Keeps answers, and that these conversations were asked about; a conversation may have many answers or none.
    pub async fn save_agreements(
        &self,
        source: SourceId,
        asked: &[ConversationId],
        answers: &[AgreementAnswer],
    ) -> Result<(), ArchiveError> {
        let source = self.source(source).await?;
        let party = |answer: &AgreementAnswer| Party { kind: PartyKind::Contact, id: answer.contact.clone() };
        let parties: Vec<Party> = answers.iter().map(party).collect();
        let contacts = self.deps.directory.resolve(&source.key, &parties).await?;
        let now = self.deps.clock.now();
        let row = |(answer, contact): (&AgreementAnswer, PartyId)| AgreementRow {
            conversation: answer.conversation,
            contact,
            agreement: answer.agreement.number(),
            changed_at: answer.changed_at,
            checked_at: now,
        };
        let rows: Vec<AgreementRow> = answers.iter().zip(contacts).map(row).collect();
        let mut tx = self.deps.db.begin().await?;
        consents::save(&mut tx, &rows).await?;
        consents::checked(&mut tx, asked, now).await?;
        Ok(tx.commit().await?)
    }

    /// What the source said of agreements, of all contacts or of one, in the order of conversations, within a caller's
    /// rights. A page may be short, or empty, and still have a `next`.
    pub async fn agreements(
        &self,
        grants: &Grants,
        contact: Option<ContactId>,
        after: Option<&str>,
        limit: PageLimit,
    ) -> Result<Page<AgreementView>, ArchiveError> {
        let contact = contact.map(PartyId::contact);
        let limit = limit.get() as usize;
        let mut place = after.map_or(Ok((ConversationId::new(0), 0)), place_of)?;
        let mut sight = Sight::new(self, grants);
        let mut seen: Vec<(AgreementRow, Level)> = Vec::new();
        let (mut looked_at, mut has_more) = (0, true);
        while has_more && seen.len() <= limit && looked_at < LOOKED_AT_MAX {
            let found = consents::list(&self.deps.db, contact, place, READ_AT_ONCE).await?;
            has_more = found.len() == READ_AT_ONCE as usize;
            looked_at += found.len();
            place = found.last().map_or(place, key_of);
            for row in found {
                if let Some(level) = sight.level(row.conversation).await? {
                    seen.push((row, level));
                }
            }
        }
        if seen.len() > limit {
            seen.truncate(limit);
            place = seen.last().map_or(place, |(row, _)| key_of(row));
            has_more = true;
        }
        let next = has_more.then(|| format!("{}-{}", place.0, place.1));
        Ok(Page { items: self.agreement_views(seen).await?, next })
    }

    async fn agreement_views(&self, rows: Vec<(AgreementRow, Level)>) -> Result<Vec<AgreementView>, ArchiveError> {
        let contacts: Vec<PartyId> = rows.iter().map(|(row, _)| row.contact).collect();
        let names = self.deps.directory.names(&contacts).await?;
        let view = |(row, level): (AgreementRow, Level)| AgreementView {
            conversation: row.conversation,
            contact: party_view(row.contact, &names, level),
            agreement: Agreement::from_number(row.agreement).unwrap_or(Agreement::Other),
            changed_at: row.changed_at,
            checked_at: row.checked_at,
        };
        Ok(rows.into_iter().map(view).collect())
    }
}

fn key_of(row: &AgreementRow) -> (ConversationId, i64) {
    (row.conversation, row.contact.packed())
}

fn place_of(key: &str) -> Result<(ConversationId, i64), ArchiveError> {
    let wrong = ArchiveError::Parameter { parameter: "after", expected: "a key from an earlier page" };
    let parsed = key.split_once('-').and_then(|(conversation, contact)| {
        Some((ConversationId::new(conversation.parse().ok()?), contact.parse().ok()?))
    });
    parsed.ok_or(wrong)
}

#[cfg(test)]
mod tests;
