//! Overrides: one value at one path, wherever it comes from (`set`, `--set`, an arm, a subject, a sweep factor).

use super::diagnostics::{Problems, suggest};
use super::documents::{DocumentKind, lookup};
use super::fields::{Kind, built};
use super::scenario_fields::DISTRIBUTION;
use super::tree::{self, Entry, Fault, Files, Node, Span, Table, Value};
use crate::units::{self, Dimension};
use std::path::Path;

/// One value at one path.
#[derive(Clone, Debug)]
pub struct Override {
    /// Keys joined by dots.
    pub path: String,
    pub node: Node,
    /// Where the path was written.
    pub key: Span,
    /// Recorded, but sets nothing: what a subject draws at a path `covariate.X`.
    pub inert: bool,
}

impl Override {
    /// Reads `path=value` of the command line. The value is TOML, or a bare text such as `5 /day`.
    ///
    /// # Errors
    /// No `=`, an empty path, or an empty value.
    pub fn parse(files: &mut Files, text: &str) -> Result<Override, Vec<Fault>> {
        if let Some(time) = text.strip_prefix(UNTIL).and_then(|t| t.strip_prefix('=')) {
            return Override::until(files, time);
        }
        let file = files.add("--set", Path::new(""), text.to_string());
        let whole = Span { file, start: 0, end: text.len() as u32 };
        let fault = |message: &str| {
            let help = Some("write --set path=value, for example --set clock.end=\"30 day\"".to_string());
            vec![Fault { span: whole, message: message.to_string(), help }]
        };
        let Some((path, value)) = text.split_once('=') else { return Err(fault("an override needs a `=`")) };
        let (path, written) = (path.trim().trim_matches('"'), value.trim());
        if path.is_empty() || written.is_empty() {
            return Err(fault("an override needs a path and a value"));
        }
        let start = (text.len() - value.len() + value.find(written).unwrap_or(0)) as u32;
        let span = Span { file, start, end: start + written.len() as u32 };
        let mut node = match tree::parse_value(file, written) {
            Ok(node) => node,
            Err(_) => Node::new(span, Value::Text(written.to_string())),
        };
        place(&mut node, span);
        let key = Span { file, start: 0, end: text.find('=').unwrap_or(0) as u32 };
        Ok(Override { path: path.to_string(), node, key, inert: false })
    }
}

impl Override {
    /// A whole number, set by nobody's text.
    pub fn number(path: &str, value: i64) -> Override {
        let nowhere = Span { file: u32::MAX, start: 0, end: 0 };
        Override {
            path: path.to_string(),
            node: Node::new(nowhere, Value::Integer(value)),
            key: nowhere,
            inert: false,
        }
    }

    /// A switch set to on or off; `span` is what messages point at.
    pub fn switch(path: &str, on: bool, span: Span) -> Override {
        Override { path: path.to_string(), node: Node::new(span, Value::Bool(on)), key: span, inert: false }
    }
}

/// The option that is an override of `clock.end`; `--until=TIME` among overrides.
pub const UNTIL: &str = "--until";

impl Override {
    /// Reads the time of `--until`.
    fn until(files: &mut Files, text: &str) -> Result<Override, Vec<Fault>> {
        let file = files.add(UNTIL, Path::new(""), text.to_string());
        let span = Span { file, start: 0, end: text.len() as u32 };
        let fault = |message: String| {
            let help = Some("a number and a unit of time in quotes: --until \"30 day\"".to_string());
            vec![Fault { span, message, help }]
        };
        match units::quantity(text) {
            Ok(q) if q.unit.dimension == Dimension::TIME => {
                let node = Node::new(span, Value::Text(text.to_string()));
                Ok(Override { path: "clock.end".to_string(), node, key: span, inert: false })
            }
            Ok(q) if q.unit.dimension == Dimension::NONE => {
                Err(fault(format!("{UNTIL}: `{}` has no unit of time", text.trim())))
            }
            Ok(q) => Err(fault(format!("{UNTIL} must be a time, not {}", q.unit.dimension.describe()))),
            Err(e) => Err(fault(format!("{UNTIL}: {}", e.message))),
        }
    }
}

/// Gives a whole value one place.
fn place(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::Array(list) => list.iter_mut().for_each(|n| place(n, span)),
        Value::Table(table) => table.entries.values_mut().for_each(|e| {
            e.key = span;
            place(&mut e.node, span);
        }),
        _ => {}
    }
}

