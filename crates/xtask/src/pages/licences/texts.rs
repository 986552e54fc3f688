//! The texts of licences as packages bring them.

use std::fs;
use std::path::{Path, PathBuf};

/// How the files are called that a licence asks to be passed on.
const NAMES: [&str; 6] = ["licence", "license", "copying", "copyright", "notice", "unlicense"];
/// Files of such names that are something else.
const OTHER_ENDINGS: [&str; 6] = ["rs", "html", "toml", "json", "js", "hbs"];

/// Shorter ones only name a licence.
const WHOLE_BYTES_MIN: usize = 400;

/// MIT, for the few packages that name it and bring no text.
const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights \
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to \
whom the Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this \
permission notice shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS \
IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, \
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY \
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN \
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.";

/// All texts of a package's folder, in the order of their names.
pub(super) fn in_folder(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for path in entries(folder).into_iter().filter(|path| is_licence(path)) {
        if path.is_dir() { files.extend(entries(&path)) } else { files.push(path) }
    }
    let mut texts = Vec::new();
    for text in files.iter().filter_map(|path| fs::read(path).ok()).map(|bytes| tidied(&bytes)) {
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Whether one of them is a licence and not only the name of one.
pub(super) fn are_whole(texts: &[String]) -> bool {
    texts.iter().any(|text| text.len() >= WHOLE_BYTES_MIN)
}

/// For who names MIT and does not bring it.
pub(super) fn written(name: &str, licence: &str, authors: &[String]) -> Result<Vec<String>, String> {
    if !licence.split_whitespace().any(|word| word.trim_matches(['(', ')']) == "MIT") {
        return Err(format!("{name}: there is no text of {licence}"));
    }
    let holder = if authors.is_empty() { format!("the authors of {name}") } else { authors.join(", ") };
    Ok(vec![format!("MIT License\n\nCopyright (c) {holder}\n\n{MIT}")])
}

fn is_licence(path: &Path) -> bool {
    let lower = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_lowercase();
    let (name, ending) = (lower(path.file_name()), lower(path.extension()));
    NAMES.iter().any(|known| name.starts_with(known)) && !OTHER_ENDINGS.contains(&ending.as_str())
}

/// Sorted, so that a page is the same on every machine.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// With one kind of line end and nothing before or behind.
fn tidied(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}
