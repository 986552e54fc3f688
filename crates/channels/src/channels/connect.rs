//! Connecting a corp through the API: stored, started, changed, forgotten, without a restart.
//!
//! The database says which corps are connected; each process looks there by itself and so hears of what another did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Channels, Connected};
use crate::checks::{CHECK_MS, Check, Subject, connection, doctor, local};
use crate::corp::Corp;
use crate::stop::stopped;
use crate::stored::{Connection, Wish};
use crate::{ChannelError, store};

/// How often a process looks whether another connected or removed a corp.
const LOOK_MS: u64 = 10_000;

impl Channels {
    /// Checks a connection together with what is stored of the corp; stores nothing.
    pub(crate) async fn check(&self, wish: Wish) -> Result<Vec<Check>, ChannelError> {
        let _one = self.checking.try_lock().map_err(|_| ChannelError::CheckUnderWay)?;
        let stored = store::find(&self.deps.db, &wish.corp_id).await?.map(|(_, sealed)| sealed);
        let stored = self.opened(&wish.corp_id, stored).await;
        let config = wish.onto(stored)?.config(&self.template);
        let (worker, clock) = (&self.deps.worker, &self.deps.clock);
        let subject =
            Subject { config: &config, worker, clock, after: 0, keys_seen: BTreeSet::new(), check_ms: CHECK_MS };
        Ok(connection(&subject).await)
    }

    /// Examines a corp.
    pub(crate) async fn examine(&self, corp_id: &str) -> Result<Vec<Check>, ChannelError> {
        let corp = self.corp(corp_id)?;
        let _one = self.checking.try_lock().map_err(|_| ChannelError::CheckUnderWay)?;
        Ok(doctor(&corp, &self.deps.archive, &self.deps.worker, &self.deps.clock).await)
    }

    /// Stores a connection and starts it, in the place of the one before; the versions of its keys are the answer.
    pub(crate) async fn connect(&self, wish: Wish) -> Result<Vec<u32>, ChannelError> {
        self.refuse_configured(&wish.corp_id)?;
        let mut tx = self.deps.db.begin().await?;
        let revision = store::next_revision(&mut tx).await?;
        let corp_id = wish.corp_id.clone();
        let stored = store::find_in(&mut tx, &corp_id).await?;
        let connection = wish.onto(self.opened(&corp_id, stored).await)?;
        local::all(&connection.config(&self.template))?;
        let sealed = connection.seal(&self.deps.keys);
        let sealed = sealed.map_err(|error| ChannelError::Internal(error.to_string()))?;
        store::put(&mut tx, &corp_id, revision, sealed, self.deps.clock.now()).await?;
        tx.commit().await?;
        self.refresh().await?;
        tracing::info!(corp = corp_id, "a corp was connected");
        Ok(connection.key_versions())
    }

    /// Stops a corp and forgets its connection; its records stay.
    pub(crate) async fn disconnect(&self, corp_id: &str) -> Result<(), ChannelError> {
        self.refuse_configured(corp_id)?;
        let mut tx = self.deps.db.begin().await?;
        if !store::remove(&mut tx, corp_id).await? {
            return Err(ChannelError::CorpNotFound(corp_id.to_owned()));
        }
        tx.commit().await?;
        self.refresh().await?;
        tracing::info!(corp = corp_id, "a corp was disconnected");
        Ok(())
    }

    fn refuse_configured(&self, corp_id: &str) -> Result<(), ChannelError> {
        if self.is_configured(corp_id) {
            return Err(ChannelError::ConfiguredInFile(corp_id.to_owned()));
        }
        Ok(())
    }

    /// Brings the connected corps to what the database says.
    pub(super) async fn refresh(&self) -> Result<(), ChannelError> {
        let _one = self.refreshing.lock().await;
        let stored: BTreeMap<String, i64> = store::revisions(&self.deps.db).await?.into_iter().collect();
        let known: BTreeMap<String, i64> =
            self.connected.read().iter().map(|(corp_id, one)| (corp_id.clone(), one.revision)).collect();
        if stored == known {
            return Ok(());
        }
        for corp_id in stored.iter().filter(|(corp_id, revision)| known.get(*corp_id) != Some(*revision)) {
            let (corp_id, _) = corp_id;
            // It may have gone since the revisions were read; the next look then removes it.
            let Some((revision, sealed)) = store::find(&self.deps.db, corp_id).await? else { continue };
            let corp = self.open_connected(corp_id, &sealed).await;
            self.connected.write().insert(corp_id.clone(), Connected { revision, corp });
        }
        self.connected.write().retain(|corp_id, _| stored.contains_key(corp_id));
        self.changed.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// One that cannot be opened must not keep the others from running.
    async fn open_connected(&self, corp_id: &str, sealed: &[u8]) -> Option<Arc<Corp>> {
        if self.is_configured(corp_id) {
            tracing::warn!(corp = corp_id, "a connected corp now stands in the configuration file, which wins");
            return None;
        }
        let connection = self.opened(corp_id, Some(sealed.to_vec())).await?;
        match Corp::open(&self.deps, connection.config(&self.template)).await {
            Ok(corp) => Some(corp),
            Err(error) => {
                tracing::error!(corp = corp_id, %error, "a connected corp cannot be opened");
                None
            }
        }
    }

    /// What is stored, unless the key ring cannot open it, which leaves nothing but to give it all again.
    async fn opened(&self, corp_id: &str, sealed: Option<Vec<u8>>) -> Option<Connection> {
        match Connection::open(&self.deps.keys, corp_id, &sealed?).await {
            Ok(connection) => Some(connection),
            Err(error) => {
                tracing::error!(corp = corp_id, %error, "the stored connection of a corp cannot be opened");
                None
            }
        }
    }

    /// Until told to stop.
    pub(super) async fn look_for_changes(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
                () = stopped(&mut stop) => return,
            }
            if let Err(error) = self.refresh().await {
                tracing::error!(%error, "the connected corps cannot be read");
            }
        }
    }
}

#[cfg(test)]
mod tests;
