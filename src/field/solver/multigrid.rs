//! Multigrid V-cycles for `reaction * c - laplacian(c) = right` on a box of any size, walls no-flux or fixed.
//!
//! Smoother: red-black Gauss-Seidel (`level`). Restriction: volume mean over the children. Prolongation: linear
//! per axis. Coarse operators: the same finite-volume equation on cells twice as wide, with the mean of the
//! reaction; a fixed wall enters on each level by the width of that level and is never averaged (averaging it
//! ruins the convergence). The bottom is one cell, solved directly. After a sweep the residual of the black
//! cells is exactly zero, and a sweep overwrites the red cells without reading them, so residuals are computed on
//! red cells only and corrections are added to black cells only. The number of cycles is the caller's; more follow
//! only where the books of the step would not close. Time does not enter here.
use super::axis::{Axis, Interpolation};
use super::level::{Level, Run};
use crate::field::balance::clamped;
use crate::field::equation::Equation;
use crate::field::real::Real;
use crate::lattice::Lattice;
use tme_dispatch::wide;

/// `count` V-cycles, each with `before` sweeps on the way down and `after` sweeps on the way up; on the finest level the
/// last sweep of one cycle is the first of the next.
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

/// Share of what a field holds that clamping may add (a tenth of what the books allow), and cycles that are spent on it
/// beyond the caller's.
const BELOW: f64 = 1e-7;
/// Likewise of the turnover of a steady state, a quarter of what the books allow.
const UNBOOKED: f64 = 2.5e-4;
const MOST_FURTHER: usize = 12;

/// A box with fewer than two sides above this is solved as a line.
const NARROW: usize = 4;

/// The left-hand side: `reaction = mass + rate * loss` per site. On the right stand `mass * c + rate * source`.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// A row of the finest level in natural order of x.
    natural: Vec<T>,
    /// Two rows in natural order of x, with one cell of 0 beyond each end.
    row: Vec<T>,
    spare: Vec<T>,
    /// Residuals of the red cells of one level.
    residual: Vec<T>,
    left: Left,
    /// By what the values are multiplied, and what is added, when they are next read: `conserve`.
    factor: T,
    level: T,
    /// The loss of the assembled left-hand side, where it was the same at all sites.
    uniform: Option<T>,
    /// Index of the coarsest level in use.
    depth: usize,
}

/// Weights between a level and the next coarser one.
struct Transfer<T> {
    /// Interpolation along x by parity of x: weights of the parent and of the parent's neighbor.
    x_near: [Vec<T>; 2],
    x_far: [Vec<T>; 2],
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
        let of_parity = |odd: usize| (odd..axes[0].n).step_by(2).map(|x| axes[0].interpolation(x));
        Self {
            x_near: [0, 1].map(|odd| of_parity(odd).map(|w| T::from_f64(w.near)).collect()),
            x_far: [0, 1].map(|odd| of_parity(odd).map(|w| T::from_f64(w.far)).collect()),
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
        let width = levels[0].half + 2;
        let residual = vec![T::ZERO; levels[0].c[0].len()];
        Self {
            natural: vec![T::ZERO; sides[0]],
            levels,
            transfers,
            row: vec![T::ZERO; width],
            spare: vec![T::ZERO; width],
            residual,
            left: Left { mass: 0.0, rate: 0.0 },
            factor: T::ONE,
            level: T::ZERO,
            uniform: None,
            depth: 0,
        }
    }

    /// Whether the assembled problem has no solution or many: no reaction anywhere and no fixed wall.
    pub fn is_singular(&self) -> bool {
        let bottom = &self.levels[self.depth];
        // Slot 1 of a one-cell level is its only cell; its diagonal is the mean reaction plus its walls.
        bottom.rows() == 1 && bottom.half == 1 && bottom.diagonal[0][bottom.run(0, 0, 0).begin] <= T::ZERO
    }

    /// Takes over the values to start from.
    pub fn load(&mut self, c: &[T]) {
        (self.factor, self.level) = (T::ONE, T::ZERO);
        let fine = &mut self.levels[0];
        wide!({
            for ((y, z), sites) in fine.places().zip(c.chunks_exact(fine.axes[0].n)) {
                part(sites, [fine.run(y, z, 0), fine.run(y, z, 1)], &mut fine.c, |v| v);
            }
        });
    }

