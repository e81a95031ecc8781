//! Compartments and what crosses their border cell by cell: flows between pools, cells that enter and leave.

use super::world::World;
use crate::math;
use crate::model::{CompartmentId, Flow, FlowKind, FlowPlace, Origin, Pool, Species};

/// Stages of a flow's delay are integrated in so many parts of a pool step.
const PARTS: usize = 64;

impl World<'_> {
    /// Sum of the pools of these species, over origins and clones.
    pub fn held(&self, compartment: CompartmentId, species: &[Species]) -> f64 {
        self.pools_of(compartment, species).iter().map(|p| self.pools[p]).sum()
    }

    fn pools_of(&self, compartment: CompartmentId, species: &[Species]) -> Vec<Pool> {
        let here = |p: &&Pool| p.compartment == compartment && species.contains(&p.species);
        self.pools.keys().filter(here).copied().collect()
    }

    /// Pools that a flow takes from.
    fn sources(&self, flow: &Flow) -> Vec<Pool> {
        let FlowPlace::Pool { compartment, species } = &flow.from else { return vec![] };
        let pools = self.pools_of(*compartment, species);
        pools.into_iter().filter(|p| flow.origin.is_none_or(|o| p.origin == o)).collect()
    }

    /// Where what comes from a pool, or from a cell, arrives: the origin stays, the clone where there are clones.
    fn destination(&self, flow: &Flow, species: Species, origin: Origin, clone: u8) -> Option<Pool> {
        let FlowPlace::Pool { compartment, species: among } = &flow.to else { return None };
        let species = flow.counterpart(species).or(among.first().copied())?;
        Some(match species {
            Species::Cell(kind) => {
                let clone = if self.setup.clones(kind) > 1 { clone } else { 0 };
                Pool { compartment: *compartment, species, origin, clone }
            }
            _ => Pool::of(*compartment, species),
        })
    }

    /// One pool step: rates as at its start; N' = N exp((a - K) dt); exits, births and production go with the integral of N.
    pub fn pool_step(&mut self, dt: f64) {
        let mut births: Vec<(Pool, f64)> = vec![];
        let mut exits: Vec<(Pool, f64)> = vec![];
        // (flow, source, rate, where to)
        let mut routes: Vec<(usize, Option<Pool>, f64, Option<Pool>)> = vec![];
        for (f, flow) in self.setup.flows.iter().enumerate() {
            if !flow.kind.is_between_pools() {
                continue;
            }
            if flow.from == FlowPlace::Outside {
                let FlowPlace::Pool { compartment, species } = &flow.to else { continue };
                let origin = flow.origin.unwrap_or(Origin::NATIVE);
                let to = Pool { compartment: *compartment, species: species[0], origin, clone: 0 };
                routes.push((f, None, self.law_anywhere(&flow.rate, None), Some(to)));
            }
            for pool in self.sources(flow) {
                let cognate = match pool.species {
                    Species::Cell(kind) => {
                        self.setup.clonal_antigens(kind).and_then(|a| a.get(usize::from(pool.clone))).copied()
                    }
                    _ => None,
                };
                let full = flow.capacity.map_or(0.0, |c| self.held(pool.compartment, &flow.shared) / c);
                let k = self.law_anywhere(&flow.rate, cognate) * (1.0 - full).max(0.0);
                match flow.kind {
                    FlowKind::Grow => births.push((pool, k)),
                    FlowKind::Make => {}
                    _ => exits.push((pool, k)),
                }
                if flow.kind != FlowKind::Grow {
                    let to = self.destination(flow, pool.species, pool.origin, pool.clone);
                    routes.push((f, Some(pool), k, to));
                }
            }
        }
        let sum = |list: &[(Pool, f64)], pool: &Pool| -> f64 {
            list.iter().filter(|(p, _)| p == pool).map(|(_, k)| k).sum()
        };
        let mut integral = std::collections::BTreeMap::new();
        for (pool, amount) in &mut self.pools {
            let net = sum(&births, pool) - sum(&exits, pool);
            let after = *amount * math::exp(net * dt);
            integral.insert(*pool, if net == 0.0 { *amount * dt } else { (after - *amount) / net });
            *amount = after;
        }
        let mut arrived = std::collections::BTreeMap::new();
        let mut entering = std::collections::BTreeMap::new();
        for (f, from, rate, to) in routes {
            let amount = rate * from.map_or(dt, |p| integral[&p]);
            let Some(to) = to else { continue };
            let flow = &self.setup.flows[f];
            if flow.delay > 0.0 {
                self.chains.entry((f, to)).or_insert(vec![0.0; flow.stages as usize]);
                *entering.entry((f, to)).or_insert(0.0) += amount;
            } else {
                *arrived.entry(to).or_insert(0.0) += amount * flow.yield_;
            }
        }
        for ((f, to), stages) in &mut self.chains {
            let flow = &self.setup.flows[*f];
            let hop = f64::from(flow.stages) / flow.delay;
            let inflow = entering.get(&(*f, *to)).copied().unwrap_or(0.0) / dt;
            let through = integrate(stages, hop, inflow, dt);
            *arrived.entry(*to).or_insert(0.0) += through * flow.yield_;
        }
        for (pool, amount) in &arrived {
            *self.pools.entry(*pool).or_insert(0.0) += amount;
        }
        for (pool, amount) in &mut self.pools {
            let trickle = arrived.get(pool).is_some_and(|a| *a > 0.0);
            if matches!(pool.species, Species::Cell(_)) && *amount < 0.5 && !trickle {
                *amount = 0.0;
            }
        }
    }

    /// A cell goes to a compartment, or on its way to it, where it counts `weight` cells.
    pub fn leave(&mut self, cell: usize, f: usize) {
        let (flow, cell, weight) = (&self.setup.flows[f], self.cells[cell].clone(), self.weight());
        let to = self.destination(flow, Species::Cell(cell.kind), cell.origin, cell.clone).unwrap();
        if flow.delay > 0.0 {
            let stages = self.chains.entry((f, to)).or_insert(vec![0.0; flow.stages as usize]);
            stages[0] += weight;
        } else {
            *self.pools.entry(to).or_insert(0.0) += weight * flow.yield_;
        }
        for antigen in &flow.carry {
            let amount = cell.traits.get(antigen).copied().unwrap_or(0.0) * weight;
            *self.pools.entry(Pool::of(to.compartment, Species::Antigen(*antigen))).or_insert(0.0) += amount;
        }
        self.book("departure", cell.kind, &flow.id);
    }

    /// Cells come through doors: a Poisson number for each pool and door, let in one after another in any order.
    pub fn enter(&mut self) {
        let volume = self.setup.domain.as_ref().unwrap().lattice.site_volume();
        let mut arrivals = Vec::new();
        for f in (0..self.setup.flows.len()).filter(|f| self.setup.flows[*f].kind == FlowKind::Enter) {
            let flow = &self.setup.flows[f];
            let doors = self.rates_at_doors(f);
            for pool in self.sources(flow) {
                let blood = self.setup.compartments[pool.compartment.index()].volume;
                for (site, rate) in &doors {
                    let mean = rate * volume * self.pools[&pool] / blood * self.setup.clock.step;
                    arrivals.extend((0..self.dice.poisson(mean)).map(|_| (f, pool, *site)));
                }
            }
        }
        self.dice.shuffle(&mut arrivals);
        let weight = self.weight();
        for (f, pool, door) in arrivals {
            let flow = &self.setup.flows[f];
            let Some(Species::Cell(kind)) = flow.counterpart(pool.species) else { panic!("cells enter") };
            if self.pools[&pool] < weight {
                continue;
            }
            let layer = self.layer(kind);
            let mut room: Vec<usize> = vec![door];
            if !self.free(layer, door) {
                room = self.touching[door].iter().copied().filter(|s| self.free(layer, *s)).collect();
            }
            if room.is_empty() {
                self.book("blocked", kind, &flow.id);
                continue;
            }
            let site = room[self.dice.below(room.len())];
            let cell = self.newcomer(kind, pool.origin, Some(pool.clone), &[]);
            self.settle(cell, site);
            *self.pools.get_mut(&pool).unwrap() -= weight;
            self.book("arrival", kind, &flow.id);
        }
    }
}

/// `x_1' = inflow - h x_1`, `x_i' = h (x_{i-1} - x_i)` over `dt` by the classical Runge-Kutta method; what has come through.
fn integrate(stages: &mut Vec<f64>, hop: f64, inflow: f64, dt: f64) -> f64 {
    let n = stages.len();
    // The last entry collects what has come through.
    stages.push(0.0);
    let slope = |x: &[f64]| -> Vec<f64> {
        let into = |i: usize| if i == 0 { inflow } else { hop * x[i - 1] };
        (0..=n).map(|i| into(i) - if i < n { hop * x[i] } else { 0.0 }).collect()
    };
    let h = dt / PARTS as f64;
    for _ in 0..PARTS {
        let at = |by: f64, slope: &[f64]| -> Vec<f64> {
            stages.iter().zip(slope).map(|(x, s)| x + by * s).collect()
        };
        let a = slope(stages);
        let b = slope(&at(0.5 * h, &a));
        let c = slope(&at(0.5 * h, &b));
        let d = slope(&at(h, &c));
        for i in 0..=n {
            stages[i] += h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]);
        }
    }
    stages.pop().unwrap()
}
