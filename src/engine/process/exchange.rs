//! Exchange flows: a substrate crosses between a compartment and the tissue at door cells (vessels).
//!
//! At a door site the flux is k/phi (C_pool - c): a supply with the pool's concentration (`coupled` says which). What has
//! crossed is read off the concentrations that the losses of the step acted on, and counts w times the site's volume on
//! the pool's side.

use super::border::rates_at_doors;
use super::emission::Terms;
use crate::engine::{State, View};
use crate::model::{Flow, FlowKind, FlowPlace, Pool, Species, SubstrateId};

/// One exchange flow in this step.
pub struct Exchange {
    flow: usize,
    pub pool: usize,
    pub substrate: SubstrateId,
    /// Concentration in the pool at the start of the step.
    pub concentration: f64,
    /// Amount in the pool per concentration.
    pub capacity: f64,
    /// Site and rate of each door.
    pub doors: Vec<(u32, f32)>,
}

/// What one exchange has carried into its pool (negative: out of it).
pub struct Crossed {
    flow: usize,
    pool: usize,
    amount: f64,
}

/// The exchange flows whose doors stand.
pub fn exchanges(view: &View) -> Vec<Exchange> {
    (0..view.setup.flows.len()).filter_map(|f| exchange(view, f)).collect()
}

/// Tissue side and compartment of an exchange flow.
fn ends(flow: &Flow) -> Option<(SubstrateId, crate::model::CompartmentId)> {
    match (flow.kind, &flow.from, &flow.to) {
        (FlowKind::Exchange, FlowPlace::Tissue { species }, FlowPlace::Pool { compartment, .. })
        | (FlowKind::Exchange, FlowPlace::Pool { compartment, .. }, FlowPlace::Tissue { species }) => {
            match species.first() {
                Some(Species::Substrate(s)) => Some((*s, *compartment)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn exchange(view: &View, f: usize) -> Option<Exchange> {
    let (substrate, compartment) = ends(&view.setup.flows[f])?;
    let pool = view.state.pools.find(Pool::of(compartment, Species::Substrate(substrate)))?;
    let phi = view.state.door_share(view.setup, f);
    if phi <= 0.0 {
        return None;
    }
    let mut doors = rates_at_doors(view, f);
    doors.iter_mut().for_each(|(_, k)| *k /= phi as f32);
    let volume = view.setup.compartments[compartment.index()].volume;
    let per = view.setup.substrates[substrate.index()].amount_per_unit;
    let capacity = volume * per;
    let concentration = view.state.pools.amount[pool] / capacity;
    Some(Exchange { flow: f, pool, substrate, concentration, capacity, doors })
}

/// Amount on the pool's side of a flux of 1 (concentration per min, one site) over a step: w times the site's volume.
pub fn amount_per_flux(view: &View, substrate: SubstrateId) -> f64 {
    let per = view.setup.substrates[substrate.index()].amount_per_unit;
    view.state.weight * view.grid.lattice.site_volume() * per * view.setup.clock.step
}

impl Exchange {
    pub fn concerns(&self, substrate: SubstrateId) -> bool {
        self.substrate == substrate
    }

    /// Adds the doors to the field's terms. Whether anything was added to its source.
    pub fn add_to(&self, terms: &mut Terms) -> bool {
        for (site, rate) in &self.doors {
            terms.loss[*site as usize] += rate;
        }
        self.add_source(self.concentration, terms.source);
        self.concentration > 0.0
    }

    /// Adds what the doors bring in where the pool's concentration is higher by `change`.
    pub fn add_source(&self, change: f64, source: &mut [f32]) {
        for (site, rate) in &self.doors {
            source[*site as usize] += rate * change as f32;
        }
    }

    /// Amount that crosses into the pool in the step, by the pool's concentration and the mean concentrations of the step.
    pub fn amount(&self, view: &View, concentration: f64, mean: &[f64]) -> f64 {
        let mut flux = 0.0f64;
        for (site, rate) in &self.doors {
            flux += f64::from(*rate) * (mean[*site as usize] - concentration);
        }
        flux * amount_per_flux(view, self.substrate)
    }

    pub fn crossing(&self, amount: f64) -> Crossed {
        Crossed { flow: self.flow, pool: self.pool, amount }
    }
}

impl Crossed {
    /// Books it in the pool.
    pub fn book(&self, state: &mut State) {
        let left = state.pools.amount[self.pool] + self.amount;
        state.pools.amount[self.pool] = if left > 0.0 { left } else { 0.0 };
        let (side, amount) = if self.amount > 0.0 { (1, self.amount) } else { (0, -self.amount) };
        state.pools.turnover[self.flow][side] += amount;
    }
}
