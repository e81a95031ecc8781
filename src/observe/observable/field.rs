//! Mean concentration over a region of the tissue.

use super::super::Entry;
use super::Look;
use crate::engine::region;
use crate::model::{Region, SubstrateId};

pub const ENTRY: Entry = Entry {
    name: "field",
    unit: "",
    doc: "Mean concentration of a substrate over a region of the lattice; missing while the region is empty.",
};

/// Substrate's unit; NaN without a field or in an empty region. Sites are added in ascending order.
pub fn value(look: &mut Look, substrate: SubstrateId, region: &Region) -> f64 {
    let (Some(lattice), Some(field)) = (look.lattice(), look.state.field(substrate)) else { return f64::NAN };
    let sites = region::sites(region, lattice, look.state);
    let sum: f64 = sites.iter().map(|&s| f64::from(field[s as usize])).sum();
    if sites.is_empty() { f64::NAN } else { sum / sites.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::put;
    use crate::model::fixture::{DRUG, OXYGEN, TUMOR, observe, setup};
    use crate::model::{Measure, Region, Shape};
    use crate::random::Streams;

    #[test]
    fn the_mean_near_the_tumor_and_everywhere() {
        let mut s = setup(3, 3);
        let near = Region {
            shape: Shape::Near,
            center: None,
            radius: None,
            inner: 0.0,
            size: [0.0; 3],
            cells: vec![TUMOR],
        };
        let everywhere = Region { shape: Shape::Everywhere, ..near.clone() };
        let at = observe(&mut s, "at", Measure::Field { substrate: OXYGEN, region: near });
        let all = observe(&mut s, "all", Measure::Field { substrate: OXYGEN, region: everywhere.clone() });
        let absent = observe(&mut s, "absent", Measure::Field { substrate: DRUG, region: everywhere });
        let mut state = State::new(&s);
        state.fields[0] = Some((0..9).map(|i| i as f32).collect());
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        assert!(Look::new(&s, &state, &mut memory).value(at).is_nan());
        put(&s, &mut state, TUMOR, 2, &[]);
        put(&s, &mut state, TUMOR, 7, &[]);
        s.observables[at.index()].to_unit = 2.0;
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.value(at), 9.0);
        assert_eq!(look.value(all), 4.0);
        assert!(look.value(absent).is_nan());
    }
}
