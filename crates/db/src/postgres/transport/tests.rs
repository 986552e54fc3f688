//! What is sent in the clear, and what never is.

use std::str::FromStr;

use tokio_postgres::Config;

use super::{Transport, transport};

fn check(url: &str, expected: Transport) {
    assert_eq!(transport(&Config::from_str(url).unwrap()), expected, "{url}");
}

#[test]
fn only_this_machine_is_reached_in_the_clear_unasked() {
    for url in [
        "postgres://someone@localhost/db",
        "postgres://someone@127.0.0.1:5433/db",
        "postgres://someone@[::1]/db",
        "postgres://%2Frun%2Fpostgresql/db",
        "host=/run/postgresql user=someone",
        "host=localhost hostaddr=127.0.0.1 user=someone",
        "postgres://127.0.0.1,localhost/db?sslmode=disable",
    ] {
        check(url, Transport::Local);
    }
}

#[test]
fn anything_else_is_encrypted_unless_the_configuration_says_so() {
    for url in [
        "postgres://db.internal/db",
        "postgres://10.0.0.7/db",
        "postgres://db.internal/db?sslmode=prefer",
        "postgres://db.internal/db?sslmode=require",
        "postgres://127.0.0.1,db.internal/db",
        "host=db.internal hostaddr=127.0.0.1 user=someone",
        "host=localhost hostaddr=10.0.0.7 user=someone",
        "postgres://localhost/db?sslmode=require",
    ] {
        check(url, Transport::Tls);
    }
    check("postgres://db.internal/db?sslmode=disable", Transport::Exposed);
    check("postgres://127.0.0.1,10.0.0.7/db?sslmode=disable", Transport::Exposed);
}
