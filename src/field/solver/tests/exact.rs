//! Cases with exact discrete values: decay, moments of a point source, modes, steady profiles, a dense solution.
use super::{converged, deviation, lattice, pattern, solver};
use crate::field::equation::{Equation, FieldError};
use crate::field::{Boundary, Solver, SolverKind, ftcs_step};
use crate::lattice::Lattice;
use std::f64::consts::PI;

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs(), "{a} against {b}");
}

#[test]
fn v1_decay_only() {
    let (k, steps) = (0.1, 7);
    let lattice = lattice(13, 8, 1);
    let n = lattice.sites();
    let (loss, source) = (vec![k; n], vec![0.0; n]);
    let mut c = vec![1.0; n];
    let mut next = c.clone();
    for _ in 0..steps {
        ftcs_step(&lattice, 600.0, Boundary::NoFlux, &c, &mut next, [&loss, &source], 0.1).unwrap();
        std::mem::swap(&mut c, &mut next);
    }
    for &v in &c {
        close(v, (1.0f64 - k * 0.1).powi(steps), 1e-12);
    }
    for diffusion in [0.0, 600.0] {
        let mut implicit = converged(&lattice, diffusion, Boundary::NoFlux, SolverKind::Implicit);
        let mut c = vec![1.0; n];
        for _ in 0..steps {
            implicit.solve(&mut c, &loss, &source, 30.0);
        }
        for &v in &c {
            close(v, (1.0f64 + k * 30.0).powi(-steps), 1e-12);
        }
    }
}

/// Variance and kurtosis of a profile along x.
fn moments(c: &[f64]) -> (f64, f64) {
    let total: f64 = c.iter().sum();
    let mean = c.iter().enumerate().map(|(i, v)| i as f64 * v).sum::<f64>() / total;
    let moment =
        |p: i32| c.iter().enumerate().map(|(i, v)| (i as f64 - mean).powi(p) * v).sum::<f64>() / total;
    (moment(2), moment(4) / (moment(2) * moment(2)))
}

#[test]
fn v2_point_source_has_exact_moments() {
    let (alpha, steps) = (0.3, 50);
    // An exchange of 1.5 /min, so that the implicit solver takes no sub-steps.
    let (diffusion, dt) = (1.5, alpha / 1.5);
    let lattice = Lattice { nx: 401, ny: 1, nz: 1, spacing: 1.0 };
    let zero = vec![0.0; 401];
    let mut start = zero.clone();
    start[200] = 1.0;

    let (mut c, mut next) = (start.clone(), zero.clone());
    for _ in 0..steps {
        ftcs_step(&lattice, diffusion, Boundary::NoFlux, &c, &mut next, [&zero, &zero], dt).unwrap();
        std::mem::swap(&mut c, &mut next);
    }
    let (variance, kurtosis) = moments(&c);
    close(variance, 2.0 * alpha * f64::from(steps), 1e-12);
    close(kurtosis, 3.0 + (1.0 / (2.0 * alpha) - 3.0) / f64::from(steps), 1e-10);

    let mut c = start;
    let mut implicit = converged(&lattice, diffusion, Boundary::NoFlux, SolverKind::Implicit);
    for _ in 0..steps {
        implicit.solve(&mut c, &zero, &zero, dt);
    }
    let (variance, kurtosis) = moments(&c);
    close(variance, 2.0 * alpha * f64::from(steps), 1e-12);
    close(kurtosis, 3.0 + (1.0 / (2.0 * alpha) + 3.0) / f64::from(steps), 1e-10);
}

#[test]
fn v3_gaussian_converges_with_order_two() {
    let (diffusion, time, width, length) = (600.0, 60.0, 80.0, 3200.0);
    let errors = [20.0, 10.0, 5.0].map(|dx| {
        let nx = (length / dx) as usize;
        let lattice = Lattice { nx, ny: 1, nz: 1, spacing: dx };
        let at = |i: usize| (i as f64 + 0.5) * dx - 0.5 * length;
        let gauss = |variance: f64| -> Vec<f64> {
            let scale = width / variance.sqrt();
            (0..nx).map(|i| scale * (-at(i) * at(i) / (2.0 * variance)).exp()).collect()
        };
        let mut c = gauss(width * width);
        let zero = vec![0.0; nx];
        let mut explicit = solver(&lattice, diffusion, Boundary::NoFlux, SolverKind::Explicit);
        explicit.solve(&mut c, &zero, &zero, time);
        let exact = gauss(width * width + 2.0 * diffusion * time);
        deviation(&c, &exact) / exact.iter().fold(0.0, |m: f64, &v| m.max(v))
    });
    for pair in errors.windows(2) {
        let slope = (pair[0] / pair[1]).log2();
        assert!((slope - 2.0).abs() < 0.1, "{errors:?}");
    }
}

