//! Doses: a product's parts enter a compartment, or the tissue, at once or evenly over a time.

use super::place::{Founders, scatter};
use crate::engine::grid::Occupancy;
use crate::engine::planted::Bug;
use crate::engine::region::sites;
use crate::engine::{Cause, Context, Infusion, State};
use crate::model::{CompartmentId, Dose, DoseTarget, Part, Pattern, Pool, Region, Species, SubstrateId};

/// A dose falls due for the time number `firing`: given at once, or its infusion begins.
pub fn begin(context: &Context, state: &mut State, occupancy: &mut [Occupancy], index: usize, firing: u32) {
    let dose = &context.setup.doses[index];
    state.dosed[index] = Some(state.time(context.setup));
    let parts = context.setup.products[dose.product.index()].parts.len();
    let infusion = Infusion {
        dose: index as u16,
        firing,
        left: dose.over,
        owed: vec![0.0; parts],
        given: vec![0; parts],
    };
    if dose.over > 0.0 {
        state.infusions.push(infusion);
    } else {
        deliver(context, state, occupancy, infusion);
    }
}

/// Running infusions deliver this step's share.
pub fn infuse(context: &Context, state: &mut State, occupancy: &mut [Occupancy]) {
    for infusion in std::mem::take(&mut state.infusions) {
        let rest = deliver(context, state, occupancy, infusion);
        state.infusions.extend(rest);
    }
}

/// Delivers a step's share; what is left of the infusion, if anything is.
fn deliver(
    context: &Context,
    state: &mut State,
    occupancy: &mut [Occupancy],
    mut infusion: Infusion,
) -> Option<Infusion> {
    let dose = &context.setup.doses[usize::from(infusion.dose)];
    let dt = context.setup.clock.step;
    let last = infusion.left <= dt;
    let fraction = if dose.over > 0.0 { (if last { infusion.left } else { dt }) / dose.over } else { 1.0 };
    let product = &context.setup.products[dose.product.index()];
    for (p, part) in product.parts.iter().enumerate() {
        let viability = if context.plan.has(Bug::ViabilityIgnored) { 1.0 } else { product.viability };
        let share = if context.plan.has(Bug::ShareIgnored) { 1.0 } else { part.share };
        let amount = dose.amount * viability * share * fraction;
        match &dose.into {
            DoseTarget::Compartment(compartment) => {
                into_compartment(context, state, dose, part, *compartment, amount);
            }
            DoseTarget::Tissue(region) => {
                if let Some(substrate) = part.substrate {
                    into_field(context, state, substrate, region, amount);
                }
                // Whole cells of the lattice; what is short of one is owed until the next step.
                infusion.owed[p] += amount;
                let whole = infusion.owed[p] / state.weight;
                let n = if last { whole.round() } else { whole.floor() };
                infusion.owed[p] -= n * state.weight;
                if let Some(cell) = part.cell {
                    let founders = Founders {
                        cell,
                        origin: dose.origin(),
                        traits: &part.traits,
                        source: dose.purpose,
                        cause: Cause::Dose(infusion.dose),
                    };
                    let first = (u64::from(infusion.firing) << 40) + ((p as u64) << 32) + infusion.given[p];
                    let n = n as u64;
                    scatter(context, state, occupancy, &founders, first, region, Pattern::Random, n);
                    infusion.given[p] += n;
                }
                state.placed = true;
            }
        }
    }
    infusion.left -= dt;
    (!last).then_some(infusion)
}

/// Cells with a clonal receptor are of all its clones in equal parts.
fn into_compartment(
    context: &Context,
    state: &mut State,
    dose: &Dose,
    part: &Part,
    compartment: CompartmentId,
    amount: f64,
) {
    if let Some(substrate) = part.substrate
        && let Some(i) = state.pools.find(Pool::of(compartment, Species::Substrate(substrate)))
    {
        state.pools.amount[i] += amount;
    }
    let Some(cell) = part.cell else { return };
    let clones = context.setup.clones(cell);
    for clone in 0..clones {
        let pool = Pool { compartment, species: Species::Cell(cell), origin: dose.origin(), clone };
        if let Some(i) = state.pools.find(pool) {
            state.pools.amount[i] += amount / f64::from(clones);
        }
    }
}

/// Molecules spread evenly over the sites of a region.
fn into_field(context: &Context, state: &mut State, substrate: SubstrateId, region: &Region, amount: f64) {
    let Some(domain) = &context.setup.domain else { return };
    let sites = sites(region, &domain.lattice, state);
    let per_unit = context.setup.substrates[substrate.index()].amount_per_unit;
    let held = sites.len() as f64 * domain.lattice.site_volume() * per_unit * state.weight;
    if let Some(field) = &mut state.fields[substrate.index()] {
        for site in sites {
            field[site as usize] += (amount / held) as f32;
        }
    }
}
