//! A role of the demo's own: a quality inspector reads everything masked and may reveal single messages, each of which the
//! audit trail keeps.
//!
//! It is made the way an administrator makes one, by the API and with the administrator's key: nothing here goes past the
//! checks and the audit trail of the server.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::Failure;

/// What `demo.json` calls the role; no role that is built in has this code.
pub const CODE: &str = "quality_inspector";
const NAME: &str = "质检员";
const DESCRIPTION: &str = "脱敏查看全部会话；需要时逐条查看原文，每次都记入审计";
/// Our own server is beside us.
const TIMEOUT_MS: u64 = 30_000;

/// The server's API as an administrator sees it.
pub struct Administrator {
    client: reqwest::Client,
    url: String,
    key: String,
}

impl Administrator {
    /// By their API key. The certificate of this very process need not be one that others trust.
    pub fn new(url: &str, key: &str) -> Result<Self, Failure> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_millis(TIMEOUT_MS))
            .no_proxy()
            .tls_danger_accept_invalid_certs(true)
            .build()
            .map_err(refused)?;
        Ok(Self { client, url: url.to_owned(), key: key.to_owned() })
    }

    /// Gives the inspector's role to a user, making it first where there is none.
    pub async fn appoint(&self, user: i64) -> Result<(), Failure> {
        let roles = self.send(self.client.get(self.at("roles"))).await?;
        let known = roles["items"].as_array().into_iter().flatten().find(|role| role["name"] == NAME);
        let role = match known {
            Some(role) => role.clone(),
            None => self.send(self.client.post(self.at("roles")).json(&role())).await?,
        };
        let given = json!({"roles": [role["id"]]});
        self.send(self.client.put(self.at(&format!("users/{user}/roles"))).json(&given)).await.map(|_| ())
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.url)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        let answer = request.bearer_auth(&self.key).send().await.map_err(refused)?;
        answer.error_for_status().map_err(refused)?.json().await.map_err(refused)
    }
}

fn role() -> Value {
    let rule = |permission: &str, level: &str| json!({"permission": permission, "scope": "all", "level": level});
    json!({
        "name": NAME,
        "description": DESCRIPTION,
        "rules": [
            rule("conversation.read", "masked"),
            rule("archive.reveal", "text"),
            rule("contact.read", "text"),
            rule("member.read", "text"),
            rule("archive.verify", "text"),
        ],
    })
}

fn refused(error: reqwest::Error) -> Failure {
    Failure::Part { code: "server.demo", cause: format!("the role of the demo's inspector: {error}") }
}
