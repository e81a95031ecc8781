//! Thickness of the live shell around a dead core.

use super::super::Entry;
use super::{Look, radius};
use crate::lattice::{Contact, Lattice, enclosed};
use crate::model::CellTypeId;

pub const ENTRY: Entry = Entry {
    name: "rim",
    unit: "um",
    doc: "Thickness of the live shell: radius of the mass of listed cells and what it encloses, less that of \
          its largest connected part without live ones (the core); without a core the whole radius.",
};

/// um: equivalent radius of the mass and what it encloses less that of its core, the largest part of it, connected
/// through faces, that holds no live listed cell. For a round mass this is the mean distance from the inner
/// to the outer edge of the live shell; taking the largest part keeps single dead cells within the shell from
/// counting. It jumps when a gap wider than 100 um opens the core. NaN without a domain.
pub fn value<'a>(look: &mut Look<'a>, types: &'a [CellTypeId]) -> f64 {
    let Some(lattice) = look.lattice() else { return f64::NAN };
    let mut hollow = enclosed(lattice, &look.mass(lattice, types).inside);
    let all = hollow.iter().filter(|held| **held).count();
    for cells in &look.state.layers {
        for i in 0..cells.len() {
            if cells.alive(i) && types.contains(&cells.kind[i]) {
                hollow[cells.site[i] as usize] = false;
            }
        }
    }
    radius::equivalent(lattice, all) - radius::equivalent(lattice, largest_part(lattice, hollow))
}

/// Number of sites of the largest face-connected part of a set.
fn largest_part(lattice: &Lattice, mut left: Vec<bool>) -> usize {
    let faces = lattice.directions(Contact::Face);
    let (mut largest, mut queue) = (0, Vec::new());
    for start in 0..left.len() {
        if !left[start] {
            continue;
        }
        left[start] = false;
        queue.push(start);
        let mut sites = 0;
        while let Some(site) = queue.pop() {
            sites += 1;
            for next in faces.iter().filter_map(|d| lattice.step(site, d)) {
                if left[next] {
                    left[next] = false;
                    queue.push(next);
                }
            }
        }
        largest = largest.max(sites);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::State;
    use crate::engine::fixture::fill;
    use crate::model::Measure;
    use crate::model::fixture::{TUMOR, observe, setup};
    use crate::random::Streams;

    #[test]
    fn a_disc_of_radius_300_with_a_core_of_100_has_a_rim_of_200() {
        let mut s = setup(41, 41);
        let rim = observe(&mut s, "rim", Measure::Rim { cells: vec![TUMOR] });
        let radius = observe(&mut s, "radius", Measure::Radius { cells: vec![TUMOR] });
        let square = |[x, y, _]: [usize; 3]| (x as i64 - 20).pow(2) + (y as i64 - 20).pow(2);
        let mut state = State::new(&s);
        fill(&s, &mut state, TUMOR, |p| square(p) <= 225);
        let lattice = s.domain.as_ref().unwrap().lattice;
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.value(rim), look.value(radius));
        // Dead core of radius 5 sites, half of it already cleared, and one dead cell within the shell.
        let cells = &mut state.layers[0];
        for i in 0..cells.len() {
            let p = lattice.coordinates(cells.site[i] as usize);
            if square(p) <= 25 || p == [30, 20, 0] {
                cells.death[i] = 1;
            }
        }
        let keep: Vec<u32> = (0..cells.len())
            .filter(|&i| square(lattice.coordinates(cells.site[i] as usize)) > 12)
            .map(|i| i as u32)
            .collect();
        cells.reorder(&keep, &mut crate::engine::Spare::default());
        let mut look = Look::new(&s, &state, &mut memory);
        assert!((look.value(rim) - 200.0).abs() < 5.0, "{}", look.value(rim));
    }
}
