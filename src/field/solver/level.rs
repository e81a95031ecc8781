//! One multigrid level: its fields in a layout parted by color, and the red-black sweep over them.
//!
//! Cells with `(x + y + z)` even are red, the others black; a red cell has black neighbors only. Each row of
//! cells is stored as its even x, then its odd x, so that the cells of one color in a row are contiguous, the
//! neighbors of all of them are contiguous too, and every loop below is a plain one over slices that the
//! compiler turns into vector code. A row is `0 e e e 0 o o o` and the next row begins with its 0: the zeros stand
//! in for what lies beyond the ends, and fill up to multiples of the vector length. Where the side is odd, the last odd slot is a phantom that stays 0. No equation is assembled here.
use super::axis::{Axis, Coupling};
use crate::field::real::Real;

/// Values in one vector of the baseline instruction set: slots begin at multiples of this.
const LANES: usize = 4;

/// Where the slots of odd x begin in a row with `half` slots of each parity.
fn odd_slots(half: usize) -> usize {
    LANES + half.next_multiple_of(LANES) + LANES
}

/// Parts a row in natural order of x into even and odd slots, each value through `map`; a phantom keeps its 0.
#[inline(always)]
pub(super) fn part<T: Real>(natural: &[T], half: usize, parted: &mut [T], map: impl Fn(T) -> T) {
    let (even, odd) = parted.split_at_mut(odd_slots(half));
    let even = &mut even[LANES..LANES + half];
    for ((pair, e), o) in natural.chunks_exact(2).zip(even.iter_mut()).zip(odd.iter_mut()) {
        *e = map(pair[0]);
        *o = map(pair[1]);
    }
    if natural.len() % 2 == 1 {
        even[half - 1] = map(natural[natural.len() - 1]);
    }
}

/// Brings even and odd slots back into natural order of x, each value through `map`.
#[inline(always)]
pub(super) fn join<T: Real>(parted: &[T], half: usize, natural: &mut [T], map: impl Fn(T) -> T) {
    let (even, odd) = parted.split_at(odd_slots(half));
    let even = &even[LANES..LANES + half];
    for ((pair, &e), &o) in natural.chunks_exact_mut(2).zip(even).zip(odd) {
        pair[0] = map(e);
        pair[1] = map(o);
    }
    if let [last] = natural.chunks_exact_mut(2).into_remainder() {
        *last = map(even[half - 1]);
    }
}

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
    /// Whether any coefficient between cells differs from 1.
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

/// One row of cells, by its place; rows are visited in the order they are stored in.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub index: usize,
    pub y: usize,
    pub z: usize,
    pub ny: usize,
    pub nz: usize,
}

impl Row {
    pub fn advance(&mut self) {
        self.index += 1;
        self.y += 1;
        if self.y == self.ny {
            self.y = 0;
            self.z += 1;
        }
    }
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

/// Coefficients that go with `Around`, where they are not all 1.
struct Coefficients<'a, T> {
    left: &'a [T],
    right: &'a [T],
    y: [T; 2],
    z: [T; 2],
}

impl<T: Real> Level<T> {
    /// `scale` is the square of the width of its cells: all equations of a level are multiplied by it, so that the
    /// coefficients between cells of full width are 1.
    pub fn new(axes: [Axis; 3], scale: f64) -> Self {
        let [nx, ny, nz] = axes.map(|a| a.n);
        let half = nx.div_ceil(2);
        let stride = odd_slots(half) + half.next_multiple_of(LANES);
        let empty = || vec![T::ZERO; stride * ny * nz];
        let pairs = |axis: &Axis| -> Vec<[T; 2]> {
            let both = |k: Coupling| [k.lower, k.upper].map(|k| T::from_f64(scale * k));
            (0..axis.n).map(|i| both(axis.coupling(i))).collect()
        };
        let sums = |axis: &Axis| -> Vec<T> {
            (0..axis.n)
                .map(|i| axis.coupling(i))
                .map(|k| T::from_f64(scale * (k.lower + k.upper + k.wall)))
                .collect()
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
            graded: axes.iter().any(Axis::is_graded),
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
            level.x_lower[slot] = T::from_f64(scale * k.lower);
            level.x_upper[slot] = T::from_f64(scale * k.upper);
            level.x_sum[slot] = T::from_f64(scale * (k.lower + k.upper + k.wall));
        }
        level
    }

    pub fn rows(&self) -> usize {
        self.axes[1].n * self.axes[2].n
    }

    /// Where the slots of even (0) or odd (1) x begin in a row.
    pub fn offset(&self, odd: usize) -> usize {
        if odd == 0 { LANES } else { odd_slots(self.half) }
    }

    /// The parity of x that cells of `color` (0 red, 1 black) have in the row at `y`, `z`.
    pub fn parity(y: usize, z: usize, color: usize) -> usize {
        (y + z + color) % 2
    }

