//! What every solver must keep: positive values, closed books, symmetry, bits that depend on the arguments alone.
use super::{COLD, converged, deviation, lattice, narrow, pattern, solver};
use crate::field::{Bench, Boundary, Real, Solver, SolverKind, Step};
use crate::lattice::Lattice;

const WALLS: [Boundary; 2] = [Boundary::NoFlux, Boundary::Fixed(2.0)];

fn boxes() -> [Lattice; 4] {
    [lattice(37, 24, 1), lattice(64, 64, 1), lattice(1, 50, 1), lattice(13, 10, 9)]
}

/// Point sources and point sinks over a weak decay: start, loss and source.
fn points(lattice: &Lattice) -> [Vec<f64>; 3] {
    let n = lattice.sites();
    let c = (0..n).map(|i| if pattern(i) < 0.05 { 10.0 * pattern(i + 1) } else { 0.0 }).collect();
    let loss = (0..n).map(|i| 0.0102 + if pattern(i + 2) < 0.1 { 1.0 } else { 0.0 }).collect();
    let source = (0..n).map(|i| if pattern(i + 3) < 0.01 || i == n / 3 { 5.0 } else { 0.0 }).collect();
    [c, loss, source]
}

/// All solvers with a diffusion that suits them.
fn cases() -> impl Iterator<Item = (Lattice, Boundary, SolverKind, f64)> {
    boxes().into_iter().flat_map(|lattice| {
        WALLS.into_iter().flat_map(move |boundary| {
            SolverKind::ALL.into_iter().flat_map(move |kind| {
                let diffusions: &[f64] = match kind {
                    SolverKind::QuasiSteady => &[1e5],
                    SolverKind::Implicit => &[0.0, 25.0, 600.0, 6000.0],
                    SolverKind::Explicit => &[0.0, 25.0, 600.0],
                };
                diffusions.iter().map(move |&diffusion| (lattice, boundary, kind, diffusion))
            })
        })
    })
}

fn check_books<T: Real>(convert: impl Fn(&[f64]) -> Vec<T>, gap: f64) {
    for (lattice, boundary, kind, diffusion) in cases() {
        let [c, loss, source] = points(&lattice).map(|v| convert(&v));
        let what = format!("{lattice:?} {boundary:?} {kind:?} {diffusion}");
        let mut audited = c.clone();
        let mut plain = c;
        let mut solver = solver::<T>(&lattice, diffusion, boundary, kind);
        for step in 0..4 {
            let balance = solver.solve_audited(&mut audited, &loss, &source, 30.0);
            solver.solve(&mut plain, &loss, &source, 30.0);
            assert_eq!(audited, plain, "{what}: an audit changed the result");
            assert!(plain.iter().all(|&v| v >= T::ZERO), "{what}: a negative concentration");
            let scale = balance.turnover();
            assert!(scale > 0.0);
            assert!(balance.gap().abs() <= gap * scale, "{what} {step}: {balance:?}");
            assert!(balance.clamped.abs() <= 1e-6 * scale, "{what} {step}: {balance:?}");
            if step > 1 {
                assert!(balance.residual.abs() <= 2e-3 * scale, "{what} {step}: {balance:?}");
            }
            if kind != SolverKind::QuasiSteady {
                assert_eq!(balance.storage, 0.0, "{what}");
            }
        }
    }
}

#[test]
fn values_stay_positive_and_books_close_in_f64() {
    check_books::<f64>(<[f64]>::to_vec, 1e-13);
}

#[test]
fn values_stay_positive_and_books_close_in_f32() {
    check_books::<f32>(narrow, 1e-13);
}

#[test]
fn loss_at_the_mean_of_a_step_is_what_was_lost() {
    for (lattice, boundary, kind, diffusion) in cases() {
        let [mut c, loss, source] = points(&lattice);
        let mut solver = solver::<f64>(&lattice, diffusion, boundary, kind);
        let mut bench = Bench::default();
        for _ in 0..2 {
            let mut again = c.clone();
            let lost = solver.solve_audited(&mut c, &loss, &source, 30.0).lost;
            let step = Step { mean: true, ..Step::default() };
            solver.solve_on(&mut bench, &mut again, [&loss, &source], 30.0, step, None);
            assert_eq!(c, again);
            let mean = bench.mean();
            let at_mean: f64 = mean.iter().zip(&loss).map(|(c, l)| 30.0 * l * c).sum();
            assert!((at_mean - lost).abs() < 1e-12 * lost, "{kind:?} {diffusion}: {at_mean} {lost}");
        }
    }
}

