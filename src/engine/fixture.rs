//! Hand-built states for tests.

use super::{Cell, State};
use crate::model::{CellTypeId, Origin, Setup};
use crate::random::Key;

/// Puts a live cell on a site: native, clone 0, born in step 0, traits in order of the layer's columns (missing: 0).
pub fn put(setup: &Setup, state: &mut State, kind: CellTypeId, site: usize, traits: &[f32]) -> usize {
    let layer = setup.cell_types[kind.index()].layer.index();
    let cells = &mut state.layers[layer];
    let mut values = traits.to_vec();
    values.resize(cells.stored.len(), 0.0);
    let key = Key(((layer as u64) << 32) | site as u64);
    cells.push(Cell {
        site: site as u32,
        key,
        kind,
        origin: Origin::NATIVE,
        clone: 0,
        birth: 0,
        traits: values,
    });
    state.placed = true;
    cells.len() - 1
}

/// Fills every site of the first layer for which `inside(x, y, z)` holds.
pub fn fill(setup: &Setup, state: &mut State, kind: CellTypeId, inside: impl Fn([usize; 3]) -> bool) {
    if let Some(domain) = &setup.domain {
        for site in 0..domain.lattice.sites() {
            if inside(domain.lattice.coordinates(site)) {
                put(setup, state, kind, site, &[]);
            }
        }
    }
}
