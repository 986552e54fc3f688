//! The header's canonical bytes, version 1: additional data of the record's cipher and part of what its leaf commits to.
//!
//! `version 1 ‖ action u8 ‖ kind u16 ‖ seq u64 ‖ sent_at i64 ‖ observed_at i64 (µs) ‖ source ‖ msgid ‖ sender ‖ room flag u8
//! [‖ room] ‖ u16 count ‖ recipients`, numbers big-endian, texts with a u16 length, a party as `kind u8 ‖ id`. For ever.
//! One header has exactly one form; anything else is refused. Pure.

use xinlu_model::{Action, Header, MessageKind, Party, PartyKind, SourceId, Time};

use crate::error::FormatError;
use crate::wire::{Reader, push_text16};

const VERSION: u8 = 1;

/// The bytes of a header. `source_key` is the source's lasting name (`wecom:CORPID`); its number stays local.
pub fn encode_header(source_key: &str, header: &Header) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::with_capacity(160 + header.recipients.len() * 24);
    out.push(VERSION);
    out.push(header.action.number());
    out.extend_from_slice(&header.kind.number().to_be_bytes());
    out.extend_from_slice(&header.seq.to_be_bytes());
    out.extend_from_slice(&header.sent_at.micros().to_be_bytes());
    out.extend_from_slice(&header.observed_at.micros().to_be_bytes());
    push_text16(&mut out, source_key)?;
    push_text16(&mut out, &header.msgid)?;
    push_party(&mut out, &header.sender)?;
    out.push(u8::from(header.room.is_some()));
    if let Some(room) = &header.room {
        push_text16(&mut out, room)?;
    }
    let count = u16::try_from(header.recipients.len()).map_err(|_| FormatError("more than 65 535 recipients"))?;
    out.extend_from_slice(&count.to_be_bytes());
    header.recipients.iter().try_for_each(|party| push_party(&mut out, party))?;
    Ok(out)
}

/// A header read back: the source's lasting name, and the header with `source` as its number here.
pub fn decode_header(bytes: &[u8], source: SourceId) -> Result<(String, Header), FormatError> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != VERSION {
        return Err(FormatError("header version is not known"));
    }
    let action = Action::from_number(reader.u8()?).ok_or(FormatError("header has an unknown action"))?;
    let number = reader.u16()?;
    let kind = MessageKind::from_number(number);
    if kind.number() != number {
        return Err(FormatError("header has an unknown kind"));
    }
    let seq = reader.u64()?;
    let sent_at = Time::from_micros(reader.i64()?);
    let observed_at = Time::from_micros(reader.i64()?);
    let source_key = reader.text16()?;
    let msgid = reader.text16()?;
    let sender = party(&mut reader)?;
    let room = match reader.u8()? {
        0 => None,
        1 => Some(reader.text16()?),
        _ => return Err(FormatError("header has a wrong room flag")),
    };
    let count = reader.u16()?;
    let recipients = (0..count).map(|_| party(&mut reader)).collect::<Result<_, _>>()?;
    reader.end()?;
    let header = Header { source, seq, msgid, kind, action, sender, recipients, room, sent_at, observed_at };
    Ok((source_key, header))
}

fn push_party(out: &mut Vec<u8>, party: &Party) -> Result<(), FormatError> {
    out.push(party.kind.number());
    push_text16(out, &party.id)
}

fn party(reader: &mut Reader<'_>) -> Result<Party, FormatError> {
    let kind = PartyKind::from_number(reader.u8()?).ok_or(FormatError("header has an unknown party kind"))?;
    Ok(Party { kind, id: reader.text16()? })
}
