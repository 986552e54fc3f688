//! A second start goes on where the first stopped: same seqs, same bytes, same keys.

use crate::harness::{Simulator, slow_tests_are_off, text_message};
use crate::sdk_library::{Sdk, open};

#[test]
fn a_second_start_serves_the_same_bytes_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = Simulator::start(folder.path(), 200);
    first.post("/sim/live", br#"{"count":3}"#);
    first.inject("", &text_message("x", "x"));
    let state = first.corp(0);
    let before = Sdk::new(&first).chat_bytes(0, 1000).unwrap();
    drop(first);
    // Other sizes change nothing: the directory is what it is.
    let second = Simulator::start(folder.path(), 999);
    let again = second.corp(0);
    assert_eq!(again["config"], state["config"]);
    let counts = ["past", "live", "injected", "last_seq"].map(|name| again[name].as_u64().unwrap());
    assert_eq!(counts, [200, 3, 1, 204]);
    let sdk = Sdk::new(&second);
    assert_eq!(sdk.chat_bytes(0, 1000).unwrap(), before);
    second.post("/sim/live", br#"{"count":2}"#);
    let page = sdk.chat_data(203, 10).unwrap();
    let envelopes = page["chatdata"].as_array().unwrap();
    assert_eq!(envelopes.len(), 3);
    for envelope in envelopes {
        open(&sdk, &second, envelope).unwrap();
    }
}

#[test]
fn it_ends_with_its_parent_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_xinlu-simulator"))
        .args(["serve", "--listen", "127.0.0.1:0", "--messages", "10", "--stop-with-stdin", "--data"])
        .arg(folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("ready ") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut output, &mut line).unwrap(), 0, "it ended early");
    }
    // `wait` closes standard input first.
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_interrupted_preparation_is_finished_with_what_was_there_kept() {
    let folder = tempfile::tempdir().unwrap();
    let first = Simulator::start(folder.path(), 300);
    let name = first.secret("corpid");
    let before = Sdk::new(&first).chat_bytes(0, 100).unwrap();
    drop(first);
    // As after a crash: the index ends in the middle of an entry.
    let index = folder.path().join("archive").join(format!("{name}.idx"));
    let file = std::fs::OpenOptions::new().write(true).open(index).unwrap();
    file.set_len(24 * 100 + 7).unwrap();
    let second = Simulator::start(folder.path(), 300);
    let sdk = Sdk::new(&second);
    assert_eq!(sdk.chat_bytes(0, 100).unwrap(), before);
    let page = sdk.chat_data(0, 1000).unwrap();
    let envelopes = page["chatdata"].as_array().unwrap();
    assert_eq!(envelopes.len(), 300);
    let mut msgids: Vec<&str> = envelopes.iter().filter_map(|envelope| envelope["msgid"].as_str()).collect();
    msgids.sort_unstable();
    msgids.dedup();
    assert_eq!(msgids.len(), 300);
}

#[test]
fn the_same_seed_says_the_same_and_a_second_corp_says_something_else() {
    if slow_tests_are_off() {
        return;
    }
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let arguments = ["--corp", "2", "--epoch", "1760000000000", "--seed", "5"];
    let simulators = folders.each_ref().map(|folder| Simulator::start_with(folder.path(), 80, &arguments));
    let said = simulators.each_ref().map(|simulator| {
        let sdk = Sdk::new(simulator);
        let page = sdk.chat_data(0, 1000).unwrap();
        let envelopes = page["chatdata"].as_array().unwrap().clone();
        envelopes.iter().map(|envelope| open(&sdk, simulator, envelope).unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(said[0], said[1]);
    assert_eq!(simulators[0].corp(0)["config"], simulators[1].corp(0)["config"]);
    let second = simulators[0].corp(1);
    assert_ne!(second["config"]["corpid"], simulators[0].corp(0)["config"]["corpid"]);
    assert_eq!(second["past"].as_u64(), Some(20));
}
