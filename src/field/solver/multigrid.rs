//! Multigrid V-cycles for `reaction * c - laplacian(c) = right` on a box of any size, walls no-flux or fixed.
//!
//! Smoother: red-black Gauss-Seidel (`level`). Restriction: volume mean over the children. Prolongation: linear
//! per axis. Coarse operators: the same finite-volume equation on cells twice as wide, with the mean of the
//! reaction; a fixed wall enters on each level by the width of that level and is never averaged (averaging it
//! ruins the convergence). The bottom is one cell, solved directly. After a sweep the residual of the black
//! cells is exactly zero, and a sweep overwrites the red cells without reading them, so residuals are computed on
//! red cells only and corrections are added to black cells only. The number of cycles is the caller's and
//! fixed: no branch depends on a residual. Time does not enter here.
use super::axis::{Axis, Interpolation};
use super::level::{Level, Row, join, part};
use crate::field::equation::Equation;
use crate::field::real::Real;
use crate::lattice::Lattice;

/// `count` V-cycles, each with `before` sweeps on the way down and `after` sweeps on the way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    pub count: usize,
    pub before: usize,
    pub after: usize,
}

impl Cycles {
    /// Three times as many cycles on a box that is a line of sites or little more, where a point sink parts the box
    /// in two and a cycle reduces the error by 2 to 4 instead of 10.
    pub(super) fn on(&self, equation: &Equation) -> Self {
        let sides = [equation.lattice.nx, equation.lattice.ny, equation.lattice.nz];
        let narrow = sides.iter().filter(|&&n| n > NARROW).count() < 2;
        Self { count: if narrow { 3 * self.count } else { self.count }, ..*self }
    }
}

/// A box with fewer than two sides above this is solved as a line.
const NARROW: usize = 4;

/// The left-hand side: `reaction = mass + rate * loss` per site. On the right stand `mass * c + rate * source`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub mass: f64,
    pub rate: f64,
}

/// Ratio of the squares of the widths of cells on neighboring levels, by which equations are scaled.
const COARSENING: f64 = 4.0;

/// The levels of one box, finest first, with all scratch.
pub(super) struct Multigrid<T> {
    levels: Vec<Level<T>>,
    /// Weights from each level but the last to the next coarser one.
    transfers: Vec<Transfer<T>>,
    /// Two rows in natural order of x, with one cell of 0 beyond each end.
    row: Vec<T>,
    spare: Vec<T>,
    left: Left,
    /// Index of the coarsest level in use.
    depth: usize,
}

/// Weights between a level and the next coarser one.
struct Transfer<T> {
    /// Interpolation along x, parted as a row is: parent and parent's neighbor.
    x_near: Vec<T>,
    x_far: Vec<T>,
    /// Interpolation along y and z.
    y: Vec<Interpolation>,
    z: Vec<Interpolation>,
    /// Shares of the children in their parent along y and z; along x all but the last are halves.
    y_shares: Vec<[f64; 2]>,
    z_shares: Vec<[f64; 2]>,
    x_last: [f64; 2],
}

impl<T: Real> Transfer<T> {
    fn new(fine: &Level<T>, coarse: &Level<T>) -> Self {
        let axes = &fine.axes;
        let interpolations = |axis: &Axis| (0..axis.n).map(|i| axis.interpolation(i)).collect();
        let shares = |a: usize| (0..coarse.axes[a].n).map(|i| axes[a].shares(i)).collect();
        let mut x_near = vec![T::ZERO; fine.stride];
        let mut x_far = vec![T::ZERO; fine.stride];
        for x in 0..axes[0].n {
            let slot = fine.offset(x % 2) + x / 2;
            let weights = axes[0].interpolation(x);
            x_near[slot] = T::from_f64(weights.near);
            x_far[slot] = T::from_f64(weights.far);
        }
        Self {
            x_near,
            x_far,
            y: interpolations(&axes[1]),
            z: interpolations(&axes[2]),
            y_shares: shares(1),
            z_shares: shares(2),
            x_last: axes[0].shares(coarse.axes[0].n - 1),
        }
    }
}

