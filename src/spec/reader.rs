//! A small declarative reader: takes one table of a document and its field table, notes every problem and goes on.
//!
//! Getters look the key up in the field table, so that type, dimension, range and default stand in one place. What a
//! value means is the compiler's affair.

use super::diagnostics::{Problems, suggest};
use super::fields::{Field, Kind};
use super::tree::{Entry, Files, Node, Span, Table, Value};
use crate::units::{self, Dimension, Quantity, Unit};
use std::cell::RefCell;

/// What every reader shares.
#[derive(Debug)]
pub struct Context<'a> {
    pub files: &'a Files,
    problems: RefCell<Problems>,
}

impl<'a> Context<'a> {
    pub fn new(files: &'a Files) -> Context<'a> {
        Context { files, problems: RefCell::default() }
    }

    pub fn error(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.borrow_mut().error(self.files, span, message, help);
    }

    pub fn warning(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.borrow_mut().warning(self.files, span, message, help);
    }

    pub fn with<T>(&self, f: impl FnOnce(&mut Problems) -> T) -> T {
        f(&mut self.problems.borrow_mut())
    }

    pub fn into_problems(self) -> Problems {
        self.problems.into_inner()
    }

    /// The error at a value, with the place of the value it replaced.
    pub fn wrong(&self, node: &Node, message: impl Into<String>, help: impl Into<String>) {
        let mut problem = super::diagnostics::Problem::at(
            super::diagnostics::Severity::Error,
            self.files,
            node.span,
            message.into(),
        );
        let help = help.into();
        if !help.is_empty() {
            problem.help.push(help);
        }
        if let Some(span) = node.replaced {
            let before = super::diagnostics::Problem::at(
                super::diagnostics::Severity::Error,
                self.files,
                span,
                String::new(),
            );
            problem.help.push(format!("it replaces the value at {}:{}", before.file, before.line));
        }
        self.problems.borrow_mut().push(problem);
    }

    /// The value inside `{ value, source, range }`, or the node itself.
    pub fn bare<'n>(&self, node: &'n Node) -> &'n Node {
        let Some(table) = node.table() else { return node };
        let Some(value) = table.get("value") else { return node };
        for (key, entry) in &table.entries {
            match key.as_str() {
                "value" | "note" => {}
                "source" => self.source(&entry.node),
                "range" => {
                    if !matches!(&entry.node.value, Value::Array(a) if a.len() == 2) {
                        self.error(entry.node.span, "`range` must be a list of two values", "");
                    }
                }
                _ => self.error(
                    entry.key,
                    format!("unknown key `{key}` beside `value`"),
                    suggest(key, ["value", "source", "range", "note"]),
                ),
            }
        }
        value
    }

    /// A source starts with its tag.
    pub fn source(&self, node: &Node) {
        let Some(text) = node.text() else {
            self.error(node.span, format!("`source` must be text, not {}", node.kind()), "");
            return;
        };
        let tagged =
            text.starts_with(['S', 'D', 'K', 'A']) && !text[1..].starts_with(|c: char| c.is_alphanumeric());
        if !tagged {
            let help = "S read at the source, D derived, K quoted, A assumed: for example \"S: Stein 2019\"";
            self.warning(node.span, "the source does not start with a tag", help);
        }
    }

    /// A number with its unit; the dimension must be one of those accepted.
    pub fn quantity(&self, node: &Node, what: &str, accept: &[Dimension]) -> Option<Quantity> {
        let bare = self.bare(node);
        let found = match &bare.value {
            Value::Text(text) => match units::quantity(text) {
                Ok(q) => q,
                Err(e) => {
                    self.wrong(bare, format!("{what}: {}", e.message), e.help.unwrap_or_default());
                    return None;
                }
            },
            Value::Integer(_) | Value::Float(_) => Quantity::plain(bare.number()?),
            Value::Table(t) if t.get("dist").is_some() => {
                let help = "distributions stand in a cell's traits and antigens, in subjects.draw, and in sweep factors";
                self.wrong(bare, format!("{what} cannot be a distribution"), help);
                return None;
            }
            _ => {
                self.wrong(bare, format!("{what} must be {}, not {}", describe(accept), bare.kind()), "");
                return None;
            }
        };
        if accept.contains(&found.unit.dimension) {
            return Some(found);
        }
        if found.unit.dimension == Dimension::NONE {
            let help = accept.first().map_or(String::new(), |d| {
                format!("for example \"{} {}\"", units::number(found.value), example(*d))
            });
            self.wrong(bare, format!("{what} needs a unit: it is {}", describe(accept)), help);
        } else {
            let given = found.unit.dimension.describe();
            self.wrong(bare, format!("{what} must be {}, not {given}", describe(accept)), "");
        }
        None
    }

    /// A quantity as a number in `unit`.
    pub fn in_unit(&self, node: &Node, what: &str, unit: &Unit) -> Option<f64> {
        self.quantity(node, what, &[unit.dimension]).map(|q| q.to(unit))
    }

    /// One id or a list of ids.
    pub fn names<'n>(&self, node: &'n Node, what: &str) -> Vec<(&'n str, Span)> {
        let bare = self.bare(node);
        let list = match &bare.value {
            Value::Array(list) => list.as_slice(),
            _ => std::slice::from_ref(bare),
        };
        let mut out = Vec::new();
        for entry in list {
            match entry.text() {
                Some(text) => out.push((text, entry.span)),
                None => self.wrong(entry, format!("{what} must be a name, not {}", entry.kind()), ""),
            }
        }
        out
    }
}

