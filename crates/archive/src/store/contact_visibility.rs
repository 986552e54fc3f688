//! Which members take part in a contact's conversations. Reads rows that appending keeps; changes none.

use xinlu_db::{Db, Value, sql};
use xinlu_model::{MemberId, PartyId};

use crate::ArchiveError;

// `% 4 = 1` is a member (`PartyId`); one page in the order of contacts and members, after a place.
sql!(MEMBERS_OF_16 = "SELECT DISTINCT c.party AS contact, m.party AS member
    FROM archive_parties c JOIN archive_parties m ON m.conversation_id = c.conversation_id
    WHERE c.party IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    AND m.party % 4 = 1 AND (c.party, m.party) > ($17, $18)
    ORDER BY c.party, m.party LIMIT $19" => contact: Int, member: Int);

/// Parties of one statement; a portable stand-in for a list parameter.
pub(crate) const PARTIES_AT_ONCE: usize = 16;

/// The first `limit` pairs after `(party, packed member)` of a contact or bot among `parties` (at most 16) and a member who
/// takes part in a conversation with them.
pub(crate) async fn members_of(
    db: &Db,
    parties: &[PartyId],
    after: (i64, i64),
    limit: u32,
) -> Result<Vec<(PartyId, MemberId)>, ArchiveError> {
    let Some(last) = parties.last() else { return Ok(Vec::new()) };
    // The last one repeated fills the list up.
    let filled = parties.iter().chain(std::iter::repeat(last)).take(PARTIES_AT_ONCE);
    let mut values: Vec<Value> = filled.map(|party| party.packed().into()).collect();
    values.extend([after.0.into(), after.1.into(), limit.into()]);
    let rows = db.query(&MEMBERS_OF_16, values).await?;
    rows.into_iter()
        .map(|mut row| {
            let (contact, member) = (row.int()?, row.int()?);
            let pair = PartyId::from_packed(contact).zip(PartyId::from_packed(member).and_then(PartyId::as_member));
            pair.ok_or_else(|| ArchiveError::Damaged {
                place: "archive_parties".to_owned(),
                what: format!("{contact} with {member} are no parties"),
            })
        })
        .collect()
}