impl<T: Real> Multigrid<T> {
    pub fn new(lattice: &Lattice, fixed: bool) -> Self {
        let sides = [lattice.nx, lattice.ny, lattice.nz];
        let mut axes = [0, 1, 2].map(|a| Axis::finest(sides[a], fixed && a < lattice.dimensions()));
        let mut scale = 1.0;
        let mut levels = vec![Level::new(axes, scale)];
        while axes.iter().any(|axis| axis.n > 1) {
            axes = axes.map(|axis| axis.coarser());
            scale *= COARSENING;
            levels.push(Level::new(axes, scale));
        }
        let transfers = levels.windows(2).map(|pair| Transfer::new(&pair[0], &pair[1])).collect();
        let width = levels[0].stride;
        Self {
            levels,
            transfers,
            row: vec![T::ZERO; width],
            spare: vec![T::ZERO; width],
            left: Left { mass: 0.0, rate: 0.0 },
            depth: 0,
        }
    }

    /// Whether the assembled problem has no solution or many: no reaction anywhere and no fixed wall.
    pub fn is_singular(&self) -> bool {
        let bottom = &self.levels[self.depth];
        // Slot 1 of a one-cell level is its only cell; its diagonal is the mean reaction plus its walls.
        bottom.rows() == 1 && bottom.half == 1 && bottom.diagonal[bottom.offset(0)] <= T::ZERO
    }

    /// Takes over the values to start from.
    pub fn load(&mut self, c: &[T]) {
        let fine = &mut self.levels[0];
        let (half, nx) = (fine.half, fine.axes[0].n);
        for (own, sites) in fine.c.chunks_exact_mut(fine.stride).zip(c.chunks_exact(nx)) {
            part(sites, half, own, |v| v);
        }
    }

    /// Takes over the left-hand side and derives that of all levels in use.
    pub fn set_left(&mut self, loss: &[T], left: &Left) {
        self.left = *left;
        // Where the mass outweighs the exchange with the neighbors, sweeps alone converge: no coarser level helps.
        let mut weight = 4.0;
        self.depth = 0;
        while self.depth < self.transfers.len() && weight > left.mass {
            weight *= 0.25;
            self.depth += 1;
        }
        let fine = &mut self.levels[0];
        let (half, nx) = (fine.half, fine.axes[0].n);
        let (mass, rate) = (T::from_f64(left.mass), T::from_f64(left.rate));
        for (own, sites) in fine.diagonal.chunks_exact_mut(fine.stride).zip(loss.chunks_exact(nx)) {
            part(sites, half, own, |l| mass + rate * l);
        }
        for l in 0..self.depth {
            self.restrict_reaction(l);
            self.levels[l].finish_diagonal();
        }
        self.levels[self.depth].finish_diagonal();
    }

    /// Makes the right-hand side from the current values, clamped as they would be stored, and `source`. `wall` is
    /// the value on fixed walls.
    pub fn set_right(&mut self, source: &[T], wall: f64) {
        let fine = &mut self.levels[0];
        let (half, nx, stride) = (fine.half, fine.axes[0].n, fine.stride);
        let (mass, rate) = (T::from_f64(self.left.mass), T::from_f64(self.left.rate));
        let rows = fine.right.chunks_exact_mut(stride).zip(fine.c.chunks_exact_mut(stride));
        for ((right, c), sites) in rows.zip(source.chunks_exact(nx)) {
            part(sites, half, right, |s| rate * s);
            if self.left.mass > 0.0 {
                for (r, v) in right.iter_mut().zip(c) {
                    *v = v.stored();
                    *r += mass * *v;
                }
            }
        }
        if wall > 0.0 {
            self.add_walls(wall);
        }
    }

