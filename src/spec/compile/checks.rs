//! Checks of the finished setup: what exists but cannot act, what nothing uses, what never happens.

use super::Compiler;
use super::interactions::carries;
use crate::math;
use crate::model::{
    EndpointKind, Event, FlowKind, FlowPlace, Measure, Scale, Setup, Signal, TraitId, Trigger,
};
use crate::spec::documents::DocumentKind;
use crate::spec::tree::{Node, Span};
use std::collections::BTreeSet;

impl<'a> Compiler<'a> {
    pub(super) fn check_setup(&self, setup: &Setup) {
        self.check_rule_signals(setup);
        self.check_unused(setup);
        self.check_flows(setup);
        self.check_times(setup);
        self.check_tissue(setup);
        self.check_section(setup);
        self.check_presenters(setup);
        self.check_held(setup);
        self.check_columns(setup);
    }

    /// A slice must have room for the ball that an endpoint waits for.
    fn check_section(&self, setup: &Setup) {
        let Some(domain) = setup.domain.as_ref().filter(|d| matches!(d.scale, Scale::Section { .. })) else {
            return;
        };
        let l = &domain.lattice;
        let edge = (if l.nx < l.ny { l.nx } else { l.ny }) as f64 * l.spacing;
        for endpoint in &setup.endpoints {
            let EndpointKind::Cross { watch, above: true, threshold, .. } = &endpoint.kind else { continue };
            let radius = match &setup.observables[watch.observable.index()].measure {
                Measure::Volume { .. } => 1e3 * math::cbrt(3.0 * threshold / (4.0 * std::f64::consts::PI)),
                Measure::Radius { .. } => *threshold,
                _ => continue,
            };
            if 2.0 * radius > edge {
                let message = format!(
                    "endpoint.{}: its tumor is {:.2} mm across, the domain only {:.2} mm",
                    endpoint.id,
                    2e-3 * radius,
                    1e-3 * edge
                );
                let threshold = self.root.at(&["endpoint", &endpoint.id, "above"]);
                let size = self.root.at(&["domain", "size"]);
                let own = threshold.map_or_else(|| self.at(&["endpoint", &endpoint.id]), |n| n.span);
                let span = self.cx.blame(size.into_iter().chain(threshold), own);
                self.cx.error(span, message, "a larger domain.size, or a smaller threshold");
            }
        }
    }

    /// An antigen that is presented by something must be carried together with it somewhere, or nobody ever sees it.
    fn check_presenters(&self, setup: &Setup) {
        for (i, antigen) in setup.traits.iter().enumerate() {
            let Some(presenter) = antigen.presented_by else { continue };
            let of = TraitId(i as u16);
            let mut carriers = setup.cell_types.iter().filter(|c| carries(c, of)).peekable();
            let Some(first) = carriers.peek().map(|c| c.id.clone()) else { continue };
            if carriers.all(|c| !carries(c, presenter)) {
                let name = &setup.traits[presenter.index()].id;
                let message = format!(
                    "antigen.{} is presented by `{name}`, which no type that carries it has",
                    antigen.id
                );
                let node = self.root.at(&["antigen", &antigen.id]);
                let span =
                    node.and_then(|n| n.get("presented_by")).or(node).map_or(self.root.span, |n| n.span);
                self.cx.error(span, message, self.carry_help(&first, presenter));
            }
        }
    }

    pub(super) fn at(&self, path: &[&str]) -> Span {
        self.root.at(path).map_or(self.root.span, |n| n.span)
    }

