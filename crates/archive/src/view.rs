//! What a reader is shown of a message: the shape of answers, and what each level takes away.
//!
//! Nothing leaves here above the caller's level: `metadata` has no text, no names of files and no names of contacts,
//! `masked` has personal data masked in every string and of contacts' names the first letter, only `text` has all. Names of
//! members are the company's own and are shown at every level (`view/masking.rs`).

mod masking;
mod reveal;

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use xinlu_http::{Grants, Level};
use xinlu_identity::PartyName;
use xinlu_ledger::{Place, RefKind};
use xinlu_model::{
    Action, ContactId, ConversationId, MediaDeclared, MediaId, MemberId, MessageKind, Party, PartyId, PartyKind, Piece,
    RecordId, SourceId, Time,
};
use xinlu_text::{detect, mask};

use masking::shown_name;
pub(crate) use masking::{shown_group_title, title_of_names};
pub use reveal::REVEAL;

use crate::append::revocation_target;
use crate::media::content_type;
use crate::model::{MediaItem, MediaReason, MediaState, RecordView};
use crate::read::Opened;
use crate::store::{conversations, traces};
use crate::{Archive, ArchiveError};

/// The permission that opens conversations.
pub const READ: &str = "conversation.read";
/// The source's handle of a file: of use only with the source's secret, and nothing to look at.
pub(crate) const HANDLE_FIELD: &str = "sdkfileid";

/// Somebody who takes part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartyView {
    /// Member, contact or bot.
    pub kind: PartyKind,
    /// Our number of the member, or of the contact or bot.
    pub id: i64,
    /// The name, or the source's id while none is known. A contact's is `王**` at level masked, the id at level metadata.
    pub name: String,
    /// The source's id.
    pub external_id: String,
}

/// A media item of a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MediaView {
    /// The item.
    pub media: MediaId,
    /// Its place in the message.
    pub ordinal: u32,
    /// What it is.
    pub kind: MessageKind,
    /// Its declared file name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its size in bytes: stored, else declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How far it is.
    pub state: MediaState,
    /// Why it is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<MediaReason>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// Whether the message is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofState {
    /// Waits for its place.
    Pending,
    /// Has its place.
    Logged,
}

/// Where the message is in the log.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ProofPlace {
    /// Whether it has its place.
    pub state: ProofState,
    /// Its place, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf_index: Option<u64>,
}

/// A message as its reader may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// The record.
    pub record: RecordId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The source.
    pub source: SourceId,
    /// The source's sequence number.
    pub seq: u64,
    /// The source's id of it.
    pub msgid: String,
    /// What it is.
    pub kind: MessageKind,
    /// Sent, recalled, switched.
    pub action: Action,
    /// Who said it.
    pub sender: PartyView,
    /// To whom.
    pub recipients: Vec<PartyView>,
    /// The group's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// When the source says it was said.
    pub sent_at: Time,
    /// When we first held it.
    pub observed_at: Time,
    /// How much of it is shown.
    pub level: Level,
    /// The source's own object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
    /// The texts in reading order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Vec<Piece>>,
    /// The media in reading order.
    pub media: Vec<MediaView>,
    /// The record that takes this one back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<RecordId>,
    /// The record that this one takes back, when it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revokes: Option<RecordId>,
    /// The source's name of the kind, when we do not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_kind: Option<String>,
    /// As delivered, base64; only when asked for and at level text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Where it is in the log.
    pub proof: ProofPlace,
}

/// The first of some messages.
#[derive(Clone, Debug)]
pub struct MessageViews {
    /// The messages.
    pub items: Vec<MessageView>,
    /// How many of the records asked for were dealt with: shown or left out. The others did not fit into one page; ask for
    /// them again.
    pub done: usize,
}

/// Names of parties by their numbers.
pub(crate) type Names = HashMap<PartyId, Arc<PartyName>>;

impl Archive {
    /// The first messages of these records, as many as fit into a page, as a caller with these grants may see them, in
    /// their order; those beyond the caller's scope are left out.
    pub async fn message_views(
        &self,
        ids: &[RecordId],
        grants: &Grants,
        with_raw: bool,
    ) -> Result<MessageViews, ArchiveError> {
        let Opened { views, done, .. } = self.read(ids).await?;
        Ok(MessageViews { items: self.views_of(views, grants, with_raw).await?, done })
    }

    /// Parties as a caller may see them where no conversation says how much: at the lowest level the caller reads
    /// conversations at. Unknown ones are left out.
    pub async fn party_views(
        &self,
        grants: &Grants,
        parties: &[PartyId],
    ) -> Result<HashMap<PartyId, PartyView>, ArchiveError> {
        let levels = grants.list().iter().filter(|grant| grant.permission == READ).map(|grant| grant.level);
        let level = levels.min().unwrap_or(Level::Metadata);
        let names = self.deps.directory.names(parties).await?;
        Ok(names.keys().map(|party| (*party, party_view(*party, &names, level))).collect())
    }

    pub(crate) async fn views_of(
        &self,
        records: Vec<RecordView>,
        grants: &Grants,
        with_raw: bool,
    ) -> Result<Vec<MessageView>, ArchiveError> {
        let mut levels: HashMap<ConversationId, Option<Level>> = HashMap::new();
        let mut everybody: Vec<PartyId> = records.iter().flat_map(|record| record.parties.iter().copied()).collect();
        everybody.sort_unstable();
        everybody.dedup();
        let names = self.deps.directory.names(&everybody).await?;
        let mut views = Vec::with_capacity(records.len());
        for record in records {
            let level = match levels.get(&record.conversation) {
                Some(level) => *level,
                None => {
                    let level = self.level(grants, record.conversation).await?;
                    levels.insert(record.conversation, level);
                    level
                }
            };
            if let Some(level) = level {
                views.push(self.view(record, level, &names, with_raw).await?);
            }
        }
        Ok(views)
    }

