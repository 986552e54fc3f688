//! The list can be read and is whole.

use std::collections::BTreeSet;

use serde_json::Value;

use super::LIST;

#[test]
fn every_package_has_a_name_a_version_and_a_licence() {
    let list: Value = serde_json::from_str(LIST).unwrap();
    let packages = list["packages"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for package in packages {
        let told = ["name", "version", "licence", "from"].map(|field| package[field].as_str().unwrap().to_owned());
        assert!(told.iter().all(|text| !text.is_empty()), "{package}");
        assert_ne!(package["licence"], "not said", "{package}");
        assert!(["cargo", "npm"].contains(&package["from"].as_str().unwrap()), "{package}");
        assert!(seen.insert(told), "twice: {package}");
    }
    for known in ["axum", "rusqlite", "tantivy", "tokio"] {
        assert!(packages.iter().any(|package| package["name"] == known), "{known} is missing");
    }
    assert!(!packages.iter().any(|package| package["name"].as_str().unwrap().starts_with("xinlu")), "ours");
}
