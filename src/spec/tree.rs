//! A document as a tree in which every value and key keeps the file and the bytes it was written in.
//!
//! Reads TOML and bounds its depth and keys; knows nothing of models, units or merging.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Deepest nesting of tables and arrays.
pub const MAX_DEPTH: usize = 64;
/// Most keys and array entries in one document.
pub const MAX_KEYS: usize = 100_000;

/// Bytes of one file: where a key or value was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub file: u32,
    pub start: u32,
    pub end: u32,
}

/// A text that spans point into: a document, or an override of the command line or of an arm.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As shown in messages.
    pub name: String,
    /// Where relative paths in it start.
    pub folder: PathBuf,
    pub text: String,
}

/// Every text a tree points into.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub list: Vec<SourceFile>,
}

impl Files {
    /// Adds a text and returns its number.
    pub fn add(&mut self, name: &str, folder: &Path, text: String) -> u32 {
        self.list.push(SourceFile { name: name.to_string(), folder: folder.to_path_buf(), text });
        (self.list.len() - 1) as u32
    }

    /// Folder of the file that a span points into.
    pub fn folder(&self, span: Span) -> &Path {
        self.list.get(span.file as usize).map_or(Path::new(""), |f| f.folder.as_path())
    }

    /// Name of the file that a span points into.
    pub fn name(&self, span: Span) -> &str {
        self.list.get(span.file as usize).map_or("", |f| f.name.as_str())
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
    /// Where the value that this one replaced was written, by an override or by a file that extends another.
    pub replaced: Option<Span>,
    /// Whether an override set it.
    pub overridden: bool,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Array(Vec<Node>),
    Table(Table),
}

/// Keys in alphabetical order.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key was written.
    pub key: Span,
    pub node: Node,
}

impl Node {
    pub fn new(span: Span, value: Value) -> Node {
        Node { span, value, replaced: None, overridden: false }
    }

    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(t) => Some(t),
            _ => None,
        }
    }

    /// The node itself, or the value of `{ value, source, range }`.
    pub fn inner(&self) -> &Node {
        self.get("value").unwrap_or(self)
    }

    /// A text, also in `{ value = .. }`.
    pub fn text(&self) -> Option<&str> {
        match &self.inner().value {
            Value::Text(t) => Some(t),
            _ => None,
        }
    }

    /// Whether this is the switch word `word`, also in `{ value = .. }`.
    pub fn is(&self, word: bool) -> bool {
        matches!(self.inner().value, Value::Bool(b) if b == word)
    }

    /// A plain number, whole or not.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(i) => Some(i as f64),
            Value::Float(f) => Some(f),
            _ => None,
        }
    }

    /// The entry of a table by key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.table().and_then(|t| t.get(key))
    }

    /// The node at a path of keys; array entries by number.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| match &node.value {
            Value::Table(t) => t.get(key),
            Value::Array(a) => key.parse::<usize>().ok().and_then(|i| a.get(i)),
            _ => None,
        })
    }

    /// `{ value = .. }` and distributions are values written as tables: they are replaced whole, never merged.
    pub fn is_leaf(&self) -> bool {
        self.table().is_none_or(|t| t.get("value").is_some() || t.get("dist").is_some())
    }

    /// What kind of value this is, in words.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// Equal values, wherever they were written; `1` and `1.0` are equal.
    pub fn same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Table(a), Value::Table(b)) => {
                a.entries.len() == b.entries.len()
                    && a.entries.iter().zip(&b.entries).all(|((k, a), (l, b))| k == l && a.node.same(&b.node))
            }
            _ => self.number().is_some() && self.number() == other.number(),
        }
    }
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key).map(|e| &e.node)
    }
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

/// Parses a document. All mistakes of syntax are reported.
///
/// # Errors
/// One fault per mistake, with its place.
pub fn parse(file: u32, text: &str) -> Result<Node, Vec<Fault>> {
    if let Some(at) = too_deep(text) {
        let message = format!("tables and lists are nested more than {MAX_DEPTH} deep");
        return Err(vec![Fault { span: place(file, at..at + 1), message, help: None }]);
    }
    let (root, errors) = toml::de::DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|e| fault(file, text, e)).collect());
    }
    let mut bounds = Bounds::default();
    let span = place(file, root.span());
    let table = table(file, root.into_inner(), &mut bounds)?;
    Ok(Node::new(span, Value::Table(table)))
}

/// Parses one value, as written after `=`.
///
/// # Errors
/// The first mistake of syntax.
pub fn parse_value(file: u32, text: &str) -> Result<Node, Vec<Fault>> {
    let (value, errors) = toml::de::DeValue::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|e| fault(file, text, e)).collect());
    }
    node(file, value, &mut Bounds::default())
}

fn place(file: u32, range: std::ops::Range<usize>) -> Span {
    Span { file, start: range.start as u32, end: range.end as u32 }
}

fn fault(file: u32, text: &str, error: &toml::de::Error) -> Fault {
    let range = error.span().unwrap_or(0..0);
    let written = text.get(range.clone()).unwrap_or("");
    let help = if error.message().contains("duplicate key") {
        Some(format!("`{written}` stands twice in one table; keep one"))
    } else if written.starts_with(|c: char| c.is_ascii_digit()) {
        Some("a quantity with a unit is text: write it in quotes, for example \"4 um/min\"".to_string())
    } else {
        None
    };
    Fault { span: place(file, range), message: format!("not valid TOML: {}", error.message()), help }
}

