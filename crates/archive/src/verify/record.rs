//! One record against its leaf and against itself. Pure; everything it needs is handed in.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::RandomState;
use std::sync::Arc;

use xinlu_identity::PartyName;
use xinlu_keys::{Subject, sha256};
use xinlu_model::{ConversationId, Header, Parsed, Party, PartyId, RecordId, SourceId, Time};

use super::declared::Kept;

use crate::append::identity;
use crate::body::{BodyCodec, commitment, id_tag, parse};
use crate::conversation::room_of_key;
use crate::header::decode_header;
use crate::leaf::{Leaf, RecordLeaf};
use crate::store::conversations::StoredConversation;
use crate::store::records::StoredRecord;

/// What records are checked with.
pub(crate) struct Context {
    pub(crate) codec: Arc<BodyCodec>,
    pub(crate) source_keys: Arc<HashMap<SourceId, String>>,
    pub(crate) conversations: HashMap<ConversationId, Option<Arc<StoredConversation>>>,
    pub(crate) names: HashMap<PartyId, Arc<PartyName>>,
    /// Records whose identity is not the hash of their msgid because others had taken that before.
    pub(crate) stepped: HashSet<RecordId>,
    /// `None`: no keys at hand. Of a subject: `None` when its key was given and is gone.
    pub(crate) subjects: Option<HashMap<i64, Option<Arc<Subject>>>>,
    /// What other tables keep of these records.
    pub(crate) kept: Kept,
    /// Gives parties their marks.
    pub(crate) hasher: RandomState,
}

/// What a check came to.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) wrong: Vec<String>,
    /// When it was first held, as its leaf says.
    pub(crate) observed_at: Option<Time>,
    /// The source's key and the header, if it can be read.
    pub(crate) header: Option<(String, Header)>,
    /// Whether its conversation is that of its header.
    pub(crate) belongs: bool,
    /// What it says, if it could be opened.
    pub(crate) parsed: Option<Parsed>,
}

impl Findings {
    fn wrong(&mut self, what: &str) {
        self.wrong.push(what.to_owned());
    }
}

/// Everything that is wrong with a record. `leaf` is `None` when the log's file is unreadable (named elsewhere).
pub(crate) fn check_record(row: &StoredRecord, leaf: Option<&[u8]>, context: &Context) -> Findings {
    let mut findings = Findings::default();
    let leaf = leaf.and_then(|leaf| match Leaf::decode(leaf) {
        Ok(Leaf::Record(leaf)) => Some(leaf),
        Ok(_) => {
            findings.wrong("its leaf is not one of a record");
            None
        }
        Err(error) => {
            findings.wrong(&format!("its leaf: {error}"));
            None
        }
    });
    findings.observed_at = leaf.as_ref().map(|leaf| leaf.observed_at);
    if leaf.as_ref().is_some_and(|leaf| leaf.ciphertext_sha256 != sha256(&[&row.body])) {
        findings.wrong("body is not the ciphertext in the log");
    }
    let (key, header) = match decode_header(&row.header, row.source) {
        Ok(decoded) => decoded,
        Err(error) => {
            findings.wrong(&error.to_string());
            return findings;
        }
    };
    check_columns(row, &key, &header, context, &mut findings);
    check_conversation(row, &key, &header, context, &mut findings);
    if leaf.as_ref().is_some_and(|leaf| leaf.sent_at != header.sent_at || leaf.observed_at != header.observed_at) {
        findings.wrong("header has other times than its leaf");
    }
    check_opened(row, &key, &header, leaf.as_ref(), context, &mut findings);
    findings.header = Some((key, header));
    findings
}

/// What a record says of itself that no leaf stands for; nothing of it is checked.
pub(crate) fn read_record(row: &StoredRecord) -> Findings {
    let header = decode_header(&row.header, row.source).ok();
    Findings { header, ..Findings::default() }
}

fn check_columns(row: &StoredRecord, key: &str, header: &Header, context: &Context, findings: &mut Findings) {
    if context.source_keys.get(&row.source).is_none_or(|known| known != key) {
        findings.wrong("source_id is not that of its header");
    }
    if row.identity != identity(key, &header.msgid) && !context.stepped.contains(&row.id) {
        findings.wrong("identity is not that of its msgid");
    }
    if row.seq != header.seq {
        findings.wrong("seq is not that of its header");
    }
    if row.kind != i64::from(header.kind.number()) {
        findings.wrong("kind is not that of its header");
    }
    if row.sent_at != header.sent_at {
        findings.wrong("sent_at is not that of its header");
    }
    if party(row.sender, key, context).as_ref() != Some(&header.sender) {
        findings.wrong("sender is not that of its header");
    }
}

fn check_conversation(row: &StoredRecord, key: &str, header: &Header, context: &Context, findings: &mut Findings) {
    let Some(Some(conversation)) = context.conversations.get(&row.conversation) else {
        findings.wrong("conversation_id names no conversation");
        return;
    };
    let named = match (&header.room, room_of_key(&conversation.key)) {
        (Some(room), Some(known)) => room == known,
        (None, None) => same_set(&conversation.key, key, header, context),
        _ => false,
    };
    findings.belongs = named && conversation.source == row.source;
    if !findings.belongs {
        findings.wrong("conversation_id is not the conversation of its header");
    }
}

/// Whether the parties a key names are those of the header. A key that only has their hash cannot be read back.
fn same_set(conversation_key: &str, source_key: &str, header: &Header, context: &Context) -> bool {
    let Some((_, numbers)) = conversation_key.split_once(':') else {
        return conversation_key.starts_with("t#");
    };
    let named: Option<BTreeSet<Party>> =
        numbers.split(':').map(|number| party(number.parse().ok()?, source_key, context)).collect();
    let said: BTreeSet<Party> = header.recipients.iter().chain([&header.sender]).cloned().collect();
    named.is_some_and(|named| named == said)
}

/// A party by its number, as the source names it.
fn party(packed: i64, source_key: &str, context: &Context) -> Option<Party> {
    let id = PartyId::from_packed(packed)?;
    let name = context.names.get(&id).filter(|name| name.source == source_key)?;
    Some(Party { kind: name.kind, id: name.external_id.clone() })
}

fn check_opened(
    row: &StoredRecord,
    key: &str,
    header: &Header,
    leaf: Option<&RecordLeaf>,
    context: &Context,
    findings: &mut Findings,
) {
    let Some(subjects) = &context.subjects else { return };
    let subject = match subjects.get(&row.subject) {
        Some(Some(subject)) => subject,
        // Nothing erases yet: a key that was given and is not there was lost, and with it what was said.
        Some(None) => {
            findings.wrong("its subject's key is gone");
            return;
        }
        None => {
            findings.wrong("subject is not in the key file");
            return;
        }
    };
    if leaf.is_some_and(|leaf| leaf.alias != subject.alias) {
        findings.wrong("subject is not that of its leaf");
    }
    let tag = id_tag(subject, key, &header.msgid);
    if leaf.is_some_and(|leaf| leaf.id_tag != tag) {
        findings.wrong("msgid is not that of its leaf");
    }
    match context.codec.open(subject, &tag, &row.header, &row.body) {
        Ok(body) => {
            if leaf.is_some_and(|leaf| leaf.commitment != commitment(&body.blind, &row.header, &body.raw)) {
                findings.wrong("what was said is not what its leaf commits to");
            }
            match parse(&body.parsed) {
                Ok(parsed) => findings.parsed = Some(parsed),
                Err(error) => findings.wrong(&error.to_string()),
            }
        }
        Err(error) => findings.wrong(&error.to_string()),
    }
}