    /// A trait or receptor that no cell under the rule has.
    fn check_rule_signals(&self, setup: &Setup) {
        for rule in &self.rules.list {
            let behavior = rule.reader.get("behavior").and_then(Node::text).unwrap_or_default();
            let types: Vec<usize> = if let Some(id) = behavior.strip_prefix("interact.") {
                let kinds = self.names.interaction.all(id);
                setup
                    .interactions
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| kinds.contains(&(*i as u16)))
                    .flat_map(|(_, i)| i.actors.iter().map(|a| a.index()))
                    .collect()
            } else {
                let cell = rule.reader.get("cell").and_then(Node::text).unwrap_or_default();
                self.names.cell_type.all(cell).iter().map(|c| usize::from(*c)).collect()
            };
            if types.is_empty() {
                continue;
            }
            for signal in self.signals_of(rule) {
                let (missing, what, id) = match &setup.signals[signal] {
                    Signal::Trait(t) => (
                        types.iter().all(|c| !carries(&setup.cell_types[*c], *t)),
                        "carries",
                        &setup.traits[t.index()].id,
                    ),
                    Signal::Receptor(r) => (
                        self.receptor_acts(*r)
                            && types.iter().all(|c| !setup.cell_types[*c].receptors.contains(r)),
                        "bears",
                        &setup.receptors[r.index()].id,
                    ),
                    _ => continue,
                };
                if missing {
                    let message = format!("{} reads `{id}`, which no cell under it {what}", rule.reader.path);
                    self.cx.error(rule.reader.span, message, "name it in the cell type");
                }
            }
        }
    }

    fn signals_of(&self, rule: &super::rules::Rule) -> BTreeSet<usize> {
        rule.signals().map(|s| s.index()).collect()
    }

    /// Things that nothing uses (warnings), and switches without members.
    fn check_unused(&self, setup: &Setup) {
        for (i, receptor) in setup.receptors.iter().enumerate() {
            let borne = setup.cell_types.iter().any(|c| c.receptors.iter().any(|r| r.index() == i));
            if !borne && self.receptor_acts(crate::model::ReceptorId(i as u16)) {
                let message = format!("no cell bears receptor.{}", receptor.id);
                self.cx.warning(self.at(&["receptor", &receptor.id]), message, "");
            }
        }
        for (i, t) in setup.traits.iter().enumerate() {
            let part = if t.antigen { "antigen" } else { "trait" };
            let carried = setup.cell_types.iter().any(|c| c.traits.iter().any(|(id, _)| id.index() == i));
            if !carried {
                let message = format!("no cell carries {part}.{}", t.id);
                self.cx.warning(self.at(&[part, &t.id]), message, "");
            }
        }
        for (p, product) in setup.products.iter().enumerate() {
            let dosed = setup.doses.iter().any(|d| d.product.index() == p);
            if !dosed && self.root.get("dose").is_some() {
                self.cx.warning(
                    self.at(&["product", &product.id]),
                    format!("no dose gives product.{}", product.id),
                    "",
                );
            }
        }
        for id in self.names.mechanism.names() {
            let node = self.root.at(&["mechanism", id]);
            let off = node.is_some_and(|n| n.get("off").is_some());
            let member = ["rule", "interaction", "flow", "dose", "removal"].iter().any(|part| {
                self.root.get(part).and_then(Node::table).is_some_and(|t| {
                    t.entries.values().any(|e| e.node.get("mechanism").and_then(Node::text) == Some(id))
                })
            });
            if !off && !member {
                let message = format!("mechanism.{id} has neither members nor `off`");
                self.cx.warning(self.at(&["mechanism", id]), message, "give things mechanism = its name");
            }
        }
    }

    /// Pools that only fill or only empty.
    fn check_flows(&self, setup: &Setup) {
        for compartment in 0..setup.compartments.len() {
            let name = &setup.compartments[compartment].id;
            for (s, substrate) in setup.substrates.iter().enumerate() {
                let here = |place: &FlowPlace| {
                    matches!(place, FlowPlace::Pool { compartment: c, species } if c.index() == compartment
                        && species.contains(&crate::model::Species::Substrate(crate::model::SubstrateId(s as u16))))
                };
                let filled = setup.flows.iter().filter(|f| here(&f.to)).count();
                let emptied = setup.flows.iter().any(|f| here(&f.from) && f.kind != FlowKind::Make)
                    || setup.flows.iter().any(|f| here(&f.to) && f.kind == FlowKind::Exchange);
                if filled > 0 && !emptied {
                    let message = format!("{name}.{} only fills: no flow empties it", substrate.id);
                    self.cx.warning(self.at(&["compartment", name]), message, "add a flow of kind lose");
                }
            }
        }
    }

    /// Triggers outside the clock.
    fn check_times(&self, setup: &Setup) {
        let clock = setup.clock;
        let outside = |trigger: &Trigger| match trigger {
            Trigger::At(times) => {
                !times.is_empty() && times.iter().all(|t| *t < clock.start - 1e-6 || *t > clock.end)
            }
            Trigger::Every { from, .. } => *from > clock.end,
            _ => false,
        };
        let warn = |part: &str, id: &str, trigger: &Trigger| {
            if outside(trigger) {
                let message = format!("{part}.{id} never happens: its times lie outside the clock");
                self.cx.warning(self.at(&[part, id]), message, "see clock.start and clock.end");
            }
        };
        for place in &setup.places {
            warn("place", &place.id, &place.at);
        }
        for dose in &setup.doses {
            warn("dose", &dose.id, &dose.at);
        }
        for removal in &setup.removals {
            warn("removal", &removal.id, &removal.at);
        }
        for endpoint in &setup.endpoints {
            match &endpoint.kind {
                EndpointKind::Cross { watch, .. } | EndpointKind::Change { watch, .. } => {
                    if let Some(visits) = &watch.visits {
                        warn("endpoint", &endpoint.id, visits);
                    }
                }
                EndpointKind::Response { visits, .. } => warn("endpoint", &endpoint.id, visits),
                _ => {}
            }
        }
        self.check_after(setup);
    }

    /// Triggers that wait for each other.
    fn check_after(&self, setup: &Setup) {
        let after = |trigger: &Trigger| match trigger {
            Trigger::After { event, .. } => Some(*event),
            _ => None,
        };
        let next = |event: Event| match event {
            Event::Dose(d) => after(&setup.doses[d.index()].at),
            Event::Removal(r) => after(&setup.removals[r.index()].at),
            Event::Endpoint(_) => None,
        };
        let all = (0..setup.doses.len())
            .map(|d| ("dose", &setup.doses[d].id, Event::Dose(crate::model::DoseId(d as u16))))
            .chain((0..setup.removals.len()).map(|r| {
                ("removal", &setup.removals[r].id, Event::Removal(crate::model::RemovalId(r as u16)))
            }));
        for (part, id, start) in all {
            let mut at = start;
            for _ in 0..=setup.doses.len() + setup.removals.len() {
                match next(at) {
                    Some(event) if event == start => {
                        self.cx.error(
                            self.at(&[part, id]),
                            format!("{part}.{id} waits for itself: its `after` is circular"),
                            "",
                        );
                        break;
                    }
                    Some(event) => at = event,
                    None => break,
                }
            }
        }
    }

    /// Things of the tissue without a lattice.
    fn check_tissue(&self, setup: &Setup) {
        let doors: Vec<_> = setup.flows.iter().flat_map(|f| &f.via).collect();
        for flow in &setup.flows {
            let border = matches!(flow.kind, FlowKind::Enter | FlowKind::Exchange | FlowKind::Leave);
            if border && setup.domain.is_none() && self.document.kind == DocumentKind::Scenario {
                let message = format!("flow.{} crosses into the tissue, but there is no `domain`", flow.id);
                self.cx.warning(self.at(&["flow", &flow.id]), message, "it does nothing");
            }
        }
        if setup.domain.is_none() {
            return;
        }
        for door in doors {
            let placed = setup
                .places
                .iter()
                .any(|p| p.cell == *door || matches!(&p.placement, crate::model::Placement::Table(_)));
            if !placed {
                let id = &setup.cell_types[door.index()].id;
                let message = format!("`{id}` is a door of flows, but no `place` puts it on the lattice");
                self.cx.warning(self.at(&["cell_type", id]), message, "nothing enters or is exchanged");
            }
        }
        if setup.places.is_empty() {
            self.cx.warning(self.at(&["domain"]), "no `place` puts cells on the lattice", "");
        }
    }
}
