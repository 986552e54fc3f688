//! The HTTP APIs: tokens, scopes, leniency, errors. The judges in tools/judge go through all of them with wechatpy.

use serde_json::{Value, json};

use crate::harness::Simulator;

fn simulator(folder: &tempfile::TempDir) -> Simulator {
    Simulator::start(folder.path(), 20)
}

fn errcode(answer: &Value) -> i64 {
    answer["errcode"].as_i64().unwrap()
}

#[test]
fn a_token_opens_what_its_secret_may() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator(&folder);
    let paths = [
        ("archive_secret", "/cgi-bin/msgaudit/get_permit_user_list", "/cgi-bin/user/list_id"),
        ("contact_secret", "/cgi-bin/department/simplelist", "/cgi-bin/externalcontact/get_follow_user_list"),
        ("external_contact_secret", "/cgi-bin/externalcontact/get_follow_user_list", "/cgi-bin/department/list"),
        ("app_secret", "/cgi-bin/department/list", "/cgi-bin/msgaudit/get_permit_user_list"),
    ];
    for (secret, allowed, forbidden) in paths {
        let token = simulator.token(secret);
        assert_eq!(simulator.token(secret), token, "an early second call gives the same token");
        assert_eq!(errcode(&simulator.get_json(&format!("{allowed}?access_token={token}"))), 0, "{allowed}");
        let refused = simulator.get_json(&format!("{forbidden}?access_token={token}"));
        assert_eq!(errcode(&refused), 48002, "{forbidden}");
        let errmsg = refused["errmsg"].as_str().unwrap();
        assert!(errmsg.contains("hint: [") && errmsg.contains("from ip: 127.0.0.1"), "{errmsg}");
    }
    assert_eq!(errcode(&simulator.get_json("/cgi-bin/department/list")), 41001);
    assert_eq!(errcode(&simulator.get_json("/cgi-bin/department/list?access_token=x")), 40014);
    assert_eq!(errcode(&simulator.get_json("/cgi-bin/gettoken?corpid=ww0&corpsecret=x")), 40013);
}

#[test]
fn bodies_are_read_without_a_content_type_and_broken_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator(&folder);
    let path = format!("/cgi-bin/user/list_id?access_token={}", simulator.token("contact_secret"));
    let (_, answer) = simulator.post(&path, br#"{"cursor":"","limit":2}"#);
    assert_eq!((answer["dept_user"].as_array().unwrap().len(), answer["next_cursor"].as_str()), (2, Some("2")));
    let (status, answer) = simulator.post(&path, b"{broken");
    assert_eq!((status, errcode(&answer)), (200, 40058));
}

#[test]
fn agreements_and_names_of_groups_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator(&folder);
    let (archive, external) = (simulator.token("archive_secret"), simulator.token("external_contact_secret"));
    let ask = |token: &str, api: &str, body: Value| {
        simulator.post(&format!("/cgi-bin/{api}?access_token={token}"), body.to_string().as_bytes()).1
    };
    let follow = simulator.get_json(&format!("/cgi-bin/externalcontact/get_follow_user_list?access_token={external}"));
    let userid = &follow["follow_user"][0];
    let contacts = ask(&external, "externalcontact/batch/get_by_user", json!({"userid_list": [userid], "limit": 100}));
    let contact = &contacts["external_contact_list"][0]["external_contact"]["external_userid"];
    let statuses = ["Agree", "Disagree", "Default_Agree"].map(Value::from);

    let pair = json!({"userid": userid, "exteranalopenid": contact});
    let agreed = ask(&archive, "msgaudit/check_single_agree", json!({"info": [pair]}));
    let info = &agreed["agreeinfo"][0];
    assert_eq!((&info["userid"], &info["exteranalopenid"]), (userid, contact));
    assert!(statuses.contains(&info["agree_status"]) && info["status_change_time"].as_i64() > Some(1_500_000_000));
    let too_many = ask(&archive, "msgaudit/check_single_agree", json!({"info": vec![pair; 101]}));
    assert_eq!(errcode(&too_many), 301_060);
    let unknown = json!({"userid": "nobody", "exteranalopenid": contact});
    assert_eq!(errcode(&ask(&archive, "msgaudit/check_single_agree", json!({"info": [unknown]}))), 301_061);

    let groups = ask(&external, "externalcontact/groupchat/list", json!({"limit": 10, "cursor": ""}));
    let room = &groups["group_chat_list"][0]["chat_id"];
    let group = ask(&external, "externalcontact/groupchat/get", json!({"chat_id": room, "need_name": 0}));
    assert!(group["group_chat"]["name"].as_str().is_some_and(|name| !name.is_empty()));
    let members = group["group_chat"]["member_list"].as_array().unwrap();
    let agreed = ask(&archive, "msgaudit/check_room_agree", json!({"roomid": room}));
    let answers = agreed["agreeinfo"].as_array().unwrap();
    assert_eq!(answers.len(), members.iter().filter(|member| member["type"] == 2).count());
    for answer in answers {
        assert!(statuses.contains(&answer["agree_status"]));
        assert!(members.iter().any(|member| member["userid"] == answer["exteranalopenid"]));
    }
    assert_eq!(errcode(&ask(&archive, "msgaudit/groupchat/get", json!({"roomid": room}))), 301_059);
}

#[test]
fn errors_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator(&folder);
    let path = format!("/cgi-bin/department/list?access_token={}", simulator.token("app_secret"));
    let with = |http: Value| {
        simulator.set_faults(json!({"http": http}));
        simulator.get_json(&path)["errcode"].as_i64()
    };
    for wanted in [-1, 40014, 42001, 45009, 60020, 84061] {
        assert_eq!(with(json!({"apis": {"*": {"errcode": wanted}}})), Some(wanted));
    }
    assert_eq!(with(json!({"apis": {"/cgi-bin/user/get": {"errcode": 45009}}})), Some(0));
    assert_eq!(with(json!({"trusted_ips": ["10.0.0.1"]})), Some(60020));
    assert_eq!(with(json!({"trusted_ips": ["127.0.0.1"]})), Some(0));
    simulator.set_faults(json!({"http": {"apis": {"*": {"status": 502, "times_max": 1}}}}));
    assert_eq!((simulator.get(&path).0, simulator.get(&path).0), (502, 200));
}

#[test]
fn tokens_end_are_revoked_or_come_from_a_bad_address() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator(&folder);
    let call = |token: &str| errcode(&simulator.get_json(&format!("/cgi-bin/department/list?access_token={token}")));
    let first = simulator.token("app_secret");
    simulator.post("/sim/tokens/expire", b"");
    assert_eq!(call(&first), 42001);
    let second = simulator.token("app_secret");
    assert_ne!(second, first);
    assert_eq!(call(&second), 0);
    simulator.post("/sim/tokens/revoke", b"");
    assert_eq!(call(&second), 40014);
    let http = json!({"trusted_ips": ["10.0.0.1"], "untrusted_token_gives_41001": true});
    simulator.set_faults(json!({"http": http}));
    let bad = simulator.token("app_secret");
    assert_eq!(call(&bad), 41001);
}

#[test]
fn calls_at_once_beyond_the_limit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator(&folder);
    let path = format!("/cgi-bin/department/list?access_token={}", simulator.token("app_secret"));
    let http = json!({"concurrency_max": 1, "apis": {"*": {"delay_ms": 300}}});
    simulator.set_faults(json!({"http": http}));
    let codes: Vec<i64> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..3).map(|_| scope.spawn(|| errcode(&simulator.get_json(&path)))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(codes.contains(&0) && codes.contains(&45033), "{codes:?}");
}