    /// How much of a conversation's messages a caller may see; `None`: not even that it is there.
    pub async fn level(&self, grants: &Grants, conversation: ConversationId) -> Result<Option<Level>, ArchiveError> {
        Ok(grants.level(READ, &self.conversation_members(conversation).await?))
    }

    /// The own members who take part in a conversation.
    pub async fn conversation_members(&self, conversation: ConversationId) -> Result<Vec<MemberId>, ArchiveError> {
        let parties = conversations::parties(&self.deps.db, conversation).await?;
        Ok(parties.into_iter().filter_map(PartyId::as_member).collect())
    }

    async fn view(
        &self,
        record: RecordView,
        level: Level,
        names: &Names,
        with_raw: bool,
    ) -> Result<MessageView, ArchiveError> {
        let source = self.source(record.header.source).await?;
        let revoked_by =
            traces::revoked_by(&self.deps.db, revocation_target(&source.key, &record.header.msgid)).await?;
        let revokes = match &record.parsed.revokes {
            Some(msgid) => self.find_record(&source, msgid).await?,
            None => None,
        };
        let items = if record.parsed.media.is_empty() { Vec::new() } else { self.media_of(record.id).await? };
        let proof = self.proof_place(record.id).await?;
        let RecordView { id, header, conversation, sender, parties, parsed, raw } = record;
        let by_external: HashMap<&str, PartyId> = parties
            .iter()
            .filter_map(|party| names.get(party).map(|name| (name.external_id.as_str(), *party)))
            .collect();
        let recipient = |party: &Party| party_view_of(party, by_external.get(party.id.as_str()).copied(), names, level);
        let media = parsed.media.iter().zip(items).map(|(declared, item)| media_view(declared, &item, level)).collect();
        Ok(MessageView {
            record: id,
            conversation,
            source: header.source,
            seq: header.seq,
            kind: header.kind,
            action: header.action,
            sender: party_view_of(&header.sender, Some(sender), names, level),
            recipients: header.recipients.iter().map(recipient).collect(),
            sent_at: header.sent_at,
            observed_at: header.observed_at,
            level,
            body: shown_body(parsed.body, level),
            pieces: shown_pieces(parsed.pieces, level),
            media,
            revoked_by,
            revokes,
            unknown_kind: parsed.unknown_kind,
            raw: (with_raw && level == Level::Text).then(|| STANDARD.encode(raw)),
            proof,
            msgid: header.msgid,
            room: header.room,
        })
    }

    async fn proof_place(&self, record: RecordId) -> Result<ProofPlace, ArchiveError> {
        match self.deps.ledger.locate(RefKind::RECORD, record.number() as u64).await? {
            Place::At { leaf_index } => Ok(ProofPlace { state: ProofState::Logged, leaf_index: Some(leaf_index) }),
            Place::Pending | Place::Absent => Ok(ProofPlace { state: ProofState::Pending, leaf_index: None }),
        }
    }
}

fn party_number(party: PartyId) -> i64 {
    party.as_member().map(MemberId::number).or(party.as_contact().map(ContactId::number)).unwrap_or_default()
}

fn party_view_of(party: &Party, id: Option<PartyId>, names: &Names, level: Level) -> PartyView {
    let name = id.and_then(|id| names.get(&id)).map_or_else(|| party.id.clone(), |name| shown_name(name, level));
    PartyView { kind: party.kind, id: id.map_or(0, party_number), name, external_id: party.id.clone() }
}

/// A party known by its number, as it is shown at a level.
pub(crate) fn party_view(party: PartyId, names: &Names, level: Level) -> PartyView {
    let shown = names.get(&party).map(|name| (shown_name(name, level), name.external_id.clone()));
    let (name, external_id) = shown.unwrap_or_default();
    PartyView { kind: party.kind(), id: party_number(party), name, external_id }
}

fn media_view(declared: &MediaDeclared, item: &MediaItem, level: Level) -> MediaView {
    let name = match level {
        Level::Metadata => None,
        Level::Masked => declared.name.as_deref().map(mask),
        Level::Text => declared.name.clone(),
    };
    MediaView {
        media: item.id,
        ordinal: item.ordinal,
        kind: declared.kind,
        name,
        size: item.size.or(declared.size),
        state: item.state,
        reason: item.reason,
        content_type: Some(content_type(declared.kind, declared.name.as_deref(), &[]).to_owned()),
    }
}

fn shown_body(body: Value, level: Level) -> Option<Value> {
    match level {
        Level::Metadata => None,
        Level::Masked => Some(masked(body)),
        Level::Text => Some(body),
    }
}

fn shown_pieces(pieces: Vec<Piece>, level: Level) -> Option<Vec<Piece>> {
    match level {
        Level::Metadata => None,
        Level::Masked => {
            Some(pieces.into_iter().map(|piece| Piece { role: piece.role, text: mask(&piece.text) }).collect())
        }
        Level::Text => Some(pieces),
    }
}

/// Every string masked, numbers that are personal data too, and handles gone.
fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask(&text)),
        Value::Number(number) => {
            let text = number.to_string();
            if detect(&text).is_empty() { Value::Number(number) } else { Value::String(mask(&text)) }
        }
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| name != HANDLE_FIELD)
            .map(|(name, value)| (name, masked(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
