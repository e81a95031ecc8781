//! Migration, move by move.

use super::life::{Fate, What};
use super::world::{Flaw, World};
use crate::math;
use crate::model::{LayerId, SubstrateId};

/// A cell that moves in this step.
pub struct Mover {
    cell: usize,
    moves: u32,
    /// Probability of keeping the last direction.
    keep: f64,
    toward: Vec<(SubstrateId, f64)>,
    contrast: f64,
}

fn length(way: [f64; 3]) -> f64 {
    way.iter().map(|w| w * w).sum::<f64>().sqrt()
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// a . (b x c)
fn volume(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> f64 {
    let cross = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]];
    dot(a, cross)
}

fn unit(step: [i32; 3]) -> [f64; 3] {
    let way = step.map(f64::from);
    way.map(|w| w / length(way))
}

impl World<'_> {
    /// Who moves and how often, by the laws of the moment.
    pub fn movers(&mut self) -> Vec<Mover> {
        let spacing = self.setup.domain.as_ref().unwrap().lattice.spacing;
        let mut out = Vec::new();
        for cell in 0..self.cells.len() {
            let Some(m) = &self.setup.cell_types[self.cells[cell].kind.index()].behaviors.movement else {
                continue;
            };
            if self.cells[cell].died.is_some() {
                continue;
            }
            let speed = self.law(&m.speed, cell).max(0.0);
            let wanted = speed * self.setup.clock.step / spacing;
            let moves = wanted.floor() as u32 + u32::from(self.dice.chance(wanted.fract()));
            let persistence = self.law(&m.persistence, cell);
            let keep = if persistence > 0.0 { math::exp(-spacing / (speed * persistence)) } else { 0.0 };
            let toward = m.toward.iter().map(|(s, law)| (*s, self.law(law, cell))).collect();
            out.push(Mover { cell, moves, keep, toward, contrast: m.contrast });
        }
        out
    }

    /// The k-th moves of all cells of a layer are chosen on the lattice as it stands; of several who reach for one site any
    /// one gets it, and the others have missed this move. Only those move who have met no fate.
    pub fn walk(&mut self, fates: &[Fate], movers: &[Mover]) {
        for layer in (0..self.setup.layers.len()).map(|l| LayerId(l as u16)) {
            let able = |m: &&Mover| {
                fates[m.cell].what == What::Nothing && self.layer(self.cells[m.cell].kind) == layer
            };
            let movers: Vec<&Mover> = movers.iter().filter(able).collect();
            let most = movers.iter().map(|m| m.moves).max().unwrap_or(0);
            for round in 0..most {
                let mut chosen = Vec::new();
                for mover in movers.iter().filter(|m| m.moves > round) {
                    chosen.extend(self.choose(mover, layer).map(|step| (mover.cell, step)));
                }
                self.dice.shuffle(&mut chosen);
                let sites: Vec<usize> = chosen
                    .iter()
                    .map(|(cell, step)| self.stepped(self.cells[*cell].site, *step).unwrap())
                    .collect();
                let mut left = Vec::new();
                for (i, (cell, step)) in chosen.into_iter().enumerate() {
                    if !sites[..i].contains(&sites[i]) {
                        left.push(self.at.remove(&(layer, self.cells[cell].site)).unwrap());
                        self.at.insert((layer, sites[i]), cell);
                        (self.cells[cell].site, self.cells[cell].heading) = (sites[i], Some(step));
                    }
                }
            }
        }
    }

    /// The direction of one move; none where nothing is free, or where a diagonal is too long this time.
    fn choose(&mut self, mover: &Mover, layer: LayerId) -> Option<[i32; 3]> {
        let site = self.cells[mover.cell].site;
        let all = self.directions();
        let is_free = |step: &[i32; 3]| self.stepped(site, *step).is_some_and(|s| self.free(layer, s));
        let free: Vec<[i32; 3]> = all.iter().copied().filter(is_free).collect();
        let way = self.wanted(mover, site, &all);
        let beside: Vec<_> =
            self.beside(way, &all).into_iter().filter(|(step, _)| free.contains(step)).collect();
        let weights: Vec<f64> = beside.iter().map(|b| b.1).collect();
        let step = if let Some(i) = self.dice.weighted(&weights) {
            beside[i].0
        } else {
            let closest = free.iter().map(|s| dot(unit(*s), way)).fold(f64::NEG_INFINITY, f64::max);
            let ties: Vec<_> = free.iter().filter(|s| dot(unit(**s), way) > closest - 1e-6).collect();
            if ties.is_empty() {
                return None;
            }
            *ties[self.dice.below(ties.len())]
        };
        let made = self.flaw == Flaw::Strides || self.dice.chance(1.0 / length(step.map(f64::from)));
        made.then_some(step)
    }

    /// Every step to a touching site, walls or not.
    fn directions(&self) -> Vec<[i32; 3]> {
        let domain = self.setup.domain.as_ref().unwrap();
        let deep: i32 = if domain.lattice.dimensions() == 3 { 1 } else { 0 };
        let mut out = Vec::new();
        for x in -1..=1i32 {
            for y in -1..=1i32 {
                for z in -deep..=deep {
                    let faces = x.abs() + y.abs() + z.abs();
                    if faces > 0 && (faces == 1 || domain.contact == crate::lattice::Contact::Full) {
                        out.push([x, y, z]);
                    }
                }
            }
        }
        out
    }

    /// d = (1 - B) u + sum of w m g.
    fn wanted(&mut self, mover: &Mover, site: usize, all: &[[i32; 3]]) -> [f64; 3] {
        let spacing = self.setup.domain.as_ref().unwrap().lattice.spacing;
        let kept = self.cells[mover.cell].heading.filter(|_| self.dice.chance(mover.keep));
        let u = unit(kept.unwrap_or_else(|| all[self.dice.below(all.len())]));
        let (mut way, mut bias) = ([0.0; 3], 0.0);
        for (substrate, w) in &mover.toward {
            let g = self.gradient(*substrate, site);
            if length(g) > 0.0 {
                let q = spacing * length(g) / self.concentration(*substrate, site);
                let clear = (q / mover.contrast).min(1.0);
                way = [0, 1, 2].map(|a| way[a] + w * clear * g[a] / length(g));
                bias += w.abs() * clear;
            }
        }
        [0, 1, 2].map(|a| way[a] + (1.0 - bias.min(1.0)) * u[a])
    }

    /// The directions around a way, with the weights in which their unit vectors add up to it: of all sets of as many
    /// directions as there are dimensions, those of a face, an edge and a corner that touch each other hold it.
    fn beside(&self, way: [f64; 3], all: &[[i32; 3]]) -> Vec<([i32; 3], f64)> {
        let faces = |s: &[i32; 3]| s.iter().map(|c| c.abs()).sum::<i32>();
        let of = |n: i32| all.iter().copied().filter(move |s| faces(s) == n);
        let meet = |a: [i32; 3], b: [i32; 3]| (0..3).all(|i| a[i] == 0 || a[i] == b[i]);
        if length(way) == 0.0 {
            return vec![];
        }
        if of(2).next().is_none() {
            return of(1).map(|s| (s, dot(unit(s), way))).filter(|s| s.1 > 0.0).collect();
        }
        let flat = of(3).next().is_none();
        for a in of(1) {
            for b in of(2).filter(|b| meet(a, *b)) {
                // In the plane the third direction is across it.
                let corners: Vec<[i32; 3]> =
                    if flat { vec![[0, 0, 1]] } else { of(3).filter(|c| meet(b, *c)).collect() };
                for c in corners {
                    let [ua, ub, uc] = [a, b, c].map(unit);
                    let whole = volume(ua, ub, uc);
                    let weights = [
                        volume(way, ub, uc) / whole,
                        volume(ua, way, uc) / whole,
                        volume(ua, ub, way) / whole,
                    ];
                    if weights.iter().all(|w| *w > -1e-9) {
                        return [a, b, c].into_iter().zip(weights).filter(|s| s.1 > 1e-9).collect();
                    }
                }
            }
        }
        panic!("no directions hold {way:?}")
    }
}
