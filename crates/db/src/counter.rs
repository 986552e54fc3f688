//! Ids given out in the caller's transaction.
//!
//! The counter's row stays locked until the commit, so ids are gapless and in the order of commits: readers that
//! follow a counter (journal, records) never see a later number before an earlier one.

use crate::{DbError, Tx};

crate::sql!(TAKE = "INSERT INTO db_counters (name, taken) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET taken = db_counters.taken + excluded.taken RETURNING taken" => taken: Int);

/// Takes `count` consecutive numbers from the counter `name` and returns the first; the very first number is 1.
pub async fn next_ids(tx: &mut Tx, name: &'static str, count: i64) -> Result<i64, DbError> {
    let mut row = tx.query_one(&TAKE, vec![name.into(), count.into()]).await?;
    Ok(row.int()? - count + 1)
}
