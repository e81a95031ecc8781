//! Implicit solver: one backward Euler step by a fixed number of multigrid cycles, warm start.
//!
//! `(1 + dt loss) c' - dt D lap(c') = c + dt source`. First order in time, no stability limit, positive but for the
//! iteration error (clamped).
use super::multigrid::{Assembly, Cycles, Multigrid};
use crate::field::equation::Equation;
use crate::field::real::Real;

/// Two cycles leave less than the error of the time step at any D (see the tests of this folder).
pub(super) const CYCLES: Cycles = Cycles { count: 2, before: 1, after: 1 };

/// Below this share of a site's content exchanged per step, diffusion is lost in rounding even in f64.
const IMMOBILE: f64 = 1e-20;

/// Solves one step in place.
pub(super) fn step<T: Real>(
    multigrid: &mut Multigrid<T>,
    equation: &Equation,
    c: &mut [T],
    [loss, source]: [&[T]; 2],
    dt: f64,
    cycles: &Cycles,
) {
    let exchanged = dt * equation.exchange;
    if exchanged < IMMOBILE {
        let h = T::from_f64(dt);
        for ((c, &l), &s) in c.iter_mut().zip(loss).zip(source) {
            *c = ((*c + h * s) / (T::ONE + h * l)).stored();
        }
        return;
    }
    let assembly =
        Assembly { mass: 1.0 / exchanged, rate: 1.0 / equation.exchange, wall: 2.0 * equation.wall() };
    multigrid.assemble(c, loss, source, &assembly);
    multigrid.solve(cycles);
    multigrid.store(c);
}