/// The books are no tautology: their terms are what a box without walls and losses must show.
#[test]
fn a_closed_box_only_gains_what_is_secreted() {
    let lattice = lattice(31, 20, 1);
    let [c, _, source] = points(&lattice);
    let zero = vec![0.0; lattice.sites()];
    for kind in [SolverKind::Implicit, SolverKind::Explicit] {
        let mut solver = converged::<f64>(&lattice, 600.0, Boundary::NoFlux, kind);
        let mut field = c.clone();
        let balance = solver.solve_audited(&mut field, &zero, &source, 30.0);
        let secreted = 30.0 * source.iter().sum::<f64>();
        let change = field.iter().sum::<f64>() - c.iter().sum::<f64>();
        assert!((change - secreted).abs() < 1e-9 * secreted, "{kind:?}: {change} {secreted}");
        assert!((balance.source - secreted).abs() < 1e-9 * secreted);
        assert_eq!((balance.lost, balance.boundary), (0.0, 0.0));
        assert!(balance.residual.abs() < 1e-9 * secreted);
    }
}

/// A box and a field in it, mirrored along an axis or with two axes exchanged.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Mirror(usize),
    Exchange(usize, usize),
}

impl Turn {
    fn all(lattice: &Lattice) -> Vec<Turn> {
        let n = lattice.dimensions();
        let pairs = (0..n).flat_map(|a| (0..a).map(move |b| Turn::Exchange(b, a)));
        (0..n).map(Turn::Mirror).chain(pairs).collect()
    }

    fn lattice(self, of: &Lattice) -> Lattice {
        let mut sides = [of.nx, of.ny, of.nz];
        if let Turn::Exchange(a, b) = self {
            sides.swap(a, b);
        }
        Lattice { nx: sides[0], ny: sides[1], nz: sides[2], spacing: of.spacing }
    }

    /// The field of the turned box, from that of the box.
    fn field<T: Real>(self, of: &Lattice, field: &[T]) -> Vec<T> {
        let turned = self.lattice(of);
        let origin = |i: usize| {
            let mut at = turned.coordinates(i);
            match self {
                Turn::Mirror(a) => at[a] = [of.nx, of.ny, of.nz][a] - 1 - at[a],
                Turn::Exchange(a, b) => at.swap(a, b),
            }
            field[of.index(at[0], at[1], at[2])]
        };
        (0..field.len()).map(origin).collect()
    }
}

/// Three steps of 30 min in a box and in the turned one, and the largest difference relative to the largest value.
fn difference_of_turned<T: Real>(
    (lattice, boundary, kind, diffusion): (Lattice, Boundary, SolverKind, f64),
    turn: Turn,
    convert: impl Fn(&[f64]) -> Vec<T>,
    of: impl Fn(&Lattice, f64, Boundary, SolverKind) -> Solver<T>,
) -> f64 {
    let [mut straight, loss, source] = points(&lattice).map(|f| convert(&f));
    let [mut image, image_loss, image_source] = [&straight, &loss, &source].map(|f| turn.field(&lattice, f));
    let mut solver = of(&lattice, diffusion, boundary, kind);
    let mut turned = of(&turn.lattice(&lattice), diffusion, boundary, kind);
    for _ in 0..3 {
        solver.solve(&mut straight, &loss, &source, 30.0);
        turned.solve(&mut image, &image_loss, &image_source, 30.0);
    }
    let most = straight.iter().fold(0.0, |m: f64, c| m.max(c.to_f64()));
    deviation(&turn.field(&lattice, &straight), &image) / most
}

/// A mirrored or rotated world (mirror and exchange of axes make all rotations by right angles) has the turned answer: to 1e-12
/// in f64 and 1e-5 in f32 where the equations are solved, and within the iteration error after the cycles of a production
/// step (red and black cells swap roles in an even box).
#[test]
fn a_turned_world_gives_the_turned_field() {
    for case in cases() {
        for turn in Turn::all(&case.0) {
            let what = format!("{case:?} {turn:?}");
            let exact = difference_of_turned(case, turn, <[f64]>::to_vec, converged);
            assert!(exact < 1e-12, "{what}: {exact:e} in f64");
            let single = difference_of_turned(case, turn, narrow, converged);
            assert!(single < 1e-5, "{what}: {single:e} in f32");
            let shipped = difference_of_turned(case, turn, narrow, solver);
            assert!(shipped < 1e-2, "{what}: {shipped:e} after a step");
        }
    }
}

/// A bench on which other problems have been solved, by all solvers, gives the bits of a fresh one: solvers may share it,
/// and a run continues from a checkpoint.
#[test]
fn scratch_leaves_no_trace() {
    for (lattice, boundary, kind, diffusion) in cases() {
        let [c, loss, source] = points(&lattice).map(|v| narrow(&v));
        let mut used = Bench::default();
        let mut other: Vec<f32> = (0..lattice.sites()).map(|i| 100.0 * pattern(i + 50) as f32).collect();
        let strong = vec![7.0; lattice.sites()];
        let step = Step::default();
        for kind in SolverKind::ALL {
            let solver = solver::<f32>(&lattice, 600.0, boundary, kind);
            solver.solve_on(&mut used, &mut other, [&strong, &strong], 60.0, step, None);
        }
        let mut solver = solver::<f32>(&lattice, diffusion, boundary, kind);
        let (mut a, mut b) = (c.clone(), c);
        solver.solve_on(&mut used, &mut a, [&loss, &source], 30.0, step, None);
        solver.solve(&mut b, &loss, &source, 30.0);
        assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()), "{kind:?} {lattice:?}");
    }
}

