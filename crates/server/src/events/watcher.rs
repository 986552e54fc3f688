//! Looks at how things stand while anybody listens, and tells the hub what moved.
//!
//! It looks at figures instead of hooking into each part: a stream needs to be a second behind at most, and nothing in the
//! path of a message may wait for whoever watches.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use xinlu_archive::{Archive, ArchiveError};
use xinlu_db::Db;
use xinlu_index::Engine;
use xinlu_ledger::{LogName, head};

use super::{Hub, Topic};

/// How often it looks; a look is some dozen short queries.
const LOOK_MS: u64 = 1_000;

/// What is looked at.
pub(crate) struct Watcher {
    pub(crate) hub: Arc<Hub>,
    pub(crate) archive: Arc<Archive>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) db: Db,
}

impl Watcher {
    /// Looks until told to stop.
    pub(crate) async fn run(self, stop: watch::Receiver<bool>) {
        let mut stop = stop;
        while !*stop.borrow() {
            if self.hub.listeners() > 0
                && let Err(error) = self.look().await
            {
                tracing::warn!(%error, "how things stand could not be read for the event stream");
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Tells what stands now; the hub leaves out what it said before.
    pub(crate) async fn look(&self) -> Result<(), ArchiveError> {
        let status = self.archive.status().await?;
        self.hub.tell(Topic::Intake, json!({"last_record": status.last_record, "days": status.days.first()}));
        self.hub.tell(Topic::Alarm, json!({"alarms": status.alarms}));
        let engine = Arc::clone(&self.engine);
        if let Ok(Ok(index)) = tokio::task::spawn_blocking(move || engine.status()).await {
            self.hub.tell(Topic::Index, json!({"documents": index.documents}));
        }
        let size = async |log| head(&self.db, log).await.ok().flatten().map(|head| head.size);
        let sizes = json!({"archive": size(LogName::Archive).await, "audit": size(LogName::Audit).await});
        self.hub.tell(Topic::Log, sizes);
        Ok(())
    }
}
