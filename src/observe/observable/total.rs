//! Sum of a trait or antigen over cells.

use super::super::Entry;
use super::{Look, cells};
use crate::model::{CellTypeId, ObservedPlace, TraitId, Where};

pub const ENTRY: Entry = Entry {
    name: "total",
    unit: "",
    doc: "Sum of a trait or antigen over the listed cells of the animal (lattice cells times the weight).",
};

/// Unit of the trait, times the weight; NaN in compartments, where cells have no traits.
pub fn value(look: &mut Look, place: ObservedPlace, of: TraitId, types: &[CellTypeId], which: &Where) -> f64 {
    sum(look, place, of, types, which).0 * look.state.weight
}

/// Sum over lattice cells in order of layer and site, and their number.
pub fn sum(
    look: &Look,
    place: ObservedPlace,
    of: TraitId,
    types: &[CellTypeId],
    which: &Where,
) -> (f64, u64) {
    if place != ObservedPlace::Tissue {
        return (f64::NAN, 0);
    }
    let (mut sum, mut n) = (0.0, 0u64);
    cells::each(look.setup, look.state, types, which, |cells, i| {
        sum += f64::from(cells.value(of, i));
        n += 1;
    });
    (sum, n)
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::put;
    use crate::model::fixture::{B7H3, BLOOD, EXHAUSTION, T_CELL, TUMOR, observe, setup};
    use crate::model::{Measure, ObservedPlace, Where};
    use crate::random::Streams;

    #[test]
    fn total_mean_and_share_of_hand_counted_cells() {
        let mut s = setup(4, 4);
        let (cells, which) = (vec![TUMOR], Where::default());
        let low = Where { of: Some(B7H3), below: Some(10.0), ..Where::default() };
        let total =
            observe(&mut s, "total", Measure::Total { of: B7H3, cells: cells.clone(), which: which.clone() });
        let mean =
            observe(&mut s, "mean", Measure::Mean { of: B7H3, cells: cells.clone(), which: which.clone() });
        let both = vec![TUMOR, T_CELL];
        let share =
            observe(&mut s, "share", Measure::Share { cells: cells.clone(), which: low, among: both });
        let none = observe(
            &mut s,
            "none",
            Measure::Mean { of: EXHAUSTION, cells: vec![T_CELL], which: which.clone() },
        );
        let pooled = observe(&mut s, "pooled", Measure::Total { of: B7H3, cells, which });
        s.observables[pooled.index()].place = ObservedPlace::Compartment(BLOOD);
        let mut state = State::new(&s);
        state.weight = 4.0;
        for (site, density) in [(0, 5.0), (3, 10.0), (7, 21.0), (8, 1000.0)] {
            put(&s, &mut state, TUMOR, site, &[density]);
        }
        state.layers[0].death[3] = 1;
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.value(total), 36.0 * 4.0);
        assert_eq!(look.value(mean), 12.0);
        assert_eq!(look.value(share), 1.0 / 3.0);
        assert!(look.value(none).is_nan());
        assert!(look.value(pooled).is_nan());
        put(&s, &mut state, T_CELL, 3, &[0.5]);
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.value(share), 0.25);
        assert_eq!(look.value(none), 0.5);
    }
}
