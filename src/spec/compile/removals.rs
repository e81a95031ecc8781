//! Removals: surgery and depletion.

use super::Compiler;
use crate::model::{CompartmentId, Removal, Trigger};
use crate::random::Purpose;
use crate::spec::diagnostics::suggest;

impl<'a> Compiler<'a> {
    pub(super) fn read_removals(&self) -> Vec<Removal> {
        let mut out = Vec::new();
        for (id, r) in self.things("removal") {
            self.mechanism(&r);
            let cells = self.types(&r, "cells");
            let mut from = Vec::new();
            let mut tissue = false;
            for (name, span) in r.names("from") {
                if name == "tissue" {
                    tissue = true;
                } else if let Some(k) = self.names.compartment.index(name) {
                    from.push(CompartmentId(k));
                } else {
                    let help = suggest(name, self.names.compartment.names().chain(["tissue"]));
                    self.cx.error(span, format!("no compartment `{name}`"), help);
                }
            }
            from.sort_unstable();
            from.dedup();
            let at = self.trigger(&r, "at");
            let share = r.number("share").unwrap_or(0.0);
            let (region, margin) = (self.region(&r), r.quantity("margin").unwrap_or(0.0));
            let acts = self.names.acts(r.node);
            for key in ["region", "margin"].into_iter().filter(|k| !tissue && r.has(k)) {
                let message = format!("{}: `{key}` is for removals from the tissue", r.path);
                self.cx.error(r.key_span(key), message, "from = \"tissue\", or remove it");
            }
            if tissue && !self.has_domain && acts {
                self.cx.error(
                    r.key_span("from"),
                    format!("{}: there is no `domain` to remove from", r.path),
                    "",
                );
            }
            let Some(at) = at else { continue };
            out.push(Removal {
                id: id.to_string(),
                purpose: Purpose::of(&format!("removal.{id}")),
                cells,
                from,
                tissue,
                share: if acts { share } else { 0.0 },
                region,
                margin,
                at: if acts { at } else { Trigger::At(Vec::new()) },
            });
        }
        out
    }
}
