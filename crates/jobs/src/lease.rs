//! Which process runs a singleton. A holder that stops renewing loses it, and a later holder has a higher fence.

use xinlu_db::Db;
use xinlu_model::Time;

use crate::{JobError, store};

/// The fencing number of a lease: it rises each time the holder changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub i64);

/// Takes or renews the lease for `ttl_ms` from `now`. `None`: somebody else holds it.
pub async fn hold(db: &Db, name: &str, holder: &str, ttl_ms: i64, now: Time) -> Result<Option<Fence>, JobError> {
    let mut tx = db.begin().await?;
    let ends_at = now.plus_millis(ttl_ms);
    let row = tx.find(&store::HOLD, vec![name.into(), holder.into(), ends_at.into(), now.into()]).await?;
    tx.commit().await?;
    row.map(|mut row| Ok(Fence(row.int()?))).transpose()
}

/// Lets it go, so that another may take it at once.
pub async fn let_go(db: &Db, name: &str, holder: &str) -> Result<(), JobError> {
    let mut tx = db.begin().await?;
    tx.execute(&store::LET_GO, vec![name.into(), holder.into()]).await?;
    Ok(tx.commit().await?)
}
