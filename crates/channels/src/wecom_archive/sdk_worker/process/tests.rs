//! Restart, parking and time-outs against real child processes.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::{Decrypted, SdkError, SdkProcess};
use crate::testing::{RANDOM_KEY, sdk_settings, worker};

fn process(role: &str, secret: &str, decrypt_timeout_ms: u64) -> SdkProcess {
    SdkProcess::new(worker(role, Path::new("")), sdk_settings(secret, decrypt_timeout_ms))
}

fn pair(plain: &str) -> (Vec<u8>, Vec<u8>) {
    (RANDOM_KEY.into(), STANDARD.encode(plain).into())
}

fn plain(text: &str) -> Decrypted {
    Decrypted::Plain(text.into())
}

#[tokio::test]
async fn only_the_killing_messages_are_crashed() {
    let mut sdk = process("good", "right", 60_000);
    let good: Vec<String> = (0..600).map(|number| format!("message {number:04}")).collect();
    let mut pairs: Vec<_> = good.iter().map(|text| pair(text)).collect();
    let mut expected: Vec<Decrypted> = good.iter().map(|text| plain(text)).collect();
    pairs.insert(300, pair("abort here"));
    pairs.insert(310, pair("code 10008"));
    pairs.insert(320, pair("short"));
    pairs.insert(330, (b"another key".to_vec(), STANDARD.encode("message").into()));
    pairs.push(pair("abort here"));
    expected.insert(300, Decrypted::Crashed);
    expected.insert(310, Decrypted::Code(10008));
    expected.insert(320, Decrypted::Refused);
    expected.insert(330, Decrypted::Refused);
    expected.push(Decrypted::Crashed);
    pairs.insert(340, (b"another-key".to_vec(), STANDARD.encode("some message").into()));
    expected.insert(340, Decrypted::Code(10006));
    assert_eq!(sdk.decrypt(pairs).await, Ok(expected));
    assert_eq!(sdk.deaths(), 4, "two frames died, then two messages alone");
}

#[tokio::test]
async fn a_hung_worker_is_killed_and_its_message_named() {
    if std::env::var_os("SLOW_TESTS").is_none() {
        eprintln!("SKIPPED: waits for time-outs; SLOW_TESTS is not set");
        return;
    }
    let mut sdk = process("good", "right", 2_000);
    let answers = sdk.decrypt(vec![pair("message one"), pair("hang here!"), pair("message two")]).await;
    assert_eq!(answers, Ok(vec![plain("message one"), Decrypted::Crashed, plain("message two")]));
}

#[tokio::test]
async fn a_death_while_fetching_is_followed_by_a_fresh_worker() {
    let folder = TempDir::new().expect("a folder");
    std::fs::create_dir(folder.path().join("media")).expect("made");
    std::fs::write(folder.path().join("media/id"), [0, 1, 2, 3, 4]).expect("written");
    let mut sdk = SdkProcess::new(worker("good", folder.path()), sdk_settings("right", 5_000));
    assert_eq!(sdk.fetch(666, 1).await.err(), Some(SdkError::Died));
    let fetched = sdk.fetch(7, 100).await.expect("a fresh worker answers");
    assert_eq!(
        (fetched.code, fetched.json.as_slice()),
        (0, br#"{"chatdata":[],"errcode":0,"errmsg":"ok"}"#.as_slice())
    );
    let chunk = sdk.media("", "id").await.expect("answers");
    assert_eq!((chunk.finished, chunk.next_index.as_str(), chunk.data), (false, "4", vec![0, 1, 2, 3]));
    let chunk = sdk.media("4", "id").await.expect("answers");
    assert_eq!((chunk.finished, chunk.data), (true, vec![4]));
    assert_eq!(sdk.media("", "unknown").await.expect("answers").code, 10005);
}

#[tokio::test]
async fn a_call_that_is_given_up_cannot_leave_its_answer_to_the_next() {
    let mut sdk = process("good", "right", 60_000);
    assert_eq!(sdk.decrypt(vec![pair("message one")]).await, Ok(vec![plain("message one")]));
    tokio::select! {
        biased;
        _ = sdk.decrypt(vec![pair("message two")]) => unreachable!("nothing can be answered before the first poll ends"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(sdk.decrypt(vec![pair("message three")]).await, Ok(vec![plain("message three")]));
}

#[tokio::test]
async fn what_cannot_start_says_so() {
    let mut wrong = process("good", "wrong", 5_000);
    assert_eq!(wrong.fetch(1, 1).await.err(), Some(SdkError::Init(10004)));
    let mut absent = process("none", "right", 5_000);
    assert_eq!(absent.fetch(1, 1).await.err(), Some(SdkError::Start("no library".to_owned())));
    let mut nothing = process("good", "right", 5_000);
    nothing.command.program = "/nonexistent/worker".into();
    assert!(matches!(nothing.decrypt(vec![pair("message one")]).await, Err(SdkError::Start(_))));
}
