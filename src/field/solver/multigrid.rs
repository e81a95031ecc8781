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
use super::level::Level;
use crate::field::real::Real;
use crate::lattice::Lattice;

/// `count` V-cycles, each with `before` sweeps on the way down and `after` sweeps on the way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    pub count: usize,
    pub before: usize,
    pub after: usize,
}

/// `reaction = mass + rate * loss` and `right = mass * c + rate * source` per site, plus `wall` per wall face.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assembly {
    pub mass: f64,
    pub rate: f64,
    /// Right-hand side from one face of a fixed wall: twice its value.
    pub wall: f64,
}

/// The levels of one box, finest first, with all scratch.
pub(super) struct Multigrid<T> {
    levels: Vec<Level<T>>,
    /// Weights from each level but the last to the next coarser one.
    transfers: Vec<Transfer<T>>,
    /// Two rows in natural order of x, with one cell of 0 beyond each end.
    row: Vec<T>,
    spare: Vec<T>,
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
        let mut levels = vec![Level::new(axes)];
        while axes.iter().any(|axis| axis.n > 1) {
            axes = axes.map(|axis| axis.coarser());
            levels.push(Level::new(axes));
        }
        let transfers = levels.windows(2).map(|pair| Transfer::new(&pair[0], &pair[1])).collect();
        let width = 2 * levels[0].half + 4;
        Self { levels, transfers, row: vec![T::ZERO; width], spare: vec![T::ZERO; width] }
    }

    /// Whether the assembled problem has no solution or many: no reaction anywhere and no fixed wall.
    pub fn is_singular(&self) -> bool {
        let bottom = &self.levels[self.levels.len() - 1];
        // Slot 1 of a one-cell level is its only cell; its diagonal is the mean reaction plus its walls.
        bottom.diagonal[1] <= T::ZERO
    }

    /// Takes over the start values and the coefficients, then derives those of all levels.
    pub fn assemble(&mut self, c: &[T], loss: &[T], source: &[T], assembly: &Assembly) {
        let fine = &mut self.levels[0];
        let (stride, half, nx) = (fine.stride, fine.half, fine.axes[0].n);
        let (mass, rate) = (T::from_f64(assembly.mass), T::from_f64(assembly.rate));
        for row in 0..fine.rows() {
            let sites = row * nx..(row + 1) * nx;
            let slots = row * stride..(row + 1) * stride;
            let own_c = &mut fine.c[slots.clone()];
            let own_right = &mut fine.right[slots.clone()];
            let own_reaction = &mut fine.diagonal[slots];
            part(&c[sites.clone()], half, own_c, |v| v);
            part(&loss[sites.clone()], half, own_reaction, |l| mass + rate * l);
            part(&source[sites], half, own_right, |s| rate * s);
            if mass > T::ZERO {
                for (r, &v) in own_right.iter_mut().zip(own_c.iter()) {
                    *r = *r + mass * v;
                }
            }
        }
        self.add_walls(assembly.wall);
        for l in 0..self.transfers.len() {
            self.restrict_reaction(l);
            self.levels[l].finish_diagonal();
        }
        if let Some(bottom) = self.levels.last_mut() {
            bottom.finish_diagonal();
        }
    }

    fn add_walls(&mut self, wall: f64) {
        if wall == 0.0 {
            return;
        }
        let fine = &mut self.levels[0];
        let [nx, ny, nz] = fine.axes.map(|a| a.n);
        // On the finest level the coefficient of a wall face is 2, so half of it counts faces.
        let faces = |a: usize, i: usize| 0.5 * fine.axes[a].coupling(i).wall;
        let (first, last) = (faces(0, 0), faces(0, nx - 1));
        for z in 0..nz {
            for y in 0..ny {
                let flat = faces(1, y) + faces(2, z);
                let begin = (y + ny * z) * fine.stride;
                if flat > 0.0 {
                    for x in 0..nx {
                        let slot = begin + 1 + (x % 2) * (fine.half + 1) + x / 2;
                        fine.right[slot] += T::from_f64(flat * wall);
                    }
                }
                fine.right[begin + 1] += T::from_f64(first * wall);
                if nx > 1 {
                    let x = nx - 1;
                    fine.right[begin + 1 + (x % 2) * (fine.half + 1) + x / 2] += T::from_f64(last * wall);
                }
            }
        }
    }

    /// Hands the solution out: nothing negative, nothing subnormal.
    pub fn store(&self, c: &mut [T]) {
        let fine = &self.levels[0];
        let nx = fine.axes[0].n;
        for (row, sites) in c.chunks_exact_mut(nx).enumerate() {
            let own = &fine.c[row * fine.stride..(row + 1) * fine.stride];
            let even = &own[1..=fine.half];
            let odd = &own[fine.half + 2..2 * fine.half + 2];
            for ((pair, &e), &o) in sites.chunks_exact_mut(2).zip(even).zip(odd) {
                pair[0] = e.stored();
                pair[1] = o.stored();
            }
            if nx % 2 == 1 {
                sites[nx - 1] = even[fine.half - 1].stored();
            }
        }
    }

    /// The current values of the finest level, in its own layout with zeros between rows.
    #[cfg(test)]
    pub fn finest(&self) -> &[T] {
        &self.levels[0].c
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
        let bottom = self.levels.len() - 1;
        for l in 0..bottom {
            self.levels[l].smooth(before.max(1));
            self.restrict_residual(l);
        }
        self.levels[bottom].smooth(1);
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
                    let begin = child * stride + fine.offset(odd);
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
        let Self { levels, transfers, row, spare } = self;
        let (fine, coarse) = levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&fine[l], &mut coarse[0], &transfers[l]);
        let half = fine.half;
        coarse.c.fill(T::ZERO);
        for parent in 0..coarse.rows() {
            row[1..=half].fill(T::ZERO);
            for (child, weight) in children(fine, coarse, transfer, parent) {
                fine.red_residual(child, spare);
                let last = transfer.x_last[fine.parity(child, 0)];
                accumulate(&mut row[1..=half], &spare[..half], weight, last);
            }
            row[half + 1] = T::ZERO;
            let slots = parent * coarse.stride..(parent + 1) * coarse.stride;
            part_padded(&row[1..], coarse.half, &mut coarse.right[slots]);
        }
    }

    /// Adds the correction of level `l + 1` to the black cells of level `l`.
    fn prolong(&mut self, l: usize) {
        let Self { levels, transfers, row, spare } = self;
        let (fine, coarse) = levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&mut fine[l], &coarse[0], &transfers[l]);
        let (half, stride) = (fine.half, fine.stride);
        let (ny, wide) = (fine.axes[1].n, coarse.axes[1].n);
        for child in 0..fine.rows() {
            let (y, z) = (child % ny, child / ny);
            spare[..coarse.stride].fill(T::ZERO);
            for (k, wz) in partners(&transfer.z[z], z) {
                for (j, wy) in partners(&transfer.y[y], y) {
                    let weight = T::from_f64(wz * wy);
                    let values = &coarse.c[(j + wide * k) * coarse.stride..][..coarse.stride];
                    for (sum, &v) in spare[..coarse.stride].iter_mut().zip(values) {
                        *sum += weight * v;
                    }
                }
            }
            let (even, odd) = spare[1..].split_at(coarse.half + 1);
            for ((pair, &e), &o) in
                row[1..].chunks_exact_mut(2).zip(&even[..coarse.half]).zip(&odd[..coarse.half])
            {
                pair[0] = e;
                pair[1] = o;
            }
            row[half + 1] = T::ZERO;
            let black = fine.parity(child, 1);
            let begin = fine.offset(black);
            let near = &row[1..=half];
            let far = &row[2 * black..][..half];
            let (near_weight, far_weight) =
                (&transfer.x_near[begin..][..half], &transfer.x_far[begin..][..half]);
            let target = &mut fine.c[child * stride + begin..][..half];
            for (i, c) in target.iter_mut().enumerate() {
                *c += near_weight[i] * near[i] + far_weight[i] * far[i];
            }
        }
    }
}

