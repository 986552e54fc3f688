//! JSON bodies, queries and path parts whose refusals are our errors.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinlu_model::ErrorKind;

use crate::ApiError;

/// A JSON body, read or answered.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The query of the URL.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// Parts of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let json = axum::Json::from_request(request, state).await.map_err(|rejection| refuse_json(&rejection))?;
        Ok(Self(json.0))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::new(ErrorKind::Invalid, "http.invalid_query", &rejection.body_text()))?;
        Ok(Self(query.0))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::new(ErrorKind::Invalid, "http.invalid_path", &rejection.body_text()))?;
        Ok(Self(path.0))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn refuse_json(rejection: &JsonRejection) -> ApiError {
    if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(
            ErrorKind::TooLarge,
            "http.body_too_large",
            "the body is larger than this endpoint takes",
        );
    }
    ApiError::new(ErrorKind::Invalid, "http.invalid_body", &rejection.body_text())
}
