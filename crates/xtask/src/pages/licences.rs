//! What the product consists of besides our own code: the packages in the binary and in the console, with their licences.
//!
//! It asks `cargo metadata` offline and reads the lock file of the console; it never asks a registry.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::tree;

/// The package that all others are in the binary for.
const ROOT: &str = "xinlu-server";
/// What is built for other systems only is in no binary of ours.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
const WEB_LOCK: &str = "web/package-lock.json";

/// Name, version, licence, where from; in the order they are listed.
type Package = (String, String, String, &'static str);

/// The list as JSON, one package a line.
pub fn page() -> Result<String, String> {
    let mut packages = of_binary()?;
    packages.extend(of_console()?);
    let lines: Vec<String> = packages
        .into_iter()
        .map(|(name, version, licence, from)| {
            json!({"name": name, "version": version, "licence": licence, "from": from}).to_string()
        })
        .collect();
    Ok(format!("{{\"packages\":[\n{}\n]}}\n", lines.join(",\n")))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An SPDX expression; older manifests put a slash for OR.
fn expression(licence: &Value) -> String {
    let parts = licence.as_str().unwrap_or("not said").split('/').map(str::trim);
    parts.collect::<Vec<_>>().join(" OR ")
}

/// Packages that the server is linked of, those that only build or test it left out.
fn of_binary() -> Result<BTreeSet<Package>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", PLATFORM]);
    let output = command.current_dir(tree::root()).output().map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes: HashMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let packages: HashMap<String, Value> =
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
    let foreign = seen.iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null());
    let one =
        |package: &Value| (text(&package["name"]), text(&package["version"]), expression(&package["license"]), "cargo");
    Ok(foreign.map(one).collect())
}

/// Packages that the console is bundled of.
fn of_console() -> Result<BTreeSet<Package>, String> {
    let lock = fs::read_to_string(tree::root().join(WEB_LOCK)).map_err(|error| format!("{WEB_LOCK}: {error}"))?;
    let lock: Value = serde_json::from_str(&lock).map_err(|error| format!("{WEB_LOCK}: {error}"))?;
    let packages = lock["packages"].as_object().into_iter().flatten();
    let bundled = packages.filter(|(_, package)| package["dev"] != true && package["link"] != true);
    let one = |(path, package): (&String, &Value)| {
        let (_, name) = path.rsplit_once("node_modules/")?;
        Some((name.to_owned(), text(&package["version"]), expression(&package["license"]), "npm"))
    };
    Ok(bundled.filter_map(one).collect())
}
