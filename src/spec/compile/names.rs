//! From names to indices: which ids exist, which of them act, and what kinds a parent has.

use crate::spec::diagnostics::suggest;
use crate::spec::inherit::ancestors;
use crate::spec::reader::Context;
use crate::spec::tree::{Node, Span, Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The ids of one table.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// What one of them is called in messages.
    what: &'static str,
    /// Concrete ids that act, in alphabetical order: their position is their index.
    pub ids: Vec<String>,
    /// Every id, parents and disabled ones too, with the indices of itself and its kinds.
    of: BTreeMap<String, Vec<u16>>,
    /// Parents of an id, nearest first.
    pub parents: BTreeMap<String, Vec<String>>,
}

impl Kinds {
    fn build(what: &'static str, tables: &[Option<&Table>], acts: impl Fn(&Node) -> bool) -> Kinds {
        let mut kinds = Kinds { what, ..Kinds::default() };
        let all = || tables.iter().flatten().flat_map(|t| t.entries.iter().map(move |(id, e)| (*t, id, e)));
        let concrete: BTreeSet<&String> =
            all().filter(|(_, _, e)| is_concrete(&e.node) && acts(&e.node)).map(|(_, id, _)| id).collect();
        kinds.ids = concrete.into_iter().cloned().collect();
        for (table, id, _) in all() {
            kinds.of.entry(id.clone()).or_default();
            let above = ancestors(table, id);
            if let Ok(index) = kinds.ids.binary_search(id) {
                for name in above.iter().chain([id]) {
                    kinds.of.entry(name.clone()).or_default().push(index as u16);
                }
            }
            kinds.parents.insert(id.clone(), above);
        }
        for list in kinds.of.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        kinds
    }

    /// Whether the id stands in the table, acting or not.
    pub fn knows(&self, id: &str) -> bool {
        self.of.contains_key(id)
    }

    /// Index of a concrete, acting id.
    pub fn index(&self, id: &str) -> Option<u16> {
        self.ids.binary_search_by(|i| i.as_str().cmp(id)).ok().map(|i| i as u16)
    }

    /// Indices of an id and its kinds; empty for an unknown one.
    pub fn all(&self, id: &str) -> &[u16] {
        self.of.get(id).map_or(&[], Vec::as_slice)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.of.keys().map(String::as_str)
    }

    /// Notes an unknown name.
    pub fn unknown(&self, cx: &Context, id: &str, span: Span) {
        cx.error(span, format!("no {} `{id}`", self.what), suggest(id, self.names()));
    }

    /// Indices of an id and its kinds; an unknown name is noted.
    pub fn resolve(&self, cx: &Context, id: &str, span: Span) -> Option<&[u16]> {
        if !self.knows(id) {
            self.unknown(cx, id, span);
            return None;
        }
        Some(self.all(id))
    }

    /// Index of one concrete thing; unknown and abstract names are noted.
    pub fn one(&self, cx: &Context, id: &str, span: Span) -> Option<u16> {
        if !self.knows(id) {
            self.unknown(cx, id, span);
            return None;
        }
        let found = self.index(id);
        if found.is_none() {
            let kinds: Vec<&str> = self.all(id).iter().map(|i| self.ids[usize::from(*i)].as_str()).collect();
            if !kinds.is_empty() {
                let message = format!("`{id}` is abstract: name one of its kinds");
                cx.error(span, message, format!("allowed: {}", kinds.join(", ")));
            }
        }
        found
    }

    /// Indices of a list of names and their kinds, sorted.
    pub fn many(&self, cx: &Context, names: &[(&str, Span)]) -> Vec<u16> {
        let mut out: Vec<u16> =
            names.iter().filter_map(|(id, span)| self.resolve(cx, id, *span)).flatten().copied().collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// A table (anything else is told where it is read) of something that there can be.
fn is_concrete(node: &Node) -> bool {
    node.table().is_some() && !node.get("abstract").is_some_and(|n| n.is(true))
}

/// Whether a switch stands on; wrong values are noted where the table is read.
fn enabled(node: &Node) -> bool {
    !node.get("enabled").is_some_and(|n| n.is(false))
}

/// All names of a document.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub layers: Vec<String>,
    pub substrate: Kinds,
    /// Traits and antigens in one list.
    pub traits: Kinds,
    pub antigen: Kinds,
    pub receptor: Kinds,
    pub cell_type: Kinds,
    pub interaction: Kinds,
    pub compartment: Kinds,
    pub flow: Kinds,
    pub product: Kinds,
    pub place: Kinds,
    pub dose: Kinds,
    pub removal: Kinds,
    pub observable: Kinds,
    pub endpoint: Kinds,
    pub mechanism: Kinds,
    /// Mechanisms that are switched off.
    off: BTreeSet<String>,
}

impl Names {
    pub fn new(root: &Node) -> Names {
        let part = |name: &str| root.get(name).and_then(Node::table);
        let always = |_: &Node| true;
        let off: BTreeSet<String> = part("mechanism")
            .iter()
            .flat_map(|t| t.entries.iter())
            .filter(|(_, e)| !enabled(&e.node))
            .map(|(id, _)| id.clone())
            .collect();
        let acts = |n: &Node| {
            enabled(n) && !n.get("mechanism").and_then(Node::text).is_some_and(|m| off.contains(m))
        };
        let layers = match root.at(&["lattice", "layers"]).map(|n| &n.inner().value) {
            Some(Value::Array(list)) => list.iter().filter_map(Node::text).map(str::to_string).collect(),
            Some(Value::Text(one)) => vec![one.clone()],
            _ => Vec::new(),
        };
        let one = |what, name| Kinds::build(what, &[part(name)], always);
        let switched = |what, name| Kinds::build(what, &[part(name)], acts);
        Names {
            layers,
            substrate: one("substrate", "substrate"),
            traits: Kinds::build("trait or antigen", &[part("trait"), part("antigen")], always),
            antigen: one("antigen", "antigen"),
            receptor: one("receptor", "receptor"),
            cell_type: one("cell type", "cell_type"),
            interaction: switched("interaction", "interaction"),
            compartment: one("compartment", "compartment"),
            flow: switched("flow", "flow"),
            product: one("product", "product"),
            place: switched("place", "place"),
            dose: one("dose", "dose"),
            removal: one("removal", "removal"),
            observable: one("observable", "observable"),
            endpoint: switched("endpoint", "endpoint"),
            mechanism: one("mechanism", "mechanism"),
            off,
        }
    }

    /// Whether a thing and its mechanism are enabled.
    pub fn acts(&self, node: &Node) -> bool {
        enabled(node) && !node.get("mechanism").and_then(Node::text).is_some_and(|m| self.off.contains(m))
    }

    /// Mechanisms that are switched off, in order.
    pub fn switched_off(&self) -> impl Iterator<Item = &str> {
        self.off.iter().map(String::as_str)
    }
}
