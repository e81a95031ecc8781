//! Quasi-steady solver: `loss c - D lap(c) = source` by a fixed number of multigrid cycles.
//!
//! For substrates that relax far faster than a step, such as oxygen. The step length does not enter, but for one
//! case: without any loss and with no-flux walls there is no steady state (or there are many), and the field takes
//! one implicit step of `dt` instead, which is what a slow filling of a closed box is.
use super::implicit;
use super::multigrid::{Cycles, Left, Multigrid};
use crate::field::balance::{Balance, Entry};
use crate::field::equation::Equation;
use crate::field::real::Real;

/// From the answer of the step before.
pub(super) const WARM: Cycles = Cycles { count: 2, before: 2, after: 1 };
/// From anything else.
pub(super) const COLD: Cycles = Cycles { count: 6, before: 2, after: 1 };

/// Solves in place. With an `audit`, `before` is scratch for it.
pub(super) fn step<T: Real>(
    multigrid: &mut Multigrid<T>,
    equation: &Equation,
    c: &mut [T],
    [loss, source]: [&[T]; 2],
    dt: f64,
    cycles: &Cycles,
    audit: Option<(&mut Balance, &mut Vec<T>)>,
) {
    multigrid.set_left(loss, &Left { mass: 0.0, rate: 1.0 / equation.exchange });
    if multigrid.is_singular() {
        return implicit::step(multigrid, equation, c, [loss, source], dt, cycles, audit);
    }
    multigrid.load(c);
    multigrid.set_right(source, equation.wall());
    multigrid.solve(cycles);
    match audit {
        None => multigrid.store(c),
        Some((balance, before)) => {
            before.clear();
            before.extend_from_slice(c);
            multigrid.store(c);
            let clamped = multigrid.clamped();
            let entry = Entry { before, after: c, at: c, loss, source, dt, clamped, steady: true };
            entry.book(equation, balance, true);
        }
    }
}
