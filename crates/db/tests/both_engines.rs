//! `Db` on both engines: what is committed stays, what is dropped is gone, counters are gapless.

use xinlu_db::{DbError, Migration, next_ids, sql};
use xinlu_testkit::{TestDb, both};

const TABLES: &[Migration] = &[Migration {
    part: "try",
    number: 1,
    sql: "CREATE TABLE try_thing (id BIGKEY, name TEXT NOT NULL UNIQUE, body BYTES, at BIGINT);",
}];

sql!(ADD = "INSERT INTO try_thing (id, name, body, at) VALUES ($1, $2, $3, $4)");
sql!(LIST = "SELECT id, name, body, at FROM try_thing ORDER BY id" => id: Int, name: Text, body: MaybeBytes, at: MaybeInt);
sql!(BAD_NAME = "SELECT id AS other FROM try_thing" => id: Int);

async fn names(test: &TestDb) -> Vec<String> {
    let rows = test.db.query(&LIST, vec![]).await.unwrap();
    rows.into_iter()
        .map(|mut row| {
            row.int().unwrap();
            row.text().unwrap()
        })
        .collect()
}

#[tokio::test]
async fn commit_keeps_and_drop_forgets() {
    for test in both(&[TABLES]).await {
        let mut tx = test.db.begin().await.unwrap();
        let first = next_ids(&mut tx, "thing", 2).await.unwrap();
        assert_eq!(first, 1);
        let rows = vec![
            vec![first.into(), "one".into(), vec![0u8, 255].into(), 5i64.into()],
            vec![(first + 1).into(), "two".into(), None::<Vec<u8>>.into(), None::<i64>.into()],
        ];
        assert_eq!(tx.execute_many(&ADD, rows).await.unwrap(), 2);
        tx.commit().await.unwrap();

        let mut tx = test.db.begin().await.unwrap();
        let third = next_ids(&mut tx, "thing", 1).await.unwrap();
        assert_eq!(third, 3);
        tx.execute(&ADD, vec![third.into(), "three".into(), None::<Vec<u8>>.into(), None::<i64>.into()]).await.unwrap();
        drop(tx);

        assert_eq!(names(&test).await, ["one", "two"]);
        let mut tx = test.db.begin().await.unwrap();
        assert_eq!(next_ids(&mut tx, "thing", 1).await.unwrap(), 3, "a dropped number is given again");
    }
}

#[tokio::test]
async fn a_second_row_with_the_same_key_is_a_unique_error() {
    for test in both(&[TABLES]).await {
        let mut tx = test.db.begin().await.unwrap();
        let row = |id: i64| vec![id.into(), "same".into(), None::<Vec<u8>>.into(), None::<i64>.into()];
        tx.execute(&ADD, row(1)).await.unwrap();
        let error = tx.execute(&ADD, row(2)).await.unwrap_err();
        assert!(matches!(error, DbError::Unique { .. }), "{error}");
    }
}

#[tokio::test]
async fn migrations_run_once_and_newer_data_is_refused() {
    for test in both(&[TABLES]).await {
        test.db.migrate(&[TABLES]).await.unwrap();
        let older: &[Migration] = &[Migration { part: "try", number: 0, sql: "" }];
        let error = test.db.migrate(&[older]).await.unwrap_err();
        assert!(matches!(error, DbError::Newer { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_waiter_hears_a_commit_and_not_a_rollback() {
    for test in both(&[TABLES]).await {
        let bell = test.db.listen("work");
        let mut tx = test.db.begin().await.unwrap();
        tx.wake("work");
        drop(tx);
        let mut tx = test.db.begin().await.unwrap();
        tx.wake("work");
        tx.commit().await.unwrap();
        bell.notified().await;
        assert!(
            tokio::time::timeout(std::time::Duration::ZERO, bell.notified()).await.is_err(),
            "the dropped transaction rang too"
        );
    }
}

#[tokio::test]
async fn the_check_names_a_statement_whose_columns_differ() {
    for test in both(&[TABLES]).await {
        let faults = xinlu_db::check_statements(&test.db).await;
        assert!(faults.iter().any(|fault| fault.contains("BAD_NAME")), "{faults:?}");
        assert_eq!(faults.len(), 1, "{faults:?}");
    }
}
