//! What becomes of cells: fates that race, deaths, conversions, clearance, division and inheritance.

use super::dice::median;
use super::world::{Cell, Flaw, World};
use crate::math;
use crate::model::{CellTypeId, Inherit, Mutation, TraitId};

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Nothing,
    Divide,
    Die(String),
    Convert(CellTypeId),
    Leave(usize),
    /// A dead cell whose time is over.
    Dissolve,
    Lost {
        engulfed: bool,
        cause: String,
    },
}

/// What becomes of a cell in the step, and when, min; `Nothing` never.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    pub time: f64,
    pub what: What,
}

/// A way for a daughter: sites from the mother's neighbor to the free one.
struct Way {
    mother: usize,
    sites: Vec<usize>,
}

impl World<'_> {
    /// Each event that a cell can meet has its own waiting time; the first within the step happens.
    pub fn fates(&mut self) -> Vec<Fate> {
        let dt = self.setup.clock.step;
        let mut out = Vec::new();
        for i in 0..self.cells.len() {
            let cell = &self.cells[i];
            let cell_type = &self.setup.cell_types[cell.kind.index()];
            let mut fate = Fate { time: f64::INFINITY, what: What::Nothing };
            if let Some(died) = cell.died {
                if f64::from(self.step + 1 - died) * dt >= cell_type.remains {
                    fate = Fate { time: 0.0, what: What::Dissolve };
                }
                out.push(fate);
                continue;
            }
            let b = &cell_type.behaviors;
            let faster = if self.flaw == Flaw::Divides { 1.1 } else { 1.0 };
            let divide = b.divide.iter().map(|h| (What::Divide, faster * self.law(&h.rate, i)));
            let die = b.die.iter().map(|h| (What::Die(h.to.clone()), self.law(&h.rate, i)));
            let convert = b.convert.iter().map(|h| (What::Convert(h.to), self.law(&h.rate, i)));
            let leave = b.leave.iter().filter(|h| {
                let origin = self.setup.flows[h.to.index()].origin;
                origin.is_none_or(|o| o == cell.origin)
            });
            let leave = leave.map(|h| (What::Leave(h.to.index()), self.law(&h.rate, i)));
            let events: Vec<_> = divide.chain(die).chain(convert).chain(leave).collect();
            for (what, rate) in events {
                let time = self.dice.waiting(rate);
                if time < dt && time < fate.time {
                    fate = Fate { time, what };
                }
            }
            out.push(fate);
        }
        out
    }

    /// Fates happen, but for divisions. Returns who is gone: their sites are free when the step is over.
    pub fn happen(&mut self, fates: &[Fate]) -> Vec<usize> {
        let mut gone = Vec::new();
        for (i, fate) in fates.iter().enumerate() {
            let kind = self.cells[i].kind;
            match &fate.what {
                What::Nothing | What::Divide => {}
                What::Die(cause) => self.die(i, cause, &mut gone),
                What::Lost { engulfed: false, cause } => self.die(i, cause, &mut gone),
                What::Lost { engulfed: true, cause } => {
                    if self.cells[i].died.is_none() {
                        self.book("death", kind, cause);
                    }
                    self.book("clearance", kind, cause);
                    gone.push(i);
                }
                What::Dissolve => {
                    self.book("clearance", kind, "cleared");
                    gone.push(i);
                }
                What::Convert(to) => self.convert(i, *to),
                What::Leave(flow) => {
                    self.leave(i, *flow);
                    gone.push(i);
                }
            }
        }
        gone
    }

    fn die(&mut self, cell: usize, cause: &str, gone: &mut Vec<usize>) {
        let kind = self.cells[cell].kind;
        self.book("death", kind, cause);
        self.cells[cell].died = Some(self.step);
        if self.setup.cell_types[kind.index()].remains == 0.0 {
            self.book("clearance", kind, "cleared");
            gone.push(cell);
        }
    }

    /// What both types carry is kept; what only the new one carries is new.
    fn convert(&mut self, cell: usize, to: CellTypeId) {
        let old = self.cells[cell].clone();
        let mut traits = self.newcomer(to, old.origin, Some(old.clone), &[]).traits;
        for (of, value) in &mut traits {
            *value = old.traits.get(of).copied().unwrap_or(*value);
        }
        self.book("conversion", old.kind, &format!("to {}", self.name(to)));
        self.cells[cell] = Cell { kind: to, traits, ..old };
    }

    /// Mothers propose ways in rounds: who comes first, in an order drawn for the step, on every site that it needs, its own
    /// among them, divides; the others look again on the changed lattice.
    pub fn divide(&mut self, fates: &[Fate]) {
        let mut waiting: Vec<usize> = (0..fates.len()).filter(|i| fates[*i].what == What::Divide).collect();
        self.dice.shuffle(&mut waiting);
        while !waiting.is_empty() {
            let mut ways: Vec<Way> = Vec::new();
            for mother in waiting.drain(..) {
                match self.way_out(mother) {
                    Some(sites) => ways.push(Way { mother, sites }),
                    None => {
                        let kind = self.cells[mother].kind;
                        self.book("blocked", kind, "blocked");
                    }
                }
            }
            let needs: Vec<Vec<usize>> = ways
                .iter()
                .map(|w| w.sites.iter().copied().chain([self.cells[w.mother].site]).collect())
                .collect();
            let layers: Vec<_> = ways.iter().map(|w| self.layer(self.cells[w.mother].kind)).collect();
            for (i, way) in ways.into_iter().enumerate() {
                let meets =
                    |j: &usize| layers[*j] == layers[i] && needs[*j].iter().any(|s| needs[i].contains(s));
                if (0..i).any(|j| meets(&j)) {
                    waiting.push(way.mother);
                } else {
                    self.bear(way);
                }
            }
        }
    }

    /// The shortest line, by distance, to a free site across at most `push` cells; any of equally short ones.
    fn way_out(&mut self, mother: usize) -> Option<Vec<usize>> {
        let Cell { kind, site, .. } = self.cells[mother];
        let mut ways: Vec<(f64, Vec<usize>)> = Vec::new();
        for next in self.touching[site].clone() {
            let step = self.way(site, next);
            let length = f64::from(step.iter().map(|s| s * s).sum::<i32>()).sqrt();
            let mut sites = vec![next];
            while !self.free(self.layer(kind), sites[sites.len() - 1]) {
                let Some(further) = self.stepped(sites[sites.len() - 1], step) else { break };
                sites.push(further);
            }
            let pushed = sites.len() - 1;
            let ends = self.free(self.layer(kind), sites[pushed]);
            if ends && pushed <= self.setup.cell_types[kind.index()].push as usize {
                ways.push((length * sites.len() as f64, sites));
            }
        }
        let shortest = ways.iter().map(|w| w.0).fold(f64::INFINITY, f64::min);
        ways.retain(|w| w.0 < shortest + 1e-9);
        let chosen = self.dice.below(ways.len().max(1));
        ways.into_iter().nth(chosen).map(|w| w.1)
    }

    fn bear(&mut self, way: Way) {
        let kind = self.cells[way.mother].kind;
        let layer = self.layer(kind);
        for pair in way.sites.windows(2).rev() {
            let cell = self.at.remove(&(layer, pair[0])).unwrap();
            self.cells[cell].site = pair[1];
            self.at.insert((layer, pair[1]), cell);
        }
        let mother = self.cells[way.mother].clone();
        let first = self.daughter(&mother);
        let second = self.daughter(&mother);
        // One stays where the mother was, and goes on in her direction.
        self.cells[way.mother] = Cell { heading: mother.heading, ..first };
        self.settle(second, way.sites[0]);
        self.book("birth", kind, "division");
    }

    fn daughter(&mut self, mother: &Cell) -> Cell {
        let mut cell = Cell { id: self.fresh_id(), born: self.step, heading: None, ..mother.clone() };
        for (of, value) in &mother.traits {
            let value = self.inherited(mother.kind, *of, *value);
            cell.traits.insert(*of, value);
        }
        cell
    }

    fn inherited(&mut self, kind: CellTypeId, of: TraitId, mother: f64) -> f64 {
        let rule = &self.setup.traits[of.index()];
        let by_type = &self.setup.cell_types[kind.index()].traits;
        let own = by_type.iter().find(|(t, _)| *t == of).map_or(&rule.initial, |(_, d)| d);
        let mut value = match rule.inherit {
            Inherit::Copy => mother,
            Inherit::Split => mother / 2.0,
            Inherit::Increment => mother + 1.0,
            Inherit::Reset => median(own),
            Inherit::Redraw => self.dice.draw(own),
        };
        if rule.jitter > 0.0 {
            value *= math::exp(rule.jitter * self.dice.normal());
        }
        if let Some(Mutation { probability, to }) = rule.mutation
            && self.dice.chance(probability)
        {
            value = to;
        }
        self.bounded(of, value)
    }
}
