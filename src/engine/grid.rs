//! Fast neighbors of sites, and which cell sits where.

use super::Cells;
use crate::lattice::{Contact, Direction, Lattice};

/// Entry of an `Occupancy` where no cell sits.
pub const EMPTY: u32 = u32::MAX;

/// Directions of a site in three dimensions, the most there are.
pub const MOST_DIRECTIONS: usize = 26;

/// No direction of the neighborhood.
const NOWHERE: u8 = u8::MAX;

/// Steps along the axes in `Grid::index`, and where nothing is stepped.
const STRIDE: [i32; 3] = [1, 3, 9];
const MIDDLE: i32 = 13;

const SQRT_3: f32 = 1.732_050_8;

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
    /// Index of the direction with steps (x, y, z) of -1, 0 or 1 at (x + 1) + 3 (y + 1) + 9 (z + 1); `NOWHERE` for others.
    index: [u8; 27],
    /// Whether diagonals are directions.
    full: bool,
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
        let mut index = [NOWHERE; 27];
        for (i, d) in directions.iter().enumerate() {
            index[((d.dx + 1) + 3 * (d.dy + 1) + 9 * (d.dz + 1)) as usize] = i as u8;
        }
        let full = contact == Contact::Full;
        Grid { lattice, directions, shorter, units, offsets, index, full, at_wall }
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

    /// The directions on either side of `way`, with weights in which their unit vectors add up to it: so a move to one of
    /// them, chosen by weight, goes along `way` in the mean. An entry of weight 0 may be no direction.
    #[inline]
    pub fn beside(&self, way: [f32; 3]) -> [(u8, f32); 3] {
        let size = way.map(f32::abs);
        let step = |axis: usize| if way[axis] < 0.0 { -STRIDE[axis] } else { STRIDE[axis] };
        let at = |offset: i32| self.index[(MIDDLE + offset) as usize];
        if !self.full {
            return [0, 1, 2].map(|axis| (at(step(axis)), size[axis]));
        }
        let mut order = [0, 1, 2];
        for (i, k) in [(0, 1), (1, 2), (0, 1)] {
            if size[order[i]] < size[order[k]] {
                order.swap(i, k);
            }
        }
        let [a, b, c] = order;
        let (edge, corner) = (step(a) + step(b), step(a) + step(b) + step(c));
        [
            (at(step(a)), size[a] - size[b]),
            (at(edge), (size[b] - size[c]) * std::f32::consts::SQRT_2),
            (at(corner), size[c] * SQRT_3),
        ]
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
