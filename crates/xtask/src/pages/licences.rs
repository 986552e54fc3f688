//! What the product consists of besides our own code: the packages in the binary and in the console, with their licences and
//! the texts that these ask to be passed on.
//!
//! It asks `cargo metadata` offline, reads what the console was bundled of and the packages' own files; it never asks a
//! registry, and nothing of this machine's paths gets into the page.

mod binary;
mod console;
mod texts;

use serde_json::{Value, json};

use crate::tree;

/// A package of somebody else; in the order they are listed.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    /// An SPDX expression.
    licence: String,
    /// `cargo` or `npm`.
    from: &'static str,
    /// The texts that come with it.
    texts: Vec<String>,
}

/// The list as JSON, one package and one text a line; a text that several packages share stands there once.
pub fn page() -> Result<String, String> {
    let before = std::fs::read_to_string(tree::root().join(super::LICENCES)).unwrap_or_default();
    let mut packages = binary::packages()?;
    packages.extend(console::packages(&serde_json::from_str(&before).unwrap_or_default())?);
    let mut texts: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for package in packages {
        let mut places = Vec::new();
        for text in package.texts {
            let known = texts.iter().position(|one| *one == text);
            places.push(known.unwrap_or(texts.len()));
            if known.is_none() {
                texts.push(text);
            }
        }
        let Package { name, version, licence, from, .. } = package;
        let line = json!({"name": name, "version": version, "licence": licence, "from": from, "texts": places});
        lines.push(line.to_string());
    }
    let texts: Vec<String> = texts.into_iter().map(|text| Value::from(text).to_string()).collect();
    Ok(format!("{{\"packages\":[\n{}\n],\"texts\":[\n{}\n]}}\n", lines.join(",\n"), texts.join(",\n")))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// An SPDX expression; older manifests put a slash for OR.
fn expression(licence: &Value) -> String {
    let parts = licence.as_str().unwrap_or("not said").split('/').map(str::trim);
    parts.collect::<Vec<_>>().join(" OR ")
}
