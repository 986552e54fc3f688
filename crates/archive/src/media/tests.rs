//! Downloads through the face: whole, resumed after a crash at each step, and each kind of broken file by name.

use md5::{Digest as _, Md5};
use xinlu_db::{Db, DbConfig, Migration};
use xinlu_model::{Event, MediaId, RecordId};
use xinlu_testkit::TestDb;

use crate::fixture::{World, open, with_media, worlds};
use crate::{MediaFailure, MediaReason, MediaState, MediaTask};

const LEASE_MS: i64 = 60_000;
const PIECE: usize = 100_000;

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|place| (place * 7 % 253) as u8).collect()
}

fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

async fn declare(world: &World, seq: u64, md5: Option<&str>, size: Option<u64>) {
    let message = world.message(seq, "zhang", &["wmA"], "see the file");
    world.settle(vec![with_media(message, md5, size)]).await;
}

async fn claim(world: &World) -> MediaTask {
    world.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap().remove(0)
}

/// Writes from where the task resumes to before `end`, then finishes if `end` is the file's.
async fn fetch(world: &World, task: &MediaTask, file: &[u8], end: usize) -> Result<(), MediaFailure> {
    let mut writer = world.archive.media_writer(task);
    let mut at = task.resume.as_ref().map_or(0, |resume| resume.received as usize);
    if let Some(resume) = &task.resume {
        assert_eq!(resume.index, format!("Range:{at}"));
    }
    while at < end {
        let next = (at + PIECE).min(file.len());
        writer.write(file[at..next].to_vec(), &format!("Range:{next}")).await?;
        at = next;
    }
    if end == file.len() { writer.finish().await } else { Ok(()) }
}

async fn read_all(world: &World, media: MediaId, file: &[u8]) {
    let reader = world.archive.open_media(media).await.unwrap();
    assert_eq!(reader.size, file.len() as u64);
    assert_eq!(reader.name.as_deref(), Some("资料.docx"));
    let length = file.len();
    let ranges = [(0, length), (0, 1), (65_535, 2), (65_536, 65_536), (length.saturating_sub(3), 10), (length, 5)];
    for (start, count) in ranges {
        let found = world.archive.read_media(&reader, start as u64, count as u64).await.unwrap();
        let expected = &file[start.min(length)..(start + count).min(length)];
        assert!(found == expected, "range {start}+{count}");
    }
}

