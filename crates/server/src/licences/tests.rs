//! The list can be read and is whole.

use std::collections::BTreeSet;

use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use super::{LIST, list, unpacked};

/// What the program may grow by for the texts.
const PACKED_BYTES_MAX: usize = 300 * 1024;

/// No licence is shorter; what is only names one.
const WHOLE_BYTES_MIN: usize = 400;

fn read() -> Value {
    serde_json::from_str(&unpacked()).unwrap()
}

#[test]
fn every_package_has_a_name_a_version_and_a_licence() {
    let list = read();
    let packages = list["packages"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for package in packages {
        let told = ["name", "version", "licence", "from"].map(|field| package[field].as_str().unwrap().to_owned());
        assert!(told.iter().all(|text| !text.is_empty()), "{package}");
        assert_ne!(package["licence"], "not said", "{package}");
        assert!(["cargo", "npm"].contains(&package["from"].as_str().unwrap()), "{package}");
        assert!(seen.insert(told), "twice: {package}");
    }
    for known in ["axum", "rusqlite", "tantivy", "tokio", "@vue/runtime-core", "element-plus"] {
        assert!(packages.iter().any(|package| package["name"] == known), "{known} is missing");
    }
    for build_only in ["vite", "typescript", "@babel/parser"] {
        assert!(!packages.iter().any(|package| package["name"] == build_only), "{build_only} is not in the product");
    }
    assert!(!packages.iter().any(|package| package["name"].as_str().unwrap().starts_with("xinlu")), "ours");
}

#[test]
fn every_package_has_the_text_of_its_licence() {
    let list = read();
    let texts = list["texts"].as_array().unwrap();
    for package in list["packages"].as_array().unwrap() {
        let places = package["texts"].as_array().unwrap().iter();
        let length = |place: &Value| texts[usize::try_from(place.as_u64().unwrap()).unwrap()].as_str().unwrap().len();
        assert!(places.map(length).max() >= Some(WHOLE_BYTES_MIN), "{package} brings no licence");
    }
    let once: BTreeSet<&str> = texts.iter().map(|text| text.as_str().unwrap()).collect();
    assert_eq!(once.len(), texts.len(), "a text stands there twice");
}

#[tokio::test]
async fn it_is_sent_packed_to_who_reads_that_and_is_small() {
    assert!(LIST.len() < PACKED_BYTES_MAX, "{} bytes", LIST.len());
    let mut asked = HeaderMap::new();
    let plain = to_bytes(list(asked.clone()).await.into_body(), usize::MAX).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&plain).unwrap(), read());
    asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let packed = list(asked).await;
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(to_bytes(packed.into_body(), usize::MAX).await.unwrap().as_ref(), LIST);
}
