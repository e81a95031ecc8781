//! Fields: one linear system per substrate and step, with the pools that its doors press, solved by conjugate gradients.
//!
//! Per site, with k = D/dx^2, l all losses and s all sources: `(c - c_before)/dt = k sum (c_near - c) - l c + s` with c at the
//! end of the step, and 2 k (c_wall - c) for each fixed wall half a site away; the quasi-steady state leaves the left side
//! out. A door adds its rate to l and its rate times the pool's concentration to s. What diffuses slowly takes equal
//! sub-steps, with l and s as they are: m of them, the least up to 8 with `m^3 >= (1.35 / k)^2`.

use super::world::World;
use crate::field::{Boundary, SolverKind};
use crate::model::{Binds, FlowKind, FlowPlace, Pool, Species, SubstrateId};
use std::collections::BTreeMap;

/// A symmetric system of linear equations.
struct System {
    rows: Vec<Vec<(usize, f64)>>,
    right: Vec<f64>,
}

/// An exchange flow of this step: rate over phi at each of its sites.
struct Doors {
    flow: usize,
    pool: Pool,
    rates: Vec<(usize, f64)>,
}

impl World<'_> {
    pub fn diffuse(&mut self) {
        let doors: Vec<Doors> =
            (0..self.setup.flows.len()).filter_map(|f| self.doors_of_exchange(f)).collect();
        let terms: Vec<_> = (0..self.fields.len()).map(|s| self.terms(SubstrateId(s as u16))).collect();
        for (s, (loss, source)) in terms.into_iter().enumerate() {
            if self.fields[s].is_some() {
                let own =
                    doors.iter().filter(|d| d.pool.species == Species::Substrate(SubstrateId(s as u16)));
                self.solve(SubstrateId(s as u16), loss, source, &own.collect::<Vec<_>>());
            }
        }
    }

    /// Losses (1/min) and sources (unit/min) by cells, per site.
    fn terms(&self, substrate: SubstrateId) -> (Vec<f64>, Vec<f64>) {
        let sites = self.touching.len();
        let mut loss = vec![self.setup.substrates[substrate.index()].decay; sites];
        let mut source = vec![0.0; sites];
        for (i, cell) in self.cells.iter().enumerate() {
            let cell_type = &self.setup.cell_types[cell.kind.index()];
            let b = &cell_type.behaviors;
            for (_, law) in b.secrete.iter().filter(|(s, _)| *s == substrate) {
                source[cell.site] += self.law(law, i);
            }
            for (_, law) in b.uptake.iter().filter(|(s, _)| *s == substrate) {
                loss[cell.site] += self.law(law, i);
            }
            for supply in b.supply.iter().filter(|s| s.substrate == substrate) {
                let rate = self.law(&supply.rate, i);
                loss[cell.site] += rate;
                source[cell.site] += rate * supply.to;
            }
            for r in cell_type.receptors.iter().filter(|_| cell.died.is_none()) {
                let receptor = &self.setup.receptors[r.index()];
                if matches!(receptor.binds, Binds::Substrate(s) if s == substrate) {
                    loss[cell.site] += receptor.uptake * self.copies(i, *r);
                }
            }
        }
        (loss, source)
    }

    fn doors_of_exchange(&self, f: usize) -> Option<Doors> {
        let flow = &self.setup.flows[f];
        if flow.kind != FlowKind::Exchange {
            return None;
        }
        let places = [&flow.from, &flow.to];
        let compartment = places.iter().find_map(|p| match p {
            FlowPlace::Pool { compartment, .. } => Some(*compartment),
            _ => None,
        })?;
        let rates = self.rates_at_doors(f);
        Some(Doors { flow: f, pool: Pool::of(compartment, flow.from.species()[0]), rates })
    }

    /// k/phi at each site with a live door.
    pub fn rates_at_doors(&self, f: usize) -> Vec<(usize, f64)> {
        let flow = &self.setup.flows[f];
        let placed: f64 = flow.via.iter().filter_map(|t| self.placed_cells.get(t)).sum();
        let phi = placed / self.touching.len() as f64;
        let door = |(i, cell): (usize, &super::world::Cell)| {
            let open = flow.via.contains(&cell.kind) && cell.died.is_none();
            open.then(|| (cell.site, self.law(&flow.rate, i) / phi))
        };
        self.cells.iter().enumerate().filter_map(door).collect()
    }

    fn solve(&mut self, id: SubstrateId, loss: Vec<f64>, source: Vec<f64>, doors: &[&Doors]) {
        let substrate = &self.setup.substrates[id.index()];
        let lattice = &self.setup.domain.as_ref().unwrap().lattice;
        let exchange = substrate.diffusion.unwrap() / (lattice.spacing * lattice.spacing);
        let slow = |m: &usize| f64::from((m * m * m) as u32) < (1.35 / exchange) * (1.35 / exchange);
        let parts =
            if substrate.solver == SolverKind::QuasiSteady { 1 } else { 1 + (1..8).take_while(slow).count() };
        let dt = self.setup.clock.step / parts as f64;
        let held = self.pools.clone();
        for _ in 0..parts {
            self.part(id, dt, exchange, [&loss, &source], doors, &held);
        }
    }

    /// One sub-step, while pools that are not pressed stand as they did.
    fn part(
        &mut self,
        id: SubstrateId,
        dt: f64,
        exchange: f64,
        [loss, source]: [&[f64]; 2],
        doors: &[&Doors],
        held: &BTreeMap<Pool, f64>,
    ) {
        let substrate = &self.setup.substrates[id.index()];
        let lattice = &self.setup.domain.as_ref().unwrap().lattice;
        let before = self.fields[id.index()].take().unwrap();
        let inertia = match substrate.solver {
            SolverKind::QuasiSteady => 0.0,
            SolverKind::Implicit => 1.0 / dt,
            SolverKind::Explicit => panic!("no scenario solves explicitly"),
        };
        let mut system = System { rows: Vec::new(), right: Vec::new() };
        for site in 0..before.len() {
            let mut row = vec![];
            let mut own = inertia + loss[site];
            let mut right = inertia * before[site] + source[site];
            for axis in 0..lattice.dimensions() {
                for way in [-1, 1] {
                    let mut step = [0; 3];
                    step[axis] = way;
                    if let Some(near) = self.stepped(site, step) {
                        own += exchange;
                        row.push((near, -exchange));
                    } else if let Boundary::Fixed(wall) = substrate.boundary {
                        own += 2.0 * exchange;
                        right += 2.0 * exchange * wall;
                    }
                }
            }
            row.push((site, own));
            system.rows.push(row);
            system.right.push(right);
        }
        let crossed = self.cross(&mut system, id, dt, doors, before, held);
        for (pool, amount) in crossed {
            let held = self.pools.entry(pool).or_insert(0.0);
            *held = (*held + amount).max(0.0);
        }
    }

    /// Adds the doors to the system, solves it, and returns what crosses into each pool.
    fn cross(
        &mut self,
        system: &mut System,
        id: SubstrateId,
        dt: f64,
        doors: &[&Doors],
        guess: Vec<f64>,
        held: &BTreeMap<Pool, f64>,
    ) -> Vec<(Pool, f64)> {
        let lattice = &self.setup.domain.as_ref().unwrap().lattice;
        let per = self.setup.substrates[id.index()].amount_per_unit;
        let step = self.setup.clock.step;
        let site_amount = self.weight() * lattice.site_volume() * per;
        let sites = guess.len();
        let mut solution = guess;
        let mut pools: Vec<Pool> = doors.iter().map(|d| d.pool).collect();
        pools.dedup();
        // Where more than half of the difference could cross in a step, the pool is one more unknown; else it stands still.
        let mut unknown = vec![None; pools.len()];
        for (p, pool) in pools.iter().enumerate() {
            let held = held.get(pool).copied().unwrap_or(0.0);
            let capacity = self.setup.compartments[pool.compartment.index()].volume * per;
            let rates = || doors.iter().filter(|d| d.pool == *pool).flat_map(|d| &d.rates);
            let all: f64 = rates().map(|r| r.1).sum();
            let pressed = all * step * site_amount > 0.5 * capacity;
            assert!(!pressed || dt == step, "no scenario presses a pool in sub-steps");
            for (site, rate) in rates() {
                let own = system.rows[*site].iter_mut().find(|(at, _)| at == site).unwrap();
                own.1 += rate;
                if !pressed {
                    system.right[*site] += rate * held / capacity;
                }
            }
            if pressed {
                let row = system.rows.len();
                unknown[p] = Some(row);
                // In units in which the system stays symmetric: what crosses, per site amount and minute.
                let mut line = vec![(row, capacity / (site_amount * dt) + all)];
                for (site, rate) in rates() {
                    line.push((*site, -rate));
                    system.rows[*site].push((row, -rate));
                }
                system.rows.push(line);
                system.right.push(held / (site_amount * dt));
                solution.push(held / capacity);
            }
        }
        system.solve(&mut solution);
        let mut crossed = Vec::new();
        for door in doors {
            let p = pools.iter().position(|p| *p == door.pool).unwrap();
            let held = held.get(&door.pool).copied().unwrap_or(0.0);
            let capacity = self.setup.compartments[door.pool.compartment.index()].volume * per;
            let concentration = unknown[p].map_or(held / capacity, |row| solution[row]);
            let flux: f64 =
                door.rates.iter().map(|(site, rate)| rate * (solution[*site] - concentration)).sum();
            crossed.push((door.pool, flux * site_amount * dt));
            let net = self.setup.flows[door.flow].id.clone();
            *self.books.entry(format!("crossed {net}")).or_insert(0.0) += flux * site_amount * dt;
        }
        solution.truncate(sites);
        self.fields[id.index()] = Some(solution);
        crossed
    }
}

