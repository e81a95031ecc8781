//! Volume of a mass of cells in the animal.

use super::super::Entry;
use super::Look;
use crate::model::CellTypeId;

pub const ENTRY: Entry = Entry {
    name: "volume",
    unit: "mm^3",
    doc: "Volume of the mass of listed cells, live or dead, with gaps below 100 um; of a section the \
          volume of the round body through whose middle it is cut.",
};

/// um^3 to mm^3.
const MM3: f64 = 1e-9;

/// mm^3: sites of the mass times their volume times what each stands for. NaN without a domain.
pub fn value<'a>(look: &mut Look<'a>, types: &'a [CellTypeId]) -> f64 {
    let Some(lattice) = look.lattice() else { return f64::NAN };
    let (sites, weight) = look.extent(lattice, types);
    sites as f64 * lattice.site_volume() * weight * MM3
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::fill;
    use crate::model::fixture::{T_CELL, TUMOR, observe, setup, solid};
    use crate::model::{Measure, Scale};
    use crate::random::Streams;

    #[test]
    fn a_ring_counts_with_its_hole_at_every_scale() {
        let mut s = setup(7, 7);
        let volume = observe(&mut s, "v", Measure::Volume { cells: vec![TUMOR] });
        let radius = observe(&mut s, "r", Measure::Radius { cells: vec![TUMOR] });
        let none = observe(&mut s, "n", Measure::Volume { cells: vec![T_CELL] });
        let mut state = State::new(&s);
        fill(&s, &mut state, TUMOR, |[x, y, _]| {
            (2..5).contains(&x) && (2..5).contains(&y) && (x, y) != (3, 3)
        });
        state.layers[0].death[0] = 1;
        state.weight = 3.0;
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        // 9 sites of 8000 um^3, times 3.
        let mut look = Look::new(&s, &state, &mut memory);
        assert!((look.value(volume) - 9.0 * 8e-6 * 3.0).abs() < 1e-15);
        // The disc of 9 * 400 um^2: r = 60 / sqrt(pi) = 33.8514 um; its ball: 162 488.6 um^3.
        assert!((look.value(radius) - 33.851_375_012_865_38).abs() < 1e-9);
        assert_eq!(look.value(none), 0.0);
        // Rotated, a site stands for 2 rho / dx sites: rho is 0 once, 1 and sqrt 2 four times each.
        let turned = 2.0 * (4.0 + 4.0 * 2f64.sqrt()) * 8e-6;
        s.domain.as_mut().unwrap().scale = Scale::Section { of: vec![T_CELL] };
        let mut look = Look::new(&s, &state, &mut memory);
        assert!((look.value(volume) - turned).abs() < 1e-15, "{}", look.value(volume));
        // Of the section's own cells it is what the engine has counted at the end of the step.
        s.domain.as_mut().unwrap().scale = Scale::Section { of: vec![TUMOR] };
        state.area = 8;
        let mut look = Look::new(&s, &state, &mut memory);
        assert!((look.value(volume) - 8.0 * 8e-6 * 3.0).abs() < 1e-15, "{}", look.value(volume));
    }

    #[test]
    fn a_hollow_cube_counts_with_its_hole() {
        let mut s = solid(5, 5, 5);
        let volume = observe(&mut s, "v", Measure::Volume { cells: vec![TUMOR] });
        let radius = observe(&mut s, "r", Measure::Radius { cells: vec![TUMOR] });
        let mut state = State::new(&s);
        fill(&s, &mut state, TUMOR, |p| p.iter().all(|c| (1..4).contains(c)) && p != [2, 2, 2]);
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert!((look.value(volume) - 27.0 * 8e-6).abs() < 1e-18);
        // (3 * 27 * 8000 / (4 pi))^(1/3)
        assert!((look.value(radius) - 37.221_029_453_963_99).abs() < 1e-9, "{}", look.value(radius));
    }
}
