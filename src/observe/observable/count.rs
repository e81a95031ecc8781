//! Number of cells of the animal.

use super::super::Entry;
use super::{Look, cells};
use crate::model::{CellTypeId, ObservedPlace, Where};

pub const ENTRY: Entry = Entry {
    name: "count",
    unit: "cells",
    doc: "Number of cells of the listed types in the animal: lattice cells times the weight, or the cells \
          of a compartment.",
};

/// Lattice cells times the weight, or the content of the pools.
pub fn value(look: &mut Look, place: ObservedPlace, types: &[CellTypeId], which: &Where) -> f64 {
    match place {
        ObservedPlace::Tissue => {
            let mut n = 0u64;
            cells::each(look.setup, look.state, types, which, |_, _| n += 1);
            n as f64 * look.state.weight
        }
        ObservedPlace::Compartment(c) => cells::pooled(look.state, c, types, which),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::put;
    use crate::model::fixture::{B7H3, BLOOD, CAR, T_CELL, TUMOR, observe, setup};
    use crate::model::{Measure, ObservedPlace, Origin, Species, Where};
    use crate::random::Streams;

    #[test]
    fn counts_by_state_origin_clone_and_trait_times_the_weight() {
        let mut s = setup(4, 4);
        let live = Where::default();
        let variants = [
            (live.clone(), 3.0),
            (Where { dead: true, ..live.clone() }, 4.0),
            (Where { live: false, dead: true, ..live.clone() }, 1.0),
            (Where { origin: Some(Origin::of(CAR)), ..live.clone() }, 1.0),
            (Where { clone: Some(1), ..live.clone() }, 1.0),
            (Where { of: Some(B7H3), above: Some(10.0), ..live.clone() }, 1.0),
            (Where { of: Some(B7H3), below: Some(10.0), ..live.clone() }, 1.0),
            (Where { of: Some(B7H3), above: Some(5.0), below: Some(30.0), ..live.clone() }, 2.0),
        ];
        for (i, (which, _)) in variants.iter().enumerate() {
            observe(&mut s, &format!("o{i}"), Measure::Count { cells: vec![TUMOR], which: which.clone() });
        }
        let mut state = State::new(&s);
        for (site, density) in [(0, 5.0), (3, 10.0), (7, 20.0), (9, 40.0)] {
            put(&s, &mut state, TUMOR, site, &[density]);
        }
        put(&s, &mut state, T_CELL, 3, &[]);
        state.layers[0].death[3] = 2;
        state.layers[0].origin[1] = Origin::of(CAR);
        state.layers[0].clone[2] = 1;
        state.weight = 2.5;
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        for (i, (which, expected)) in variants.iter().enumerate() {
            let id = crate::model::ObservableId(i as u16);
            assert_eq!(look.value(id), expected * 2.5, "{which:?}");
        }
    }

    #[test]
    fn counts_a_compartment_by_origin_without_the_weight() {
        let mut s = setup(2, 2);
        let all = observe(&mut s, "all", Measure::Count { cells: vec![T_CELL], which: Where::default() });
        let car = Where { origin: Some(Origin::of(CAR)), ..Where::default() };
        let own = observe(&mut s, "own", Measure::Count { cells: vec![T_CELL], which: car });
        for o in &mut s.observables {
            o.place = ObservedPlace::Compartment(BLOOD);
        }
        let mut state = State::new(&s);
        state.weight = 7.0;
        for (i, pool) in state.pools.list.iter().enumerate() {
            state.pools.amount[i] = match pool.species {
                Species::Cell(_) => 10.0 + f64::from(pool.origin.0) * 100.0 + f64::from(pool.clone),
                _ => 1e6,
            };
        }
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.value(all), 10.0 + 11.0 + 110.0 + 111.0);
        assert_eq!(look.value(own), 221.0);
    }
}