    /// Takes over the left-hand side and derives that of all levels in use. A substrate that only decays has the same
    /// one in every step: then it stands already.
    pub fn set_left(&mut self, loss: &[T], left: &Left) {
        let uniform = wide!(uniform(loss));
        if uniform.is_some() && uniform == self.uniform && *left == self.left {
            return;
        }
        self.uniform = uniform;
        self.left = *left;
        // Where the mass outweighs the exchange with the neighbors, sweeps alone converge: no coarser level helps.
        let mut weight = 4.0;
        self.depth = 0;
        while self.depth < self.transfers.len() && weight > left.mass {
            weight *= 0.25;
            self.depth += 1;
        }
        let fine = &mut self.levels[0];
        let (mass, rate) = (T::from_f64(left.mass), T::from_f64(left.rate));
        wide!({
            for ((y, z), sites) in fine.places().zip(loss.chunks_exact(fine.axes[0].n)) {
                part(sites, [fine.run(y, z, 0), fine.run(y, z, 1)], &mut fine.diagonal, |l| mass + rate * l);
            }
        });
        for l in 0..self.depth {
            wide!(self.restrict_reaction(l));
            self.levels[l].finish_diagonal();
        }
        self.levels[self.depth].finish_diagonal();
    }

    /// Makes the right-hand side from the current values, clamped as they would be stored, and `source`. `wall` is
    /// the value on fixed walls.
    pub fn set_right(&mut self, source: &[T], wall: f64) {
        let fine = &mut self.levels[0];
        let (mass, rate) = (T::from_f64(self.left.mass), T::from_f64(self.left.rate));
        wide!({
            for ((y, z), sites) in fine.places().zip(source.chunks_exact(fine.axes[0].n)) {
                part(sites, [fine.run(y, z, 0), fine.run(y, z, 1)], &mut fine.right, |s| rate * s);
            }
            if self.left.mass > 0.0 {
                let (factor, level) = (self.factor, self.level);
                for (right, c) in fine.right.iter_mut().zip(&mut fine.c) {
                    for (r, v) in right.iter_mut().zip(c) {
                        *v = (factor * *v + level).stored();
                        *r += mass * *v;
                    }
                }
            }
        });
        (self.factor, self.level) = (T::ONE, T::ZERO);
        if wall > 0.0 {
            self.add_walls(wall);
        }
    }

    fn add_walls(&mut self, wall: f64) {
        let fine = &mut self.levels[0];
        let nx = fine.axes[0].n;
        let axes = fine.axes;
        let inflow = |a: usize, i: usize| wall * axes[a].coupling(i).wall;
        let (first, last) = (inflow(0, 0), inflow(0, nx - 1));
        for (y, z) in fine.places() {
            let across = inflow(1, y) + inflow(2, z);
            let runs = [fine.run(y, z, 0), fine.run(y, z, 1)];
            let mut add = |x: usize, inflow: f64| {
                let run = runs[x % 2];
                fine.right[run.color][run.begin + x / 2] += T::from_f64(inflow);
            };
            if across > 0.0 {
                (0..nx).for_each(|x| add(x, across));
            }
            add(0, first);
            if nx > 1 {
                add(nx - 1, last);
            }
        }
    }

    /// `sum c` and `rate sum loss c`, of the values that are stored, in f64.
    fn content(&mut self, loss: &[T]) -> (f64, f64) {
        let fine = &self.levels[0];
        let row = self.natural.as_mut_slice();
        let (mut stays, mut lost) = (0.0, 0.0);
        wide!({
            for ((y, z), loss) in fine.places().zip(loss.chunks_exact(row.len())) {
                let [even, odd] = [fine.run(y, z, 0), fine.run(y, z, 1)].map(|r| &fine.c[r.color][r.begin..]);
                join(even, odd, row, |v| v.stored());
                stays += total(row, |_| T::ONE);
                lost += total(row, |i| loss[i]);
            }
        });
        (stays, self.left.rate * lost)
    }

