//! What a cell can become: by conversion, and by flows that change its type. Switched off or not.

use super::Compiler;
use crate::model::CellTypeId;
use crate::spec::tree::Node;
use std::collections::BTreeSet;

impl<'a> Compiler<'a> {
    /// A type and every type that its cells can become. The traits of a product go with its cells on this way.
    pub(super) fn descent(&self, cell: CellTypeId) -> Vec<CellTypeId> {
        let steps = self.steps_of_descent();
        let mut out = vec![cell.0];
        let mut k = 0;
        while k < out.len() {
            for (_, to) in steps.range((out[k], 0)..=(out[k], u16::MAX)) {
                if !out.contains(to) {
                    out.push(*to);
                }
            }
            k += 1;
        }
        out.into_iter().map(CellTypeId).collect()
    }

    fn steps_of_descent(&self) -> BTreeSet<(u16, u16)> {
        let n = &self.names.cell_type;
        let mut out = BTreeSet::new();
        let mut step = |from: &[u16], to: &[u16]| {
            out.extend(from.iter().flat_map(|a| to.iter().map(move |b| (*a, *b))));
        };
        let things =
            |part: &str| self.root.get(part).and_then(Node::table).into_iter().flat_map(|t| &t.entries);
        for (id, cell) in things("cell_type") {
            let kinds = cell.node.get("convert").and_then(Node::table);
            for to in kinds.into_iter().flat_map(|t| t.entries.keys()) {
                step(n.all(id), n.all(to));
            }
        }
        for (_, rule) in things("rule") {
            let text = |key: &str| rule.node.get(key).and_then(Node::text).unwrap_or_default();
            if let Some(to) = text("behavior").strip_prefix("convert.") {
                step(n.all(text("cell")), n.all(to));
            }
        }
        for (_, flow) in things("flow") {
            let species = |key: &str| {
                let text = flow.node.get(key).and_then(Node::text).unwrap_or_default();
                n.all(text.split_once('.').map_or("", |(_, name)| name))
            };
            step(species("from"), species("to"));
        }
        out
    }
}