    fn add_walls(&mut self, wall: f64) {
        let fine = &mut self.levels[0];
        let [nx, ny, nz] = fine.axes.map(|a| a.n);
        let inflow = |a: usize, i: usize| wall * fine.axes[a].coupling(i).wall;
        let (first, last) = (inflow(0, 0), inflow(0, nx - 1));
        let begins = [fine.offset(0), fine.offset(1)];
        let slot = |x: usize| begins[x % 2] + x / 2;
        for row in 0..ny * nz {
            let across = inflow(1, row % ny) + inflow(2, row / ny);
            let own = &mut fine.right[row * fine.stride..(row + 1) * fine.stride];
            if across > 0.0 {
                for x in 0..nx {
                    own[slot(x)] += T::from_f64(across);
                }
            }
            own[slot(0)] += T::from_f64(first);
            if nx > 1 {
                own[slot(nx - 1)] += T::from_f64(last);
            }
        }
    }

    /// Hands the solution out: nothing negative, nothing subnormal.
    pub fn store(&self, c: &mut [T]) {
        let fine = &self.levels[0];
        let nx = fine.axes[0].n;
        for (own, sites) in fine.c.chunks_exact(fine.stride).zip(c.chunks_exact_mut(nx)) {
            join(own, fine.half, sites, T::stored);
        }
    }

    /// The current values of the finest level, in its own layout with zeros between rows.
    #[cfg(test)]
    pub fn finest(&self) -> &[T] {
        &self.levels[0].c
    }

    /// Makes zero the exact solution, so that the iterate is the error.
    #[cfg(test)]
    pub fn set_zero_right(&mut self) {
        self.levels[0].right.fill(T::ZERO);
    }

    #[cfg(test)]
    pub fn smooth_finest(&mut self, count: usize) {
        self.levels[0].smooth(count);
    }

    /// What `store` adds by clamping negative values, sum over the sites.
    pub fn clamped(&self) -> f64 {
        let fine = &self.levels[0];
        let rows = fine.c.chunks_exact(fine.stride);
        rows.map(|row| row.iter().map(|v| v.stored().to_f64() - v.to_f64()).sum::<f64>()).sum()
    }

    pub fn solve(&mut self, cycles: &Cycles) {
        for _ in 0..cycles.count {
            self.cycle(cycles.before, cycles.after);
        }
    }

    /// One V-cycle. `before` and `after` are at least 1, or residuals and corrections would be incomplete.
    fn cycle(&mut self, before: usize, after: usize) {
        let bottom = self.depth;
        for l in 0..bottom {
            self.levels[l].smooth(before.max(1));
            self.restrict_residual(l);
        }
        // One sweep solves a single cell; a level that is not one is there because sweeps converge on it.
        self.levels[bottom].smooth(before.max(1) + after.max(1));
        for l in (0..bottom).rev() {
            self.prolong(l);
            self.levels[l].smooth(after.max(1));
        }
    }