fn describe(accept: &[Dimension]) -> String {
    accept.iter().map(|d| d.describe()).collect::<Vec<_>>().join(" or ")
}

/// A unit one would write for this dimension.
fn example(dimension: Dimension) -> String {
    let text = dimension.describe();
    let inside = text.split_once('(').map(|(_, rest)| rest.split([',', ')']).next().unwrap_or_default());
    inside.map_or_else(|| dimension.base_unit(), str::to_string)
}

/// One table of a document with its field table.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    pub cx: &'a Context<'a>,
    pub node: &'a Node,
    table: &'a Table,
    fields: &'static [Field],
    /// Of this table in the document.
    pub path: String,
    /// Where to say that something is missing: the key of the table.
    pub span: Span,
}

impl<'a> Reader<'a> {
    /// Opens a table: unknown keys and missing ones are noted. `partial` tables (parents) may lack required keys.
    pub fn open(
        cx: &'a Context<'a>,
        node: &'a Node,
        fields: &'static [Field],
        path: String,
        span: Span,
        partial: bool,
    ) -> Option<Reader<'a>> {
        let Some(table) = node.table() else {
            cx.error(node.span, format!("`{path}` must be a table, not {}", node.kind()), "");
            return None;
        };
        for (key, entry) in &table.entries {
            if !fields.iter().any(|f| f.key == key) {
                let help = suggest(key, fields.iter().map(|f| f.key));
                cx.error(entry.key, format!("unknown key `{key}` in {path}"), help);
            }
        }
        for field in fields.iter().filter(|f| f.required && !partial) {
            if table.get(field.key).is_none() {
                cx.error(span, format!("{path} needs `{}`: {}", field.key, field.text), "");
            }
        }
        if let Some(source) = table.get("source") {
            cx.source(source);
        }
        Some(Reader { cx, node, table, fields, path, span })
    }

    fn field(&self, key: &str) -> Option<&'static Field> {
        let found = self.fields.iter().find(|f| f.key == key);
        debug_assert!(found.is_some(), "no field {key} in {}", self.path);
        found
    }

    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.field(key)?;
        self.table.get(key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where a key was written; the table itself if it was not.
    pub fn key_span(&self, key: &str) -> Span {
        self.table.entries.get(key).map_or(self.span, |e| e.key)
    }

    fn what(&self, key: &str) -> String {
        format!("`{}.{key}`", self.path)
    }

    fn checked(&self, key: &str, node: &Node, value: f64) -> Option<f64> {
        match self.field(key)?.range.refuses(value) {
            Some(words) => {
                self.cx.wrong(self.cx.bare(node), format!("{} {words}", self.what(key)), "");
                None
            }
            None => Some(value),
        }
    }

    /// A quantity of fixed dimension or a plain number, in base units; the default where nothing is written.
    pub fn quantity(&self, key: &str) -> Option<f64> {
        let field = self.field(key)?;
        let dimension = match field.kind {
            Kind::Quantity(d) => d,
            _ => Dimension::NONE,
        };
        match self.table.get(key) {
            Some(node) => {
                let found = self.cx.quantity(node, &self.what(key), &[dimension])?;
                self.checked(key, node, found.base())
            }
            None => units::parse_quantity(field.default.trim_matches('"')).ok().map(|(v, _)| v),
        }
    }

    /// A plain number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.quantity(key)
    }

    /// A number in `unit`, which follows from other entries; the default where nothing is written.
    pub fn in_unit(&self, key: &str, unit: &Unit) -> Option<f64> {
        let field = self.field(key)?;
        match self.table.get(key) {
            Some(node) => {
                let value = self.cx.in_unit(node, &self.what(key), unit)?;
                self.checked(key, node, value)
            }
            None => field.default.parse().ok(),
        }
    }

    /// A whole number, not negative.
    pub fn whole(&self, key: &str) -> Option<u64> {
        let field = self.field(key)?;
        let Some(node) = self.table.get(key) else { return field.default.parse().ok() };
        let bare = self.cx.bare(node);
        match bare.value {
            Value::Integer(i) if i >= 0 => {
                self.checked(key, node, i as f64)?;
                Some(i as u64)
            }
            Value::Float(f) if f >= 0.0 && f.fract() == 0.0 && f < 9e15 => Some(f as u64),
            _ => {
                self.cx.wrong(bare, format!("{} must be a whole number, not negative", self.what(key)), "");
                None
            }
        }
    }

    pub fn bool(&self, key: &str) -> bool {
        let default = self.field(key).is_some_and(|f| f.default == "true");
        let Some(node) = self.table.get(key) else { return default };
        match self.cx.bare(node).value {
            Value::Bool(b) => b,
            _ => {
                self.cx.wrong(
                    node,
                    format!("{} must be true or false, not {}", self.what(key), node.kind()),
                    "",
                );
                default
            }
        }
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        let field = self.field(key)?;
        let Some(node) = self.table.get(key) else {
            return (!field.default.is_empty()).then(|| field.default.trim_matches('"'));
        };
        let bare = self.cx.bare(node);
        if bare.text().is_none() {
            self.cx.wrong(bare, format!("{} must be text, not {}", self.what(key), bare.kind()), "");
        }
        bare.text()
    }

    /// One of the words of the field.
    pub fn choice(&self, key: &str) -> Option<&'static str> {
        let Kind::Choice(words) = self.field(key)?.kind else { return None };
        let text = self.text(key)?;
        let found = words.iter().find(|w| **w == text);
        if let (None, Some(node)) = (found, self.table.get(key)) {
            let message = format!("{} cannot be `{text}`", self.what(key));
            self.cx.wrong(self.cx.bare(node), message, suggest(text, words.iter().copied()));
        }
        found.copied()
    }

    /// One id or a list of ids; empty where nothing is written.
    pub fn names(&self, key: &str) -> Vec<(&'a str, Span)> {
        self.get(key).map_or(Vec::new(), |node| self.cx.names(node, &self.what(key)))
    }

    /// One id.
    pub fn name(&self, key: &str) -> Option<(&'a str, Span)> {
        let node = self.get(key)?;
        self.text(key).map(|t| (t, self.cx.bare(node).span))
    }

    /// A list of words out of these.
    pub fn words(&self, key: &str, allowed: &[&'static str]) -> Option<Vec<&'static str>> {
        let mut out = Vec::new();
        self.get(key)?;
        for (word, span) in self.names(key) {
            match allowed.iter().find(|w| **w == word) {
                Some(w) => out.push(*w),
                None => {
                    let message = format!("{} cannot hold `{word}`", self.what(key));
                    self.cx.error(span, message, suggest(word, allowed.iter().copied()));
                }
            }
        }
        Some(out)
    }

    /// A table below this one.
    pub fn table(&self, key: &str) -> Option<Reader<'a>> {
        let node = self.get(key)?;
        let (Kind::Table(fields) | Kind::List(fields) | Kind::Things(fields)) = self.field(key)?.kind else {
            return None;
        };
        Reader::open(self.cx, node, fields, format!("{}.{key}", self.path), self.key_span(key), false)
    }

    /// Tables of a list below this one.
    pub fn list(&self, key: &str) -> Vec<Reader<'a>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let Some(Field { kind: Kind::List(fields), .. }) = self.field(key) else { return Vec::new() };
        let Value::Array(list) = &node.value else {
            self.cx.wrong(
                node,
                format!("{} must be a list of tables, not {}", self.what(key), node.kind()),
                "",
            );
            return Vec::new();
        };
        let open = |(i, n): (usize, &'a Node)| {
            Reader::open(self.cx, n, fields, format!("{}.{key}.{i}", self.path), n.span, false)
        };
        list.iter().enumerate().filter_map(open).collect()
    }

    /// Entries of a table whose keys are ids.
    pub fn entries(&self, key: &str) -> Vec<(&'a str, &'a Entry)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        match node.table() {
            Some(table) => table.entries.iter().map(|(k, e)| (k.as_str(), e)).collect(),
            None => {
                let message =
                    format!("{} must be a table of names and values, not {}", self.what(key), node.kind());
                self.cx.wrong(node, message, "");
                Vec::new()
            }
        }
    }

    /// Quantities of one dimension in a list, in base units.
    pub fn quantities(&self, key: &str, dimension: Dimension) -> Option<Vec<f64>> {
        let node = self.get(key)?;
        let Value::Array(list) = &self.cx.bare(node).value else {
            self.cx.wrong(node, format!("{} must be a list, not {}", self.what(key), node.kind()), "");
            return None;
        };
        list.iter().map(|n| self.cx.quantity(n, &self.what(key), &[dimension]).map(|q| q.base())).collect()
    }
}
