//! A plain source, read to its end and again after more came.

use std::sync::Arc;

use async_trait::async_trait;
use xinlu_model::{Clock, RecordId};

use super::{DirectMessage, DirectSource, DirectTotals, run_direct};
use crate::ChannelError;
use crate::testing::{World, text};

/// Three messages a batch; the fifth is broken.
struct Feed(u64);

#[async_trait]
impl DirectSource for Feed {
    async fn next(&mut self, after: u64) -> Result<Vec<DirectMessage>, ChannelError> {
        let seqs = (after + 1)..=(after + 3).min(self.0);
        let raw = |seq| if seq == 5 { "{".to_owned() } else { text(&format!("m{seq}"), "文") };
        Ok(seqs.map(|seq| DirectMessage { seq, msgid: None, raw: raw(seq).into() }).collect())
    }
}

#[tokio::test]
async fn a_plain_source_is_read_to_its_end_and_on() {
    let world = World::new().await;
    let clock: Arc<dyn Clock> = world.clock.clone();
    let source = world.archive.ensure_source("plain", "plain").await.expect("made");
    let run = async |count| {
        let mut feed = Feed(count);
        run_direct(&world.archive, source, &mut feed, &clock).await.expect("nothing of ours fails")
    };
    assert_eq!(run(10).await, DirectTotals { appended: 9, duplicates: 0, broken: 1 });
    assert_eq!(run(10).await, DirectTotals::default());
    assert_eq!(run(12).await, DirectTotals { appended: 2, duplicates: 0, broken: 0 });
    assert_eq!(world.archive.cursor(source).await.expect("read"), 12);
    assert_eq!(world.archive.last_record().await.expect("read"), RecordId::new(11));
}
