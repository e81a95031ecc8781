//! Signals of the neighborhood: who touches, how full it is, what receptors feel. The own site always counts as touched.

use crate::engine::View;
use crate::engine::receptor::{activation, copies, ligand};
use crate::model::{Binds, CellTypeId, ReceptorId};

/// Number of live touching cells of these types, the cell itself not counted.
pub fn count(view: &View, types: &[CellTypeId], layer: usize, cells: &[u32], out: &mut [f32]) {
    let mut layers: Vec<usize> =
        types.iter().map(|t| view.setup.cell_types[t.index()].layer.index()).collect();
    layers.sort_unstable();
    layers.dedup();
    let sites = &view.state.layers[layer].site;
    for (out, cell) in out.iter_mut().zip(cells) {
        let mut n = 0u32;
        for l in &layers {
            let others = &view.state.layers[*l];
            view.grid.in_reach(sites[*cell as usize] as usize, |site| {
                if let Some(other) = view.occupancy[*l].at(site)
                    && others.alive(other)
                    && types.contains(&others.kind[other])
                    && !(*l == layer && other == *cell as usize)
                {
                    n += 1;
                }
            });
        }
        *out = n as f32;
    }
}

/// Filled share of the touching sites in the own layer.
pub fn crowding(view: &View, layer: usize, cells: &[u32], out: &mut [f32]) {
    let sites = &view.state.layers[layer].site;
    for (out, cell) in out.iter_mut().zip(cells) {
        let (mut filled, mut all) = (0u32, 0u32);
        view.grid.around(sites[*cell as usize] as usize, |_, site| {
            all += 1;
            filled += u32::from(!view.occupancy[layer].free(site));
        });
        *out = filled as f32 / if all > 0 { all as f32 } else { 1.0 };
    }
}

/// Strongest activation of one receptor by live touching cells, or by its ligand at the site.
pub fn receptor(view: &View, id: ReceptorId, layer: usize, cells: &[u32], out: &mut [f32]) {
    let own = &view.state.layers[layer];
    for (out, cell) in out.iter_mut().zip(cells) {
        let cell = *cell as usize;
        let bears = view.plan.types[own.kind[cell].index()].bears[id.index()];
        *out = if bears { strongest(view, id, layer, cell) } else { 0.0 };
    }
}

/// Strongest activation among the antigen receptors that gates of the type name under all or any.
pub fn recognition(view: &View, layer: usize, cells: &[u32], out: &mut [f32]) {
    let own = &view.state.layers[layer];
    for (out, cell) in out.iter_mut().zip(cells) {
        let cell = *cell as usize;
        let mut best = 0.0f32;
        for id in &view.plan.types[own.kind[cell].index()].recognizing {
            let r = strongest(view, *id, layer, cell);
            best = if r > best { r } else { best };
        }
        *out = best;
    }
}

fn strongest(view: &View, id: ReceptorId, layer: usize, cell: usize) -> f32 {
    let own = &view.state.layers[layer];
    let site = own.site[cell] as usize;
    let c = copies(view.setup, view.plan, id, layer, own, cell);
    if let Binds::Substrate(_) = view.setup.receptors[id.index()].binds {
        return ligand(view.setup, view.state, id, c, site);
    }
    let mut best = 0.0f32;
    for l in &view.plan.receptors[id.index()].layers {
        let l = l.index();
        let others = &view.state.layers[l];
        view.grid.in_reach(site, |at| {
            if let Some(other) = view.occupancy[l].at(at)
                && others.alive(other)
                && !(l == layer && other == cell)
            {
                let (r, _) = activation(view.setup, view.plan, id, c, own.clone[cell], (l, others, other));
                best = if r > best { r } else { best };
            }
        });
    }
    best
}