/// Reads a table of `path = value`.
pub fn of_table(node: &Node, files: &Files, problems: &mut Problems) -> Vec<Override> {
    let Some(table) = node.table() else {
        let message = format!("must be a table of paths and values, not {}", node.kind());
        problems.error(files, node.span, message, "write { \"path.to.key\" = value }");
        return Vec::new();
    };
    let mut out = Vec::new();
    for (path, entry) in &table.entries {
        if !path.contains('.') && !entry.node.is_leaf() {
            let message = format!("`{path}` is a table, not a value");
            problems.error(
                files,
                entry.key,
                message,
                "write the whole path in quotes: \"rule.NAME.fold\" = 2",
            );
            continue;
        }
        out.push(Override { path: path.clone(), node: entry.node.clone(), key: entry.key, inert: false });
    }
    out
}

/// Puts the value at its path. A path must exist, or be a known key of an existing thing; else the problem is
/// noted with the nearest name and the tree is left as it was.
pub fn apply(root: &mut Node, o: &Override, kind: DocumentKind, files: &Files, problems: &mut Problems) {
    if o.inert {
        return;
    }
    let keys: Vec<&str> = o.path.split('.').collect();
    let depth = known(root, &keys, kind);
    if let Err((level, allowed)) = depth {
        let inside =
            if level == 0 { format!("a {}", kind.name()) } else { format!("`{}`", keys[..level].join(".")) };
        if level == 0 && allowed.iter().any(|a| a == keys[0]) {
            let message = format!("path `{}`: nothing is defined in `{}`", o.path, keys[0]);
            let help = format!("a path sets what exists: define [{}.NAME] in a document first", keys[0]);
            problems.error(files, o.key, message, help);
            return;
        }
        let message = format!("path `{}`: {inside} has no `{}`", o.path, keys[level]);
        problems.error(files, o.key, message, suggest(keys[level], allowed.iter().map(String::as_str)));
        return;
    }
    let mut node = root;
    for key in &keys {
        let here = node.span;
        let empty = || Entry { key: o.key, node: Node::new(here, Value::Table(Table::default())) };
        node = match &mut node.value {
            Value::Array(list) => match key.parse::<usize>().ok().and_then(|i| list.get_mut(i)) {
                Some(entry) => entry,
                None => return,
            },
            Value::Table(table) => &mut table.entries.entry((*key).to_string()).or_insert_with(empty).node,
            // `known` has refused every path through a plain value.
            _ => return,
        };
    }
    let replaced = node.table().is_none_or(|t| !t.entries.is_empty()).then_some(node.span);
    *node = Node { replaced, overridden: true, ..o.node.clone() };
}

/// Whether a path may be set. Else: at which key it fails, and what would be allowed there.
fn known(root: &Node, keys: &[&str], kind: DocumentKind) -> Result<(), (usize, Vec<String>)> {
    let mut node = Some(root);
    for (level, key) in keys.iter().enumerate() {
        let here = node;
        node = here.and_then(|n| n.at(&[key]));
        if node.is_some() {
            continue;
        }
        let mut allowed: Vec<String> =
            here.and_then(Node::table).map(|t| t.entries.keys().cloned().collect()).unwrap_or_default();
        let distribution = here.is_some_and(|n| n.get("dist").is_some());
        let value = here.is_some_and(|n| n.get("value").is_some());
        let slot = match level {
            0 => None,
            _ => lookup(kind, &keys[..level]),
        };
        let fits = match slot {
            _ if distribution => DISTRIBUTION.iter().any(|f| f.key == *key),
            _ if value => ["value", "source", "range"].contains(key),
            Some(Kind::Table(fields) | Kind::List(fields)) => {
                allowed.extend(built(fields).map(|f| f.key.to_string()));
                fields.iter().any(|f| f.key == *key)
            }
            // Values by id may be added to a thing that exists; things themselves may not.
            Some(Kind::Map(_)) => true,
            Some(_) => false,
            None if level == 0 => {
                allowed.extend(kind.body().filter(|f| f.built).map(|f| f.key.to_string()));
                kind.body().any(|f| f.key == *key && matches!(f.kind, Kind::Table(_)))
            }
            None => false,
        };
        if !fits {
            return Err((level, allowed));
        }
    }
    Ok(())
}