#[test]
fn v4_modes_decay_by_their_exact_factor() {
    let (diffusion, steps) = (600.0, 10);
    for (lattice, fixed) in [
        (lattice(12, 9, 1), false),
        (lattice(12, 9, 1), true),
        (lattice(7, 10, 6), false),
        (lattice(7, 10, 6), true),
    ] {
        let sides = [lattice.nx, lattice.ny, lattice.nz];
        let waves = [3.0, 2.0, 1.0];
        let axes = lattice.dimensions();
        let phase = |i: usize, a: usize| PI * waves[a] * (i as f64 + 0.5) / sides[a] as f64;
        let wall = if fixed { 5.0 } else { 0.0 };
        let mean = 5.0;
        let mode: Vec<f64> = (0..lattice.sites())
            .map(|i| {
                let at = lattice.coordinates(i);
                let value = |a: usize| if fixed { phase(at[a], a).sin() } else { phase(at[a], a).cos() };
                (0..axes).map(value).product()
            })
            .collect();
        let boundary = if fixed { Boundary::Fixed(wall) } else { Boundary::NoFlux };
        let squares = (0..axes).map(|a| (0.5 * PI * waves[a] / sides[a] as f64).sin().powi(2));
        let stiffness = 4.0 * diffusion / 400.0 * squares.sum::<f64>();
        let zero = vec![0.0; lattice.sites()];
        let expected = |factor: f64| -> Vec<f64> { mode.iter().map(|m| mean + factor * m).collect() };

        let dt = 0.1;
        let mut c = expected(1.0);
        let mut next = c.clone();
        for _ in 0..steps {
            ftcs_step(&lattice, diffusion, boundary, &c, &mut next, [&zero, &zero], dt).unwrap();
            std::mem::swap(&mut c, &mut next);
        }
        assert!(deviation(&c, &expected((1.0 - stiffness * dt).powi(steps))) < 1e-12);

        let dt = 3.0;
        let mut implicit = converged(&lattice, diffusion, boundary, SolverKind::Implicit);
        let mut c = expected(1.0);
        for _ in 0..steps {
            implicit.solve(&mut c, &zero, &zero, dt);
        }
        assert!(deviation(&c, &expected((1.0 + stiffness * dt).powi(-steps))) < 1e-12);
    }
}

#[test]
fn v5_steady_profile_of_a_point_source() {
    for (decay, nx, q) in [(10.0, 401, 0.819_002_487_577_582_2), (0.1, 4001, 0.980_199_000_024_998_7)] {
        let lattice = lattice(nx, 1, 1);
        let loss = vec![decay; nx];
        let mut source = vec![0.0; nx];
        source[nx / 2] = 1.0;
        let mut c = vec![0.0; nx];
        let mut steady = converged(&lattice, 1e5, Boundary::NoFlux, SolverKind::QuasiSteady);
        steady.solve(&mut c, &loss, &source, 60.0);
        for j in 0..20 {
            close(c[nx / 2 + j + 1] / c[nx / 2 + j], q, 1e-10);
            close(c[nx / 2 - j - 1] / c[nx / 2 - j], q, 1e-10);
        }
        // All that is secreted is lost.
        close(c.iter().sum::<f64>() * decay, 1.0, 1e-10);
    }
}

/// Solution of `(mass + rate loss) c - rate D lap(c) = mass old + rate source` by Gaussian elimination.
fn dense(equation: &Equation, old: &[f64], loss: &[f64], source: &[f64], mass: f64, rate: f64) -> Vec<f64> {
    let lattice = &equation.lattice;
    let n = lattice.sites();
    let sides = [lattice.nx, lattice.ny, lattice.nz];
    let exchange = rate * equation.exchange;
    let mut rows = vec![vec![0.0; n + 1]; n];
    for (i, row) in rows.iter_mut().enumerate() {
        row[i] = mass + rate * loss[i];
        row[n] = mass * old[i] + rate * source[i];
        let at = lattice.coordinates(i);
        for a in 0..lattice.dimensions() {
            for up in [false, true] {
                let edge = if up { at[a] + 1 == sides[a] } else { at[a] == 0 };
                let mut to = at;
                match (edge, equation.boundary) {
                    (false, _) => {
                        to[a] = if up { at[a] + 1 } else { at[a] - 1 };
                        row[i] += exchange;
                        row[lattice.index(to[0], to[1], to[2])] -= exchange;
                    }
                    (true, Boundary::NoFlux) => {}
                    (true, Boundary::Fixed(wall)) => {
                        row[i] += 2.0 * exchange;
                        row[n] += 2.0 * exchange * wall;
                    }
                }
            }
        }
    }
    for i in 0..n {
        let pivot = rows[i].clone();
        for (j, row) in rows.iter_mut().enumerate() {
            if j != i {
                let f = row[i] / pivot[i];
                row.iter_mut().zip(&pivot).for_each(|(v, p)| *v -= f * p);
            }
        }
    }
    (0..n).map(|i| rows[i][n] / rows[i][i]).collect()
}

