//! Reads the checkout: which Rust files there are, parsed once, and where they belong.

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file of the workspace.
pub struct Source {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// The crate's folder name.
    pub part: String,
    /// Its text.
    pub text: String,
    /// Its syntax.
    pub syntax: syn::File,
    /// Whether all of it is test code.
    pub is_test: bool,
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folders below `crates/`, sorted.
pub fn parts() -> Vec<String> {
    let mut names: Vec<String> = entries(&root().join("crates")).iter().filter_map(|path| name(path)).collect();
    names.sort();
    names
}

/// All Rust files; what cannot be read or parsed is a fault.
pub fn sources() -> (Vec<Source>, Vec<String>) {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for part in parts() {
        let mut files = Vec::new();
        collect(&root().join("crates").join(&part), &mut files);
        files.sort();
        for file in files {
            match read(&part, &file) {
                Ok(source) => found.push(source),
                Err(fault) => faults.push(fault),
            }
        }
    }
    (found, faults)
}

fn read(part: &str, file: &Path) -> Result<Source, String> {
    let path = file.strip_prefix(root()).unwrap_or(file).to_string_lossy().into_owned();
    let text = fs::read_to_string(file).map_err(|error| format!("{path}: {error}"))?;
    let syntax = syn::parse_file(&text).map_err(|error| format!("{path}: {error}"))?;
    let is_test =
        path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/examples/") || part == "testkit";
    Ok(Source { path, part: part.to_owned(), text, syntax, is_test })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}
