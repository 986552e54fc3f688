//! Kept searches on both engines: who sees them and who may change them.

use xinlu_model::{Time, UserId};
use xinlu_testkit::{TestDb, both};

use super::{MIGRATIONS, Wording, add, change, count, find, list, remove};

const ANN: UserId = UserId::new(1);
const BOB: UserId = UserId::new(2);

fn wording(name: &str, shared: bool) -> Wording {
    Wording { name: name.to_owned(), query: "q=%E9%80%80%E6%AC%BE&sort=time".to_owned(), shared }
}

async fn keep(test: &TestDb, user: (UserId, &str), wording: &Wording) -> i64 {
    let mut tx = test.db.begin().await.unwrap();
    let id = add(&mut tx, user, wording, Time::from_micros(7)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn everybody_sees_their_own_and_what_is_shared() {
    for test in both(&[MIGRATIONS]).await {
        let own = keep(&test, (ANN, "ann"), &wording("mine", false)).await;
        let shared = keep(&test, (ANN, "ann"), &wording("ours", true)).await;
        let of = async |user| list(&test.db, user, 10).await.unwrap().iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(of(ANN).await, [shared, own]);
        assert_eq!(of(BOB).await, [shared]);
        let mut tx = test.db.begin().await.unwrap();
        assert_eq!(count(&mut tx, ANN).await.unwrap(), 2);
        assert_eq!(count(&mut tx, BOB).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn only_the_owner_changes_or_forgets_it() {
    for test in both(&[MIGRATIONS]).await {
        let id = keep(&test, (ANN, "ann"), &wording("ours", true)).await;
        assert!(!change(&test.db, id, BOB, &wording("stolen", true)).await.unwrap());
        assert!(!remove(&test.db, id, BOB).await.unwrap());
        assert!(change(&test.db, id, ANN, &wording("renamed", false)).await.unwrap());
        let found = find(&test.db, id).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.shared, found.user), ("renamed", false, ANN));
        assert_eq!(list(&test.db, BOB, 10).await.unwrap().len(), 0);
        assert!(remove(&test.db, id, ANN).await.unwrap());
        assert!(find(&test.db, id).await.unwrap().is_none());
    }
}
