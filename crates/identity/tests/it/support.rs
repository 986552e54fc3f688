//! A small world: this part behind its router, on a fresh database, with a set clock and a seeded random source.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;
use xinlu_http::{Authenticate, Caller, Credentials, SESSION_COOKIE, Services, router};
use xinlu_identity::{
    DepartmentIn, Directory, Identity, IdentityConfig, IdentityDeps, MemberIn, MemberStatus, endpoints,
};
use xinlu_keys::KeyRing;
use xinlu_ledger::{Ledger, LogName};
use xinlu_model::{Clock, MemberId, UserId};
use xinlu_testkit::{SeededRandom, SetClock, TestDb, both};

/// The source of the demo company in these tests.
pub const CORP: &str = "wecom:corp";
/// A password that obeys the rules.
pub const PASSWORD: &str = "correct horse battery";

/// Who asks.
#[derive(Clone, Copy)]
pub enum As<'a> {
    Nobody,
    Session(&'a str),
    Key(&'a str),
}

/// An answer.
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answered {
    /// The error's code, or what was answered instead.
    pub fn code(&self) -> String {
        let code = self.body.pointer("/error/code").and_then(Value::as_str);
        code.map_or_else(|| format!("{} {}", self.status, self.body), str::to_owned)
    }

    /// The session's token in the cookie that was set.
    pub fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().expect("a cookie is text");
        let (pair, _) = cookie.split_once(';').expect("a cookie has attributes");
        pair.strip_prefix(SESSION_COOKIE).expect("it is the session").trim_start_matches('=').to_owned()
    }

    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body
    }
}

pub struct World {
    pub test: TestDb,
    pub identity: Arc<Identity>,
    pub directory: Arc<Directory>,
    pub ledger: Arc<Ledger>,
    pub clock: Arc<SetClock>,
    pub router: Router,
}

/// One world on each engine.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for test in both(&[xinlu_identity::MIGRATIONS, xinlu_ledger::MIGRATIONS, xinlu_keys::MIGRATIONS]).await {
        worlds.push(World::new(test).await);
    }
    worlds
}

impl World {
    async fn new(test: TestDb) -> Self {
        let clock = SetClock::new();
        let log = test.folder.path().join("audit");
        let ledger = Ledger::open(test.db.clone(), log, LogName::Audit, "xinlu.test/audit", [7; 32], clock.clone());
        let ledger = ledger.await.expect("an empty log opens");
        let directory = Directory::open(test.db.clone(), clock.clone());
        let random = SeededRandom::new(1);
        let keys = KeyRing::open(test.db.clone(), [3; 32], random.clone(), clock.clone()).await.expect("opens");
        let deps = IdentityDeps {
            db: test.db.clone(),
            directory: Arc::clone(&directory),
            ledger: Some(Arc::clone(&ledger)),
            keys: Some(keys),
            clock: clock.clone(),
            random: random.clone(),
            config: IdentityConfig { secure_cookie: true, ..IdentityConfig::default() },
        };
        let identity = Identity::open(deps).await.expect("the part opens");
        let services =
            Services { authenticate: identity.clone(), audit: identity.clone(), clock: clock.clone(), random };
        let router = router(endpoints(&identity), &services);
        Self { test, identity, directory, ledger, clock, router }
    }

    pub async fn call(&self, who: As<'_>, method: Method, path: &str, body: Value) -> Answered {
        self.call_from([127, 0, 0, 1], who, method, path, body).await
    }

    pub async fn call_from(&self, from: [u8; 4], who: As<'_>, method: Method, path: &str, body: Value) -> Answered {
        let mut request = Request::builder().method(method).uri(path).header("x-xinlu", "1");
        request = request.header(header::USER_AGENT, "test/1");
        request = match who {
            As::Nobody => request,
            As::Session(token) => request.header(header::COOKIE, format!("theme=dark; {SESSION_COOKIE}={token}")),
            As::Key(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
        };
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let mut request = request.header(header::CONTENT_TYPE, "application/json").body(body).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 40_000))));
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answered { status, headers, body }
    }

    pub async fn get(&self, who: As<'_>, path: &str) -> Answered {
        self.call(who, Method::GET, path, Value::Null).await
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Answered {
        let body = serde_json::json!({"name": name, "password": password});
        self.call(As::Nobody, Method::POST, "/api/v1/sessions", body).await
    }

    /// A user with these roles and a session of theirs.
    pub async fn user(&self, name: &str, roles: &[&str], member: Option<MemberId>) -> (UserId, String) {
        let user = self.identity.create_user(name, PASSWORD, roles, member).await.expect("the user can be made");
        (user, self.sign_in(name, PASSWORD).await.cookie())
    }

    /// Who a session belongs to, with their rights as of now.
    pub async fn caller(&self, session: &str) -> Option<Caller> {
        let credentials = Credentials { bearer: None, session: Some(session) };
        let caller = self.identity.authenticate(&credentials, self.clock.now()).await;
        caller.expect("it can be found out")
    }

    /// Head office with sales (north and south below it) and service; one leader and one member in each.
    pub async fn company(&self) {
        let department = |id, parent, name: &str| DepartmentIn { id, parent, name: name.to_owned(), order: id };
        let list = vec![
            department(1, None, "总部"),
            department(2, Some(1), "销售部"),
            department(3, Some(2), "北区销售"),
            department(4, Some(2), "南区销售"),
            department(5, Some(1), "客服部"),
        ];
        self.directory.sync_departments(CORP, list).await.expect("departments are taken over");
        self.directory.sync_members(CORP, company_members(), true).await.expect("members are taken over");
    }

    pub async fn member(&self, userid: &str) -> MemberId {
        let found = self.directory.find_members_by_userid(userid).await.expect("members can be looked up");
        *found.first().expect("the member is there")
    }
}

pub fn member(userid: &str, name: &str, departments: &[i64], leader: &[i64]) -> MemberIn {
    MemberIn {
        userid: userid.to_owned(),
        name: name.to_owned(),
        avatar: String::new(),
        departments: departments.to_vec(),
        leader: leader.to_vec(),
        position: "顾问".to_owned(),
        status: MemberStatus::Active,
        archived_seat: None,
    }
}

pub fn company_members() -> Vec<MemberIn> {
    vec![
        member("boss", "董事长", &[1], &[1]),
        member("sales", "销售总监", &[2], &[2]),
        member("north", "王北", &[3], &[]),
        member("south", "李南", &[4], &[]),
        member("south2", "李南山", &[4], &[]),
        member("service", "赵服务", &[5], &[5]),
    ]
}
