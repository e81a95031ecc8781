//! Quasi-steady solver: `loss c - D lap(c) = source` by multigrid cycles: a fixed number, and more between fixed
//! walls where the books of the step would not close.
//!
//! For substrates that relax far faster than a step, such as oxygen. The step length does not enter, but for one
//! case: without any loss and with no-flux walls there is no steady state (or there are many), and the field takes
//! one implicit step of `dt` instead, which is what a slow filling of a closed box is.
use super::implicit;
use super::multigrid::{Cycles, Left, Multigrid};
use crate::field::balance::{Substep, Trace};
use crate::field::equation::Equation;
use crate::field::real::Real;

/// From the answer of the step before.
pub(super) const WARM: Cycles = Cycles { count: 2, before: 2, after: 1 };
/// From anything else.
pub(super) const COLD: Cycles = Cycles { count: 6, before: 2, after: 1 };

/// Solves in place.
pub(super) fn step<T: Real>(
    multigrid: &mut Multigrid<T>,
    equation: &Equation,
    c: &mut [T],
    fields: [&[T]; 2],
    dt: f64,
    cycles: &Cycles,
    trace: &mut Trace<'_, T>,
) {
    multigrid.set_left(fields[0], &Left { mass: 0.0, rate: 1.0 / equation.exchange });
    if multigrid.is_singular() {
        return implicit::step(multigrid, equation, c, fields, dt, cycles, trace);
    }
    trace.begin(c);
    multigrid.load(c);
    multigrid.set_right(fields[1], equation.wall());
    multigrid.solve(cycles);
    // What is lost is what comes. Of a substrate that diffuses fast and is lost slowly single precision keeps the shape, but
    // hardly its level: up to half of it was missing at 1e5 um^2/min and 1e-4 /min.
    if equation.is_fixed() {
        multigrid.settle(fields[0], dt, cycles);
    } else {
        multigrid.conserve(fields[0]);
    }
    let clamped = if trace.balance.is_some() { multigrid.clamped() } else { 0.0 };
    multigrid.store(c);
    trace.end(equation, c, fields, Substep { index: 0, count: 1, dt }, clamped, true);
}
