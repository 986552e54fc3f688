//! docs/configuration.md and xinlu.example.toml, made of the configuration's types: their doc comments are the manual.

mod defaults;
mod example;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use syn::{Attribute, Expr, Fields, Item, Lit, Meta, Type};

use crate::tree::Source;

/// The struct that stands for the whole file.
const WHOLE: &str = "Config";
/// Files whose structs may be settings.
const FILES: [&str; 3] =
    ["crates/server/src/config.rs", "crates/channels/src/config.rs", "crates/identity/src/model.rs"];

struct Setting {
    name: String,
    about: String,
    kind: String,
    /// As TOML; none where something must be said, or nothing is meant.
    default: Option<String>,
}

/// Everything that can be set.
pub struct Manual {
    structs: BTreeMap<String, Vec<Setting>>,
}

impl Manual {
    /// Reads the types.
    pub fn read(sources: &[Source]) -> Self {
        Self { structs: structs(sources) }
    }
}

/// The example file.
pub fn example(manual: &Manual) -> String {
    example::file(manual)
}

/// The page.
pub fn page(manual: &Manual) -> String {
    let structs = &manual.structs;
    let mut page = String::from(
        "# Configuration\n\nMade by `cargo xtask gen` from the types. `xinlu serve --config FILE` reads TOML; every key may be left out \
         unless its text says otherwise, and unknown keys are an error. `--data` and `--listen` win over the file. `xinlu.example.toml` \
         has the same as a file to begin with.\n",
    );
    section(structs, WHOLE, "", &mut page);
    page
}

fn section(structs: &BTreeMap<String, Vec<Setting>>, name: &str, path: &str, page: &mut String) {
    let Some(settings) = structs.get(name) else { return };
    let title = if path.is_empty() { "Top level".to_owned() } else { format!("`[{path}]`") };
    let _ = write!(page, "\n## {title}\n\n| key | type | default | what |\n| --- | --- | --- | --- |\n");
    let mut below = Vec::new();
    for setting in settings {
        let inner = inner(&setting.kind);
        if structs.contains_key(&inner) {
            let list = setting.kind.starts_with("Vec<");
            let above = path.trim_matches(['[', ']']);
            let path = if above.is_empty() { setting.name.clone() } else { format!("{above}.{}", setting.name) };
            below.push((inner, if list { format!("[{path}]") } else { path }));
            let _ = writeln!(page, "| `{}` | section | | {} |", setting.name, setting.about);
        } else {
            let default = setting.default.as_deref().filter(|default| *default != "\"\"");
            let default = default.map(|default| format!("`{default}` ")).unwrap_or_default();
            let _ = writeln!(page, "| `{}` | {} | {default}| {} |", setting.name, plain(&setting.kind), setting.about);
        }
    }
    for (inner, path) in below {
        section(structs, &inner, &path, page);
    }
}

/// `Option<X>` and `Vec<X>` are about X.
fn inner(kind: &str) -> String {
    let inner = kind.strip_prefix("Option<").or_else(|| kind.strip_prefix("Vec<"));
    inner.and_then(|inner| inner.strip_suffix('>')).unwrap_or(kind).to_owned()
}

fn plain(kind: &str) -> &'static str {
    match inner(kind).as_str() {
        "Secret" => "secret text",
        "PathBuf" | "DataDirectory" => "path",
        "Listen" => "address:port",
        "bool" => "true or false",
        "u16" | "u32" | "u64" | "usize" => "number",
        _ => "text",
    }
}

fn structs(sources: &[Source]) -> BTreeMap<String, Vec<Setting>> {
    let defaults = defaults::read(sources, &FILES);
    let mut found = BTreeMap::new();
    for source in sources.iter().filter(|source| FILES.contains(&source.path.as_str())) {
        for item in &source.syntax.items {
            let Item::Struct(item) = item else { continue };
            let Fields::Named(fields) = &item.fields else { continue };
            if !item.ident.to_string().ends_with("Config")
                && !["Database", "Tls", "Search"].contains(&item.ident.to_string().as_str())
            {
                continue;
            }
            let of = item.ident.to_string();
            let settings = fields.named.iter().filter(|field| !skipped(&field.attrs)).map(|field| {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                let kind = kind(&field.ty);
                let default =
                    defaults.get(&(of.clone(), name.clone())).or_else(|| defaults.get(&(kind.clone(), "0".to_owned())));
                Setting { about: about(&field.attrs), default: default.cloned(), name, kind }
            });
            found.insert(item.ident.to_string(), settings.collect());
        }
    }
    found
}

fn skipped(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .any(|attribute| matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "skip"))
}

fn about(attributes: &[Attribute]) -> String {
    let mut words = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(literal) = &pair.value
            && let Lit::Str(text) = &literal.lit
        {
            words.push(text.value().trim().to_owned());
        }
    }
    words.join(" ")
}

fn kind(ty: &Type) -> String {
    let Type::Path(path) = ty else { return String::new() };
    let Some(last) = path.path.segments.last() else { return String::new() };
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => {
            let inner = arguments.args.iter().filter_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(kind(ty)),
                _ => None,
            });
            format!("{}<{}>", last.ident, inner.collect::<Vec<_>>().join(", "))
        }
        _ => last.ident.to_string(),
    }
}
