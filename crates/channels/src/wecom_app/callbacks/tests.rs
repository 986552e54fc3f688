//! What a callback becomes, and what is refused.

use xinlu_model::Time;

use super::{CallbackEvent, CallbackQuery, Reaction, check, reaction, reply, verify_url};
use crate::Secret;
use crate::wecom_app::callback_crypto::{CallbackCrypto, CallbackError};
use crate::wecom_app::xml;

const NOTIFY: &str = "<xml><ToUserName><![CDATA[wwcorp]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>\
    <CreateTime>1348831860</CreateTime><MsgType><![CDATA[event]]></MsgType><AgentID>2000004</AgentID>\
    <Event><![CDATA[msgaudit_notify]]></Event></xml>";

fn crypto() -> CallbackCrypto {
    let key = Secret::new("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C".to_owned());
    CallbackCrypto::new(Secret::new("token".to_owned()), &key, "wwcorp").expect("the key is good")
}

fn query(signature: &str) -> CallbackQuery {
    let text = str::to_owned;
    CallbackQuery { msg_signature: text(signature), timestamp: text("1"), nonce: text("n"), echostr: String::new() }
}

#[test]
fn repeats_are_the_same_job_in_either_form() {
    let crypto = crypto();
    let first = crypto.seal(NOTIFY.as_bytes(), [1; 16], "1", "n");
    let second = crypto.seal(NOTIFY.as_bytes(), [2; 16], "1", "n");
    assert_ne!(first.encrypt, second.encrypt);
    let xml = format!("<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{}]]></Encrypt></xml>", first.encrypt);
    let json = format!(" {{\"encrypt\":\"{}\"}}", second.encrypt);
    let one = check(&crypto, "wwcorp", &query(&first.signature), xml.as_bytes()).expect("good");
    let other = check(&crypto, "wwcorp", &query(&second.signature), json.as_bytes()).expect("good");
    assert_eq!(one, other);
    assert_eq!((one.event.event.as_str(), one.event.created_at), ("msgaudit_notify", 1_348_831_860));
    assert_eq!(reaction(&one.event), Reaction::FetchMessages);
}

#[test]
fn reactions() {
    let of = |event: &str, change_type: &str| {
        let (event, change_type) = (event.to_owned(), change_type.to_owned());
        reaction(&CallbackEvent { event, change_type, ..CallbackEvent::default() })
    };
    assert_eq!(of("change_contact", "create_user"), Reaction::SyncDirectory);
    assert_eq!(of("change_external_contact", "add_external_contact"), Reaction::SyncDirectory);
    assert_eq!(of("change_external_tag", "update"), Reaction::SyncDirectory);
    assert_eq!(of("change_external_contact", "msg_audit_approved"), Reaction::FetchMessages);
    assert_eq!(of("change_external_chat", "update"), Reaction::NameRoom);
    assert_eq!(of("template_card_event", ""), Reaction::Nothing);
    assert_eq!(of("", ""), Reaction::Nothing);
}

#[test]
fn a_change_of_a_group_names_it_and_jobs_of_before_can_be_read() {
    let crypto = crypto();
    let xml = "<xml><Event>change_external_chat</Event><ChangeType>update</ChangeType><ChatId>wrA</ChatId></xml>";
    let sealed = crypto.seal(xml.as_bytes(), [1; 16], "1", "n");
    let body = format!("<xml><Encrypt>{}</Encrypt></xml>", sealed.encrypt);
    let checked = check(&crypto, "wwcorp", &query(&sealed.signature), body.as_bytes()).expect("good");
    assert_eq!((checked.event.chat_id.as_str(), reaction(&checked.event)), ("wrA", Reaction::NameRoom));
    let before = r#"{"corp_id":"wwcorp","event":"msgaudit_notify","change_type":"","created_at":7}"#;
    let event: CallbackEvent = serde_json::from_str(before).expect("a job of an earlier version");
    assert_eq!((event.chat_id.as_str(), event.created_at), ("", 7));
}

#[test]
fn what_is_malformed_or_forged_is_refused() {
    let crypto = crypto();
    let sealed = crypto.seal(NOTIFY.as_bytes(), [1; 16], "1", "n");
    let check = |signature: &str, body: &str| check(&crypto, "wwcorp", &query(signature), body.as_bytes());
    for body in ["", "{}", "<xml/>", "<xml><Encrypt></Encrypt></xml>", "<xml><Encrypt>", "\u{0}"] {
        assert_eq!(check(&sealed.signature, body), Err(CallbackError::Malformed), "{body}");
    }
    let body = format!("<xml><Encrypt>{}</Encrypt></xml>", sealed.encrypt);
    assert_eq!(check("0000", &body), Err(CallbackError::SignatureWrong));
    let no_xml = crypto.seal(b"hello", [1; 16], "1", "n");
    let body = format!("<xml><Encrypt>{}</Encrypt></xml>", no_xml.encrypt);
    assert_eq!(check(&no_xml.signature, &body), Err(CallbackError::Malformed));
}

#[test]
fn echo_survives_an_unescaped_plus_and_a_reply_can_be_opened() {
    let crypto = crypto();
    let sealed = (0..=255)
        .map(|seed| crypto.seal(b"ECHO", [seed; 16], "1", "n"))
        .find(|sealed| sealed.encrypt.contains('+'))
        .expect("one of many has a plus");
    let echoed = CallbackQuery { echostr: sealed.encrypt.replace('+', " "), ..query(&sealed.signature) };
    assert_eq!(verify_url(&crypto, &echoed).as_deref(), Ok("ECHO"));
    let answer = reply(&crypto, b"<xml/>", [3; 16], Time::from_seconds(1), "n");
    let root = xml::read(answer.as_bytes()).expect("well formed");
    let opened = crypto.open(root.text_of("MsgSignature"), root.text_of("TimeStamp"), "n", root.text_of("Encrypt"));
    assert_eq!(opened.as_deref(), Ok(b"<xml/>".as_slice()));
}