    /// Turns the reaction coefficients in `diagonal` into the whole diagonal and its inverse.
    pub fn finish_diagonal(&mut self) {
        let (ny, stride) = (self.axes[1].n, self.stride);
        let begins = [self.offset(0), self.offset(1)];
        for row in 0..self.rows() {
            let rest = self.y_sum[row % ny] + self.z_sum[row / ny];
            let slots = row * stride..(row + 1) * stride;
            let diagonal = &mut self.diagonal[slots.clone()];
            let inverse = &mut self.inverse[slots];
            for (odd, begin) in begins.into_iter().enumerate() {
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
            let (mut red, mut black) = (self.first_row(), self.first_row());
            for step in 0..rows + lag {
                if step < rows {
                    self.relax(&red, 0);
                    red.advance();
                }
                if step >= lag {
                    self.relax(&black, 1);
                    black.advance();
                }
            }
        }
    }

    pub fn first_row(&self) -> Row {
        Row { index: 0, y: 0, z: 0, ny: self.axes[1].n, nz: self.axes[2].n }
    }

    fn coefficients(&self, row: &Row, odd: usize) -> Option<Coefficients<'_, T>> {
        let begin = self.offset(odd);
        let slots = begin..begin + self.half;
        self.graded.then(|| Coefficients {
            left: &self.x_lower[slots.clone()],
            right: &self.x_upper[slots],
            y: self.y[row.y],
            z: self.z[row.z],
        })
    }

    /// Solves the equations of one color in one row for their own cell.
    fn relax(&mut self, row: &Row, color: usize) {
        let (stride, half) = (self.stride, self.half);
        let odd = Self::parity(row.y, row.z, color);
        let begin = self.offset(odd);
        let mut c = std::mem::take(&mut self.c);
        let (before, rest) = c.split_at_mut(row.index * stride);
        let (own, after) = rest.split_at_mut(stride);
        let (target, left, right) = if odd == 0 {
            let (even, odd) = own.split_at_mut(self.offset(1) - 1);
            (&mut even[begin..begin + half], &odd[..half], &odd[1..half + 1])
        } else {
            let (even, odd) = own.split_at_mut(begin);
            (&mut odd[..half], &even[LANES..][..half], &even[LANES + 1..][..half])
        };
        let zero = &self.zero[..half];
        let around = Around {
            left,
            right,
            up: if row.y > 0 { &before[(row.index - 1) * stride + begin..][..half] } else { zero },
            down: if row.y + 1 < row.ny { &after[begin..][..half] } else { zero },
            front: if row.z > 0 { &before[(row.index - row.ny) * stride + begin..][..half] } else { zero },
            back: if row.z + 1 < row.nz { &after[(row.ny - 1) * stride + begin..][..half] } else { zero },
        };
        let own = row.index * stride + begin;
        let inverse = &self.inverse[own..own + half];
        let right = &self.right[own..own + half];
        let coefficients = self.coefficients(row, odd);
        row_sums(&around, coefficients.as_ref(), row.nz > 1, right, target, |sum, c, i| {
            *c = sum * inverse[i];
        });
        self.c = c;
    }

    /// Residual of the red cells of one row, `out[..half]`; that of black cells is 0 after a sweep.
    pub fn red_residual(&self, row: &Row, out: &mut [T]) {
        let (stride, half) = (self.stride, self.half);
        let odd = Self::parity(row.y, row.z, 0);
        let own = row.index * stride + self.offset(odd);
        let other = row.index * stride + self.offset(1 - odd) + odd;
        let zero = &self.zero[..half];
        let around = Around {
            left: &self.c[other - 1..][..half],
            right: &self.c[other..][..half],
            up: if row.y > 0 { &self.c[own - stride..][..half] } else { zero },
            down: if row.y + 1 < row.ny { &self.c[own + stride..][..half] } else { zero },
            front: if row.z > 0 { &self.c[own - row.ny * stride..][..half] } else { zero },
            back: if row.z + 1 < row.nz { &self.c[own + row.ny * stride..][..half] } else { zero },
        };
        let c = &self.c[own..own + half];
        let diagonal = &self.diagonal[own..own + half];
        let right = &self.right[own..own + half];
        let coefficients = self.coefficients(row, odd);
        row_sums(&around, coefficients.as_ref(), row.nz > 1, right, &mut out[..half], |sum, r, i| {
            *r = sum - diagonal[i] * c[i];
        });
    }
}

/// `put(right + sum of coefficient * neighbor, slot of target, index)` along one color of a row.
#[inline(always)]
fn row_sums<T: Real>(
    around: &Around<'_, T>,
    coefficients: Option<&Coefficients<'_, T>>,
    deep: bool,
    right: &[T],
    target: &mut [T],
    put: impl Fn(T, &mut T, usize),
) {
    let n = target.len();
    let (l, r, u, d) = (&around.left[..n], &around.right[..n], &around.up[..n], &around.down[..n]);
    let (f, b) = (&around.front[..n], &around.back[..n]);
    let right = &right[..n];
    match coefficients {
        // Rows of zeros stand in for missing neighbors, so that a coefficient of 1 is right at walls too.
        None if !deep => {
            for (i, t) in target.iter_mut().enumerate() {
                put(right[i] + ((l[i] + r[i]) + (u[i] + d[i])), t, i);
            }
        }
        None => {
            for (i, t) in target.iter_mut().enumerate() {
                put(right[i] + (((l[i] + r[i]) + (u[i] + d[i])) + (f[i] + b[i])), t, i);
            }
        }
        Some(k) => {
            let (xl, xu) = (&k.left[..n], &k.right[..n]);
            let ([yl, yu], [zl, zu]) = (k.y, k.z);
            for (i, t) in target.iter_mut().enumerate() {
                let flat = (xl[i] * l[i] + xu[i] * r[i]) + (yl * u[i] + yu * d[i]);
                put(right[i] + (flat + (zl * f[i] + zu * b[i])), t, i);
            }
        }
    }
}
