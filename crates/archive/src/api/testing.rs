//! What tests of the endpoints share: a world behind its router, with the audit trail as it is in production.
//!
//! Who asks is written into the key: `anna conversation.read=masked archive.reveal=text=1` is Anna with the first permission
//! over everybody at level masked and the second over member 1.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use xinlu_http::{
    ApiError, Authenticate, Caller, Credentials, Grant, Grants, Level, SESSION_COOKIE, Services, Visible, router,
};
use xinlu_identity::{Identity, IdentityConfig, IdentityDeps};
use xinlu_model::{MemberId, Time, UserId};
use xinlu_testkit::{SeededRandom, TestDb};

use crate::fixture::{World, worlds};

/// Anna, who reads everything in full.
pub(crate) const READER: &str = "anna conversation.read=text";

struct Door;

#[async_trait]
impl Authenticate for Door {
    async fn authenticate(&self, credentials: &Credentials<'_>, _: Time) -> Result<Option<Caller>, ApiError> {
        let Some((name, rules)) = credentials.bearer.and_then(|key| key.split_once(' ')) else { return Ok(None) };
        let grants = rules.split(' ').filter(|rule| !rule.is_empty()).map(grant).collect();
        let user = UserId::new(i64::from(*name.as_bytes().first().unwrap()));
        let grants = Arc::new(Grants::new(grants));
        Ok(Some(Caller { user, name: name.to_owned(), member: None, grants, by_cookie: false }))
    }
}

fn grant(rule: &str) -> Grant {
    let mut parts = rule.split('=');
    let permission = parts.next().unwrap().to_owned();
    let level = match parts.next().unwrap() {
        "metadata" => Level::Metadata,
        "masked" => Level::Masked,
        _ => Level::Text,
    };
    let member = parts.next().map(|member| MemberId::new(member.parse().unwrap()));
    let visible = member.map_or(Visible::All, |member| Visible::Members(Arc::new(BTreeSet::from([member]))));
    Grant { permission, visible, level }
}

/// An answer.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The status with the error's code, if there is one.
    pub(crate) fn code(&self) -> (u16, String) {
        let code = self.json().pointer("/error/code").and_then(Value::as_str).unwrap_or_default().to_owned();
        (self.status.as_u16(), code)
    }
}

/// A world behind its router.
pub(crate) struct Api {
    pub(crate) world: World,
    pub(crate) router: Router,
    _test: TestDb,
}

/// One on each engine that is here.
pub(crate) async fn apis() -> Vec<Api> {
    let mut apis = Vec::new();
    for (test, world) in worlds().await {
        let random = SeededRandom::new(5);
        let identity = Identity::open(IdentityDeps {
            db: world.db.clone(),
            directory: world.directory.clone(),
            ledger: None,
            keys: None,
            clock: world.clock.clone(),
            random: random.clone(),
            config: IdentityConfig::default(),
        });
        let audit = identity.await.unwrap();
        let services = Services { authenticate: Arc::new(Door), audit, clock: world.clock.clone(), random };
        let router = router(super::endpoints(&world.archive), &services);
        apis.push(Api { world, router, _test: test });
    }
    apis
}

impl Api {
    pub(crate) async fn ask(&self, method: &str, path: &str, key: &str) -> Answered {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        assert!(!headers.contains_key("set-cookie"), "{SESSION_COOKIE} is not ours to set");
        Answered { status, headers, bytes }
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answered {
        self.ask("GET", path, key).await
    }

    /// The number of the conversation of a record.
    pub(crate) async fn conversation(&self, record: i64) -> i64 {
        let record = xinlu_model::RecordId::new(record);
        self.world.archive.conversation_of(record).await.unwrap().unwrap().number()
    }
}
