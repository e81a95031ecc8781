//! One multigrid level: its fields in a layout parted by color, and the red-black sweep over them.
//!
//! Cells with `(x + y + z)` even are red, the others black; a red cell has black neighbors only. Each row of
//! cells is stored as its even x, then its odd x, so that the cells of one color in a row are contiguous, the
//! neighbors of all of them are contiguous too, and every loop below is a plain one over slices that the
//! compiler turns into vector code. A row is `0 e e e 0 o o o 0`: the zeros stand in for what lies beyond the
//! ends. Where the side is odd, the last odd slot is a phantom that stays 0. No equation is assembled here.
use super::axis::Axis;
use crate::field::real::Real;

/// Scratch fields of one level, for `diagonal * c - sum(coefficient * neighbor) = right`.
pub(super) struct Level<T> {
    pub axes: [Axis; 3],
    /// Slots of one parity in a row: (nx + 1) / 2.
    pub half: usize,
    /// Length of a stored row.
    pub stride: usize,
    pub c: Vec<T>,
    pub right: Vec<T>,
    pub diagonal: Vec<T>,
    /// 1 / diagonal; 0 for phantoms, and where the diagonal is 0.
    pub inverse: Vec<T>,
    /// A row of zeros, read where a row has no neighbor.
    zero: Vec<T>,
    graded: bool,
    /// Coefficients to lower and upper neighbors along x, parted as a row is, and along y and z.
    x_lower: Vec<T>,
    x_upper: Vec<T>,
    y: Vec<[T; 2]>,
    z: Vec<[T; 2]>,
    /// Sum of all coefficients of a cell, walls included: x (parted) + y + z.
    x_sum: Vec<T>,
    y_sum: Vec<T>,
    z_sum: Vec<T>,
}

/// The neighbors of one color in one row, each slice as long as the row has slots of that color.
struct Around<'a, T> {
    left: &'a [T],
    right: &'a [T],
    up: &'a [T],
    down: &'a [T],
    front: &'a [T],
    back: &'a [T],
}

/// Coefficients that go with `Around`.
struct Coefficients<'a, T> {
    x: T,
    graded: Option<(&'a [T], &'a [T])>,
    y: [T; 2],
    z: [T; 2],
    deep: bool,
}

impl<T: Real> Level<T> {
    pub fn new(axes: [Axis; 3]) -> Self {
        let [nx, ny, nz] = axes.map(|a| a.n);
        let half = nx.div_ceil(2);
        let stride = 2 * half + 3;
        let empty = || vec![T::ZERO; stride * ny * nz];
        let pairs = |axis: &Axis| -> Vec<[T; 2]> {
            (0..axis.n).map(|i| [axis.coupling(i).lower, axis.coupling(i).upper].map(T::from_f64)).collect()
        };
        let sums = |axis: &Axis| -> Vec<T> {
            (0..axis.n).map(|i| axis.coupling(i)).map(|k| T::from_f64(k.lower + k.upper + k.wall)).collect()
        };
        let mut level = Self {
            axes,
            half,
            stride,
            c: empty(),
            right: empty(),
            diagonal: empty(),
            inverse: empty(),
            zero: vec![T::ZERO; stride],
            graded: axes[0].is_graded(),
            x_lower: vec![T::ZERO; stride],
            x_upper: vec![T::ZERO; stride],
            y: pairs(&axes[1]),
            z: pairs(&axes[2]),
            x_sum: vec![T::ZERO; stride],
            y_sum: sums(&axes[1]),
            z_sum: sums(&axes[2]),
        };
        for x in 0..nx {
            let slot = level.offset(x % 2) + x / 2;
            let k = axes[0].coupling(x);
            level.x_lower[slot] = T::from_f64(k.lower);
            level.x_upper[slot] = T::from_f64(k.upper);
            level.x_sum[slot] = T::from_f64(k.lower + k.upper + k.wall);
        }
        level
    }

    pub fn rows(&self) -> usize {
        self.axes[1].n * self.axes[2].n
    }

    /// Where the slots of even (0) or odd (1) x begin in a row.
    pub fn offset(&self, odd: usize) -> usize {
        1 + odd * (self.half + 1)
    }

    /// The parity of x that cells of `color` (0 red, 1 black) have in `row`.
    pub fn parity(&self, row: usize, color: usize) -> usize {
        let ny = self.axes[1].n;
        (row % ny + row / ny + color) % 2
    }

    /// Turns the reaction coefficients in `diagonal` into the whole diagonal and its inverse.
    pub fn finish_diagonal(&mut self) {
        let (ny, stride, half) = (self.axes[1].n, self.stride, self.half);
        for row in 0..self.rows() {
            let rest = self.y_sum[row % ny] + self.z_sum[row / ny];
            let slots = row * stride..(row + 1) * stride;
            let diagonal = &mut self.diagonal[slots.clone()];
            let inverse = &mut self.inverse[slots];
            for odd in 0..2 {
                let begin = 1 + odd * (half + 1);
                // The phantom of an odd side is left out: its inverse stays 0.
                let end = begin + (self.axes[0].n + 1 - odd) / 2;
                let sums = &self.x_sum[begin..end];
                for ((d, i), &s) in diagonal[begin..end].iter_mut().zip(&mut inverse[begin..end]).zip(sums) {
                    let whole = *d + (s + rest);
                    *d = whole;
                    *i = if whole > T::ZERO { T::ONE / whole } else { T::ZERO };
                }
            }
        }
    }

