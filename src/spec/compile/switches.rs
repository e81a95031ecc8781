//! Switches: what `enabled = false` means where it is not simply that a thing does not act.

use super::Compiler;
use crate::spec::tree::Node;

/// Things that others are made of: without them the rest has no meaning. What to switch off in their place.
const ALWAYS: &[(&str, &str)] = &[
    ("cell_type", "switch off what brings its cells in: their `place`, `dose` or flow"),
    ("compartment", "switch off the flows and doses that fill it"),
    ("substrate", "switch off what makes it: rules, doses, flows; or set its secretion to 0"),
    ("trait", "switch off the rules and interactions that change or read it"),
    ("antigen", "switch off the receptors that bind it, or give its carriers the value 0"),
];

impl Compiler<'_> {
    /// Notes switches on things that cannot be switched off.
    pub(super) fn check_switches(&self) {
        for (part, help) in ALWAYS {
            for (id, entry) in self.root.get(part).and_then(Node::table).into_iter().flat_map(|t| &t.entries)
            {
                let Some(switch) = entry.node.get("enabled").filter(|n| n.is(false)) else { continue };
                let what = crate::spec::diagnostics::article(&part.replace('_', " "));
                let message = format!("{part}.{id}: {what} cannot be switched off, since others refer to it");
                self.cx.wrong(switch, message, *help);
            }
        }
    }
}
