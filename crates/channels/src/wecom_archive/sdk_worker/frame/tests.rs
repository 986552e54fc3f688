//! Every frame comes back as it went; no cut or altered frame makes a panic.

use super::{LENGTH_BYTES, Request, Response};

fn requests() -> Vec<Request> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        Request::Init { corp: text("ww"), secret: text("s"), proxy: text(""), proxy_password: text("u:p") },
        Request::Fetch { seq: u64::MAX, limit: 1000, timeout_s: 5 },
        Request::Decrypt { pairs: vec![(text("key"), text("message")), (text(""), text(""))] },
        Request::Media { index: text(""), file: text("id"), timeout_s: 1 },
    ]
}

fn responses() -> Vec<Response> {
    vec![
        Response::Init { code: -7 },
        Response::Fetch { code: 10001, json: b"{}".to_vec() },
        Response::Decrypt { opened: vec![(0, b"{}".to_vec()), (10008, Vec::new())] },
        Response::Media { code: 0, finished: true, next_index: Vec::new(), data: vec![0; 70_000] },
        Response::Failed { reason: "cannot load".to_owned() },
    ]
}

#[test]
fn round_trip() {
    for request in requests() {
        let frame = request.encode();
        assert_eq!(u32::from_le_bytes(frame[..LENGTH_BYTES].try_into().expect("4 bytes")) as usize, frame.len() - 4);
        assert_eq!(Request::decode(&frame[LENGTH_BYTES..]).as_ref(), Ok(&request));
    }
    for response in responses() {
        assert_eq!(Response::decode(&response.encode()[LENGTH_BYTES..]).as_ref(), Ok(&response));
    }
}

#[test]
fn cut_and_lengthened_frames_are_malformed() {
    for request in requests() {
        let frame = request.encode();
        for end in LENGTH_BYTES..frame.len() {
            assert!(Request::decode(&frame[LENGTH_BYTES..end]).is_err());
        }
        let longer = [&frame[LENGTH_BYTES..], &[0]].concat();
        assert!(Request::decode(&longer).is_err());
    }
    assert!(Response::decode(&[3, 0xff, 0xff, 0xff, 0xff]).is_err());
    assert!(Request::decode(&[3, 0xff, 0xff, 0xff, 0xff]).is_err());
}
