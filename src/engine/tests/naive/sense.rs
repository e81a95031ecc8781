//! What cells feel: signals, receptors and gates.

use super::law::{self, respond};
use super::world::{Flaw, World};
use crate::model::{
    Binds, Event, Interaction, Law, ReceptorId, Signal, SignalId, Species, SubstrateId, TraitId,
};

impl World<'_> {
    /// A law of a cell, with the signals that this cell reads.
    pub fn law(&self, law: &Law, cell: usize) -> f64 {
        law::value(law, self.cells[cell].died.is_none(), &|id| self.signal(id, Some(cell)))
    }

    /// A law of something without a place.
    pub fn law_anywhere(&self, law: &Law, cognate: Option<TraitId>) -> f64 {
        law::value(law, true, &|id| match (&self.setup.signals[id.index()], cognate) {
            (Signal::Cognate(k), Some(antigen)) => self.held(*k, &[Species::Antigen(antigen)]),
            (Signal::Cognate(_), None) => 0.0,
            _ => self.signal(id, None),
        })
    }

    fn signal(&self, id: SignalId, cell: Option<usize>) -> f64 {
        let of = |cell: Option<usize>| cell.expect("a signal of cells");
        match &self.setup.signals[id.index()] {
            Signal::Substrate(s) => self.concentration(*s, self.cells[of(cell)].site),
            Signal::Gradient(s) => {
                let g = self.gradient(*s, self.cells[of(cell)].site);
                (g[0] * g[0] + g[1] * g[1] + g[2] * g[2]).sqrt()
            }
            Signal::Trait(t) => self.cells[of(cell)].traits.get(t).copied().unwrap_or(0.0),
            Signal::Contact(kinds) => {
                let near = self.touched(of(cell));
                let counts = |c: &&usize| {
                    let c = &self.cells[**c];
                    kinds.contains(&c.kind) && (c.died.is_none() || self.flaw == Flaw::CountsDead)
                };
                near.iter().filter(counts).count() as f64
            }
            Signal::Crowding => {
                let cell = &self.cells[of(cell)];
                let sites = &self.touching[cell.site];
                let filled = sites.iter().filter(|s| !self.free(self.layer(cell.kind), **s)).count();
                filled as f64 / sites.len().max(1) as f64
            }
            Signal::Receptor(r) => self.strongest(of(cell), *r),
            Signal::Recognition => {
                let kind = self.cells[of(cell)].kind;
                let named = |r: &ReceptorId| {
                    let gates = self.setup.interactions.iter().filter(|i| i.actors.contains(&kind));
                    gates.into_iter().any(|i| i.gate.all.contains(r) || i.gate.any.contains(r))
                };
                let receptors = self.setup.cell_types[kind.index()].receptors.iter().filter(|r| named(r));
                let antigen =
                    |r: &&ReceptorId| matches!(self.setup.receptors[r.index()].binds, Binds::Antigens(_));
                receptors.filter(antigen).map(|r| self.strongest(of(cell), *r)).fold(0.0, f64::max)
            }
            Signal::Age => f64::from(self.step - self.cells[of(cell)].born) * self.setup.clock.step,
            Signal::Cognate(k) => {
                let cell = &self.cells[of(cell)];
                let antigens = self.setup.clonal_antigens(cell.kind).unwrap_or(&[]);
                let own = antigens.get(usize::from(cell.clone));
                own.map_or(0.0, |a| self.held(*k, &[Species::Antigen(*a)]))
            }
            Signal::Amount { compartment, species } => self.held(*compartment, species),
            Signal::Concentration { compartment, species } => {
                let volume = self.setup.compartments[compartment.index()].volume;
                let per = match species[0] {
                    Species::Substrate(s) => self.setup.substrates[s.index()].amount_per_unit,
                    _ => 1.0,
                };
                self.held(*compartment, species) / volume / per
            }
            Signal::Since(event) => {
                let at = match event {
                    Event::Dose(d) => self.dosed.get(&d.index()),
                    Event::Removal(r) => self.removed.get(&r.index()),
                    Event::Endpoint(_) => None,
                };
                at.map_or(f64::INFINITY, |at| self.time() - at)
            }
            Signal::Time => self.time(),
            Signal::Observable(_) => panic!("nobody measures here"),
        }
    }

    pub fn concentration(&self, substrate: SubstrateId, site: usize) -> f64 {
        self.fields[substrate.index()].as_ref().map_or(0.0, |field| field[site])
    }

    /// Unit per um: the slope between the sites before and after, or to the only one there is.
    pub fn gradient(&self, substrate: SubstrateId, site: usize) -> [f64; 3] {
        let spacing = self.setup.domain.as_ref().unwrap().lattice.spacing;
        let mut slopes = [0.0; 3];
        for axis in 0..3 {
            let mut step = [0; 3];
            step[axis] = 1;
            let after = self.stepped(site, step);
            step[axis] = -1;
            let before = self.stepped(site, step);
            let sites = f64::from(u8::from(after.is_some()) + u8::from(before.is_some()));
            if sites > 0.0 {
                let [a, b] = [after, before].map(|s| self.concentration(substrate, s.unwrap_or(site)));
                slopes[axis] = (a - b) / (sites * spacing);
            }
        }
        slopes
    }

    /// Everybody, live or dead, on the own site and the sites that touch it, in any layer.
    pub fn touched(&self, cell: usize) -> Vec<usize> {
        let site = self.cells[cell].site;
        let mut out = Vec::new();
        for layer in (0..self.setup.layers.len()).map(|l| crate::model::LayerId(l as u16)) {
            for near in self.touching[site].iter().chain([&site]) {
                out.extend(self.at.get(&(layer, *near)).filter(|other| **other != cell));
            }
        }
        out
    }

    /// Copies of a receptor relative to the reference.
    pub fn copies(&self, cell: usize, receptor: ReceptorId) -> f64 {
        let receptor = &self.setup.receptors[receptor.index()];
        let own = |t: TraitId| self.cells[cell].traits.get(&t).copied().unwrap_or(0.0);
        receptor.copies.map_or(1.0, |t| own(t) / receptor.copies_at)
    }

    /// Activation of a bearer's antigen receptor by one other cell, and the antigen that gave it.
    fn activation(&self, bearer: usize, id: ReceptorId, other: usize) -> (f64, Option<TraitId>) {
        let receptor = &self.setup.receptors[id.index()];
        let bears = &self.setup.cell_types[self.cells[bearer].kind.index()].receptors;
        let Binds::Antigens(antigens) = &receptor.binds else { return (0.0, None) };
        if !bears.contains(&id) {
            return (0.0, None);
        }
        let mut best = (0.0, None);
        for (i, antigen) in antigens.iter().enumerate() {
            if receptor.clonal && i != usize::from(self.cells[bearer].clone) {
                continue;
            }
            let value = |t: TraitId| self.cells[other].traits.get(&t).copied().unwrap_or(0.0);
            let of = &self.setup.traits[antigen.index()];
            let shown = of.presented_by.map_or(1.0, |p| value(p) / of.presented_at);
            let r = respond(&receptor.response, value(*antigen) * shown * self.copies(bearer, id));
            if r > best.0 {
                best = (r, Some(*antigen));
            }
        }
        best
    }

    /// Strongest activation of a receptor by live touching cells, or by its ligand.
    fn strongest(&self, cell: usize, id: ReceptorId) -> f64 {
        let receptor = &self.setup.receptors[id.index()];
        if let Binds::Substrate(s) = receptor.binds {
            let bears = self.setup.cell_types[self.cells[cell].kind.index()].receptors.contains(&id);
            let seen = self.concentration(s, self.cells[cell].site) * self.copies(cell, id);
            return if bears { respond(&receptor.response, seen) } else { 0.0 };
        }
        let near = self.touched(cell).into_iter().filter(|c| self.cells[*c].died.is_none());
        near.map(|other| self.activation(cell, id, other).0).fold(0.0, f64::max)
    }

    /// R of an actor's gate for one target, and the antigen with the largest r under all or any.
    pub fn gate(&self, interaction: &Interaction, actor: usize, target: usize) -> (f64, Option<TraitId>) {
        let gate = &interaction.gate;
        let of = |list: &[ReceptorId]| -> Vec<(f64, Option<TraitId>)> {
            list.iter().map(|r| self.activation(actor, *r, target)).collect()
        };
        let (all, any, none) = (of(&gate.all), of(&gate.any), of(&gate.none));
        let only = |list: &[(f64, Option<TraitId>)]| list.iter().map(|r| r.0).collect::<Vec<_>>();
        let best = all.iter().chain(&any).fold((0.0, None), |best, r| if r.0 > best.0 { *r } else { best });
        (law::combine(&only(&all), &only(&any), &only(&none)), best.1)
    }
}
