//! What every reader of a document shares: the texts, the problems found so far, and how single values are read.
//!
//! A problem of an overridden value is told where the override stands, with the place of what it replaced.

use super::diagnostics::{Problem, Problems, Severity, suggest};
use super::tree::{Files, Node, Span, Value};
use crate::units::{self, Dimension, Quantity, Unit};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What every reader shares.
#[derive(Debug)]
pub struct Context<'a> {
    pub files: &'a Files,
    problems: RefCell<Problems>,
    places: RefCell<Places>,
}

/// Where overridden values stand now, and what was there before.
#[derive(Debug, Default)]
struct Places {
    /// From the key as first written to the value that replaced its value.
    moved: BTreeMap<Span, Span>,
    /// From a value to the value it replaced; none where one text stands at several paths with different pasts.
    replaced: BTreeMap<Span, Option<Span>>,
}

impl Places {
    fn learn(&mut self, node: &Node, before: Option<Span>) {
        let before = node.replaced.or(before);
        if before.is_some() || node.overridden {
            let known = self.replaced.entry(node.span).or_insert(before);
            if *known != before {
                *known = None;
            }
        }
        match &node.value {
            Value::Table(table) => {
                for entry in table.entries.values() {
                    if entry.node.overridden && entry.node.replaced.is_some() {
                        self.moved.insert(entry.key, entry.node.span);
                    }
                    self.learn(&entry.node, before);
                }
            }
            Value::Array(list) => list.iter().for_each(|n| self.learn(n, before)),
            _ => {}
        }
    }
}

impl<'a> Context<'a> {
    pub fn new(files: &'a Files) -> Context<'a> {
        Context { files, problems: RefCell::default(), places: RefCell::default() }
    }

    /// Takes in which values of a tree are overrides.
    pub fn learn(&self, tree: &Node) {
        self.places.borrow_mut().learn(tree, None);
    }

    pub fn error(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Error, span, message.into(), help.into());
    }

    pub fn warning(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Warning, span, message.into(), help.into());
    }

    fn note(&self, severity: Severity, span: Span, message: String, help: String) {
        let places = self.places.borrow();
        let span = places.moved.get(&span).copied().unwrap_or(span);
        let mut problem = Problem::at(severity, self.files, span, message);
        if !help.is_empty() {
            problem.help.push(help);
        }
        if let Some(Some(before)) = places.replaced.get(&span) {
            let before = Problem::at(severity, self.files, *before, String::new());
            problem.help.push(format!("it replaces the value at {}:{}", before.file, before.line));
        }
        self.problems.borrow_mut().push(problem);
    }

    /// Of several values that together are wrong: the one that an override set, else `otherwise`.
    pub fn blame<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>, otherwise: Span) -> Span {
        let mut overridden = nodes.into_iter().filter(|n| n.overridden);
        overridden.next().map_or(otherwise, |n| n.span)
    }

    pub fn with<T>(&self, f: impl FnOnce(&mut Problems) -> T) -> T {
        f(&mut self.problems.borrow_mut())
    }

    pub fn has_errors(&self) -> bool {
        self.problems.borrow().has_errors()
    }

    pub fn into_problems(self) -> Problems {
        self.problems.into_inner()
    }

    /// The error at a value.
    pub fn wrong(&self, node: &Node, message: impl Into<String>, help: impl Into<String>) {
        self.error(node.span, message, help);
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
        if found.unit.is_ratio() {
            let message = format!("{what} must be {}, not a ratio ({})", describe(accept), found.unit.text);
            self.wrong(bare, message, "");
        } else if found.unit.dimension == Dimension::NONE {
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
    // A unit per um^5 or a concentration per body weight is right by its dimension, and nobody writes it.
    let written = |d: &&Dimension| d.is_named();
    let common: Vec<String> = accept.iter().filter(written).map(|d| d.describe()).collect();
    let all = || accept.iter().map(|d| d.describe()).collect();
    (if common.is_empty() { all() } else { common }).join(" or ")
}

/// A unit one would write for this dimension.
fn example(dimension: Dimension) -> String {
    let text = dimension.describe();
    let inside = text.split_once('(').map(|(_, rest)| rest.split([',', ')']).next().unwrap_or_default());
    inside.map_or_else(|| dimension.base_unit(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_nobody_writes_are_suggested_only_where_there_is_no_other() {
        let odd = Dimension::MOLAR.per(Dimension::AREA);
        assert_eq!(describe(&[Dimension::RATE, odd]), Dimension::RATE.describe());
        assert_eq!(describe(&[odd]), "a quantity in molecules/um^5");
    }
}
