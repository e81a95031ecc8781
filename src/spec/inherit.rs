//! `is_a`: a thing gets the keys of its parent, its own keys win, tables merge by key.
//!
//! Works on the merged tree of one document, before anything is read.

use super::diagnostics::suggest;
use super::reader::Context;
use super::tree::{Entry, Node, Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The tables whose things may be kinds of others.
pub const FAMILIES: [&str; 4] = ["antigen", "cell_type", "interaction", "flow"];

/// Not inherited: what a thing is called, and why it is there.
const OWN: [&str; 5] = ["is_a", "abstract", "label", "note", "source"];

/// Fills in the inherited keys of every family.
pub fn inherit(root: &mut Node, cx: &Context) {
    let Value::Table(root) = &mut root.value else { return };
    for family in FAMILIES {
        let Some(Entry { node: Node { value: Value::Table(things), .. }, .. }) = root.entries.get_mut(family)
        else {
            continue;
        };
        if things.entries.values().all(|e| e.node.get("is_a").is_none()) {
            continue;
        }
        let mut done = BTreeMap::new();
        let mut told = BTreeSet::new();
        for id in things.entries.keys() {
            complete(id, family, things, cx, &mut done, &mut told, &mut Vec::new());
        }
        for (id, node) in done {
            if let Some(entry) = things.entries.get_mut(&id) {
                entry.node = node;
            }
        }
    }
}

/// The complete table of an heir; heirs are kept in `done`, the others stay as they are.
fn complete(
    id: &str,
    family: &str,
    things: &Table,
    cx: &Context,
    done: &mut BTreeMap<String, Node>,
    told: &mut BTreeSet<String>,
    stack: &mut Vec<String>,
) -> Option<Node> {
    if let Some(node) = done.get(id) {
        return Some(node.clone());
    }
    let own = things.get(id)?;
    let Some(link) = own.get("is_a") else { return Some(own.clone()) };
    let parent = link.text().unwrap_or_default();
    stack.push(id.to_string());
    if let Some(at) = stack.iter().position(|s| s == parent) {
        // One message for a circle, whoever leads to it.
        if stack[at..].iter().all(|s| !told.contains(s)) {
            let chain = format!("{} -> {parent}", stack[at..].join(" -> "));
            cx.error(link.span, format!("`{family}.{parent}` is a parent of itself: {chain}"), "");
        }
        told.extend(stack[at..].iter().cloned());
        stack.pop();
        return None;
    }
    if things.get(parent).is_none() {
        let help = suggest(parent, things.entries.keys().map(String::as_str).filter(|k| *k != id));
        cx.error(link.span, format!("no {} `{parent}`", family.replace('_', " ")), help);
        stack.pop();
        return None;
    }
    let above = complete(parent, family, things, cx, done, told, stack);
    stack.pop();
    let mut node = above?;
    if let (Value::Table(target), Some(own)) = (&mut node.value, own.table()) {
        for key in OWN {
            target.entries.remove(key);
        }
        overlay(target, own);
    }
    node.span = own.span;
    done.insert(id.to_string(), node.clone());
    Some(node)
}

fn overlay(target: &mut Table, own: &Table) {
    for (key, entry) in &own.entries {
        match (target.entries.get_mut(key), &entry.node.value) {
            (Some(Entry { node, .. }), Value::Table(o)) if !node.is_leaf() && !entry.node.is_leaf() => {
                if let Value::Table(t) = &mut node.value {
                    overlay(t, o);
                }
            }
            _ => {
                target.entries.insert(key.clone(), entry.clone());
            }
        }
    }
}

/// Ids from the nearest parent to the farthest.
pub fn ancestors(things: &Table, id: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut at = id;
    while let Some(parent) = things.get(at).and_then(|n| n.get("is_a")).and_then(Node::text) {
        if parent == id || out.iter().any(|p| p == parent) {
            break;
        }
        out.push(parent.to_string());
        at = parent;
    }
    out
}
