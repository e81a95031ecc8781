//! Where things are: a box of cubic sites. A 2D lattice is a 3D lattice with one layer of sites.
//!
//! Nothing here knows what a site holds.

mod distance;
mod region;

pub use distance::{NOWHERE, squared_distance, within};
pub use region::{closed, enclosed, revolution};

use serde::{Deserialize, Serialize};

/// A box of `nx * ny * nz` cubic sites of edge `spacing` (um). Site `i = x + nx * (y + ny * z)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lattice {
    pub nx: usize,
    pub ny: usize,
    pub nz: usize,
    /// Edge of a site, um.
    pub spacing: f64,
}

/// Which sites touch: those that share a face, or a face, an edge or a corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contact {
    Face,
    Full,
}

/// One step to a touching site, with its unit direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Direction {
    pub dx: i32,
    pub dy: i32,
    pub dz: i32,
    /// Unit vector of the step.
    pub unit: [f32; 3],
}

impl Lattice {
    pub fn sites(&self) -> usize {
        self.nx * self.ny * self.nz
    }

    /// 2 for one layer of sites, else 3.
    pub fn dimensions(&self) -> usize {
        if self.nz == 1 { 2 } else { 3 }
    }

    /// Volume of one site, um^3.
    pub fn site_volume(&self) -> f64 {
        self.spacing * self.spacing * self.spacing
    }

    pub fn index(&self, x: usize, y: usize, z: usize) -> usize {
        x + self.nx * (y + self.ny * z)
    }

    pub fn coordinates(&self, site: usize) -> [usize; 3] {
        let x = site % self.nx;
        let rest = site / self.nx;
        [x, rest % self.ny, rest / self.ny]
    }

    /// Center of a site, um from the corner of the box.
    pub fn center(&self, site: usize) -> [f64; 3] {
        self.coordinates(site).map(|c| (c as f64 + 0.5) * self.spacing)
    }

    /// The site one `direction` away, or none beyond a wall.
    pub fn step(&self, site: usize, direction: &Direction) -> Option<usize> {
        let [x, y, z] = self.coordinates(site);
        let x = x as i64 + i64::from(direction.dx);
        let y = y as i64 + i64::from(direction.dy);
        let z = z as i64 + i64::from(direction.dz);
        let inside = x >= 0
            && y >= 0
            && z >= 0
            && (x as usize) < self.nx
            && (y as usize) < self.ny
            && (z as usize) < self.nz;
        inside.then(|| self.index(x as usize, y as usize, z as usize))
    }

    /// Directions to the touching sites (the own site is not among them), in ascending order of site index.
    pub fn directions(&self, contact: Contact) -> Vec<Direction> {
        let depth = if self.nz == 1 { 0 } else { 1 };
        let mut out = Vec::new();
        for dz in -depth..=depth {
            for dy in -1..=1i32 {
                for dx in -1..=1i32 {
                    let faces = dx * dx + dy * dy + dz * dz;
                    if faces == 0 || (contact == Contact::Face && faces > 1) {
                        continue;
                    }
                    let norm = f64::from(faces).sqrt();
                    let unit = [dx, dy, dz].map(|d| (f64::from(d) / norm) as f32);
                    out.push(Direction { dx, dy, dz, unit });
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_count_and_order() {
        let flat = Lattice { nx: 5, ny: 4, nz: 1, spacing: 20.0 };
        let cube = Lattice { nx: 5, ny: 4, nz: 3, spacing: 20.0 };
        assert_eq!(flat.directions(Contact::Face).len(), 4);
        assert_eq!(flat.directions(Contact::Full).len(), 8);
        assert_eq!(cube.directions(Contact::Face).len(), 6);
        assert_eq!(cube.directions(Contact::Full).len(), 26);
        let middle = cube.index(2, 2, 1);
        let around: Vec<_> =
            cube.directions(Contact::Full).iter().map(|d| cube.step(middle, d).unwrap()).collect();
        assert!(around.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn walls_stop_steps_and_coordinates_invert() {
        let cube = Lattice { nx: 3, ny: 4, nz: 5, spacing: 20.0 };
        for site in 0..cube.sites() {
            let [x, y, z] = cube.coordinates(site);
            assert_eq!(cube.index(x, y, z), site);
        }
        let outside = cube.directions(Contact::Full).iter().filter(|d| cube.step(0, d).is_none()).count();
        assert_eq!(outside, 26 - 7);
    }
}
