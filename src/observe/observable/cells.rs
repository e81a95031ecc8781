//! Which cells an observable looks at, on the lattice and in a compartment.

use crate::engine::{Cells, State};
use crate::model::{CellTypeId, CompartmentId, Setup, Species, Where};

/// Calls `see` for every cell on the lattice of these types that `which` admits, in order of layer and site.
pub fn each(
    setup: &Setup,
    state: &State,
    types: &[CellTypeId],
    which: &Where,
    mut see: impl FnMut(&Cells, usize),
) {
    let mut listed = vec![false; setup.cell_types.len()];
    let mut layers = vec![false; state.layers.len()];
    for t in types {
        listed[t.index()] = true;
        layers[setup.cell_types[t.index()].layer.index()] = true;
    }
    for (cells, _) in state.layers.iter().zip(layers).filter(|(_, wanted)| *wanted) {
        let column = which.of.and_then(|t| cells.column(t));
        for i in 0..cells.len() {
            if !listed[cells.kind[i].index()] || !(if cells.alive(i) { which.live } else { which.dead }) {
                continue;
            }
            if which.origin.is_some_and(|o| o != cells.origin[i])
                || which.clone.is_some_and(|c| c != cells.clone[i])
            {
                continue;
            }
            if which.of.is_some() {
                // A trait that no type of the layer carries is 0 on all its cells.
                let value = column.map_or(0.0, |c| f64::from(cells.traits[c][i]));
                if which.above.is_some_and(|a| value <= a) || which.below.is_some_and(|b| value >= b) {
                    continue;
                }
            }
            see(cells, i);
        }
    }
}

/// Number of cells of these types in a compartment. Pools hold live cells and know origin and clone, but no
/// traits: a condition on a trait cannot be answered there (NaN).
pub fn pooled(state: &State, compartment: CompartmentId, types: &[CellTypeId], which: &Where) -> f64 {
    if which.of.is_some() {
        return f64::NAN;
    }
    if !which.live {
        return 0.0;
    }
    let pools = &state.pools;
    let mut sum = 0.0;
    for (pool, amount) in pools.list.iter().zip(&pools.amount) {
        let Species::Cell(cell) = pool.species else { continue };
        let admitted = pool.compartment == compartment
            && types.contains(&cell)
            && which.origin.is_none_or(|o| o == pool.origin)
            && which.clone.is_none_or(|c| c == pool.clone);
        if admitted {
            sum += amount;
        }
    }
    sum
}
