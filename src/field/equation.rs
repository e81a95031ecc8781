//! What is solved: one substrate on one box, its diffusion and its walls. No method of solution enters here.
use crate::field::real::Real;
use crate::lattice::Lattice;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Walls of the box, the same on all sides. A 2D lattice has no walls along z.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Boundary {
    /// Nothing crosses a wall.
    NoFlux,
    /// This concentration holds on the wall itself, half a site beyond the centers of the last sites.
    Fixed(f64),
}

/// Why a field cannot be solved as asked.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum FieldError {
    #[error("diffusion coefficient {0} um^2/min is not a number of 0 or more")]
    Diffusion(f64),
    #[error("a substrate that does not diffuse has no quasi-steady state; use the implicit solver")]
    Immobile,
    #[error("wall concentration {0} is not a number of 0 or more")]
    Wall(f64),
    #[error("a lattice of {0:?} sites of {1} um is not a box")]
    Lattice([usize; 3], f64),
    #[error("an explicit step of {dt} min is unstable; the largest allowed is {limit} min")]
    StepTooLong { dt: f64, limit: f64 },
}

/// One substrate on one box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Equation {
    pub lattice: Lattice,
    /// Exchange with each neighbor, D / dx^2 (1/min).
    pub exchange: f64,
    pub boundary: Boundary,
}

impl Equation {
    pub fn new(lattice: &Lattice, diffusion: f64, boundary: Boundary) -> Result<Self, FieldError> {
        let sides = [lattice.nx, lattice.ny, lattice.nz];
        let spacing = lattice.spacing;
        if sides.contains(&0) || !(spacing > 0.0 && spacing.is_finite()) {
            return Err(FieldError::Lattice(sides, spacing));
        }
        if !(diffusion >= 0.0 && diffusion.is_finite()) {
            return Err(FieldError::Diffusion(diffusion));
        }
        if let Boundary::Fixed(value) = boundary
            && !(value >= 0.0 && value.is_finite())
        {
            return Err(FieldError::Wall(value));
        }
        Ok(Self { lattice: *lattice, exchange: diffusion / (spacing * spacing), boundary })
    }

    pub fn is_fixed(&self) -> bool {
        matches!(self.boundary, Boundary::Fixed(_))
    }

    /// Concentration on the walls; 0 where they are no-flux.
    pub fn wall(&self) -> f64 {
        match self.boundary {
            Boundary::NoFlux => 0.0,
            Boundary::Fixed(value) => value,
        }
    }

    /// Axes along which something is exchanged: those of more than one site, or with fixed walls.
    pub fn active_axes(&self) -> usize {
        self.outflows().iter().filter(|&&faces| faces > 0).count()
    }

    /// Largest rate (1/min) at which any site exchanges its content with neighbors and walls.
    pub fn largest_outflow(&self) -> f64 {
        self.exchange * self.outflows().iter().sum::<usize>() as f64
    }

    /// Largest number of exchanges that a site has along each axis, where one with a fixed wall counts double.
    fn outflows(&self) -> [usize; 3] {
        let sides = [self.lattice.nx, self.lattice.ny, self.lattice.nz];
        [0, 1, 2].map(|a| match (sides[a], self.is_fixed() && a < self.lattice.dimensions()) {
            (1, true) => 4,
            (1, false) => 0,
            (_, true) => 3,
            (2, false) => 1,
            (_, false) => 2,
        })
    }

    /// Faces of fixed walls across y and z that each site of a row has.
    pub fn row_faces(&self, row: usize) -> usize {
        let Lattice { ny, nz, .. } = self.lattice;
        if !self.is_fixed() {
            return 0;
        }
        let (y, z) = (row % ny, row / ny);
        let ends = |i: usize, n: usize| usize::from(i == 0) + usize::from(i + 1 == n);
        ends(y, ny) + if self.lattice.dimensions() == 3 { ends(z, nz) } else { 0 }
    }

    /// Panics unless all slices have one value per site.
    pub fn check_lengths<T: Real>(&self, slices: [&[T]; 3]) {
        for slice in slices {
            assert_eq!(slice.len(), self.lattice.sites(), "a field has one value per site");
        }
    }
}
