//! Signals of the site: concentrations and their gradients.

use crate::engine::View;
use crate::model::SubstrateId;

pub fn concentration(view: &View, substrate: SubstrateId, layer: usize, cells: &[u32], out: &mut [f32]) {
    let Some(field) = view.state.field(substrate) else { return out.fill(0.0) };
    let site = &view.state.layers[layer].site;
    for (out, cell) in out.iter_mut().zip(cells) {
        *out = field[site[*cell as usize] as usize];
    }
}

/// Magnitude of the gradient, substrate's unit per um.
pub fn gradient(view: &View, substrate: SubstrateId, layer: usize, cells: &[u32], out: &mut [f32]) {
    let Some(field) = view.state.field(substrate) else { return out.fill(0.0) };
    let site = &view.state.layers[layer].site;
    for (out, cell) in out.iter_mut().zip(cells) {
        let [x, y, z] = view.grid.gradient(field, site[*cell as usize] as usize);
        *out = (x * x + y * y + z * z).sqrt();
    }
}
