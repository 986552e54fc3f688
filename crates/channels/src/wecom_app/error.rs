//! What a call of WeCom's HTTP API can end in. Decided by `errcode` alone; of `errmsg` nothing is read but the address
//! that WeCom refuses, which stands nowhere else.

use std::net::IpAddr;

use xinlu_model::Time;

/// An error of one call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WecomError {
    /// No answer: connection, proxy, TLS. The text has no URL, because URLs carry tokens.
    #[error("no answer from WeCom: {0}")]
    Network(String),
    /// No answer in time.
    #[error("no answer from WeCom in time")]
    TimedOut,
    /// An HTTP status without an answer of WeCom's.
    #[error("WeCom answered with HTTP status {0}")]
    Status(u16),
    /// The answer is larger than any we know.
    #[error("the answer of WeCom is too large")]
    TooLarge,
    /// The answer is no JSON object.
    #[error("the answer of WeCom is not JSON")]
    NotJson,
    /// WeCom refused.
    #[error("WeCom refused {api} with errcode {errcode}")]
    Refused {
        /// The path of the API.
        api: &'static str,
        /// WeCom's number.
        errcode: i64,
        /// Our address as WeCom sees it, when that is what it refuses.
        address: Option<IpAddr>,
    },
    /// Called too often; not called again before then.
    #[error("{api} is called too often; next try at {until}")]
    Throttled {
        /// The path of the API.
        api: &'static str,
        /// When it may be called again.
        until: Time,
    },
    /// The secret that this API needs is not configured.
    #[error("no secret is configured for this")]
    NoSecret,
}

impl WecomError {
    /// WeCom's number, when it gave one.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Refused { errcode, .. } => Some(*errcode),
            _ => None,
        }
    }

    /// Whether the app may simply not do this (48002, 60011, 50002, 84074): another way may work, a retry will not.
    pub fn is_not_permitted(&self) -> bool {
        matches!(self.errcode(), Some(48002 | 60011 | 50002 | 84074))
    }
}

/// What stands before our address in `errmsg`.
const FROM_ADDRESS: &str = "from ip: ";

/// Our address as WeCom sees it, out of the `errmsg` of 60020 and its like; nothing else of the text is ever used.
pub(crate) fn address_in(errmsg: &str) -> Option<IpAddr> {
    let (_, rest) = errmsg.split_once(FROM_ADDRESS)?;
    rest.split([',', ' ', ';']).next()?.parse().ok()
}

/// What to do about an `errcode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It worked.
    Done,
    /// Get a new token and try once more.
    Token,
    /// WeCom is busy: try again soon.
    Busy,
    /// Too often: leave this API alone for a while.
    Throttled,
    /// Anything else.
    Refused,
}

/// The table of PROTOCOL.md 3.4.
pub(super) fn verdict(errcode: i64) -> Verdict {
    match errcode {
        0 => Verdict::Done,
        40014 | 42001 | 41001 => Verdict::Token,
        -1 => Verdict::Busy,
        45009 | 45033 => Verdict::Throttled,
        _ => Verdict::Refused,
    }
}