    /// Multiplies the solution so that what is there and what is lost add up to what was there and what came, in f64:
    /// `sum (mass + rate loss) c = sum right`, which the equations say where nothing crosses a wall. In single precision
    /// the diagonal keeps few digits of a small mass beside the coupling to the neighbors: a substrate that diffuses fast
    /// and decays slowly would lose or gain up to a part in a thousand of its total in every step, always to one side.
    ///
    /// Without mass what is lost in rounding is the mean alone, so that a steady state whose total is off by more than a
    /// hundredth is raised or lowered as a whole. Where it is off by more than a factor of two the field is as good as uniform,
    /// and is made so.
    pub fn conserve(&mut self, loss: &[T]) {
        let Left { mass, rate } = self.left;
        let right: f64 = self.levels[0].right.iter().map(|color| wide!(total(color, |_| T::ONE))).sum();
        let (stays, lost) = self.content(loss);
        let left = mass * stays + lost;
        let factor = if left > 0.0 { right / left } else { 0.0 };
        let all = || mass * loss.len() as f64 + rate * total(loss, |_| T::ONE);
        (self.factor, self.level) = if right > 0.0 && !(0.5..=2.0).contains(&factor) {
            (T::ZERO, T::from_f64(right / all()))
        } else if mass == 0.0 && right > 0.0 && !(0.99..=1.01).contains(&factor) {
            (T::ONE, T::from_f64((right - left) / all()))
        } else {
            (T::from_f64(factor), T::ZERO)
        };
    }

    /// Hands the solution out: nothing negative, nothing subnormal.
    pub fn store(&self, c: &mut [T]) {
        let (fine, factor, level) = (&self.levels[0], self.factor, self.level);
        wide!({
            for ((y, z), sites) in fine.places().zip(c.chunks_exact_mut(fine.axes[0].n)) {
                let [even, odd] = [fine.run(y, z, 0), fine.run(y, z, 1)].map(|r| &fine.c[r.color][r.begin..]);
                join(even, odd, sites, |v| (factor * v + level).stored());
            }
        });
    }

    /// The current values of the finest level, in its own layout with zeros between rows.
    #[cfg(test)]
    pub fn finest(&self) -> impl Iterator<Item = &T> {
        self.levels[0].c.iter().flatten()
    }

    /// Makes zero the exact solution, so that the iterate is the error.
    #[cfg(test)]
    pub fn set_zero_right(&mut self) {
        for right in &mut self.levels[0].right {
            right.fill(T::ZERO);
        }
    }

    #[cfg(test)]
    pub fn smooth_finest(&mut self, count: usize) {
        self.levels[0].smooth(count);
    }

    /// What `store` adds by clamping negative values, sum over the sites.
    pub fn clamped(&self) -> f64 {
        self.levels[0].c.iter().map(|color| clamped(color)).sum()
    }

    /// The last sweep of a cycle is the first one of the next. Where a field begins from nothing, corrections from coarse
    /// levels swing below zero around its first sources: then more cycles follow, until what clamping adds is negligible.
    pub fn solve(&mut self, cycles: &Cycles) {
        self.cycle(cycles.before.max(1), cycles.after);
        for i in 1..cycles.count + MOST_FURTHER {
            if i >= cycles.count && !self.is_below_zero() {
                break;
            }
            self.cycle(cycles.before.max(1) - 1, cycles.after);
        }
    }

    /// Further cycles of a steady state between fixed walls, until all but the share `UNBOOKED` is explained: with no mass to
    /// take it up, an error of the level is an error of the books. Where nothing crosses a wall `conserve` closes them.
    pub fn settle(&mut self, loss: &[T], dt: f64, cycles: &Cycles) {
        for _ in 0..MOST_FURTHER {
            if self.unexplained(loss, dt) <= UNBOOKED {
                break;
            }
            self.cycle(cycles.before.max(1) - 1, cycles.after);
        }
    }

    /// Sum of the residuals of a steady state as a share of what is there before and after a step of `dt`, and comes and goes
    /// in it, as the books have it (`Balance::turnover`). What passes a wall both ways is far more, and no measure. After a
    /// sweep only red cells have a residual.
    pub fn unexplained(&mut self, loss: &[T], dt: f64) -> f64 {
        let (stays, lost) = self.content(loss);
        let fine = &self.levels[0];
        let residual = &mut self.residual[..fine.c[0].len()];
        // The slots between rows and planes hold no cells, but get a sum of what lies around them.
        let is_cell = |i: usize| if fine.inverse[0][i] > T::ZERO { T::ONE } else { T::ZERO };
        let left = wide!({
            fine.red_residual(residual);
            total(residual, is_cell)
        });
        let turnover = 2.0 * (self.left.rate / dt * stays + lost);
        if left == 0.0 { 0.0 } else { left.abs() / turnover }
    }

    /// Whether clamping would add more than the share `BELOW` of what is there.
    fn is_below_zero(&self) -> bool {
        let fine = &self.levels[0];
        if !fine.c.iter().any(|color| wide!(any_negative(color))) {
            return false;
        }
        let held: f64 = fine.c.iter().map(|color| wide!(total(color, |_| T::ONE))).sum();
        self.clamped() > BELOW * held.abs()
    }

