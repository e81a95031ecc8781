//! The engine against the laws it promises, on small lattices, and against itself at other numbers of threads.
//!
//! Every test says its law, n and the smallest error that it finds. Tolerances: exact first; z = 5 with the standard
//! error from theory; chi-square above its 1e-6 point. Helpers here; one file per subject.

mod alike;
mod bits;
mod books;
mod border;
mod contacts;
mod divide;
mod doses;
mod exchange;
mod gates;
mod hazards;
mod hits;
mod inherit;
mod look;
mod moves;
mod naive;
mod names;
mod plain;
mod planted;
mod pools;
mod relations;
mod removals;
mod section;
mod signals;
mod symmetry;
mod traits;
mod worlds;

use super::process::commit::Unsettled;
use super::*;
use crate::math;
use crate::model::fixture;
use crate::model::{
    CellTypeId, Hazard, Law, Movement, Pattern, PlaceCells, Placement, Region, Setup, Shape, Trigger,
};
use crate::par::Pool;
use crate::random::{Purpose, Streams, derive_seed};

pub fn everywhere() -> Region {
    Region { shape: Shape::Everywhere, center: None, radius: None, inner: 0.0, size: [0.0; 3], cells: vec![] }
}

/// `n` cells at the start.
pub fn place(id: &str, cell: CellTypeId, n: f64, pattern: Pattern) -> PlaceCells {
    PlaceCells {
        id: id.into(),
        purpose: Purpose::of(&format!("place.{id}")),
        cell,
        placement: Placement::Count(n),
        region: everywhere(),
        pattern,
        traits: vec![],
        at: Trigger::At(vec![0.0]),
    }
}

/// A hazard of `rate` per minute.
pub fn hazard<T>(to: T, rate: f64, name: &str) -> Hazard<T> {
    Hazard { to, rate: Law::constant(rate), purpose: Purpose::of(name) }
}

/// `speed` in um/min, always the same, without persistence or bias.
pub fn wander(speed: f64) -> Movement {
    Movement { speed: Law::constant(speed), persistence: Law::default(), toward: vec![], contrast: 0.01 }
}

/// A box without fields, rules or hazards.
pub fn bare(nx: usize, ny: usize, nz: usize) -> Setup {
    let mut setup = fixture::solid(nx, ny, nz);
    setup.substrates[0].diffusion = None;
    setup
}

pub fn run(setup: &Setup, seed: u64, steps: u32) -> State {
    go_on(setup, seed, State::new(setup), steps)
}

/// A simulation from a state made by hand for the start of the clock: what falls due there is given.
pub fn begin(setup: &Setup, seed: u64, state: State) -> Simulation<'_> {
    let mut simulation = Simulation::from_state(setup, Streams { seed }, state).unwrap();
    simulation.dose();
    simulation
}

/// `steps` steps from a state for the start.
pub fn go_on(setup: &Setup, seed: u64, state: State, steps: u32) -> State {
    let mut simulation = begin(setup, seed, state);
    for _ in 0..steps {
        simulation.step().unwrap();
    }
    simulation.state
}

