//! Packages that the console is bundled of. Which these are is written by its build (`web/console/build/packages.mjs`).

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{Package, expression, list, text, texts};
use crate::tree;

const LOCK: &str = "web/package-lock.json";
/// Their places in the lock file.
const BUNDLED: &str = "web/console/bundled.json";

/// Texts come from the installed packages. Where these are not installed, from the page as it was before: the check must
/// not depend on what else has been done in a checkout.
pub(super) fn packages(before: &Value) -> Result<BTreeSet<Package>, String> {
    let (lock, bundled) = (read(LOCK)?, read(BUNDLED)?);
    let mut packages = BTreeSet::new();
    for place in list(&bundled).iter().map(text) {
        let locked = &lock["packages"][place.as_str()];
        let Some((_, name)) = place.rsplit_once("node_modules/") else {
            return Err(format!("{BUNDLED}: {place} is no package"));
        };
        let version = text(&locked["version"]);
        if version.is_empty() {
            return Err(format!("{LOCK} has no {place} that the console is bundled of; run `make web`"));
        }
        let licence = expression(&locked["license"]);
        let mut texts = installed(&place, &version)
            .or_else(|| kept(before, name, &version))
            .ok_or_else(|| format!("the licence of {name} {version} cannot be read; run `make web`"))?;
        if !texts::are_whole(&texts) {
            texts.extend(texts::written(name, &licence, &[])?);
        }
        packages.insert(Package { name: name.to_owned(), version, licence, from: "npm", texts });
    }
    Ok(packages)
}

fn read(path: &str) -> Result<Value, String> {
    let text = fs::read_to_string(tree::root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

/// Of the package as installed, if it is this version.
fn installed(place: &str, version: &str) -> Option<Vec<String>> {
    let folder = tree::root().join("web").join(place);
    let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("package.json")).ok()?).ok()?;
    (manifest["version"] == version).then(|| texts::in_folder(&folder))
}

/// What the page said of it until now.
fn kept(before: &Value, name: &str, version: &str) -> Option<Vec<String>> {
    let packages = list(&before["packages"]);
    let known = packages.iter().find(|one| one["from"] == "npm" && one["name"] == name && one["version"] == version)?;
    let text = |place: &Value| before["texts"][usize::try_from(place.as_u64()?).ok()?].as_str().map(str::to_owned);
    list(&known["texts"]).iter().map(text).collect()
}
