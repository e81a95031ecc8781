//! Radius of a mass of cells.

use super::super::Entry;
use super::Look;
use crate::lattice::Lattice;
use crate::math;
use crate::model::CellTypeId;
use std::f64::consts::PI;

pub const ENTRY: Entry = Entry {
    name: "radius",
    unit: "um",
    doc: "Radius of the disc (two dimensions) or ball (three) as large as the mass of listed cells, live \
          or dead, with gaps below 100 um.",
};

/// um; NaN without a domain.
pub fn value<'a>(look: &mut Look<'a>, types: &'a [CellTypeId]) -> f64 {
    let Some(lattice) = look.lattice() else { return f64::NAN };
    equivalent(lattice, look.extent(lattice, types).0)
}

/// Radius (um) of the disc or ball as large as this many sites.
pub fn equivalent(lattice: &Lattice, sites: usize) -> f64 {
    let dx = lattice.spacing;
    let n = sites as f64;
    match (sites, lattice.dimensions()) {
        (0, _) => 0.0,
        (_, 2) => (n * dx * dx / PI).sqrt(),
        _ => math::cbrt(0.75 * n * lattice.site_volume() / PI),
    }
}
