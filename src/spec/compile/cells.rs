//! Cell types: what they carry and the laws of what they do.

use super::Compiler;
use super::gauge::{Gauge, unit_of};
use crate::model::{
    Behaviors, CellType, CellTypeId, Flow, FlowId, FlowKind, FlowPlace, Hazard, Law, LayerId, Movement,
    ReceptorId, Species, SubstrateId, Supply, TraitDynamics, TraitId,
};
use crate::random::{Draw, Purpose};
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;
use crate::spec::tree::Span;
use crate::units::{Dimension, parse_unit};
use std::collections::BTreeSet;

/// Relative difference of concentration over one site, about a cell, that a cell follows in full: K, Zigmond 1977, J Cell
/// Biol 75:606 (neutrophils orient in a difference of 1 % over their length).
const CONTRAST: f64 = 0.01;

/// Names of the entries of a table and of the behaviors with that head that rules bend.
fn union<'n>(
    entries: &[(&'n str, &'n crate::spec::tree::Entry)],
    bent: &[&'n str],
    head: &str,
) -> Vec<&'n str> {
    let mut names: BTreeSet<&str> = entries.iter().map(|(k, _)| *k).collect();
    names.extend(bent.iter().filter_map(|b| b.strip_prefix(head)));
    names.into_iter().collect()
}

impl<'a> Compiler<'a> {
    pub(super) fn read_cell_types(&self) -> Vec<CellType> {
        let mut out = Vec::new();
        for (id, r) in self.things("cell_type") {
            let Some(index) = self.names.cell_type.index(id) else { continue };
            let layer = self.layer(&r);
            let mut receptors: Vec<ReceptorId> = Vec::new();
            for (name, span) in r.names("receptors") {
                if let Some(i) = self.names.receptor.one(self.cx, name, span)
                    && self.receptor_acts(ReceptorId(i))
                {
                    receptors.push(ReceptorId(i));
                }
            }
            receptors.sort_unstable();
            receptors.dedup();
            let clonal = receptors.iter().filter(|c| self.receptors[c.index()].clonal).count();
            if clonal > 1 {
                self.cx.error(
                    r.key_span("receptors"),
                    format!("{} bears {clonal} clonal receptors", r.path),
                    "one per cell at most",
                );
            }
            let traits = self.own_traits(&r);
            self.check_copies(&r, &receptors, &traits);
            out.push(CellType {
                id: id.to_string(),
                layer,
                receptors,
                push: r.whole("push").unwrap_or(0) as u32,
                remains: r.quantity("remains").unwrap_or(0.0),
                behaviors: self.behaviors(id, index, &r, &traits.iter().map(|(t, _)| *t).collect::<Vec<_>>()),
                traits,
                kind_of: self.names.cell_type.parents.get(id).cloned().unwrap_or_default(),
            });
        }
        out
    }

    /// Copies of a receptor are counted by a trait of the bearer.
    fn check_copies(&self, r: &Reader, receptors: &[ReceptorId], traits: &[(TraitId, Draw)]) {
        for receptor in receptors.iter().map(|i| &self.receptors[i.index()]) {
            let Some(copies) = receptor.copies.filter(|c| traits.iter().all(|(t, _)| t != c)) else {
                continue;
            };
            let message = format!(
                "{} bears `{}`, but not the trait `{}` that counts its copies",
                r.path,
                receptor.id,
                self.traits[copies.index()].id
            );
            self.cx.error(
                r.key_span("receptors"),
                message,
                self.carry_help(&r.path["cell_type.".len()..], copies),
            );
        }
    }

    /// A cell that changes into a type of another layer would have no site there.
    pub(super) fn check_layers(&self, types: &[CellType]) {
        for cell in types {
            for hazard in &cell.behaviors.convert {
                let to = &types[hazard.to.index()];
                if to.layer == cell.layer {
                    continue;
                }
                let base = self.root.at(&["cell_type", &cell.id, "convert", &to.id]).map(|n| n.span);
                let rule = hazard.rate.terms().next().map(|t| self.at(&["rule", &t.rule]));
                let layer = |c: &CellType| &self.names.layers[c.layer.index()];
                let message = format!(
                    "`{}` lives in layer {}, but `{}` in layer {}: one cannot change into the other",
                    cell.id,
                    layer(cell),
                    to.id,
                    layer(to)
                );
                let span = base.or(rule).unwrap_or_else(|| self.at(&["cell_type", &cell.id]));
                self.cx.error(span, message, "give both types one layer");
            }
        }
    }

    fn layer(&self, r: &Reader) -> LayerId {
        let layers = &self.names.layers;
        match r.name("layer") {
            Some((name, span)) => match layers.iter().position(|l| l == name) {
                Some(i) => LayerId(i as u16),
                None => {
                    let help = suggest(name, layers.iter().map(String::as_str));
                    self.cx.error(span, format!("no layer `{name}` in the lattice"), help);
                    LayerId(0)
                }
            },
            None => {
                if !r.has("layer") {
                    self.cx.error(r.span, format!("{} needs `layer`: the layer it lives in", r.path), "");
                }
                LayerId(0)
            }
        }
    }