    /// One V-cycle. On every level a sweep has gone before the residual is taken, and one follows a correction; on the
    /// finest the sweep before may be the last one of the cycle before.
    fn cycle(&mut self, before: usize, after: usize) {
        let bottom = self.depth;
        for l in 0..bottom {
            self.levels[l].smooth(if l == 0 { before } else { before.max(1) });
            wide!(self.restrict_residual(l));
        }
        // One sweep solves a single cell; a level that is not one is there because sweeps converge on it.
        self.levels[bottom].smooth(before.max(1) + after.max(1));
        for l in (0..bottom).rev() {
            wide!(self.prolong(l));
            self.levels[l].smooth(after.max(1));
        }
    }

    #[inline(always)]
    fn restrict_reaction(&mut self, l: usize) {
        let (fine, coarse) = self.levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&fine[l], &mut coarse[0], &self.transfers[l]);
        let row = &mut self.row[..fine.half];
        for (j, k) in coarse.places() {
            row.fill(T::ZERO);
            for (y, z, weight) in transfer.children(j, k) {
                for odd in 0..2 {
                    let Run { color, begin } = fine.run(y, z, odd);
                    accumulate(row, &fine.diagonal[color][begin..], weight, transfer.x_last[odd]);
                }
            }
            part(row, [coarse.run(j, k, 0), coarse.run(j, k, 1)], &mut coarse.diagonal, |v| v);
        }
    }

    #[inline(always)]
    fn restrict_residual(&mut self, l: usize) {
        let (fine, coarse) = self.levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&fine[l], &mut coarse[0], &self.transfers[l]);
        fine.red_residual(&mut self.residual[..fine.c[0].len()]);
        for color in &mut coarse.c {
            color.fill(T::ZERO);
        }
        let row = &mut self.row[..fine.half];
        for (j, k) in coarse.places() {
            row.fill(T::ZERO);
            for (y, z, weight) in transfer.children(j, k) {
                let odd = (y + z) % 2;
                let begin = fine.run(y, z, odd).begin;
                accumulate(row, &self.residual[begin..], weight, transfer.x_last[odd]);
            }
            part(row, [coarse.run(j, k, 0), coarse.run(j, k, 1)], &mut coarse.right, |v| v);
        }
    }

    /// Adds the correction of level `l + 1` to the black cells of level `l`.
    #[inline(always)]
    fn prolong(&mut self, l: usize) {
        let (fine, coarse) = self.levels.split_at_mut(l + 1);
        let (fine, coarse, transfer) = (&mut fine[l], &coarse[0], &self.transfers[l]);
        let half = fine.half;
        let (even, odd) = self.spare.split_at_mut(coarse.half);
        let mut sums = [even, &mut odd[..coarse.half]];
        // One 0 before and after the coarse row.
        let row = &mut self.row[..half + 2];
        (row[0], row[half + 1]) = (T::ZERO, T::ZERO);
        for (y, z) in fine.places() {
            let mut first = true;
            for (k, wz) in partners(&transfer.z[z], z) {
                for (j, wy) in partners(&transfer.y[y], y) {
                    let weight = T::from_f64(wz * wy);
                    for (odd, sum) in sums.iter_mut().enumerate() {
                        let Run { color, begin } = coarse.run(j, k, odd);
                        let values = &coarse.c[color][begin..begin + coarse.half];
                        if first {
                            sum.iter_mut().zip(values).for_each(|(s, &v)| *s = weight * v);
                        } else {
                            sum.iter_mut().zip(values).for_each(|(s, &v)| *s += weight * v);
                        }
                    }
                    first = false;
                }
            }
            join(sums[0], sums[1], &mut row[1..=half], |v| v);
            let black = (y + z + 1) % 2;
            let begin = fine.run(y, z, black).begin;
            let (near, far) = (&row[1..=half], &row[2 * black..][..half]);
            let weights = transfer.x_near[black].iter().zip(&transfer.x_far[black]);
            let values = near.iter().zip(far).zip(weights);
            for (c, ((&n, &f), (&wn, &wf))) in fine.c[1][begin..].iter_mut().zip(values) {
                *c += wn * n + wf * f;
            }
        }
    }
}