/// Results of `n` runs with seeds of their own, side by side where there are processors.
pub fn replicate<R: Send>(n: usize, one: impl Fn(u64) -> R + Sync + Send) -> Vec<R> {
    // A planted bug goes along to the threads that make the plans.
    let bug = super::planted::planted();
    let chunk = |range: std::ops::Range<usize>| {
        super::planted::with(bug, || range.map(|i| one(derive_seed(2718, i as u64, 0))).collect::<Vec<_>>())
    };
    Pool::new(0).install(|| crate::par::map_chunks(n, 100, chunk)).into_iter().flatten().collect()
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn variance(values: &[f64]) -> f64 {
    let m = mean(values);
    values.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (values.len() - 1) as f64
}

/// z = 5 on a mean with a known variance.
#[track_caller]
pub fn expect_mean(values: &[f64], exact: f64, variance: f64) {
    let z = (mean(values) - exact) / (variance / values.len() as f64).sqrt();
    assert!(z.abs() < 5.0, "mean {} for {exact}: z = {z:.1}", mean(values));
}

/// z = 5 on a variance, of a law with this kurtosis (3 for a normal one).
#[track_caller]
pub fn expect_variance(values: &[f64], exact: f64, kurtosis: f64) {
    let z = (variance(values) / exact - 1.0) / ((kurtosis - 1.0) / values.len() as f64).sqrt();
    assert!(z.abs() < 5.0, "variance {} for {exact}: z = {z:.1}", variance(values));
}

/// Mean, variance and the share of zeros of a Poisson law, each at z = 5.
#[track_caller]
pub fn expect_poisson(values: &[f64], exact: f64) {
    expect_mean(values, exact, exact);
    expect_variance(values, exact, 3.0 + 1.0 / exact);
    let zeros = values.iter().filter(|v| **v == 0.0).count();
    expect_share(zeros, values.len(), math::exp(-exact));
}

/// z = 5 on a binomial number.
#[track_caller]
pub fn expect_share(hits: usize, n: usize, p: f64) {
    let z = (hits as f64 - n as f64 * p) / (n as f64 * p * (1.0 - p)).sqrt();
    assert!(z.abs() < 5.0, "{hits} of {n} for a share of {p}: z = {z:.1}");
}

/// Chi-square of counts against expectations (each at least 10, but for those of zero, which must stay zero), below its
/// upper 1e-6 point by Wilson and Hilferty (z = 4.753).
#[track_caller]
pub fn expect_counts(counts: &[f64], expected: &[f64]) {
    let mut chi2 = 0.0;
    let mut freedom = -1.0f64;
    for (n, e) in counts.iter().zip(expected) {
        if *e == 0.0 {
            assert_eq!(*n, 0.0, "{counts:?} {expected:?}");
            continue;
        }
        assert!(*e >= 10.0, "too few expected: {expected:?}");
        chi2 += (n - e) * (n - e) / e;
        freedom += 1.0;
    }
    if freedom == 0.0 {
        return assert_eq!(chi2, 0.0, "{counts:?} {expected:?}");
    }
    let spread = 2.0 / (9.0 * freedom);
    let root = 1.0 - spread + 4.753 * spread.sqrt();
    let limit = freedom * root * root * root;
    assert!(chi2 < limit, "chi-square {chi2:.1} above {limit:.1}: {counts:?} {expected:?}");
}

/// Absolute difference of two columns at most `5 / sqrt n`, as correlation: z = 5 for independent ones.
#[track_caller]
pub fn expect_independent(a: &[f64], b: &[f64]) {
    let (ma, mb) = (mean(a), mean(b));
    let products: Vec<f64> = a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).collect();
    let r = mean(&products) / (variance(a) * variance(b)).sqrt();
    assert!(r.abs() < 5.0 / (a.len() as f64).sqrt(), "correlation {r}");
}

#[track_caller]
pub fn close(got: f64, exact: f64, relative: f64) {
    let scale = if exact == 0.0 { 1.0 } else { exact.abs() };
    assert!((got - exact).abs() <= relative * scale, "{got} instead of {exact}");
}

/// Books the cells of a state made by hand as placed, so that its books balance.
pub fn book_in(setup: &Setup, state: &mut State) {
    for kind in (0..setup.cell_types.len()).map(|k| CellTypeId(k as u16)) {
        let n = state.layers.iter().flat_map(|c| &c.kind).filter(|k| **k == kind).count() as u64;
        state.ledger.book_many(Happening::Arrival, kind, Cause::Place(0), state.weight, n);
    }
}

/// One cell per site, in order, known to the occupancy; columns of one length, finite; keys unique; books that balance.
#[track_caller]
pub fn expect_sound(simulation: &Simulation) {
    let state = &simulation.state;
    for (cells, occupancy) in state.layers.iter().zip(&simulation.occupancy) {
        assert!(cells.site.windows(2).all(|w| w[0] < w[1]), "one cell per site, in order");
        for (i, site) in cells.site.iter().enumerate() {
            assert_eq!(occupancy.at(*site as usize), Some(i));
        }
        assert_eq!(occupancy.0.iter().filter(|c| **c != grid::EMPTY).count(), cells.len());
        for column in &cells.traits {
            assert_eq!(column.len(), cells.len());
            assert!(column.iter().all(|v| v.is_finite()));
        }
    }
    let mut keys: Vec<_> = state.layers.iter().flat_map(|c| &c.key).collect();
    let n = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), n, "two cells with one key");
    for kind in (0..simulation.setup.cell_types.len()).map(|k| CellTypeId(k as u16)) {
        let counted: usize = state.layers.iter().map(|c| c.kind.iter().filter(|k| **k == kind).count()).sum();
        assert_eq!(counted as i64, state.ledger.balance(kind), "books of type {}", kind.0);
    }
    assert!(simulation.scratch.claims.iter().all(|c| *c == u64::MAX));
    assert!(simulation.scratch.unsettled.iter().all(|u: &Unsettled| u.gone.is_empty() && u.moved.is_empty()));
}
