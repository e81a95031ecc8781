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

/// Solves the equation of one substrate on one box, in place, step by step. What it needs room for stands on a
/// [`Bench`], which solvers of one box can share: it carries nothing from one solution to the next.
pub struct Solver<T> {
    equation: Equation,
    kind: SolverKind,
    /// Cycles per step or sub-step; no effect on the explicit solver.
    cycles: Cycles,
    /// The bench of a solver that works alone.
    own: Bench<T>,
}

/// Room to solve in, for all solvers of one box: made on first use, kept from then on.
pub struct Bench<T> {
    /// For no-flux walls, and for fixed ones.
    multigrid: [Option<Multigrid<T>>; 2],
    next: Vec<T>,
    /// Values before an audited step.
    before: Vec<T>,
    /// In double precision: what crosses fast doors is a small difference, and sub-steps are many.
    mean: Vec<f64>,
}

/// How one step is solved, beside its equation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The field is no answer of the step before, as on the first step of a run: the quasi-steady solver takes more
    /// cycles.
    pub cold: bool,
    /// Keep the mean over the step, for [`Bench::mean`]. Costs a pass over the field per sub-step.
    pub mean: bool,
}

impl<T> Default for Bench<T> {
    fn default() -> Self {
        Self { multigrid: [None, None], next: Vec::new(), before: Vec::new(), mean: Vec::new() }
    }
}

impl<T: Real> Bench<T> {
    /// Concentration per site that loss acted on in the last step that was asked to keep it: `loss * mean * dt` is what
    /// it took there, for solvers in sub-steps too.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }
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
        if kind == SolverKind::QuasiSteady && diffusion == 0.0 {
            return Err(FieldError::Immobile);
        }
        let cycles = if kind == SolverKind::QuasiSteady { quasi_steady::WARM } else { implicit::CYCLES };
        Ok(Self { equation, kind, cycles, own: Bench::default() })
    }

    /// Other cycles per step (or sub-step) than the default; no effect on the explicit solver.
    #[must_use]
    pub fn with_cycles(mut self, cycles: Cycles) -> Self {
        self.cycles = cycles;
        self
    }

    /// One step of `dt` (min) in place: `c` holds the values of the step before, `loss` (1/min, 0 or more) and
    /// `source` (concentration/min) one value per site.
    ///
    /// # Panics
    /// If a slice does not have one value per site.
    pub fn solve(&mut self, c: &mut [T], loss: &[T], source: &[T], dt: f64) {
        self.alone(c, [loss, source], dt, Step::default(), None);
    }

    /// `solve` on a bench of the caller's, in its own way, with equal bits; `audit` receives the books of the step.
    ///
    /// # Panics
    /// If a slice does not have one value per site, or the bench served a box of another size.
    pub fn solve_on(
        &self,
        bench: &mut Bench<T>,
        c: &mut [T],
        fields: [&[T]; 2],
        dt: f64,
        step: Step,
        audit: Option<&mut Balance>,
    ) {
        let equation = &self.equation;
        equation.check_lengths([c, fields[0], fields[1]]);
        let Bench { multigrid, next, before, mean } = bench;
        mean.clear();
        if step.mean {
            mean.resize(c.len(), 0.0);
        }
        let mean = step.mean.then_some(mean.as_mut_slice());
        let trace = &mut Trace { balance: audit, before, mean };
        let multigrid = &mut multigrid[usize::from(equation.is_fixed())];
        if self.kind == SolverKind::Explicit {
            return explicit::step(next, equation, c, fields, dt, trace);
        }
        let multigrid =
            multigrid.get_or_insert_with(|| Multigrid::new(&equation.lattice, equation.is_fixed()));
        if self.kind == SolverKind::Implicit {
            let cycles = self.cycles.on(equation);
            implicit::step(multigrid, equation, c, fields, dt, &cycles, trace);
        } else {
            let cycles = if step.cold { quasi_steady::COLD } else { self.cycles };
            quasi_steady::step(multigrid, equation, c, fields, dt, &cycles.on(equation), trace);
        }
    }

    /// `solve`, with equal bits, and the books of the step.
    ///
    /// # Panics
    /// If a slice does not have one value per site.
    pub fn solve_audited(&mut self, c: &mut [T], loss: &[T], source: &[T], dt: f64) -> Balance {
        let mut balance = Balance::default();
        self.alone(c, [loss, source], dt, Step::default(), Some(&mut balance));
        balance
    }

    fn alone(&mut self, c: &mut [T], fields: [&[T]; 2], dt: f64, step: Step, audit: Option<&mut Balance>) {
        let mut own = std::mem::take(&mut self.own);
        self.solve_on(&mut own, c, fields, dt, step, audit);
        self.own = own;
    }
}
