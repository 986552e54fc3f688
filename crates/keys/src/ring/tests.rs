//! The key ring on both engines: what was derived once is derived for ever, and only under the right root.

use std::sync::Arc;

use xinlu_model::{Clock, Random};
use xinlu_testkit::{SeededRandom, SetClock, TestDb, both};

use crate::{KeyRing, KeysError, MIGRATIONS};

const ROOT: [u8; 32] = [7; 32];

async fn ring(test: &TestDb, root: [u8; 32], seed: u64) -> Result<Arc<KeyRing>, KeysError> {
    let random: Arc<dyn Random> = SeededRandom::new(seed);
    let clock: Arc<dyn Clock> = SetClock::new();
    KeyRing::open(test.db.clone(), root, random, clock).await
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_name_has_one_subject_for_ever() {
    for test in both(&[MIGRATIONS]).await {
        let first = ring(&test, ROOT, 1).await.unwrap();
        let subjects = first.subjects(&names(&["contact:a:1", "member:a:2", "contact:a:1"])).await.unwrap();
        assert_eq!(subjects[0].number, subjects[2].number);
        assert_ne!(subjects[0].number, subjects[1].number);
        assert_ne!(subjects[0].alias, subjects[1].alias);
        let key = subjects[0].derive("try", b"x");
        assert_ne!(key, subjects[1].derive("try", b"x"));
        assert_ne!(key, subjects[0].derive("try", b"y"));
        assert_ne!(key, subjects[0].derive("tr", b"yx"), "purpose and context are told apart");

        let again = ring(&test, ROOT, 2).await.unwrap();
        let subjects_again = again.subjects(&names(&["member:a:3", "contact:a:1"])).await.unwrap();
        assert_eq!(subjects_again[1].number, subjects[0].number);
        assert_eq!(subjects_again[1].derive("try", b"x"), key);
        let by_number = again.subject(subjects[0].number).await.unwrap().unwrap();
        assert_eq!(by_number.derive("try", b"x"), key);
    }
}

#[tokio::test]
async fn rotation_keeps_everything_readable() {
    for test in both(&[MIGRATIONS]).await {
        let keys = ring(&test, ROOT, 1).await.unwrap();
        let many: Vec<String> = (0..1_203).map(|number| format!("contact:a:{number}")).collect();
        let before: Vec<_> =
            keys.subjects(&many).await.unwrap().iter().map(|subject| subject.derive("try", b"")).collect();
        let sealed = keys.seal_secret("corp", b"secret");
        assert_eq!(keys.rotate().await.unwrap(), 2);
        let reopened = ring(&test, ROOT, 2).await.unwrap();
        for keys in [&keys, &reopened] {
            let after = keys.subjects(&many).await.unwrap();
            assert!(after.iter().all(|subject| subject.epoch == 2));
            let after: Vec<_> = after.iter().map(|subject| subject.derive("try", b"")).collect();
            assert!(after == before);
            assert_eq!(keys.open_secret("corp", &sealed).await.unwrap(), b"secret");
        }
        assert_eq!(keys.seal_secret("corp", b"x").get(4), Some(&2), "new secrets are sealed in the new epoch");
    }
}

#[tokio::test]
async fn another_nodes_epoch_is_learnt() {
    for test in both(&[MIGRATIONS]).await {
        let (one, two) = (ring(&test, ROOT, 1).await.unwrap(), ring(&test, ROOT, 2).await.unwrap());
        one.rotate().await.unwrap();
        let key = one.subjects(&names(&["a"])).await.unwrap()[0].derive("try", b"");
        assert_eq!(two.subjects(&names(&["a"])).await.unwrap()[0].derive("try", b""), key);
    }
}

#[tokio::test]
async fn a_wrong_root_is_refused_and_says_so() {
    for test in both(&[MIGRATIONS]).await {
        ring(&test, ROOT, 1).await.unwrap();
        let error = ring(&test, [8; 32], 1).await.err().unwrap();
        assert!(matches!(error, KeysError::WrongRoot), "{error}");
        assert!(error.to_string().contains("root key"));
    }
}

#[tokio::test]
async fn a_destroyed_subject_is_gone_and_its_name_gets_another_key() {
    for test in both(&[MIGRATIONS]).await {
        let keys = ring(&test, ROOT, 1).await.unwrap();
        let before = keys.subjects(&names(&["a", "b"])).await.unwrap();
        assert!(keys.destroy(before[0].number).await.unwrap());
        assert!(!keys.destroy(before[0].number).await.unwrap());
        assert!(keys.subject(before[0].number).await.unwrap().is_none());
        let after = keys.subjects(&names(&["a", "b"])).await.unwrap();
        assert_ne!(after[0].number, before[0].number);
        assert_ne!(after[0].derive("try", b""), before[0].derive("try", b""));
        assert_eq!(after[1].derive("try", b""), before[1].derive("try", b""));
    }
}

#[tokio::test]
async fn a_changed_row_is_called_damaged() {
    xinlu_db::sql!(SWAP = "UPDATE keys_subjects SET alias = $2 WHERE number = $1");
    for test in both(&[MIGRATIONS]).await {
        let keys = ring(&test, ROOT, 1).await.unwrap();
        let number = keys.subjects(&names(&["a"])).await.unwrap()[0].number;
        let mut tx = test.db.begin().await.unwrap();
        tx.execute(&SWAP, vec![number.into(), vec![0u8; 16].into()]).await.unwrap();
        tx.commit().await.unwrap();
        let reopened = ring(&test, ROOT, 2).await.unwrap();
        let error = reopened.subject(number).await.err().unwrap();
        assert!(matches!(error, KeysError::Damaged { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_secret_opens_under_its_name_only() {
    for test in both(&[MIGRATIONS]).await {
        let keys = ring(&test, ROOT, 1).await.unwrap();
        let sealed = keys.seal_secret("one", b"text");
        assert_eq!(keys.open_secret("one", &sealed).await.unwrap(), b"text");
        assert!(keys.open_secret("two", &sealed).await.is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(keys.open_secret("one", &changed).await.is_err(), "byte {place}");
        }
    }
}
