//! The journal: what happened, in the order of commits, for whoever follows.
//!
//! Appending is part of the transaction in which it happened; reading is outside any.

use xinlu_db::{Db, Tx, next_ids};
use xinlu_model::{Event, Position, Time};

use crate::{JobError, store};

/// The wake-up topic that rings after a commit with events.
pub const JOURNAL_TOPIC: &str = "jobs_journal";

/// Adds an event in the caller's transaction. Take locks of other tables first: the journal's counter is held from
/// here until the commit.
pub async fn append(tx: &mut Tx, at: Time, event: &Event) -> Result<Position, JobError> {
    let position = next_ids(tx, JOURNAL_TOPIC, 1).await?;
    let text = serde_json::to_string(event).map_err(|error| JobError::Event { position, cause: error.to_string() })?;
    tx.execute(&store::APPEND, vec![position.into(), at.into(), text.into()]).await?;
    tx.wake(JOURNAL_TOPIC);
    Ok(position)
}

/// Up to `limit` events after a position, in order.
pub async fn read(db: &Db, after: Position, limit: u32) -> Result<Vec<(Position, Event)>, JobError> {
    let rows = db.query(&store::READ, vec![after.into(), limit.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let position = row.int()?;
            let event = serde_json::from_str(&row.text()?)
                .map_err(|error| JobError::Event { position, cause: error.to_string() })?;
            Ok((position, event))
        })
        .collect()
}

/// The last position, 0 when nothing ever happened.
pub async fn end(db: &Db) -> Result<Position, JobError> {
    match db.find(&store::END, vec![]).await? {
        Some(mut row) => Ok(row.int()?),
        None => Ok(0),
    }
}
