//! `GET /api/v1/licences`: the packages of others that the program and its console consist of, and their licences in full.
//!
//! The list is made by `cargo xtask gen` and is told as it was when the program was built.

use std::io::Read as _;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use serde::Serialize;
use xinlu_http::{Access, Endpoint};

use crate::assets::takes_gzip;

/// Packed by the build from what `cargo xtask gen` made; `cargo xtask tidy` refuses a list that is not true.
const LIST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/licences.json.gz"));

/// Packages and their licences.
#[derive(Serialize, utoipa::ToSchema)]
struct Licences {
    /// In the order of their names, those of the program first.
    packages: Vec<LicencedPackage>,
    /// The texts of all licences, each once.
    texts: Vec<String>,
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
    /// The places of its licences in `texts`, from 0.
    texts: Vec<u32>,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/api/v1/licences", Access::SignedIn, get(list))
            .summary("Lists the packages of others that the program and its console consist of, with their licences")
            .answer::<Licences>(),
    ]
}

async fn list(asked: HeaderMap) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::VARY, "accept-encoding")];
    if !takes_gzip(&asked) {
        return (kind, unpacked()).into_response();
    }
    let mut response = (kind, LIST).into_response();
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn unpacked() -> String {
    let mut text = String::new();
    GzDecoder::new(LIST).read_to_string(&mut text).expect("the build packed text into memory");
    text
}

#[cfg(test)]
mod tests;