    fn restrict_reaction(&mut self, l: usize) {
        let Self { levels, transfers, row, .. } = self;
        let (fine, coarse) = levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&fine[l], &mut coarse[0], &transfers[l]);
        let (stride, half) = (fine.stride, fine.half);
        for parent in 0..coarse.rows() {
            row[1..=half].fill(T::ZERO);
            for (child, weight) in children(fine, coarse, transfer, parent) {
                for odd in 0..2 {
                    let begin = child.index * stride + fine.offset(odd);
                    let values = &fine.diagonal[begin..begin + half];
                    accumulate(&mut row[1..=half], values, weight, transfer.x_last[odd]);
                }
            }
            row[half + 1] = T::ZERO;
            let slots = parent * coarse.stride..(parent + 1) * coarse.stride;
            part_padded(&row[1..], coarse.half, &mut coarse.diagonal[slots]);
        }
    }

    fn restrict_residual(&mut self, l: usize) {
        let Self { levels, transfers, row, spare, .. } = self;
        let (fine, coarse) = levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&fine[l], &mut coarse[0], &transfers[l]);
        let half = fine.half;
        coarse.c.fill(T::ZERO);
        for parent in 0..coarse.rows() {
            row[1..=half].fill(T::ZERO);
            for (child, weight) in children(fine, coarse, transfer, parent) {
                fine.red_residual(&child, spare);
                let last = transfer.x_last[Level::<T>::parity(child.y, child.z, 0)];
                accumulate(&mut row[1..=half], &spare[..half], weight, last);
            }
            row[half + 1] = T::ZERO;
            let slots = parent * coarse.stride..(parent + 1) * coarse.stride;
            part_padded(&row[1..], coarse.half, &mut coarse.right[slots]);
        }
    }

    /// Adds the correction of level `l + 1` to the black cells of level `l`.
    fn prolong(&mut self, l: usize) {
        let Self { levels, transfers, row, spare, .. } = self;
        let (fine, coarse) = levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&mut fine[l], &coarse[0], &transfers[l]);
        let (half, stride) = (fine.half, fine.stride);
        let wide = coarse.axes[1].n;
        let mut child = fine.first_row();
        for _ in 0..fine.rows() {
            let sum = &mut spare[..coarse.stride];
            let mut first = true;
            for (k, wz) in partners(&transfer.z[child.z], child.z) {
                for (j, wy) in partners(&transfer.y[child.y], child.y) {
                    let weight = T::from_f64(wz * wy);
                    let values = &coarse.c[(j + wide * k) * coarse.stride..][..coarse.stride];
                    if first {
                        first = false;
                        for (s, &v) in sum.iter_mut().zip(values) {
                            *s = weight * v;
                        }
                    } else {
                        for (s, &v) in sum.iter_mut().zip(values) {
                            *s += weight * v;
                        }
                    }
                }
            }
            join(sum, coarse.half, &mut row[1..=half], |v| v);
            row[half + 1] = T::ZERO;
            let black = Level::<T>::parity(child.y, child.z, 1);
            let begin = fine.offset(black);
            let near = &row[1..=half];
            let far = &row[2 * black..][..half];
            let (near_weight, far_weight) =
                (&transfer.x_near[begin..][..half], &transfer.x_far[begin..][..half]);
            let target = &mut fine.c[child.index * stride + begin..][..half];
            for (i, c) in target.iter_mut().enumerate() {
                *c += near_weight[i] * near[i] + far_weight[i] * far[i];
            }
            child.advance();
        }
    }
}

/// Rows of the children of coarse row `parent`, with their shares in its volume times the change of scale.
fn children<T: Real>(
    fine: &Level<T>,
    coarse: &Level<T>,
    transfer: &Transfer<T>,
    parent: usize,
) -> impl Iterator<Item = (Row, f64)> {
    let (ny, nz, wide) = (fine.axes[1].n, fine.axes[2].n, coarse.axes[1].n);
    let (j, k) = (parent % wide, parent / wide);
    let (y_shares, z_shares) = (transfer.y_shares[j], transfer.z_shares[k]);
    (0..4).filter_map(move |i| {
        let (a, b) = (i % 2, i / 2);
        let weight = COARSENING * y_shares[a] * z_shares[b];
        let (y, z) = (2 * j + a, 2 * k + b);
        (weight > 0.0).then_some((Row { index: y + ny * z, y, z, ny, nz }, weight))
    })
}

/// The one or two coarse indices that a fine index interpolates between, with their weights.
fn partners(weights: &Interpolation, child: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
    let parent = child / 2;
    let partner = if child.is_multiple_of(2) { parent.wrapping_sub(1) } else { parent + 1 };
    let far = (weights.far > 0.0).then_some((partner, weights.far));
    std::iter::once((parent, weights.near)).chain(far)
}

/// `sum += weight * share * values`, where the share along x is a half but for the last cell.
fn accumulate<T: Real>(sum: &mut [T], values: &[T], weight: f64, last: f64) {
    let n = sum.len() - 1;
    let w = T::from_f64(0.5 * weight);
    for (s, &v) in sum[..n].iter_mut().zip(&values[..n]) {
        *s += w * v;
    }
    if last > 0.0 {
        sum[n] += T::from_f64(last * weight) * values[n];
    }
}

/// `part` of a row that has a 0 after its last cell, so that an odd side gives a phantom of 0.
fn part_padded<T: Real>(natural: &[T], half: usize, parted: &mut [T]) {
    part(&natural[..2 * half], half, parted, |v| v);
}
