//! Default values, read from the configuration's types as they stand in the code: `impl Default`, else what a type begins with.
//!
//! It understands what such a `default()` is written with: literals, products of them, constants, and the usual constructors.
//! What it does not understand has no default on the pages; it never guesses.

use std::collections::BTreeMap;

use syn::{BinOp, Expr, ExprCall, ExprStruct, ImplItem, Item, ItemImpl, Lit, Member, Stmt, Type};

use crate::tree::Source;

/// Values as TOML, by the name of the type and of its field; a type of one unnamed field has the field `0`.
pub type Defaults = BTreeMap<(String, String), String>;

/// Reads them from the files whose types are settings, with the constants of the parts they are in.
pub fn read(sources: &[Source], files: &[&str]) -> Defaults {
    let parts: Vec<&str> = sources
        .iter()
        .filter(|source| files.contains(&source.path.as_str()))
        .map(|source| source.part.as_str())
        .collect();
    let mut reader = Reader { constants: BTreeMap::new(), defaults: Defaults::new() };
    for source in sources.iter().filter(|source| !source.is_test && parts.contains(&source.part.as_str())) {
        reader.constants(&source.syntax.items);
    }
    for source in sources.iter().filter(|source| files.contains(&source.path.as_str())) {
        for item in &source.syntax.items {
            if let Item::Impl(item) = item {
                reader.implementation(item);
            }
        }
    }
    reader.defaults
}

struct Reader {
    constants: BTreeMap<String, Expr>,
    defaults: Defaults,
}

impl Reader {
    fn constants(&mut self, items: &[Item]) {
        for item in items {
            if let Item::Const(item) = item {
                self.constants.insert(item.ident.to_string(), (*item.expr).clone());
            }
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let Some(of) = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last()) else { return };
        let Type::Path(ty) = item.self_ty.as_ref() else { return };
        let Some(name) = ty.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        let function = item.items.iter().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "default" => Some(function),
            _ => None,
        });
        let Some(Stmt::Expr(made, None)) = function.and_then(|function| function.block.stmts.last()) else { return };
        if of.ident != "Default" {
            return;
        }
        match made {
            Expr::Struct(made) => self.fields(&name, made),
            Expr::Call(made) => {
                if let Some(value) = made.args.first().and_then(|inner| self.value(inner)) {
                    self.defaults.insert((name, "0".to_owned()), value);
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, name: &str, made: &ExprStruct) {
        for field in &made.fields {
            let Member::Named(field_name) = &field.member else { continue };
            if let Some(value) = self.value(&field.expr) {
                self.defaults.insert((name.to_owned(), field_name.to_string()), value);
            }
        }
    }

    /// An expression as TOML.
    fn value(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(format!("{:?}", text.value())),
                Lit::Bool(flag) => Some(flag.value.to_string()),
                Lit::Int(_) => self.number(expr).map(|number| number.to_string()),
                _ => None,
            },
            Expr::Binary(_) => self.number(expr).map(|number| number.to_string()),
            Expr::MethodCall(call)
                if call.method == "to_owned" || call.method == "to_string" || call.method == "into" =>
            {
                self.value(&call.receiver)
            }
            Expr::Path(path) => self.value(self.constants.get(&path.path.segments.last()?.ident.to_string())?),
            Expr::Call(call) => self.made(call),
            _ => None,
        }
    }

    /// What a constructor makes.
    fn made(&self, call: &ExprCall) -> Option<String> {
        let Expr::Path(function) = call.func.as_ref() else { return None };
        let names: Vec<String> = function.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match (names.as_slice(), call.args.first()) {
            (["String" | "PathBuf", "new"], None) => Some("\"\"".to_owned()),
            (["String" | "PathBuf", "from"], Some(text)) => self.value(text),
            (["SocketAddr", "from"], Some(Expr::Tuple(pair))) => {
                let Some(Expr::Array(address)) = pair.elems.first() else { return None };
                let bytes: Option<Vec<String>> =
                    address.elems.iter().map(|byte| self.number(byte).map(|byte| byte.to_string())).collect();
                let port = pair.elems.last().and_then(|port| self.number(port))?;
                Some(format!("\"{}:{port}\"", bytes?.join(".")))
            }
            _ => None,
        }
    }

    fn number(&self, expr: &Expr) -> Option<u64> {
        match expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => number.base10_parse().ok(),
                _ => None,
            },
            Expr::Binary(binary) if matches!(binary.op, BinOp::Mul(_)) => {
                self.number(&binary.left)?.checked_mul(self.number(&binary.right)?)
            }
            Expr::Path(path) => self.number(self.constants.get(&path.path.segments.last()?.ident.to_string())?),
            _ => None,
        }
    }
}
