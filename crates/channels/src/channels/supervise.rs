//! Runs exactly the corps that there are: starts new ones, ends those that went or changed.
//!
//! Of one corp never two run: a changed one starts when the one before it has ended.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Channels;
use crate::corp::Corp;
use crate::stop::stopped;

/// A corp that runs.
struct Running {
    corp: Arc<Corp>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    fn start(corp: Arc<Corp>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { task: tokio::spawn(Arc::clone(&corp).run(stopped)), corp, stop }
    }
}

/// Ends these; what is under way in them is finished, or is resumed at the next start.
async fn end(ending: Vec<Running>) {
    for one in &ending {
        let _ = one.stop.send(true);
    }
    for one in ending {
        if let Err(error) = one.task.await {
            tracing::error!(corp = one.corp.config.corp_id, %error, "a corp ended unexpectedly");
        }
    }
}

/// Until told to stop.
pub(super) async fn keep_running(channels: Arc<Channels>, mut stop: watch::Receiver<bool>) {
    let mut changes = channels.changed.subscribe();
    let mut running: Vec<Running> = Vec::new();
    while !*stop.borrow() {
        let wanted = channels.corps();
        let is_wanted = |one: &Running| wanted.iter().any(|corp| Arc::ptr_eq(corp, &one.corp));
        let (kept, gone): (Vec<_>, Vec<_>) = running.into_iter().partition(is_wanted);
        end(gone).await;
        running = kept;
        for corp in wanted {
            if !running.iter().any(|one| Arc::ptr_eq(&corp, &one.corp)) {
                running.push(Running::start(corp));
            }
        }
        tokio::select! {
            // The sender lives as long as `channels`.
            _ = changes.changed() => {}
            () = stopped(&mut stop) => break,
        }
    }
    end(running).await;
}
