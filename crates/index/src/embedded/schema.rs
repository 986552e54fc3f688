//! The fields of a document in tantivy, and how a document becomes one.
//!
//! No field is stored: hits come from the columns `record` and `sent_at`. A change here is a change of format; opening an index with
//! other fields starts an empty one. It must never index original text, only folded.

use tantivy::TantivyDocument;
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use xinlu_text::{PIECE_SEPARATOR, fold_into};

use super::tokenizer::TOKENIZER;
use crate::IndexDoc;

pub const RECORD: &str = "record";
pub const SENT_AT: &str = "sent_at";
pub const KIND: &str = "kind";
pub const CONVERSATION: &str = "conversation";
pub const SENDER: &str = "sender";

#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub text: Field,
    pub record: Field,
    pub sent_at: Field,
    pub kind: Field,
    pub source: Field,
    pub conversation: Field,
    pub sender: Field,
    pub recipient: Field,
    pub member: Field,
    pub has_media: Field,
}

pub fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexed = NumericOptions::default().set_indexed();
    let column = NumericOptions::default().set_fast();
    let both = indexed.clone().set_fast();
    let grams = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(grams)),
        record: builder.add_u64_field(RECORD, column.clone()),
        sent_at: builder.add_i64_field(SENT_AT, column),
        kind: builder.add_u64_field(KIND, both.clone()),
        source: builder.add_u64_field("source", indexed.clone()),
        conversation: builder.add_u64_field(CONVERSATION, both.clone()),
        sender: builder.add_u64_field(SENDER, both),
        recipient: builder.add_u64_field("recipient", indexed.clone()),
        member: builder.add_u64_field("member", indexed.clone()),
        has_media: builder.add_u64_field("has_media", indexed),
    };
    (builder.build(), fields)
}

/// `buffer` is reused from document to document.
pub fn document(fields: &Fields, doc: &IndexDoc, buffer: &mut String) -> TantivyDocument {
    buffer.clear();
    for piece in &doc.pieces {
        if !buffer.is_empty() {
            buffer.push(PIECE_SEPARATOR);
        }
        fold_into(piece, buffer);
    }
    let mut out = TantivyDocument::with_capacity(buffer.len() + 64);
    out.add_text(fields.text, &buffer);
    out.add_u64(fields.record, doc.record);
    out.add_i64(fields.sent_at, doc.sent_at_micros);
    out.add_u64(fields.kind, u64::from(doc.kind));
    out.add_u64(fields.source, u64::from(doc.source));
    out.add_u64(fields.conversation, doc.conversation);
    out.add_u64(fields.sender, doc.sender);
    for recipient in doc.recipients() {
        out.add_u64(fields.recipient, recipient);
    }
    for member in &doc.members {
        out.add_u64(fields.member, *member);
    }
    if doc.has_media {
        out.add_u64(fields.has_media, 1);
    }
    out
}
