//! Packages that the server is linked of, those that only build or test it left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Package, expression, list, text, texts};
use crate::tree;

/// The package that all others are in the binary for.
const ROOT: &str = "xinlu-server";
/// What is built for other systems only is in no binary of ours.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

pub(super) fn packages() -> Result<BTreeSet<Package>, String> {
    let linked = linked(&metadata()?)?;
    let own: Vec<Vec<String>> = linked.iter().map(texts_of).collect();
    // Packages of one repository are under one licence; some leave its text to their sibling.
    let mut of_repository: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (package, texts) in linked.iter().zip(&own).filter(|(_, texts)| !texts.is_empty()) {
        of_repository.entry(repository(package)).or_insert_with(|| texts.clone());
    }
    let mut packages = BTreeSet::new();
    for (package, own) in linked.iter().zip(own) {
        let (name, licence) = (text(&package["name"]), expression(&package["license"]));
        let shared = of_repository.get(&repository(package)).filter(|_| !repository(package).is_empty());
        let mut texts = own;
        if texts.is_empty() {
            texts = shared.cloned().unwrap_or_default();
        }
        if !texts::are_whole(&texts) {
            texts.extend(texts::written(&name, &licence, &authors(package))?);
        }
        packages.insert(Package { name, version: text(&package["version"]), licence, from: "cargo", texts });
    }
    Ok(packages)
}

fn metadata() -> Result<Value, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", PLATFORM]);
    let output = command.current_dir(tree::root()).output().map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn linked(metadata: &Value) -> Result<Vec<Value>, String> {
    let nodes: HashMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let root = packages.iter().find(|(_, package)| package["name"] == ROOT).map(|(id, _)| id.clone());
    let mut waiting = vec![root.ok_or_else(|| format!("cargo metadata: there is no {ROOT}"))?];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let dependencies = nodes.get(&id).map(|node| list(&node["deps"])).unwrap_or_default();
        let linked =
            dependencies.iter().filter(|one| list(&one["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()));
        let next: Vec<String> = linked.map(|one| text(&one["pkg"])).collect();
        if seen.insert(id) {
            waiting.extend(next);
        }
    }
    let found = seen.iter().filter_map(|id| packages.get(id));
    Ok(found.filter(|package| !package["source"].is_null()).cloned().collect())
}

fn texts_of(package: &Value) -> Vec<String> {
    let manifest = text(&package["manifest_path"]);
    Path::new(&manifest).parent().map_or_else(Vec::new, texts::in_folder)
}

fn repository(package: &Value) -> String {
    let address = text(&package["repository"]);
    address.split("/tree/").next().unwrap_or_default().trim_end_matches('/').trim_end_matches(".git").to_owned()
}

/// Names without addresses.
fn authors(package: &Value) -> Vec<String> {
    let names = list(&package["authors"]).into_iter().map(|author| text(&author));
    let names = names.map(|author| author.split('<').next().unwrap_or_default().trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}
