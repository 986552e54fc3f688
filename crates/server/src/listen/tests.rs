//! What a client may take of the server, tried over real connections on loopback.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{Limits, Listening, listen_within};
use crate::config::{Config, Listen};

/// How long what must happen may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// A limit that a test waits for.
const SHORT_MS: u64 = 50;

struct Place {
    listening: Listening,
    _stop: watch::Sender<bool>,
}

async fn place(limits: Limits) -> Place {
    let config = Config { listen: Listen("127.0.0.1:0".parse().unwrap()), ..Config::default() };
    let router = Router::new()
        .route("/", get(async || "here"))
        .route("/length", post(async |body: Bytes| body.len().to_string()));
    let (stop, stopped) = watch::channel(false);
    let listening = listen_within(&config, router, limits, stopped).await.unwrap();
    Place { listening, _stop: stop }
}

impl Place {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.listening.address).await.unwrap()
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Everything until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that was cut off may end in a reset; what came before it is what counts.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes");
    String::from_utf8(bytes).unwrap()
}

/// The first line of the answer; the connection stays open.
async fn status(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n\r\nhere") {
        let mut byte = [0];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut byte)).await.expect("an answer").unwrap();
        assert!(read > 0, "closed after {}", String::from_utf8_lossy(&line));
        line.extend(byte);
    }
    String::from_utf8(line).unwrap().lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn headers_that_trickle_are_cut_off() {
    let place = place(Limits { header_ms: SHORT_MS, ..Limits::default() }).await;
    let mut stream = place.connect().await;
    send(&mut stream, "GET / HTTP/1.1\r\nhost: x\r\nx-slow").await;
    let answer = rest(&mut stream).await;
    assert!(!answer.contains("here"), "{answer}");
    // Who says nothing at all, or nothing more, goes as well.
    let mut silent = place.connect().await;
    assert_eq!(rest(&mut silent).await, "");
    let mut idle = place.connect().await;
    send(&mut idle, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(rest(&mut idle).await.ends_with("here"));
}

#[tokio::test]
async fn too_many_headers_and_too_long_ones_are_refused() {
    let place = place(Limits::default()).await;
    let ask = async |headers: String| {
        let mut stream = place.connect().await;
        send(&mut stream, &format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")).await;
        rest(&mut stream).await.lines().next().unwrap_or_default().to_owned()
    };
    let many = |count: usize| (0..count).map(|number| format!("x-{number}: 1\r\n")).collect::<String>();
    let limits = Limits::default();
    assert_eq!(ask(many(limits.headers_max - 2)).await, "HTTP/1.1 200 OK");
    assert_eq!(ask(many(limits.headers_max - 1)).await, "HTTP/1.1 431 Request Header Fields Too Large");
    let long = |bytes: usize| format!("x-long: {}\r\n", "x".repeat(bytes));
    assert_eq!(ask(long(limits.header_bytes_max / 2)).await, "HTTP/1.1 200 OK");
    assert_eq!(ask(long(2 * limits.header_bytes_max)).await, "HTTP/1.1 431 Request Header Fields Too Large");
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off() {
    let place = place(Limits { request_ms: SHORT_MS, ..Limits::default() }).await;
    let mut stream = place.connect().await;
    send(&mut stream, "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf").await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.contains(r#""code":"http.timeout""#), "{answer}");
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_a_free_place_is_given_again() {
    let place = place(Limits { connections_max: 2, ..Limits::default() }).await;
    let ask = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let (mut first, mut second) = (place.connect().await, place.connect().await);
    for stream in [&mut first, &mut second] {
        send(stream, ask).await;
        assert_eq!(status(stream).await, "HTTP/1.1 200 OK");
    }
    let mut third = place.connect().await;
    assert_eq!(rest(&mut third).await, "");
    drop(first);
    // The server notices in its own time that the first is gone.
    let began = std::time::Instant::now();
    loop {
        let mut stream = place.connect().await;
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        if rest(&mut stream).await.ends_with("here") {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the place stays taken");
    }
}

#[tokio::test]
async fn another_version_of_http_is_not_guessed_at() {
    let place = place(Limits::default()).await;
    let mut stream = place.connect().await;
    send(&mut stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{answer:?}");
}
