//! `Db` on both engines: what is committed stays, what is dropped is gone, counters are gapless.

#![allow(clippy::unwrap_used)] // A test ends where its premise does.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use xinlu_db::{Db, DbConfig, DbError, Engine, Migration, next_ids, sql};
use xinlu_model::Fault as _;
use xinlu_testkit::{TestDb, both};

const TABLES: &[Migration] = &[Migration {
    part: "try",
    number: 1,
    sql: "CREATE TABLE try_thing (id BIGKEY, name TEXT NOT NULL UNIQUE, body BYTES, at BIGINT);",
}];

sql!(ADD = "INSERT INTO try_thing (id, name, body, at) VALUES ($1, $2, $3, $4)");
sql!(LIST = "SELECT id, name, body, at FROM try_thing ORDER BY id" => id: Int, name: Text, body: MaybeBytes, at: MaybeInt);
sql!(FORGET = "DELETE FROM try_thing WHERE id = $1");
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

/// A text that nothing else on the disk holds.
const MARK: &[u8] = b"ciphertext that must not stay behind";

fn holds_mark(path: &std::path::Path) -> bool {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.windows(MARK.len()).any(|window| window == MARK)
}

#[tokio::test]
async fn what_was_deleted_is_gone_from_the_disk_once_the_wal_is_emptied() {
    for test in both(&[TABLES]).await {
        let path = test.folder.path().join("test.db");
        let wal = test.folder.path().join("test.db-wal");
        // Some pages long, as a batch of envelopes is.
        let body = MARK.repeat(1_000);
        let mut tx = test.db.begin().await.unwrap();
        tx.execute(&ADD, vec![1i64.into(), "batch".into(), body.into(), None::<i64>.into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(names(&test).await, ["batch"], "a reader was here");
        let mut tx = test.db.begin().await.unwrap();
        tx.execute(&FORGET, vec![1i64.into()]).await.unwrap();
        tx.commit().await.unwrap();
        if test.db.engine() == Engine::Sqlite {
            assert!(holds_mark(&wal), "the write-ahead file keeps what was deleted");
        }
        assert!(test.db.truncate_wal().await.unwrap());
        assert!(!holds_mark(&wal) && !holds_mark(&path));
        assert_eq!(std::fs::metadata(&wal).map_or(0, |about| about.len()), 0);
        assert_eq!(names(&test).await, [""; 0]);
    }
}

/// A server that knows no TLS: it refuses what libpq calls an SSLRequest and tells what was asked of it first.
async fn plain_server() -> (u16, tokio::task::JoinHandle<u32>) {
    const SSL_REQUEST: u32 = 80_877_103;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut start = [0u8; 8];
        stream.read_exact(&mut start).await.unwrap();
        let [_, _, _, _, code @ ..] = start;
        let code = u32::from_be_bytes(code);
        if code == SSL_REQUEST {
            stream.write_all(b"N").await.unwrap();
        }
        code
    });
    (port, asked)
}

#[tokio::test]
async fn a_remote_postgres_without_tls_is_refused_unless_told_otherwise() {
    const PROTOCOL_3: u32 = 196_608;
    // The name is remote, the address is here: no network is needed to try it.
    let remote = |port: u16, rest: &str| {
        let url = format!("host=db.example hostaddr=127.0.0.1 port={port} user=someone {rest}");
        Db::open(&DbConfig::Postgres { url }).unwrap()
    };
    let (port, asked) = plain_server().await;
    let error = remote(port, "").query(&LIST, vec![]).await.unwrap_err();
    assert_eq!(error.code(), "db.tls_required", "{error}");
    assert!(error.to_string().contains("sslmode=disable"), "{error}");
    assert_ne!(asked.await.unwrap(), PROTOCOL_3);

    let (port, asked) = plain_server().await;
    let error = remote(port, "sslmode=disable").query(&LIST, vec![]).await.unwrap_err();
    assert_eq!(error.code(), "db.unreachable", "{error}");
    assert_eq!(asked.await.unwrap(), PROTOCOL_3, "it was asked in the clear");
}
