//! The rules marked with a gear in the style guide. Each rule is one function from the tree to faults.

mod dependencies;
mod graph;
mod sql;
mod syntax;
mod text;

use crate::{pages, tree};

/// Checks everything; one line per fault.
pub fn run() -> Vec<String> {
    let (sources, mut faults) = tree::sources();
    for source in &sources {
        faults.extend(text::check(source));
        faults.extend(syntax::check(source));
        faults.extend(sql::check(source));
    }
    faults.extend(graph::check());
    faults.extend(dependencies::check(&sources));
    faults.extend(pages::run(true));
    faults
}
