//! The gate on multigrid: how much one cycle reduces the error, on every kind of box.
use super::{CONVERGED, in_ball, lattice, pattern};
use crate::field::solver::multigrid::{Cycles, Left, Multigrid};
use crate::lattice::Lattice;

/// Largest error reduction factor allowed per V(2,1).
const GATE: f64 = 0.4;

fn norm(multigrid: &Multigrid<f64>) -> f64 {
    multigrid.finest().map(|v| v * v).sum::<f64>().sqrt()
}

/// Factor by which V(2,1) reduces an error in f64, per cycle, mean over the last of up to 8 cycles. The exact
/// solution is zero, so the iterate is the error.
fn factor(lattice: &Lattice, fixed: bool, mass: f64, exchange: f64, loss: &[f64]) -> f64 {
    let n = lattice.sites();
    let mut multigrid = Multigrid::<f64>::new(lattice, fixed);
    let c: Vec<f64> = (0..n).map(|i| pattern(i) - 0.3).collect();
    multigrid.load(&c);
    multigrid.set_left(loss, &Left { mass: mass / exchange, rate: 1.0 / exchange });
    multigrid.set_zero_right();
    let cycles = Cycles { count: 1, before: 2, after: 1 };
    let mut norms = vec![norm(&multigrid)];
    while norms.len() < 9 && norms[norms.len() - 1] > 1e-13 * norms[0] {
        multigrid.solve(&cycles);
        norms.push(norm(&multigrid));
    }
    let last = norms.len() - 1;
    let from = last.saturating_sub(4);
    (norms[last] / norms[from]).powf(1.0 / (last - from) as f64)
}

/// Boxes of all kinds of sides: odd, prime, powers of two, narrow, flat and deep.
fn boxes() -> Vec<Lattice> {
    let flat = [1, 2, 3, 37, 64, 75, 101, 127, 150, 200, 202, 250].map(|n| [n, n, 1]);
    let narrow = [[1, 200, 1], [200, 1, 1], [3, 250, 1], [250, 3, 1], [37, 202, 1], [202, 75, 1]];
    let deep = [[16, 16, 16], [25, 25, 25], [37, 37, 37], [75, 75, 75], [5, 33, 60], [60, 2, 17], [1, 1, 40]];
    [&flat[..], &narrow, &deep].concat().into_iter().map(|[x, y, z]| lattice(x, y, z)).collect()
}

/// Checks one kind of problem on all boxes with both kinds of walls.
fn gate(what: &str, mass: f64, exchange: f64, loss: impl Fn(&Lattice, usize) -> f64) {
    for lattice in boxes() {
        let loss: Vec<f64> = (0..lattice.sites()).map(|i| loss(&lattice, i)).collect();
        for fixed in [false, true] {
            let factor = factor(&lattice, fixed, mass, exchange, &loss);
            let Lattice { nx, ny, nz, .. } = lattice;
            assert!(factor <= GATE, "{what}, {nx} x {ny} x {nz}, fixed walls {fixed}: {factor}");
        }
    }
}

/// Tumor ball and vessels on 9 % of the sites, both 10 /min, over a weak decay.
fn tissue(lattice: &Lattice, i: usize) -> f64 {
    let ball = if in_ball(lattice, i, 0.3) { 10.0 } else { 0.0 };
    let vessel = if pattern(i + 77) < 0.09 { 10.0 } else { 0.0 };
    0.01 + ball + vessel
}

#[test]
fn oxygen_with_uptake_and_vessels() {
    gate("oxygen", 0.0, 250.0, tissue);
}

#[test]
fn weak_uniform_decay() {
    gate("weak decay", 0.0, 15.0, |_, _| 1e-4);
}

#[test]
fn implicit_steps_of_slow_and_fast_substrates() {
    for exchange in [0.0625, 1.5, 15.0] {
        gate("implicit", 1.0 / 60.0, exchange, |_, _| 0.0102);
        gate("implicit with uptake", 1.0 / 60.0, exchange, |_, i| if pattern(i) < 0.3 { 1.0 } else { 0.01 });
    }
}

#[test]
fn no_loss_at_all_between_fixed_walls() {
    for lattice in boxes() {
        let factor = factor(&lattice, true, 0.0, 1.0, &vec![0.0; lattice.sites()]);
        assert!(factor <= GATE, "{lattice:?}: {factor}");
    }
}

/// The measure by which a steady state takes further cycles is the residual of its cells and nothing else: on a converged
/// answer it vanishes (a measure that also counts slots between the rows stays at 0.1, and every field takes all of them).
#[test]
fn what_a_converged_steady_state_leaves_vanishes() {
    for lattice in boxes() {
        let n = lattice.sites();
        let loss: Vec<f64> = (0..n).map(|i| tissue(&lattice, i)).collect();
        let source: Vec<f64> = (0..n).map(|i| 40.0 * pattern(i)).collect();
        let mut multigrid = Multigrid::<f64>::new(&lattice, true);
        multigrid.load(&vec![10.0; n]);
        multigrid.set_left(&loss, &Left { mass: 0.0, rate: 1.0 / 250.0 });
        multigrid.set_right(&source, 38.0);
        multigrid.solve(&Cycles { count: 1, before: 1, after: 1 });
        let first = multigrid.unexplained(&loss, 30.0);
        multigrid.solve(&CONVERGED);
        let last = multigrid.unexplained(&loss, 30.0);
        assert!(last < 1e-10 && last <= first, "{lattice:?}: {first:e}, {last:e}");
    }
}

/// The gate can fail: smoothing alone, as many sweeps as a cycle has, does not pass it.
#[test]
fn the_measure_tells_a_smoother_from_multigrid() {
    let lattice = lattice(64, 64, 1);
    let mut multigrid = Multigrid::<f64>::new(&lattice, true);
    let c: Vec<f64> = (0..lattice.sites()).map(pattern).collect();
    let zero = vec![0.0; lattice.sites()];
    multigrid.load(&c);
    multigrid.set_left(&zero, &Left { mass: 0.0, rate: 1.0 });
    let start = norm(&multigrid);
    multigrid.smooth_finest(24);
    let factor = (norm(&multigrid) / start).powf(1.0 / 8.0);
    assert!(factor > GATE, "three sweeps without coarse levels: {factor}");
}
