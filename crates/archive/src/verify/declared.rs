//! What a record declares against what other tables keep of it: its media items and its contact's consent.
//!
//! Pure. Only a record that could be opened declares anything.

use std::collections::HashMap;

use xinlu_model::{Consent, Header, MessageKind, Parsed, Party, PartyId, PartyKind};

use super::VerifyProblem;
use super::record::{Context, Findings};
use crate::store::checks::{ConsentRow, MediaOf};
use crate::store::records::StoredRecord;
use crate::store::traces::{AGREE, DISAGREE};

/// What other tables keep of the records of a chunk, by record. `None` where the table cannot be read, which is named.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) media: Option<HashMap<i64, Vec<MediaOf>>>,
    pub(crate) consents: Option<HashMap<i64, ConsentRow>>,
}

/// Adds what is wrong.
pub(super) fn check_declared(
    row: &StoredRecord,
    findings: &Findings,
    context: &Context,
    problems: &mut Vec<VerifyProblem>,
) {
    let Some((parsed, (key, header))) = findings.parsed.as_ref().zip(findings.header.as_ref()) else { return };
    let record = row.id.number();
    if let Some(media) = &context.kept.media {
        check_media(record, parsed, media.get(&record).map(Vec::as_slice).unwrap_or_default(), problems);
    }
    if let Some(consents) = &context.kept.consents {
        let place = format!("consent of record {record}");
        let kept = consents.get(&record);
        let wrong = check_consent(row, (key, header), parsed, kept, context);
        problems.extend(wrong.into_iter().map(|what| VerifyProblem { place: place.clone(), what: what.to_owned() }));
    }
}

/// Every declared item has its row, and no other row says it is one of this record.
fn check_media(record: i64, parsed: &Parsed, kept: &[MediaOf], problems: &mut Vec<VerifyProblem>) {
    let mut wrong = |place: String, what: String| problems.push(VerifyProblem { place, what });
    for (declared, ordinal) in parsed.media.iter().zip(0_i64..) {
        let Some(item) = kept.iter().find(|item| item.ordinal == ordinal) else {
            wrong(format!("record {record}"), format!("its media item {ordinal} has no row in archive_media"));
            continue;
        };
        if item.kind != i64::from(MessageKind::number(declared.kind)) {
            wrong(format!("media {}", item.id), "kind is not the declared one".to_owned());
        }
    }
    let count = parsed.media.len() as i64;
    for item in kept.iter().filter(|item| !(0..count).contains(&item.ordinal)) {
        let what = format!("record {record} declares no item {}", item.ordinal);
        wrong(format!("media {}", item.id), what);
    }
}

fn check_consent(
    row: &StoredRecord,
    (key, header): (&str, &Header),
    parsed: &Parsed,
    kept: Option<&ConsentRow>,
    context: &Context,
) -> Vec<&'static str> {
    let (kept, said) = match (kept, &parsed.consent) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec!["the record tells of none"],
        (None, Some(_)) => return vec!["the record tells of it and it has no row in archive_consents"],
        (Some(kept), Some(said)) => (kept, said),
    };
    let contact = PartyId::from_packed(kept.contact).and_then(|id| context.names.get(&id));
    let contact = contact.filter(|name| name.source == key);
    let contact = contact.map(|name| Party { kind: name.kind, id: name.external_id.clone() });
    let checks = [
        (
            contact != Some(Party { kind: PartyKind::Contact, id: said.contact.clone() }),
            "contact is not that of the record",
        ),
        (kept.consent != number(said.consent), "consent is not what the record says"),
        (kept.changed_at != said.changed_at, "changed_at is not that of the record"),
        (kept.conversation != row.conversation, "conversation_id is not that of the record"),
        (kept.source != header.source, "source_id is not that of the record"),
    ];
    checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, what)| what).collect()
}

fn number(consent: Consent) -> i64 {
    match consent {
        Consent::Agree => AGREE,
        Consent::Disagree => DISAGREE,
    }
}
