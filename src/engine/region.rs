//! Which sites a region names. Used to place and remove cells and to look at a part of a field.
//!
//! Geometry only: what happens to the sites is decided elsewhere.

use super::State;
use crate::lattice::{Lattice, NOWHERE, squared_distance};
use crate::model::{Region, Shape};

/// Center of a region, um: as written, else the middle of the box.
pub fn center(region: &Region, lattice: &Lattice) -> [f64; 3] {
    region
        .center
        .unwrap_or_else(|| [lattice.nx, lattice.ny, lattice.nz].map(|n| n as f64 * lattice.spacing / 2.0))
}

/// Squared distance (um^2) of a site's center from a point: in the plane for a disc and on a lattice of one
/// layer.
pub fn squared_from(region: &Region, lattice: &Lattice, site: usize) -> f64 {
    let c = center(region, lattice);
    let p = lattice.center(site);
    let flat = lattice.nz == 1 || region.shape == Shape::Disc;
    let [dx, dy, dz] = [p[0] - c[0], p[1] - c[1], if flat { 0.0 } else { p[2] - c[2] }];
    dx * dx + dy * dy + dz * dz
}

/// Sites of a region, ascending. A site belongs to it when its center does; borders belong to it.
///
/// - everywhere: all sites; disc: a cylinder along z; sphere: a ball; shell: between `inner` and `radius`;
///   each around `center`, and without a radius unbounded (a packed placement then takes the sites nearest to
///   the center);
/// - box: edges `size` around `center`; a lattice of one layer ignores z;
/// - boundary: sites at a wall (the z walls only where there is more than one layer);
/// - near: at most `radius` from a site that holds one of `cells`, live or dead; without a radius, those
///   sites themselves.
pub fn sites(region: &Region, lattice: &Lattice, state: &State) -> Vec<u32> {
    match region.shape {
        Shape::Everywhere => choose(lattice, |_| true),
        Shape::Disc | Shape::Sphere => {
            let outer = squared(region.radius);
            choose(lattice, |s| squared_from(region, lattice, s) <= outer)
        }
        Shape::Shell => {
            let (inner, outer) = (region.inner * region.inner, squared(region.radius));
            choose(lattice, |s| {
                let d = squared_from(region, lattice, s);
                d >= inner && d <= outer
            })
        }
        Shape::Box => {
            let c = center(region, lattice);
            let axes = lattice.dimensions();
            choose(lattice, |s| {
                let p = lattice.center(s);
                (0..axes).all(|k| (p[k] - c[k]).abs() <= region.size[k] / 2.0)
            })
        }
        Shape::Boundary => {
            let n = [lattice.nx, lattice.ny, lattice.nz];
            let axes = lattice.dimensions();
            choose(lattice, |s| {
                let p = lattice.coordinates(s);
                (0..axes).any(|k| p[k] == 0 || p[k] + 1 == n[k])
            })
        }
        Shape::Near => near(region, lattice, state),
    }
}

fn near(region: &Region, lattice: &Lattice, state: &State) -> Vec<u32> {
    let mask = state.mask(lattice, &region.cells);
    let Some(radius) = region.radius else {
        return choose(lattice, |s| mask[s]);
    };
    // Distances are whole squares of sites: the border is compared in integers, with room for a radius that
    // is a whole number of sites but was rounded when its unit was converted.
    let sites = radius / lattice.spacing;
    let limit = (sites * sites * (1.0 + 1e-9)).floor() as i64;
    let distance = squared_distance(lattice, &mask);
    choose(lattice, |s| distance[s] <= limit && distance[s] != NOWHERE)
}

fn squared(radius: Option<f64>) -> f64 {
    radius.map_or(f64::INFINITY, |r| r * r)
}

fn choose(lattice: &Lattice, inside: impl Fn(usize) -> bool) -> Vec<u32> {
    (0..lattice.sites()).filter(|&s| inside(s)).map(|s| s as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fixture::{fill, put};
    use crate::model::fixture::{T_CELL, TUMOR, setup, solid};

    fn region(shape: Shape) -> Region {
        Region { shape, center: None, radius: None, inner: 0.0, size: [0.0; 3], cells: vec![] }
    }

    fn count(region: &Region, setup: &crate::model::Setup) -> usize {
        let found = sites(region, &setup.domain.as_ref().unwrap().lattice, &State::new(setup));
        assert!(found.is_sorted());
        found.len()
    }

    #[test]
    fn shapes_in_the_plane_and_in_space() {
        let (flat, cube) = (setup(5, 5), solid(5, 5, 5));
        assert_eq!(count(&region(Shape::Everywhere), &cube), 125);
        // Centers lie on multiples of 20 um around the middle site: radius 20 holds it and its face
        // neighbors.
        let disc = Region { radius: Some(20.0), ..region(Shape::Disc) };
        assert_eq!(count(&disc, &flat), 5);
        assert_eq!(count(&disc, &cube), 25);
        let sphere = Region { radius: Some(20.0), ..region(Shape::Sphere) };
        assert_eq!(count(&sphere, &flat), 5);
        assert_eq!(count(&sphere, &cube), 7);
        assert_eq!(count(&region(Shape::Sphere), &cube), 125);
        // Of the 3 x 3 x 3 block around the middle, the shell of 20 to 30 um holds 6 face and 12 edge
        // neighbors.
        let shell = Region { inner: 20.0, radius: Some(30.0), ..region(Shape::Shell) };
        assert_eq!(count(&shell, &cube), 18);
        let slab = Region { size: [20.0, 60.0, 100.0], ..region(Shape::Box) };
        assert_eq!(count(&slab, &cube), 3 * 5);
        assert_eq!(count(&Region { size: [20.0, 60.0, 0.0], ..slab }, &flat), 3);
        assert_eq!(count(&region(Shape::Boundary), &flat), 25 - 9);
        assert_eq!(count(&region(Shape::Boundary), &cube), 125 - 27);
    }

    #[test]
    fn a_written_center_moves_the_region() {
        let flat = setup(5, 5);
        let disc = Region { center: Some([10.0, 10.0, 0.0]), radius: Some(20.0), ..region(Shape::Disc) };
        let state = State::new(&flat);
        assert_eq!(sites(&disc, &flat.domain.as_ref().unwrap().lattice, &state), [0, 1, 5]);
    }

    #[test]
    fn near_counts_from_live_and_dead_cells_of_the_listed_types() {
        let flat = setup(9, 9);
        let lattice = &flat.domain.as_ref().unwrap().lattice;
        let mut state = State::new(&flat);
        put(&flat, &mut state, TUMOR, lattice.index(4, 4, 0), &[]);
        put(&flat, &mut state, T_CELL, lattice.index(0, 0, 0), &[]);
        let near = |radius| Region { radius, cells: vec![TUMOR], ..region(Shape::Near) };
        assert_eq!(sites(&near(None), lattice, &state), [40]);
        assert_eq!(sites(&near(Some(20.0)), lattice, &state).len(), 5);
        // 40.1 um holds the squared distances 0, 1, 2 and 4: 1 + 4 + 4 + 4.
        assert_eq!(sites(&near(Some(40.1)), lattice, &state).len(), 13);
        state.layers[0].death[0] = 3;
        assert_eq!(sites(&near(Some(20.0)), lattice, &state).len(), 5);
        assert!(sites(&near(Some(1e6)), lattice, &State::new(&flat)).is_empty());
        fill(&flat, &mut state, TUMOR, |[x, _, _]| x == 0);
        assert_eq!(sites(&near(None), lattice, &state).len(), 10);
    }
}
