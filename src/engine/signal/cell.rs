//! Signals of the cell itself.

use crate::engine::View;
use crate::model::{CompartmentId, Species, TraitId};

pub fn own(view: &View, of: TraitId, layer: usize, cells: &[u32], out: &mut [f32]) {
    let layer = &view.state.layers[layer];
    match layer.column(of) {
        Some(column) => {
            let values = &layer.traits[column];
            for (out, cell) in out.iter_mut().zip(cells) {
                *out = values[*cell as usize];
            }
        }
        None => out.fill(0.0),
    }
}

/// Minutes since the cell was placed, arrived or was born.
pub fn age(view: &View, layer: usize, cells: &[u32], out: &mut [f32]) {
    let birth = &view.state.layers[layer].birth;
    for (out, cell) in out.iter_mut().zip(cells) {
        *out = (f64::from(view.state.step - birth[*cell as usize]) * view.setup.clock.step) as f32;
    }
}

/// Amount in a compartment of the antigen that the cell's clonal receptor binds.
pub fn cognate(view: &View, compartment: CompartmentId, layer: usize, cells: &[u32], out: &mut [f32]) {
    let layer = &view.state.layers[layer];
    for (out, cell) in out.iter_mut().zip(cells) {
        let cell = *cell as usize;
        let antigens = view.setup.clonal_antigens(layer.kind[cell]).unwrap_or(&[]);
        *out = antigens
            .get(usize::from(layer.clone[cell]))
            .map_or(0.0, |a| view.state.pools.total(compartment, &[Species::Antigen(*a)]) as f32);
    }
}