    /// `count` Gauss-Seidel sweeps, red cells then black ones, in one pass over memory each: the black cells of a
    /// row follow as soon as the red ones around it are done.
    pub fn smooth(&mut self, count: usize) {
        let lag = if self.axes[2].n > 1 { self.axes[1].n } else { 1 };
        let rows = self.rows();
        for _ in 0..count {
            for row in 0..rows + lag {
                if row < rows {
                    self.relax(row, 0);
                }
                if row >= lag {
                    self.relax(row - lag, 1);
                }
            }
        }
    }

    fn coefficients(&self, row: usize, odd: usize) -> Coefficients<'_, T> {
        let ny = self.axes[1].n;
        let begin = self.offset(odd);
        let slots = begin..begin + self.half;
        Coefficients {
            x: if self.axes[0].n > 1 { self.x_upper[1] } else { T::ZERO },
            graded: self.graded.then(|| (&self.x_lower[slots.clone()], &self.x_upper[slots])),
            y: self.y[row % ny],
            z: self.z[row / ny],
            deep: self.axes[2].n > 1,
        }
    }

    /// Solves the equations of one color in one row for their own cell.
    fn relax(&mut self, row: usize, color: usize) {
        let (ny, nz, stride, half) = (self.axes[1].n, self.axes[2].n, self.stride, self.half);
        let odd = self.parity(row, color);
        let begin = self.offset(odd);
        let mut c = std::mem::take(&mut self.c);
        let (before, rest) = c.split_at_mut(row * stride);
        let (own, after) = rest.split_at_mut(stride);
        let (target, left, right) = if odd == 0 {
            let (even, odd) = own.split_at_mut(half + 1);
            (&mut even[1..], &odd[..half], &odd[1..half + 1])
        } else {
            let (even, odd) = own.split_at_mut(half + 2);
            (&mut odd[..half], &even[1..half + 1], &even[2..half + 2])
        };
        let (y, z) = (row % ny, row / ny);
        let zero = &self.zero[..half];
        let around = Around {
            left,
            right,
            up: if y > 0 { &before[(row - 1) * stride + begin..][..half] } else { zero },
            down: if y + 1 < ny { &after[begin..][..half] } else { zero },
            front: if z > 0 { &before[(row - ny) * stride + begin..][..half] } else { zero },
            back: if z + 1 < nz { &after[(ny - 1) * stride + begin..][..half] } else { zero },
        };
        let own = row * stride + begin;
        let inverse = &self.inverse[own..own + half];
        row_sums(&around, &self.coefficients(row, odd), &self.right[own..own + half], target, |sum, c, i| {
            *c = sum * inverse[i];
        });
        self.c = c;
    }

    /// Residual of the red cells of one row, `out[..half]`; that of black cells is 0 after a sweep.
    pub fn red_residual(&self, row: usize, out: &mut [T]) {
        let (ny, nz, stride, half) = (self.axes[1].n, self.axes[2].n, self.stride, self.half);
        let odd = self.parity(row, 0);
        let begin = self.offset(odd);
        let own = row * stride + begin;
        let (y, z) = (row % ny, row / ny);
        let other = row * stride + self.offset(1 - odd) + odd;
        let zero = &self.zero[..half];
        let around = Around {
            left: &self.c[other - 1..][..half],
            right: &self.c[other..][..half],
            up: if y > 0 { &self.c[own - stride..][..half] } else { zero },
            down: if y + 1 < ny { &self.c[own + stride..][..half] } else { zero },
            front: if z > 0 { &self.c[own - ny * stride..][..half] } else { zero },
            back: if z + 1 < nz { &self.c[own + ny * stride..][..half] } else { zero },
        };
        let c = &self.c[own..own + half];
        let diagonal = &self.diagonal[own..own + half];
        let coefficients = self.coefficients(row, odd);
        row_sums(&around, &coefficients, &self.right[own..own + half], &mut out[..half], |sum, r, i| {
            *r = sum - diagonal[i] * c[i];
        });
    }
}

/// `put(right + sum of coefficient * neighbor, slot of target, index)` along one color of a row.
#[inline(always)]
fn row_sums<T: Real>(
    around: &Around<'_, T>,
    k: &Coefficients<'_, T>,
    right: &[T],
    target: &mut [T],
    put: impl Fn(T, &mut T, usize),
) {
    let n = target.len();
    let (l, r, u, d) = (&around.left[..n], &around.right[..n], &around.up[..n], &around.down[..n]);
    let (f, b) = (&around.front[..n], &around.back[..n]);
    let right = &right[..n];
    let ([yl, yu], [zl, zu]) = (k.y, k.z);
    match (k.graded, k.deep) {
        (None, false) => {
            for (i, t) in target.iter_mut().enumerate() {
                put(right[i] + (k.x * (l[i] + r[i]) + (yl * u[i] + yu * d[i])), t, i);
            }
        }
        (None, true) => {
            for (i, t) in target.iter_mut().enumerate() {
                let deep = zl * f[i] + zu * b[i];
                put(right[i] + (k.x * (l[i] + r[i]) + (yl * u[i] + yu * d[i]) + deep), t, i);
            }
        }
        (Some((xl, xu)), _) => {
            let (xl, xu) = (&xl[..n], &xu[..n]);
            for (i, t) in target.iter_mut().enumerate() {
                let flat = (xl[i] * l[i] + xu[i] * r[i]) + (yl * u[i] + yu * d[i]);
                put(right[i] + (flat + (zl * f[i] + zu * b[i])), t, i);
            }
        }
    }
}
