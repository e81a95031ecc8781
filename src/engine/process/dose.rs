//! Doses: a product's parts enter a compartment, or the tissue, at once or evenly over a time.

use super::place::{Founders, scatter};
use crate::engine::grid::Occupancy;
use crate::engine::{Cause, Context, State};
use crate::model::{DoseTarget, Origin, Pattern, Pool, Species};

/// A dose falls due: given at once, or its infusion begins.
pub fn begin(context: &Context, state: &mut State, occupancy: &mut [Occupancy], index: usize) {
    let dose = &context.setup.doses[index];
    state.dosed[index] = Some(state.time(context.setup));
    if dose.over > 0.0 {
        state.fired.infusions.push((index as u16, dose.over));
    } else {
        give(context, state, occupancy, index, 1.0);
    }
}

/// Running infusions deliver this step's share.
pub fn infuse(context: &Context, state: &mut State, occupancy: &mut [Occupancy]) {
    let running = std::mem::take(&mut state.fired.infusions);
    for (index, left) in running {
        let over = context.setup.doses[usize::from(index)].over;
        let dt = context.setup.clock.step;
        let now = if left < dt { left } else { dt };
        give(context, state, occupancy, usize::from(index), now / over);
        if left > dt {
            state.fired.infusions.push((index, left - dt));
        }
    }
}

/// Amount x viability x share of each part.
fn give(context: &Context, state: &mut State, occupancy: &mut [Occupancy], index: usize, fraction: f64) {
    let dose = &context.setup.doses[index];
    let product = &context.setup.products[dose.product.index()];
    for (p, part) in product.parts.iter().enumerate() {
        let amount = dose.amount * product.viability * part.share * fraction;
        match &dose.into {
            DoseTarget::Compartment(compartment) => {
                let pool = |species, origin| Pool { compartment: *compartment, species, origin, clone: 0 };
                let cell = part.cell.map(|c| pool(Species::Cell(c), dose.origin()));
                let substrate = part.substrate.map(|s| pool(Species::Substrate(s), Origin::NATIVE));
                if let Some(i) = cell.or(substrate).and_then(|pool| state.pools.find(pool)) {
                    state.pools.amount[i] += amount;
                }
            }
            DoseTarget::Tissue(region) => {
                let Some(cell) = part.cell else { continue };
                let n = (amount / state.weight).round() as u64;
                let founders = Founders {
                    cell,
                    origin: dose.origin(),
                    traits: &part.traits,
                    source: dose.purpose,
                    cause: Cause::Dose(index as u16),
                };
                let first = (u64::from(state.fired.doses[index]) << 40)
                    + ((p as u64) << 32)
                    + (u64::from(state.step) << 8);
                scatter(context, state, occupancy, &founders, first, region, Pattern::Random, n);
            }
        }
    }
}
