//! Waiting to be told to stop.

use tokio::sync::watch;

/// Returns once `stop` says so, or once nobody can say so any more.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the program that this ran for.
    let _ = stop.wait_for(|stop| *stop).await;
}
