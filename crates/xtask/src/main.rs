//! Chores of the repository: `tidy` (the rules no compiler checks), `gen` (pages made from code) and `bench`.
//!
//! It is never part of the product and changes nothing but the pages that `gen` names.

mod bench;
mod pages;
mod tidy;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the repository")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Checks the rules of the house; prints one line per fault.
    Tidy,
    /// Writes the generated pages under docs/; with --check only says whether they are true.
    Gen {
        #[arg(long)]
        check: bool,
    },
    /// Runs a benchmark (`bench list` names them) and prints its figures.
    Bench {
        name: String,
        /// One JSON object and nothing else on standard output.
        #[arg(long)]
        json: bool,
        /// Size, in the benchmark's own unit; its default is the issue's.
        #[arg(long)]
        size: Option<u64>,
    },
}

fn main() -> ExitCode {
    let faults = match Arguments::parse().verb {
        Verb::Tidy => tidy::run(),
        Verb::Gen { check } => pages::run(check),
        Verb::Bench { name, json, size } => bench::run(&name, json, size),
    };
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("{} fault(s)", faults.len());
    ExitCode::FAILURE
}
