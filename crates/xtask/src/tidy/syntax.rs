//! Rules about code: lengths of functions, globs, macros, globals, the outside world, literal indexes, ignored tests.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprIndex, ExprPath, ImplItemFn, ItemFn, ItemMacro, ItemMod, ItemStatic, Macro, UseGlob,
};

use crate::tree::Source;

/// A function longer than this does several things.
const FUNCTION_LINES_MAX: usize = 70;
/// Crates that touch the outside world by design: the wiring, and programs of their own.
const WORLDLY: [&str; 4] = ["server", "simulator", "testkit", "xtask"];
/// What is handed in instead (`Clock`, `Random`, configuration).
const WORLD: [&str; 5] = ["SystemTime::now", "Utc::now", "rand::rng", "thread::sleep", "env::var"];

/// Checks one file.
pub fn check(source: &Source) -> Vec<String> {
    let mut rules = Rules { source, in_test: source.is_test, faults: Vec::new() };
    rules.visit_file(&source.syntax);
    rules.faults
}

struct Rules<'a> {
    source: &'a Source,
    in_test: bool,
    faults: Vec<String>,
}

impl Rules<'_> {
    fn fault(&mut self, span: Span, what: &str) {
        self.faults.push(format!("{}:{}: {what}", self.source.path, span.start().line));
    }

    fn function(&mut self, name: &str, span: Span, block: &Block) {
        let lines = block.span().end().line.saturating_sub(span.start().line) + 1;
        if lines > FUNCTION_LINES_MAX {
            self.fault(span, &format!("fn {name} has {lines} lines, at most {FUNCTION_LINES_MAX}"));
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("ignore")) {
            self.fault(attribute.span(), "an ignored test is no test");
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let named = path.segments.last().is_some_and(|segment| segment.ident == "test");
        named || (path.is_ident("cfg") && tokens_hold(&attribute.meta, "test"))
    })
}

fn tokens_hold(meta: &syn::Meta, word: &str) -> bool {
    let syn::Meta::List(list) = meta else { return false };
    fn holds(tokens: TokenStream, word: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == word,
            TokenTree::Group(group) => holds(group.stream(), word),
            _ => false,
        })
    }
    holds(list.tokens.clone(), word)
}

impl<'ast> Visit<'ast> for Rules<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let before = self.in_test;
        self.in_test |= is_test(&item.attrs);
        visit::visit_item_mod(self, item);
        self.in_test = before;
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.attributes(&item.attrs);
        self.function(&item.sig.ident.to_string(), item.sig.span(), &item.block);
        let before = self.in_test;
        self.in_test |= is_test(&item.attrs);
        visit::visit_item_fn(self, item);
        self.in_test = before;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig.ident.to_string(), item.sig.span(), &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_use_glob(&mut self, item: &'ast UseGlob) {
        self.fault(item.span(), "no glob imports");
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        let named = item.ident.as_ref().map(ToString::to_string);
        if let Some(name) = named.filter(|name| name != "sql") {
            self.fault(item.span(), &format!("a macro of our own: {name}"));
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        let in_tool = self.source.part == "simulator";
        if !self.in_test && !in_tool {
            self.fault(item.span(), &format!("a global: {}", item.ident));
        }
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let name = item.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if !self.in_test && ["panic", "todo", "unimplemented"].contains(&name.as_str()) {
            self.fault(item.span(), &format!("{name}! outside tests"));
        }
    }

    fn visit_expr_path(&mut self, item: &'ast ExprPath) {
        let path: Vec<String> = item.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let path = path.join("::");
        let found = WORLD.iter().find(|world| path.ends_with(*world));
        if let Some(world) = found
            && !self.in_test
            && !WORLDLY.contains(&self.source.part.as_str())
        {
            self.fault(item.span(), &format!("{world} is handed in, not reached for"));
        }
    }

    fn visit_expr_index(&mut self, item: &'ast ExprIndex) {
        let by_number = matches!(item.index.as_ref(), Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Int(_)));
        if by_number && !self.in_test {
            self.fault(item.span(), "indexing by a number can panic: use get, first, split_first or a pattern");
        }
        visit::visit_expr_index(self, item);
    }
}