    fn behaviors(&self, id: &str, index: u16, r: &Reader<'a>, carried: &[TraitId]) -> Behaviors {
        let prefix = format!("cell_type.{id}.");
        let bent: Vec<&str> = self.bent(&prefix);
        let rate = Gauge::base(Dimension::RATE);
        let law = |what: &str, base: f64, gauge: &Gauge| {
            self.law(&format!("{prefix}{what}"), Some(index), base, gauge)
        };
        let base = |key: &str, name: &str, gauge: &Gauge| -> f64 {
            let node = r.get(key).and_then(|n| n.get(name));
            let what = format!("`{}.{key}.{name}`", r.path);
            let value = node.and_then(|n| gauge.read(self.cx, n, &what)).unwrap_or(0.0);
            if let (true, Some(node)) = (value < 0.0 && key != "gain", node) {
                self.cx.wrong(node, format!("{what} must not be negative"), "");
            }
            value
        };
        let some = |law: Law| (!law.is_zero()).then_some(law);
        let divide = some(law("divide", r.quantity("divide").unwrap_or(0.0), &rate)).map(|rate| Hazard {
            to: (),
            rate,
            purpose: Purpose::of("divide"),
        });
        let die = union(&r.entries("die"), &bent, "die.")
            .into_iter()
            .filter_map(|cause| {
                let rate = some(law(&format!("die.{cause}"), base("die", cause, &rate), &rate))?;
                Some(Hazard { to: cause.to_string(), rate, purpose: Purpose::of(&format!("die.{cause}")) })
            })
            .collect();
        let mut convert = Vec::new();
        for name in union(&r.entries("convert"), &bent, "convert.") {
            let span = r.get("convert").and_then(|n| n.get(name)).map_or(r.span, |n| n.span);
            let to = self.names.cell_type.one(self.cx, name, span);
            let law = some(law(&format!("convert.{name}"), base("convert", name, &rate), &rate));
            if let (Some(to), Some(rate)) = (to, law) {
                convert.push(Hazard {
                    to: CellTypeId(to),
                    rate,
                    purpose: Purpose::of(&format!("convert.{name}")),
                });
            }
        }
        let substrate = |key: &str, name: &str| {
            let span = r.get(key).and_then(|n| n.get(name)).map_or(r.span, |n| n.span);
            self.in_tissue(r, key, name, span)
        };
        let mut secrete = Vec::new();
        for name in union(&r.entries("secrete"), &bent, "secrete.") {
            let Some(s) = substrate("secrete", name) else { continue };
            let gauge = self.secretion_gauge(s);
            let law = law(&format!("secrete.{name}"), base("secrete", name, &gauge), &gauge);
            secrete.extend(some(law).map(|law| (s, law)));
        }
        let mut uptake = Vec::new();
        for name in union(&r.entries("uptake"), &bent, "uptake.") {
            let Some(s) = substrate("uptake", name) else { continue };
            let law = law(&format!("uptake.{name}"), base("uptake", name, &rate), &rate);
            uptake.extend(some(law).map(|law| (s, law)));
        }
        let mut supply = Vec::new();
        for (name, entry) in r.entries("supply") {
            let fields = crate::spec::model_fields::SUPPLY;
            let path = format!("{}.supply.{name}", r.path);
            let Some(t) = Reader::open(self.cx, &entry.node, fields, path, entry.key, false) else {
                continue;
            };
            let Some(s) = substrate("supply", name) else { continue };
            let law = law(&format!("supply.{name}"), t.quantity("rate").unwrap_or(0.0), &rate);
            let to = t.in_unit("to", &unit_of(&self.substrates[s.index()])).unwrap_or(0.0);
            supply.extend(some(law).map(|rate| Supply { substrate: s, rate, to }));
        }
        let movement = self.movement(r, &bent, &prefix, index);
        let dynamics = self.dynamics(id, index, r, carried, &base);
        Behaviors { divide, die, convert, leave: Vec::new(), movement, secrete, uptake, supply, dynamics }
    }

    /// A substrate that cells meet on the lattice.
    fn in_tissue(&self, r: &Reader, key: &str, name: &str, span: Span) -> Option<SubstrateId> {
        let s = self.names.substrate.one(self.cx, name, span)?;
        if self.substrates[usize::from(s)].diffusion.is_none() && self.has_domain {
            let message = format!("{}.{key}: `{name}` has no field on the lattice", r.path);
            self.cx.error(span, message, "give it a `diffusion`");
        }
        Some(SubstrateId(s))
    }

