//! Which part may use which. An edge that is not in the table is a design change: change the table on purpose.

use std::fs;

use crate::tree;

/// Part, and the parts of ours it may use.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("model", &[]),
    ("tlog", &[]),
    ("text", &[]),
    ("db", &["model"]),
    ("blob", &["model"]),
    ("keys", &["model", "db"]),
    ("jobs", &["model", "db"]),
    ("http", &["model"]),
    ("ledger", &["model", "db", "tlog"]),
    ("index", &["model", "text"]),
    ("identity", &["model", "db", "keys", "http", "ledger", "jobs", "tlog"]),
    ("archive", &["model", "db", "blob", "keys", "tlog", "ledger", "http", "jobs", "text", "identity"]),
    ("channels", &["model", "db", "keys", "http", "jobs", "identity", "archive"]),
    ("search", &["model", "db", "index", "text", "keys", "http", "jobs", "identity", "archive"]),
    (
        "server",
        &[
            "model", "db", "blob", "keys", "tlog", "ledger", "text", "index", "http", "jobs", "identity", "archive",
            "channels", "search",
        ],
    ),
    ("simulator", &[]),
    ("testkit", &["model", "db"]),
    ("xtask", &[]),
];

/// Checks every manifest against the table; dev-dependencies may only add `testkit` and `tlog`.
pub fn check() -> Vec<String> {
    let mut faults = Vec::new();
    for part in tree::parts() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == part) else {
            faults.push(format!("crates/{part}: not in the table of parts (crates/xtask/src/tidy/graph.rs)"));
            continue;
        };
        let path = tree::root().join("crates").join(&part).join("Cargo.toml");
        let text = fs::read_to_string(path).unwrap_or_default();
        let Ok(manifest) = text.parse::<toml::Table>() else {
            faults.push(format!("crates/{part}/Cargo.toml: cannot be read"));
            continue;
        };
        for used in ours(&manifest, "dependencies") {
            if !allowed.contains(&used.as_str()) {
                faults.push(format!("crates/{part}: uses {used}, which the table does not allow"));
            }
        }
    }
    faults
}

fn ours(manifest: &toml::Table, section: &str) -> Vec<String> {
    let table = manifest.get(section).and_then(toml::Value::as_table);
    let names = table.into_iter().flat_map(|table| table.keys());
    names.filter_map(|name| name.strip_prefix("xinlu-").map(str::to_owned)).collect()
}
