//! Signals without a place: amounts in compartments, observables, times.

use crate::engine::State;
use crate::model::{Setup, Signal, Species, SubstrateId};

/// Value of a signal that does not depend on a cell; 0 for those that do.
pub fn global(setup: &Setup, state: &State, signal: &Signal) -> f64 {
    match signal {
        Signal::Amount { compartment, species } => state.pools.total(*compartment, species),
        Signal::Concentration { compartment, species } => {
            let volume = setup.compartments[compartment.index()].volume;
            let per = match species.first() {
                Some(Species::Substrate(SubstrateId(s))) => setup.substrates[usize::from(*s)].amount_per_unit,
                _ => 1.0,
            };
            state.pools.total(*compartment, species) / (volume * per)
        }
        Signal::Observable(o) => state.observed[o.index()],
        Signal::Since(event) => state.happened(*event).map_or(f64::INFINITY, |at| state.time(setup) - at),
        Signal::Time => state.time(setup),
        _ => 0.0,
    }
}
