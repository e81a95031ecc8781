//! Exchange flows: a substrate crosses between a compartment and the tissue at door cells (vessels).
//!
//! At a door site the flux is k/phi (C_pool - c): a supply with the pool's concentration. The doors see no more than the
//! pool can pay for in the step. What has crossed is read off the concentrations that the losses of the step acted on,
//! and counts w times the site's volume on the pool's side.

use super::border::rates_at_doors;
use super::emission::Terms;
use crate::engine::{State, View};
use crate::model::{Flow, FlowKind, FlowPlace, Pool, Setup, Species, SubstrateId};

/// One exchange flow in this step.
pub struct Exchange {
    flow: usize,
    pool: usize,
    substrate: SubstrateId,
    /// Concentration in the pool that the doors see.
    concentration: f64,
    /// Site and rate of each door.
    doors: Vec<(u32, f32)>,
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
    let held = view.state.pools.amount[pool];
    let concentration = affordable(view, substrate, &doors, held, held / (volume * per));
    Some(Exchange { flow: f, pool, substrate, concentration, doors })
}

/// The largest concentration up to that of the pool at which a step cannot take more than the pool holds, even if the
/// tissue stayed as it is.
fn affordable(
    view: &View,
    substrate: SubstrateId,
    doors: &[(u32, f32)],
    held: f64,
    concentration: f64,
) -> f64 {
    let Some(field) = view.state.field(substrate) else { return concentration };
    let step = amount_per_flux(view.setup, view.state, substrate);
    let (mut demand, mut gross) = (0.0f64, 0.0f64);
    for (site, rate) in doors {
        let gap = concentration - f64::from(field[*site as usize]);
        gross += f64::from(*rate);
        demand += f64::from(*rate) * if gap > 0.0 { gap } else { 0.0 };
    }
    if demand * step <= held {
        return concentration;
    }
    let limited = concentration - (demand - held / step) / gross;
    if limited > 0.0 { limited } else { 0.0 }
}

/// Amount on the pool's side of a flux of 1 (concentration per min, one site) over a step: w times the site's volume.
fn amount_per_flux(setup: &Setup, state: &State, substrate: SubstrateId) -> f64 {
    let volume = setup.domain.as_ref().map_or(0.0, |d| d.lattice.site_volume());
    state.weight * volume * setup.substrates[substrate.index()].amount_per_unit * setup.clock.step
}

impl Exchange {
    pub fn concerns(&self, substrate: SubstrateId) -> bool {
        self.substrate == substrate
    }

    /// Adds the doors to the field's terms. Whether anything was added to its source.
    pub fn add_to(&self, terms: &mut Terms) -> bool {
        for (site, rate) in &self.doors {
            terms.loss[*site as usize] += rate;
            terms.source[*site as usize] += rate * self.concentration as f32;
        }
        self.concentration > 0.0
    }

    /// What crossed in the step, given the mean concentrations of the step.
    pub fn settle(&self, view: &View, mean: &[f32]) -> Crossed {
        let mut flux = 0.0f64;
        for (site, rate) in &self.doors {
            flux += f64::from(*rate) * (f64::from(mean[*site as usize]) - self.concentration);
        }
        let amount = flux * amount_per_flux(view.setup, view.state, self.substrate);
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
