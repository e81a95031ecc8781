//! A tree as TOML text: one section per named thing, its values inline, in the order in which they were written.
//!
//! Only writes; what a key means is not known here, except which texts are paths of files.

use super::documents::DocumentKind;
use super::fields::{self, Field, Kind};
use super::inherit::FAMILIES;
use super::tree::{Entry, Files, Node, Table, Value};
use std::path::{Path, PathBuf};

/// All tables of a document as TOML. Paths of files become absolute, defaults stand in comments.
pub fn document(kind: DocumentKind, root: &Table, files: &Files) -> String {
    let writer = Writer { files };
    let (mut top, mut sections) = (String::new(), String::new());
    for field in kind.body() {
        let Some(node) = root.get(field.key) else { continue };
        match (field.kind, &node.value) {
            (Kind::Things(inner), Value::Table(things)) => {
                if things.entries.is_empty() {
                    sections += &format!("\n[{}]\n", field.key);
                }
                for (id, entry) in written(things) {
                    sections += &format!("\n[{}.{}]\n", field.key, key(id));
                    let heir = FAMILIES.contains(&field.key) && entry.node.get("is_a").is_some();
                    sections += &writer.section(&entry.node, inner, !heir);
                }
            }
            (Kind::Table(inner), Value::Table(_)) => {
                sections += &format!("\n[{}]\n", field.key);
                sections += &writer.section(node, inner, true);
            }
            _ => top += &format!("{} = {}\n", field.key, writer.inline(node, Some(field.kind))),
        }
    }
    top + &sections
}

/// A value on one line, as in TOML, paths of files as they are.
pub fn inline(node: &Node) -> String {
    Writer { files: &Files::default() }.inline(node, None)
}

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c if c.is_control() => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A key, in quotes where it needs them.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { text.to_string() } else { quoted(text) }
}

/// Entries in the order in which they were written: deeper files first.
pub fn written(table: &Table) -> Vec<(&String, &Entry)> {
    let mut list: Vec<_> = table.entries.iter().collect();
    list.sort_by_key(|(_, e)| e.key);
    list
}

struct Writer<'a> {
    files: &'a Files,
}

impl Writer<'_> {
    /// The keys of one table, and in a comment the defaults of keys that are not there.
    fn section(&self, node: &Node, fields: &'static [Field], defaults: bool) -> String {
        let Some(table) = node.table() else { return String::new() };
        let mut out = String::new();
        for (name, entry) in written(table) {
            let kind = fields.iter().find(|f| f.key == name).map(|f| f.kind);
            out += &format!("{} = {}\n", key(name), self.inline(&entry.node, kind));
        }
        let absent: Vec<String> = fields
            .iter()
            .filter(|f| defaults && !f.default.is_empty() && f.key != "enabled" && table.get(f.key).is_none())
            .map(|f| format!("{} = {}", f.key, f.default))
            .collect();
        if !absent.is_empty() {
            out += &format!("# defaults: {}\n", absent.join(", "));
        }
        out
    }

    fn inline(&self, node: &Node, kind: Option<Kind>) -> String {
        match &node.value {
            Value::Text(text) if matches!(kind, Some(Kind::File)) => quoted(&self.absolute(node, text)),
            Value::Text(text) => quoted(text),
            Value::Integer(i) => i.to_string(),
            Value::Float(f) => format!("{f:?}"),
            Value::Bool(b) => b.to_string(),
            Value::Array(list) => {
                let inner = match kind {
                    Some(Kind::List(fields)) => Some(Kind::Table(fields)),
                    _ => None,
                };
                let list: Vec<String> = list.iter().map(|n| self.inline(n, inner)).collect();
                format!("[{}]", list.join(", "))
            }
            Value::Table(table) if table.entries.is_empty() => "{}".to_string(),
            Value::Table(table) => {
                let drawn = table.get("dist").is_some();
                let entries: Vec<String> = written(table)
                    .into_iter()
                    .map(|(name, entry)| {
                        let inner = match kind {
                            _ if drawn && name == "file" => Some(Kind::File),
                            Some(kind) if name == "value" => Some(kind),
                            Some(kind) => fields::descend(kind, &[name]),
                            None => None,
                        };
                        format!("{} = {}", key(name), self.inline(&entry.node, inner))
                    })
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// The path of a file that a document names, from the root of the file system.
    fn absolute(&self, node: &Node, text: &str) -> String {
        let path = self.files.folder(node.span).join(text);
        let full: PathBuf = std::path::absolute(&path).unwrap_or(path);
        tidy(&full).to_string_lossy().into_owned()
    }
}

/// Without `x/..`.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    #[test]
    fn text_and_keys_survive_writing_and_reading() {
        let text = "a = { \"x.y\" = \"say \\\"no\\\"\\n\", b = [1, 2.5, true], c = 1e-7 }\nd = {}\n";
        let root = parse(0, text).unwrap();
        for (name, entry) in &root.table().unwrap().entries {
            let again = parse(0, &format!("{name} = {}", inline(&entry.node))).unwrap();
            assert!(again.get(name).unwrap().same(&entry.node), "{}", inline(&entry.node));
        }
    }

    #[test]
    fn files_become_absolute_and_defaults_stand_in_comments() {
        let mut files = Files::default();
        let text = "[place.p]\nfile = \"../cells.csv\"\ncell = \"a\"\n".to_string();
        let file = files.add("/x/y/s.toml", Path::new("/x/y"), text.clone());
        let root = parse(file, &text).unwrap();
        let out = document(DocumentKind::Scenario, root.table().unwrap(), &files);
        let expected =
            "\n[place.p]\nfile = \"/x/cells.csv\"\ncell = \"a\"\n# defaults: pattern = \"random\"\n";
        assert_eq!(out, expected);
    }
}
