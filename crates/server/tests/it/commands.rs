//! What an operator types, and what it leaves behind.

use serde_json::{Value, json};

use crate::stand::Stand;

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_from_the_command_line_is_loud_written_down_and_ends_all_else() {
    let mut stand = Stand::new(0, None).await;
    stand.key = stand.add_user("auditor", "auditor");
    let trail = stand.add_user("trail", "audit_administrator");
    let output = stand.command(&["user", "reset-password", "auditor"]);
    let (told, warned) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for words in ["SECURITY", "the password of auditor was reset", "1 API key", "of the audit trail"] {
        assert!(warned.contains(words), "{words}: {warned}");
    }
    let password = told.trim().rsplit(' ').next().unwrap();
    assert!(!warned.contains(password), "the password goes to standard output only");

    stand.start();
    let (status, _) = stand.ask("GET", "/api/v1/sessions", None, &stand.key).await;
    assert_eq!(status, 401, "the key was revoked");
    assert!(stand.sign_in("auditor", password).await.is_some());
    let (status, page) = stand.ask("GET", "/api/v1/audit?action=user.reset_password", None, &trail).await;
    assert_eq!(status, 200, "{page}");
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{page}");
    let detail =
        json!({"name": "auditor", "by": "command line", "sessions_ended": 0, "keys_revoked": 1, "admitted": false});
    assert_eq!(items[0]["detail"], detail);
    assert!(warned.contains(&format!("entry {} of the audit trail", items[0]["id"])), "{warned}");
    stand.stop();
    let wals = ["xinlu.db-wal", "keys/keys.db-wal"].map(|name| stand.data().join(name));
    for wal in wals {
        let bytes = std::fs::metadata(&wal).map_or(0, |about| about.len());
        assert_eq!(bytes, 0, "{} is left after a clean stop", wal.display());
    }
    stand.verify_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_the_keys_is_written_down_and_all_stays_readable() {
    let mut stand = Stand::running(30, None).await;
    stand.until_searchable(30).await;
    let bodies = async |stand: &Stand| -> Vec<(Value, Value)> {
        let found = stand.search("").await;
        let messages = found["items"].as_array().unwrap().iter().map(|item| &item["message"]);
        messages.map(|message| (message["record"].clone(), message["body"].clone())).collect()
    };
    let before = bodies(&stand).await;
    stand.stop();
    let trail = stand.add_user("trail", "audit_administrator");
    let told = String::from_utf8(stand.command(&["keys", "rotate"]).stdout).unwrap();
    assert!(told.contains("under epoch 2"), "{told}");
    stand.start();
    assert!(bodies(&stand).await == before, "what was said can be read as before");
    let (status, page) = stand.ask("GET", "/api/v1/audit?action=keys.rotate", None, &trail).await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(page["items"][0]["detail"], json!({"by": "command line"}));
    assert!(told.contains(&format!("entry {} of the audit trail", page["items"][0]["id"])), "{told}");
    stand.stop();
    stand.verify_intact();
}
