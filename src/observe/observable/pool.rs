//! Amount or concentration in a compartment.

use super::super::Entry;
use super::Look;
use crate::engine::State;
use crate::model::{CompartmentId, Setup, Species};

pub const ENTRY: Entry = Entry {
    name: "pool",
    unit: "",
    doc: "Amount or concentration of cells, a substrate or an antigen in a compartment; kinds, origins and \
          clones are summed.",
};

/// Cells, molecules or unit * um^3; as concentration: cells/um^3, molecules/um^3, or the substrate's unit.
pub fn value(look: &mut Look, compartment: CompartmentId, species: &[Species], concentration: bool) -> f64 {
    if concentration {
        self::concentration(look.setup, look.state, compartment, species)
    } else {
        look.state.pools.total(compartment, species)
    }
}

/// Amount per volume; of a substrate in its own unit. Species of several kinds are converted one by one.
fn concentration(setup: &Setup, state: &State, compartment: CompartmentId, species: &[Species]) -> f64 {
    let volume = setup.compartments[compartment.index()].volume;
    let per_unit = |s: &Species| match s {
        Species::Substrate(id) => setup.substrates[id.index()].amount_per_unit,
        Species::Cell(_) | Species::Antigen(_) => 1.0,
    };
    species
        .iter()
        .map(|s| state.pools.total(compartment, std::slice::from_ref(s)) / (volume * per_unit(s)))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::model::fixture::{BLOOD, DRUG, T_CELL, observe, setup};
    use crate::model::{Measure, Species};
    use crate::random::Streams;

    #[test]
    fn amounts_and_concentrations_of_cells_and_molecules() {
        let mut s = setup(2, 2);
        let mut pool = |id: &str, species, concentration| {
            observe(&mut s, id, Measure::Pool { compartment: BLOOD, species: vec![species], concentration })
        };
        let cells = pool("cells", Species::Cell(T_CELL), false);
        let density = pool("density", Species::Cell(T_CELL), true);
        let amount = pool("amount", Species::Substrate(DRUG), false);
        let level = pool("level", Species::Substrate(DRUG), true);
        let mut state = State::new(&s);
        for (i, pool) in state.pools.list.iter().enumerate() {
            state.pools.amount[i] = if pool.species == Species::Substrate(DRUG) { 3e12 } else { 1000.0 };
        }
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        // Two origins times two clones.
        assert_eq!(look.value(cells), 4000.0);
        assert_eq!(look.value(density), 4000.0 / 2e12);
        assert_eq!(look.value(amount), 3e12);
        // Half a molecule per unit and um^3.
        assert_eq!(look.value(level), 3.0);
    }
}
