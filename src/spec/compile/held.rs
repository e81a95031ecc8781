//! What compartments can hold: what flows, doses and `initial` name, switched on or not.

use super::Compiler;
use crate::model::{CompartmentId, Measure, Setup, Signal, Species, TraitId};
use crate::spec::documents::DocumentKind;
use crate::spec::reader::Reader;
use crate::spec::tree::{Node, Span, Value};
use std::collections::BTreeSet;

impl<'a> Compiler<'a> {
    /// Notes readings of what a compartment never holds. A model by itself has no doses, so that only a scenario can tell.
    pub(super) fn check_held(&self, setup: &Setup) {
        if self.document.kind != DocumentKind::Scenario {
            return;
        }
        let held = self.held(setup);
        let never = |compartment: CompartmentId, species: &[Species]| {
            !species.is_empty() && !species.iter().any(|s| held.contains(&(compartment, *s)))
        };
        for o in &setup.observables {
            if let Measure::Pool { compartment, species, .. } = &o.measure
                && never(*compartment, species)
            {
                let node = self.root.at(&["observable", &o.id, "species"]);
                let span = node.map_or_else(|| self.at(&["observable", &o.id]), |n| n.span);
                self.never_held(setup, *compartment, species[0], &format!("observable.{}", o.id), span);
            }
        }
        for rule in &self.rules.list {
            for signal in rule.signals() {
                if let Signal::Amount { compartment, species }
                | Signal::Concentration { compartment, species } = &setup.signals[signal.index()]
                    && never(*compartment, species)
                {
                    let id = &setup.compartments[compartment.index()].id;
                    let span = self.signal_span(&rule.reader, id, species[0]);
                    self.never_held(setup, *compartment, species[0], &rule.reader.path, span);
                }
            }
        }
    }

    /// Where a rule reads this species of this compartment.
    fn signal_span(&self, r: &Reader, compartment: &str, species: Species) -> Span {
        let lists = ["all", "any", "none"].into_iter().filter_map(|k| r.get(k));
        let conditions = lists.flat_map(|n| match &n.value {
            Value::Array(list) => list.as_slice(),
            _ => &[],
        });
        let mut signals = conditions.chain([r.node]).filter_map(|n| n.get("signal"));
        let reads = |n: &&Node| {
            let text = n.text().unwrap_or_default();
            let rest = text.split_once('.').and_then(|(_, rest)| rest.split_once('.'));
            rest.is_some_and(|(k, name)| k == compartment && self.known(name).any(|s| s == species))
        };
        signals.find(reads).map_or(r.span, |n| n.span)
    }

    fn never_held(&self, setup: &Setup, of: CompartmentId, species: Species, who: &str, span: Span) {
        let name = &setup.compartments[of.index()].id;
        let what = match species {
            Species::Cell(c) => &setup.cell_types[c.index()].id,
            Species::Substrate(s) => &setup.substrates[s.index()].id,
            Species::Antigen(t) => &setup.traits[t.index()].id,
        };
        let message = format!("{who}: compartment `{name}` never holds `{what}`: it is always 0");
        self.cx.error(span, message, "no flow, dose or `initial` brings it there");
    }

    /// Every species that a compartment can hold.
    fn held(&self, setup: &Setup) -> BTreeSet<(CompartmentId, Species)> {
        let mut out: BTreeSet<(CompartmentId, Species)> =
            setup.initial.iter().map(|(pool, _)| (pool.compartment, pool.species)).collect();
        let things = |part: &str| {
            self.root.get(part).and_then(Node::table).into_iter().flat_map(|t| t.entries.values())
        };
        for flow in things("flow") {
            for end in ["from", "to"] {
                let Some((place, species)) =
                    flow.node.get(end).and_then(Node::text).and_then(|t| t.split_once('.'))
                else {
                    continue;
                };
                if let Some(k) = self.names.compartment.index(place) {
                    out.extend(self.known(species).map(|s| (CompartmentId(k), s)));
                    // Which antigens it would carry only a flow that is switched on says.
                    if flow.node.get("carry").is_some_and(|c| c.is(true)) && end == "to" {
                        let traits = 0..setup.traits.len() as u16;
                        out.extend(traits.map(|t| (CompartmentId(k), Species::Antigen(TraitId(t)))));
                    }
                }
            }
        }
        for dose in things("dose") {
            let text = |key: &str| dose.node.get(key).and_then(Node::text).unwrap_or_default();
            let Some(k) = self.names.compartment.index(text("into")) else { continue };
            for product in setup.products.iter().filter(|p| p.id == text("product")) {
                let parts = product.parts.iter();
                let species = parts.flat_map(|p| {
                    [p.cell.map(Species::Cell), p.substrate.map(Species::Substrate)].into_iter().flatten()
                });
                out.extend(species.map(|s| (CompartmentId(k), s)));
            }
        }
        out
    }

    /// The species of a name that exists.
    fn known<'n>(&'n self, name: &'n str) -> impl Iterator<Item = Species> + 'n {
        let n = &self.names;
        let cells = n.cell_type.all(name).iter().map(|c| Species::Cell(crate::model::CellTypeId(*c)));
        let substrate = n.substrate.index(name).map(|s| Species::Substrate(crate::model::SubstrateId(s)));
        let antigens = if n.antigen.knows(name) { n.traits.all(name) } else { &[] };
        cells.chain(substrate).chain(antigens.iter().map(|t| Species::Antigen(crate::model::TraitId(*t))))
    }
}
