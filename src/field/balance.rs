//! The books of one substrate over one step, in f64: what came, what went, and what the solver itself made up.
//!
//! Written for audits and tests; a production step does not pay for it. Sums run over the sites of a row, then over
//! rows in ascending order, so that they have equal bits everywhere.
use super::equation::Equation;
use super::real::Real;

/// Totals over one step, in concentration times sites. Multiply by the site volume for an amount.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Balance {
    /// Total before the step.
    pub before: f64,
    /// Total after the step.
    pub after: f64,
    /// Brought in by `source`.
    pub source: f64,
    /// Taken out by `loss`.
    pub lost: f64,
    /// Net inflow across the walls.
    pub boundary: f64,
    /// Added by setting negative values to zero.
    pub clamped: f64,
    /// Added by not solving the equations exactly: iteration error and rounding, summed over the sites.
    pub residual: f64,
    /// Quasi-steady solver only: the change of the total that its equation, which has no storage term, leaves
    /// open. In its books `source - lost + boundary + residual` is zero by itself.
    pub storage: f64,
}

impl Balance {
    /// What the terms fail to explain of the change of the total: 0 but for the rounding of the sums.
    pub fn gap(&self) -> f64 {
        let explained = self.source - self.lost + self.boundary + self.clamped + self.residual + self.storage;
        (self.after - self.before) - explained
    }

    /// The books of a field on the line through those of two: these, and `share` of the way from `from` to `to` on top. What
    /// clamping added to the other two is an error of the mixture, a residual: nothing of it was set to zero.
    pub fn toward(self, from: &Balance, to: &Balance, share: f64) -> Balance {
        let mix = |own: f64, from: f64, to: f64| own + share * (to - from);
        Balance {
            before: self.before,
            after: mix(self.after, from.after, to.after),
            source: mix(self.source, from.source, to.source),
            lost: mix(self.lost, from.lost, to.lost),
            boundary: mix(self.boundary, from.boundary, to.boundary),
            clamped: self.clamped,
            residual: mix(self.residual, from.residual + from.clamped, to.residual + to.clamped),
            storage: mix(self.storage, from.storage, to.storage),
        }
    }

    /// Ends with these values: what they differ by from the books is the rounding of a mixture, a residual.
    pub fn end_at(&mut self, values: &[f32]) {
        let after = values.iter().map(|v| f64::from(*v)).sum();
        self.residual += after - self.after;
        self.after = after;
    }

    /// The scale against which a gap, a residual or a clamped mass is small.
    pub fn turnover(&self) -> f64 {
        self.before + self.after + self.source + self.lost + self.boundary.abs()
    }
}

/// What is kept of a step while it is solved, beside its result. A production step keeps nothing.
pub(super) struct Trace<'a, T> {
    pub balance: Option<&'a mut Balance>,
    /// Scratch: the values before a sub-step.
    pub before: &'a mut Vec<T>,
    /// Receives the mean over the sub-steps of the values that loss acted on.
    pub mean: Option<&'a mut [f64]>,
}

/// One sub-step of `count`.
#[derive(Clone, Copy)]
pub(super) struct Substep {
    pub index: u64,
    pub count: u64,
    /// Length, min.
    pub dt: f64,
}

impl<T: Real> Trace<'_, T> {
    pub fn is_kept(&self) -> bool {
        self.balance.is_some() || self.mean.is_some()
    }

    /// Before a sub-step from `c`.
    pub fn begin(&mut self, c: &[T]) {
        if self.balance.is_some() {
            self.before.clear();
            self.before.extend_from_slice(c);
        }
    }

    /// Adds `at`, the values that loss acted on in a sub-step, to their mean.
    pub fn average(&mut self, at: &[T], substep: Substep) {
        if let Some(mean) = &mut self.mean {
            let share = 1.0 / substep.count as f64;
            for (m, c) in mean.iter_mut().zip(at) {
                *m += share * c.to_f64();
            }
        }
    }

    /// After a sub-step to `after` that was solved at the new values.
    pub fn end(
        &mut self,
        equation: &Equation,
        after: &[T],
        [loss, source]: [&[T]; 2],
        substep: Substep,
        clamped: f64,
        steady: bool,
    ) {
        self.average(after, substep);
        if let Some(balance) = &mut self.balance {
            let entry = Entry {
                before: self.before,
                after,
                at: after,
                loss,
                source,
                dt: substep.dt,
                clamped,
                steady,
            };
            entry.book(equation, balance, substep.index == 0);
        }
    }
}

