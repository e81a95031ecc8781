//! The lattice at one time, as a picture needs it.

use crate::engine::State;
use crate::model::Setup;
use crate::record::{Snapshot, SnapshotField, SnapshotLayer};

/// Cell types by layer and every field; none without a domain.
pub fn snapshot(setup: &Setup, state: &State, time_day: f64) -> Option<Snapshot> {
    let lattice = &setup.domain.as_ref()?.lattice;
    let types = setup.cell_types.len() as u16;
    let live = setup.cell_types.iter().map(|t| t.id.clone());
    let dead = setup.cell_types.iter().map(|t| format!("{} (dead)", t.id));
    let layers = setup.layers.iter().zip(&state.layers).map(|(layer, cells)| {
        let mut sites = vec![0u16; lattice.sites()];
        for i in 0..cells.len() {
            let name = cells.kind[i].0 + if cells.alive(i) { 0 } else { types };
            sites[cells.site[i] as usize] = name + 1;
        }
        SnapshotLayer { id: layer.id.clone(), cells: sites }
    });
    let fields = setup.substrates.iter().zip(&state.fields).filter_map(|(substrate, field)| {
        let values = field.clone()?;
        Some(SnapshotField { id: substrate.id.clone(), unit: substrate.unit.clone(), values })
    });
    Some(Snapshot {
        time_day,
        sites: [lattice.nx, lattice.ny, lattice.nz].map(|n| n as u32),
        spacing_um: lattice.spacing,
        names: live.chain(dead).collect(),
        layers: layers.collect(),
        fields: fields.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fixture::put;
    use crate::model::fixture::{T_CELL, TUMOR, setup};

    #[test]
    fn names_tell_live_from_dead_by_layer() {
        let s = setup(2, 2);
        let mut state = State::new(&s);
        put(&s, &mut state, TUMOR, 0, &[]);
        put(&s, &mut state, TUMOR, 3, &[]);
        put(&s, &mut state, T_CELL, 3, &[]);
        state.layers[0].death[1] = 5;
        let shot = snapshot(&s, &state, 2.0).unwrap();
        let name = |layer: usize, site: usize| {
            let c = shot.layers[layer].cells[site];
            if c == 0 { "" } else { shot.names[usize::from(c) - 1].as_str() }
        };
        assert_eq!([name(0, 0), name(0, 1), name(0, 3)], ["tumor", "", "tumor (dead)"]);
        assert_eq!([name(1, 0), name(1, 3)], ["", "t_cell"]);
        assert_eq!((shot.fields.len(), shot.fields[0].values.len()), (1, 4));
        assert_eq!(shot.sites, [2, 2, 1]);
    }
}
