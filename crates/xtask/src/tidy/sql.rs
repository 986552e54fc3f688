//! Tables are prefixed by their part and named only there; SQL stands in `store` files and lists its columns.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, Macro};

use crate::tree::{self, Source};

/// Checks one file.
pub fn check(source: &Source) -> Vec<String> {
    let mut finder = Finder { texts: Vec::new(), statements: 0 };
    finder.visit_file(&source.syntax);
    let mut faults = Vec::new();
    if source.is_test {
        return faults;
    }
    let stores = source.path.contains("/store") || source.part == "db";
    if finder.statements > 0 && !stores {
        faults.push(format!("{}: sql! outside store.rs or store/", source.path));
    }
    for (line, text) in finder.texts {
        if text.contains("SELECT *") {
            faults.push(format!("{}:{line}: list the columns", source.path));
        }
        for table in foreign_tables(&source.part, &text) {
            faults.push(format!("{}:{line}: names {table}, a table of another part", source.path));
        }
    }
    faults
}

/// Words right after FROM, JOIN, INTO or UPDATE that start with another part's name.
fn foreign_tables(part: &str, sql: &str) -> Vec<String> {
    let words: Vec<&str> = sql.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).collect();
    let named = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(before, _)| ["FROM", "JOIN", "INTO", "UPDATE"].contains(before));
    let others: Vec<String> = tree::parts().into_iter().filter(|other| other != part).collect();
    named
        .map(|(_, table)| (*table).to_owned())
        .filter(|table| others.iter().any(|other| table.starts_with(&format!("{other}_"))))
        .collect()
}

struct Finder {
    texts: Vec<(usize, String)>,
    statements: usize,
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        visit::visit_item(self, item);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        if item.path.segments.last().is_some_and(|segment| segment.ident == "sql") {
            self.statements += 1;
            self.literals(item.tokens.clone());
        }
    }
}

impl Finder {
    fn literals(&mut self, tokens: TokenStream) {
        for token in tokens {
            if let TokenTree::Literal(literal) = token {
                self.texts.push((literal.span().start().line, literal.to_string()));
            }
        }
    }
}
