//! Parked messages get another try: those that waited for a key when the keys change, all when a person asks.
//!
//! It never gives up a message: what fails again stays parked with one attempt more.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use xinlu_archive::{Envelope, ParkReason, ParkedItem};
use xinlu_model::ParkedId;

use super::Intake;
use crate::ChannelError;
use crate::wecom_archive::decrypt::{Batch, open_keys, open_messages};

/// Parked messages tried at once.
const TRIED_AT_ONCE: u32 = 200;

impl Intake {
    /// Looks whether anything parked may work now, and tries it.
    pub(super) async fn retry_what_may_work(&self) -> Result<(), ChannelError> {
        let all = self.retry_all.swap(false, Ordering::SeqCst);
        let generation = self.keys.generation();
        let keys_changed = self.generation_retried.load(Ordering::SeqCst) != generation;
        if !all && !keys_changed {
            return Ok(());
        }
        // What conflicts was decrypted before; trying again cannot change it.
        let reasons = ParkReason::all().into_iter().filter(|reason| match reason {
            ParkReason::KeyMissing | ParkReason::KeyWrong => true,
            ParkReason::MsgidConflict => false,
            _ => all,
        });
        for reason in reasons {
            if let Err(error) = self.retry(reason).await {
                self.retry_all.fetch_or(all, Ordering::SeqCst);
                return Err(error);
            }
        }
        self.generation_retried.store(generation, Ordering::SeqCst);
        Ok(())
    }

    async fn retry(&self, reason: ParkReason) -> Result<(), ChannelError> {
        let mut after = ParkedId::new(0);
        loop {
            let items = self.archive.parked(Some(self.source), Some(reason), after, TRIED_AT_ONCE).await?;
            let Some(last) = items.last() else { return Ok(()) };
            after = last.id;
            self.retry_items(items).await?;
        }
    }

    async fn retry_items(&self, items: Vec<ParkedItem>) -> Result<(), ChannelError> {
        let held = self.keys.versions();
        let mut ids = Vec::new();
        let mut envelopes: Vec<Envelope> = Vec::new();
        let mut observed_at = Vec::new();
        for item in items {
            let envelope = item.envelope.filter(|envelope| held.contains(&envelope.key_version));
            if let Some(envelope) = envelope {
                ids.push(item.id);
                envelopes.push(envelope);
                observed_at.push(item.observed_at);
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let batch = Batch { envelopes: Arc::new(envelopes), observed_at: Arc::new(observed_at) };
        let keys = open_keys(&self.keys, &batch.envelopes, self.threads).await?;
        let mut sdk = self.decryptor.lock().await;
        let settled = open_messages(&mut sdk, self.source, &batch, keys).await?;
        drop(sdk);
        tracing::info!(source = %self.source, count = ids.len(), "parked messages are tried again");
        self.archive.settle_parked(ids.into_iter().zip(settled).collect()).await?;
        Ok(())
    }
}
