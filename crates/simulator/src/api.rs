//! The HTTP APIs of `qyapi.weixin.qq.com` (PROTOCOL.md 3.4): checks that all of them share, then the one that is called.
//!
//! Bodies are parsed as bytes whatever the Content-Type says, as WeCom does. Every answer is HTTP 200 with an `errcode`,
//! errors too. Handlers are plain functions on plain data; they never block and never wait.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::faults::{ApiFault, dice};
use crate::world::{Corp, World};

pub mod archive;
pub mod contacts;
pub mod external;
pub mod media;
pub mod routes;
pub mod tokens;

/// Where WeCom explains an error.
const QUERY_URL: &str = "https://open.work.weixin.qq.com/devtool/query?e=";
/// A minute, over which calls are counted.
const MINUTE_MS: i64 = 60_000;

/// One call of an API.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path with its leading slash, such as `/cgi-bin/user/get`.
    pub path: String,
    /// Query parameters.
    pub query: BTreeMap<String, String>,
    /// Body, as it came.
    pub body: Vec<u8>,
    /// Who calls.
    pub remote: IpAddr,
    /// Now.
    pub now_ms: i64,
}

impl Request {
    /// A query parameter, empty when absent.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// The body as a JSON object; an empty body is an empty object.
    pub fn json(&self) -> Result<Map<String, Value>, ApiError> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Map::new());
        }
        serde_json::from_slice(&self.body).map_err(|_| ApiError::new(40058, "Warning: wrong json format."))
    }
}

/// An error as WeCom words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The number.
    pub errcode: i64,
    /// The words; nobody may match on them.
    pub errmsg: String,
}

impl ApiError {
    /// An error with these words.
    pub fn new(errcode: i64, errmsg: &str) -> Self {
        Self { errcode, errmsg: errmsg.to_owned() }
    }

    /// An error with the words that are usual for its number.
    pub fn of(errcode: i64) -> Self {
        let errmsg = match errcode {
            -1 => "system busy",
            40001 => "invalid credential",
            40003 => "invalid UserID",
            40007 => "invalid media_id",
            40013 => "invalid corpid",
            40014 => "invalid access_token",
            40058 => "invalid Request Parameter",
            40096 => "invalid external userid",
            41001 => "access_token missing",
            42001 => "access_token expired",
            45009 => "api freq out of limit",
            45033 => "api concurrent out of limit",
            48002 => "api forbidden",
            60003 => "department not found",
            60011 => "no privilege to access/modify contact/party/agent",
            60020 | 301_042 => "not allow to access from your ip",
            60111 => "userid not found",
            84061 => "not external contact",
            301_052 => "archive service expired",
            301_053 => "archive service not opened",
            301_058 => "pull data too large",
            301_059 => "not an internal group",
            301_060 => "too many in one query",
            301_061 => "user unknown",
            _ => "error",
        };
        Self::new(errcode, errmsg)
    }

    /// The answer: `errcode`, and `errmsg` with hint, address and link as the real one has.
    pub fn body(&self, request: &Request) -> Value {
        let Self { errcode, errmsg } = self;
        let hint = dice::hash(format!("{}{}{}", request.path, request.now_ms, errcode).as_bytes());
        json!({
            "errcode": errcode,
            "errmsg": format!("{errmsg}, hint: [{hint}], from ip: {}, more info at {QUERY_URL}{errcode}", request.remote),
        })
    }
}

/// What an API answers when all is well: members beside `errcode` and `errmsg`.
pub type Answer = Result<Value, ApiError>;

/// Which secrets may call an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The archive's.
    Archive,
    /// The contacts synchronisation's and the app's.
    Contacts,
    /// Customer contact's and the app's.
    External,
    /// The app's.
    App,
    /// Any.
    Any,
}

/// Answers a JSON call.
pub fn answer(world: &World, request: &Request) -> Value {
    let result = checked(world, request).and_then(|corp| routes::call(corp, request));
    match result {
        Ok(Value::Object(mut body)) => {
            body.insert("errcode".to_owned(), json!(0));
            body.insert("errmsg".to_owned(), json!("ok"));
            Value::Object(body)
        }
        Ok(other) => other,
        Err(error) => error.body(request),
    }
}

