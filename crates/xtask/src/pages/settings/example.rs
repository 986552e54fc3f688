//! xinlu.example.toml: every setting with its default, commented out, so that the file as it stands changes nothing.
//!
//! `# ` begins a text and `#` alone a setting. The server's tests read it both as it stands and with all settings switched on.

use std::fmt::Write as _;

use super::{Manual, WHOLE, inner, plain};

/// Columns of a text.
const WIDTH: usize = 110;

/// The file.
pub fn file(manual: &Manual) -> String {
    let mut file = String::new();
    paragraph(
        "Settings of Xinlu. Made by `cargo xtask gen` from the types; docs/configuration.md has the same as tables. Take the # \
         from before a setting to change it; what is shown is the default, and \"…\" where there is none.",
        &mut file,
    );
    section(manual, WHOLE, "", false, &mut file);
    file
}

fn section(manual: &Manual, name: &str, path: &str, is_list: bool, file: &mut String) {
    let Some(settings) = manual.structs.get(name) else { return };
    let mut below = Vec::new();
    for setting in settings {
        let kind = inner(&setting.kind);
        if manual.structs.contains_key(&kind) {
            below.push((setting, kind));
            continue;
        }
        file.push('\n');
        paragraph(&setting.about, file);
        // An empty path is none.
        let default = setting.default.as_deref().filter(|default| *default != "\"\"" || plain(&setting.kind) == "text");
        let value = default.unwrap_or_else(|| placeholder(&setting.kind));
        let _ = writeln!(file, "#{} = {value}", setting.name);
    }
    for (setting, kind) in below {
        let list = setting.kind.starts_with("Vec<");
        let path = if path.is_empty() { setting.name.clone() } else { format!("{path}.{}", setting.name) };
        file.push('\n');
        paragraph(&setting.about, file);
        // What is there in any case may be there without a setting; the rest would ask for some.
        let always = kind == setting.kind && !is_list;
        let (mark, header) =
            (if always { "" } else { "#" }, if list { format!("[[{path}]]") } else { format!("[{path}]") });
        let _ = writeln!(file, "{mark}{header}");
        section(manual, &kind, &path, is_list || list, file);
    }
}

fn placeholder(kind: &str) -> &'static str {
    match plain(kind) {
        "number" => "0",
        "true or false" => "false",
        _ => "\"…\"",
    }
}

/// A text as comments, broken between words.
fn paragraph(text: &str, file: &mut String) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(file, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(file, "{line}");
}
