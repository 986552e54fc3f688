//! Who takes part in which conversations, in pages. Reads rows that appending keeps; changes none.

use xinlu_db::{Db, Row, sql};
use xinlu_model::{MemberId, PartyId};

use crate::ArchiveError;

sql!(ALL = "SELECT conversation_id, party FROM archive_parties WHERE (conversation_id, party) > ($1, $2)
    ORDER BY conversation_id, party LIMIT $3" => conversation_id: Int, party: Int);
sql!(OF_MEMBER = "SELECT o.conversation_id AS conversation_id, o.party AS party
    FROM archive_parties m JOIN archive_parties o ON o.conversation_id = m.conversation_id
    WHERE m.party = $4 AND m.conversation_id >= $1 AND (o.conversation_id, o.party) > ($1, $2)
    ORDER BY o.conversation_id, o.party LIMIT $3" => conversation_id: Int, party: Int);
sql!(COUNT = "SELECT COUNT(*) AS conversations FROM archive_conversations" => conversations: Int);

/// A conversation and somebody in it, packed, as they are stored.
pub(crate) type Part = (i64, i64);

fn part(mut row: Row) -> Result<Part, ArchiveError> {
    Ok((row.int()?, row.int()?))
}

/// The first `limit` parts after a place: of all conversations, or of those of one member.
pub(crate) async fn parts(
    db: &Db,
    member: Option<MemberId>,
    after: Part,
    limit: u32,
) -> Result<Vec<Part>, ArchiveError> {
    let mut values = vec![after.0.into(), after.1.into(), limit.into()];
    let rows = match member {
        None => db.query(&ALL, values).await?,
        Some(member) => {
            values.push(PartyId::member(member).packed().into());
            db.query(&OF_MEMBER, values).await?
        }
    };
    rows.into_iter().map(part).collect()
}

/// How many conversations there are.
pub(crate) async fn count(db: &Db) -> Result<u64, ArchiveError> {
    Ok(db.find(&COUNT, Vec::new()).await?.map_or(Ok(0), |mut row| row.int())? as u64)
}
