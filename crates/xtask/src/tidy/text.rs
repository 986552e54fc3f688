//! Rules about a file as text: its opening, its length.

use crate::tree::Source;

/// A file longer than this does not fit in the head.
const LINES_MAX: usize = 500;

/// Checks one file.
pub fn check(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    if !source.text.starts_with("//!") {
        faults.push(format!("{}:1: does not open with //!, saying what it is for", source.path));
    }
    let lines = source.text.lines().count();
    if lines > LINES_MAX {
        faults.push(format!("{}: {lines} lines, at most {LINES_MAX}", source.path));
    }
    for (index, line) in source.text.lines().enumerate() {
        // Put together here, so that this file does not find itself.
        let unfinished = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
        if unfinished.iter().any(|word| line.contains(&format!("// {word}"))) {
            faults.push(format!("{}:{}: unfinished work", source.path, index + 1));
        }
    }
    faults
}
