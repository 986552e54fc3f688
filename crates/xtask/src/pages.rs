//! Pages that are made from code, so that they cannot be wrong: error codes, settings, the example of a
//! configuration, and the licences of what we use.

mod licences;
mod settings;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ImplItemFn, Lit, LitStr};

use crate::tree::{self, Source};

const CODES_PAGE: &str = "docs/error-codes.md";
const SETTINGS_PAGE: &str = "docs/configuration.md";
const LICENCES: &str = "crates/server/src/licences.json";
const EXAMPLE: &str = "xinlu.example.toml";

/// Writes the pages, or with `check` says which are not true.
pub fn run(check: bool) -> Vec<String> {
    let (sources, mut faults) = tree::sources();
    let manual = settings::Manual::read(&sources);
    let mut pages = vec![
        (CODES_PAGE, codes_page(&sources)),
        (SETTINGS_PAGE, settings::page(&manual)),
        (EXAMPLE, settings::example(&manual)),
    ];
    match licences::page() {
        Ok(page) => pages.push((LICENCES, page)),
        Err(fault) => faults.push(fault),
    }
    for (name, page) in pages {
        let path = tree::root().join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == page) {
            continue;
        }
        if check {
            faults.push(format!("{name}: not true any more, run `cargo xtask gen`"));
        } else if let Err(error) = fs::write(&path, page) {
            faults.push(format!("{name}: {error}"));
        }
    }
    faults
}

fn codes_page(sources: &[Source]) -> String {
    let mut finder = Finder { path: String::new(), codes: BTreeMap::new() };
    for source in
        sources.iter().filter(|source| !source.is_test && source.part != "xtask" && source.part != "simulator")
    {
        finder.path.clone_from(&source.path);
        finder.visit_file(&source.syntax);
    }
    let mut page = String::from(
        "# Error codes\n\nMade by `cargo xtask gen` from the code. A code never changes its meaning.\n\n| code | said in |\n| --- | --- |\n",
    );
    for (code, path) in finder.codes {
        let _ = writeln!(page, "| `{code}` | {path} |");
    }
    page
}

struct Finder {
    path: String,
    codes: BTreeMap<String, String>,
}

impl Finder {
    fn found(&mut self, code: &str) {
        let is_code = code.split('.').count() == 2
            && code
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._".contains(letter))
            && !code.starts_with('.')
            && !code.ends_with('.');
        if is_code {
            self.codes.entry(code.to_owned()).or_insert_with(|| self.path.clone());
        }
    }
}

struct Literals(Vec<String>);

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        self.0.push(literal.value());
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if item.sig.ident == "code" {
            let mut literals = Literals(Vec::new());
            literals.visit_block(&item.block);
            for code in literals.0 {
                self.found(&code);
            }
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // `Act::of(&call, "user.create")` names an entry of the audit trail.
        let is_act = matches!(&*call.func, Expr::Path(path) if path.path.segments.iter().any(|one| one.ident == "Act"));
        if !is_act
            && let Some(Expr::Lit(literal)) = call.args.iter().nth(1)
            && let Lit::Str(code) = &literal.lit
        {
            self.found(&code.value());
        }
        visit::visit_expr_call(self, call);
    }
}