/// Where brackets or dotted keys outside of text and comments first nest too deep. The parser recurses, so this looks first.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut dots, mut i) = (0usize, 0usize, 0usize);
    while i < bytes.len() {
        match bytes[i] {
            b'#' => i = text[i..].find('\n').map_or(bytes.len(), |n| i + n),
            quote @ (b'"' | b'\'') => {
                let triple = bytes[i..].starts_with(&[quote; 3]);
                let mark = if triple { 3 } else { 1 };
                i += mark;
                while i < bytes.len() && !bytes[i..].starts_with(&[quote; 3][..mark]) {
                    if !triple && bytes[i] == b'\n' {
                        break;
                    }
                    i += if quote == b'"' && bytes[i] == b'\\' { 2 } else { 1 };
                }
                i += mark - 1;
            }
            b'[' | b'{' => {
                depth += 1;
                dots = 0;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'.' => dots += 1,
            b'=' | b'\n' => dots = 0,
            _ => {}
        }
        if depth > MAX_DEPTH || dots > MAX_DEPTH {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// How much of a document has been read.
#[derive(Default)]
struct Bounds {
    keys: usize,
    depth: usize,
}

fn table(file: u32, map: toml::de::DeTable<'_>, bounds: &mut Bounds) -> Result<Table, Vec<Fault>> {
    let mut entries = BTreeMap::new();
    for (key, value) in map {
        bounds.keys += 1;
        let key_span = place(file, key.span());
        let message = if bounds.keys > MAX_KEYS {
            format!("the document has more than {MAX_KEYS} keys and list entries")
        } else if bounds.depth > MAX_DEPTH {
            format!("tables and lists are nested more than {MAX_DEPTH} deep")
        } else {
            String::new()
        };
        if !message.is_empty() {
            return Err(vec![Fault { span: key_span, message, help: None }]);
        }
        bounds.depth += 1;
        let node = node(file, value, bounds)?;
        bounds.depth -= 1;
        entries.insert(key.into_inner().into_owned(), Entry { key: key_span, node });
    }
    Ok(Table { entries })
}

fn node(
    file: u32,
    value: toml::Spanned<toml::de::DeValue<'_>>,
    bounds: &mut Bounds,
) -> Result<Node, Vec<Fault>> {
    use toml::de::DeValue;
    let span = place(file, value.span());
    let wrong = |message: String, help: Option<String>| Err(vec![Fault { span, message, help }]);
    let value = match value.into_inner() {
        DeValue::String(s) => Value::Text(s.into_owned()),
        DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
            Ok(i) => Value::Integer(i),
            Err(_) => return wrong("the whole number is too large".to_string(), None),
        },
        DeValue::Float(f) => match f.as_str().parse::<f64>() {
            Ok(f) if f.is_finite() => Value::Float(f),
            _ => return wrong(format!("`{}` is not a finite number", f.as_str()), None),
        },
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(_) => {
            let help = "times are counted from day 0, for example \"12 day\"".to_string();
            return wrong("dates have no meaning here".to_string(), Some(help));
        }
        DeValue::Array(list) => {
            bounds.keys += list.len();
            Value::Array(list.into_iter().map(|v| node(file, v, bounds)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(map) => Value::Table(table(file, map, bounds)?),
    };
    Ok(Node::new(span, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_keep_their_bytes() {
        let text = "[rule.a]\nfold = 0.5 # half\nb.c = { value = \"1 /day\" }\n";
        let root = parse(0, text).unwrap();
        let fold = root.at(&["rule", "a", "fold"]).unwrap();
        assert_eq!(&text[fold.span.start as usize..fold.span.end as usize], "0.5");
        let entry = &root.at(&["rule", "a"]).unwrap().table().unwrap().entries["b"];
        assert_eq!(&text[entry.key.start as usize..entry.key.end as usize], "b");
        assert!(root.at(&["rule", "a", "b", "c"]).unwrap().is_leaf());
        assert!(!root.at(&["rule", "a"]).unwrap().is_leaf());
        assert!(root.at(&["rule", "x"]).is_none());
    }

    #[test]
    fn every_mistake_of_syntax_is_reported_and_depth_is_bounded() {
        let faults = parse(0, "a = 1\na = 2\nb = 4 um\n").unwrap_err();
        assert!(faults.len() >= 2, "{faults:?}");
        assert!(faults[0].message.contains("duplicate key"), "{faults:?}");
        let deep = format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(parse(0, &deep).unwrap_err()[0].message.contains("nested more than 64"));
        let dotted = format!("a{} = 1", ".a".repeat(100_000));
        assert!(parse(0, &dotted).unwrap_err()[0].message.contains("nested more than 64"));
        let both = format!("[a{0}]\nb{0} = 1", ".a".repeat(60));
        assert!(parse(0, &both).unwrap_err()[0].message.contains("nested more than 64"));
        assert!(parse(0, "a = \"[[[\" # {{{\nb = '''[\n[''' \n").is_ok());
        assert!(parse(0, "a = 2020-01-01").unwrap_err()[0].message.contains("dates"));
        assert!(parse(0, "a = inf").unwrap_err()[0].message.contains("finite"));
        let many = format!("a = [{}]\nb = 1\n", "1,".repeat(MAX_KEYS));
        assert!(parse(0, &many).unwrap_err()[0].message.contains("more than"));
    }
}
