//! Errors at the edge: one shape, one place for the status.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use xinlu_model::{ErrorKind, Fault};

/// What a handler answers.
pub type Answer<T> = Result<crate::Json<T>, ApiError>;

/// An error for a client. The router adds the request id.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// Decides the status.
    pub kind: ErrorKind,
    /// The stable code.
    pub code: &'static str,
    /// What failed and what to do; leaks nothing.
    pub message: String,
}

impl ApiError {
    /// An error of a part's own making.
    pub fn new(kind: ErrorKind, code: &'static str, message: &str) -> Self {
        Self { kind, code, message: message.to_owned() }
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorKind::Unauthenticated, "http.unauthenticated", "sign in, or send an API key")
    }

    /// Not allowed.
    pub fn forbidden() -> Self {
        Self::new(ErrorKind::Forbidden, "http.forbidden", "your roles do not allow this")
    }

    /// The status of a kind; the only place that says so.
    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl<F: Fault> From<F> for ApiError {
    fn from(fault: F) -> Self {
        let kind = fault.kind();
        if kind == ErrorKind::Internal {
            tracing::error!(code = fault.code(), cause = %fault, "a request failed");
            return Self::new(kind, fault.code(), "something went wrong here; the log has the cause");
        }
        Self { kind, code: fault.code(), message: fault.to_string() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