/// Rows of the children of coarse row `parent` with their shares in its volume.
fn children<T: Real>(
    fine: &Level<T>,
    coarse: &Level<T>,
    transfer: &Transfer<T>,
    parent: usize,
) -> impl Iterator<Item = (usize, f64)> {
    let (ny, wide) = (fine.axes[1].n, coarse.axes[1].n);
    let (j, k) = (parent % wide, parent / wide);
    let (y_shares, z_shares) = (transfer.y_shares[j], transfer.z_shares[k]);
    (0..4).filter_map(move |i| {
        let (a, b) = (i % 2, i / 2);
        let weight = y_shares[a] * z_shares[b];
        (weight > 0.0).then_some((2 * j + a + ny * (2 * k + b), weight))
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

/// Parts a row in natural order into even and odd x, each value through `map`; a phantom keeps its 0.
#[inline(always)]
fn part<T: Real>(natural: &[T], half: usize, parted: &mut [T], map: impl Fn(T) -> T) {
    let (even, odd) = parted[1..].split_at_mut(half + 1);
    for ((pair, e), o) in natural.chunks_exact(2).zip(even.iter_mut()).zip(odd.iter_mut()) {
        *e = map(pair[0]);
        *o = map(pair[1]);
    }
    if natural.len() % 2 == 1 {
        even[half - 1] = map(natural[natural.len() - 1]);
    }
}

/// `part` of a row that has a 0 after its last cell, so that an odd side gives a phantom of 0.
fn part_padded<T: Real>(natural: &[T], half: usize, parted: &mut [T]) {
    part(&natural[..2 * half], half, parted, |v| v);
}
