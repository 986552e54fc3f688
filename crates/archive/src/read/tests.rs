//! Pages of records are bounded in bytes; nothing is left out or shown twice for it.

use xinlu_http::Level;
use xinlu_keys::{NONCE_BYTES, seal};
use xinlu_model::{Inbound, PageLimit, RecordId};

use super::{INLINE_BYTES_MAX, PAGE_BYTES_MAX};
use crate::fixture::{World, grants, open, worlds};
use crate::{RAW_BYTES_MAX, Window};

/// Raw bytes of a large message: three of them and what is parsed of them are more than a page.
const LARGE_BYTES: usize = RAW_BYTES_MAX - 1024;

/// A message whose bytes compress well: small where it is stored, large when opened.
fn large(world: &World, seq: u64) -> Inbound {
    let mut message = world.message(seq, "zhang", &["wmA"], &format!("large {seq}"));
    message.raw = vec![b' '; LARGE_BYTES];
    message
}

/// A message whose bytes do not compress.
fn dense(world: &World, seq: u64) -> Inbound {
    let mut message = world.message(seq, "zhang", &["wmA"], &format!("dense {seq}"));
    message.raw = seal(&[seq as u8; 32], &[0; NONCE_BYTES], &[], &vec![0; LARGE_BYTES]);
    message
}

async fn fill(world: &World) {
    let small = |seq| world.message(seq, "zhang", &["wmA"], "small");
    let large = |seq| large(world, seq);
    let dense = |seq| dense(world, seq);
    world.settle(vec![small(1), large(2), large(3), large(4), small(5), dense(6), dense(7), small(8)]).await;
}

#[tokio::test]
async fn a_page_of_records_ends_where_its_bytes_do() {
    for (test, world) in worlds().await {
        fill(&world).await;
        // As after a crash, so that nothing is in memory.
        let reopened = open(&test, 2).await;
        let mut seen = Vec::new();
        let mut pages = 0;
        let mut next = Some(RecordId::new(1));
        while let Some(first) = next {
            let page = reopened.archive.records_page(first, (8 - seen.len()) as u32).await.unwrap();
            let bytes: usize = page.records.iter().map(|record| record.raw.len()).sum();
            assert!(bytes as u64 <= PAGE_BYTES_MAX, "{bytes} bytes");
            seen.extend(page.records.iter().map(|record| record.header.seq));
            pages += 1;
            next = page.next;
        }
        assert_eq!(seen, (1..=8).collect::<Vec<u64>>());
        assert!(pages >= 3, "{pages} pages");
        let all = reopened.archive.records(RecordId::new(3), 4).await.unwrap();
        assert_eq!(all.iter().map(|record| record.header.seq).collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert!(reopened.archive.records_page(RecordId::new(9), 10).await.unwrap().next.is_none());
    }
}

#[tokio::test]
async fn named_records_come_as_far_as_they_fit() {
    for (test, world) in worlds().await {
        fill(&world).await;
        let reopened = open(&test, 2).await;
        let wanted: Vec<RecordId> = [4, 99, 2, 3, 7, 1].map(RecordId::new).to_vec();
        let (mut seen, mut done) = (Vec::new(), 0);
        while done < wanted.len() {
            let views = reopened.archive.message_views(&wanted[done..], &grants(Level::Text), false).await.unwrap();
            assert!(views.done > 0 && views.items.len() <= 3);
            seen.extend(views.items.iter().map(|item| item.seq));
            done += views.done;
        }
        assert_eq!(seen, [4, 2, 3, 7, 1]);
    }
}

#[tokio::test]
async fn a_conversation_of_large_messages_is_read_page_by_page() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let all = grants(Level::Text);
        let talk = world.archive.records(RecordId::new(1), 1).await.unwrap()[0].conversation;
        let page = |window: Window| {
            let (world, all) = (&world, &all);
            async move { world.archive.messages(all, talk, &window, PageLimit::default(), false).await.unwrap() }
        };
        let seqs = |page: &crate::MessagePage| page.items.iter().map(|item| item.seq).collect::<Vec<_>>();
        let newest = page(Window::Newest).await;
        assert!(newest.next.is_none());
        assert_eq!(seqs(&newest), [5, 6, 7, 8], "those nearest to the end, of large ones two");
        let mut back = seqs(&newest);
        let mut key = newest.previous;
        while let Some(previous) = key {
            let earlier = page(Window::Before(previous)).await;
            back.splice(0..0, seqs(&earlier));
            key = earlier.previous;
        }
        assert_eq!(back, (1..=8).collect::<Vec<u64>>());
        let mut forth = Vec::new();
        let mut key = Some("0".to_owned());
        while let Some(next) = key {
            let later = page(Window::After(next)).await;
            forth.extend(seqs(&later));
            key = later.next;
        }
        assert_eq!(forth, back);
        let around = page(Window::Around(RecordId::new(4))).await;
        assert_eq!(seqs(&around), [3, 4, 5, 6, 7, 8]);
        assert!(around.previous.is_some() && around.next.is_none());
    }
}

#[tokio::test]
async fn one_page_is_the_same_opened_in_place_or_on_the_pool() {
    for (test, world) in worlds().await {
        let count = 200;
        let text = |seq: u64| format!("{seq} {}", "中文 text".repeat(seq as usize % 9));
        world.settle((1..=count).map(|seq| world.message(seq, "zhang", &["wmA"], &text(seq))).collect()).await;
        let reopened = open(&test, 2).await;
        let together = reopened.archive.records(RecordId::new(1), count as u32).await.unwrap();
        let stored: usize = together.iter().map(|record| record.raw.len()).sum();
        assert!(stored > INLINE_BYTES_MAX, "{stored} bytes go to the pool");
        for record in &together {
            let alone = reopened.archive.records(record.id, 1).await.unwrap();
            assert_eq!((&alone[0].raw, &alone[0].parsed), (&record.raw, &record.parsed));
        }
    }
}
