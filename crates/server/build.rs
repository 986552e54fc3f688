//! Lists the files of the built web console so that the binary carries them, and packs the list of licences.
//!
//! Without a build of the console (`make web`) the list is empty and the server says what is missing.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Made by `cargo xtask gen`.
const LICENCES: &str = "src/licences.json";

fn main() {
    pack_licences();
    let dist = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../web/console/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    collect(&dist, &dist, &mut files);
    files.sort();
    let mut list = String::from("[\n");
    for (name, path) in files {
        println!("cargo:rerun-if-changed={}", path.display());
        let _ = writeln!(list, "    ({name:?}, include_bytes!({:?}) as &[u8]),", path.display().to_string());
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("console_files.rs");
    if let Err(error) = fs::write(&out, list) {
        println!("cargo:warning=cannot write {}: {error}", out.display());
    }
}

/// As they are sent: ten times smaller than the text, which is never unpacked for a browser.
fn pack_licences() {
    println!("cargo:rerun-if-changed={LICENCES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("licences.json.gz");
    let text = fs::read(LICENCES).unwrap_or_default();
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let packed = packer.write_all(&text).and_then(|()| packer.finish());
    if let Err(error) = packed.and_then(|bytes| fs::write(&out, bytes)) {
        println!("cargo:warning=cannot write {}: {error}", out.display());
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if let (Ok(name), Ok(path)) = (path.strip_prefix(root), path.canonicalize()) {
            files.push((name.to_string_lossy().replace('\\', "/"), path));
        }
    }
}
