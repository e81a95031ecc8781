//! Implicit solver: backward Euler by multigrid, a fixed number of cycles, warm start.
//!
//! `(1 + h loss) c' - h D lap(c') = c + h source`, in as many equal sub-steps `h` as the substrate is slow. First
//! order in time, no stability limit, never negative but for the iteration error (clamped).
//!
//! Why backward Euler and why sub-steps: with sources that walk a few sites per hour the error in time comes from
//! the trails they leave, and slow substrates keep sharp ones. Mean relative L2 error (2D, 1 % sources, 5 % sinks of
//! 0.5 /min, decay 0.0102 and 0.1 /min, 20 um, against a fine explicit solution), in percent:
//!
//! | D (um^2/min) | dt (min) | one step | sub-steps of this file | SDIRK2, one step | extrapolated Euler |
//! |---|---|---|---|---|---|
//! | 25 | 30 / 60 | 7.0 / 13 | 0.9 / 1.8 (8) | 3.5 / 18 | 0.9 / 3.8 |
//! | 100 | 30 / 60 | 3.5 / 6.9 | 0.9 / 1.7 (4) | 2.8 / 14 | 0.4 / 2.7 |
//! | 600 | 30 / 60 | 0.9 / 1.9 | the same (1) | 1.2 / 5.4 | 0.1 / 1.0 |
//! | 6000 | 30 / 60 | 0.1 / 0.2 | the same (1) | 0.2 / 0.8 | 0.01 / 0.2 |
//!
//! The schemes of second order overshoot below zero where a step spans several lifetimes, need two and three
//! solutions per step, and gain nothing for the fast substrates that most models have.
use super::multigrid::{Cycles, Left, Multigrid};
use crate::field::balance::{Substep, Trace};
use crate::field::equation::Equation;
use crate::field::real::Real;

/// Two cycles leave less than the error of the time step at any D (see the tests of this folder). One of V(2,1) would do
/// so from 2000 um^2/min, but at strong sinks near fixed walls it leaves 6e-3 of the turnover unbooked (limit 1e-3).
pub(super) const CYCLES: Cycles = Cycles { count: 2, before: 1, after: 1 };

/// Exchange with each neighbor (1/min) from which one step is accurate: 540 um^2/min at 20 um.
const FAST: f64 = 1.35;
/// Sub-steps of the slowest substrates.
const MOST_SUBSTEPS: u64 = 8;
/// Below this share of a site's content exchanged per step, diffusion is lost in rounding even in f64.
const IMMOBILE: f64 = 1e-20;

/// Sub-steps per step: the smallest m with `m^3 >= (FAST / exchange)^2`, at most `MOST_SUBSTEPS`.
fn substeps(exchange: f64) -> u64 {
    let slowness = (FAST / exchange) * (FAST / exchange);
    (1..MOST_SUBSTEPS).find(|&m| (m * m * m) as f64 >= slowness).unwrap_or(MOST_SUBSTEPS)
}

/// Solves one step in place.
pub(super) fn step<T: Real>(
    multigrid: &mut Multigrid<T>,
    equation: &Equation,
    c: &mut [T],
    fields: [&[T]; 2],
    dt: f64,
    cycles: &Cycles,
    trace: &mut Trace<'_, T>,
) {
    let immobile = dt * equation.exchange < IMMOBILE;
    let count = if immobile { 1 } else { substeps(equation.exchange) };
    let h = dt / count as f64;
    if !immobile {
        multigrid.load(c);
        let left = Left { mass: 1.0 / (h * equation.exchange), rate: 1.0 / equation.exchange };
        multigrid.set_left(fields[0], &left);
    }
    for index in 0..count {
        trace.begin(c);
        let mut clamped = 0.0;
        if immobile {
            decay(c, fields, h);
        } else {
            multigrid.set_right(fields[1], equation.wall());
            multigrid.solve(cycles);
            if !equation.is_fixed() {
                multigrid.conserve(fields[0]);
            }
            if trace.balance.is_some() {
                clamped = multigrid.clamped();
            }
            if trace.is_kept() || index + 1 == count {
                multigrid.store(c);
            }
        }
        trace.end(equation, c, fields, Substep { index, count, dt: h }, clamped, false);
    }
}

/// The same equation where nothing diffuses.
fn decay<T: Real>(c: &mut [T], [loss, source]: [&[T]; 2], h: f64) {
    let h = T::from_f64(h);
    for ((c, &l), &s) in c.iter_mut().zip(loss).zip(source) {
        *c = ((*c + h * s) / (T::ONE + h * l)).stored();
    }
}

#[cfg(test)]
mod tests {
    use super::substeps;

    #[test]
    fn slow_substrates_take_sub_steps() {
        let of = |diffusion: f64| substeps(diffusion / 400.0);
        assert_eq!([25.0, 100.0, 600.0, 6000.0].map(of), [8, 4, 1, 1]);
        assert_eq!(of(1e-9), 8);
    }
}