/// One solved sub-step as its books need it.
pub(super) struct Entry<'a, T> {
    pub before: &'a [T],
    pub after: &'a [T],
    /// The values that loss and fluxes were computed from.
    pub at: &'a [T],
    pub loss: &'a [T],
    pub source: &'a [T],
    pub dt: f64,
    pub clamped: f64,
    /// Whether the equation had no storage term.
    pub steady: bool,
}

impl<T: Real> Entry<'_, T> {
    /// Adds this step to the books. Steps must be added in order.
    pub fn book(&self, equation: &Equation, balance: &mut Balance, first: bool) {
        let nx = equation.lattice.nx;
        let mut sums = Balance::default();
        let mut errors = 0.0;
        for row in 0..equation.lattice.sites() / nx {
            let mut part = Balance::default();
            let mut error = 0.0;
            for x in 0..nx {
                let site = row * nx + x;
                let (flux, wall) = exchange(equation, self.at, x, row);
                let c = self.at[site].to_f64();
                let source = self.dt * self.source[site].to_f64();
                let lost = self.dt * self.loss[site].to_f64() * c;
                let (before, after) = (self.before[site].to_f64(), self.after[site].to_f64());
                let change = if self.steady { 0.0 } else { after - before };
                part.before += before;
                part.after += after;
                part.source += source;
                part.lost += lost;
                part.boundary += self.dt * wall;
                error += change - (source - lost + self.dt * (flux + wall));
            }
            sums.before += part.before;
            sums.after += part.after;
            sums.source += part.source;
            sums.lost += part.lost;
            sums.boundary += part.boundary;
            errors += error;
        }
        if first {
            balance.before = sums.before;
        }
        balance.after = sums.after;
        balance.source += sums.source;
        balance.lost += sums.lost;
        balance.boundary += sums.boundary;
        balance.clamped += self.clamped;
        if self.steady {
            balance.residual += errors;
            balance.storage += sums.after - sums.before - self.clamped;
        } else {
            balance.residual += errors - self.clamped;
        }
    }
}

/// Inflow per minute into one site from its neighbors, and across walls.
fn exchange<T: Real>(equation: &Equation, c: &[T], x: usize, row: usize) -> (f64, f64) {
    let (nx, ny, nz) = (equation.lattice.nx, equation.lattice.ny, equation.lattice.nz);
    let (y, z) = (row % ny, row / ny);
    let site = row * nx + x;
    let own = c[site].to_f64();
    let mut flux = 0.0;
    for (i, n, step) in [(x, nx, 1), (y, ny, nx), (z, nz, nx * ny)] {
        if i > 0 {
            flux += c[site - step].to_f64() - own;
        }
        if i + 1 < n {
            flux += c[site + step].to_f64() - own;
        }
    }
    let mut faces = equation.row_faces(row);
    if equation.is_fixed() {
        faces += usize::from(x == 0) + usize::from(x + 1 == nx);
    }
    let wall = 2.0 * faces as f64 * (equation.wall() - own);
    (equation.exchange * flux, equation.exchange * wall)
}

/// What clamping adds to raw values, summed in their order by chunks of fixed length.
pub(super) fn clamped<T: Real>(raw: &[T]) -> f64 {
    let parts =
        raw.chunks(256).map(|part| part.iter().map(|v| v.stored().to_f64() - v.to_f64()).sum::<f64>());
    parts.sum()
}
