//! What kills the process that loads the library: each death happens in a child of the test.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};

use wework_finance_sdk::cipher::{Mark, encrypt};

use crate::sdk_library::{decrypt, library};

const MESSAGE_VARIABLE: &str = "XINLU_CRASH_MESSAGE";
const ABORT: i32 = 6;
const SEGFAULT: i32 = 11;

/// Run as a child it decrypts what it is given; run as a test it decrypts something good.
#[test]
fn child() {
    let given = std::env::var(MESSAGE_VARIABLE).ok();
    let message = given.unwrap_or_else(|| encrypt("key", Mark::Plain, b"good"));
    assert_eq!(decrypt(&library(), Some("key"), Some(&message)), Ok(b"good".to_vec()));
}

fn in_child(message: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child"])
        .env(MESSAGE_VARIABLE, message)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

#[test]
fn short_messages_and_marked_ones_kill_the_process() {
    assert!(in_child(&encrypt("key", Mark::Plain, b"good")).success());
    assert_eq!(in_child("").signal(), Some(ABORT));
    assert_eq!(in_child("twelve chars").signal(), Some(ABORT));
    assert_eq!(in_child(&encrypt("key", Mark::Abort, b"good")).signal(), Some(ABORT));
    assert_eq!(in_child(&encrypt("key", Mark::Segfault, b"good")).signal(), Some(SEGFAULT));
    // Garbage of 13 characters is only an error: the child fails by itself.
    let garbage = in_child("thirteen char");
    assert_eq!((garbage.signal(), garbage.success()), (None, false));
}
