//! One multigrid level: its fields, stored by color, and the red-black sweep over them.
//!
//! Cells with `x + y + z` even are red, the others black; a red cell has black neighbors only. Each color has an
//! array of its own, and a cell stands at `lead + y p + z q + (x + y + z) / 2` in it (rounded down). In that
//! order the neighbors of a red cell `a` are the black cells `a - 1, a` (along x), `a - p - 1, a + p` (y) and
//! `a - q - 1, a + q` (z), those of a black cell the same plus 1: *the same for all cells*. A sweep over one color
//! is therefore one plain loop over the whole level, whatever the length of its rows, without any aliasing, and
//! the compiler makes vector code of it. `p` and `q` leave room for zeros that stand in for what lies beyond the
//! ends of rows and planes; there `inverse` is 0, so that they stay 0. No equation is assembled here.
use super::axis::Axis;
use crate::field::real::Real;
use std::ops::Range;
use tme_dispatch::wide;

/// Cells of one color that a sweep does before it turns to the other color, so that both find them in the cache.
const BLOCK: usize = 2048;

/// Scratch fields of one level, by color, for `diagonal * c - sum(coefficient * neighbor) = right`. The equations
/// are scaled so that the coefficient between two cells of full width is 1.
pub(super) struct Level<T> {
    pub axes: [Axis; 3],
    /// Cells of one parity of x in a row: (nx + 1) / 2.
    pub half: usize,
    pub c: [Vec<T>; 2],
    pub right: [Vec<T>; 2],
    pub diagonal: [Vec<T>; 2],
    /// 1 / diagonal; 0 between rows, and where the diagonal is 0.
    pub inverse: [Vec<T>; 2],
    lead: usize,
    /// Distance of rows and of planes.
    p: usize,
    q: usize,
    /// Cells with other coefficients than 1: those at the end of an axis whose last cell is narrower.
    special: [Vec<Special<T>>; 2],
    /// Sum of all coefficients of a cell, walls included: x (by parity of x) + y + z.
    x_sum: [Vec<T>; 2],
    y_sum: Vec<T>,
    z_sum: Vec<T>,
}

/// A cell with its own coefficients, toward lower and upper x, y, z.
struct Special<T> {
    at: usize,
    k: [T; 6],
}

/// Cells of one row with x of one parity, in ascending order of x.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub color: usize,
    pub begin: usize,
}

impl<T: Real> Level<T> {
    /// `scale` is the square of the full width of its cells.
    pub fn new(axes: [Axis; 3], scale: f64) -> Self {
        let [nx, ny, nz] = axes.map(|a| a.n);
        let half = nx.div_ceil(2);
        let p = half + 2;
        let q = if nz > 1 { (ny + 1) * p + ny / 2 + 2 } else { 0 };
        let lead = (p + q + 2).next_multiple_of(16);
        let len = lead + q * nz + p * ny + (ny + nz) / 2 + half + lead;
        let colors = || [vec![T::ZERO; len], vec![T::ZERO; len]];
        let sum = |axis: &Axis, i: usize| {
            let k = axis.coupling(i);
            T::from_f64(scale * (k.lower + k.upper + k.wall))
        };
        let mut level = Self {
            half,
            c: colors(),
            right: colors(),
            diagonal: colors(),
            inverse: colors(),
            lead,
            p,
            q,
            special: [Vec::new(), Vec::new()],
            x_sum: [0, 1].map(|odd| (odd..nx).step_by(2).map(|x| sum(&axes[0], x)).collect()),
            y_sum: (0..ny).map(|y| sum(&axes[1], y)).collect(),
            z_sum: (0..nz).map(|z| sum(&axes[2], z)).collect(),
            axes,
        };
        level.special = level.find_special(scale);
        level
    }

    fn find_special(&self, scale: f64) -> [Vec<Special<T>>; 2] {
        let mut special = [Vec::new(), Vec::new()];
        let near_end = |a: usize, i: usize| self.axes[a].is_graded() && i + 2 >= self.axes[a].n;
        for z in 0..self.axes[2].n {
            for y in 0..self.axes[1].n {
                for x in 0..self.axes[0].n {
                    if near_end(0, x) || near_end(1, y) || near_end(2, z) {
                        let [kx, ky, kz] =
                            [self.axes[0].coupling(x), self.axes[1].coupling(y), self.axes[2].coupling(z)];
                        let k = [kx.lower, kx.upper, ky.lower, ky.upper, kz.lower, kz.upper];
                        let run = self.run(y, z, x % 2);
                        let k = k.map(|k| T::from_f64(scale * k));
                        special[run.color].push(Special { at: run.begin + x / 2, k });
                    }
                }
            }
        }
        special
    }

    pub fn rows(&self) -> usize {
        self.axes[1].n * self.axes[2].n
    }