impl<T: Real> Transfer<T> {
    /// Rows (y, z) of the children of coarse row `j, k`, with their shares in its volume times the change of scale.
    fn children(&self, j: usize, k: usize) -> impl Iterator<Item = (usize, usize, f64)> + use<T> {
        let (y_shares, z_shares) = (self.y_shares[j], self.z_shares[k]);
        (0..4).filter_map(move |i| {
            let (a, b) = (i % 2, i / 2);
            let weight = COARSENING * y_shares[a] * z_shares[b];
            (weight > 0.0).then_some((2 * j + a, 2 * k + b, weight))
        })
    }
}

/// The one or two coarse indices that a fine index interpolates between, with their weights.
fn partners(weights: &Interpolation, child: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
    let parent = child / 2;
    let partner = if child.is_multiple_of(2) { parent.wrapping_sub(1) } else { parent + 1 };
    let far = (weights.far > 0.0).then_some((partner, weights.far));
    std::iter::once((parent, weights.near)).chain(far)
}

/// `sum += weight * share * values`, where the share along x is a half but for the last cell.
#[inline(always)]
fn accumulate<T: Real>(sum: &mut [T], values: &[T], weight: f64, last: f64) {
    let n = sum.len() - 1;
    let values = &values[..sum.len()];
    let w = T::from_f64(0.5 * weight);
    for (s, &v) in sum[..n].iter_mut().zip(&values[..n]) {
        *s += w * v;
    }
    if last > 0.0 {
        sum[n] += T::from_f64(last * weight) * values[n];
    }
}

/// Sum of the values, each times its weight: in eight lanes over blocks, whose sums are added in f64.
#[inline(always)]
fn total<T: Real>(values: &[T], weight: impl Fn(usize) -> T) -> f64 {
    const BLOCK: usize = 64;
    let mut sum = 0.0f64;
    for (b, block) in values.chunks(BLOCK).enumerate() {
        let mut lanes = [T::ZERO; 8];
        let (whole, rest) = block.as_chunks::<8>();
        for (i, values) in whole.iter().enumerate() {
            for k in 0..8 {
                lanes[k] += values[k] * weight(BLOCK * b + 8 * i + k);
            }
        }
        for (k, v) in rest.iter().enumerate() {
            lanes[k] += *v * weight(BLOCK * b + 8 * whole.len() + k);
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        sum += (((a + b) + (c + d)) + ((e + f) + (g + h))).to_f64();
    }
    sum
}

/// Whether some value lies below zero, in eight lanes.
#[inline(always)]
fn any_negative<T: Real>(values: &[T]) -> bool {
    let mut lowest = [T::ZERO; 8];
    let (whole, rest) = values.as_chunks::<8>();
    for part in whole {
        for (low, v) in lowest.iter_mut().zip(part) {
            *low = if *v < *low { *v } else { *low };
        }
    }
    lowest.iter().chain(rest).any(|v| *v < T::ZERO)
}

/// The value of all, if it is one.
#[inline(always)]
fn uniform<T: Real>(values: &[T]) -> Option<T> {
    let first = *values.first()?;
    let equal = |part: &[T]| part.iter().fold(true, |all, v| all & (*v == first));
    values.chunks(1024).all(equal).then_some(first)
}

/// Parts a row in natural order of x into its runs of even and odd x, each value through `map`.
#[inline(always)]
fn part<T: Real>(natural: &[T], runs: [Run; 2], colors: &mut [Vec<T>; 2], map: impl Fn(T) -> T) {
    let [red, black] = colors;
    let (even, odd) = if runs[0].color == 0 { (red, black) } else { (black, red) };
    let half = natural.len().div_ceil(2);
    let even = &mut even[runs[0].begin..][..half];
    let odd = &mut odd[runs[1].begin..];
    for ((pair, e), o) in natural.chunks_exact(2).zip(even.iter_mut()).zip(odd.iter_mut()) {
        *e = map(pair[0]);
        *o = map(pair[1]);
    }
    if natural.len() % 2 == 1 {
        even[half - 1] = map(natural[natural.len() - 1]);
    }
}

/// Brings cells of even and odd x back into natural order of x, each value through `map`.
#[inline(always)]
fn join<T: Real>(even: &[T], odd: &[T], natural: &mut [T], map: impl Fn(T) -> T) {
    let half = natural.len() / 2;
    for ((pair, &e), &o) in natural.chunks_exact_mut(2).zip(even).zip(odd) {
        pair[0] = map(e);
        pair[1] = map(o);
    }
    if let [last] = natural.chunks_exact_mut(2).into_remainder() {
        *last = map(even[half]);
    }
}
