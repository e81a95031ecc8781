//! Quasi-steady solver: `loss c - D lap(c) = source` by a fixed number of multigrid cycles.
//!
//! For substrates that relax far faster than a step, such as oxygen. The step length does not enter, but for one
//! case: without any loss and with no-flux walls there is no steady state (or there are many), and the field takes
//! one implicit step of `dt` instead, which is what a slow filling of a closed box is.
use super::implicit;
use super::multigrid::{Assembly, Cycles, Multigrid};
use crate::field::equation::Equation;
use crate::field::real::Real;

/// From the answer of the step before.
pub(super) const WARM: Cycles = Cycles { count: 2, before: 2, after: 1 };
/// From anything else.
pub(super) const COLD: Cycles = Cycles { count: 6, before: 2, after: 1 };

/// Solves in place. Returns whether the steady equation was the one solved.
pub(super) fn solve<T: Real>(
    multigrid: &mut Multigrid<T>,
    equation: &Equation,
    c: &mut [T],
    [loss, source]: [&[T]; 2],
    dt: f64,
    cycles: &Cycles,
) -> bool {
    let assembly = Assembly { mass: 0.0, rate: 1.0 / equation.exchange, wall: 2.0 * equation.wall() };
    multigrid.assemble(c, loss, source, &assembly);
    if multigrid.is_singular() {
        implicit::step(multigrid, equation, c, [loss, source], dt, cycles);
        return false;
    }
    multigrid.solve(cycles);
    multigrid.store(c);
    true
}