#[test]
fn multigrid_agrees_with_elimination() {
    for (x, y, z) in [(1, 1, 1), (7, 5, 1), (1, 9, 1), (10, 3, 1), (4, 3, 5), (5, 1, 4), (3, 6, 2)] {
        let lattice = lattice(x, y, z);
        let n = lattice.sites();
        let old: Vec<f64> = (0..n).map(|i| 3.0 * pattern(i)).collect();
        let loss: Vec<f64> = (0..n).map(|i| 0.01 + if pattern(i + 5) < 0.3 { 10.0 } else { 0.0 }).collect();
        let source: Vec<f64> = (0..n).map(|i| 2.0 * pattern(i + 9)).collect();
        for boundary in [Boundary::NoFlux, Boundary::Fixed(38.0)] {
            for diffusion in [600.0, 1e5] {
                let equation = Equation::new(&lattice, diffusion, boundary).unwrap();
                let mut c = old.clone();
                converged(&lattice, diffusion, boundary, SolverKind::Implicit)
                    .solve(&mut c, &loss, &source, 60.0);
                let exact = dense(&equation, &old, &loss, &source, 1.0, 60.0);
                assert!(deviation(&c, &exact) < 1e-9, "implicit {lattice:?} {boundary:?}");

                let mut c = old.clone();
                converged(&lattice, diffusion, boundary, SolverKind::QuasiSteady)
                    .solve(&mut c, &loss, &source, 60.0);
                let exact = dense(&equation, &old, &loss, &source, 0.0, 1.0);
                assert!(deviation(&c, &exact) < 1e-9, "steady {lattice:?} {boundary:?}");
            }
        }
    }
}

#[test]
fn explicit_steps_above_the_limit_are_refused_with_the_limit() {
    for (lattice, axes) in [(lattice(9, 1, 1), 1.0), (lattice(9, 4, 1), 2.0), (lattice(9, 4, 3), 3.0)] {
        let n = lattice.sites();
        let (c, source) = (vec![1.0f64; n], vec![0.0; n]);
        let mut loss = vec![0.1; n];
        loss[n / 2] = 2.0;
        let limit = 1.0 / (2.0 * axes * 600.0 / 400.0 + 2.0);
        let mut next = c.clone();
        let mut step =
            |dt: f64| ftcs_step(&lattice, 600.0, Boundary::NoFlux, &c, &mut next, [&loss, &source], dt);
        assert_eq!(step(1.001 * limit), Err(FieldError::StepTooLong { dt: 1.001 * limit, limit }));
        assert_eq!(step(0.999 * limit), Ok(()));
    }
}

#[test]
fn senseless_problems_are_refused() {
    let flat = lattice(4, 4, 1);
    let new = |lattice: &Lattice, diffusion: f64, boundary: Boundary, kind: SolverKind| {
        Solver::<f32>::new(lattice, diffusion, boundary, kind).err()
    };
    let kind = SolverKind::Implicit;
    assert_eq!(new(&flat, -1.0, Boundary::NoFlux, kind), Some(FieldError::Diffusion(-1.0)));
    assert_eq!(new(&flat, 1.0, Boundary::Fixed(-2.0), kind), Some(FieldError::Wall(-2.0)));
    assert_eq!(new(&flat, 0.0, Boundary::NoFlux, SolverKind::QuasiSteady), Some(FieldError::Immobile));
    assert_eq!(
        new(&lattice(4, 0, 1), 1.0, Boundary::NoFlux, kind),
        Some(FieldError::Lattice([4, 0, 1], 20.0))
    );
    assert_eq!(new(&flat, 0.0, Boundary::NoFlux, kind), None);
}
