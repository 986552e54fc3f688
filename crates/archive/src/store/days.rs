//! Counts per day of what is not in `archive_days`: what waits and what never came.
//!
//! The numbers in the statements are those of `status`: 28 800 000 000 µs are the eight hours of China Standard Time,
//! 86 400 000 000 µs a day. It opens no message.

use xinlu_db::{Db, Row, Statement, sql};
use xinlu_model::{SourceId, Time};

use crate::ArchiveError;

sql!(PARKED = "SELECT source_id, (observed_at + 28800000000) / 86400000000 AS day, COUNT(*) AS items FROM archive_parked
    WHERE observed_at >= $1 GROUP BY source_id, (observed_at + 28800000000) / 86400000000 ORDER BY source_id, day"
    => source_id: Int, day: Int, items: Int);
sql!(OPEN = "SELECT source_id, (observed_at + 28800000000) / 86400000000 AS day,
    CAST(SUM(envelope_count) AS BIGINT) AS items FROM archive_intake
    WHERE observed_at >= $1 GROUP BY source_id, (observed_at + 28800000000) / 86400000000 ORDER BY source_id, day"
    => source_id: Int, day: Int, items: Int);
sql!(MISSING = "SELECT source_id, (found_at + 28800000000) / 86400000000 AS day,
    CAST(SUM(last_seq - first_seq + 1) AS BIGINT) AS items FROM archive_gaps
    WHERE found_at >= $1 GROUP BY source_id, (found_at + 28800000000) / 86400000000 ORDER BY source_id, day"
    => source_id: Int, day: Int, items: Int);

/// A source, a day since 1970-01-01 and a count.
type Count = (SourceId, i64, u64);

async fn counts(db: &Db, statement: &'static Statement, since: Time) -> Result<Vec<Count>, ArchiveError> {
    let rows = db.query(statement, vec![since.into()]).await?;
    rows.into_iter().map(|mut row: Row| Ok((row.id()?, row.int()?, row.int()? as u64))).collect()
}

/// What waits, by the day it came.
pub(crate) async fn parked(db: &Db, since: Time) -> Result<Vec<Count>, ArchiveError> {
    counts(db, &PARKED, since).await
}

/// Envelopes that are not settled yet, by the day they came.
pub(crate) async fn open(db: &Db, since: Time) -> Result<Vec<Count>, ArchiveError> {
    counts(db, &OPEN, since).await
}

/// Sequence numbers that never came, by the day they were missed.
pub(crate) async fn missing(db: &Db, since: Time) -> Result<Vec<Count>, ArchiveError> {
    counts(db, &MISSING, since).await
}