/// Runs all checks that come before an API; the corp whose token was shown.
pub fn checked<'w>(world: &'w World, request: &Request) -> Result<&'w Corp, ApiError> {
    let faults = world.faults();
    if let Some((name, fault)) = api_fault(&faults.http.apis, &request.path)
        && fault.errcode != 0
        && dice::happens(faults.seed, name, world.next_draw(), fault.ratio)
        && world.may_play(name, fault.times_max)
    {
        return Err(ApiError::of(fault.errcode));
    }
    let trusted = &faults.http.trusted_ips;
    let untrusted = !trusted.is_empty() && !trusted.contains(&request.remote);
    let token = request.parameter("access_token");
    if token.is_empty() {
        return Err(ApiError::of(41001));
    }
    let found = world.corps.iter().find_map(|corp| Some((corp, corp.tokens.find(token)?)));
    let (corp, token) = found.ok_or_else(|| ApiError::of(40014))?;
    corp.count_call(&request.path);
    if token.from_untrusted_ip {
        return Err(ApiError::of(41001));
    }
    if untrusted {
        return Err(ApiError::of(60020));
    }
    if request.now_ms >= token.expires_at_ms {
        return Err(ApiError::of(42001));
    }
    let scope = routes::scope(&request.path).ok_or_else(|| ApiError::new(40001, "unknown api path"))?;
    if !token.kind.allows(scope) {
        return Err(ApiError::of(48002));
    }
    let limits = &faults.http.calls_per_minute_max;
    if let Some(calls_max) = limits.get(&request.path).or_else(|| limits.get("*")) {
        let minute = request.now_ms / MINUTE_MS;
        let what = format!("minute {minute} {} {}", corp.config.corpid, request.path);
        if !world.may_play(&what, (*calls_max).max(1)) {
            return Err(ApiError::of(45009));
        }
    }
    Ok(corp)
}

/// The fault set for a path, or for all paths, with the name it was found under.
pub fn api_fault<'f>(apis: &'f BTreeMap<String, ApiFault>, path: &str) -> Option<(&'f str, &'f ApiFault)> {
    apis.get_key_value(path).or_else(|| apis.get_key_value("*")).map(|(name, fault)| (name.as_str(), fault))
}

/// `GET /cgi-bin/gettoken`.
pub fn gettoken(world: &World, request: &Request) -> Value {
    match new_token(world, request) {
        Ok(body) => body,
        Err(error) => error.body(request),
    }
}

fn new_token(world: &World, request: &Request) -> Answer {
    let faults = world.faults();
    if let Some((name, fault)) = api_fault(&faults.http.apis, &request.path)
        && name != "*"
        && fault.errcode != 0
        && dice::happens(faults.seed, name, world.next_draw(), fault.ratio)
        && world.may_play(name, fault.times_max)
    {
        return Err(ApiError::of(fault.errcode));
    }
    let corpid = request.parameter("corpid");
    if corpid.is_empty() {
        return Err(ApiError::new(41002, "corpid missing"));
    }
    let corp = world.corp(corpid).ok_or_else(|| ApiError::of(40013))?;
    corp.count_call(&request.path);
    let secret = request.parameter("corpsecret");
    if secret.is_empty() {
        return Err(ApiError::new(41004, "corpsecret missing"));
    }
    let kind = tokens::kind_of_secret(&corp.config, secret).ok_or_else(|| ApiError::of(40001))?;
    let trusted = &faults.http.trusted_ips;
    let untrusted = !trusted.is_empty() && !trusted.contains(&request.remote);
    if untrusted && !faults.http.untrusted_token_gives_41001 {
        return Err(ApiError::of(60020));
    }
    let ttl_ms = (faults.http.token_ttl_s * 1000) as i64;
    let (text, token) = corp.tokens.give(kind, request.now_ms, ttl_ms, untrusted);
    let expires_in = (token.expires_at_ms - request.now_ms) / 1000;
    Ok(json!({"errcode": 0, "errmsg": "ok", "access_token": text, "expires_in": expires_in}))
}
