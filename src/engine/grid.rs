//! Fast neighbors of sites, and which cell sits where.

use super::Cells;
use crate::lattice::{Contact, Direction, Lattice};

/// Entry of an `Occupancy` where no cell sits.
pub const EMPTY: u32 = u32::MAX;

/// Directions of a site in three dimensions, the most there are.
pub const MOST_DIRECTIONS: usize = 26;

/// The lattice with its neighborhood laid out: no wall is asked for on inner sites.
#[derive(Clone, Debug)]
pub struct Grid {
    pub lattice: Lattice,
    pub directions: Vec<Direction>,
    /// Spacing over the length of each direction: 1 across faces, less along diagonals.
    pub shorter: Vec<f32>,
    /// Unit vectors of the directions, by axis.
    pub units: [[f32; MOST_DIRECTIONS]; 3],
    offsets: Vec<isize>,
    /// Whether some touching site of this one lies beyond a wall.
    at_wall: Vec<bool>,
}

impl Grid {
    pub fn new(lattice: Lattice, contact: Contact) -> Grid {
        let directions = lattice.directions(contact);
        let (nx, ny) = (lattice.nx as isize, lattice.ny as isize);
        let offsets =
            directions.iter().map(|d| d.dx as isize + nx * (d.dy as isize + ny * d.dz as isize)).collect();
        let at_wall = (0..lattice.sites())
            .map(|site| {
                let [x, y, z] = lattice.coordinates(site);
                x == 0
                    || y == 0
                    || x + 1 == lattice.nx
                    || y + 1 == lattice.ny
                    || (lattice.nz > 1 && (z == 0 || z + 1 == lattice.nz))
            })
            .collect();
        let length = |d: &Direction| ((d.dx * d.dx + d.dy * d.dy + d.dz * d.dz) as f32).sqrt();
        let shorter = directions.iter().map(|d| 1.0 / length(d)).collect();
        let mut units = [[0.0; MOST_DIRECTIONS]; 3];
        for (i, direction) in directions.iter().enumerate() {
            for (axis, unit) in units.iter_mut().zip(direction.unit) {
                axis[i] = unit;
            }
        }
        Grid { lattice, directions, shorter, units, offsets, at_wall }
    }

    /// The site in a direction, or none beyond a wall.
    #[inline]
    pub fn neighbor(&self, site: usize, direction: usize) -> Option<usize> {
        if self.at_wall[site] {
            self.lattice.step(site, &self.directions[direction])
        } else {
            Some(site.wrapping_add_signed(self.offsets[direction]))
        }
    }

    /// Calls `f(direction, site)` for each touching site in the box, in order of direction; not for the own site.
    #[inline]
    pub fn around(&self, site: usize, mut f: impl FnMut(usize, usize)) {
        if self.at_wall[site] {
            for (d, direction) in self.directions.iter().enumerate() {
                if let Some(next) = self.lattice.step(site, direction) {
                    f(d, next);
                }
            }
        } else {
            for (d, offset) in self.offsets.iter().enumerate() {
                f(d, site.wrapping_add_signed(*offset));
            }
        }
    }

    /// Calls `f(site)` for the own site and each touching site: where contact can happen.
    #[inline]
    pub fn in_reach(&self, site: usize, mut f: impl FnMut(usize)) {
        f(site);
        self.around(site, |_, next| f(next));
    }

    /// Gradient of a field at a site: central differences, one-sided at walls; field unit per um.
    #[inline]
    pub fn gradient(&self, field: &[f32], site: usize) -> [f32; 3] {
        let l = &self.lattice;
        let (plane, dx) = (l.nx * l.ny, l.spacing as f32);
        if !self.at_wall[site] {
            let per = 0.5 / dx;
            let along = |stride: usize| (field[site + stride] - field[site - stride]) * per;
            return [along(1), along(l.nx), if l.nz > 1 { along(plane) } else { 0.0 }];
        }
        let [x, y, z] = l.coordinates(site);
        let along = |at: usize, size: usize, stride: usize| {
            let low = if at > 0 { site - stride } else { site };
            let high = if at + 1 < size { site + stride } else { site };
            let span = ((high - low) / stride) as f32 * dx;
            if span > 0.0 { (field[high] - field[low]) / span } else { 0.0 }
        };
        [along(x, l.nx, 1), along(y, l.ny, l.nx), along(z, l.nz, plane)]
    }
}

/// For each site of one layer the index of its cell, or `EMPTY`.
#[derive(Clone, Debug, Default)]
pub struct Occupancy(pub Vec<u32>);

impl Occupancy {
    pub fn of(cells: &Cells, sites: usize) -> Occupancy {
        let mut index = vec![EMPTY; sites];
        for (i, site) in cells.site.iter().enumerate() {
            index[*site as usize] = i as u32;
        }
        Occupancy(index)
    }

    #[inline]
    pub fn at(&self, site: usize) -> Option<usize> {
        let cell = self.0[site];
        (cell != EMPTY).then_some(cell as usize)
    }

    #[inline]
    pub fn free(&self, site: usize) -> bool {
        self.0[site] == EMPTY
    }
}