impl System {
    fn times(&self, x: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| row.iter().map(|(at, a)| a * x[*at]).sum()).collect()
    }

    /// Conjugate gradients (Hestenes and Stiefel 1952, J Res NBS 49:409), scaled by the diagonal, to 1e-11 of the right side.
    fn solve(&self, x: &mut [f64]) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let diagonal: Vec<f64> = self
            .rows
            .iter()
            .enumerate()
            .map(|(i, row)| row.iter().filter(|(at, _)| *at == i).map(|e| e.1).sum())
            .collect();
        let scaled = |r: &[f64]| r.iter().zip(&diagonal).map(|(r, d)| r / d).collect::<Vec<f64>>();
        let mut r: Vec<f64> = self.times(x).iter().zip(&self.right).map(|(a, b)| b - a).collect();
        let mut z = scaled(&r);
        let mut way = z.clone();
        let enough = 1e-22 * dot(&self.right, &self.right);
        for _ in 0..10 * x.len() {
            let old = dot(&r, &z);
            if dot(&r, &r) <= enough {
                return;
            }
            let along = self.times(&way);
            let length = old / dot(&way, &along);
            for i in 0..x.len() {
                x[i] += length * way[i];
                r[i] -= length * along[i];
            }
            z = scaled(&r);
            let turn = dot(&r, &z) / old;
            for (w, z) in way.iter_mut().zip(&z) {
                *w = z + turn * *w;
            }
        }
        panic!("the field does not converge");
    }
}