    /// `y` and `z` of each row in ascending order.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let [_, ny, nz] = self.axes.map(|a| a.n);
        (0..nz).flat_map(move |z| (0..ny).map(move |y| (y, z)))
    }

    /// Where the cells with even (`odd` = 0) or odd x of a row are.
    pub fn run(&self, y: usize, z: usize, odd: usize) -> Run {
        let sum = odd + y + z;
        Run { color: sum % 2, begin: self.lead + y * self.p + z * self.q + sum / 2 }
    }

    /// Turns the reaction coefficients in `diagonal` into the whole diagonal and its inverse.
    pub fn finish_diagonal(&mut self) {
        wide!(self.complete());
    }

    #[inline(always)]
    fn complete(&mut self) {
        for (y, z) in self.places() {
            let rest = self.y_sum[y] + self.z_sum[z];
            for odd in 0..2 {
                let Run { color, begin } = self.run(y, z, odd);
                let sums = &self.x_sum[odd];
                let slots = begin..begin + sums.len();
                let diagonal = &mut self.diagonal[color][slots.clone()];
                for ((d, i), &s) in diagonal.iter_mut().zip(&mut self.inverse[color][slots]).zip(sums) {
                    let whole = *d + (s + rest);
                    *d = whole;
                    *i = if whole > T::ZERO { T::ONE / whole } else { T::ZERO };
                }
            }
        }
    }

    /// `count` Gauss-Seidel sweeps, red cells then black ones, in one pass over memory each: black cells follow as
    /// soon as the red ones around them are done.
    pub fn smooth(&mut self, count: usize) {
        let cells = self.cells();
        let regular = self.special[0].is_empty() && self.special[1].is_empty();
        let block = if regular { BLOCK } else { cells.len() };
        // A black cell reads red ones up to this far ahead.
        let reach = if self.q > 0 { self.q + 1 } else { self.p + 1 };
        wide!({
            for _ in 0..count {
                let (mut red, mut black) = (cells.start, cells.start);
                while black < cells.end {
                    let next = if red + block < cells.end { red + block } else { cells.end };
                    self.relax(0, red..next);
                    red = next;
                    let ready = if red == cells.end { red } else { red - reach.min(red - black) };
                    self.relax(1, black..ready);
                    black = ready;
                }
            }
        });
    }

    fn cells(&self) -> Range<usize> {
        self.lead..self.c[0].len() - self.lead
    }

    /// Solves the equations of the cells of one color for their own value.
    #[inline(always)]
    fn relax(&mut self, color: usize, cells: Range<usize>) {
        let [red, black] = &mut self.c;
        let (own, other) = if color == 0 { (red, &*black) } else { (black, &*red) };
        let inverse = &self.inverse[color][cells.clone()];
        let right = &self.right[color];
        let steps = [self.p, self.q];
        row_sums(
            other,
            steps,
            color,
            right,
            &mut own[cells.clone()],
            cells,
            #[inline(always)]
            |sum, c, i| {
                *c = sum * inverse[i];
            },
        );
        for special in &self.special[color] {
            let sum = right[special.at] + special.sum(other, steps, color);
            own[special.at] = sum * self.inverse[color][special.at];
        }
    }

    /// Residual of the red cells, at their places in `out`; that of black cells is 0 after a sweep.
    pub fn red_residual(&self, out: &mut [T]) {
        let cells = self.cells();
        let (c, diagonal, right) = (&self.c[0], &self.diagonal[0], &self.right[0]);
        let (own, factor) = (&c[cells.clone()], &diagonal[cells.clone()]);
        let steps = [self.p, self.q];
        wide!({
            row_sums(
                &self.c[1],
                steps,
                0,
                right,
                &mut out[cells.clone()],
                cells,
                #[inline(always)]
                |sum, r, i| {
                    *r = sum - factor[i] * own[i];
                },
            );
        });
        for special in &self.special[0] {
            let sum = right[special.at] + special.sum(&self.c[1], steps, 0);
            out[special.at] = sum - diagonal[special.at] * c[special.at];
        }
    }
}

impl<T: Real> Special<T> {
    #[inline(always)]
    fn sum(&self, other: &[T], [p, q]: [usize; 2], color: usize) -> T {
        let (low, high) = (self.at + color - 1, self.at + color);
        let [xl, xu, yl, yu, zl, zu] = self.k;
        let flat = (xl * other[low] + xu * other[high]) + (yl * other[low - p] + yu * other[high + p]);
        if q == 0 { flat } else { flat + (zl * other[low - q] + zu * other[high + q]) }
    }
}

/// `put(right + sum of neighbors, slot of target, index)` for the cells of one color in a range.
#[inline(always)]
fn row_sums<T: Real>(
    other: &[T],
    [p, q]: [usize; 2],
    color: usize,
    right: &[T],
    target: &mut [T],
    cells: Range<usize>,
    put: impl Fn(T, &mut T, usize),
) {
    let n = target.len();
    let (low, high) = (cells.start + color - 1, cells.start + color);
    let right = &right[cells][..n];
    let (l, r) = (&other[low..][..n], &other[high..][..n]);
    let (u, d) = (&other[low - p..][..n], &other[high + p..][..n]);
    if q == 0 {
        for (i, t) in target.iter_mut().enumerate() {
            put(right[i] + ((l[i] + r[i]) + (u[i] + d[i])), t, i);
        }
    } else {
        let (f, b) = (&other[low - q..][..n], &other[high + q..][..n]);
        for (i, t) in target.iter_mut().enumerate() {
            put(right[i] + (((l[i] + r[i]) + (u[i] + d[i])) + (f[i] + b[i])), t, i);
        }
    }
}
