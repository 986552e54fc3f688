//! Every dependency has a line in docs/dependencies.md and is used by the part that names it.

use std::fs;

use crate::tree::{self, Source};

/// Checks the workspace's list and each part's.
pub fn check(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    let page = fs::read_to_string(tree::root().join("docs/dependencies.md")).unwrap_or_default();
    for part in tree::parts() {
        let path = tree::root().join("crates").join(&part).join("Cargo.toml");
        let manifest = fs::read_to_string(path).unwrap_or_default().parse::<toml::Table>().unwrap_or_default();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = manifest.get(section).and_then(toml::Value::as_table);
            for name in table.into_iter().flat_map(|table| table.keys()) {
                if !name.starts_with("xinlu-") && !page.contains(&format!("`{name}`")) {
                    faults.push(format!("docs/dependencies.md: no line for `{name}` (crates/{part})"));
                }
                if !used(sources, &part, name) {
                    faults.push(format!("crates/{part}: {name} is not used"));
                }
            }
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

fn used(sources: &[Source], part: &str, name: &str) -> bool {
    let word = name.replace('-', "_");
    let word = if name == "md-5" { "md5".to_owned() } else { word };
    sources.iter().filter(|source| source.part == part).any(|source| {
        source.text.match_indices(&word).any(|(at, _)| {
            let before = source.text.get(..at).and_then(|text| text.chars().next_back());
            let after = source.text.get(at + word.len()..).and_then(|text| text.chars().next());
            let ends = |letter: Option<char>| letter.is_none_or(|letter| !(letter.is_alphanumeric() || letter == '_'));
            ends(before) && ends(after)
        })
    })
}
