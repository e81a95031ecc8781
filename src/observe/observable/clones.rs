//! How many clones have expanded: the breadth of a response.

use super::super::Entry;
use super::{Look, cells};
use crate::model::{Binds, CellTypeId, ObservedPlace, ReceptorId, Species, Where};

pub const ENTRY: Entry = Entry {
    name: "clones",
    unit: "1",
    doc: "Number of clones of a clonal receptor with more than `above` cells of the animal among the listed \
          types.",
};

/// Live cells per clone, origins summed; on the lattice times the weight. Without listed types all bearers
/// count.
pub fn value(
    look: &mut Look,
    place: ObservedPlace,
    receptor: ReceptorId,
    listed: &[CellTypeId],
    above: f64,
) -> f64 {
    let setup = look.setup;
    let bearers: Vec<CellTypeId> = (0..setup.cell_types.len())
        .map(|t| CellTypeId(t as u16))
        .filter(|t| setup.cell_types[t.index()].receptors.contains(&receptor))
        .filter(|t| listed.is_empty() || listed.contains(t))
        .collect();
    let clones = match &setup.receptors[receptor.index()].binds {
        Binds::Antigens(antigens) => antigens.len(),
        Binds::Substrate(_) => 0,
    };
    let mut sizes = vec![0.0; clones];
    match place {
        ObservedPlace::Tissue => {
            let weight = look.state.weight;
            cells::each(setup, look.state, &bearers, &Where::default(), |cells, i| {
                if let Some(size) = sizes.get_mut(usize::from(cells.clone[i])) {
                    *size += weight;
                }
            });
        }
        ObservedPlace::Compartment(compartment) => {
            let pools = &look.state.pools;
            for (pool, amount) in pools.list.iter().zip(&pools.amount) {
                let counts = pool.compartment == compartment
                    && matches!(pool.species, Species::Cell(c) if bearers.contains(&c));
                if let (true, Some(size)) = (counts, sizes.get_mut(usize::from(pool.clone))) {
                    *size += amount;
                }
            }
        }
    }
    sizes.iter().filter(|&&size| size > above).count() as f64
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::put;
    use crate::model::fixture::{BLOOD, T_CELL, TCR, observe, setup};
    use crate::model::{Measure, ObservedPlace};
    use crate::random::Streams;

    #[test]
    fn clones_count_once_they_are_larger_than_the_limit() {
        let mut s = setup(4, 4);
        let cells = vec![T_CELL];
        let measure = Measure::Clones { receptor: TCR, cells: cells.clone(), above: 4.0 };
        let tissue = observe(&mut s, "tissue", measure.clone());
        let blood = observe(&mut s, "blood", measure);
        s.observables[blood.index()].place = ObservedPlace::Compartment(BLOOD);
        let mut state = State::new(&s);
        state.weight = 2.0;
        for (site, clone) in [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (5, 1)] {
            let i = put(&s, &mut state, T_CELL, site, &[]);
            state.layers[1].clone[i] = clone;
        }
        state.layers[1].death[5] = 1;
        // Clone 0: 2 live cells stand for 4, which is not above 4. Clone 1: 3 live cells stand for 6.
        for (i, pool) in state.pools.list.iter().enumerate() {
            state.pools.amount[i] = if pool.clone == 0 { 2.5 } else { 1.0 };
        }
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.value(tissue), 1.0);
        // Two origins: clone 0 sums to 5, clone 1 to 2.
        assert_eq!(look.value(blood), 1.0);
    }
}
