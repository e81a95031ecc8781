//! A small declarative reader: takes one table of a document and its field table, notes every problem and goes on.
//!
//! Getters look the key up in the field table, so that type, dimension, range and default stand in one place. What a
//! value means is the compiler's affair.

pub use super::context::Context;
use super::diagnostics::suggest;
use super::fields::{Field, Kind, built};
use super::scenario_fields::DISTRIBUTION;
use super::tree::{Entry, Node, Span, Table, Value};
use crate::units::{self, Dimension, Unit};

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
        // A distribution that may not stand here is one mistake, not one per parameter.
        let drawn = table.get("dist").is_some();
        for (key, entry) in &table.entries {
            match fields.iter().find(|f| f.key == key) {
                Some(field) if !field.built => not_built(cx, field, &format!("{path}.{key}"), entry.key),
                None if !(drawn && DISTRIBUTION.iter().any(|f| f.key == key)) => {
                    let help = suggest(key, built(fields).map(|f| f.key));
                    cx.error(entry.key, format!("unknown key `{key}` in {path}"), help);
                }
                _ => {}
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

    /// A key with its path, as messages name it.
    pub fn what(&self, key: &str) -> String {
        format!("`{}.{key}`", self.path)
    }

    /// The value, if it is in the range of its field.
    pub fn checked(&self, key: &str, node: &Node, value: f64) -> Option<f64> {
        match self.field(key)?.refuses(value) {
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
            Value::Float(f) if f >= 0.0 && f.fract() == 0.0 && f < 9e15 => {
                self.checked(key, node, f)?;
                Some(f as u64)
            }
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
            self.no_word(key, text, self.cx.bare(node).span, words, "be");
        }
        found.copied()
    }

    /// Notes a word that is none of those allowed, or not built yet.
    fn no_word(&self, key: &str, word: &str, span: Span, allowed: &[&'static str], verb: &str) {
        let what = self.what(key);
        if self.field(key).is_some_and(|f| f.later.contains(&word)) {
            let help = format!("available: {}", allowed.join(", "));
            self.cx.error(span, format!("{what}: `{word}` is not built yet"), help);
        } else {
            let help = suggest(word, allowed.iter().copied());
            self.cx.error(span, format!("{what} cannot {verb} `{word}`"), help);
        }
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
                None => self.no_word(key, word, span, allowed, "hold"),
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
        let read = |n| {
            let value = self.cx.quantity(n, &self.what(key), &[dimension])?.base();
            self.checked(key, n, value)
        };
        // All of them are read before the first mistake ends it: each is told.
        list.iter().map(read).collect::<Vec<_>>().into_iter().collect()
    }
}

/// Notes a part of the language that this version does not build.
pub fn not_built(cx: &Context, field: &Field, path: &str, span: Span) {
    cx.error(span, format!("`{path}` is not built yet ({})", field.text), "remove it");
}
