//! The solvers: one file each, a catalog of them, and the one door through which callers reach all of them.
//!
//! A new solver is a file here, a line in the catalog and an arm in [`Solver`]; nothing else knows which there are.
mod axis;
mod explicit;
mod implicit;
mod level;
mod multigrid;
mod quasi_steady;
#[cfg(test)]
mod tests;

use super::balance::{Balance, Trace};
use super::equation::{Boundary, Equation, FieldError};
use super::real::Real;
use crate::lattice::Lattice;
use explicit::Explicit;
pub use explicit::ftcs_step;
pub use multigrid::Cycles;
use multigrid::Multigrid;
use serde::{Deserialize, Serialize};

/// How the equation of a substrate is solved over a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SolverKind {
    QuasiSteady,
    Implicit,
    Explicit,
}

impl SolverKind {
    pub const ALL: [Self; 3] = [Self::QuasiSteady, Self::Implicit, Self::Explicit];

    pub fn name(self) -> &'static str {
        match self {
            Self::QuasiSteady => "quasi_steady",
            Self::Implicit => "implicit",
            Self::Explicit => "explicit",
        }
    }

    /// One line for catalogs and manuals.
    pub fn summary(self) -> &'static str {
        match self {
            Self::QuasiSteady => {
                "steady state at every step, by multigrid; for oxygen and what relaxes as fast"
            }
            Self::Implicit => "backward Euler, one step by multigrid; for cytokines and drugs",
            Self::Explicit => {
                "FTCS in sub-steps below the stability limit; the reference, and for slow substrates"
            }
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Solves the equation of one substrate on one box, in place, step by step.
pub struct Solver<T> {
    equation: Equation,
    scheme: Scheme<T>,
    /// Values before an audited step; empty until the first.
    before: Vec<T>,
    mean: Option<Vec<T>>,
}

enum Scheme<T> {
    Explicit(Explicit<T>),
    Implicit(Multigrid<T>, Cycles),
    QuasiSteady(Multigrid<T>, Cycles),
}

impl<T: Real> Solver<T> {
    /// `diffusion` in um^2/min.
    ///
    /// # Errors
    /// Refuses a box without sites, a negative diffusion or wall value, and a quasi-steady substrate that does not
    /// diffuse.
    pub fn new(
        lattice: &Lattice,
        diffusion: f64,
        boundary: Boundary,
        kind: SolverKind,
    ) -> Result<Self, FieldError> {
        let equation = Equation::new(lattice, diffusion, boundary)?;
        let multigrid = || Multigrid::new(lattice, equation.is_fixed());
        let scheme = match kind {
            SolverKind::Explicit => Scheme::Explicit(Explicit::new(lattice)),
            SolverKind::Implicit => Scheme::Implicit(multigrid(), implicit::CYCLES),
            SolverKind::QuasiSteady if diffusion == 0.0 => return Err(FieldError::Immobile),
            SolverKind::QuasiSteady => Scheme::QuasiSteady(multigrid(), quasi_steady::WARM),
        };
        Ok(Self { equation, scheme, before: Vec::new(), mean: None })
    }

    /// Other cycles per step (or sub-step) than the default; no effect on the explicit solver.
    #[must_use]
    pub fn with_cycles(mut self, cycles: Cycles) -> Self {
        match &mut self.scheme {
            Scheme::Explicit(_) => {}
            Scheme::Implicit(_, own) | Scheme::QuasiSteady(_, own) => *own = cycles,
        }
        self
    }

    /// Keeps the mean over each step, for [`Solver::mean`]. Costs a pass over the field per sub-step.
    #[must_use]
    pub fn with_mean(mut self) -> Self {
        self.mean = Some(vec![T::ZERO; self.equation.lattice.sites()]);
        self
    }

    /// Concentration per site that loss acted on in the last step: `loss * mean * dt` is what it took there, for
    /// solvers in sub-steps too. None without [`Solver::with_mean`].
    pub fn mean(&self) -> Option<&[T]> {
        self.mean.as_deref()
    }

    /// One step of `dt` (min) in place: `c` holds the values of the step before, `loss` (1/min, 0 or more) and
    /// `source` (concentration/min) one value per site.
    ///
    /// # Panics
    /// If a slice does not have one value per site.
    pub fn solve(&mut self, c: &mut [T], loss: &[T], source: &[T], dt: f64) {
        self.run(c, [loss, source], dt, false, None);
    }

    /// `solve` where `c` is no answer of the step before, as on the first step of a run: the quasi-steady solver
    /// takes more cycles.
    ///
    /// # Panics
    /// If a slice does not have one value per site.
    pub fn solve_cold(&mut self, c: &mut [T], loss: &[T], source: &[T], dt: f64) {
        self.run(c, [loss, source], dt, true, None);
    }

    /// `solve`, with equal bits, and the books of the step.
    ///
    /// # Panics
    /// If a slice does not have one value per site.
    pub fn solve_audited(&mut self, c: &mut [T], loss: &[T], source: &[T], dt: f64) -> Balance {
        let mut balance = Balance::default();
        self.run(c, [loss, source], dt, false, Some(&mut balance));
        balance
    }

    fn run(&mut self, c: &mut [T], fields: [&[T]; 2], dt: f64, cold: bool, audit: Option<&mut Balance>) {
        let Self { equation, scheme, before, mean } = self;
        equation.check_lengths([c, fields[0], fields[1]]);
        let trace = &mut Trace { balance: audit, before, mean: mean.as_deref_mut() };
        match scheme {
            Scheme::Explicit(explicit) => explicit.step(equation, c, fields, dt, trace),
            Scheme::Implicit(multigrid, cycles) => {
                implicit::step(multigrid, equation, c, fields, dt, &cycles.on(equation), trace);
            }
            Scheme::QuasiSteady(multigrid, warm) => {
                let cycles = if cold { &quasi_steady::COLD } else { &*warm };
                quasi_steady::step(multigrid, equation, c, fields, dt, &cycles.on(equation), trace);
            }
        }
    }
}
