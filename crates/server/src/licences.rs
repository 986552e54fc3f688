//! `GET /api/v1/licences`: the packages of others that the program and its console consist of.
//!
//! The list is made by `cargo xtask gen` and is told as it was when the program was built.

use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use xinlu_http::{Access, Endpoint};

/// Made from the lock files; `cargo xtask tidy` refuses a list that is not true.
const LIST: &str = include_str!("licences.json");

/// Packages and their licences.
#[derive(Serialize, utoipa::ToSchema)]
struct Licences {
    /// In the order of their names, those of the program first.
    packages: Vec<LicencedPackage>,
}

/// A package of somebody else.
#[derive(Serialize, utoipa::ToSchema)]
struct LicencedPackage {
    name: String,
    version: String,
    /// An SPDX expression.
    licence: String,
    /// `cargo`: in the program; `npm`: in its console.
    from: String,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/api/v1/licences", Access::SignedIn, get(list))
            .summary("Lists the packages of others that the program and its console consist of, with their licences")
            .answer::<Licences>(),
    ]
}

async fn list() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], LIST).into_response()
}

#[cfg(test)]
mod tests;