#[tokio::test]
async fn a_file_is_fetched_checked_logged_and_read_in_ranges() {
    let sizes = [1, PIECE, 65_536, 131_072, 450_000];
    for (_test, world) in worlds().await {
        for (size, number) in sizes.into_iter().zip(1..) {
            let file = bytes(size);
            declare(&world, number, Some(&md5(&file)), Some(size as u64)).await;
            let task = claim(&world).await;
            let record = RecordId::new(number as i64);
            assert_eq!((task.handle.as_str(), task.record, task.resume.clone()), ("sdkfileid", record, None));
            assert!(world.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap().is_empty(), "it is claimed");
            fetch(&world, &task, &file, size).await.unwrap();
            read_all(&world, task.media, &file).await;
            let events = xinlu_jobs::journal::read(&world.db, 2 * number as i64 - 1, 10).await.unwrap();
            assert_eq!(events[0].1, Event::MediaStored { record: task.record, media: task.media });
        }
        world.sequence().await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!((report.media, report.objects, report.notes.len()), (5, 5, 0));
        assert!(world.blobs.partial_list().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_crash_at_any_piece_loses_nothing_and_doubles_nothing() {
    let file = bytes(350_000);
    for crash_after in [100_000, 200_000, 300_000] {
        for (test, world) in worlds().await {
            declare(&world, 1, Some(&md5(&file)), Some(file.len() as u64)).await;
            fetch(&world, &claim(&world).await, &file, crash_after).await.unwrap();
            let reopened = open(&test, 2).await;
            assert!(reopened.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap().is_empty());
            assert_eq!(reopened.archive.release_media(world.source).await.unwrap(), 1);
            assert_eq!(reopened.archive.clear_partials().await.unwrap(), 0);
            let task = claim(&reopened).await;
            let received = task.resume.as_ref().map_or(0, |resume| resume.received as usize);
            assert_eq!(received, crash_after - PIECE, "all but the piece that was held back");
            fetch(&reopened, &task, &file, file.len()).await.unwrap();
            read_all(&reopened, task.media, &file).await;
            reopened.sequence().await;
            let report = reopened.verify().await;
            assert!(report.is_intact(), "{:?}", report.problems);
            assert_eq!((report.objects, report.leaves), (1, 2));
        }
    }
}

#[tokio::test]
async fn an_object_whose_row_was_not_written_is_found_again() {
    let file = bytes(200_000);
    for (test, world) in worlds().await {
        declare(&world, 1, Some(&md5(&file)), None).await;
        let task = claim(&world).await;
        world.clock.advance_ms(LEASE_MS + 1);
        let second = claim(&world).await;
        // The first one's claim has run out: its object is written, its row is not, as in a crash between the two.
        assert!(matches!(fetch_alone(&world, &task, &file).await, Err(MediaFailure::ClaimLost)));
        assert_eq!(world.blobs.list(0).await.unwrap().len() + count_objects(&world).await, 1);
        let reopened = open(&test, 2).await;
        fetch_alone(&reopened, &second, &file).await.unwrap();
        assert_eq!(count_objects(&reopened).await + reopened.blobs.list(0).await.unwrap().len(), 1, "the same object");
        reopened.sequence().await;
        let report = reopened.verify().await;
        assert!(report.is_intact() && report.notes.is_empty(), "{report:?}");
    }
}

/// In one piece, so that nothing is written before the end.
async fn fetch_alone(world: &World, task: &MediaTask, file: &[u8]) -> Result<(), MediaFailure> {
    let mut writer = world.archive.media_writer(task);
    writer.write(file.to_vec(), "").await?;
    writer.finish().await
}

async fn count_objects(world: &World) -> usize {
    let mut count = 0;
    for first in 1..=255 {
        count += world.blobs.list(first).await.unwrap().len();
    }
    count
}

#[tokio::test]
async fn leftovers_of_ended_downloads_are_cleared_and_others_stay() {
    let file = bytes(200_000);
    for (test, world) in worlds().await {
        declare(&world, 1, None, None).await;
        fetch(&world, &claim(&world).await, &file, file.len()).await.unwrap();
        declare(&world, 2, None, None).await;
        fetch(&world, &claim(&world).await, &file, file.len() - 1).await.unwrap();
        let partial = test.folder.path().join("blobs/partial");
        std::fs::write(partial.join("m1"), b"left by a crash after the row was written").unwrap();
        std::fs::write(partial.join("m1-new"), b"left").unwrap();
        // An object in the making of a claim that was lost since, and of one that is at work.
        std::fs::write(partial.join("m2-0-new"), b"left").unwrap();
        std::fs::write(partial.join("m2-1-new"), b"under way").unwrap();
        std::fs::write(partial.join(format!("put-{}", "a".repeat(64))), b"left").unwrap();
        assert_eq!(open(&test, 2).await.archive.clear_partials().await.unwrap(), 3);
        assert!(partial.join("m2").exists() && partial.join("m2-1-new").exists());
    }
}

/// What came, what was declared, and how it ends.
type Case<'a> = (&'a [u8], Option<&'a str>, Option<u64>, MediaReason);

#[tokio::test]
async fn broken_files_end_in_a_named_state() {
    let file = bytes(150_000);
    let (right, wrong) = (md5(&file), md5(b"other"));
    let (right, wrong, size) = (Some(right.as_str()), Some(wrong.as_str()), Some(file.len() as u64));
    let cut = file.split_at(75_000).0;
    let cases: [Case<'_>; 5] = [
        (&[], right, size, MediaReason::Empty),
        (&[], None, None, MediaReason::Empty),
        (cut, right, size, MediaReason::SizeMismatch),
        (cut, right, None, MediaReason::Md5Mismatch),
        (&file, wrong, size, MediaReason::Md5Mismatch),
    ];
    for (_test, world) in worlds().await {
        for ((came, md5, size, expected), number) in cases.into_iter().zip(1..) {
            declare(&world, number, md5, size).await;
            let task = claim(&world).await;
            let failure = fetch(&world, &task, came, came.len()).await.unwrap_err();
            assert!(matches!(failure, MediaFailure::Checked(reason) if reason == expected), "{failure}");
            // Tried again from the start, then given up.
            let retry_at = xinlu_model::Clock::now(world.clock.as_ref()).plus_millis(5_000);
            world.archive.media_failed(&task, expected, Some(retry_at)).await.unwrap();
            assert!(world.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap().is_empty(), "not yet due");
            world.clock.advance_ms(5_000);
            let again = claim(&world).await;
            assert_eq!((again.attempts, again.resume.clone()), (1, None));
            world.archive.media_failed(&again, expected, None).await.unwrap();
            let item = world.archive.media_item(task.media).await.unwrap().unwrap();
            assert_eq!((item.state, item.reason, item.attempts), (MediaState::Failed, Some(expected), 2));
            let status = world.archive.status().await.unwrap().sources.remove(0).media;
            assert_eq!((status.failed, status.reasons.get(expected.name())), (1, Some(&1)));
            // A person may ask for it once more, and the source may have lost it by then.
            assert!(world.archive.retry_media(task.media).await.unwrap());
            assert!(!world.archive.retry_media(task.media).await.unwrap());
            let task = claim(&world).await;
            world.archive.media_failed(&task, MediaReason::Expired, None).await.unwrap();
            let item = world.archive.media_item(task.media).await.unwrap().unwrap();
            assert_eq!(item.state, MediaState::Lost);
        }
        assert_eq!(world.archive.status().await.unwrap().sources.remove(0).media.lost, 5);
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn a_declared_empty_file_is_stored_and_an_upper_case_md5_is_the_same() {
    for (_test, world) in worlds().await {
        declare(&world, 1, Some(&md5(b"").to_uppercase()), Some(0)).await;
        let task = claim(&world).await;
        fetch(&world, &task, b"", 0).await.unwrap();
        read_all(&world, task.media, b"").await;
        world.sequence().await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
    }
}

#[tokio::test]
async fn a_damaged_partial_starts_over() {
    let file = bytes(300_000);
    for (test, world) in worlds().await {
        declare(&world, 1, Some(&md5(&file)), None).await;
        fetch(&world, &claim(&world).await, &file, 200_000).await.unwrap();
        let path = test.folder.path().join("blobs/partial/m1");
        let mut partial = std::fs::read(&path).unwrap();
        partial[5_000] ^= 1;
        std::fs::write(&path, partial).unwrap();
        world.archive.release_media(world.source).await.unwrap();
        let task = claim(&world).await;
        let failure = fetch(&world, &task, &file, file.len()).await.unwrap_err();
        assert!(matches!(failure, MediaFailure::Checked(MediaReason::Network)), "{failure}");
        let now = xinlu_model::Clock::now(world.clock.as_ref());
        world.archive.media_failed(&task, MediaReason::Network, Some(now)).await.unwrap();
        let task = claim(&world).await;
        assert_eq!(task.resume, None);
        fetch(&world, &task, &file, file.len()).await.unwrap();
        read_all(&world, task.media, &file).await;
    }
}

#[tokio::test]
async fn plaintext_never_touches_the_disk() {
    let file = b"a line that must not be found anywhere ".repeat(6_000);
    for (test, world) in worlds().await {
        declare(&world, 1, Some(&md5(&file)), None).await;
        fetch(&world, &claim(&world).await, &file, 200_000).await.unwrap();
        let partial = std::fs::read(test.folder.path().join("blobs/partial/m1")).unwrap();
        assert!(!partial.windows(16).any(|window| window == b"must not be foun"));
    }
}

/// Claims the one item that is due, lets its lease run out and claims it again.
async fn two_claims(world: &World) -> (MediaTask, MediaTask) {
    let first = claim(world).await;
    world.clock.advance_ms(LEASE_MS + 1);
    (first, claim(world).await)
}

#[tokio::test]
async fn who_lost_the_claim_can_neither_end_nor_reset_the_item() {
    let file = bytes(350_000);
    for (_test, world) in worlds().await {
        declare(&world, 1, Some(&md5(&file)), Some(file.len() as u64)).await;
        let (first, second) = two_claims(&world).await;
        // The second one has some of it when the first one wakes up.
        fetch(&world, &second, &file, 200_000).await.unwrap();
        let now = xinlu_model::Clock::now(world.clock.as_ref());
        for retry_at in [None, Some(now)] {
            assert!(!world.archive.media_failed(&first, MediaReason::Expired, retry_at).await.unwrap());
        }
        assert_eq!(world.archive.unclaim_media(std::slice::from_ref(&first)).await.unwrap(), 0);
        assert!(matches!(fetch(&world, &first, &file, 250_000).await, Err(MediaFailure::ClaimLost)));
        // A file that is not what was declared would have been thrown away.
        assert!(matches!(fetch_alone(&world, &first, b"short").await, Err(MediaFailure::ClaimLost)));
        let item = world.archive.media_item(first.media).await.unwrap().unwrap();
        assert_eq!((item.state, item.reason, item.attempts), (MediaState::Fetching, None, 0));

        // What the second one has is all there: it goes on where it was.
        assert_eq!(world.archive.unclaim_media(std::slice::from_ref(&second)).await.unwrap(), 1);
        let third = claim(&world).await;
        assert_eq!(third.resume.as_ref().unwrap().received, 100_000);
        fetch(&world, &third, &file, file.len()).await.unwrap();
        read_all(&world, third.media, &file).await;
        world.sequence().await;
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn a_lane_gives_back_its_own_claims_and_no_others() {
    for (_test, world) in worlds().await {
        for seq in 1..=4 {
            declare(&world, seq, None, None).await;
        }
        let ours = world.archive.claim_media(world.source, 2, LEASE_MS).await.unwrap();
        let theirs = world.archive.claim_media(world.source, 2, LEASE_MS).await.unwrap();
        fetch(&world, &theirs[0], &bytes(150_000), 100_000).await.unwrap();
        assert_eq!(world.archive.unclaim_media(&ours).await.unwrap(), 2);
        let status = world.archive.status().await.unwrap().sources.remove(0).media;
        assert_eq!((status.pending, status.fetching), (2, 2));
        let again = world.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap();
        let media = |tasks: &[MediaTask]| tasks.iter().map(|task| task.media).collect::<Vec<_>>();
        assert_eq!(media(&again), media(&ours));
        assert!(again.iter().all(|task| task.attempts == 0), "giving back is no failure");
        // The other lane works on, undisturbed.
        fetch(&world, &theirs[0], &bytes(150_000), 150_000).await.unwrap();
        fetch(&world, &theirs[1], &bytes(10), 10).await.unwrap();
    }
}

#[tokio::test]
async fn a_slow_source_does_not_cost_the_claim_unless_somebody_has_it() {
    let file = bytes(300_000);
    for (_test, world) in worlds().await {
        declare(&world, 1, Some(&md5(&file)), None).await;
        let task = claim(&world).await;
        let mut writer = world.archive.media_writer(&task);
        for (piece, at) in file.chunks(PIECE).zip(1..) {
            writer.write(piece.to_vec(), &format!("Range:{}", at * PIECE)).await.unwrap();
            world.clock.advance_ms(LEASE_MS * 2);
        }
        writer.finish().await.unwrap();
        read_all(&world, task.media, &file).await;
    }
}

#[tokio::test]
async fn a_person_who_tries_again_gives_all_tries_back() {
    for (_test, world) in worlds().await {
        declare(&world, 1, None, None).await;
        for attempt in 0..3 {
            let task = claim(&world).await;
            assert_eq!(task.attempts, attempt);
            let now = xinlu_model::Clock::now(world.clock.as_ref());
            let retry_at = (attempt < 2).then_some(now);
            assert!(world.archive.media_failed(&task, MediaReason::Network, retry_at).await.unwrap());
            assert!(!world.archive.media_failed(&task, MediaReason::Network, retry_at).await.unwrap(), "ended before");
        }
        let media = MediaId::new(1);
        assert_eq!(world.archive.media_item(media).await.unwrap().unwrap().attempts, 3);
        assert!(world.archive.retry_media(media).await.unwrap());
        let item = world.archive.media_item(media).await.unwrap().unwrap();
        assert_eq!((item.state, item.reason, item.attempts), (MediaState::Pending, None, 0));
        assert_eq!(claim(&world).await.attempts, 0);
    }
}

/// Makes the file of keys fail, and work again.
const LOSE_KEYS: Migration =
    Migration { part: "test", number: 1, sql: "ALTER TABLE keys_subjects RENAME TO keys_lost;" };
const FIND_KEYS: Migration =
    Migration { part: "test", number: 2, sql: "ALTER TABLE keys_lost RENAME TO keys_subjects;" };

/// Changes the file of keys, which is a SQLite file beside either database.
async fn on_keys(test: &TestDb, changes: &[Migration]) {
    let keys = Db::open(&DbConfig::Sqlite { path: test.folder.path().join("keys.db") }).unwrap();
    keys.migrate(&[changes]).await.unwrap();
}

#[tokio::test]
async fn an_error_of_the_archive_leaves_no_claim_behind_but_its_own() {
    for (test, world) in worlds().await {
        for seq in 1..=3 {
            declare(&world, seq, None, None).await;
        }
        let reopened = open(&test, 2).await;
        on_keys(&test, &[LOSE_KEYS]).await;
        reopened.archive.claim_media(reopened.source, 10, LEASE_MS).await.map(|_| ()).unwrap_err();
        on_keys(&test, &[LOSE_KEYS, FIND_KEYS]).await;
        let status = reopened.archive.status().await.unwrap().sources.remove(0).media;
        assert_eq!((status.pending, status.fetching, status.failed), (2, 1, 0));
        let others = reopened.archive.claim_media(reopened.source, 10, LEASE_MS).await.unwrap();
        assert_eq!(others.iter().map(|task| task.media.number()).collect::<Vec<_>>(), [2, 3]);
        assert!(reopened.archive.claim_media(reopened.source, 10, LEASE_MS).await.unwrap().is_empty());
        // The one that met the error comes back when its lease ends; so does whatever a lane leaves behind.
        reopened.clock.advance_ms(LEASE_MS);
        let all = reopened.archive.claim_media(reopened.source, 10, LEASE_MS).await.unwrap();
        assert_eq!(
            all.iter().map(|task| (task.media.number(), task.attempts)).collect::<Vec<_>>(),
            [(1, 0), (2, 0), (3, 0)]
        );
    }
}
