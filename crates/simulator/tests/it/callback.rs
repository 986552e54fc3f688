//! Callbacks as a receiver sees them: encrypted, signed, spaced, retried, lost and doubled.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wework_finance_sdk::callback_crypto::{decrypt, sign};

use crate::harness::{Simulator, text_message};

const PATIENCE: Duration = Duration::from_secs(20);

/// One request that came.
struct Got {
    query: BTreeMap<String, String>,
    body: String,
    at: Instant,
}

/// A receiver on loopback: answers as `answers` says, 200 when it has run out.
fn receiver() -> (String, Receiver<Got>, Sender<(u16, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/callback", listener.local_addr().unwrap());
    let (tell, heard) = channel();
    let (answer, answers) = channel::<(u16, String)>();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let query = first.split_whitespace().nth(1).unwrap().split_once('?').map_or("", |(_, query)| query);
            let query = query.split('&').filter_map(|pair| pair.split_once('='));
            let query = query.map(|(name, value)| (name.to_owned(), unescape(value))).collect();
            if tell.send(Got { query, body: String::from_utf8(body).unwrap(), at: Instant::now() }).is_err() {
                return;
            }
            let (status, text) = answers.try_recv().unwrap_or((200, String::new()));
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", text.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes()));
        }
    });
    (url, heard, answer)
}

fn unescape(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The plain XML of a callback, if its signature and receiver are right.
fn opened(config: &Value, got: &Got) -> Option<String> {
    let encrypted = got.body.split_once("<Encrypt><![CDATA[")?.1.split_once("]]>")?.0;
    let signature = sign(config["callback_token"].as_str()?, &got.query["timestamp"], &got.query["nonce"], encrypted);
    let opened = decrypt(config["callback_aes_key"].as_str()?, encrypted)?;
    let right = signature == got.query["msg_signature"] && opened.receiver == config["corpid"].as_str()?;
    right.then(|| String::from_utf8(opened.message).unwrap())
}

#[test]
fn news_are_told_at_most_once_in_an_interval() {
    let folder = tempfile::tempdir().unwrap();
    let (url, heard, _answer) = receiver();
    let simulator = Simulator::start_with(folder.path(), 20, &["--callback-url", &url]);
    let config = simulator.corp(0)["config"].clone();
    simulator.set_faults(json!({"callback": {"notify_interval_ms": 400}}));
    // The past itself is news.
    let first = heard.recv_timeout(PATIENCE).unwrap();
    let xml = opened(&config, &first).unwrap();
    let parts = ["<Event><![CDATA[msgaudit_notify]]></Event>", "<AgentID>2000004</AgentID>", "<![CDATA[sys]]>"];
    for part in parts {
        assert!(xml.contains(part), "{xml}");
    }
    for number in 0..3 {
        simulator.inject("", &text_message(&format!("m{number}"), "x"));
    }
    let second = heard.recv_timeout(PATIENCE).unwrap();
    assert!(second.at - first.at >= Duration::from_millis(390), "{:?}", second.at - first.at);
    // Three messages, one notification; without news none.
    assert!(heard.recv_timeout(Duration::from_millis(600)).is_err());
}

#[test]
fn a_failing_receiver_is_tried_three_more_times() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let (url, heard, answer) = receiver();
    let quiet = json!({"notify_interval_ms": 1_000_000_000_000_000_i64, "retry_delay_ms": 1});
    simulator.set_faults(json!({"callback": quiet}));
    simulator.put("/sim/callback", &json!({"url": url}));
    for _ in 0..4 {
        answer.send((500, String::new())).unwrap();
    }
    assert_eq!(simulator.post("/sim/callback/event", b"<xml/>").0, 502);
    assert_eq!(heard.try_iter().count(), 4);
    answer.send((500, String::new())).unwrap();
    assert_eq!(simulator.post("/sim/callback/event", b"<xml/>").0, 200);
    assert_eq!(heard.try_iter().count(), 2);
    let log = simulator.corp(0)["callbacks"].clone();
    let counts = ["delivered", "failed", "failed_tries"].map(|name| log[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 5]);
}

#[test]
fn callbacks_are_lost_doubled_and_forged_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let config = simulator.corp(0)["config"].clone();
    let (url, heard, _answer) = receiver();
    simulator.put("/sim/callback", &json!({"url": url}));
    let sent = |fault: &str| -> Vec<Option<String>> {
        let mut callback = json!({"notify_interval_ms": 1_000_000_000_000_000_i64});
        callback[fault] = json!(1);
        simulator.set_faults(json!({"callback": callback}));
        heard.try_iter().count();
        assert_eq!(simulator.post("/sim/callback/event", "<xml>信</xml>".as_bytes()).0, 200);
        heard.try_iter().map(|got| opened(&config, &got)).collect()
    };
    assert_eq!(sent("delay_ms"), [Some("<xml>信</xml>".to_owned())]);
    assert_eq!(sent("lost").len(), 0);
    assert_eq!(sent("duplicated").len(), 2);
    assert_eq!(sent("bad_signature"), [None]);
    assert_eq!(sent("wrong_receiver"), [None]);
}

#[test]
fn the_url_is_verified_by_a_bare_echo() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let (url, heard, answer) = receiver();
    let quiet = json!({"notify_interval_ms": 1_000_000_000_000_000_i64});
    simulator.set_faults(json!({"callback": quiet}));
    simulator.put("/sim/callback", &json!({"url": url}));
    answer.send((200, "\"quoted\"".to_owned())).unwrap();
    assert_eq!(simulator.post("/sim/callback/verify", b"").0, 502);
    let got = heard.try_recv().unwrap();
    let config = simulator.corp(0)["config"].clone();
    let echo = decrypt(config["callback_aes_key"].as_str().unwrap(), &got.query["echostr"]).unwrap();
    assert!(!echo.message.is_empty() && echo.message.iter().all(u8::is_ascii_digit));
    // What we opened ourselves, the simulator's own tool opens too.
    let query = ["msg_signature", "timestamp", "nonce"].map(|name| format!("{name}={}", got.query[name])).join("&");
    let (status, open) = simulator.post(&format!("/sim/callback/open?{query}"), got.query["echostr"].as_bytes());
    assert_eq!((status, open["message"].as_str().unwrap().as_bytes()), (200, echo.message.as_slice()));
}
