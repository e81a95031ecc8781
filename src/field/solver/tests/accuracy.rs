//! Time and iteration errors of the production settings against fine references.
use super::{COLD, CONVERGED, distance, in_ball, lattice, narrow, pattern, solver};
use crate::field::{Bench, Boundary, Solver, SolverKind};
use crate::lattice::Lattice;

/// Where agent number `k` is in hour `hour`: a walk of up to `reach` sites per axis and hour.
fn site(lattice: &Lattice, k: usize, hour: usize, reach: f64) -> usize {
    let sides = [lattice.nx, lattice.ny, lattice.nz];
    let at: Vec<usize> = (0..3)
        .map(|a| {
            let side = sides[a] as f64;
            let mut position = side * pattern(1000 * k + a);
            for h in 1..=hour {
                position += (2.0 * pattern(1_000_000 * (a + 1) + 5000 * k + h) - 1.0) * reach;
            }
            let folded = position - (position / (2.0 * side)).floor() * (2.0 * side);
            (if folded < side { folded } else { 2.0 * side - folded }).min(side - 0.5) as usize
        })
        .collect();
    lattice.index(at[0], at[1], at[2])
}

/// Secreting sites (1 %) and consuming sites (5 %, 0.5 /min), all walking: loss and source of one hour.
fn hour_of(lattice: &Lattice, decay: f64, hour: usize, reach: f64) -> (Vec<f64>, Vec<f64>) {
    let n = lattice.sites();
    let (mut loss, mut source) = (vec![decay; n], vec![0.0; n]);
    for k in 0..n / 100 {
        source[site(lattice, k, hour, reach)] += 1.0;
    }
    for k in 0..n / 20 {
        loss[site(lattice, n + k, hour, reach)] += 0.5;
    }
    (loss, source)
}

/// Mean relative L2 error at the end of each hour after the sixth, per time step of `steps`.
fn errors(lattice: &Lattice, diffusion: f64, decay: f64, reach: f64, steps: &[f64]) -> Vec<f64> {
    let n = lattice.sites();
    let mut reference = solver::<f64>(lattice, diffusion, Boundary::NoFlux, SolverKind::Explicit);
    let mut exact = vec![0.0; n];
    let mut tested: Vec<(Solver<f32>, Vec<f32>, f64)> = steps
        .iter()
        .map(|_| (solver(lattice, diffusion, Boundary::NoFlux, SolverKind::Implicit), vec![0.0; n], 0.0))
        .collect();
    let hours = 18;
    for hour in 0..hours {
        let (loss, source) = hour_of(lattice, decay, hour, reach);
        // Sub-steps of at most 0.05 min, so that the reference is exact in time to about 1e-4.
        for _ in 0..1200 {
            reference.solve(&mut exact, &loss, &source, 0.05);
        }
        let (loss, source) = (narrow(&loss), narrow(&source));
        for ((solver, c, sum), &dt) in tested.iter_mut().zip(steps) {
            for _ in 0..(60.0 / dt) as usize {
                solver.solve(c, &loss, &source, dt);
            }
            if hour >= 6 {
                *sum += distance(c, &exact) / (hours - 6) as f64;
            }
        }
    }
    tested.into_iter().map(|(_, _, sum)| sum).collect()
}

#[test]
fn implicit_steps_of_30_and_60_min_are_accurate_with_moving_sources() {
    for lattice in [lattice(50, 41, 1), lattice(15, 16, 14)] {
        for diffusion in [25.0, 600.0, 1999.0, 2000.0, 6000.0] {
            for decay in [0.0102, 0.1] {
                let e = errors(&lattice, diffusion, decay, 3.0, &[30.0, 60.0]);
                println!("{} {diffusion} {decay}: {e:?}", lattice.nz);
                assert!(e[0] <= 0.01 && e[1] <= 0.03, "D {diffusion}, decay {decay}: {e:?}");
            }
        }
    }
}

#[test]
fn two_warm_cycles_follow_a_growing_tumor() {
    for lattice in [lattice(100, 75, 1), lattice(30, 32, 27)] {
        let n = lattice.sites();
        let tissue = |radius: f64, vacated: f64| -> [Vec<f32>; 2] {
            let vessel = |i: usize| !in_ball(&lattice, i, 0.3) && pattern(i + 7) < 0.09;
            let cell = |i: usize| in_ball(&lattice, i, radius) && pattern(i + 13) >= vacated;
            let supply = |i: usize| if vessel(i) { 10.0 } else { 0.0 };
            let uptake = |i: usize| if cell(i) { 10.0 } else { 0.0 };
            [
                (0..n).map(|i| 0.1 + supply(i) + uptake(i)).collect(),
                (0..n).map(|i| 38.0 * supply(i)).collect(),
            ]
        };
        for boundary in [Boundary::Fixed(38.0), Boundary::NoFlux] {
            let oxygen = || solver::<f32>(&lattice, 1e5, boundary, SolverKind::QuasiSteady);
            let mut c = vec![38.0; n];
            let [loss, source] = tissue(0.25, 0.0);
            oxygen().solve_on(&mut Bench::default(), &mut c, [&loss, &source], 60.0, COLD, None);
            let mut exact = c.clone();
            oxygen().with_cycles(CONVERGED).solve(&mut exact, &loss, &source, 60.0);
            let cold = distance(&c, &exact);
            let [loss, source] = tissue(0.25 * 1.009, 0.01);
            let mut converged = c.clone();
            oxygen().with_cycles(CONVERGED).solve(&mut converged, &loss, &source, 60.0);
            let start = distance(&c, &converged);
            oxygen().solve(&mut c, &loss, &source, 60.0);
            let warm = distance(&c, &converged);
            println!("oxygen {} {boundary:?}: cold {cold:.2e} start {start:.2e} warm {warm:.2e}", lattice.nz);
            assert!(start > 1e-3 && warm < 0.01 && cold < 1e-3, "cold {cold}, start {start}, warm {warm}");
        }
    }
}
