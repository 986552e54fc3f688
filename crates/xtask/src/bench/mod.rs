//! Benchmarks by name (filled below).
pub fn run(_: &str, _: bool, _: Option<u64>) -> Vec<String> { Vec::new() }
