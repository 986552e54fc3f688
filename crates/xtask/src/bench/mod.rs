//! Benchmarks by name. Each runs the real programs of the release build, compares with a peer or a physical limit in the same
//! run, and prints figures and ratios. None asserts a time: the machine is shared and noisy.

mod intake;
mod process;
mod startup;
mod typing;

use serde_json::Value;

use crate::tree;

/// A benchmark: its size when none is given, and what it measures.
struct Benchmark {
    name: &'static str,
    what: &'static str,
    size: u64,
    run: fn(u64) -> Result<Value, String>,
}

const ALL: [Benchmark; 5] = [
    Benchmark {
        name: "intake",
        what: "SDK → RSA → decrypt → durable record and leaf → searchable, against bare RSA-2048 on the same cores (messages)",
        size: 500_000,
        run: intake::run,
    },
    Benchmark {
        name: "direct",
        what: "the same path from a source that needs no decryption (messages)",
        size: 500_000,
        run: direct,
    },
    Benchmark {
        name: "search",
        what: "search in the encrypted index, against LIKE and trigrams on the same rows (messages)",
        size: 5_000_000,
        run: search,
    },
    Benchmark { name: "startup", what: "from start to ready (messages)", size: 1_000_000, run: startup::run },
    Benchmark {
        name: "typing",
        what: "the console in a browser: from the last key to painted hits, opening a long conversation, first load (messages)",
        size: 1_000_000,
        run: typing::run,
    },
];

/// Runs one and prints its figures.
pub fn run(name: &str, json: bool, size: Option<u64>) -> Vec<String> {
    let Some(benchmark) = ALL.iter().find(|benchmark| benchmark.name == name) else {
        for benchmark in &ALL {
            eprintln!("{:<10} {} default {}", benchmark.name, benchmark.what, benchmark.size);
        }
        return if name == "list" { Vec::new() } else { vec![format!("no benchmark is called {name}")] };
    };
    if let Err(fault) = process::build() {
        return vec![fault];
    }
    match (benchmark.run)(size.unwrap_or(benchmark.size)) {
        Ok(figures) if json => println!("{figures}"),
        Ok(figures) => {
            println!("{name}: {}", benchmark.what);
            for (figure, value) in figures.as_object().into_iter().flatten() {
                println!("  {figure:<36} {value}");
            }
        }
        Err(fault) => return vec![format!("bench {name}: {fault}")],
    }
    Vec::new()
}

fn direct(size: u64) -> Result<Value, String> {
    process::json_of("examples/direct_rate", &["--messages", &size.to_string()], &[])
}

fn search(size: u64) -> Result<Value, String> {
    // Without a PostgreSQL the comparison has one peer less, and its figures say so by their absence.
    let postgres = process::postgres();
    let environment: Vec<(&str, &str)> = postgres.iter().map(|url| ("XINLU_TEST_PG", url.as_str())).collect();
    process::json_of("examples/bench_search", &["--messages", &size.to_string(), "--json"], &environment)
}

/// The folder of the release build.
fn built(name: &str) -> std::path::PathBuf {
    tree::root().join("target/release").join(name)
}
