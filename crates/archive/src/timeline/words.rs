//! The last message of each conversation in a few words, for a list that looks like people know it.
//!
//! To be shown words is to read: whoever answers with them writes down which conversations they are of. It shows no more
//! than the caller's level in each conversation, and reads no large body for a line of text.

use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use xinlu_http::{Grants, Level};
use xinlu_model::{ConversationId, MemberId, MessageKind, PartyId, Piece, RecordId, Time};
use xinlu_text::mask;

use super::ConversationView;
use super::list::AT_ONCE;
use crate::read::{Opened, PAGE_BYTES_MAX};
use crate::store::records::{self, StoredRecord};
use crate::view::{Names, PartyView, READ, party_view};
use crate::{Archive, ArchiveError};

/// Stored bytes of a body that is opened for its first words; all but a few of ten thousand are smaller.
const BODY_BYTES_MAX: u64 = 64 * 1024;
/// Characters shown: more than a line of any list.
const WORDS_CHARS_MAX: usize = 80;
/// Characters that are masked before the line is cut, so that a number at its end is seen whole.
const LOOKED_AT_CHARS_MAX: usize = 400;
/// Bytes of texts that are joined for that: characters have up to four, and spaces are dropped.
const LOOKED_AT_BYTES: usize = 16 * LOOKED_AT_CHARS_MAX;
/// How WeCom's clients begin a message that answers another, and what stands between the quotation and the answer.
const QUOTING: &str = "这是一条引用/回复消息";
const QUOTE_END: &str = "------";

/// The latest message of a conversation in a few words.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct LastMessage {
    /// The record.
    pub record: RecordId,
    /// What it is.
    pub kind: MessageKind,
    /// Who said it.
    pub sender: PartyView,
    /// When.
    pub sent_at: Time,
    /// The first 80 characters of its texts on one line, without what it quotes; masked at level masked. Absent at level
    /// metadata, for a message without text (a picture, one that takes another back), and for a very large one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why its words cannot be shown though they should be: as `code` of a damaged record in a page of messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The newest record of a conversation, and how much of it the caller sees.
struct Newest {
    conversation: ConversationId,
    level: Level,
    record: RecordId,
    kind: MessageKind,
    sender: PartyId,
    sent_at: Time,
}

/// What opening a record gave: its texts, or the code of why there are none.
type Told = Result<Vec<Piece>, &'static str>;

impl Archive {
    /// Puts the last words into conversations that a caller was given. Answers those of which a message is told now.
    pub async fn add_last_words(
        &self,
        grants: &Grants,
        conversations: &mut [ConversationView],
    ) -> Result<Vec<ConversationId>, ArchiveError> {
        let (newest, bodies) = self.newest_of(grants, conversations).await?;
        let senders: Vec<PartyId> = newest.iter().map(|one| one.sender).collect();
        let names = self.deps.directory.names(&senders).await?;
        let mut told = self.tell(bodies).await?;
        let mut last: HashMap<ConversationId, LastMessage> = newest
            .into_iter()
            .map(|one| (one.conversation, last_message(&one, told.remove(&one.record), &names)))
            .collect();
        let mut shown = Vec::with_capacity(last.len());
        for one in conversations.iter_mut() {
            one.last = last.remove(&one.id);
            shown.extend(one.last.is_some().then_some(one.id));
        }
        Ok(shown)
    }

    /// The newest record of each conversation, and those of them whose body may be opened.
    async fn newest_of(
        &self,
        grants: &Grants,
        conversations: &[ConversationView],
    ) -> Result<(Vec<Newest>, Vec<StoredRecord>), ArchiveError> {
        let db = &self.deps.db;
        let levels: Vec<(ConversationId, Level)> =
            conversations.iter().filter_map(|one| Some((one.id, level_of(one, grants)?))).collect();
        let rows = stream::iter(levels.clone()).map(|(id, level)| {
            let bytes_max = if level == Level::Metadata { 0 } else { BODY_BYTES_MAX };
            records::newest(db, id, bytes_max)
        });
        let rows: Vec<_> = rows.buffered(AT_ONCE).try_collect().await?;
        let (mut newest, mut bodies) = (Vec::with_capacity(levels.len()), Vec::with_capacity(levels.len()));
        for ((conversation, level), row) in levels.into_iter().zip(rows) {
            let Some((stored, has_body)) = row else { continue };
            // A damaged row is named by verification; here the conversation has no last words.
            let Some(sender) = PartyId::from_packed(stored.sender) else { continue };
            let kind = MessageKind::from_number(u16::try_from(stored.kind).unwrap_or_default());
            newest.push(Newest { conversation, level, record: stored.id, kind, sender, sent_at: stored.sent_at });
            bodies.extend(has_body.then_some(stored));
        }
        Ok((newest, bodies))
    }

    async fn tell(&self, bodies: Vec<StoredRecord>) -> Result<HashMap<RecordId, Told>, ArchiveError> {
        let Opened { views, left_out, .. } = self.open_first(bodies, PAGE_BYTES_MAX).await?;
        let opened = views.into_iter().map(|view| (view.id, Ok(view.parsed.pieces)));
        Ok(opened.chain(left_out.into_iter().map(|one| (one.record, Err(one.code)))).collect())
    }
}

/// How much of the conversation the caller sees.
fn level_of(conversation: &ConversationView, grants: &Grants) -> Option<Level> {
    let members: Vec<MemberId> = conversation.members.iter().map(|member| MemberId::new(member.id)).collect();
    grants.level(READ, &members)
}

fn last_message(newest: &Newest, told: Option<Told>, names: &Names) -> LastMessage {
    let (text, code) = match told {
        Some(Ok(pieces)) => (words(&pieces, newest.level), None),
        Some(Err(code)) => (None, Some(code.to_owned())),
        None => (None, None),
    };
    let sender = party_view(newest.sender, names, newest.level);
    LastMessage { record: newest.record, kind: newest.kind, sender, sent_at: newest.sent_at, text, code }
}

/// The first words at a level, which is masked or text.
fn words(pieces: &[Piece], level: Level) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        text.push_str(own_words(&piece.text));
        text.push(' ');
        if text.len() > LOOKED_AT_BYTES {
            break;
        }
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Masking comes before cutting, or half a number would pass for none.
    let looked_at: String = line.chars().take(LOOKED_AT_CHARS_MAX).collect();
    let shown = match level {
        Level::Metadata => return None,
        Level::Masked => mask(&looked_at),
        Level::Text => looked_at,
    };
    let mut letters = shown.chars();
    let first: String = letters.by_ref().take(WORDS_CHARS_MAX).collect();
    let more = if letters.next().is_some() { "…" } else { "" };
    (!first.is_empty()).then(|| format!("{first}{more}"))
}

/// What a message says without what it quotes; all of it where it quotes nothing.
fn own_words(text: &str) -> &str {
    if !text.starts_with(QUOTING) {
        return text;
    }
    // What is quoted may quote as well: the last line of dashes ends it.
    text.rsplit_once(QUOTE_END).map_or(text, |(_, answer)| answer.trim_start_matches('-'))
}

#[cfg(test)]
mod tests;