/// Single precision, fast diffusion, slow loss, no-flux walls: what is lost is what comes, to 1e-4 of it, from the first step on
/// and without flicker from one step to the next.
#[test]
fn a_steady_state_keeps_its_level_however_fast_it_diffuses() {
    for lattice in [lattice(64, 50, 1), lattice(320, 320, 1), lattice(20, 21, 22)] {
        for diffusion in [1e3, 1e5, 1e8] {
            for decay in [1e-1, 1e-3, 1e-4, 1e-6] {
                let n = lattice.sites();
                let loss = vec![decay as f32; n];
                let source: Vec<f32> = (0..n).map(|i| if i % 1017 == 5 { 1.0 } else { 0.0 }).collect();
                let came: f64 = source.iter().map(|s| f64::from(*s)).sum();
                let mut solver =
                    solver::<f32>(&lattice, diffusion, Boundary::NoFlux, SolverKind::QuasiSteady);
                let mut c = vec![0.0f32; n];
                for _ in 0..3 {
                    solver.solve(&mut c, &loss, &source, 60.0);
                    let lost: f64 = c.iter().map(|c| decay * f64::from(*c)).sum();
                    assert!(
                        (lost / came - 1.0).abs() < 1e-4,
                        "D {diffusion}, decay {decay}: {lost} of {came}"
                    );
                }
            }
        }
    }
}

/// Where single precision loses the level it keeps the shape: of a field at 1e5 um^2/min and 1e-4 /min the difference between
/// the site of a source and the far corner is that of double precision, to 2 %, and so is the corner itself.
#[test]
fn a_steady_state_keeps_its_shape() {
    let lattice = lattice(100, 90, 1);
    let n = lattice.sites();
    let run = |c: &mut dyn FnMut(usize)| (0..4).for_each(c);
    let source: Vec<f64> = (0..n).map(|i| if i == 2030 { 50.0 } else { 0.0 }).collect();
    let loss = vec![1e-4; n];
    let (mut wide, mut slim) = (vec![0.0f64; n], vec![0.0f32; n]);
    let mut exact = converged::<f64>(&lattice, 1e5, Boundary::NoFlux, SolverKind::QuasiSteady);
    run(&mut |_| exact.solve(&mut wide, &loss, &source, 60.0));
    let (loss, source) = (narrow(&loss), narrow(&source));
    let mut solver = solver::<f32>(&lattice, 1e5, Boundary::NoFlux, SolverKind::QuasiSteady);
    run(&mut |_| solver.solve(&mut slim, &loss, &source, 60.0));
    let rise = [wide[2030] - wide[n - 1], f64::from(slim[2030]) - f64::from(slim[n - 1])];
    assert!((rise[1] / rise[0] - 1.0).abs() < 0.02, "{rise:?}");
    assert!((f64::from(slim[n - 1]) / wide[n - 1] - 1.0).abs() < 0.02, "{} {}", slim[n - 1], wide[n - 1]);
}

#[test]
fn a_closed_box_without_loss_fills_where_there_is_no_steady_state() {
    let lattice = lattice(20, 15, 1);
    let n = lattice.sites();
    let (loss, source) = (vec![0.0; n], vec![0.5; n]);
    let mut c = vec![1.0; n];
    let mut steady = converged::<f64>(&lattice, 1e5, Boundary::NoFlux, SolverKind::QuasiSteady);
    let balance = steady.solve_audited(&mut c, &loss, &source, 10.0);
    assert!(c.iter().all(|v| (v - 6.0).abs() < 1e-9));
    assert_eq!(balance.storage, 0.0);
    assert!(balance.gap().abs() < 1e-9);
}

#[test]
fn fixed_walls_fill_an_empty_box_to_their_value() {
    for lattice in boxes() {
        let zero = vec![0.0f32; lattice.sites()];
        let mut c = zero.clone();
        let solver = solver::<f32>(&lattice, 1e5, Boundary::Fixed(38.0), SolverKind::QuasiSteady);
        solver.solve_on(&mut Bench::default(), &mut c, [&zero, &zero], 60.0, COLD, None);
        assert!(c.iter().all(|v| (v - 38.0).abs() < 38.0 * 1e-4), "{lattice:?}");
    }
}

#[test]
fn the_catalog_names_are_unique_and_found() {
    for kind in SolverKind::ALL {
        assert_eq!(SolverKind::from_name(kind.name()), Some(kind));
        assert!(!kind.summary().is_empty());
    }
    assert_eq!(SolverKind::from_name("lod"), None);
}