    /// Units of secretion: molecules per time, or the unit of the substrate in the site per time.
    fn secretion_gauge(&self, s: SubstrateId) -> Gauge {
        let substrate = &self.substrates[s.index()];
        let unit = unit_of(substrate);
        let site = self.spacing * self.spacing * self.spacing;
        let amount = self.amount_gauge(Species::Substrate(s), None);
        let per_time = parse_unit(&format!("{}/min", unit.text)).unwrap_or_else(|_| unit.clone());
        let molecules = unit.dimension == Dimension::MOLAR || self.molar_mass[s.index()].is_some();
        let gauge = Gauge::unit(per_time);
        if molecules { gauge.and(amount.per("min", 1.0 / (site * substrate.amount_per_unit))) } else { gauge }
    }

    fn movement(&self, r: &Reader<'a>, bent: &[&str], prefix: &str, index: u16) -> Option<Movement> {
        let t = r.table("move");
        let base = |key: &str| t.as_ref().and_then(|t| t.quantity(key)).unwrap_or(0.0);
        let law = |what: &str, base: f64, gauge: &Gauge| {
            self.law(&format!("{prefix}{what}"), Some(index), base, gauge)
        };
        let speed = law("move.speed", base("speed"), &Gauge::base(Dimension::SPEED));
        let persistence = law("move.persistence", base("persistence"), &Gauge::base(Dimension::TIME));
        let entries = t.as_ref().map(|t| t.entries("toward")).unwrap_or_default();
        let mut toward = Vec::new();
        for name in union(&entries, bent, "move.toward.") {
            let node = entries.iter().find(|(k, _)| *k == name).map(|(_, e)| &e.node);
            let span = node.map_or(r.span, |n| n.span);
            let Some(s) = self.in_tissue(r, "move.toward", name, span) else { continue };
            let what = format!("`{}.move.toward.{name}`", r.path);
            let value = node.and_then(|n| Gauge::plain().read(self.cx, n, &what)).unwrap_or(0.0);
            if !(-1.0..=1.0).contains(&value) {
                self.cx.error(span, format!("{what} must be between -1 and 1"), "");
            }
            let law = law(&format!("move.toward.{name}"), value, &Gauge::plain());
            if !law.is_zero() || !law.decrease.is_empty() {
                toward.push((s, law));
            }
        }
        let contrast = t.as_ref().and_then(|t| t.number("contrast")).unwrap_or(CONTRAST);
        (!speed.is_zero()).then_some(Movement { speed, persistence, toward, contrast })
    }

    /// Gain and loss of every carried trait, where they can be other than zero.
    fn dynamics(
        &self,
        id: &str,
        index: u16,
        r: &Reader<'a>,
        carried: &[TraitId],
        base: &dyn Fn(&str, &str, &Gauge) -> f64,
    ) -> Vec<TraitDynamics> {
        for key in ["gain", "loss"] {
            for (name, entry) in r.entries(key) {
                let known = self.names.traits.resolve(self.cx, name, entry.key);
                if known.is_some_and(|k| !k.iter().any(|t| carried.contains(&TraitId(*t)))) {
                    self.cx.error(
                        entry.key,
                        format!("{} does not carry `{name}`", r.path),
                        "name it in `traits` or `antigens`",
                    );
                }
            }
        }
        let mut out = Vec::new();
        for of in carried {
            let name = &self.traits[of.index()].id;
            let unit = &self.trait_units[of.index()];
            let per_time =
                parse_unit(&format!("{}/min", unit.text)).map_or_else(|_| Gauge::plain(), Gauge::unit);
            let rate = Gauge::base(Dimension::RATE);
            let law = |key: &str, gauge: &Gauge| {
                let own = r.get(key).and_then(|n| n.get(name)).is_some();
                let value = if own { base(key, name, gauge) } else { self.trait_base(name, key, gauge) };
                self.law(&format!("cell_type.{id}.{key}.{name}"), Some(index), value, gauge)
            };
            let (gain, loss) = (law("gain", &per_time), law("loss", &rate));
            let still = |l: &Law| l.is_zero() && l.decrease.is_empty();
            if !still(&gain) || !still(&loss) {
                out.push(TraitDynamics { of: *of, gain, loss });
            }
        }
        out
    }

    /// Base of the dynamics in the table of the trait or antigen itself.
    fn trait_base(&self, name: &str, key: &str, gauge: &Gauge) -> f64 {
        for part in ["trait", "antigen"] {
            if let Some(node) = self.root.at(&[part, name, key]) {
                return gauge.read(self.cx, node, &format!("`{part}.{name}.{key}`")).unwrap_or(0.0);
            }
        }
        0.0
    }

    /// Gives every type the hazards of the flows by which it leaves.
    pub(super) fn attach_leaving(&self, types: &mut [CellType], flows: &[Flow]) {
        for (i, flow) in flows.iter().enumerate().filter(|(_, f)| f.kind == FlowKind::Leave) {
            let FlowPlace::Tissue { species } = &flow.from else { continue };
            for species in species {
                if let Species::Cell(cell) = species {
                    let hazard =
                        Hazard { to: FlowId(i as u16), rate: flow.rate.clone(), purpose: flow.purpose };
                    types[cell.index()].behaviors.leave.push(hazard);
                }
            }
        }
    }
}
