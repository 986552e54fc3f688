//! From a record to what the index is told about it. Pure.

use std::collections::BTreeSet;

use xinlu_archive::RecordView;
use xinlu_index::IndexDoc;
use xinlu_model::Piece;

/// The document of a record.
pub(crate) fn document(view: &RecordView) -> IndexDoc {
    let parties: BTreeSet<u64> = view.parties.iter().map(|party| party.packed().unsigned_abs()).collect();
    let members: BTreeSet<u64> = view
        .parties
        .iter()
        .filter_map(|party| party.as_member())
        .map(|member| member.number().unsigned_abs())
        .collect();
    IndexDoc {
        record: view.id.number().unsigned_abs(),
        sent_at_micros: view.header.sent_at.micros(),
        kind: view.header.kind.number(),
        source: u32::try_from(view.header.source.number()).unwrap_or(u32::MAX),
        conversation: view.conversation.number().unsigned_abs(),
        sender: view.sender.packed().unsigned_abs(),
        members: members.into_iter().collect(),
        parties: parties.into_iter().collect(),
        has_media: !view.parsed.media.is_empty(),
        pieces: view.parsed.pieces.iter().map(|Piece { text, .. }| text.clone()).collect(),
    }
}
