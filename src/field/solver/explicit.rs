//! Explicit solver: forward in time, central in space (FTCS), in sub-steps of its own.
//!
//! The simplest scheme, with exact discrete identities (mass, variance, mode factors): the reference for the
//! others, and the choice for slow substrates. Stable below `1 / (2 d D / dx^2 + largest loss)`, d = number of axes
//! along which the substrate moves; sub-steps are 0.9 of that, or of the shorter limit below which sites at fixed
//! walls keep positive values positive too. First order in time. Cost grows with D / dx^2: 3600 sub-steps an hour
//! at 6000 um^2/min and 20 um.
use crate::field::Boundary;
use crate::field::balance::{Entry, Substep, Trace, clamped};
use crate::field::equation::{Equation, FieldError};
use crate::field::real::Real;
use crate::lattice::Lattice;
use tme_dispatch::wide;

/// Share of the stability limit that a sub-step takes.
const SAFETY: f64 = 0.9;

/// Solves one step in place; `next` is scratch of any content.
pub(super) fn step<T: Real>(
    next: &mut Vec<T>,
    equation: &Equation,
    c: &mut [T],
    [loss, source]: [&[T]; 2],
    dt: f64,
    trace: &mut Trace<'_, T>,
) {
    next.resize(c.len(), T::ZERO);
    let count = 1 + (dt / (SAFETY * positive_limit(equation, loss))) as u64;
    let h = dt / count as f64;
    let (mut old, mut new) = (&mut *c, next.as_mut_slice());
    for index in 0..count {
        advance(equation, old, new, [loss, source], h);
        let clamped = if trace.balance.is_some() { clamped(new) } else { 0.0 };
        wide!(new.iter_mut().for_each(|v| *v = v.stored()));
        trace.average(old, Substep { index, count, dt: h });
        if let Some(balance) = &mut trace.balance {
            let entry =
                Entry { before: old, after: new, at: old, loss, source, dt: h, clamped, steady: false };
            entry.book(equation, balance, index == 0);
        }
        std::mem::swap(&mut old, &mut new);
    }
    if count % 2 == 1 {
        c.copy_from_slice(next);
    }
}

/// Largest stable step, min.
fn limit<T: Real>(equation: &Equation, loss: &[T]) -> f64 {
    1.0 / (2.0 * equation.active_axes() as f64 * equation.exchange + largest(loss))
}

/// Largest step (min) whose result is a sum of positive terms everywhere, in the corners of fixed walls too.
fn positive_limit<T: Real>(equation: &Equation, loss: &[T]) -> f64 {
    1.0 / (equation.largest_outflow() + largest(loss))
}

fn largest<T: Real>(loss: &[T]) -> f64 {
    loss.iter().fold(T::ZERO, |a, &b| if b > a { b } else { a }).to_f64()
}

/// One plain FTCS step of `dt` (min) from `c` into `next`, nothing clamped: `c + dt (D lap(c) - loss c + source)`,
/// 5-point Laplacian in 2D, 7-point in 3D, `diffusion` in um^2/min. First order in time, second in space.
///
/// # Errors
/// A `dt` above the stability limit is refused, with the largest allowed one.
///
/// # Panics
/// If a slice does not have one value per site.
pub fn ftcs_step<T: Real>(
    lattice: &Lattice,
    diffusion: f64,
    boundary: Boundary,
    c: &[T],
    next: &mut [T],
    [loss, source]: [&[T]; 2],
    dt: f64,
) -> Result<(), FieldError> {
    let equation = Equation::new(lattice, diffusion, boundary)?;
    equation.check_lengths([c, loss, source]);
    assert_eq!(next.len(), c.len(), "a field has one value per site");
    let limit = limit(&equation, loss);
    if dt > limit {
        return Err(FieldError::StepTooLong { dt, limit });
    }
    advance(&equation, c, next, [loss, source], dt);
    Ok(())
}

fn advance<T: Real>(equation: &Equation, c: &[T], next: &mut [T], fields: [&[T]; 2], dt: f64) {
    wide!(sweep(equation, c, next, fields, dt));
}

#[inline(always)]
fn sweep<T: Real>(equation: &Equation, c: &[T], next: &mut [T], [loss, source]: [&[T]; 2], dt: f64) {
    let (nx, ny, nz) = (equation.lattice.nx, equation.lattice.ny, equation.lattice.nz);
    let plane = nx * ny;
    let exchange = T::from_f64(dt * equation.exchange);
    let h = T::from_f64(dt);
    let neighbors = T::from_f64(if nz == 1 { 4.0 } else { 6.0 });
    let wall = T::from_f64(equation.wall());
    for (row, out) in next.chunks_exact_mut(nx).enumerate() {
        let (y, z) = (row % ny, row / ny);
        let begin = row * nx;
        let own = &c[begin..begin + nx];
        // Beyond a no-flux wall lies the mirror image of the row itself.
        let up = if y > 0 { &c[begin - nx..begin] } else { own };
        let down = if y + 1 < ny { &c[begin + nx..begin + 2 * nx] } else { own };
        let front = if z > 0 { &c[begin - plane..begin - plane + nx] } else { own };
        let back = if z + 1 < nz { &c[begin + plane..begin + plane + nx] } else { own };
        let (loss, source) = (&loss[begin..begin + nx], &source[begin..begin + nx]);
        let value = |i: usize, left: T, right: T| {
            let mut sum = (left + right) + (up[i] + down[i]);
            if nz > 1 {
                sum += front[i] + back[i];
            }
            own[i] + (exchange * (sum - neighbors * own[i]) + h * (source[i] - loss[i] * own[i]))
        };
        let last = nx - 1;
        for i in 1..last {
            out[i] = value(i, own[i - 1], own[i + 1]);
        }
        out[0] = value(0, own[0], own[if last > 0 { 1 } else { 0 }]);
        if last > 0 {
            out[last] = value(last, own[last - 1], own[last]);
        }
        if equation.is_fixed() {
            // A fixed wall adds 2 (wall - c) per face to what the mirror image gave.
            let face = exchange + exchange;
            let faces = T::from_f64(equation.row_faces(row) as f64);
            for (o, &v) in out.iter_mut().zip(own) {
                *o += faces * face * (wall - v);
            }
            out[0] += face * (wall - own[0]);
            out[last] += face * (wall - own[last]);
        }
    }
}
